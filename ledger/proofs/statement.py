"""
What a cosigner states about a log, as the bytes that are signed, and how its signature is written.

An Ed25519 cosigner signs the time and the whole text of the checkpoint, but not its own name: so
one such key must never serve two cosigners. An ML-DSA-44 cosigner, which may be the log itself,
signs its name, the time, and the log's origin, size and root.

Source: C2SP tlog-cosignature, "Ed25519 signed message" and "ML-DSA-44 signed message".
"""

from ledger.errors import Malformed
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.spelling import COUNT_MAX

_TIME_SIZE = 8
_SUBTREE_LABEL = b"subtree/v1\n\x00"
_NAME_SIZE_MAX = 255


def cosigned_message(time: int, text: str) -> bytes:
    """
    Return what an Ed25519 cosigner signs.

    Args:
        time: When it did, in seconds since 1970.

        text: The text of the checkpoint, with its last newline.
    """
    assert 0 <= time <= COUNT_MAX
    return f"cosignature/v1\ntime {time:d}\n{text}".encode()


def subtree_message(name: str, time: int, checkpoint: Checkpoint) -> bytes:
    """
    Return what an ML-DSA-44 cosigner signs of a checkpoint: all of the tree from leaf 0 on.

    Args:
        name: The cosigner's key name.

        time: When it signed, in seconds since 1970; 0 if it says nothing about the time.

        checkpoint: The checkpoint; its extensions are not covered.

    Raises:
        Malformed: The name or the origin is longer than the message has room for.
    """
    assert 0 <= time <= COUNT_MAX
    return b"".join(
        (
            _SUBTREE_LABEL,
            _framed(name, "cosigner name"),
            _number(time),
            _framed(checkpoint.origin, "checkpoint origin"),
            _number(0),
            _number(checkpoint.size),
            checkpoint.root,
        )
    )


def _number(number: int) -> bytes:
    """
    Return a number in eight bytes, big-endian.
    """
    return number.to_bytes(_TIME_SIZE, "big")


def _framed(name: str, where: str) -> bytes:
    """
    Return a name behind its length in one byte.
    """
    octets = name.encode()
    if not 1 <= len(octets) <= _NAME_SIZE_MAX:
        raise Malformed(
            f"a name of {len(octets)} bytes cannot be signed with ML-DSA-44",
            where=where,
            expected=f"1 to {_NAME_SIZE_MAX} bytes",
        )
    return bytes([len(octets)]) + octets


def encode_timed(time: int, signature: bytes) -> bytes:
    """
    Return a cosignature as the value of a note's signature: the time, then what was signed with it.

    Args:
        time: When it was signed, in seconds since 1970.

        signature: The signature of the message that holds this time.
    """
    assert 0 <= time <= COUNT_MAX
    return _number(time) + signature


def parse_timed(value: bytes) -> tuple[int, bytes]:
    """
    Return the time and the signature that `encode_timed` put together.

    Args:
        value: The value of a cosigner's signature in a note.

    Raises:
        Malformed: There is no room for a time, or it is beyond `COUNT_MAX`.
    """
    time = int.from_bytes(value[:_TIME_SIZE], "big")
    if len(value) <= _TIME_SIZE or time > COUNT_MAX:
        raise Malformed(
            f"{value[:_TIME_SIZE].hex()} is not the time of a cosignature",
            where="cosignature",
            expected=f"eight bytes, big-endian, at most {COUNT_MAX}, then a signature",
        )
    return time, value[_TIME_SIZE:]
