"""
A log in memory that signs checkpoints and proves that it grew, as a client of a witness does.
"""

from ledger.notary.request import AddCheckpoint
from ledger.notary.roots import subtrees_from
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.consistency import consistency_proof
from ledger.proofs.note import Note
from ledger.proofs.tree import extend_many, record_hash, root_hash
from tests.notary.conftest import key_of


class Log:
    """
    A log of so many entries; another *history* has other entries from the fifth on.
    """

    def __init__(self, origin: str = "log.example/0", *, history: str = "", size: int = 40) -> None:
        self.origin = origin
        self.leaves = [
            record_hash(f"leaf {number}{history if number >= 4 else ''}".encode())
            for number in range(size)
        ]

    def note(self, size: int, key: int = 1) -> Note:
        """
        Return its signed checkpoint at a size.
        """
        root = root_hash(extend_many((), 0, self.leaves[:size]))
        text = Checkpoint(self.origin, size, root).text()
        return Note(text, (key_of(key, self.origin).signature(text, 0),))

    def proof(self, old: int, size: int) -> tuple[bytes, ...]:
        """
        Return the proof that it grew from one size to another.
        """
        return consistency_proof(old, size, subtrees_from(self.leaves[:size]))

    def request(self, old: int, size: int) -> AddCheckpoint:
        """
        Return what a witness is asked that saw it at *old*.
        """
        proof = self.proof(old, size) if old <= size else ()
        return AddCheckpoint(old, proof, self.note(size))

    def body(self, old: int, size: int) -> bytes:
        """
        Return that as bytes.
        """
        return self.request(old, size).encode().encode()
