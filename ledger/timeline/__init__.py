"""
What was true, and what was known, when: pure functions over entries.

The same code answers from a database, from an evidence bundle or from a list in a test.
"""
