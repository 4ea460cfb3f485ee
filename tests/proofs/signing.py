"""
Keys that sign for the tests, each made from one byte so that what they sign is always the same.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.cosignature import cosignature, cosigned_message, subtree_message
from ledger.proofs.note import Algorithm, Note, Signature, VerifierKey
from tests.proofs.definition import ORIGIN, checkpoint_at

TIME = 1_700_000_000
WITNESS = "witness.example/w1"


class Signer:
    """
    A private key with the name and the algorithm under which it signs.
    """

    def __init__(
        self, seed: int, name: str = ORIGIN, algorithm: Algorithm = Algorithm.ED25519
    ) -> None:
        octets = bytes([seed]) * 32
        self._post_quantum = MLDSA44PrivateKey.from_seed_bytes(octets)
        self._plain = Ed25519PrivateKey.from_private_bytes(octets)
        private = self._post_quantum if algorithm is Algorithm.ML_DSA_44 else self._plain
        self.key = VerifierKey(name, algorithm, private.public_key().public_bytes_raw())

    def sign(self, text: str, time: int = TIME) -> Signature:
        """
        Return the signature of a text; the time is used by cosigners only.
        """
        match self.key.algorithm:
            case Algorithm.ED25519:
                value = self._plain.sign(text.encode())
                return Signature(self.key.name, self.key.key_id, value)
            case Algorithm.COSIGNATURE:
                value = self._plain.sign(cosigned_message(time, text))
            case Algorithm.ML_DSA_44:
                message = subtree_message(self.key.name, time, parse_checkpoint(text))
                value = self._post_quantum.sign(message)
        return cosignature(self.key, time, value)


LOG = Signer(1)
COSIGNER = Signer(2, WITNESS, Algorithm.COSIGNATURE)


def signed(checkpoint: Checkpoint, *signers: Signer) -> Note:
    """
    Return the checkpoint as a note with everyone's signature, by default the log's alone.
    """
    text = checkpoint.text()
    return Note(text, tuple(signer.sign(text) for signer in signers or (LOG,)))


def published(size: int = 300) -> Note:
    """
    Return the checkpoint of the numbered records, signed by the log and cosigned by a witness.
    """
    return signed(checkpoint_at(size), LOG, COSIGNER)


def verify_mldsa(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """
    Tell whether an ML-DSA-44 signature holds.
    """
    try:
        MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
