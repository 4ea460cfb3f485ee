"""
What is derived against the entries that it follows from, stream by stream; nothing is written.

Restrictions and claims must be exactly those that the entries call for. Snapshots and tiles may be
missing, since whoever needs one does without; those that are there must be right.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final, NamedTuple

from ledger.errors import LedgerError, Tampered, Unavailable
from ledger.moderation.entry import Entry
from ledger.moderation.identity import log_of_stream
from ledger.proofs.tile import LEVEL_MAX
from ledger.store.database import Connection, Row
from ledger.store.rebuild import VersionMissing, derive
from ledger.store.rows import (
    CLAIM_COLUMNS,
    READ_COLUMNS,
    RESTRICTION_COLUMNS,
    claim_rows,
    entry_from,
)
from ledger.store.schema import derived
from ledger.store.search import Where, in_parts
from ledger.store.settings import Settings
from ledger.store.snapshots import SNAPSHOT_COLUMNS
from ledger.store.tiles import TILE_COLUMNS, has_tiles
from ledger.store.verification.finding import FINDINGS_MAX, Finding, Findings, What
from ledger.store.verification.hashing import Hashed, digest_of

_CLAIMS_A_TIME: Final = 1000
_STREAM = 2
_ACCOUNT, _OPENED_AT, _POSITION, _VERSION = 1, 12, 3, 2


class Missing(NamedTuple):
    """
    How much is not there of what may be missing.
    """

    snapshots: int
    tiles: int


class _Taken(list[Row]):
    """
    The rows that a stream calls for.
    """

    def add(self, rows: Iterable[Row]) -> None:
        """
        Take *rows*.
        """
        self.extend(rows)


class _Beside:
    """
    The rows of a table by the stream that they belong to, read beside those streams in their order.
    """

    def __init__(self, rows: Iterator[Row], stream: Callable[[Row], str]) -> None:
        self._groups = groupby(rows, key=stream)
        self._next = next(self._groups, None)

    def until(self, stream: str | None) -> Iterator[tuple[str, list[Row]]]:
        """
        Yield the rows of every stream up to *stream*, or of all that are left.
        """
        while self._next is not None and (stream is None or self._next[0] <= stream):
            name, rows = self._next
            yield name, [*rows]
            self._next = next(self._groups, None)


class Derived:
    """
    Compares the derived tables of a ledger with its entries.
    """

    def __init__(self, connection: Connection, settings: Settings, findings: Findings) -> None:
        self._connection = connection
        self._settings = settings
        self._findings = findings
        self._missing_snapshots = 0
        self._expected_claims: list[Row] = []
        self._claims = 0

    def compare(self, hashed: Iterable[Hashed]) -> Missing:
        """
        Compare all of them.

        Args:
            hashed: What the entries came to of each log that has any.

        Raises:
            Unavailable: When an entry is of a newer format than this code.
        """
        every = [*hashed]
        for each in every:
            self._compare_streams(each.log)
        self._look_up_claims()
        self._count_claims()
        tiles = sum(map(self._compare_tiles, every)) if has_tiles(self._settings.format) else 0
        return Missing(self._missing_snapshots, tiles)

    def _compare_streams(self, log: int) -> None:
        stream_rows = self._connection.stream
        restrictions = _Beside(
            stream_rows(
                f"SELECT {RESTRICTION_COLUMNS} FROM restrictions WHERE log = ? ORDER BY account",
                (log,),
            ),
            lambda row: f"account/{row[_ACCOUNT]}",
        )
        has_snapshots = "snapshots" in derived(self._settings.format)
        snapshots = _Beside(
            stream_rows(
                f"SELECT {SNAPSHOT_COLUMNS} FROM snapshots WHERE log = ? ORDER BY stream", (log,)
            )
            if has_snapshots
            else iter(()),
            lambda row: str(row[1]),
        )
        entries = stream_rows(
            f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? ORDER BY stream, version", (log,)
        )
        for stream, rows in groupby(entries, key=lambda row: str(row[_STREAM])):
            expected = self._expected(log, stream, rows)
            self._compare_restrictions(log, stream, restrictions, expected)
            self._compare_snapshots(log, stream, snapshots, expected)
        none: dict[str, _Taken] = {}
        self._compare_restrictions(log, None, restrictions, none)
        self._compare_snapshots(log, None, snapshots, none)

    def _expected(self, log: int, stream: str, rows: Iterator[Row]) -> dict[str, _Taken] | None:
        """
        Return the rows that a stream calls for; None where it cannot be told.
        """
        taken = {table: _Taken() for table in derived(self._settings.format)}
        last = 0

        def entries() -> Iterator[Entry]:
            nonlocal last
            for row in rows:
                last = row[1]
                yield entry_from(row)

        try:
            derive(taken, self._settings, stream, entries())
            if log_of_stream(stream, self._settings.logs) != log:
                raise Tampered(f"{stream} belongs to another log", stream=stream)
        except Unavailable as error:
            # Newer than this code, unless the bytes are known to be others than were written.
            if not self._findings.is_between(log, last, last):
                raise
            self._findings.add_error(What.ENTRY_UNREADABLE, error, log, last)
            return None
        except LedgerError as error:
            is_gap = isinstance(error, VersionMissing)
            if is_gap or not self._findings.is_between(log, last, last):
                what = What.VERSION_MISSING if is_gap else What.ENTRY_UNREADABLE
                self._findings.add_error(what, error, log, last)
            return None
        self._expected_claims += taken["claims"]
        if len(self._expected_claims) >= _CLAIMS_A_TIME:
            self._look_up_claims()
        return taken

    def _compare_restrictions(
        self,
        log: int,
        stream: str | None,
        beside: _Beside,
        expected: Mapping[str, _Taken] | None,
    ) -> None:
        wanted = Counter(expected["restrictions"] if expected and stream else ())
        for name, rows in beside.until(stream):
            if name == stream and expected is None:
                continue
            found = Counter(rows)
            if name == stream:
                unfounded, wanted = found - wanted, wanted - found
            else:
                unfounded = found
            self._add_restrictions(log, name, unfounded, "no entry calls for this row")
        if stream is not None:
            self._add_restrictions(
                log, stream, wanted, "the row that the entries call for is not there"
            )

    def _add_restrictions(self, log: int, stream: str, rows: Iterable[Row], why: str) -> None:
        for row in rows:
            told = f"{why}: {row[2]} by {row[10]}, from {row[6]} until {row[7]}"
            self._findings.add(
                Finding(What.RESTRICTION_DIFFERS, told, log, row[_OPENED_AT], stream)
            )

    def _compare_snapshots(
        self,
        log: int,
        stream: str | None,
        beside: _Beside,
        expected: Mapping[str, _Taken] | None,
    ) -> None:
        wanted = {*expected["snapshots"]} if expected and "snapshots" in expected else set()
        for name, rows in beside.until(stream):
            if name == stream and expected is None:
                continue
            for row in rows:
                if name == stream and row in wanted:
                    wanted.remove(row)
                    continue
                why = "it does not hold what the entries before it say"
                found = Finding(
                    What.SNAPSHOT_DIFFERS, why, log, row[_POSITION], name, row[_VERSION]
                )
                self._findings.add(found)
        self._missing_snapshots += len(wanted)

    def _look_up_claims(self) -> None:
        """
        Look for the claims that entries make, some at a time.
        """
        for some in in_parts(self._expected_claims):
            where = Where()
            where.add_one_of("log, kind, id", (row[:3] for row in some))
            found = {
                tuple(row)
                for row in self._connection.execute(
                    f"SELECT {CLAIM_COLUMNS} FROM claims{where}", where.parameters
                )
            }
            self._claims += len(found)
            for row in some:
                if row not in found:
                    self._add_claim(row, "the entry's claim is not there as the entry makes it")
        self._expected_claims = []

    def _count_claims(self) -> None:
        (count,) = self._connection.execute("SELECT count(*) FROM claims").fetchone()
        if count == self._claims:
            return
        for row in self._connection.stream(f"SELECT {CLAIM_COLUMNS} FROM claims"):
            if len(self._findings) < FINDINGS_MAX and row not in self._made_by(row[3], row[4]):
                self._add_claim(row, "no entry makes this claim")

    def _made_by(self, stream: str, version: int) -> Iterable[Row]:
        row = self._connection.execute(
            f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? AND stream = ? AND version = ?",
            (log_of_stream(stream, self._settings.logs), stream, version),
        ).fetchone()
        try:
            return [] if row is None else claim_rows(entry_from(row), self._settings.logs)
        except LedgerError:
            return []

    def _add_claim(self, row: Row, why: str) -> None:
        _, kind, name, stream, version, _ = row
        log = log_of_stream(stream, self._settings.logs)
        position = self._connection.execute(
            "SELECT position FROM entries WHERE log = ? AND stream = ? AND version = ?",
            (log, stream, version),
        ).fetchone()
        told = f"{why}: {kind} {name}"
        at = None if position is None else position[0]
        self._findings.add(Finding(What.CLAIM_DIFFERS, told, log, at, stream, version))

    def _compare_tiles(self, hashed: Hashed) -> int:
        """
        Compare the tiles of a log, and return how many are missing.
        """
        there = 0
        rows = self._connection.stream(
            f"SELECT {TILE_COLUMNS} FROM tiles WHERE log = ? ORDER BY level, n", (hashed.log,)
        )
        for _, level, n, root, hashes in rows:
            there += 1
            if hashed.tiles.get((level, n)) != (root, digest_of(hashes)):
                is_place = type(level) is type(n) is int and 0 <= level <= LEVEL_MAX and n >= 0
                first = (n << 8 * (level + 1)) + 1 if is_place else None
                why = f"tile {n} of level {level} is not that of the entries"
                self._findings.add(Finding(What.TILE_DIFFERS, why, hashed.log, first))
        return max(0, len(hashed.tiles) - there)
