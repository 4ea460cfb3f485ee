"""
What an auditor of the tests holds: notes that a log signed at any size, and whom he trusts.
"""

from collections.abc import Sequence
from typing import Final

import attrs

from ledger import Ledger
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.inclusion import frontier_at, inclusion_proof
from ledger.proofs.note import Algorithm, Note, Signature
from ledger.proofs.policy import TrustPolicy, Witness
from ledger.proofs.receipt import Receipt
from ledger.proofs.roots import encode_roots, log_origin, roots_origin, signed_origin
from ledger.proofs.tree import extend_many, record_hash, root_hash
from ledger.store.database import Database
from ledger.store.tiles import Tiles
from tests.proofs.signing import Signer

STRANGER: Final = Signer(3, "example.org/stranger/0")
COSIGNER: Final = Signer(2, "witness.example/w1", Algorithm.COSIGNATURE)


@attrs.frozen
class Holder:
    """
    Who holds what the logs of `ledger` were, signed.
    """

    ledger: Ledger
    database: Database

    def checkpoint(self, size: int, log: int = 0) -> Checkpoint:
        """
        Return what a log was at *size*.
        """
        settings = self.ledger.settings
        with self.database.reading() as connection:
            subtrees = Tiles(connection, log, settings.format).subtrees(size)
            root = root_hash(frontier_at(size, subtrees))
        return Checkpoint(log_origin(settings.origin, log), size, root)

    def signer(self) -> Signer:
        """
        Return who signs for the ledger.
        """
        settings = self.ledger.settings
        return Signer(1, signed_origin(settings.origin, settings.logs))

    def policy(self, *, witnessed: bool = False) -> str:
        """
        Return the policy that trusts him, and the witness where asked.
        """
        witnesses = (Witness("w1", COSIGNER.key),) if witnessed else ()
        quorum = "w1" if witnessed else "none"
        return TrustPolicy((self.signer().key,), witnesses, quorum=quorum, groups=()).text()

    def note(self, size: int, *, seen: int | None = None) -> str:
        """
        Return what was signed of a ledger with one log, and cosigned at the second *seen*.
        """
        text = self.checkpoint(size).text()
        return Note(text, self._signed(text, seen)).encode()

    def receipt(self, sizes: Sequence[int]) -> str:
        """
        Return what was signed of a ledger with several logs: its newest roots, after one before.
        """
        told = encode_roots([self.checkpoint(size, log) for log, size in enumerate(sizes)])
        leaves = [record_hash(b"older"), record_hash(told)]
        root = root_hash(extend_many((), 0, leaves))
        text = Checkpoint(roots_origin(self.ledger.settings.origin), 2, root).text()
        proof = inclusion_proof(1, 2, lambda _level, index: leaves[index])
        return Receipt(1, proof, Note(text, self._signed(text, None)), told).encode()

    def _signed(self, text: str, seen: int | None) -> tuple[Signature, ...]:
        own = (self.signer().sign(text),)
        return own if seen is None else (*own, COSIGNER.sign(text, seen))
