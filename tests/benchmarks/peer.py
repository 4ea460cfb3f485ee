"""
The peer: the same actions with plain `eventsourcing`, as its own documentation has it.

Declarative aggregates, JSON and the stock recorders: no hashing, no restrictions, no
authority, no ids that are known again. It keeps every aggregate in memory and never reads one
back, which is more than it would have in a service.
"""

import time
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from tests.benchmarks.actions import Action


class Account(Aggregate):
    """
    An account and the measures that were used on it.
    """

    @event("Opened")
    def __init__(self, account: str) -> None:
        self.account = account
        self.taken: dict[str, tuple[object, ...]] = {}

    @staticmethod
    def create_id(account: str) -> UUID:
        """
        Return the id of the aggregate of *account*.
        """
        return uuid5(NAMESPACE_URL, f"account/{account}")

    @event("Acted")
    def act(  # noqa: PLR0913, PLR0917, what the ledger's command takes; names alone are refused
        self,
        measure: str,
        by: str,
        because_of: str,
        reason: str,
        effective_at: datetime,
        expires_at: datetime | None = None,
        action: str | None = None,
    ) -> None:
        """
        Use a measure.
        """
        taken = measure, by, because_of, reason, effective_at, expires_at
        self.taken[action or measure] = taken

    @event("Reversed")
    def reverse(self, action: str, by: str, reason: str, effective_at: datetime) -> None:
        """
        Reverse an action.
        """
        self.taken[action] = (*self.taken[action], by, reason, effective_at)


class Accounts(Application[UUID]):
    """
    The accounts, those that were seen kept in memory.
    """

    def record(self, actions: list[Action], batch: int) -> None:
        """
        Save *actions*, each *batch* of them in one transaction.
        """
        for start in range(0, len(actions), batch):
            touched = {}
            for action in actions[start : start + batch]:
                account = _seen.get(action.account)
                if account is None:
                    account = _seen[action.account] = Account(action.account)
                given = dict(action.command)
                given.pop("account", None)
                getattr(account, str(given.pop("command")))(**given)
                touched[action.account] = account
            self.save(*touched.values())


# Of the one process that is the peer.
_seen: Final[dict[str, Account]] = {}
_open: Final[list[Accounts]] = []


def begin(environment: dict[str, str]) -> None:
    """
    Make this process the peer, with its database where *environment* says.
    """
    _open.append(Accounts(env=environment))


def end() -> None:
    """
    Let this process be the peer no longer.
    """
    _open.pop().close()
    _seen.clear()


def record(actions: list[Action], batch: int) -> float:
    """
    Return how many seconds the peer of this process needs to record *actions*.
    """
    (peer,) = _open
    began = time.perf_counter()
    peer.record(actions, batch)
    return time.perf_counter() - began
