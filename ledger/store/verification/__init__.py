"""
Whether a ledger is still what it was: three questions with three reports, none of which stands for
another.

`prefix` asks whether what a checkpoint vouches for is still the beginning; `suffix` whether what
came since follows from it; `scrub` whether every byte that is stored agrees with every other one.
"""
