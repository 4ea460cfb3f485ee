"""
Bringing a ledger of an older format to this one, in one explicit step.

A step makes the tables and indexes that the format before lacked and touches no row, so it goes on
beside writers of the older format, and what they record meanwhile is whole: what is new is derived,
or was empty, and an index follows from its table whoever writes there. Then tiles are filled, some
at a time; those that are not there yet, or that a writer of the older format leaves out, cost a
proof some time and nothing else, and migrating once more, or `rebuild`, adds them.
The number in `settings` is the record of it; no entry is, since nothing that an entry says depends
on the format of the tables. A ledger is never migrated by being opened.
"""

from typing import Final

import attrs

from ledger.store.database import Connection, Database, Dialect, transact
from ledger.store.roles import grant_alike, keeps_roles
from ledger.store.schema import (
    FORMAT,
    added,
    create_index,
    create_indexes,
    create_table,
    derived,
    indexes,
)
from ledger.store.settings import newer, read
from ledger.store.tiles import fill

# Takes a row before it looks: of those who begin at once one migrates, and the others wait for it.
_TAKE_FORMAT: Final = "UPDATE settings SET value = value WHERE name = 'format' RETURNING value"
_SET_FORMAT: Final = "UPDATE settings SET value = ? WHERE name = 'format'"


@attrs.frozen
class Migration:
    """
    What became of a migration.

    Args:
        before: The format that was found.

        after: The one that the ledger has now.
    """

    before: int
    after: int

    @property
    def was_due(self) -> bool:
        """
        Return whether there was anything to do.
        """
        return self.before != self.after


def migrate(database: Database) -> Migration:
    """
    Bring the ledger in *database* to the newest format, and return what was done.

    Raises:
        Unavailable: When its format is newer than that, or the role may not create tables.
    """

    def migrated(connection: Connection) -> Migration:
        (stored,) = connection.execute(_TAKE_FORMAT).fetchone()
        before = int(stored)
        if before > FORMAT:
            raise newer(database, before)
        had = {*added(before), *derived(before)}
        for table in (*added(FORMAT), *derived(FORMAT)):
            if table not in had:
                _make(connection, database.dialect, table)
            else:
                _reorder(connection, table, before)
        if before != FORMAT:
            connection.execute(_SET_FORMAT, (str(FORMAT),))
        return Migration(before, FORMAT)

    done = transact(database, migrated)
    fixed = read(database)
    assert fixed is not None
    fill(database, fixed)
    return done


def _make(connection: Connection, dialect: Dialect, table: str) -> None:
    connection.execute(create_table(table, dialect))
    for statement in create_indexes(table):
        connection.execute(statement)
    if keeps_roles(dialect):
        # Whoever may write goes on without being granted it anew.
        grant_alike(connection, table, "claims")


def _reorder(connection: Connection, table: str, before: int) -> None:
    """
    Give a *table* that a ledger of format *before* has the indexes of the newest.
    """
    had, has = indexes(table, before), indexes(table)
    # First, since it waits for all who use the table: had it made an index before, a writer among
    # them would wait for it.
    for index in had:
        if index not in has:
            connection.execute(f"DROP INDEX {index}")
    for index in has:
        if index not in had:
            connection.execute(create_index(table, index))
