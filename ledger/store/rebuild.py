"""
Making what is derived anew from the entries, and saying what differed.

Shadow tables are filled from the entries alone, compared row by row with the ones in use, and put
in their place, all in one transaction. A stream is folded from its first entry to its last; what
a row says does not depend on the streams beside it.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Protocol

import attrs

from ledger.errors import Tampered
from ledger.moderation.account import Account
from ledger.moderation.entry import Entry
from ledger.proofs.tree import encode_frontier, record_hash
from ledger.store.database import Connection, Database, Row, transact
from ledger.store.leaves import no_head
from ledger.store.rows import (
    CLAIM_COLUMNS,
    ENTRY_COLUMNS,
    RESTRICTION_COLUMNS,
    claim_rows,
    entry_from,
    entry_row,
    restriction_row,
)
from ledger.store.schema import KEYS, create_anew, derived
from ledger.store.settings import Settings
from ledger.store.snapshots import SNAPSHOT_COLUMNS, snapshot_row
from ledger.store.tiles import TILE_COLUMNS, Growth
from ledger.timeline.restrictions import History
from ledger.timeline.snapshot import Recent

_COLUMNS = {
    "claims": CLAIM_COLUMNS,
    "restrictions": RESTRICTION_COLUMNS,
    "snapshots": SNAPSHOT_COLUMNS,
    "tiles": TILE_COLUMNS,
}
_ROWS_A_TIME = 1000


@attrs.frozen
class Difference:
    """
    How one derived table differed from the entries.

    Args:
        missing: Rows that the entries call for and the table lacked.

        unfounded: Rows that the table had and no entry calls for.
    """

    table: str
    rows: int
    missing: int
    unfounded: int

    @property
    def differed(self) -> bool:
        """
        Return whether anything differed.
        """
        return bool(self.missing or self.unfounded)


def rebuild(database: Database, settings: Settings) -> list[Difference]:
    """
    Make what is derived anew and put it in the place of what is in use.

    Returns:
        One difference a table.

    Raises:
        Tampered: When the entries themselves do not hold together or do not fit the head of their
            log, with the first bad position; nothing is changed then.
    """

    def made(connection: Connection) -> list[Difference]:
        # With every head held nobody else writes.
        connection.take_heads(range(settings.logs))
        tables = derived(settings.format)
        for table in tables:
            connection.execute(create_anew(table, database.dialect))
        shadows = {table: Shadow(connection, table) for table in tables}
        _assert_entries(connection, settings, shadows.get("tiles"))
        for account, entries in _streams(connection, settings):
            derive(shadows, settings, account, entries)
        return [shadow.swapped() for shadow in shadows.values()]

    return transact(database, made)


def _assert_entries(connection: Connection, settings: Settings, tiles: "Shadow | None") -> None:
    """
    Raise unless every entry of every log holds together, and all of a log fit its head; fill
    *tiles*, if there are any, on the way.

    The head is evidence: who forged an entry together with its leaf hash, or cut off the last
    ones, has left it as it was.
    """
    for log in range(settings.logs):
        growth = Growth(log)
        leaves: list[bytes] = []
        rows = connection.stream(
            f"SELECT {ENTRY_COLUMNS} FROM entries WHERE log = ? ORDER BY position",
            (log,),
        )
        for row in rows:
            _assert_entry(row, log, growth.size + len(leaves) + 1)
            leaves.append(row[9])
            if len(leaves) == _ROWS_A_TIME:
                _grow(growth, leaves, tiles)
                leaves = []
        _grow(growth, leaves, tiles)
        size = growth.size
        held = connection.execute(
            "SELECT size, frontier FROM heads WHERE log = ?", (log,)
        ).fetchone()
        if held is None or type(held[0]) is not int:
            raise no_head(log)
        held_size, held_frontier = held
        if size != held_size:
            position = min(size, held_size) + 1
            what = "missing" if size < held_size else "not in the head"
            raise Tampered(
                f"position {position} of log {log} is {what}: the head has {held_size} entries,"
                f" the log {size}",
                log=log,
                position=position,
            )
        if encode_frontier(size, growth.frontier()) != held_frontier:
            raise Tampered(
                f"the entries of log {log} do not hash to the frontier of its head", log=log
            )


def _grow(growth: Growth, leaves: list[bytes], tiles: "Shadow | None") -> None:
    rows = growth.take(leaves)
    if tiles is not None:
        tiles.add(rows)


def _assert_entry(row: Row, log: int, position: int) -> None:
    """
    Raise unless the row at *position* is there, its leaf is its body's and its columns its fields.
    """
    found = row[1]
    if found != position:
        raise Tampered(f"position {position} of log {log} is missing", log=log, position=position)
    entry = entry_from((*row[:5], row[8]))
    leaf = record_hash(row[8])
    if row != entry_row(entry, row[8], leaf):
        what = "leaf hash" if row[9] != leaf else "columns"
        raise Tampered(
            f"the {what} of position {position} of log {log} do not match its bytes",
            log=log,
            position=position,
            stream=entry.stream,
            version=entry.version,
        )


def _streams(connection: Connection, settings: Settings) -> Iterator[tuple[str, Iterator[Entry]]]:
    for log in range(settings.logs):
        rows = connection.stream(
            "SELECT log, position, stream, version, kind, body FROM entries"
            " WHERE log = ? ORDER BY stream, version",
            (log,),
        )
        yield from groupby(map(entry_from, rows), key=lambda entry: entry.stream)


class VersionMissing(Tampered):
    """
    A stream that lacks one of its versions.
    """


class Taking(Protocol):
    """
    What takes the rows of a derived table as they follow from the entries.
    """

    def add(self, rows: Iterable[Row]) -> None:
        """
        Take *rows*.
        """


def derive(
    tables: Mapping[str, Taking], settings: Settings, stream: str, entries: Iterator[Entry]
) -> None:
    """
    Give to each of *tables* that are made stream by stream what the entries of a stream call for.

    Raises:
        VersionMissing: When a version is.
    """

    def checked() -> Iterator[Entry]:
        for version, entry in enumerate(entries, start=1):
            if entry.version != version:
                raise VersionMissing(
                    f"version {version} of {stream} is missing",
                    log=entry.log,
                    position=entry.position,
                    stream=stream,
                    version=version,
                )
            tables["claims"].add(claim_rows(entry, settings.logs))
            yield entry

    aggregate, _, name = stream.partition("/")
    if aggregate == "account":
        _derive_account(tables, settings, name, checked())
    else:
        for _entry in checked():
            pass


def _derive_account(
    tables: Mapping[str, Taking], settings: Settings, account: str, entries: Iterable[Entry]
) -> None:
    history, recent = History(Account(account)), Recent()
    for entry in entries:
        changes = history.take(entry)
        tables["restrictions"].add(
            restriction_row(change.ended) for change in changes if change.ended is not None
        )
        snapshot = recent.take(entry, changes, entry.body)
        if snapshot is not None and "snapshots" in tables:
            tables["snapshots"].add([snapshot_row(entry.stream, snapshot, settings.logs)])
    tables["restrictions"].add(map(restriction_row, history.current.values()))


class Shadow:
    """
    What a derived table holds by the entries alone, beside the table itself.
    """

    def __init__(self, connection: Connection, table: str) -> None:
        self._connection = connection
        self._table, self._anew = table, f"{table}_anew"
        self._columns = _COLUMNS[table]
        self._rows: list[Row] = []

    def add(self, rows: Iterable[Row]) -> None:
        """
        Add *rows*, some at a time.
        """
        for row in rows:
            self._rows.append(row)
            if len(self._rows) == _ROWS_A_TIME:
                self._flush()

    def _flush(self) -> None:
        self._connection.insert(self._anew, self._columns, self._rows)
        self._rows = []

    def swapped(self) -> Difference:
        """
        Put its rows in the place of the table's and return how they differed.
        """
        self._flush()
        execute = self._connection.execute
        (rows,) = execute(f"SELECT count(*) FROM {self._anew}").fetchone()
        missing = self._count_except(self._anew, self._table)
        unfounded = self._count_except(self._table, self._anew)
        execute(f"DELETE FROM {self._table}")
        execute(
            f"INSERT INTO {self._table} ({self._columns}) SELECT {self._columns} FROM {self._anew}"
            f" ORDER BY {KEYS[self._table]}"
        )
        execute(f"DROP TABLE {self._anew}")
        return Difference(self._table, rows, missing, unfounded)

    def _count_except(self, left: str, right: str) -> int:
        (count,) = self._connection.execute(
            f"SELECT count(*) FROM (SELECT {self._columns} FROM {left}"
            f" EXCEPT SELECT {self._columns} FROM {right}) AS differing"
        ).fetchone()
        return int(count)
