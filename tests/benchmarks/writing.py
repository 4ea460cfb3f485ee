"""
B1 and B4: what an action costs, durable when it returns, alone and in batches.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import attrs
import msgspec

from tests.benchmarks import bare, peer
from tests.benchmarks.actions import Action, actions
from tests.benchmarks.foundation import Clock, opened
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale
from tests.benchmarks.stopwatch import ROUNDS, interleaved, timed

LOGS: Final = (1, 256)


@attrs.frozen(kw_only=True)
class Course:
    """
    What is recorded in a round, and where.

    Args:
        way: ``act``, ``record_many`` or ``import``.

        size: How many actions.

        batch: How many of them one transaction takes.
    """

    way: str
    size: int
    batch: int
    logs: int
    accounts: int

    @property
    def where(self) -> str:
        """
        Return the number of logs in words.
        """
        return "1 log" if self.logs == 1 else f"{self.logs} logs"

    def __str__(self) -> str:
        """
        Return the size as the table shows it.
        """
        return (
            f"{ROUNDS} x {self.size:,} actions, batches of {self.batch:,},"
            f" {self.where}, {self.accounts:,} accounts"
        )


class Race:
    """
    The ledger, the floor and the peer, each recording the same actions in turn.
    """

    def __init__(self, folder: Path, course: Course) -> None:
        self._course = course
        self._actions = actions(course.accounts, reversals=course.way != "act")
        self._clock = Clock()
        path = folder / f"{course.way}-{course.logs}.db"
        self._lines = path.with_suffix(".jsonl")
        self._ledger = opened(path, self._clock, course.logs)
        self._reading = bare.connect(path)
        self._bare = bare.create_entries(path.with_suffix(".bare"))
        self._some: list[Action] = []
        self._rows = bare.rows_since(self._reading, "")
        self._peer = ProcessPoolExecutor(
            1, get_context("spawn"), peer.begin, (path.with_suffix(".peer"),)
        )

    def run(self) -> list[float]:
        """
        Return how many actions a second the ledger, the floor and the peer record.
        """
        with self._ledger, self._peer:
            seconds = interleaved(self._record, self._insert, self._save)
        self._reading.close()
        self._bare.close()
        return [self._course.size / each for each in seconds]

    def _record(self) -> float:
        self._some = list(islice(self._actions, self._course.size))
        if self._course.way == "act":
            return timed(self._act)()
        if self._course.way == "record_many":
            return timed(self._record_many)()
        self._lines.write_bytes(b"\n".join(map(_line, self._some)))
        self._clock.now = self._some[-1].recorded_at
        return timed(lambda: self._ledger.import_history("actions", [self._lines]))()

    def _act(self) -> None:
        for action in self._some:
            self._clock.now = action.recorded_at
            given = dict(action.command)
            getattr(self._ledger, str(given.pop("command")))(**given)

    def _record_many(self) -> None:
        for start in range(0, self._course.size, self._course.batch):
            some = self._some[start : start + self._course.batch]
            self._clock.now = some[-1].recorded_at
            self._ledger.record_many([action.command for action in some])

    def _insert(self) -> float:
        self._rows = bare.rows_since(self._reading, max(row[5] for row in self._rows))
        # An import also records that it began and that it ended.
        assert len(self._rows) in (self._course.size, self._course.size + 2)
        return timed(self._insert_alone if self._course.batch == 1 else self._insert_many)()

    def _insert_alone(self) -> None:
        execute = self._bare.execute
        for row in self._rows:
            execute(bare.INSERT_ENTRY, row)

    def _insert_many(self) -> None:
        for start in range(0, len(self._rows), self._course.batch):
            self._bare.execute("BEGIN IMMEDIATE")
            self._bare.executemany(
                bare.INSERT_ENTRY, self._rows[start : start + self._course.batch]
            )
            self._bare.execute("COMMIT")

    def _save(self) -> float:
        return self._peer.submit(peer.record, self._some, self._course.batch).result()


def _line(action: Action) -> bytes:
    """
    Return *action* as a line of a file that can be imported.
    """
    return msgspec.json.encode({**action.command, "recorded_at": action.recorded_at})


def one_by_one(scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return B1: one act a transaction.
    """
    return [
        found
        for logs in LOGS
        for found in _raced(
            "B1",
            folder,
            Course(way="act", size=scale.singles, batch=1, logs=logs, accounts=scale.accounts),
            Bar(at_least=0.4),
            None,
        )
    ]


def in_batches(scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return B4: many actions a transaction.
    """
    return [
        found
        for way in ("record_many", "import")
        for logs in LOGS
        for found in _raced(
            "B4",
            folder,
            Course(
                way=way,
                size=scale.batch * scale.batches,
                batch=scale.batch,
                logs=logs,
                accounts=scale.accounts,
            ),
            Bar(at_least=0.2),
            Bar(at_least=0.6),
        )
    ]


def _raced(
    number: str, folder: Path, course: Course, to_bare: Bar, to_peer: Bar | None
) -> Iterator[Measurement]:
    """
    Yield the ledger's rate beside the floor's, and beside the peer's.
    """
    mine, floor, other = Race(folder, course).run()
    for beside, rate, bar in (("", floor, to_bare), (", to the peer", other, to_peer)):
        yield Measurement(
            name=f"{number} {course.way}, {course.where}{beside}",
            value=mine,
            unit="1/s",
            floor=rate,
            size=str(course),
            bar=bar,
        )
