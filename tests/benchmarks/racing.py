"""
A race: the ledger, the floor and the peer, each recording the same actions in turn.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from itertools import islice
from typing import Final

import attrs
import msgspec

from ledger.store.rows import ENTRY_COLUMNS
from tests.benchmarks import peer
from tests.benchmarks.actions import Action, actions
from tests.benchmarks.auditing import Audit
from tests.benchmarks.foundation import Clock, opened
from tests.benchmarks.measurement import Bar
from tests.benchmarks.recording import Desk, Way
from tests.benchmarks.rows_alone import transactions
from tests.benchmarks.site import Row, Rows, Site, rows_since
from tests.benchmarks.stopwatch import ROUNDS, Contender, interleaved, timed
from tests.benchmarks.values_alone import making

_RECORDED_AT, _BODY = 5, 8
_SHARE_MOST: Final = 0.99


@attrs.frozen(kw_only=True)
class Course:
    """
    What is recorded in a round, how, and what must hold of it.

    Args:
        name: Of the places of the ledger and the floor; with the number of logs behind it.

        title: How rows name it.

        size: How many actions.

        batch: How many of them a transaction of the floor and of the peer takes.

        sample: How many of their entries the floor inserts; None for all.

        to_bare: The bar beside the floor.

        to_peer: The bar beside the peer; None where that is shown for comparison.

        has_peer: Whether the peer takes part.

        goal: A rate to be shown beside; None where there is none.
    """

    name: str
    title: str
    way: Callable[[Desk], Way]
    size: int
    batch: int = 1
    sample: int | None = None
    reversals: bool = False
    to_bare: Bar
    to_peer: Bar | None = None
    has_peer: bool = False
    goal: float | None = None


@attrs.frozen(kw_only=True)
class Result:
    """
    How many actions a second were recorded, and over what that was measured.

    Args:
        rows: That of the database for all rows of an act, in the same transactions, without us.

        values: That of making these rows and what is given for them, in one thread.

        other: The peer's; None where it did not take part.
    """

    mine: float
    floor: float
    rows: float
    values: float
    other: float | None
    size: str


class Race:
    """
    The contenders on one course.

    Args:
        other: A process that becomes the peer where it takes part.
    """

    def __init__(
        self, site: Site, course: Course, logs: int, accounts: int, other: ProcessPoolExecutor
    ) -> None:
        self._site, self._course, self._other = site, course, other
        self._logs, self._accounts = logs, accounts
        self._name = f"{course.name}_{logs}"
        self._actions = actions(accounts, reversals=course.reversals)
        self._clock = Clock(tick_us=1)
        self._some: list[Action] = []
        self._ids: list[str] = []
        self._batches: list[list[int]] = []

    def run(self, audit: Audit) -> Result:
        """
        Return who was how fast, once *audit* has looked at the ledger.
        """
        course, name = self._course, self._name
        with ExitStack() as ending:
            ledger = ending.enter_context(opened(self._site, name, self._clock, self._logs))
            lines = self._site.folder / f"{name}.jsonl"
            desk = Desk(self._site.url(name), ledger, self._clock, lines, ending)
            self._way = course.way(desk)
            self._reading = self._site.connect(name)
            ending.callback(self._reading.close)
            self._site.make(floor := f"{name}_bare")
            self._bare = self._site.connect(floor)
            ending.callback(self._bare.close)
            self._bare.create_entries()
            self._site.make(rows := f"{name}_rows")
            self._writing = self._site.connect(rows)
            ending.callback(self._writing.close)
            self._writing.create_written(self._logs)
            self._rows = self._recorded_since("")
            seconds = interleaved(*self._contenders(ending))
        audit.look(self._site.url(name), self._ids)
        mine, floor_rate, rows_rate, values, *others = (course.size / each for each in seconds)
        return Result(
            mine=mine,
            floor=floor_rate,
            rows=rows_rate,
            values=values,
            other=others[0] if others else None,
            size=self._described(),
        )

    def _contenders(self, ending: ExitStack) -> list[Contender]:
        mine = [self._record, self._insert, self._write, self._make]
        if not self._course.has_peer:
            return mine
        self._site.make(name := f"{self._name}_peer")
        self._other.submit(peer.begin, self._site.peer(name)).result()
        ending.callback(self._other.submit, peer.end)
        return [*mine, self._save]

    def _recorded_since(self, recorded_at: str) -> Rows:
        return rows_since(self._reading, ENTRY_COLUMNS, recorded_at)

    def _record(self) -> float:
        self._some = list(islice(self._actions, self._course.size))
        self._way.prepare(self._some)
        return timed(lambda: self._ids.extend(self._way.record()))()

    def _insert(self) -> float:
        """
        Return how long the floor takes for the entries of the round, measured on a sample.
        """
        self._rows = self._recorded_since(max(row[_RECORDED_AT] for row in self._rows))
        # An import also records that it began and that it ended.
        assert len(self._rows) in (self._course.size, self._course.size + 2)
        self._batches.append([*Counter(map(_written_at, self._rows)).values()])
        some = self._rows[: self._course.sample]
        insert = self._insert_alone if self._course.batch == 1 else self._insert_together
        return timed(lambda: insert(some))() * len(self._rows) / len(some)

    def _write(self) -> float:
        """
        Return how long the database takes for all that was written in the round.
        """
        self._written = transactions(self._rows, self._reading, _written_at)

        def write() -> None:
            for each in self._written:
                self._writing.write(each)

        return timed(write)()

    def _make(self) -> float:
        """
        Return how long it takes to make what was given and written in the round.
        """
        given = [action.command for action in self._some]
        return timed(making(given, self._written, self._logs))()

    def _insert_alone(self, rows: Rows) -> None:
        self._bare.insert_alone(rows)

    def _insert_together(self, rows: Rows) -> None:
        for start in range(0, len(rows), self._course.batch):
            self._bare.insert_together(rows[start : start + self._course.batch])

    def _save(self) -> float:
        return self._other.submit(peer.record, self._some, self._course.batch).result()

    def _described(self) -> str:
        """
        Return over what was measured, with how many actions a transaction of the ledger's took.
        """
        # The first round was to warm up.
        batches = sorted(size for sizes in self._batches[1:] for size in sizes)
        median, most = batches[len(batches) // 2], batches[int(len(batches) * _SHARE_MOST)]
        return (
            f"{ROUNDS} x {self._course.size:,} actions, batches of {median:,} (99 %: {most:,}),"
            f" {in_words(self._logs)}, {self._accounts:,} accounts"
        )


def in_words(logs: int) -> str:
    """
    Return the number of logs in words.
    """
    return "1 log" if logs == 1 else f"{logs} logs"


def _written_at(row: Row) -> str:
    """
    Return when an entry was written, which is the same for all of one transaction alone.
    """
    told = msgspec.json.decode(row[_BODY])
    written_at: str = told["written_at"] or told["recorded_at"]
    return written_at
