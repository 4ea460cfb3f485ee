"""
The bytes of every entry, hashed again: to its leaf, to the tree, to the head of the log.

The head is evidence too: who changed an entry together with its leaf hash has left it as it was.
"""

from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Final

import attrs

from ledger.proofs.tile import TILE_WIDTH
from ledger.proofs.tree import HASH_SIZE, encode_frontier, record_hash, root_hash
from ledger.store.database import Connection, Row
from ledger.store.leaves import LogHead, leaves, octets
from ledger.store.tiles import Growth, has_tiles
from ledger.store.verification.finding import Finding, Findings, What

_ENTRIES_A_TIME: Final = 8 * TILE_WIDTH


@attrs.define
class Hashed:
    """
    What the bytes of a log come to.

    Args:
        size: How many entries there are.

        octets: How many bytes they have.

        roots: The root hash at the sizes that were asked about, as far as no entry is missing
            before.

        tiles: The root and the hashes' digest of every full tile, by level and number.
    """

    log: int
    format: int
    size: int = 0
    octets: int = 0
    roots: dict[int, bytes] = attrs.field(factory=dict)
    tiles: dict[tuple[int, int], tuple[bytes, bytes]] = attrs.field(factory=dict)


def in_octets(some: list[Row]) -> list[Row]:
    """
    Return rows of position, bytes and leaf with nothing but bytes in the last two.
    """
    if all(type(body) is type(leaf) is bytes for _, body, leaf in some):
        return some
    return [(position, octets(body), octets(leaf)) for position, body, leaf in some]


def digest_of(hashes: object) -> bytes:
    """
    Return the digest by which a tile is known.
    """
    return sha256(octets(hashes)).digest()


def hashed(
    connection: Connection,
    head: LogHead,
    sizes: Collection[int],
    format_: int,
    findings: Findings,
) -> Hashed:
    """
    Hash every entry of a log, and compare with what is stored of its tree.

    Args:
        sizes: At which sizes the root is asked about.

        format_: The ledger's.
    """
    found, growth = Hashed(head.log, format_), Growth(head.log)
    # Where no row is missing a full tile comes at once; a size that is asked about ends a part.
    ends = iter(sorted({size for size in sizes if size > 0}))
    end = next(ends, None)
    rows = connection.stream(
        "SELECT position, body, leaf FROM entries WHERE log = ? ORDER BY position", (head.log,)
    )
    is_whole = True
    while True:
        wanted = _ENTRIES_A_TIME if end is None else min(_ENTRIES_A_TIME, end - found.size)
        some = [*islice(rows, wanted)]
        if not some:
            break
        some = in_octets(some)
        computed = [sha256(b"\x00" + body).digest() for _, body, _ in some]
        is_whole = compared(some, computed, found.size + 1, head.log, findings) and is_whole
        found.size += len(some)
        found.octets += sum(len(body) for _, body, _ in some)
        if is_whole:
            for _, level, n, root, hashes in growth.take(computed):
                found.tiles[level, n] = root, digest_of(hashes)
            if found.size == end:
                found.roots[end] = root_hash(growth.frontier())
        if end is not None and found.size >= end:
            end = next(ends, None)
    if is_whole:
        difference = _difference(connection, head, growth.frontier(), found)
        if difference is not None:
            what, why, first, last = difference
            # What was found in one of its leaves explains the tree.
            if not findings.is_between(head.log, first, last):
                findings.add(Finding(what, why, head.log, first))
    return found


def compared(
    some: Sequence[Row], computed: Sequence[bytes], first: int, log: int, findings: Findings
) -> bool:
    """
    Compare the leaf hashes that were computed with the stored ones, and return whether every
    position is there.

    Args:
        some: Rows of position, bytes and leaf.

        first: The position that should stand first.
    """
    if computed != [leaf for _, _, leaf in some]:
        for (position, _, leaf), correct in zip(some, computed, strict=True):
            if leaf != correct:
                why = f"the bytes hash to {correct.hex()}, the leaf is {bytes(leaf).hex()}"
                findings.add(Finding(What.LEAF_DIFFERS, why, log, position))
    # Numbers that rise, each once, from the first to the last: then none is missing.
    if (
        some[0][0] == first
        and some[-1][0] == first + len(some) - 1
        and all(type(position) is int for position, _, _ in some)
    ):
        return True
    for expected, (position, _, _) in enumerate(some, first):
        if position != expected:
            why = f"the next position is {position}"
            findings.add(Finding(What.ENTRY_MISSING, why, log, expected))
            break
    return False


def _difference(
    connection: Connection, head: LogHead, frontier: Sequence[bytes], found: Hashed
) -> tuple[What, str, int, int] | None:
    """
    Return how a log and its head differ, why, and between which positions; None if they do not.
    """
    why = f"the head has {head.size} entries, the log {found.size}"
    if found.size < head.size:
        return What.ENTRY_MISSING, why, found.size + 1, head.size
    if found.size > head.size:
        return What.HEAD_DIFFERS, why, head.size + 1, found.size
    if head.frontier == encode_frontier(found.size, frontier):
        return None
    first, last = _first_difference(connection, head, frontier, found)
    place = f"position {first}" if first == last else f"one of the positions {first} to {last}"
    why = f"the entries do not lead to the head: {place} was changed together with its leaf"
    return What.TREE_DIFFERS, why, first, last


def _first_difference(
    connection: Connection, head: LogHead, frontier: Sequence[bytes], found: Hashed
) -> tuple[int, int]:
    """
    Return between which positions the log and its head part: the tiles may tell which entry it is,
    and else the head tells in which subtree.
    """
    first, left, at = 1, head.size, 0
    for subtree in frontier:
        width = 1 << left.bit_length() - 1
        if head.frontier[at : at + HASH_SIZE] != subtree:
            break
        first, left, at = first + width, left - width, at + HASH_SIZE
    else:
        return 1, head.size
    last = first + width - 1
    if has_tiles(found.format):
        for position in _differing(connection, head.log, first, last, found):
            return position, position
    return first, last


def _differing(
    connection: Connection, log: int, first: int, last: int, found: Hashed
) -> Iterator[int]:
    """
    Yield the positions at which a stored tile has another leaf hash than the bytes there.
    """
    tiles = connection.execute(
        "SELECT n, hashes FROM tiles WHERE log = ? AND level = 0 AND n >= ? AND n < ? ORDER BY n",
        (log, (first - 1) // TILE_WIDTH, last // TILE_WIDTH),
    )
    for n, stored in tiles:
        if digest_of(stored) == found.tiles[0, n][1]:
            continue
        for each in leaves(connection, log, n * TILE_WIDTH, (n + 1) * TILE_WIDTH):
            at = (each.position - 1) % TILE_WIDTH * HASH_SIZE
            if record_hash(each.body) != stored[at : at + HASH_SIZE]:
                yield each.position
