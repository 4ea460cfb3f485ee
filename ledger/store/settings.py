"""
What a ledger is: its origin, its number of logs and whether it is sealed, fixed for ever; and its
format, which `migration` brings to a newer one.
"""

from collections.abc import Mapping
from datetime import datetime

import attrs

from ledger.errors import Malformed, Unavailable
from ledger.moderation.events.book import LedgerOpened
from ledger.moderation.identity import LOGS_MAX, identifier, made_id
from ledger.proofs.note import check_key_name
from ledger.store.database import Connection, Database, Dialect, transact
from ledger.store.schema import (
    ADDED,
    DERIVED,
    FORMAT,
    added,
    create_indexes,
    create_table,
    create_tables,
    derived,
)

BEGINNING = "0001-01-01T00:00:00.000000Z"
# What every ledger has, and what is ours wherever it is found.
_FIRST = {"settings", "heads", "entries", *derived(1)}
_OURS = {*_FIRST, *ADDED, *DERIVED}


def _logs(value: object) -> int:
    if type(value) is not int or not 1 <= value <= LOGS_MAX:
        raise Malformed(
            f"{value!r} is no number of logs", where="logs", expected=f"1 to {LOGS_MAX}"
        )
    return value


@attrs.frozen(kw_only=True)
class Settings:
    """
    The settings of a ledger.

    Args:
        origin: The name under which its log is known to others.

        logs: How many logs it has, 1 to `LOGS_MAX`.
    """

    origin: str
    logs: int = attrs.field(default=1, converter=_logs)
    sealed: bool = False
    format: int = FORMAT

    def opening(self) -> LedgerOpened:
        """
        Return the event that says the settings, the first of every ledger.
        """
        return LedgerOpened(
            format=self.format, origin=self.origin, logs=self.logs, sealed=self.sealed
        )


def made_origin(now: datetime, noise: bytes) -> str:
    """
    Return an origin for a ledger that was given none: a name that no other ledger has.
    """
    return f"ledger.invalid/{made_id(now, noise, 0)}"


def check_origin(origin: str) -> None:
    """
    Check that a ledger can be made with *origin*, which is for ever: an id, and the name of the key
    that signs its checkpoints.

    Raises:
        Malformed: It is none, or holds white space or a plus sign.
    """
    identifier(origin, "origin")
    check_key_name(origin, "origin")


def create(database: Database, settings: Settings) -> None:
    """
    Create the tables of a ledger with *settings*; no entry is written.

    Raises:
        Malformed: When the database holds a ledger already, or the origin is none.

        Unavailable: When it holds other tables.
    """
    if read_or_create(database, settings) is not settings:
        raise Malformed(
            f"{database} is a ledger already", where="ledger", expected="an empty database"
        )


def read_or_create(database: Database, settings: Settings) -> Settings:
    """
    Return the settings of the ledger in *database*, which becomes one with *settings* if it is
    empty: of several processes that begin at once the first one makes it.

    Raises:
        Malformed: When the origin is none.

        Unavailable: When it holds other tables, or a ledger of a newer format.
    """
    check_origin(settings.origin)

    def made(connection: Connection) -> Settings:
        if (found := _tables(database)) is not None:
            return _read(database, connection, found)
        _create(connection, database.dialect, settings)
        return settings

    try:
        return transact(database, made)
    except Unavailable:
        # Between the look and the first table somebody else may have made it.
        if (fixed := read(database)) is None:
            raise
        return fixed


def _create(connection: Connection, dialect: Dialect, settings: Settings) -> None:
    for statement in create_tables(dialect):
        connection.execute(statement)
    for statement in create_indexes("entries", settings.format):
        connection.execute(statement)
    for table in (*added(settings.format), *derived(settings.format)):
        connection.execute(create_table(table, dialect))
        for statement in create_indexes(table, settings.format):
            connection.execute(statement)
    for statement in dialect.append_only:
        connection.execute(statement)
    connection.insert(
        "settings",
        "name, value",
        [(name, str(value)) for name, value in attrs.asdict(settings).items()],
    )
    connection.insert(
        "heads",
        "log, size, recorded_at, frontier",
        [(log, 0, BEGINNING, b"") for log in range(settings.logs)],
    )


def _tables(database: Database) -> set[str] | None:
    """
    Return the tables of *database* when it holds a ledger; None where it may become one.

    Raises:
        Unavailable: When it holds other tables that it has to itself, or a part of ours.
    """
    found = database.tables()
    if found >= _FIRST:
        return found
    if taken := found & _OURS:
        raise _taken(database, taken)
    if found and database.dialect.is_ours_alone:
        raise _not_a_ledger(database)
    return None


def read(database: Database) -> Settings | None:
    """
    Return the settings of the ledger in *database*, or None when the database is empty.

    Raises:
        Unavailable: When it is no ledger, or one of a newer format.
    """
    if (found := _tables(database)) is None:
        return None
    with database.reading() as connection:
        return _read(database, connection, found)


def _read(database: Database, connection: Connection, found: set[str]) -> Settings:
    values = dict(connection.execute("SELECT name, value FROM settings").fetchall())
    fixed = _parsed(database, values)
    (heads,) = connection.execute("SELECT count(*) FROM heads").fetchone()
    needed = {*added(fixed.format), *derived(fixed.format)}
    # Looked for once more: a migration may have ended since they were found.
    if heads != fixed.logs or not (needed <= found or needed <= database.tables()):
        raise _not_a_ledger(database)
    return fixed


def _parsed(database: Database, values: Mapping[str, str]) -> Settings:
    try:
        stored = int(values["format"])
        if stored > FORMAT:
            raise newer(database, stored)
        return Settings(
            origin=values["origin"],
            logs=int(values["logs"]),
            sealed=values["sealed"] == "True",
            format=stored,
        )
    except (KeyError, ValueError, Malformed) as error:
        raise _not_a_ledger(database) from error


def newer(database: Database, stored: int) -> Unavailable:
    """
    Return the error that *database* has a format that this version does not know.
    """
    return Unavailable(
        f"{database} has format {stored}, which is newer than {FORMAT}",
        expected="a newer version of ledger",
    )


def _taken(database: Database, tables: set[str]) -> Unavailable:
    names = ", ".join(map(repr, sorted(tables)))
    free = (
        "a file of its own"
        if database.dialect.is_ours_alone
        else "another schema, as by options=-csearch_path%3DNAME in its URL"
    )
    return Unavailable(
        f"{database} is not a ledger, but has what is called as a ledger's tables: {names}",
        expected=f"all tables that `ledger init` makes; or, for a new ledger, {free}",
    )


def _not_a_ledger(database: Database) -> Unavailable:
    return Unavailable(
        f"{database} is not a ledger", expected="a database that `ledger init` has made"
    )
