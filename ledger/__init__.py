"""
An event-sourced audit ledger for account moderation: the public names.

A name is loaded from its room when it is first used, so that ``import ledger`` is cheap and the
command line starts fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.book.bundling import check_bundle
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
    from ledger.forensics.backtest import Backtest
    from ledger.forensics.checks import Case, Check
    from ledger.forensics.comparison import Comparison
    from ledger.forensics.conduct import Conduct, ConductCheck
    from ledger.forensics.policing import PolicyAnswer, SafeguardsAnswer
    from ledger.forensics.replay import Replay
    from ledger.forensics.review import ReviewFinding
    from ledger.forensics.triage import PendingAnswer, ReportAnswer, StrikesAnswer
    from ledger.forensics.undo import UndoAnswer
    from ledger.forensics.who import Answer, Answers
    from ledger.moderation.commands import UNCHANGED, Command, command_from
    from ledger.moderation.entry import Entry
    from ledger.moderation.rules import Rule
    from ledger.moderation.safeguards import Considered, Stop
    from ledger.moderation.sealing import Erased
    from ledger.moderation.vocabulary import Effect, Holding, Measure, Severity
    from ledger.proofs.bundle import Bundle
    from ledger.store.database import Connection
    from ledger.store.follow import Follower
    from ledger.store.keys import Keys
    from ledger.store.keys_wrapping import KEK, EnvironmentKEK, FileKEK
    from ledger.store.projection import Projection
    from ledger.timeline.cut import Cut
    from ledger.timeline.dossier import Dossier
    from ledger.timeline.evidence import Evidence
    from ledger.timeline.occurrences import Occurrence
    from ledger.timeline.plan import Plan
    from ledger.timeline.restrictions import Restriction
    from ledger.timeline.standing import Standing

__all__ = [
    "KEK",
    "UNCHANGED",
    "Answer",
    "Answers",
    "AuthorityAnswer",
    "Backtest",
    "Bundle",
    "Case",
    "Check",
    "Command",
    "Comparison",
    "Conduct",
    "ConductCheck",
    "Conflict",
    "Connection",
    "Considered",
    "Cut",
    "Dossier",
    "Effect",
    "Entry",
    "EnvironmentKEK",
    "Erased",
    "Evidence",
    "FileKEK",
    "Follower",
    "Holding",
    "Keys",
    "Ledger",
    "LedgerError",
    "Malformed",
    "Measure",
    "NotFound",
    "Occurrence",
    "OperatorAnswer",
    "PendingAnswer",
    "Plan",
    "PolicyAnswer",
    "Projection",
    "Refused",
    "Replay",
    "ReportAnswer",
    "Restriction",
    "ReviewFinding",
    "Rule",
    "SafeguardsAnswer",
    "Severity",
    "Standing",
    "Stop",
    "StrikesAnswer",
    "Tampered",
    "Unavailable",
    "UndoAnswer",
    "check_bundle",
    "command_from",
]

# The room of each public name.
_ROOM = {
    name: room
    for room, names in {
        "ledger.book": ("Ledger",),
        "ledger.book.bundling": ("check_bundle",),
        "ledger.errors": (
            "Conflict",
            "LedgerError",
            "Malformed",
            "NotFound",
            "Refused",
            "Tampered",
            "Unavailable",
        ),
        "ledger.forensics.authority": ("AuthorityAnswer", "OperatorAnswer"),
        "ledger.forensics.who": ("Answer", "Answers"),
        "ledger.moderation.commands": ("UNCHANGED", "Command", "command_from"),
        "ledger.moderation.entry": ("Entry",),
        "ledger.moderation.vocabulary": ("Effect", "Holding", "Measure", "Severity"),
        "ledger.forensics.backtest": ("Backtest",),
        "ledger.forensics.checks": ("Case", "Check"),
        "ledger.forensics.comparison": ("Comparison",),
        "ledger.forensics.conduct": ("Conduct", "ConductCheck"),
        "ledger.forensics.policing": ("PolicyAnswer", "SafeguardsAnswer"),
        "ledger.forensics.replay": ("Replay",),
        "ledger.forensics.review": ("ReviewFinding",),
        "ledger.forensics.triage": ("PendingAnswer", "ReportAnswer", "StrikesAnswer"),
        "ledger.forensics.undo": ("UndoAnswer",),
        "ledger.moderation.rules": ("Rule",),
        "ledger.moderation.safeguards": ("Considered", "Stop"),
        "ledger.moderation.sealing": ("Erased",),
        "ledger.proofs.bundle": ("Bundle",),
        "ledger.store.database": ("Connection",),
        "ledger.store.keys": ("Keys",),
        "ledger.store.keys_wrapping": ("KEK", "EnvironmentKEK", "FileKEK"),
        "ledger.store.follow": ("Follower",),
        "ledger.store.projection": ("Projection",),
        "ledger.timeline.plan": ("Plan",),
        "ledger.timeline.cut": ("Cut",),
        "ledger.timeline.dossier": ("Dossier",),
        "ledger.timeline.evidence": ("Evidence",),
        "ledger.timeline.occurrences": ("Occurrence",),
        "ledger.timeline.restrictions": ("Restriction",),
        "ledger.timeline.standing": ("Standing",),
    }.items()
    for name in names
}


def __getattr__(name: str) -> object:
    """
    Return a public name from its room; from then on it is found here (PEP 562).
    """
    room = _ROOM.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(room), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """
    Return the public names, whether loaded or not.
    """
    return sorted({*globals(), *__all__})
