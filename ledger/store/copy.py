"""
A copy of a ledger in a SQLite file: a backup that can be opened, asked and checked by itself.
"""

from pathlib import Path
from typing import Final

from ledger.errors import Malformed
from ledger.store import settings
from ledger.store.database import Connection, Database, Row
from ledger.store.rows import (
    CLAIM_COLUMNS,
    ENTRY_COLUMNS,
    RESTRICTION_COLUMNS,
    SEALED_COLUMNS,
)
from ledger.store.schema import KEYS, added, derived
from ledger.store.snapshots import SNAPSHOT_COLUMNS
from ledger.store.tiles import TILE_COLUMNS

_COLUMNS: Final = {
    "entries": ENTRY_COLUMNS,
    "claims": CLAIM_COLUMNS,
    "restrictions": RESTRICTION_COLUMNS,
    "snapshots": SNAPSHOT_COLUMNS,
    "tiles": TILE_COLUMNS,
    "sealed": SEALED_COLUMNS,
}
_ROWS_A_TIME: Final = 1000


def copy(database: Database, path: Path) -> None:
    """
    Write what *database* holds at one moment to a SQLite file at *path*, while it goes on.

    Raises:
        Malformed: When *path* exists.
    """
    from ledger.store.sqlite import SQLiteDatabase  # noqa: PLC0415, no other user needs it

    if path.exists():
        raise Malformed(f"{path} exists", where="path", expected="a path that is free")
    fixed = settings.read(database)
    assert fixed is not None
    target = SQLiteDatabase(path)
    try:
        settings.create(target, fixed)
        with database.reading() as source, target.writing() as connection:
            for log, size, recorded_at, frontier in source.execute(
                "SELECT log, size, recorded_at, frontier FROM heads"
            ).fetchall():
                connection.execute(
                    "UPDATE heads SET size = ?, recorded_at = ?, frontier = ? WHERE log = ?",
                    (size, recorded_at, frontier, log),
                )
            has = {"entries", *added(fixed.format), *derived(fixed.format)}
            for table, columns in _COLUMNS.items():
                if table in has:
                    _copied(source, connection, table, columns)
    finally:
        target.close()


def _copied(source: Connection, target: Connection, table: str, columns: str) -> None:
    rows: list[Row] = []
    for row in source.stream(f"SELECT {columns} FROM {table} ORDER BY {KEYS[table]}"):
        rows.append(row)
        if len(rows) == _ROWS_A_TIME:
            target.insert(table, columns, rows)
            rows = []
    target.insert(table, columns, rows)
