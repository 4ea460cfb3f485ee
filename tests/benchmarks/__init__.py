"""
What the ledger costs, each measurement beside a floor that was taken in the same run.
"""
