"""
What the store asks of a database: connections, transactions, and a second try where one is due.

Statements are written once, in SQL that every engine here runs; parameters are marked ``?``. What
differs between engines, and cannot be said in SQL that all of them run, is a method of these.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import attrs

from ledger.errors import Conflict, LedgerError

T = TypeVar("T")

Row = tuple[Any, ...]

WAIT_SECONDS_MIN: Final = 0.002
WAIT_SECONDS_MAX: Final = 1.0


class RunAgain(Exception):
    """
    A transaction that was rolled back for no fault of its own: another one may succeed.

    Args:
        reason: What the caller is told when tries are used up.
    """

    def __init__(self, reason: LedgerError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Taken(RunAgain):
    """
    A row that is there already: somebody else wrote it first.
    """


class Made(RunAgain):
    """
    A table that is there already. Another one may have made it at the same moment, which is found
    by running again; if it is there then too, that is how it is.
    """


class InDoubt(Exception):
    """
    A transaction of which nobody can say from here whether it was committed: the answer was lost.
    """

    def __init__(self, reason: LedgerError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Cursor(Protocol):
    """
    The rows that a statement returned.
    """

    def fetchone(self) -> Any:
        """
        Return the next row; None behind the last one.
        """

    def fetchall(self) -> list[Any]:
        """
        Return the rows that are left.
        """

    def __iter__(self) -> Iterator[Any]:
        """
        Yield the rows that are left.
        """


class Connection(Protocol):
    """
    A connection within a transaction.
    """

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """
        Run a statement whose answer fits into memory.
        """

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """
        Run a statement that returns nothing once for each of *rows*, in their order.
        """

    def take_heads(
        self, logs: Sequence[int], read: Sequence[int] = ()
    ) -> tuple[list[Row], list[Row]]:
        """
        Take the heads of *logs* in the order given: whoever holds one is the only writer there.

        Args:
            read: Logs whose heads are looked at then, and not taken.

        Returns:
            Size, last recorded time and frontier of each; and log, size and last recorded time of
            those that were only looked at.
        """

    def insert(self, table: str, columns: str, rows: Sequence[Row]) -> None:
        """
        Insert *rows* into *table*.

        Raises:
            Taken: When the key of one of them is.
        """

    def stream(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """
        Yield the rows that a statement returns, however many; several may be read side by side.
        """

    def commit(self) -> None:
        """
        Commit the transaction.
        """

    def together(self, size: Callable[[], int]) -> AbstractContextManager[None]:
        """
        Let the statements within go to the database together, where that fits them.

        Args:
            size: Returns about how many bytes they are, where it is asked for.
        """


@attrs.frozen(kw_only=True)
class Dialect:
    """
    What an engine calls the types of the tables, and what it needs beside them.

    Args:
        text: A text that is compared byte by byte.

        is_ours_alone: Whether a ledger shares the database with nothing else.

        claims: What follows the columns of `claims`.

        append_only: The statements that make the engine itself refuse changes of entries.
    """

    text: str
    bytes: str
    is_ours_alone: bool
    claims: str = ""
    append_only: tuple[str, ...] = ()


class Database(Protocol):
    """
    A database that a ledger is kept in.

    Attributes:
        readers_block: Whether a reader keeps the writer waiting.

        tries: How often a transaction is run again.
    """

    dialect: Dialect
    readers_block: bool
    tries: int

    def __str__(self) -> str:
        """
        Return how messages name the database: without a secret.
        """

    def reading(self) -> AbstractContextManager[Connection]:
        """
        Give a connection whose statements all see the same committed state.
        """

    def ask(self, statement: str, parameters: Sequence[Any]) -> list[Row]:
        """
        Return the answer to one statement, which fits into memory and sees one committed state.
        """

    def writing(self) -> AbstractContextManager[Connection]:
        """
        Give a connection in a transaction that commits at the end, unless it was committed before.

        Any error rolls back.

        Raises:
            RunAgain: When the transaction was rolled back and may be run again.

            InDoubt: When the answer to its commit was lost.

            Conflict: Within a transaction of the same thread.
        """

    def tables(self) -> set[str]:
        """
        Return the names of the tables that are committed.
        """

    def backup(self, path: Path) -> None:
        """
        Write a consistent copy to a SQLite file at *path* while the ledger goes on.

        Raises:
            Malformed: When *path* exists.
        """

    def overwrite(self) -> None:
        """
        Let nothing that was overwritten or deleted stand in the database's files, where it can.
        """

    def close(self) -> None:
        """
        Close every connection that is not in use; those in use close when they are given back.
        """


def assert_free(database: Database, *, is_writing: bool) -> None:
    """
    Raise unless no transaction of the same thread, which holds the lock of writers, is under way.

    Raises:
        Conflict: When one is: to begin another would end it.
    """
    if is_writing:
        raise Conflict(
            f"{database} is being written to by this very thread",
            where="ledger",
            expected="a call when that is done",
        )


def waits(tries: int) -> Iterator[float]:
    """
    Yield the seconds to wait before each further try: longer each time, and never the same for
    two who failed together.
    """
    for nth in range(tries):
        longest = min(WAIT_SECONDS_MAX, WAIT_SECONDS_MIN * 2**nth)
        yield random.uniform(longest / 2, longest)  # noqa: S311, it keeps no secret


def transact(database: Database, work: Callable[[Connection], T]) -> T:
    """
    Return what *work* returns, done in one transaction, which is run again where that may help.

    *work* must come to the same where it is done twice.

    Raises:
        LedgerError: What *work* raises; or the reason of the last try.
    """
    was_made = False
    for wait in itertools.chain(waits(database.tries), (None,)):
        try:
            with database.writing() as connection:
                return work(connection)
        except (RunAgain, InDoubt) as failed:
            is_made = isinstance(failed, Made)
            if wait is None or (was_made and is_made):
                raise failed.reason from failed
            was_made = was_made or is_made
            time.sleep(wait)
    raise AssertionError
