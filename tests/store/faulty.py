"""
Databases that fail where a test says, over real ones: each fault is what an engine does to its
writers, at a moment that no test could wait for.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import Conflict, Unavailable
from ledger.store.database import InDoubt, Row, RunAgain, Taken
from ledger.store.sqlite import SQLiteConnection, SQLiteDatabase


def beaten() -> RunAgain:
    """
    Return what a writer is told who lost a race.
    """
    return RunAgain(Conflict("another writer was faster"))


def forestalled() -> Taken:
    """
    Return what a writer is told who wrote what somebody else has written.
    """
    return Taken(Conflict("a row is there already"))


def doubtful() -> InDoubt:
    """
    Return what a writer is told whose connection broke while it committed.
    """
    return InDoubt(Unavailable("the connection was lost"))


class FaultyDatabase(SQLiteDatabase):
    """
    A database whose next transactions end as they are told to.

    Attributes:
        before: What is raised at the commit of the next transactions, in turn; nothing is
            committed then.

        during: What is raised behind the first rows that the next transactions write, in turn.

        after: What is raised behind the commit of the next transactions, in turn.

        gate: Closed, it holds every transaction up before it begins.

        transactions: How many began.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__(path)
        self.before: list[BaseException | None] = []
        self.during: list[BaseException | None] = []
        self.after: list[BaseException | None] = []
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.transactions = 0

    @contextmanager
    def writing(self) -> Iterator[SQLiteConnection]:
        """
        Give a connection in a transaction that ends as it is told to.
        """
        self.waiting.set()
        assert self.gate.wait(60)
        self.transactions += 1
        with super().writing() as connection:
            before = self.before.pop(0) if self.before else None
            during = self.during.pop(0) if self.during else None
            if during is not None:
                yield _Unwritten(connection, during)  # type: ignore[misc]
            elif before is not None:
                yield _Uncommitted(connection, before)  # type: ignore[misc]
            else:
                yield connection
        if self.after and (lost := self.after.pop(0)) is not None:
            raise lost


class _Uncommitted:
    """
    A connection whose commit raises a fault instead.
    """

    def __init__(self, connection: SQLiteConnection, fault: BaseException) -> None:
        self._connection = connection
        self._fault = fault

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def commit(self) -> None:
        """
        Raise the fault.
        """
        raise self._fault


class _Unwritten(_Uncommitted):
    """
    A connection that raises a fault once rows were written.
    """

    def insert(self, table: str, columns: str, rows: Sequence[Row]) -> None:
        """
        Insert *rows* and raise the fault.
        """
        self._connection.insert(table, columns, rows)
        raise self._fault
