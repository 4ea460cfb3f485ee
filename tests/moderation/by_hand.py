"""
Histories written by hand: what happened to account "x" on one day, a line an entry.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.moderation.account import Account, fold
from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.events import Event
from ledger.moderation.events.account import (
    ActionAmended,
    ActionReversed,
    ActionTaken,
    ActionWithdrawn,
    RecordCorrected,
    ReversalWithdrawn,
)
from ledger.moderation.events.appeal import AppealFiled
from ledger.moderation.events.request import (
    ActRequested,
    HandedOver,
    Need,
    RequestApproved,
    RequestDenied,
    RequestWithdrawn,
)
from ledger.moderation.term import term
from ledger.moderation.vocabulary import BUILT_IN
from tests.strategies import entry_of

Line = tuple[str, Event] | tuple[str, Event, dict[str, Any]]
Spell = tuple[str | None, str | None, str | None]

DAY = datetime(2017, 11, 2, tzinfo=UTC)


def at(text: str) -> datetime:
    """
    Return that time of the day, "23:03", in UTC.
    """
    hours, minutes = text.split(":")
    return DAY + timedelta(hours=int(hours), minutes=int(minutes))


def recorded(*lines: Line, stream: str = "account/x") -> list[Entry]:
    """
    Return the entries of *lines*: when each was recorded, what, and what else it says.

    Positions and versions count from 1; the operator is "ann", times may be "23:03".
    """
    entries = []
    for version, (recorded_at, event, *more) in enumerate(lines, start=1):
        told: dict[str, Any] = more[0] if more else {}
        told = {name: at(v) if name.endswith("_at") else v for name, v in told.items()}
        entries.append(entry_of(event, stream, version, recorded_at=at(recorded_at), **told))
    return entries


def account(entries: Iterable[Entry]) -> Account:
    """
    Return account "x" after *entries*.
    """
    return fold(Account("x"), entries)


def act(action: str, measure: str = "suspend", **terms: Any) -> ActionTaken:
    """
    Return the act *action*, on nobody's but ann's initiative.
    """
    row = BUILT_IN[measure]
    told: dict[str, Any] = {
        "inverse": row.inverse,
        "effect": row.effect,
        "holding": row.holding,
        "because_of": "own-initiative",
        "reason": "spam",
        "requested_at": DAY,
    }
    return ActionTaken(action=action, measure=measure, **{**told, **terms})


def ask(request: str = "q", measure: str = "suspend", **terms: Any) -> ActRequested:
    """
    Return the request for an act "granted", which needs one approval unless *terms* say otherwise.
    """
    row = BUILT_IN[measure]
    told: dict[str, Any] = {
        "action": "granted",
        "inverse": row.inverse,
        "effect": row.effect,
        "holding": row.holding,
        "because_of": "own-initiative",
        "reason": "spam",
        "requested_at": DAY,
        "needs": (Need(safeguard="request", approvals=1),),
    }
    return ActRequested(request=request, measure=measure, **{**told, **terms})


def approve(*roles: str, request: str = "q", lapses_at: str | None = None) -> RequestApproved:
    """
    Return the approval of a request by a holder of *roles*.
    """
    return RequestApproved(
        request=request,
        lapses_at=at(lapses_at) if lapses_at else None,
        authority=Authority(kind="human", roles=roles),
    )


def deny(request: str = "q") -> RequestDenied:
    """
    Return the denial of a request.
    """
    return RequestDenied(request=request, reason="no spam")


def take_back(request: str = "q") -> RequestWithdrawn:
    """
    Return the withdrawal of a request.
    """
    return RequestWithdrawn(request=request, reason="mistaken")


def hand_over(pending: str, to: str) -> HandedOver:
    """
    Return the entry that gives a request or a deferred action to another operator.
    """
    return HandedOver(id=pending, to=to, reason="end of shift")


def appeal(action: str, name: str = "p", appellant: str = "x", **terms: Any) -> AppealFiled:
    """
    Return an appeal against *action*.
    """
    return AppealFiled(appeal=name, action=action, appellant=appellant, **terms)


def reverse(action: str, reversal: str = "") -> ActionReversed:
    """
    Return the reversal "r-<action>" of *action*.
    """
    named = reversal or f"r-{action}"
    return ActionReversed(reversal=named, action=action, inverse="unsuspend", reason="error")


def withdraw(action: str) -> ActionWithdrawn:
    """
    Return the withdrawal of *action*.
    """
    return ActionWithdrawn(action=action, reason="mistaken")


def withdraw_reversal(action: str) -> ReversalWithdrawn:
    """
    Return the withdrawal of the reversal "r-<action>".
    """
    return ReversalWithdrawn(reversal=f"r-{action}", action=action, reason="mistaken")


def amend(action: str, expires_at: datetime | None) -> ActionAmended:
    """
    Return the amendment of *action*.
    """
    return ActionAmended(action=action, expires_at=expires_at, reason="reviewed")


def correct(corrects: str, **right: Any) -> RecordCorrected:
    """
    Return the correction of an action, or of the reversal "r-<action>".
    """
    action = corrects.removeprefix("r-")
    return RecordCorrected(corrects=corrects, action=action, reason="typed wrong", **right)


def spells(entries: Iterable[Entry]) -> dict[str, Spell | None]:
    """
    Return of each action: from, until and what ended it; None for one that never had a term.
    """
    folded = account(entries)
    told: dict[str, Spell | None] = {}
    for name, action in folded.actions.items():
        held = term(folded, action)
        told[name] = held and (clock(held.from_), clock(held.until), held.ended_by)
    return told


def clock(moment: datetime | None) -> str | None:
    """
    Return the time of the day of *moment*, "23:03"; None for none.
    """
    return None if moment is None else f"{moment:%H:%M}"
