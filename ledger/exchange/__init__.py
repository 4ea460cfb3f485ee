"""
What comes in from other systems and goes out to them, one file a format.
"""
