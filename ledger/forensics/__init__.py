"""
Questions across streams: who did it, on which report, with what authority, past which safeguards.
"""
