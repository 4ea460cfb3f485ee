"""
The benches' place on PostgreSQL: a schema for each ledger, and bare psycopg 3 for the floors.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from ledger.store import schema
from ledger.store.postgres import DIALECT
from ledger.store.rows import ENTRY_COLUMNS, inserting
from tests.benchmarks.site import SET_HEAD, WRITTEN, Rows, creating

# How a URL ends the name of a schema that is the only one on the search path.
SEARCH_PATH: Final = "-csearch_path="
_ENCODED: Final = "-csearch_path%3D"
_ENTRIES: Final = next(
    table for table in schema.create_tables(DIALECT) if "CREATE TABLE entries" in table
)
_PIPELINED_MAX: Final = 200
_TYPES: Final = ["int4", "int8", "text", "int8", "text", "text", "text", "text", "bytea", "bytea"]


def _marked(statement: str) -> str:
    return statement.replace("?", "%s")


_INSERT: Final = _marked(inserting("entries", ENTRY_COLUMNS))
_COPY: Final = f"COPY entries ({ENTRY_COLUMNS}) FROM STDIN (FORMAT BINARY)"


class BarePostgres:
    """
    Bare psycopg, the compiled build: statements prepared, answers in binary.
    """

    def __init__(self, url: str) -> None:
        assert psycopg.pq.__impl__ == "binary"
        self._connection = psycopg.connect(url, autocommit=True)
        self._cursor = self._connection.cursor()

    def create_entries(self) -> None:
        """
        Create a table like the ledger's entries, its indexes included.
        """
        for statement in (_ENTRIES, *schema.create_indexes("entries")):
            self._cursor.execute(statement)

    def insert_alone(self, rows: Rows) -> None:
        """
        Insert *rows*, each in a transaction of its own.
        """
        execute = self._cursor.execute
        for row in rows:
            execute(_INSERT, row, prepare=True)

    def insert_together(self, rows: Rows) -> None:
        """
        Insert *rows* in one transaction, by COPY in binary: twice as fast as in text.
        """
        with self._cursor.copy(_COPY) as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)

    def create_written(self, logs: int) -> None:
        """
        Create the tables that an act writes to.
        """
        for statement in creating(DIALECT):
            self._cursor.execute(statement)
        heads = [(log, 0, "", b"") for log in range(logs)]
        self._cursor.executemany(_marked(inserting("heads", WRITTEN["heads"])), heads)

    def write(self, written: Mapping[str, Rows]) -> None:
        """
        Write rows in one transaction: few of them in one pipeline, many by COPY.
        """
        inserted = {table: rows for table, rows in written.items() if table != "heads"}
        heads = written["heads"]
        with self._connection.transaction():
            if len(written["entries"]) > _PIPELINED_MAX:
                for table, rows in inserted.items():
                    with self._cursor.copy(f"COPY {table} ({WRITTEN[table]}) FROM STDIN") as copy:
                        for row in rows:
                            copy.write_row(row)
                self._cursor.executemany(_marked(SET_HEAD), heads)
                return
            with self._connection.pipeline():
                for table, rows in inserted.items():
                    insert = _marked(inserting(table, WRITTEN[table]))
                    for row in rows:
                        self._cursor.execute(insert, row, prepare=True)
                for row in heads:
                    self._cursor.execute(_marked(SET_HEAD), row, prepare=True)

    def select(self, statement: str, parameters: Sequence[Any] = ()) -> Rows:
        """
        Return the answer to a statement.
        """
        return self._cursor.execute(_marked(statement), parameters, binary=True).fetchall()

    def bodies(self) -> Iterator[bytes]:
        """
        Yield the bytes of every entry in stored order.
        """
        rows = self._cursor.execute("SELECT body FROM entries ORDER BY log, position", binary=True)
        return (body for (body,) in rows)

    def probe(self, streams: Sequence[str]) -> None:
        """
        Look up one row by its index for each of *streams*.
        """
        for stream in streams:
            self._cursor.execute(
                "SELECT recorded_at FROM entries WHERE log = 0 AND stream = %s AND version = 1",
                (stream,),
                prepare=True,
                binary=True,
            ).fetchone()

    def close(self) -> None:
        """
        Close it.
        """
        self._connection.close()


@attrs.frozen
class PostgresSite:
    """
    Schemas of the database that *base* leads to.

    Args:
        base: A URL that holds `SEARCH_PATH` and no name behind it.

        folder: For files beside them.
    """

    base: str
    folder: Path
    engine: str = "postgres"

    def make(self, name: str) -> None:
        """
        Make an empty schema.
        """
        with psycopg.connect(self.base, autocommit=True) as connection:
            connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))

    def url(self, name: str) -> str:
        """
        Return the URL of a ledger.
        """
        assert _ENCODED in self.base
        return self.base.replace(_ENCODED, f"{_ENCODED}{name}")

    def connect(self, name: str) -> BarePostgres:
        """
        Return a bare connection to a schema.
        """
        return BarePostgres(self.url(name))

    def copy_restrictions(self, ledger: str, name: str) -> None:
        """
        Copy the rows of a ledger's restrictions into a table without an index.
        """
        copying = SQL("CREATE TABLE {} AS SELECT * FROM {}")
        with psycopg.connect(self.base, autocommit=True) as connection:
            connection.execute(
                copying.format(Identifier(name, "restrictions"), Identifier(ledger, "restrictions"))
            )
        self.settle(name)

    def settle(self, name: str) -> None:
        """
        Do to the tables of a schema what the server does within minutes.
        """
        with psycopg.connect(self.base, autocommit=True) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s", (name,)
            ).fetchall()
            for (table,) in tables:
                connection.execute(SQL("VACUUM ANALYZE {}").format(Identifier(name, table)))

    def peer(self, name: str) -> dict[str, str]:
        """
        Return the environment of `eventsourcing` for a schema.
        """
        told = conninfo_to_dict(self.base)
        asked = ("dbname", "host", "port", "user", "password")
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_SCHEMA": name,
            **{f"POSTGRES_{key.upper()}": str(told.get(key, "")) for key in asked},
        }
