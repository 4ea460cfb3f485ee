"""
Requests: what a wish to act goes through until its act is granted, or never is.

Two tables, on purpose. `NEXT` says what an entry *means* to a request and is for ever; a pair that
it lacks means nothing. `ALLOWED` says what may be *decided now*. That a request lapsed is nobody's
entry: it follows from the time that the request says.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

import attrs

from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionTaken, ActionWithdrawn
from ledger.moderation.events.request import (
    ActRequested,
    HandedOver,
    Need,
    RequestApproved,
    RequestDenied,
    RequestWithdrawn,
)


class RequestState(StrEnum):
    """
    Where a request stands.
    """

    PENDING = "pending"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


# What each entry makes of a request, for ever. A denial or a withdrawal after the grant takes the
# act back with it, before its effect.
NEXT: Final = {
    (RequestState.PENDING, RequestApproved): RequestState.PENDING,
    (RequestState.PENDING, HandedOver): RequestState.PENDING,
    (RequestState.PENDING, ActionTaken): RequestState.GRANTED,
    (RequestState.PENDING, RequestDenied): RequestState.DENIED,
    (RequestState.PENDING, RequestWithdrawn): RequestState.WITHDRAWN,
    (RequestState.GRANTED, RequestDenied): RequestState.DENIED,
    (RequestState.GRANTED, ActionWithdrawn): RequestState.WITHDRAWN,
}

# Which commands may concern a request today, by where it stands.
ALLOWED: Final = {
    RequestState.PENDING: frozenset({"approve", "deny", "withdraw", "hand_over"}),
    RequestState.GRANTED: frozenset({"deny"}),
    RequestState.DENIED: frozenset[str](),
    RequestState.WITHDRAWN: frozenset[str](),
    RequestState.LAPSED: frozenset[str](),
}


@attrs.frozen(slots=False)
class Approval:
    """
    An approval of a request.

    Args:
        at: When it was recorded.

        roles: Those of the operator when he approved.

        lapses_at: Until when it counts; None for as long as the request does.
    """

    operator: str
    at: datetime
    roles: tuple[str, ...]
    lapses_at: datetime | None

    def counts(self, at: datetime) -> bool:
        """
        Return whether it has not lapsed at *at*.
        """
        return self.lapses_at is None or at < self.lapses_at


@attrs.frozen(slots=False)
class Request:
    """
    A request as later entries left it.

    Args:
        recorded: Where it stands by its entries; `state` also knows that it lapsed.

        keeper: Who answers for it: who asked, unless it was handed over.

        approvals: All of them in order, those that lapsed included.

        action: The id of the act that was granted, if it was.

        changes: The entries that granted, ended or handed it over, in order.
    """

    request: str
    asked: ActRequested
    entry: Entry
    keeper: str
    recorded: RequestState = RequestState.PENDING
    approvals: tuple[Approval, ...] = ()
    action: str | None = None
    changes: tuple[Entry, ...] = ()

    def state(self, at: datetime) -> RequestState:
        """
        Return where it stands at *at*.
        """
        lapses_at = self.asked.lapses_at
        pending = self.recorded is RequestState.PENDING
        if pending and lapses_at is not None and lapses_at <= at:
            return RequestState.LAPSED
        return self.recorded


def counting(
    request: Request, now: datetime, *, last: Approval | None = None, acts: str | None = None
) -> tuple[Approval, ...]:
    """
    Return the approvals of *request* that count at *now*: each operator's last one, and none by
    whoever asked for it, answers for it or acts on it.

    Args:
        last: One that is not on record yet.

        acts: Who acts, where that may be somebody else than whoever answers for it.
    """
    own = (request.entry.operator, request.keeper, acts)
    given = request.approvals if last is None else (*request.approvals, last)
    latest = {
        known.operator: known for known in given if known.counts(now) and known.operator not in own
    }
    return tuple(latest.values())


def after(request: Request, entry: Entry) -> Request:
    """
    Return *request* after *entry*, whatever the rules were when it was recorded.
    """
    event = entry.event
    state = NEXT.get((request.recorded, type(event)))
    if state is None:
        return request
    if isinstance(event, RequestApproved):
        approval = approval_of(event, entry.operator, entry.recorded_at)
        return attrs.evolve(request, approvals=(*request.approvals, approval))
    return attrs.evolve(
        request,
        recorded=state,
        keeper=event.to if isinstance(event, HandedOver) else request.keeper,
        action=event.action if isinstance(event, ActionTaken) else request.action,
        changes=(*request.changes, entry),
    )


def approval_of(event: RequestApproved, operator: str, at: datetime) -> Approval:
    """
    Return the approval that *operator* gave with an event.
    """
    roles = event.authority.roles if event.authority is not None else ()
    return Approval(operator, at, roles, event.lapses_at)


def granted(approved: Entry, behind: Entry | None) -> str | None:
    """
    Return the id of the act that an approval granted; None when it granted none.

    Args:
        behind: The entry that stands behind it: an act stands right behind its last approval.
    """
    if not isinstance(approved.event, RequestApproved) or behind is None:
        return None
    taken = behind.event
    if isinstance(taken, ActionTaken) and taken.request == approved.event.request:
        return taken.action
    return None


def missing(needs: Iterable[Need], approvals: Iterable[Approval], at: datetime) -> tuple[Need, ...]:
    """
    Return what is still needed beside *approvals* at *at*.

    Each operator counts once, by his last approval. Of one safeguard's needs an approval serves
    one, so that whoever holds two roles is still one person; another safeguard counts it again.
    """
    standing = {approval.operator: approval for approval in approvals if approval.counts(at)}
    wanted: dict[str, list[Need]] = {}
    for need in needs:
        wanted.setdefault(need.safeguard, []).append(need)
    return tuple(
        left for some in wanted.values() for left in _unserved(some, list(standing.values()))
    )


def _unserved(needs: list[Need], approvals: list[Approval]) -> Iterator[Need]:
    """
    Yield what the needs of one safeguard lack when *approvals* are given to them as well as can be.

    Source: H. W. Kuhn, The Hungarian Method for the Assignment Problem (1955): augmenting paths.
    """
    places = [(index, need.role) for index, need in enumerate(needs) for _ in range(need.approvals)]
    held: dict[int, int] = {}

    def serve(number: int, tried: set[int]) -> bool:
        for place, (_, role) in enumerate(places):
            if place in tried or not (role is None or role in approvals[number].roles):
                continue
            tried.add(place)
            if place not in held or serve(held[place], tried):
                held[place] = number
                return True
        return False

    for number in range(len(approvals)):
        serve(number, set())
    free = Counter(index for place, (index, _) in enumerate(places) if place not in held)
    for index, need in enumerate(needs):
        if free[index]:
            yield attrs.evolve(need, approvals=free[index])
