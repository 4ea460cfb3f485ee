"""
That a log only grew: what it was at one size is the beginning of what it is at another.

Both sides walk the same way: from the root of the larger tree down to the one subtree that ends
where the smaller tree ends, the seam. What lies beside the way to its left is in both trees, what
lies to its right in the larger one alone. So from the seam's hash upwards both roots follow.

Source: RFC 6962, section 2.1.2; RFC 9162, section 2.1.4.
"""

from collections.abc import Sequence

from ledger.errors import Tampered
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.inclusion import Subtrees, check_hashes, split, subtree_root
from ledger.proofs.tree import node_hash


def _way_to_seam(old_size: int, new_size: int) -> tuple[int, list[tuple[int, int]]]:
    """
    Return the first leaf of the seam, and the subtrees beside the way from it to the root.
    """
    assert 0 < old_size <= new_size
    beside = []
    start, end = 0, new_size
    while end != old_size:
        middle = start + split(end - start)
        if old_size <= middle:
            beside.append((middle, end))
            end = middle
        else:
            beside.append((start, middle))
            start = middle
    return start, beside[::-1]


def consistency_proof(old_size: int, new_size: int, subtrees: Subtrees) -> tuple[bytes, ...]:
    """
    Return the proof that the tree of one size is the beginning of the tree of another.

    Args:
        old_size: How many leaves the smaller tree has.

        new_size: How many leaves the larger tree has; not fewer.

        subtrees: Where the hashes of perfect subtrees are.

    Returns:
        Hashes: the seam's, unless the seam is all of the smaller tree, then those beside the way
        up. None at all from a tree without leaves, or when the sizes are equal.

    Source: RFC 6962, section 2.1.2.
    """
    assert 0 <= old_size <= new_size
    if old_size == 0:
        return ()
    seam, beside = _way_to_seam(old_size, new_size)
    parts = [(seam, old_size), *beside] if seam else beside
    return tuple(subtree_root(start, end, subtrees) for start, end in parts)


def check_consistency(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> None:
    """
    Check that the log of the new checkpoint begins with the log of the old one.

    Args:
        old: A checkpoint that is trusted.

        new: One of the same origin, whose signatures were checked.

        proof: What `consistency_proof` returned for their sizes.

    Raises:
        Tampered: It is another log, a shorter one, or one that did not only grow.

    Source: RFC 9162, section 2.1.4.2.
    """
    if old.origin != new.origin:
        raise Tampered(
            f"{new.origin!r} is another log", where="consistency proof", expected=repr(old.origin)
        )
    if old.size > new.size:
        raise Tampered(
            f"the log had {old.size} entries and has {new.size}",
            where="consistency proof",
            expected="a log that only grows",
            position=new.size + 1,
        )
    if old.size == 0:
        check_hashes(proof, 0, "consistency proof")
        return
    seam, beside = _way_to_seam(old.size, new.size)
    known: tuple[bytes, ...] = () if seam else (old.root,)
    check_hashes((*known, *proof), 1 + len(beside), "consistency proof")
    first, *others = (*known, *proof)
    old_root = new_root = first
    for (start, _), sibling in zip(beside, others, strict=True):
        if start < old.size:
            old_root = node_hash(sibling, old_root)
            new_root = node_hash(sibling, new_root)
        else:
            new_root = node_hash(new_root, sibling)
    if (old_root, new_root) != (old.root, new.root):
        raise Tampered(
            f"{new.origin} at size {new.size} does not continue what it was at size {old.size}",
            where="consistency proof",
            expected=f"roots {old.root.hex()} and {new.root.hex()},"
            f" not {old_root.hex()} and {new_root.hex()}",
        )
