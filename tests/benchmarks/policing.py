"""
What policies cost: recording under ten safeguards, and asking them about all of the past.
"""

from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ledger import Ledger
from tests.benchmarks.actions import Action, actions
from tests.benchmarks.foundation import Clock, alone, memory_peak_mb, opened, path_of, url_of
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale
from tests.benchmarks.stopwatch import ROUNDS, interleaved, timed

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


class Rivals:
    """
    Two ledgers that record the same actions in turn: one without a policy, one under `TEN`.
    """

    def __init__(self, folder: Path, name: str, accounts: int, *, reversals: bool) -> None:
        self._actions = actions(accounts, reversals=reversals)
        self._some: list[Action] = []
        self._clock = Clock()
        self._free, self._governed = (
            opened(folder / f"{name}-{which}.db", self._clock, 1) for which in ("free", "governed")
        )
        self._governed.adopt_policy(TEN)

    def race(self, size: int, batch: int) -> list[float]:
        """
        Return how many seconds each takes for *size* actions, the governed one first.
        """

        def drawn() -> float:
            self._some = list(islice(self._actions, size))
            return timed(lambda: self._record(self._governed, batch))()

        with self._free, self._governed:
            return interleaved(drawn, timed(lambda: self._record(self._free, batch)))

    def _record(self, ledger: Ledger, batch: int) -> None:
        for start in range(0, len(self._some), batch):
            some = self._some[start : start + batch]
            self._clock.now = some[-1].recorded_at
            if batch == 1:
                given = dict(some[0].command)
                getattr(ledger, str(given.pop("command")))(**given)
            else:
                ledger.record_many([action.command for action in some])


def recording(scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return what recording costs under a policy of ten safeguards, beside none.
    """
    return [
        *_raced(folder, "act", scale.singles, 1, scale.accounts),
        *_raced(folder, "record_many", scale.batch * scale.batches, scale.batch, scale.accounts),
    ]


def _raced(folder: Path, way: str, size: int, batch: int, accounts: int) -> Iterator[Measurement]:
    rivals = Rivals(folder, way, accounts, reversals=batch > 1)
    governed, free = (each / size * 1e6 for each in rivals.race(size, batch))
    yield Measurement(
        name=f"POLICY {way} under ten safeguards",
        value=governed,
        unit="us",
        floor=free,
        size=f"{ROUNDS} x {size:,} actions, batches of {batch:,}, 1 log, {accounts:,} accounts;"
        " the floor is without a policy",
        bar=Bar(at_most=TIMES_NONE_MAX),
    )


def _backtest_mb(path: Path) -> float:
    with Ledger.open(url_of(path), create=False) as ledger:
        assert ledger.backtest(TEN).rows
    return memory_peak_mb()


def _reading_mb(path: Path) -> float:
    with Ledger.open(url_of(path), create=False) as ledger:
        deque(ledger.entries(), maxlen=0)
    return memory_peak_mb()


def past(scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return what asking ten safeguards about every act of a ledger takes, in time and in memory.
    """
    path = path_of(folder, scale.actions)
    with Ledger.open(url_of(path), create=False) as ledger:
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
            value=alone(_backtest_mb, path),
            unit="MB",
            floor=alone(_reading_mb, path),
            size=f"{size}; the floor reads the log",
            bar=Bar(at_most=BACKTEST_MB_MAX, of="value"),
        ),
    ]
