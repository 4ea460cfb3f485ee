"""
The Merkle tree over a log: what each entry hashes to, and how the root follows.

A log of any size is summed up by its frontier: the hashes of its maximal perfect subtrees, largest
(and oldest) first. There is one for every 1-bit of the size, so at most 64 for any log that can be
stored, and appending an entry needs nothing else.

Source: RFC 6962, section 2.1; unchanged in RFC 9162, section 2.1.1.
"""

import struct
from collections.abc import Iterable, Sequence
from hashlib import sha256

from ledger.errors import Tampered

HASH_SIZE = 32
"""Bytes in a hash: SHA-256."""

EMPTY_ROOT = sha256(b"").digest()
"""The root hash of a log without entries."""


def record_hash(record: bytes) -> bytes:
    """
    Return the hash of a leaf: ``SHA256(0x00 || record)``.

    Args:
        record: The entry's bytes as they are stored, of any length.

    Returns:
        `HASH_SIZE` bytes.

    Source: RFC 6962, section 2.1.
    """
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """
    Return the hash of an inner node: ``SHA256(0x01 || left || right)``.

    Args:
        left: Hash of the left subtree, `HASH_SIZE` bytes.

        right: Hash of the right subtree, `HASH_SIZE` bytes.

    Returns:
        `HASH_SIZE` bytes.

    Source: RFC 6962, section 2.1.
    """
    assert len(left) == HASH_SIZE
    assert len(right) == HASH_SIZE
    return sha256(b"\x01" + left + right).digest()


def extend(frontier: Sequence[bytes], size: int, leaf: bytes) -> tuple[bytes, ...]:
    """
    Return the frontier after one more leaf.

    Args:
        frontier: The frontier of the log so far, largest subtree first.

        size: How many leaves the log has so far.

        leaf: The new leaf's `record_hash`.

    Returns:
        The frontier of `size` + 1 leaves. What was given is not changed.
    """
    assert len(frontier) == size.bit_count()
    kept = len(frontier)
    while size & 1:
        kept -= 1
        leaf = sha256(b"\x01" + frontier[kept] + leaf).digest()
        size >>= 1
    return (*frontier[:kept], leaf)


def extend_many(frontier: Sequence[bytes], size: int, leaves: Iterable[bytes]) -> tuple[bytes, ...]:
    """
    Return the frontier after any number of further leaves, as `extend` one by one would.

    Args:
        frontier: The frontier of the log so far, largest subtree first.

        size: How many leaves the log has so far.

        leaves: The `record_hash` of each new leaf, in order; none of them is kept, so that they
            may be streamed.

    Returns:
        The frontier of `size` + (the number of leaves). What was given is not changed.
    """
    assert len(frontier) == size.bit_count()
    grown = list(frontier)
    for leaf in leaves:
        subtree = leaf
        carry = size
        while carry & 1:
            subtree = sha256(b"\x01" + grown.pop() + subtree).digest()
            carry >>= 1
        grown.append(subtree)
        size += 1
    return tuple(grown)


def root_hash(frontier: Sequence[bytes]) -> bytes:
    """
    Return the root hash of the log with this frontier; `EMPTY_ROOT` when it has no entries.

    Args:
        frontier: The frontier, largest subtree first.

    Returns:
        `HASH_SIZE` bytes.
    """
    if not frontier:
        return EMPTY_ROOT
    *larger, root = frontier
    for subtree in reversed(larger):
        root = node_hash(subtree, root)
    return root


def encode_frontier(size: int, frontier: Sequence[bytes]) -> bytes:
    """
    Return the frontier as bytes: its hashes one after the other, largest subtree first.

    Args:
        size: How many leaves the log has. It is not part of the bytes; it is kept beside them.

        frontier: The frontier of that many leaves.

    Returns:
        `HASH_SIZE` bytes for every 1-bit of `size`.
    """
    assert len(frontier) == size.bit_count()
    return b"".join(frontier)


def decode_frontier(size: int, encoded: bytes) -> tuple[bytes, ...]:
    """
    Return the frontier that `encode_frontier` wrote.

    Only the length is checked here: whether the hashes are right shows against a root hash.

    Args:
        size: How many leaves the log has, as stored beside the bytes.

        encoded: The bytes as stored.

    Raises:
        Tampered: `size` is negative, or it does not go with that many bytes; or one of them is of
            another type, since there are databases that keep in a column whatever is put there.
    """
    if type(size) is not int or type(encoded) is not bytes:
        raise Tampered(
            f"a head holds {type(size).__name__} and {type(encoded).__name__}, which are no size"
            " and no frontier",
            where="frontier",
            expected="a number of entries, and bytes",
        )
    subtrees = size.bit_count()
    if size < 0 or len(encoded) != subtrees * HASH_SIZE:
        raise Tampered(
            f"{len(encoded)} bytes cannot be the frontier of {size} entries;"
            " recompute it from the entries",
            where="frontier",
            expected=f"{HASH_SIZE} bytes for each of {subtrees} subtrees of a size of 0 or more",
        )
    return struct.unpack(f"{HASH_SIZE}s" * subtrees, encoded)
