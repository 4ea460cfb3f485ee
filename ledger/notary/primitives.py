"""
The one module that signs: Ed25519 and ML-DSA-44, of the library `cryptography`.

Everything here takes and gives plain bytes, so that a validated build, or a device that keeps the
seeds to itself, has one place to stand in.
"""

from typing import Final

from ledger.errors import Unavailable

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
except ImportError as missing:
    raise Unavailable(
        "signing takes the library `cryptography`, which is not installed",
        expected="the extra `sign`: moderation-ledger[sign]",
    ) from missing
try:
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:
    mldsa = None  # type: ignore[assignment]

SEED_SIZE: Final = 32
"""Bytes in a private key, of either algorithm."""


def ed25519_public_key(seed: bytes) -> bytes:
    """
    Return the public key of an Ed25519 seed, 32 bytes.
    """
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def ed25519_signature(seed: bytes, message: bytes) -> bytes:
    """
    Return the Ed25519 signature of *message*, 64 bytes; always the same for the same message.
    """
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def ml_dsa_44_public_key(seed: bytes) -> bytes:
    """
    Return the public key of an ML-DSA-44 seed, 1,312 bytes.

    Raises:
        Unavailable: When the library is too old for it.
    """
    _assert_ml_dsa()
    return mldsa.MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()


def ml_dsa_44_signature(seed: bytes, message: bytes) -> bytes:
    """
    Return an ML-DSA-44 signature of *message*, 2,420 bytes; another one each time.

    Raises:
        Unavailable: When the library is too old for it.
    """
    _assert_ml_dsa()
    return mldsa.MLDSA44PrivateKey.from_seed_bytes(seed).sign(message)


def ml_dsa_44_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """
    Return whether an ML-DSA-44 signature holds; what `proofs.note` takes as *verify_mldsa*.

    Raises:
        Unavailable: When the library is too old for it.
    """
    _assert_ml_dsa()
    try:
        mldsa.MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _assert_ml_dsa() -> None:
    if mldsa is None:
        raise Unavailable(
            "the installed `cryptography` does not know ML-DSA-44", expected="version 48 or newer"
        )
