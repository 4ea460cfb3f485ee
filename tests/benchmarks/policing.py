"""
What policies cost: recording under ten safeguards, and asking them about all of the past.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice
from typing import Any, Final

from ledger import Ledger
from tests.benchmarks.actions import Action, actions
from tests.benchmarks.foundation import Clock, name_of, opened
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.processes import alone, another, memory_peak_mb
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Site
from tests.benchmarks.stopwatch import ROUNDS, Contender, interleaved, timed

TIMES_NONE_MAX: Final = 1.6
BACKTEST_MB_MAX: Final = 300.0

# Every generated act passes them, as nearly every act of a service does.
TEN: Final[dict[str, Any]] = {
    "policy": 1,
    "title": "ten safeguards",
    "break_glass": {"roles": ["incident-lead"]},
    "safeguards": [
        {"rule": "role-required", "roles": ["support", "legal"]},
        {"rule": "training-required", "trainings": ["minors"], "tiers": ["minor"]},
        {"rule": "report-required", "measures": ["terminate", "take_down"]},
        {"rule": "two-person", "approvals": [{"approvals": 2}], "protected": True},
        {"rule": "cooling-off", "wait": "10m", "tiers": ["head-of-state"]},
        {"rule": "last-day"},
        {"rule": "notice-period", "period": "14d"},
        {"rule": "rate-limit", "limit": 100_000, "window": "1d"},
        {"rule": "own-account"},
        {"rule": "reason-required", "characters_min": 5},
    ],
}


class Rival:
    """
    A ledger that records the generated actions, with a policy or without.

    Args:
        batch: How many actions one transaction takes.
    """

    def __init__(
        self, site: Site, name: str, policy: dict[str, Any] | None, accounts: int, batch: int
    ) -> None:
        self._clock, self._batch = Clock(), batch
        self._actions = actions(accounts, reversals=batch > 1)
        self._ledger = opened(site, name, self._clock, 1)
        if policy is not None:
            self._ledger.adopt_policy(policy)

    def record(self, size: int) -> float:
        """
        Record the next *size* actions and return how many seconds it took.
        """
        some = list(islice(self._actions, size))
        return timed(lambda: self._record(some))()

    def _record(self, some: list[Action]) -> None:
        for start in range(0, len(some), self._batch):
            together = some[start : start + self._batch]
            self._clock.now = together[-1].recorded_at
            if self._batch == 1:
                given = dict(together[0].command)
                getattr(self._ledger, str(given.pop("command")))(**given)
            else:
                self._ledger.record_many([action.command for action in together])


_rivals: list[Rival] = []


def _begin(site: Site, name: str, policy: dict[str, Any] | None, accounts: int, batch: int) -> None:
    _rivals.append(Rival(site, name, policy, accounts, batch))


def _record(size: int) -> float:
    return _rivals[0].record(size)


def recording(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return what recording costs under a policy of ten safeguards, beside none.
    """
    return [
        *_raced(site, "act", scale.singles, 1, scale.accounts),
        *_raced(site, "record_many", scale.batch * scale.batches, scale.batch, scale.accounts),
    ]


def _raced(site: Site, way: str, size: int, batch: int, accounts: int) -> Iterator[Measurement]:
    """
    Yield what an action takes under ten safeguards and without.

    Each ledger has a process of its own: in one, whichever records an action first would warm the
    caches for the other.
    """
    with ExitStack() as processes:
        running = []
        for name, policy in (("governed", TEN), ("free", None)):
            running.append(process := processes.enter_context(another()))
            process.submit(_begin, site, f"{way}_{name}", policy, accounts, batch).result()
        seconds = interleaved(*(_contender(process, size) for process in running))
        governed, free = (each / size * 1e6 for each in seconds)
        peak_mb = running[0].submit(memory_peak_mb).result()
    yield Measurement(
        name=f"POLICY {way} under ten safeguards",
        value=governed,
        unit="us",
        floor=free,
        size=f"{ROUNDS} x {size:,} actions, batches of {batch:,}, 1 log, {accounts:,} accounts;"
        " the floor is without a policy",
        bar=Bar(at_most=TIMES_NONE_MAX),
        memory_peak_mb=peak_mb,
    )


def _contender(process: ProcessPoolExecutor, size: int) -> Contender:
    return lambda: process.submit(_record, size).result()


def _backtest_mb(url: str) -> float:
    with Ledger.open(url, create=False) as ledger:
        assert ledger.backtest(TEN).rows
    return memory_peak_mb()


def _reading_mb(url: str) -> float:
    with Ledger.open(url, create=False) as ledger:
        deque(ledger.entries(), maxlen=0)
    return memory_peak_mb()


def past(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return what asking ten safeguards about every act of a ledger takes, in time and in memory.
    """
    url = site.url(name_of(scale.actions))
    with Ledger.open(url, create=False) as ledger:
        acts = ledger.backtest(TEN).actions
        mine, floor = interleaved(
            timed(lambda: ledger.backtest(TEN)),
            timed(lambda: deque(ledger.entries(), maxlen=0)),
        )
    size = f"{acts:,} acts of {scale.actions:,} actions, 1 log, {scale.accounts:,} accounts"
    return [
        Measurement(
            name="BACKTEST of ten safeguards",
            value=mine,
            unit="s",
            floor=floor,
            size=f"{ROUNDS} x {size}; the floor reads the log as typed entries",
        ),
        Measurement(
            name="BACKTEST memory",
            value=alone(_backtest_mb, url),
            unit="MB",
            floor=alone(_reading_mb, url),
            size=f"{size}; the floor reads the log",
            bar=Bar(at_most=BACKTEST_MB_MAX, of="value"),
        ),
    ]
