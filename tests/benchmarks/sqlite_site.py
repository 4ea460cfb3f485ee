"""
The benches' place on SQLite: a file for each ledger, and bare `sqlite3` for the floors.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from ledger.store import schema
from ledger.store.rows import ENTRY_COLUMNS, inserting
from ledger.store.sqlite import CACHE_KIBIBYTES, DIALECT
from tests.benchmarks.site import SET_HEAD, WRITTEN, Rows, creating

_ENTRIES: Final = next(
    table for table in schema.create_tables(DIALECT) if "CREATE TABLE entries" in table
)
_INSERT: Final = inserting("entries", ENTRY_COLUMNS)


class BareSQLite:
    """
    Bare `sqlite3`: WAL with ``synchronous=FULL``, as the ledger has it.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")

    def create_entries(self) -> None:
        """
        Create a table like the ledger's entries, its indexes included.
        """
        for statement in (_ENTRIES, *schema.create_indexes("entries")):
            self._connection.execute(statement)

    def insert_alone(self, rows: Rows) -> None:
        """
        Insert *rows*, each in a transaction of its own.
        """
        execute = self._connection.execute
        for row in rows:
            execute(_INSERT, row)

    def insert_together(self, rows: Rows) -> None:
        """
        Insert *rows* in one transaction.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(_INSERT, rows)
        self._connection.execute("COMMIT")

    def create_written(self, logs: int) -> None:
        """
        Create the tables that an act writes to, with as much memory as the ledger gives them.
        """
        self._connection.execute(f"PRAGMA cache_size=-{CACHE_KIBIBYTES}")
        for statement in creating(DIALECT):
            self._connection.execute(statement)
        heads = [(log, 0, "", b"") for log in range(logs)]
        self._connection.executemany(inserting("heads", WRITTEN["heads"]), heads)

    def write(self, written: Mapping[str, Rows]) -> None:
        """
        Write rows in one transaction.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        for table, rows in written.items():
            insert = SET_HEAD if table == "heads" else inserting(table, WRITTEN[table])
            self._connection.executemany(insert, rows)
        self._connection.execute("COMMIT")

    def select(self, statement: str, parameters: Sequence[Any] = ()) -> Rows:
        """
        Return the answer to a statement.
        """
        return self._connection.execute(statement, parameters).fetchall()

    def bodies(self) -> Iterator[bytes]:
        """
        Yield the bytes of every entry in stored order.
        """
        rows = self._connection.execute("SELECT body FROM entries ORDER BY log, position")
        return (body for (body,) in rows)

    def probe(self, streams: Sequence[str]) -> None:
        """
        Look up one row by its index for each of *streams*.
        """
        for stream in streams:
            self._connection.execute(
                "SELECT recorded_at FROM entries WHERE log = 0 AND stream = ? AND version = 1",
                (stream,),
            ).fetchone()

    def close(self) -> None:
        """
        Close it.
        """
        self._connection.close()


@attrs.frozen
class SQLiteSite:
    """
    Files in *folder*.
    """

    folder: Path
    engine: str = "sqlite"

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.db"

    def make(self, name: str) -> None:
        """
        Do nothing: SQLite makes a file when it is opened.
        """

    def url(self, name: str) -> str:
        """
        Return the URL of a ledger.
        """
        return f"sqlite:///{self._path(name)}"

    def connect(self, name: str) -> BareSQLite:
        """
        Return a bare connection to a file.
        """
        return BareSQLite(self._path(name))

    def copy_restrictions(self, ledger: str, name: str) -> None:
        """
        Copy the rows of a ledger's restrictions into a table without an index.
        """
        bare = self.connect(name)
        bare.select("ATTACH DATABASE ? AS ledger", (str(self._path(ledger)),))
        bare.select("CREATE TABLE restrictions AS SELECT * FROM ledger.restrictions")
        bare.close()

    def settle(self, name: str) -> None:
        """
        Do nothing: SQLite keeps no statistics by itself.
        """

    def peer(self, name: str) -> dict[str, str]:
        """
        Return the environment of `eventsourcing` for a file.
        """
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(self._path(name)),
        }
