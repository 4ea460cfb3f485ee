"""
Whether a log goes on from where it was: computed from the bytes of its entries, and nothing else.

The leaf column and the stored frontier are claims that are compared with what was computed.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from ledger.errors import Tampered
from ledger.notary.state import Reached
from ledger.proofs.tree import encode_frontier, extend_many, record_hash
from ledger.store.leaves import Leaf, LogHead

Leaves = Callable[[int, int], Iterator[Leaf]]
"""(after position, up to position) -> what is stored there, in order."""


def continued(reached: Reached, head: LogHead, leaves: Leaves) -> Reached:
    """
    Return how far a log is, that was read so far before, and whose head is now *head*.

    Args:
        leaves: Reads the log.

    Raises:
        Tampered: When it is no continuation of what was read; the first bad position is named
            where it can be told.
    """
    if head.size < reached.size:
        raise Tampered(
            f"log {head.log} has {head.size} entries, and had {reached.size}: it was cut off, or"
            " is a restored copy",
            where=f"log {head.log}",
            expected="a log that only grows; after a restore, a new ledger with a new origin",
            log=head.log,
            position=head.size + 1,
        )
    after = reached.after(
        _hashes(leaves(reached.size, head.size), head, reached.size + 1), head.size
    )
    if head.frontier != encode_frontier(after.size, after.frontier):
        raise _diverged(reached, head, leaves)
    return after


def _hashes(stored: Iterator[Leaf], head: LogHead, first: int) -> Iterator[bytes]:
    """
    Yield the leaf of each entry from its bytes, from position *first* to the head's.

    Raises:
        Tampered: When an entry is missing, or its stored leaf is another one.
    """
    expected = first
    for position, body, leaf in stored:
        if position != expected:
            break
        computed = record_hash(body)
        if computed != leaf:
            raise Tampered(
                f"the bytes of position {position} in log {head.log} do not give its leaf",
                where=f"log {head.log}",
                expected=f"the leaf {leaf.hex()}, not {computed.hex()}",
                log=head.log,
                position=position,
            )
        yield computed
        expected += 1
    if expected != head.size + 1:
        raise Tampered(
            f"position {expected} of log {head.log} is missing",
            where=f"log {head.log}",
            expected=f"every position up to {head.size}",
            log=head.log,
            position=expected,
        )


def _diverged(reached: Reached, head: LogHead, leaves: Leaves) -> Tampered:
    """
    Return what is wrong with a log whose new entries do not lead to its head.

    All that was read before is read once more: either it is another history now, or the head is not
    that of the entries.
    """
    hashes = _hashes(leaves(0, reached.size), head._replace(size=reached.size), 1)
    start, left = 0, reached.size
    try:
        for subtree in reached.frontier:
            width = 1 << (left.bit_length() - 1)
            if extend_many((), 0, islice(hashes, width)) != (subtree,):
                return Tampered(
                    f"what was signed of log {head.log} is not what it holds now, between positions"
                    f" {start + 1} and {start + width}",
                    where=f"log {head.log}",
                    expected="the history that was signed",
                    log=head.log,
                    position=start + 1,
                )
            start, left = start + width, left - width
    except Tampered as found:
        return found
    return Tampered(
        f"the head of log {head.log} is not that of its {head.size} entries",
        where=f"log {head.log}",
        expected="the frontier that follows from their bytes",
        log=head.log,
    )
