"""
The ledgers under the benches.
"""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from ledger import Ledger
from tests.benchmarks.actions import BEGINNING, Action, actions, enrolments, upon_one
from tests.benchmarks.site import Site

_BATCH: Final = 1_000


class Clock:
    """
    A clock that stands where it is put, or ticks from there.

    Args:
        tick_us: How many microseconds it goes on by, each time that somebody looks at it: so that
            no two transactions are recorded at one time, in whichever logs.

        ahead_us: So that neither are those of two processes, each with a clock of its own.
    """

    def __init__(self, tick_us: int = 0, ahead_us: int = 0) -> None:
        self.now = BEGINNING
        self._ticks = itertools.count(ahead_us, tick_us)

    def __call__(self) -> datetime:
        """
        Return what it shows.
        """
        return self.now + timedelta(microseconds=next(self._ticks))


def opened(site: Site, name: str, clock: Clock, logs: int) -> Ledger:
    """
    Return a new ledger whose operators are enrolled.
    """
    site.make(name)
    ledger = Ledger.create(site.url(name), clock=clock, logs=logs)
    ledger.record_many(enrolments())
    return ledger


def name_of(size: int) -> str:
    """
    Return the name of the ledger of *size* actions.
    """
    return f"actions_{size}"


def name_of_long(size: int) -> str:
    """
    Return the name of the ledger whose one account has *size* entries.
    """
    return f"long_{size}"


def build(site: Site, size: int, accounts: int) -> None:
    """
    Record *size* actions on *accounts* accounts through the front door.
    """
    _build(site, name_of(size), islice(actions(accounts), size))


def build_long(site: Site, size: int) -> None:
    """
    Record *size* actions on one account.
    """
    _build(site, name_of_long(size), islice(upon_one(), size))


def _build(site: Site, name: str, taken: Iterator[Action]) -> None:
    clock = Clock()
    with opened(site, name, clock, 1) as ledger:
        while some := list(islice(taken, _BATCH)):
            clock.now = some[-1].recorded_at
            ledger.record_many([action.command for action in some])
    site.settle(name)
