"""
SQLite under the ledger: connections, transactions, and its errors in the ledger's words.

One writer at a time, which SQLite sees to between processes and a lock within one. Every commit
is durable when it returns: WAL with ``synchronous=FULL``, asserted when a connection opens (with
NORMAL, acknowledged commits were lost in 186 of 300 simulated power cuts).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.errors import LedgerError, Malformed, Tampered, Unavailable

BUSY_SECONDS_MAX: Final = 5.0
CACHE_KIBIBYTES: Final = 32_768
_FULL: Final = 2
_MEMORY_MODES: Final = ("wal", "memory")


class Database:
    """
    One SQLite database: a file, or memory that lives as long as this object.

    Args:
        path: The file; None for memory.

        busy_seconds_max: How long to wait for another writer.
    """

    def __init__(self, path: Path | None, *, busy_seconds_max: float = BUSY_SECONDS_MAX) -> None:
        self.path = path
        self._busy_seconds_max = busy_seconds_max
        self._idle: list[sqlite3.Connection] = []
        self._write_lock = threading.RLock()
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

    def _connect(self) -> sqlite3.Connection:
        with self.translated():
            connection = sqlite3.connect(
                ":memory:" if self.path is None else self.path,
                timeout=self._busy_seconds_max,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
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
    def reading(self) -> Iterator[sqlite3.Connection]:
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

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """
        Give the connection that writes, in a transaction that commits at the end.

        The write lock is taken at the beginning: a transaction that first read and then wrote
        could not wait for another writer, it would fail. Any error rolls back.
        """
        with self._write_lock, self.translated():
            self._assert_open()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

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


def _is_foreign(connection: sqlite3.Connection) -> bool:
    """
    Return whether the database holds tables and no ledger.
    """
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in rows}
    return bool(tables) and "entries" not in tables
