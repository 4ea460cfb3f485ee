"""
What the benches ask of an engine: places for ledgers, and its bare self for the floors.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from ledger.store import schema
from ledger.store.database import Dialect
from ledger.store.rows import CLAIM_COLUMNS, ENTRY_COLUMNS, RESTRICTION_COLUMNS

Row = tuple[Any, ...]
Rows = list[Row]


class Bare(Protocol):
    """
    A connection with nothing around it, whose commits are as durable as the ledger's.
    """

    def create_entries(self) -> None:
        """
        Create a table like the ledger's entries, its indexes included.
        """

    def insert_alone(self, rows: Rows) -> None:
        """
        Insert *rows* into it, each in a transaction of its own.
        """

    def insert_together(self, rows: Rows) -> None:
        """
        Insert *rows* into it in one transaction, in the fastest way there is.
        """

    def create_written(self, logs: int) -> None:
        """
        Create the tables that an act writes to, their indexes included, and the heads of *logs*.
        """

    def write(self, written: Mapping[str, Rows]) -> None:
        """
        Write rows into them in one transaction; of heads the parameters of `SET_HEAD`.
        """

    def select(self, statement: str, parameters: Sequence[Any] = ()) -> Rows:
        """
        Return the answer to a statement, whose parameters are marked ``?``.
        """

    def bodies(self) -> Iterator[bytes]:
        """
        Yield the bytes of every entry in stored order.
        """

    def probe(self, streams: Sequence[str]) -> None:
        """
        Look up one row by its index for each of *streams*.
        """

    def close(self) -> None:
        """
        Close it.
        """


class Site(Protocol):
    """
    Where the ledgers and the floors of a run are on one engine, by their names.
    """

    @property
    def engine(self) -> str:
        """
        Return ``sqlite`` or ``postgres``.
        """

    @property
    def folder(self) -> Path:
        """
        Return where files may be beside them.
        """

    def make(self, name: str) -> None:
        """
        Make an empty place.
        """

    def url(self, name: str) -> str:
        """
        Return the URL of a ledger.
        """

    def connect(self, name: str) -> Bare:
        """
        Return a bare connection to a place that was made.
        """

    def copy_restrictions(self, ledger: str, name: str) -> None:
        """
        Copy the rows of a ledger's restrictions into a table without an index in a place that was
        made.
        """

    def settle(self, name: str) -> None:
        """
        Bring the statistics of a place up to date, where its engine does so by itself in time.
        """

    def peer(self, name: str) -> dict[str, str]:
        """
        Return the environment of `eventsourcing` for a place that was made.
        """


# What an act writes to, and in which columns.
WRITTEN: Final = {
    "entries": ENTRY_COLUMNS,
    "claims": CLAIM_COLUMNS,
    "restrictions": RESTRICTION_COLUMNS,
    "heads": "log, size, recorded_at, frontier",
}
SET_HEAD: Final = "UPDATE heads SET size = ?, recorded_at = ?, frontier = ? WHERE log = ?"


def creating(dialect: Dialect) -> list[str]:
    """
    Return the statements that create what an act writes to, indexes included.
    """
    made = schema.create_tables(dialect)
    made += [schema.create_table(table, dialect) for table in WRITTEN if table in schema.DERIVED]
    indexed = [table for table in WRITTEN if table in schema.INDEXES]
    return made + [each for table in indexed for each in schema.create_indexes(table)]


def rows_since(bare: Bare, columns: str, recorded_at: str) -> Rows:
    """
    Return *columns* of the entries that were recorded after *recorded_at*, in canonical text.
    """
    return bare.select(
        f"SELECT {columns} FROM entries"  # noqa: S608, the columns are a constant
        " WHERE recorded_at > ? ORDER BY recorded_at, log, position",
        (recorded_at,),
    )
