"""
What somebody with rights can do to a ledger, and who finds it.
"""
