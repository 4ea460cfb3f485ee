"""
Cosignatures: who else saw the log at this size and root, and when.

A cosigner's signature is a signature of a note like any other, with the time in front of it. It
states that of this log the cosigner had seen no larger tree at that time, and that all it had seen
is consistent with this one. So an entry beyond the size was logged after the time, and one below
it before.

Source: C2SP tlog-cosignature.
"""

from collections.abc import Iterable

from ledger.proofs.note import (
    Algorithm,
    MLDSAVerifier,
    Note,
    Signature,
    VerifierKey,
    signatures_by,
)
from ledger.proofs.statement import (
    cosigned_message,
    encode_timed,
    parse_timed,
    subtree_message,
)

__all__ = [
    "cosignature",
    "cosignature_times",
    "cosigned_message",
    "encode_timed",
    "parse_timed",
    "subtree_message",
]


def cosignature(key: VerifierKey, time: int, signature: bytes) -> Signature:
    """
    Return the line that a cosigner adds to a note.

    Args:
        key: The cosigner's key, of an algorithm whose signatures have a time.

        time: When it signed, in seconds since 1970.

        signature: What it made of `cosigned_message` or `subtree_message`.
    """
    assert key.algorithm is not Algorithm.ED25519
    return Signature(key.name, key.key_id, encode_timed(time, signature))


def cosignature_times(
    note: Note, keys: Iterable[VerifierKey], verify_mldsa: MLDSAVerifier | None = None
) -> dict[str, int]:
    """
    Return when each cosigner saw the log like this.

    Args:
        note: A checkpoint.

        keys: The cosigners that are known; keys whose signatures have no time are passed over.

        verify_mldsa: Checks ML-DSA-44; without it such keys are as unknown.

    Returns:
        The cosigner's name to the time of its cosignature in seconds since 1970: the earliest, if
        it cosigned more than once. One that says nothing about the time (0) is left out.

    Raises:
        Tampered: A cosignature by a known key does not hold.
    """
    times: dict[str, int] = {}
    for key in dict.fromkeys(keys):
        if key.algorithm is Algorithm.ED25519:
            continue
        for signature in signatures_by(key, note, verify_mldsa):
            time, _ = parse_timed(signature.value)
            if time:
                times[key.name] = min(time, times.get(key.name, time))
    return times
