"""
SQLite under the ledger: connections, transactions, and its errors in the ledger's words.

One writer at a time, which SQLite sees to between processes and a lock within one. Every commit
is durable when it returns: WAL with ``synchronous=FULL``, asserted when a connection opens (with
NORMAL, acknowledged commits were lost in 186 of 300 simulated power cuts).
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from ledger.errors import Conflict, LedgerError, Malformed, Tampered, Unavailable
from ledger.store.database import Dialect, Row, Taken, assert_free
from ledger.store.rows import inserting
from ledger.store.schema import LOOK_AT_HEAD, look_at_heads

BUSY_SECONDS_MAX: Final = 5.0
CACHE_KIBIBYTES: Final = 32_768
ROWS_A_TIME: Final = 100
_FULL: Final = 2
_MEMORY_MODES: Final = ("wal", "memory")
_AT_ONCE: Final = nullcontext()

# The database itself refuses what must not happen; privileges, which do it elsewhere, SQLite has
# none. The last one is for REPLACE, which deletes without asking a trigger.
_APPEND_ONLY: Final = (
    *(
        f"""
        CREATE TRIGGER entries_no_{verb.lower()} BEFORE {verb} ON entries
        BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
    """
    CREATE TRIGGER entries_no_replace BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM entries WHERE log = NEW.log AND position = NEW.position)
        OR EXISTS (
            SELECT 1 FROM entries
            WHERE log = NEW.log AND stream = NEW.stream AND version = NEW.version
        )
    BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END
    """,
)

# Claims are kept in the index of their key, which is all that is ever asked of them; restrictions
# have other indexes, and each of those would carry the key.
DIALECT: Final = Dialect(
    text="TEXT",
    bytes="BLOB",
    is_ours_alone=True,
    claims=" WITHOUT ROWID",
    append_only=_APPEND_ONLY,
)


class SQLiteConnection(sqlite3.Connection):
    """
    A connection to SQLite as the store asks for it.
    """

    def take_heads(
        self, logs: Sequence[int], read: Sequence[int] = ()
    ) -> tuple[list[Row], list[Row]]:
        """
        Look at the heads of *logs* in the order given and at those of *read*: whoever writes has
        all of them already.
        """
        taken = [self.execute(LOOK_AT_HEAD, (log,)).fetchone() for log in logs]
        return taken, self.execute(look_at_heads(read)).fetchall() if read else []

    def insert(self, table: str, columns: str, rows: Sequence[Row]) -> None:
        """
        Insert *rows* into *table*.
        """
        if not rows:
            return
        try:
            self.executemany(inserting(table, columns), rows)
        except sqlite3.IntegrityError as error:
            raise Taken(
                Conflict(f"a row of {table} is there already", expected="the same command again")
            ) from error

    def stream(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """
        Yield the rows that a statement returns, some at a time.
        """
        cursor = self.execute(statement, parameters)
        while some := cursor.fetchmany(ROWS_A_TIME):
            yield from some

    def together(
        self,
        size: Callable[[], int],  # noqa: ARG002, nothing goes over a wire
    ) -> AbstractContextManager[None]:
        """
        Change nothing: no statement waits for another here.
        """
        return _AT_ONCE


class SQLiteDatabase:
    """
    One SQLite database: a file, or memory that lives as long as this object.

    Args:
        path: The file; None for memory.

        busy_seconds_max: How long to wait for another writer.
    """

    dialect = DIALECT
    tries = 16

    def __init__(self, path: Path | None, *, busy_seconds_max: float = BUSY_SECONDS_MAX) -> None:
        self.path = path
        # In memory there is one connection, and readers wait for the writer.
        self.readers_block = path is None
        self._busy_seconds_max = busy_seconds_max
        self._idle: list[SQLiteConnection] = []
        self._write_lock = threading.RLock()
        self._is_writing = False
        self._pool_lock = threading.Lock()
        self._closed = False
        if path is not None and path.is_dir():
            raise Malformed(f"{path} is a directory", where="ledger", expected="a file")
        self._writer = self._connect()

    def __str__(self) -> str:
        """
        Return how messages name the database.
        """
        return "memory:" if self.path is None else str(self.path)

    def _connect(self) -> SQLiteConnection:
        with self.translated():
            connection = sqlite3.connect(
                ":memory:" if self.path is None else self.path,
                timeout=self._busy_seconds_max,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
                factory=SQLiteConnection,
            )
            if _is_foreign(connection):
                # It will be refused, and until then not a byte of it changes.
                return connection
            mode = self._switched_to_wal(connection)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA cache_size=-{CACHE_KIBIBYTES}")
            synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
        if mode not in _MEMORY_MODES or synchronous != _FULL:
            raise Unavailable(
                f"{self} runs with journal_mode={mode} and synchronous={synchronous}",
                expected="journal_mode=wal and synchronous=2 (FULL)",
            )
        return connection

    def _switched_to_wal(self, connection: sqlite3.Connection) -> str:
        """
        Return the journal mode after asking for WAL.

        On a new file SQLite switches under a lock for which it does not wait, so that of several
        processes that begin at once all but one would fail; waiting for a writer's lock does it.
        """
        try:
            return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        return self._switched_to_wal(connection)

    @contextmanager
    def reading(self) -> Iterator[SQLiteConnection]:
        """
        Give a connection whose statements all see the same committed state.

        In memory there is one connection, and readers wait for the writer.
        """
        if self.path is None:
            with self._write_lock, self.translated():
                self._assert_open()
                yield self._writer
            return
        with self._pool_lock:
            self._assert_open()
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        try:
            with self.translated():
                connection.execute("BEGIN")
                yield connection
        finally:
            connection.rollback()
            with self._pool_lock:
                if self._closed:
                    connection.close()
                else:
                    self._idle.append(connection)

    def ask(self, statement: str, parameters: Sequence[Any]) -> list[Row]:
        """
        Return the answer to one statement, which sees one committed state.
        """
        with self.reading() as connection:
            return connection.execute(statement, parameters).fetchall()

    @contextmanager
    def writing(self) -> Iterator[SQLiteConnection]:
        """
        Give the connection that writes, in a transaction that commits at the end, unless it was
        committed before.

        The write lock is taken at the beginning: a transaction that first read and then wrote
        could not wait for another writer, it would fail. Any error rolls back, an interrupt too,
        which comes where it was waited for the lock once that is taken.

        Raises:
            Conflict: Within a transaction of the same thread.
        """
        with self._write_lock:
            self._assert_open()
            assert_free(self, is_writing=self._is_writing)
            connection = self._writer
            try:
                self._is_writing = True
                try:
                    _roll_back(connection)
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection
                    if connection.in_transaction:
                        connection.execute("COMMIT")
                finally:
                    _roll_back(connection)
            except sqlite3.Error as error:
                raise self._in_our_words(error) from error
            finally:
                self._is_writing = False

    @contextmanager
    def translated(self) -> Iterator[None]:
        """
        Turn what SQLite raises into the ledger's errors.
        """
        try:
            yield
        except sqlite3.Error as error:
            raise self._in_our_words(error) from error

    def _in_our_words(self, error: sqlite3.Error) -> LedgerError:
        said = str(error)
        if "append-only" in said:
            return Tampered(said)
        if "locked" in said or "busy" in said:
            return Unavailable(
                f"{self} is locked by another writer",
                expected=f"the lock within {self._busy_seconds_max:g} seconds; try again",
            )
        if "full" in said:
            return Unavailable(
                f"the disk of {self} is full", expected="free space; nothing is lost"
            )
        if "not a database" in said or "malformed" in said:
            return Unavailable(f"{self} is not a ledger: {said}")
        if "unable to open" in said:
            return Unavailable(
                f"{self} cannot be opened: {said}", expected="a folder that exists and is writable"
            )
        return Unavailable(f"{self}: {said}")

    def tables(self) -> set[str]:
        """
        Return the names of the tables that the database has.
        """
        with self.reading() as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {name for (name,) in rows}

    def backup(self, path: Path) -> None:
        """
        Write a consistent copy to *path* while the ledger goes on.

        Raises:
            Malformed: When *path* exists.
        """
        if path.exists():
            raise Malformed(f"{path} exists", where="path", expected="a path that is free")
        with self.translated():
            copy = sqlite3.connect(path)
            try:
                with self.reading() as connection:
                    connection.backup(copy)
            finally:
                copy.close()

    def overwrite(self) -> None:
        """
        Fold the write-ahead log into the file, as far as nobody reads from it, so that what was
        overwritten stands in neither.
        """
        if self.path is None:
            return
        with self._write_lock, self.translated():
            self._assert_open()
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _assert_open(self) -> None:
        if self._closed:
            raise Unavailable(f"{self} is closed", expected="an open ledger")

    def close(self) -> None:
        """
        Close every connection that is not in use; those in use close when they are given back.
        """
        with self._write_lock, self._pool_lock:
            self._closed = True
            for connection in (*self._idle, self._writer):
                connection.close()
            self._idle.clear()


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _is_foreign(connection: sqlite3.Connection) -> bool:
    """
    Return whether the database holds tables and neither a ledger nor the keys of one.
    """
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in rows}
    return bool(tables) and "entries" not in tables and "key_settings" not in tables
