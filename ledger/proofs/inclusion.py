"""
That an entry is in a log: the path of hashes from its leaf to the root, made and checked.

Both sides walk the same way. From the root down, a subtree of more than one leaf is split at the
largest power of two below its size; the half that the leaf is not in is its sibling there. A proof
is the siblings' hashes, the leaf's own sibling first.

No function takes a bare root: the index and the size steer the walk and are not checked by it, so
the size must come from where the root comes from, a checkpoint.

Source: RFC 6962, section 2.1.1; RFC 9162, section 2.1.3.
"""

from collections.abc import Callable, Sequence

from ledger.errors import Tampered
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.tree import HASH_SIZE, node_hash, root_hash

Subtrees = Callable[[int, int], bytes]
"""(level, index) to the hash of the perfect subtree of 2**level leaves that begins at leaf
index << level."""


def split(size: int) -> int:
    """
    Return how many leaves the left half of a subtree has: the largest power of two below its size.
    """
    assert size > 1
    return 1 << (size - 1).bit_length() - 1


def frontier_at(size: int, subtrees: Subtrees) -> tuple[bytes, ...]:
    """
    Return the frontier of the first *size* leaves, from the hashes of perfect subtrees.

    Args:
        size: How many leaves.

        subtrees: Where the hashes are; none beyond *size* is asked for.
    """
    return _perfect(0, size, subtrees)


def _perfect(start: int, end: int, subtrees: Subtrees) -> tuple[bytes, ...]:
    """
    Return the hashes of the maximal perfect subtrees of a subtree, largest first.
    """
    hashes = []
    while start < end:
        level = (end - start).bit_length() - 1
        hashes.append(subtrees(level, start >> level))
        start += 1 << level
    return tuple(hashes)


def subtree_root(start: int, end: int, subtrees: Subtrees) -> bytes:
    """
    Return the root hash of the subtree of the leaves from *start* to before *end*.

    Args:
        start: The first leaf's index; a multiple of the power of two that is not below the length.

        end: The index after the last leaf's.

        subtrees: Where the hashes of perfect subtrees are.

    Returns:
        `HASH_SIZE` bytes; `EMPTY_ROOT` when there is no leaf.
    """
    return root_hash(_perfect(start, end, subtrees))


def siblings(index: int, size: int) -> list[tuple[int, int]]:
    """
    Return the subtrees beside the way from a leaf to the root, the leaf's own sibling first.

    Args:
        index: The leaf's index, below *size*.

        size: How many leaves the tree has.

    Returns:
        For each the index of its first leaf and that after its last.
    """
    assert 0 <= index < size
    beside = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            beside.append((middle, end))
            end = middle
        else:
            beside.append((start, middle))
            start = middle
    return beside[::-1]


def inclusion_proof(index: int, size: int, subtrees: Subtrees) -> tuple[bytes, ...]:
    """
    Return the proof that the leaf at an index is in the tree of that size.

    Args:
        index: The leaf's index: its entry's position - 1.

        size: How many leaves the tree has; more than *index*.

        subtrees: Where the hashes of perfect subtrees are.

    Returns:
        Hashes, the leaf's sibling first, the root's child last.

    Source: RFC 6962, section 2.1.1.
    """
    return tuple(subtree_root(start, end, subtrees) for start, end in siblings(index, size))


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """
    Return the root of the tree in which the proof puts the leaf.

    Args:
        index: The leaf's index.

        size: How many leaves the tree has.

        leaf: The leaf's `record_hash`.

        proof: What `inclusion_proof` returned.

    Returns:
        `HASH_SIZE` bytes. They prove nothing until they equal the root of a checkpoint that has
        this size; `check_inclusion` compares them.

    Raises:
        Tampered: No tree of that size has a leaf there, or not with a proof of that shape.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise Tampered(
            f"a log of {size} entries has none at index {index}",
            where="inclusion proof",
            expected="an index from 0 to below the size",
        )
    beside = siblings(index, size)
    check_hashes((leaf, *proof), 1 + len(beside), "inclusion proof")
    root = leaf
    for (start, _), sibling in zip(beside, proof, strict=True):
        root = node_hash(root, sibling) if index < start else node_hash(sibling, root)
    return root


def check_inclusion(
    checkpoint: Checkpoint, index: int, leaf: bytes, proof: Sequence[bytes]
) -> None:
    """
    Check that the leaf is at that index in the log that the checkpoint is of.

    Args:
        checkpoint: One whose signatures were checked; size and root are taken from it alone.

        index: The leaf's index.

        leaf: The leaf's `record_hash`, computed from the entry's bytes by who checks.

        proof: What `inclusion_proof` returned for the checkpoint's size.

    Raises:
        Tampered: The proof does not lead from the leaf to the checkpoint's root.
    """
    try:
        root = root_from_inclusion(index, checkpoint.size, leaf, proof)
    except Tampered as problem:
        problem.position = index + 1
        raise
    if root != checkpoint.root:
        raise Tampered(
            f"the entry is not at index {index} of {checkpoint.origin} at size {checkpoint.size}:"
            f" its proof leads to {root.hex()}, not to the root of the checkpoint",
            where="inclusion proof",
            expected=checkpoint.root.hex(),
            position=index + 1,
        )


def check_hashes(hashes: Sequence[bytes], count: int, where: str) -> None:
    """
    Check that there are as many hashes as the shape of the tree asks for, each of its length.

    Args:
        hashes: The hashes of a proof, with those that it starts from.

        count: How many there must be.

        where: What is checked, for the error.

    Raises:
        Tampered: There are more or fewer, or one is not `HASH_SIZE` bytes long.
    """
    lengths = [len(octets) for octets in hashes]
    if lengths != [HASH_SIZE] * count:
        raise Tampered(
            f"hashes of {lengths} bytes do not fit the shape of the tree",
            where=where,
            expected=f"{count} of {HASH_SIZE} bytes",
        )
