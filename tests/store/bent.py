"""
Databases that break one promise each, over real ones: what a conformance run must find.

All that share a `Bend` are bent together, as the connections of one engine would be.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ledger.errors import Unavailable
from ledger.store.database import Row, RunAgain
from ledger.store.sqlite import SQLiteConnection, SQLiteDatabase

HEADS_FOLLOWED = "SELECT log, size FROM heads"
CLAIMS_HELD = "SELECT kind, id, digest"
SET_HEAD = "UPDATE heads SET size"


# What asks for the restrictions of an account that are in force.
IN_FORCE = "FROM restrictions WHERE account = "
# What asks for them together with the head, and how many columns stand before theirs.
TOGETHER, BEFORE = "LEFT JOIN restrictions", 7


class Bend:
    """
    What is broken, as often as it is to be.

    Args:
        times: How often; None for always.
    """

    def __init__(self, times: int | None = None) -> None:
        self._times = times
        self._lock = threading.Lock()
        self.done = 0

    def is_due(self) -> bool:
        """
        Return whether it is to be broken now too, and count that.
        """
        with self._lock:
            if self.done == self._times:
                return False
            self.done += 1
            return True

    def is_over(self) -> bool:
        """
        Return whether it was broken as often as it was to be.
        """
        return self.done == self._times


class Rows(NamedTuple):
    """
    The rows that a statement is said to have returned.
    """

    rows: list[Row]

    def fetchone(self) -> Row | None:
        """
        Return the first one.
        """
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[Row]:
        """
        Return all of them.
        """
        return self.rows

    def __iter__(self) -> Iterator[Any]:
        """
        Yield them.
        """
        return iter(self.rows)


class Through:
    """
    A connection as *real* is, but for what a subclass bends.
    """

    def __init__(self, real: SQLiteConnection, bend: Bend) -> None:
        self.real = real
        self.bend = bend

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class Bent(SQLiteDatabase):
    """
    A database that is sound: its subclasses say what connections it gives instead.
    """

    reads: type[Through] = Through
    writes: type[Through] = Through

    def __init__(self, path: Path, bend: Bend) -> None:
        self.bend = bend
        super().__init__(path)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """
        Give a connection that reads.
        """
        with super().reading() as connection:
            yield self.reads(connection, self.bend)

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """
        Give a connection that writes.
        """
        with super().writing() as connection:
            yield self.writes(connection, self.bend)


class Dropped(Bent):
    """
    Acknowledges a commit that it rolls back: the suspension of an account that several want.
    """

    class writes(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Rolls back instead of committing.
        """

        is_doomed = False

        def insert(self, table: str, columns: str, rows: Sequence[Row]) -> None:
            """
            Look whether it is the one.
            """
            if table == "entries" and any(row[2] == "account/race-slot-0-1" for row in rows):
                self.is_doomed = self.bend.is_due()
            self.real.insert(table, columns, rows)

        def commit(self) -> None:
            """
            Commit, or do as if.
            """
            self.real.execute("ROLLBACK" if self.is_doomed else "COMMIT")


class Uncommitted(Bent):
    """
    Shows a follower the size of a log before the entry is there.
    """

    class reads(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Reads ahead.
        """

        def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
            """
            Run a statement.
            """
            found = self.real.execute(statement, parameters)
            if statement != HEADS_FOLLOWED:
                return found
            (log, size), *others = found.fetchall()
            return Rows([(log, size + self.bend.is_due()), *others])


class Repeated(Bent):
    """
    Says that a transaction was rolled back which it has committed.
    """

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """
        Give a connection that writes, and commit whatever becomes of it.
        """
        with super().writing() as connection:
            try:
                yield connection
            except RunAgain:
                connection.execute("COMMIT")
                raise


class Forgetful(Bent):
    """
    Returns another digest of a command than the one that was stored.
    """

    class writes(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Reads what was not written.
        """

        def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
            """
            Run a statement.
            """
            found = self.real.execute(statement, parameters)
            if not statement.startswith(CLAIMS_HELD):
                return found
            return Rows([(*row[:2], row[2].upper(), *row[3:]) for row in found.fetchall()])


class Fickle(Bent):
    """
    Leaves out rows of an answer, every other time.
    """

    class reads(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Reads in part.
        """

        def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
            """
            Run a statement, and give its rows, or none of them.
            """
            found = self.real.execute(statement, parameters)
            is_bent = IN_FORCE in statement and self.bend.is_due()
            return found if not is_bent or self.bend.done % 2 else Rows([])


class Squinting(Bent):
    """
    Misses, every other time, the restrictions that are asked for together with the head.
    """

    class reads(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Reads in part.
        """

        def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
            """
            Run a statement, and give what it joins, or nulls.
            """
            found = self.real.execute(statement, parameters)
            if TOGETHER not in statement or not self.bend.is_due():
                return found
            rows = found.fetchall()
            if self.bend.done % 2:
                rows = [(*row[:BEFORE], *(None for _ in row[BEFORE:])) for row in rows[:1]]
            return Rows(rows)


class Hasty(Bent):
    """
    Does not wait for the disk.
    """

    class reads(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Says how it is set.
        """

        def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
            """
            Run a statement.
            """
            if statement == "PRAGMA synchronous":
                self.real.execute("ROLLBACK")
                self.real.execute("PRAGMA synchronous=NORMAL")
                self.real.execute("BEGIN")
            return self.real.execute(statement, parameters)


class Silent(Bent):
    """
    Does not say how it is set.
    """

    class reads(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Answers no question about the engine.
        """

        def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
            """
            Run a statement.
            """
            if statement.startswith("PRAGMA"):
                return self.real.execute("SELECT no_such_setting")
            return self.real.execute(statement, parameters)


class Flipped(Bent):
    """
    Stores another frontier than the one that was written.
    """

    class writes(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Flips a bit.
        """

        def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> object:
            """
            Run a statement for each row.
            """
            if not statement.startswith(SET_HEAD) or not self.bend.is_due():
                return self.real.executemany(statement, rows)
            (size, recorded_at, frontier, log), *others = rows
            flipped = (size, recorded_at, bytes([frontier[0] ^ 1]) + frontier[1:], log)
            return self.real.executemany(statement, [flipped, *others])


class Incomplete(Bent):
    """
    Loses a restriction that was written.
    """

    class writes(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Leaves out a row.
        """

        def insert(self, table: str, columns: str, rows: Sequence[Row]) -> None:
            """
            Insert rows.
            """
            lost = table == "restrictions" and rows[0][1].startswith("together")
            self.real.insert(table, columns, rows[lost and self.bend.is_due() :])


class Interrupted(Bent):
    """
    Is interrupted while it writes.
    """

    class writes(Through):  # noqa: N801, it is what `Bent` calls it
        """
        Interrupts whoever commits.
        """

        def commit(self) -> None:
            """
            Commit, or be interrupted before it.
            """
            if self.bend.is_due():
                raise KeyboardInterrupt
            self.real.commit()


class Gone(Bent):
    """
    Cannot be reached once it was written to for a while.
    """

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """
        Give a connection that writes, while there is one.
        """
        if not self.bend.is_due():
            raise Unavailable("nobody answers")
        with super().writing() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """
        Give a connection that reads, while there is one.
        """
        if self.bend.is_over():
            raise Unavailable("nobody answers")
        with super().reading() as connection:
            yield connection
