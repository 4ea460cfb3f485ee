"""
Acts as safeguards see them, and what a safeguard of one rule says of one.
"""

from datetime import UTC, datetime
from typing import Any

import attrs

from ledger.moderation.authority import Authority
from ledger.moderation.request import Approval
from ledger.moderation.rules import RULES, safeguard
from ledger.moderation.safeguards import Considered, Stop
from tests.strategies.policies import asked_of

NOON = datetime(2017, 11, 2, 12, tzinfo=UTC)


def approval(operator: str, *roles: str, lapses_at: datetime | None = None) -> Approval:
    """
    Return an operator's approval at noon.
    """
    return Approval(operator, NOON, roles, lapses_at)


def act(**changes: Any) -> Considered:
    """
    Return a suspension at noon by ann on one report, with changes; those of her authority included.
    """
    held = {name: changes.pop(name) for name in attrs.fields_dict(Authority) if name in changes}
    told: dict[str, Any] = {
        "measure": "suspend",
        "reversible": True,
        "account": "x",
        "tier": None,
        "operator": "ann",
        "own_account": None,
        "authority": Authority(**{"kind": "human", **held}),
        "because_of": ("r-1",),
        "reason": "spam",
        "ground": "rule 4",
        "now": NOON,
        "effective_at": NOON,
        "asked_at": NOON,
    }
    return Considered(**{**told, **changes})


def stop_of(rule: str, parameters: dict[str, Any], judged: Considered) -> Stop | None:
    """
    Return what a safeguard of a rule says of an act.
    """
    return safeguard(RULES[rule], asked_of(rule, parameters), {}).check(judged)
