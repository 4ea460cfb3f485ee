"""
An event-sourced audit ledger for account moderation: the public names.
"""

from ledger.book import Ledger
from ledger.errors import (
    Conflict,
    LedgerError,
    Malformed,
    NotFound,
    Refused,
    Tampered,
    Unavailable,
)
from ledger.forensics.authority import AuthorityAnswer, OperatorAnswer
from ledger.forensics.who import Answer, Answers
from ledger.moderation.commands import UNCHANGED, Command, command_from
from ledger.moderation.entry import Entry
from ledger.moderation.vocabulary import Effect, Holding, Measure, Severity
from ledger.timeline.cut import Cut
from ledger.timeline.dossier import Dossier
from ledger.timeline.occurrences import Occurrence
from ledger.timeline.restrictions import Restriction
from ledger.timeline.standing import Standing

__all__ = [
    "UNCHANGED",
    "Answer",
    "Answers",
    "AuthorityAnswer",
    "Command",
    "Conflict",
    "Cut",
    "Dossier",
    "Effect",
    "Entry",
    "Holding",
    "Ledger",
    "LedgerError",
    "Malformed",
    "Measure",
    "NotFound",
    "Occurrence",
    "OperatorAnswer",
    "Refused",
    "Restriction",
    "Severity",
    "Standing",
    "Tampered",
    "Unavailable",
    "command_from",
]
