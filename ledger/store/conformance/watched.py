"""
A database between a writer and the real one: it counts the transactions that the engine had run
again, holds some open, and ends some as an engine or a network may end them.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, cast

from ledger.errors import Conflict, Unavailable
from ledger.store.database import Connection, Database, InDoubt, Row, RunAgain, Taken


class Fate(StrEnum):
    """
    What becomes of a transaction once it was asked to commit.
    """

    HELD = "held open"
    ROLLED_BACK = "rolled back"
    CUT_BEFORE = "cut off before COMMIT"
    CUT_BEHIND = "cut off behind COMMIT"


FAULTS: Final = (Fate.ROLLED_BACK, Fate.CUT_BEFORE, Fate.CUT_BEHIND)


def _at_once() -> None:
    """
    Hold nothing up.
    """


class Watched:
    """
    A database as *real* is, but for what is said here.

    Attributes:
        fates: What becomes of the next transactions that are asked to commit, in turn; what comes
            behind them ends as it ends.

        hold: Returns when a transaction that is held open may go on.

        met: How many transactions met each fate.

        again: How often the engine itself had a transaction run again, by SQLSTATE or kind.
    """

    def __init__(self, real: Database) -> None:
        self._real = real
        self.dialect = real.dialect
        self.readers_block = real.readers_block
        self.tries = real.tries
        self.fates: deque[Fate] = deque()
        self.hold: Callable[[], None] = _at_once
        self.met: Counter[Fate] = Counter()
        self.again: Counter[str] = Counter()

    def __str__(self) -> str:
        """
        Return how messages name the database.
        """
        return str(self._real)

    def reading(self) -> AbstractContextManager[Connection]:
        """
        Give a connection whose statements all see the same committed state.
        """
        return self._real.reading()

    def ask(self, statement: str, parameters: Sequence[Any]) -> list[Row]:
        """
        Return the answer to one statement, which sees one committed state.
        """
        return self._real.ask(statement, parameters)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """
        Give a connection in a transaction that ends as its fate says.
        """
        fate = self.fates[0] if self.fates else None
        fated: _Fated | None = None
        try:
            with self._real.writing() as connection:
                fated = _Fated(connection, fate, self.hold)
                yield cast("Connection", fated)
        except RunAgain as again:
            if fated is None or again is not fated.fault:
                self.again[_kind(again)] += 1
            raise
        finally:
            was_asked = fated is not None and fated.was_asked
            if fate is not None and was_asked:
                self.fates.popleft()
                self.met[fate] += 1
        if fate is Fate.CUT_BEHIND and fated is not None and was_asked:
            fated.cut()
            raise InDoubt(_lost())

    def tables(self) -> set[str]:
        """
        Return the names of the tables that are committed.
        """
        return self._real.tables()

    def backup(self, path: Path) -> None:
        """
        Write a consistent copy to a SQLite file at *path* while the ledger goes on.
        """
        self._real.backup(path)

    def overwrite(self) -> None:
        """
        Let nothing that was overwritten stand in the database's files.
        """
        self._real.overwrite()

    def close(self) -> None:
        """
        Close every connection that is not in use.
        """
        self._real.close()


class _Fated:
    """
    A connection within a transaction that has a fate.

    Attributes:
        was_asked: Whether the transaction was asked to commit.

        fault: What was raised instead of committing.
    """

    def __init__(self, real: Connection, fate: Fate | None, hold: Callable[[], None]) -> None:
        self._real = real
        self._fate = fate
        self._hold = hold
        self.was_asked = False
        self.fault: RunAgain | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def together(self, size: Callable[[], int]) -> AbstractContextManager[None]:
        """
        Let the statements within go to the database together, unless all but the last are to be
        there before the fate.
        """
        if self._fate in (Fate.HELD, Fate.ROLLED_BACK):
            return nullcontext()
        return self._real.together(size)

    def commit(self) -> None:
        """
        Commit the transaction, or let its fate come before that.
        """
        self.was_asked = True
        if self._fate is Fate.HELD:
            self._hold()
        elif self._fate is Fate.ROLLED_BACK:
            self.fault = RunAgain(Conflict("another writer was faster"))
            raise self.fault
        elif self._fate is Fate.CUT_BEFORE and not self.cut():
            raise InDoubt(_lost())
        self._real.commit()

    def cut(self) -> bool:
        """
        Close the driver's connection, and return whether there is one to close: what is a file has
        none.
        """
        raw = getattr(self._real, "raw", None)
        if raw is not None:
            raw.close()
        return raw is not None


def _lost() -> Unavailable:
    return Unavailable("the connection was cut off while it committed")


def _kind(again: RunAgain) -> str:
    """
    Return the SQLSTATE of what the engine said; what kind it was where it has none.
    """
    state = getattr(again.__cause__, "sqlstate", None)
    if state is not None:
        return str(state)
    return "taken" if isinstance(again, Taken) else again.reason.family.lower()
