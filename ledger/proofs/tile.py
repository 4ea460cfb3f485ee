"""
The tree cut into tiles of 256 hashes, and entries in bundles: how a log is read in bulk.

Level 0 holds the leaves' hashes; a hash of level n + 1 is the root of a full tile of level n. A
tile of which the log has only the beginning is partial; nothing above is made of it.

Source: C2SP tlog-tiles, "Merkle Tree" and "Log entries".
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from ledger.errors import Malformed, Tampered
from ledger.proofs.inclusion import Subtrees
from ledger.proofs.spelling import COUNT_MAX
from ledger.proofs.tree import HASH_SIZE

TILE_HEIGHT = 8
"""Levels of the tree in a tile."""

TILE_WIDTH = 1 << TILE_HEIGHT
"""Hashes in a full tile."""

ENTRY_SIZE_MAX = 2**16 - 1
"""Bytes in an entry that a bundle can hold."""

LEVEL_MAX = (COUNT_MAX.bit_length() - 1) // TILE_HEIGHT
"""The highest level at which the largest log has a tile."""

_TILES_KEPT = 16
_LENGTH_SIZE = 2
_GROUP = 1000

_PLACE = r"(?P<groups>(?:x[0-9]{3}/){0,6})(?P<last>[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
_TILE_PATH = re.compile(rf"tile/(?P<level>[0-9])/{_PLACE}", re.ASCII)
_ENTRIES_PATH = re.compile(rf"tile/entries/{_PLACE}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tile:
    """
    The place of a tile, and how much of it there is.

    Args:
        level: 0 for the leaves' hashes.

        index: 0, 1, 2 … within the level.

        width: How many hashes it has; `TILE_WIDTH` when it is full.

    Raises:
        Malformed: No log has such a tile.
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        """
        Check that some log of at most `COUNT_MAX` entries has this tile.
        """
        possible = 0 <= self.level <= LEVEL_MAX and self.index >= 0
        if not possible or not 1 <= self.width <= TILE_WIDTH or self.leaves_end > COUNT_MAX:
            raise Malformed(
                f"no log has {self.width} hashes of tile {self.index} at level {self.level}",
                where="tile",
                expected=f"a level of 0 to {LEVEL_MAX} and 1 to {TILE_WIDTH} hashes"
                f" over at most {COUNT_MAX} entries",
            )

    @property
    def leaves_end(self) -> int:
        """
        Return the index after that of the last leaf below the tile.
        """
        return self.index * TILE_WIDTH + self.width << TILE_HEIGHT * self.level


def tile_path(tile: Tile) -> str:
    """
    Return where a log serves the tile: ``tile/0/x001/x234/067``, with ``.p/112`` if it is partial.
    """
    return f"tile/{tile.level:d}/{_place(tile)}"


def entries_path(tile: Tile) -> str:
    """
    Return where a log serves the entries below a tile of level 0.
    """
    assert tile.level == 0
    return f"tile/entries/{_place(tile)}"


def _place(tile: Tile) -> str:
    """
    Return the tile's index in groups of three digits, and its width if it is partial.
    """
    index, last = divmod(tile.index, _GROUP)
    place = f"{last:03}"
    while index:
        index, group = divmod(index, _GROUP)
        place = f"x{group:03}/{place}"
    return place if tile.width == TILE_WIDTH else f"{place}.p/{tile.width:d}"


def parse_tile_path(path: str) -> Tile:
    """
    Return the tile that is served at exactly this path.

    Raises:
        Malformed: None is.
    """
    return _parse_path(path, _TILE_PATH, tile_path)


def parse_entries_path(path: str) -> Tile:
    """
    Return the tile of level 0 whose entries are served at exactly this path.

    Raises:
        Malformed: None is.
    """
    return _parse_path(path, _ENTRIES_PATH, entries_path)


def _parse_path(path: str, pattern: re.Pattern[str], spelled: Callable[[Tile], str]) -> Tile:
    """
    Return the tile whose path is spelled just so.
    """
    if found := pattern.fullmatch(path):
        digits = found["groups"].replace("x", "").replace("/", "") + found["last"]
        level = int(found.groupdict().get("level", 0))
        tile = Tile(level, int(digits), int(found["width"] or TILE_WIDTH))
        if spelled(tile) == path:
            return tile
    raise Malformed(
        f"{path[:80]!r} is no place of a tile",
        where="tile path",
        expected=f"such as {spelled(Tile(0, 1234067))} or {spelled(Tile(0, 273, 112))}",
    )


def width_at(level: int, index: int, size: int) -> int:
    """
    Return how many hashes a tile has in a log of that size; 0 when the log has none of it.
    """
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - index * TILE_WIDTH))


def tiles_of(size: int) -> Iterator[Tile]:
    """
    Yield every tile of a log of that size, level by level, each level's partial tile last.
    """
    level = 0
    while hashes := size >> TILE_HEIGHT * level:
        for index in range(-(-hashes // TILE_WIDTH)):
            yield Tile(level, index, width_at(level, index, size))
        level += 1


def subtrees_of(read: Callable[[Tile], bytes], size: int) -> Subtrees:
    """
    Return where a proof finds the hashes of perfect subtrees: in the tiles of a log of that size.

    Args:
        read: Returns the hashes of a tile, one after the other. The last few that it returned are
            kept, since a proof asks a tile for several of its subtrees.

        size: How many leaves the log has; no tile beyond it is read.

    Returns:
        A function that raises `Tampered` when a tile is not as long as its width says.
    """

    @lru_cache(maxsize=_TILES_KEPT)
    def hashes_of(level: int, index: int) -> bytes:
        tile = Tile(level, index, width_at(level, index, size))
        return _checked(read(tile), tile)

    def subtree(level: int, index: int) -> bytes:
        assert index + 1 << level <= size
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, start = divmod(index << height, TILE_WIDTH)
        end = start + (1 << height)
        hashes = hashes_of(tile_level, tile_index)[start * HASH_SIZE : end * HASH_SIZE]
        while len(hashes) > HASH_SIZE:
            hashes = _parents(hashes)
        return hashes

    return subtree


def _parents(hashes: bytes) -> bytes:
    """
    Return the hashes of the nodes over an even number of hashes, two by two.

    It is `node_hash` for many at once: a proof takes hundreds of them.
    """
    pair = 2 * HASH_SIZE
    return b"".join(
        [
            sha256(b"\x01" + hashes[start : start + pair]).digest()
            for start in range(0, len(hashes), pair)
        ]
    )


def parse_tile(octets: bytes, tile: Tile) -> tuple[bytes, ...]:
    """
    Return the hashes of a tile.

    Args:
        octets: The hashes, one after the other.

        tile: The place that they were read from.

    Raises:
        Tampered: They are not as many as the tile's width says.
    """
    hashes = _checked(octets, tile)
    return tuple(hashes[start : start + HASH_SIZE] for start in range(0, len(hashes), HASH_SIZE))


def _checked(octets: bytes, tile: Tile) -> bytes:
    """
    Return the hashes of a tile as they are, once their length is that of its width.
    """
    if len(octets) != tile.width * HASH_SIZE:
        raise Tampered(
            f"{len(octets)} bytes are not {tile.width} hashes",
            where=tile_path(tile),
            expected=f"{tile.width * HASH_SIZE} bytes",
        )
    return octets


def encode_entries(bodies: Iterable[bytes]) -> bytes:
    """
    Return a bundle of entries: each one's length in two bytes, big-endian, then its bytes.

    Args:
        bodies: The bytes of at most `TILE_WIDTH` entries, in the order of the log.

    Raises:
        Malformed: They are too many, or one is longer than `ENTRY_SIZE_MAX`.
    """
    kept = list(bodies)
    if len(kept) > TILE_WIDTH or any(len(body) > ENTRY_SIZE_MAX for body in kept):
        raise Malformed(
            f"{len(kept)} entries of up to {max(map(len, kept))} bytes are no bundle",
            where="entry bundle",
            expected=f"at most {TILE_WIDTH} entries of at most {ENTRY_SIZE_MAX} bytes",
        )
    return b"".join(len(body).to_bytes(_LENGTH_SIZE, "big") + body for body in kept)


def parse_entries(octets: bytes) -> tuple[bytes, ...]:
    """
    Return the entries of a bundle.

    Args:
        octets: What `encode_entries` returned.

    Raises:
        Malformed: The bundle ends within an entry, or holds more than `TILE_WIDTH`.
    """
    bodies: list[bytes] = []
    start = 0
    while start < len(octets):
        body = start + _LENGTH_SIZE
        end = body + int.from_bytes(octets[start:body], "big")
        if max(body, end) > len(octets) or len(bodies) == TILE_WIDTH:
            raise Malformed(
                f"entry {len(bodies)} of the bundle does not fit in it",
                where="entry bundle",
                expected=f"at most {TILE_WIDTH} entries, each whole behind its length",
            )
        bodies.append(octets[body:end])
        start = end
    return tuple(bodies)
