"""
The tree of a log in tiles: the hashes of 256 nodes side by side, a row for every tile that is full.

A proof reads a few tiles where it would read the log. They say nothing that the leaves do not say:
one that is missing is worked out from those, and from one that is wrong comes a proof that does not
hold. A log of 1 M entries has 3,921 of them, 32 MB. The root of each stands beside it, since it is
its place in the tile above.

Source: C2SP tlog-tiles, "Merkle Tree", whose tiles these are.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Final

from ledger.errors import Tampered
from ledger.proofs.inclusion import Subtrees
from ledger.proofs.tile import TILE_WIDTH, Tile, subtrees_of
from ledger.proofs.tree import HASH_SIZE, extend_many
from ledger.store.database import Connection, Database, Row, transact
from ledger.store.schema import SINCE
from ledger.store.settings import Settings

TILE_COLUMNS: Final = "log, level, n, root, hashes"
_LEAVES_A_TIME: Final = 64 * TILE_WIDTH

Hashes = Callable[[int, int, int], Sequence[bytes] | None]
"""(level, start, end) to the hashes of a level from one index to before another; None where one of
them is not there."""


def has_tiles(format_: int) -> bool:
    """
    Return whether a ledger of *format_* keeps tiles.
    """
    return format_ >= SINCE["tiles"]


def tile_root(hashes: Sequence[bytes]) -> bytes:
    """
    Return the root of a full tile.

    Args:
        hashes: Its `TILE_WIDTH` hashes.
    """
    assert len(hashes) == TILE_WIDTH
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return hashes[0]


def filled(log: int, size: int, leaves: Sequence[bytes], held: Hashes) -> list[Row]:
    """
    Return the rows of the tiles that become full when *leaves* follow in a log of *size*.

    Args:
        held: Where the hashes are that a tile has already.
    """
    rows: list[Row] = []
    level, start, hashes = 0, size, leaves
    while (end := (start + len(hashes)) // TILE_WIDTH) > (first := start // TILE_WIDTH):
        before = held(level, first * TILE_WIDTH, start) if start % TILE_WIDTH else ()
        if before is None:
            # Above a tile that is missing none can be made; a reader makes do with what is below.
            break
        every, roots = [*before, *hashes], []
        for n in range(first, end):
            begin = (n - first) * TILE_WIDTH
            tile = every[begin : begin + TILE_WIDTH]
            roots.append(tile_root(tile))
            rows.append((log, level, n, roots[-1], b"".join(tile)))
        level, start, hashes = level + 1, first, roots
    return rows


class Growth:
    """
    The tree of a log, made from its leaves alone, from the first one on.

    Attributes:
        size: How many leaves were taken.
    """

    def __init__(self, log: int) -> None:
        self.size = 0
        self._log = log
        # The hashes of the unfinished tile of each level.
        self._unfinished: list[list[bytes]] = [[]]

    def take(self, leaves: Sequence[bytes]) -> list[Row]:
        """
        Take *leaves*, which follow, and return the rows of the tiles that become full.
        """
        rows = filled(self._log, self.size, leaves, lambda level, *_: self._unfinished[level])
        self.size += len(leaves)
        new: Sequence[bytes] = leaves
        for level in range(len(self._unfinished) + 1):
            if level == len(self._unfinished):
                self._unfinished.append([])
            kept = [*self._unfinished[level], *new]
            self._unfinished[level] = kept[len(kept) - len(kept) % TILE_WIDTH :]
            new = [row[3] for row in rows if row[1] == level]
            if not new:
                break
        return rows

    def frontier(self) -> tuple[bytes, ...]:
        """
        Return the frontier of the leaves that were taken.
        """
        highest_first = reversed(self._unfinished)
        return tuple(subtree for hashes in highest_first for subtree in extend_many((), 0, hashes))


def tiles_at_growth(connection: Connection, log: int) -> Hashes:
    """
    Return where a writer finds the hashes of the tile that it goes on with.
    """

    def held(level: int, start: int, end: int) -> Sequence[bytes] | None:
        found = _below(connection, log, level, start, end)
        return None if None in found else [each for each in found if each is not None]

    return held


def _below(
    connection: Connection, log: int, level: int, start: int, end: int
) -> list[bytes | None]:
    """
    Return the hashes of a level that are kept one by one, None for each that is missing: leaves
    with their entries, others as the roots of the tiles below.
    """
    if level == 0:
        statement = (
            "SELECT position - 1, leaf FROM entries"
            " WHERE log = ? AND position > ? AND position <= ?"
        )
        parameters: tuple[int, ...] = (log, start, end)
    else:
        statement = "SELECT n, root FROM tiles WHERE log = ? AND level = ? AND n >= ? AND n < ?"
        parameters = (log, level - 1, start, end)
    # SQLite keeps in a column whatever is put there; what is no hash is as good as missing.
    rows = connection.execute(statement, parameters).fetchall()
    found = {n: stored for n, stored in rows if isinstance(stored, bytes)}
    return [found.get(n) for n in range(start, end)]


class Tiles:
    """
    Reads the tree of a log: from its tiles where they are, from what is below them where not.

    Args:
        connection: Within a transaction, so that all that is read is of one moment.

        format_: The format of the ledger; the older ones have no tiles.
    """

    def __init__(self, connection: Connection, log: int, format_: int) -> None:
        self._connection = connection
        self._log = log
        self._has_tiles = has_tiles(format_)

    def subtrees(self, size: int) -> Subtrees:
        """
        Return where the hashes of perfect subtrees are, in the tree of the first *size* entries.

        What it returns raises `Tampered` where an entry is missing, or a tile has another length.
        """
        return subtrees_of(self.read, size)

    def read(self, tile: Tile) -> bytes:
        """
        Return the hashes of *tile*, one after the other.

        Raises:
            Tampered: When an entry is missing that is below it.
        """
        if tile.width == TILE_WIDTH and self._has_tiles:
            row = self._connection.execute(
                "SELECT hashes FROM tiles WHERE log = ? AND level = ? AND n = ?",
                (self._log, tile.level, tile.index),
            ).fetchone()
            if row is not None and isinstance(row[0], bytes):
                return row[0]
        return b"".join(self._hashes(tile))

    def _hashes(self, tile: Tile) -> Iterator[bytes]:
        start = tile.index * TILE_WIDTH
        kept: list[bytes | None] = [None] * tile.width
        if tile.level == 0 or self._has_tiles:
            kept = _below(self._connection, self._log, tile.level, start, start + tile.width)
        for n, found in enumerate(kept, start):
            if found is not None:
                yield found
            elif tile.level == 0:
                raise Tampered(
                    f"position {n + 1} of log {self._log} is missing",
                    log=self._log,
                    position=n + 1,
                )
            else:
                yield self._root(Tile(tile.level - 1, n))

    def _root(self, tile: Tile) -> bytes:
        hashes = self.read(tile)
        return tile_root([hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)])


def fill(database: Database, settings: Settings) -> int:
    """
    Write the tiles that are full and not there, some at a time, beside writers, and return how
    many they were.

    Whatever was written stays where it stops half way, and doing it again goes on.
    """
    return sum(_fill(database, log) for log in range(settings.logs))


def _fill(database: Database, log: int) -> int:
    with database.reading() as connection:
        (size,) = connection.execute("SELECT size FROM heads WHERE log = ?", (log,)).fetchone()
        (there,) = connection.execute(
            "SELECT count(*) FROM tiles WHERE log = ? AND level = 0 AND n < ?",
            (log, size // TILE_WIDTH),
        ).fetchone()
    if there == size // TILE_WIDTH:
        return 0
    growth, written = Growth(log), 0
    while growth.size < size:
        end = min(size, growth.size + _LEAVES_A_TIME)
        with database.reading() as connection:
            leaves = _below(connection, log, 0, growth.size, end)
        rows = growth.take([leaf for leaf in leaves if leaf is not None])
        if growth.size != end:
            # Where an entry is missing no tile says what the tree was; `verify` says that.
            break
        written += transact(database, partial(_add, rows=rows))
    return written


def _add(connection: Connection, rows: Sequence[Row]) -> int:
    """
    Insert those of *rows* that are not there.
    """
    new = []
    for row in rows:
        found = connection.execute(
            "SELECT 1 FROM tiles WHERE log = ? AND level = ? AND n = ?", row[:3]
        ).fetchone()
        if found is None:
            new.append(row)
    connection.insert("tiles", TILE_COLUMNS, new)
    return len(new)
