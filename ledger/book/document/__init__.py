"""
Answers as JSON has them: the shapes of the contract, and no logic.

Keys stand in a fixed order, times are in their shortest form, and every object that names a
position names its log beside it. What rests on imported entries says so: ``recorded_by`` is
``source`` then, and absent otherwise.
"""

from ledger.book.document import (
    answers,
    evidence,
    policing,
    privacy,
    review,
    triage,
    undo,
    verifying,
    vouching,
)
from ledger.book.document.value import document

__all__ = [
    "answers",
    "document",
    "evidence",
    "policing",
    "privacy",
    "review",
    "triage",
    "undo",
    "verifying",
    "vouching",
]
