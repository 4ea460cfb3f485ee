"""
The ledger that a conformance run makes for itself, and its end.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import attrs

from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.store import settings
from ledger.store.database import Connection, Database, transact
from ledger.store.schema import FORMAT, added, derived
from ledger.store.settings import Settings

_TABLES: Final = (*derived(FORMAT), *added(FORMAT), "entries", "heads", "settings")
_ORIGIN: Final = "check-store.invalid/"
_NOISE_BYTES: Final = 8
# What SQLite keeps beside a file.
_SUFFIXES: Final = ("", "-wal", "-shm")


@attrs.frozen
class Place:
    """
    Where a run takes place.

    Args:
        connect: Returns another database object for it, each with connections of its own.

        name: How answers name it: without a secret.

        file: Is made for the run, and goes with it; None where there is more than that.
    """

    connect: Callable[[], Database]
    name: str
    file: Path | None = None


def made_origin() -> str:
    """
    Return the origin of a ledger that is made for a check: no other has it.
    """
    return _ORIGIN + secrets.token_hex(_NOISE_BYTES)


@contextmanager
def made(place: Place, fixed: Settings, *, keep: bool) -> Iterator[None]:
    """
    Make a ledger with the settings *fixed*, and drop its tables at the end, whatever happened.

    Args:
        keep: Whether it is left there instead.

    Raises:
        Malformed: When there is a ledger already, which is left as it is, or when nobody could use
            it at once.

        Unavailable: When the database cannot be reached.
    """
    with ExitStack() as ending:
        database = place.connect()
        ending.callback(database.close)
        _make(database, fixed)
        if not keep:
            ending.callback(_end, place, database, fixed)
        yield


def _make(database: Database, fixed: Settings) -> None:
    if database.readers_block:
        raise Malformed(
            f"{database} has one connection, for whoever opened it",
            where="ledger",
            expected="a database that several may use at once: a file, or a server",
        )
    if settings.read(database) is not None:
        raise Malformed(
            f"{database} is a ledger already, and none is written to for a check",
            where="ledger",
            expected="an empty database: a path that is free, or a schema of its own",
        )
    settings.create(database, fixed)


def _drop(database: Database, fixed: Settings) -> bool:
    """
    Drop the tables of the ledger with the settings *fixed*, and return whether it was still there.
    """

    def dropped(connection: Connection) -> bool:
        row = connection.execute("SELECT value FROM settings WHERE name = 'origin'").fetchone()
        if row != (fixed.origin,):
            return False
        for table in _TABLES:
            connection.execute(f"DROP TABLE {table}")
        return True

    try:
        return transact(database, dropped)
    except LedgerError as error:
        raise Unavailable(
            f"the ledger {fixed.origin} of the check could not be dropped: {error.message}",
            where="ledger",
            expected=f"that its tables {', '.join(_TABLES)} are dropped by hand",
        ) from error


def _end(place: Place, database: Database, fixed: Settings) -> None:
    if not _drop(database, fixed) or place.file is None:
        return
    database.close()
    for suffix in _SUFFIXES:
        place.file.with_name(place.file.name + suffix).unlink(missing_ok=True)
