"""
What is pending: deferred actions before their effect, and requests that wait for approvals.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ledger.moderation.account import Account, Action
from ledger.moderation.entry import Entry
from ledger.moderation.request import Request, RequestState


class Pending(NamedTuple):
    """
    A deferred action or a request that is pending.

    Args:
        id: The action's or the request's.

        operator: Who acted or asked.

        keeper: Who answers for it.

        effective_at: When it takes effect; None for a request of an act that takes effect with its
            last approval.

        lapses_at: When approvals come too late; None for never, and for an action.

        entry: The one that recorded it.
    """

    id: str
    is_request: bool
    account: str
    measure: str
    scope: str | None
    operator: str
    keeper: str
    effective_at: datetime | None
    lapses_at: datetime | None
    entry: Entry

    @property
    def withdrawable_until(self) -> datetime | None:
        """
        Return until when it can be withdrawn: its effect; None where nothing sets a time.
        """
        return self.lapses_at if self.is_request else self.effective_at


def pending(account: Account, at: datetime) -> Iterator[Pending]:
    """
    Return what is pending on *account* at *at*, by the position of its entry.

    Args:
        account: As its entries by *at* left it; what was recorded later would end what was pending.
    """
    deferred = (
        _deferred(account, action)
        for action in account.actions.values()
        if action.withdrawn is None and at < action.effective_at
    )
    waiting = (
        _waiting(account, request)
        for request in account.requests.values()
        if request.state(at) is RequestState.PENDING
    )
    return iter(sorted((*deferred, *waiting), key=lambda known: known.entry.position))


def _deferred(account: Account, action: Action) -> Pending:
    taken = action.taken
    return Pending(
        action.action,
        is_request=False,
        account=account.account,
        measure=taken.measure,
        scope=taken.scope,
        operator=action.operator,
        keeper=action.keeper,
        effective_at=action.effective_at,
        lapses_at=None,
        entry=action.entry,
    )


def _waiting(account: Account, request: Request) -> Pending:
    asked = request.asked
    return Pending(
        request.request,
        is_request=True,
        account=account.account,
        measure=asked.measure,
        scope=asked.scope,
        operator=request.entry.operator,
        keeper=request.keeper,
        effective_at=asked.effective_at,
        lapses_at=asked.lapses_at,
        entry=request.entry,
    )
