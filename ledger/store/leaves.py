"""
What a proof rests on: the heads of the logs, and the bytes and the leaf of each entry.

Nothing here trusts the tree: whoever asks computes each leaf from the bytes, and the frontier from
the leaves. Within one read transaction heads and leaves are of the same moment.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.store.database import Connection


class LogHead(NamedTuple):
    """
    The head of a log, as it is stored.

    Args:
        frontier: As `proofs.tree.encode_frontier` writes it.
    """

    log: int
    size: int
    recorded_at: str
    frontier: bytes


class Leaf(NamedTuple):
    """
    What is stored of an entry for its proof.

    Args:
        body: The entry's bytes.

        leaf: The column, which should be their `proofs.tree.record_hash`.
    """

    position: int
    body: bytes
    leaf: bytes


def log_heads(connection: Connection) -> list[LogHead]:
    """
    Return the heads of all logs, in the order of the logs.
    """
    rows = connection.execute("SELECT log, size, recorded_at, frontier FROM heads ORDER BY log")
    return [
        LogHead(log, size, recorded_at, bytes(frontier))
        for log, size, recorded_at, frontier in rows
    ]


def leaves(connection: Connection, log: int, after_position: int, up_to: int) -> Iterator[Leaf]:
    """
    Yield what is stored of *log* at the positions from *after_position* + 1 to *up_to*, in order.

    What is missing is left out: that no position is, is for the caller to see.
    """
    rows = connection.stream(
        "SELECT position, body, leaf FROM entries"
        " WHERE log = ? AND position > ? AND position <= ? ORDER BY position",
        (log, after_position, up_to),
    )
    for position, body, leaf in rows:
        yield Leaf(position, bytes(body), bytes(leaf))
