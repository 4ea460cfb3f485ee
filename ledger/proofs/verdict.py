"""
A verdict: what became of a check, whether of a ledger or of evidence from it.
"""

from enum import StrEnum


class Verdict(StrEnum):
    """
    What became of a check.
    """

    VERIFIED = "verified"
    TAMPERED = "tampered"
    UNVERIFIABLE = "unverifiable"
