"""
The entries of the log of roots: a file beside the notary's state that is only appended to.

Each entry stands behind its length in four bytes, big-endian.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from ledger.errors import Tampered, Unavailable
from ledger.notary import durable
from ledger.notary.state import NotaryState, RootsReached
from ledger.proofs.consistency import consistency_proof
from ledger.proofs.inclusion import Subtrees, inclusion_proof
from ledger.proofs.receipt import Receipt
from ledger.proofs.tree import extend_many, record_hash

LENGTH_SIZE: Final = 4


def entries_path(state: Path) -> Path:
    """
    Return where the entries stand that belong to the state at that path.
    """
    return state.with_name(f"{state.name}.roots")


def appended(state: Path, before: RootsReached, body: bytes) -> RootsReached:
    """
    Append an entry to the log of roots and return how far it is then.

    Until that is written into the state it counts for nothing, and the next one takes its place.
    """
    written = len(body).to_bytes(LENGTH_SIZE, "big") + body
    durable.appended(entries_path(state), before.length, written)
    after = before.after((record_hash(body),), before.size + 1)
    return RootsReached(
        after.size,
        after.frontier,
        last_at=before.length,
        length=before.length + len(written),
    )


def newest(state: Path, reached: RootsReached) -> bytes:
    """
    Return the newest entry, which states what every log was when it was signed.

    Raises:
        Tampered: When the file does not hold it.
    """
    with _opened(state) as file:
        file.seek(reached.last_at)
        length = int.from_bytes(file.read(LENGTH_SIZE), "big")
        body = file.read(length)
    if reached.last_at + LENGTH_SIZE + len(body) != reached.length:
        raise _spoilt(state)
    return body


def entries(state: Path, reached: RootsReached) -> Iterator[bytes]:
    """
    Yield every entry, oldest first.

    Raises:
        Tampered: When the file does not hold them.
    """
    with _opened(state) as file:
        for _ in range(reached.size):
            length = int.from_bytes(file.read(LENGTH_SIZE), "big")
            body = file.read(length)
            if file.tell() > reached.length or len(body) != length or not body:
                raise _spoilt(state)
            yield body


def newest_proof(state: Path, reached: RootsReached) -> tuple[bytes, ...]:
    """
    Return the proof that the newest entry is in the log of roots that was signed.
    """
    return inclusion_proof(reached.size - 1, reached.size, _subtrees(state, reached))


def receipt(state: Path, known: NotaryState) -> Receipt | None:
    """
    Return the note that was signed last with the newest entry, which states every log, as its extra
    data; None where there is one log, whose checkpoint is signed itself, or nothing is signed.
    """
    if known.roots is None or known.note is None:
        return None
    return Receipt(
        known.roots.size - 1,
        newest_proof(state, known.roots),
        known.note,
        newest(state, known.roots),
    )


def continuation_proof(state: Path, reached: RootsReached, old_size: int) -> tuple[bytes, ...]:
    """
    Return the proof that the log of roots goes on from what it was at *old_size*.
    """
    return consistency_proof(old_size, reached.size, _subtrees(state, reached))


def _subtrees(state: Path, reached: RootsReached) -> Subtrees:
    leaves = [record_hash(body) for body in entries(state, reached)]
    if extend_many((), 0, leaves) != reached.frontier:
        raise _spoilt(state)
    return subtrees_from(leaves)


def subtrees_from(leaves: Sequence[bytes]) -> Subtrees:
    """
    Return the hashes of the perfect subtrees over *leaves*.
    """

    def subtree(level: int, index: int) -> bytes:
        start = index << level
        (root,) = extend_many((), 0, islice(leaves, start, start + (1 << level)))
        return root

    return subtree


@contextmanager
def _opened(state: Path) -> Iterator[BinaryIO]:
    try:
        with entries_path(state).open("rb") as file:
            yield file
    except FileNotFoundError:
        raise _spoilt(state) from None
    except OSError as error:
        where = str(entries_path(state))
        raise Unavailable(f"it cannot be read: {error.strerror}", where=where) from None


def _spoilt(state: Path) -> Tampered:
    return Tampered(
        "the entries of the log of roots are not those that were signed",
        where=str(entries_path(state)),
        expected="the file as the notary left it, beside its state",
    )
