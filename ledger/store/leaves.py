"""
What a proof rests on: the heads of the logs, and the bytes and the leaf of each entry.

Nothing here trusts the tree: whoever asks computes each leaf from the bytes, and the frontier from
the leaves. Within one read transaction heads and leaves are of the same moment.
"""

from collections.abc import Iterator
from itertools import starmap
from typing import NamedTuple

from ledger.errors import Tampered
from ledger.proofs.tree import decode_frontier, root_hash
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

    def root(self) -> bytes:
        """
        Return the root hash of the log.

        Raises:
            Tampered: When its frontier is not one of its size.
        """
        try:
            return root_hash(decode_frontier(self.size, self.frontier))
        except Tampered as error:
            error.log = self.log
            raise error.at(f"log {self.log}") from None


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

    Raises:
        Tampered: When one is missing, or holds what no ledger writes there.
    """
    rows = connection.execute("SELECT log, size, recorded_at, frontier FROM heads ORDER BY log")
    heads = list(starmap(LogHead, rows))
    for log, head in enumerate(heads):
        # SQLite keeps in a column whatever is put there.
        if head.log != log or (type(head.size), type(head.frontier)) != (int, bytes):
            raise no_head(log)
    return heads


def no_head(log: int) -> Tampered:
    """
    Return the error that a log has no head, or one with what no ledger writes there.
    """
    return Tampered(
        f"log {log} has no head with a size and a frontier",
        where=f"log {log}",
        expected="a row of heads with a number and bytes",
        log=log,
    )


def leaves(connection: Connection, log: int, after_position: int, up_to: int) -> Iterator[Leaf]:
    """
    Yield what is stored of *log* at the positions from *after_position* + 1 to *up_to*, in order.

    What is missing is left out: that no position is, is for the caller to see.

    Raises:
        Tampered: When an entry or its leaf is no bytes.
    """
    rows = connection.stream(
        "SELECT position, body, leaf FROM entries"
        " WHERE log = ? AND position > ? AND position <= ? ORDER BY position",
        (log, after_position, up_to),
    )
    for row in starmap(Leaf, rows):
        if (type(row.body), type(row.leaf)) != (bytes, bytes):
            raise Tampered(
                f"position {row.position} of log {log} holds no bytes",
                where=f"log {log}",
                expected="the bytes of an entry, and its leaf",
                log=log,
                position=row.position,
            )
        yield row


def octets(stored: object) -> bytes:
    """
    Return the bytes that are stored; for anything else bytes that no entry and no hash has, since
    SQLite keeps in a column whatever is put there.
    """
    return stored if type(stored) is bytes else b"\xff" + repr(stored).encode()
