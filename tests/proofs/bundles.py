"""
Bundles of evidence for the tests: entries in a tree of their own, signed by the keys of the tests.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from ledger.book.document import document
from ledger.cli.story import played
from ledger.moderation.codec import CODEC
from ledger.proofs import check_evidence
from ledger.proofs.bundle import Bundle, Earlier, Leaf
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.consistency import consistency_proof
from ledger.proofs.evidence import check_proofs
from ledger.proofs.inclusion import inclusion_proof
from ledger.proofs.note import Note
from ledger.proofs.policy import TrustPolicy
from ledger.proofs.tree import EMPTY_ROOT, extend_many, record_hash, root_hash
from ledger.timeline.evidence import Evidence, evidence_of
from tests.proofs.definition import ORIGIN
from tests.proofs.signing import COSIGNER, LOG, TIME, Signer
from tests.proofs.trusting import POLICY

ACCOUNT = "25073877"
SEEN = (5, 10)
"""The sizes at which a witness saw the log of the eleven minutes."""


class Log:
    """
    A log in memory.
    """

    def __init__(self, bodies: Sequence[bytes], origin: str = ORIGIN) -> None:
        self.bodies = bodies
        self.origin = origin
        self._hashes = [record_hash(body) for body in bodies]
        self.subtrees = lru_cache(None)(self._subtree)

    def _subtree(self, level: int, index: int) -> bytes:
        return root_hash(extend_many((), 0, self._hashes[index << level : (index + 1) << level]))

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """
        Return its checkpoint at a size; at all of it by default.
        """
        until = len(self.bodies) if size is None else size
        root = root_hash(extend_many((), 0, self._hashes[:until])) if until else EMPTY_ROOT
        return Checkpoint(self.origin, until, root)

    def note(
        self, size: int | None = None, time: int = TIME, signers: Iterable[Signer] = (LOG, COSIGNER)
    ) -> Note:
        """
        Return the same as a note, cosigned at a time.
        """
        text = self.checkpoint(size).text()
        return Note(text, tuple(signer.sign(text, time) for signer in signers))

    def leaf(self, index: int, size: int | None = None, *disclosures: bytes) -> Leaf:
        """
        Return an entry with its proof.
        """
        until = len(self.bodies) if size is None else size
        proof = inclusion_proof(index, until, self.subtrees)
        return Leaf(0, index, self.bodies[index], proof, disclosures)

    def earlier(self, size: int, time: int = TIME, until: int | None = None) -> Earlier:
        """
        Return an earlier checkpoint with its proof.
        """
        to = len(self.bodies) if until is None else until
        return Earlier(self.note(size, time), consistency_proof(size, to, self.subtrees))

    def recorded(self, size: int) -> int:
        """
        Return the second in which the last of so many entries was recorded.
        """
        entry = CODEC.decode_entry(self.bodies[size - 1], size)
        return int(entry.recorded_at.timestamp())

    def seen(self, size: int) -> Earlier:
        """
        Return an earlier checkpoint that was cosigned as its last entry was recorded.
        """
        return self.earlier(size, self.recorded(size))

    def bundle(
        self,
        indexes: Iterable[int] | None = None,
        *,
        account: str = ACCOUNT,
        actions: tuple[str, ...] | None = None,
        earlier: Iterable[Earlier] = (),
        note: Note | None = None,
    ) -> Bundle:
        """
        Return a bundle of some entries; of all of them by default.
        """
        chosen = range(len(self.bodies)) if indexes is None else indexes
        return Bundle(
            self.origin,
            account,
            actions,
            note or self.note(),
            None,
            tuple(self.leaf(index) for index in chosen),
            tuple(earlier),
        )


@cache
def told() -> Log:
    """
    Return the log of the eleven minutes.
    """
    with played() as story:
        return Log([entry.body for entry in story.ledger.entries()])


@cache
def good() -> bytes:
    """
    Return the bundle of the eleven minutes, with two checkpoints of its past, each cosigned as its
    last entry was recorded.
    """
    log = told()
    return log.bundle(earlier=map(log.seen, SEEN)).encode()


def checked(written: bytes, policy: TrustPolicy = POLICY, since: Note | None = None) -> Evidence:
    """
    Return the verdict of the ledger.
    """
    return evidence_of(check_proofs(written, policy, since))


def checked_alone(
    written: bytes, policy: TrustPolicy = POLICY, since: Note | None = None
) -> dict[str, Any]:
    """
    Return the verdict of the program that stands alone.
    """
    held = None if since is None else since.encode().encode()
    return check_evidence.check(written, policy.text().encode(), held)


def alike(
    written: bytes, policy: TrustPolicy = POLICY, since: Note | None = None
) -> Mapping[str, Any]:
    """
    Return the answer of both, in which sentences about findings may differ, and nothing else.
    """
    one, two = document(checked(written, policy, since)), checked_alone(written, policy, since)
    for answer in (one, two):
        answer["findings"] = [
            {name: value for name, value in found.items() if name != "why"}
            for found in answer["findings"]
        ]
    assert one == two
    return two
