"""
What may happen to an account, and how it is written down: pure values and pure functions.

Times and ids arrive as arguments; nothing here knows a database, a clock or randomness. A
command (`commands`) is decided (`decisions`) against what is known of the account (`account`)
and of its operator (`operator`); the result is a draft (`entry`), which the codec (`codec`)
turns into the bytes that are hashed.
"""
