"""
Every event that the ledger can hold, one file an aggregate, each with its own wire name.
"""

from ledger.moderation.events import account, appeal, book, keys, operator, policy, privacy, request
from ledger.moderation.events.record import KINDS, Context, Event, Outcome, Verdict, kind_of

__all__ = [
    "KINDS",
    "Context",
    "Event",
    "Outcome",
    "Verdict",
    "account",
    "appeal",
    "book",
    "keys",
    "kind_of",
    "operator",
    "policy",
    "privacy",
    "request",
]
