"""
The proofs as the RFC defines them, by its recursions over the leaves and nothing cleverer.

Source: RFC 6962, sections 2.1, 2.1.1 and 2.1.2.
"""

from functools import cache
from hashlib import sha256

from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.tree import record_hash

ORIGIN = "ledger.example/audit"
SIZE_MAX = 130

RECORDS = tuple(b"leaf %d" % index for index in range(300))
LEAVES = tuple(record_hash(record) for record in RECORDS)


def half(size: int) -> int:
    """
    Return the largest power of two below a size.
    """
    power = 1
    while power * 2 < size:
        power *= 2
    return power


@cache
def defined_hash(start: int, end: int) -> bytes:
    """
    Return MTH(D[start:end]) of the numbered records.
    """
    if start == end:
        return sha256().digest()
    if end - start == 1:
        return LEAVES[start]
    middle = start + half(end - start)
    return sha256(b"\x01" + defined_hash(start, middle) + defined_hash(middle, end)).digest()


def defined_path(index: int, start: int, end: int) -> list[bytes]:
    """
    Return PATH(index, D[start:end]); the index counts from *start*.
    """
    if end - start == 1:
        return []
    k = half(end - start)
    if index < k:
        return [*defined_path(index, start, start + k), defined_hash(start + k, end)]
    return [*defined_path(index - k, start + k, end), defined_hash(start, start + k)]


def defined_subproof(size: int, start: int, end: int, *, whole: bool) -> list[bytes]:
    """
    Return SUBPROOF(size, D[start:end], whole); the size counts from *start*.
    """
    if size == end - start:
        return [] if whole else [defined_hash(start, end)]
    k = half(end - start)
    if size <= k:
        left = defined_subproof(size, start, start + k, whole=whole)
        return [*left, defined_hash(start + k, end)]
    right = defined_subproof(size - k, start + k, end, whole=False)
    return [*right, defined_hash(start, start + k)]


def subtrees(level: int, index: int) -> bytes:
    """
    Return the hash of a perfect subtree of the numbered records.
    """
    return defined_hash(index << level, (index + 1) << level)


def checkpoint_at(size: int) -> Checkpoint:
    """
    Return the checkpoint of the numbered records at a size.
    """
    return Checkpoint(ORIGIN, size, defined_hash(0, size))


def flipped(octets: bytes, bit: int) -> bytes:
    """
    Return the same bytes with one bit the other way round.
    """
    number = int.from_bytes(octets, "big") ^ 1 << bit % (8 * len(octets))
    return number.to_bytes(len(octets), "big")
