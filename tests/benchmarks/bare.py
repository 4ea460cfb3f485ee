"""
The floors: the same bytes in bare SQLite, written and read with nothing around them.
"""

import sqlite3
from pathlib import Path
from typing import Any, Final

from ledger.store import schema
from ledger.store.rows import ENTRY_COLUMNS, inserting
from ledger.store.sqlite import DIALECT

Rows = list[tuple[Any, ...]]

INSERT_ENTRY: Final = inserting("entries", ENTRY_COLUMNS)
_ENTRIES: Final = next(
    table for table in schema.create_tables(DIALECT) if "CREATE TABLE entries" in table
)


def connect(path: Path) -> sqlite3.Connection:
    """
    Return a connection whose commits are as durable as the ledger's.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def create_entries(path: Path) -> sqlite3.Connection:
    """
    Return a database with a table like the ledger's entries, its indexes included.
    """
    connection = connect(path)
    connection.execute(_ENTRIES)
    for statement in schema.create_indexes("entries"):
        connection.execute(statement)
    return connection


def rows_since(ledger: sqlite3.Connection, recorded_at: str) -> Rows:
    """
    Return the rows of the entries that were recorded after *recorded_at*, in canonical text.
    """
    return ledger.execute(
        f"SELECT {ENTRY_COLUMNS} FROM entries"  # noqa: S608, the columns are a constant
        " WHERE recorded_at > ? ORDER BY recorded_at, log, position",
        (recorded_at,),
    ).fetchall()


def probe(ledger: sqlite3.Connection, streams: list[str]) -> None:
    """
    Look up one row by its index for each of *streams*.
    """
    for stream in streams:
        ledger.execute(
            "SELECT recorded_at FROM entries WHERE log = 0 AND stream = ? AND version = 1",
            (stream,),
        ).fetchone()


def copy_restrictions(ledger: Path, path: Path) -> sqlite3.Connection:
    """
    Return a database with the rows of the ledger's restrictions in a table without an index.
    """
    connection = connect(path)
    connection.execute("ATTACH DATABASE ? AS ledger", (str(ledger),))
    connection.execute("CREATE TABLE restrictions AS SELECT * FROM ledger.restrictions")
    connection.execute("DETACH DATABASE ledger")
    return connection
