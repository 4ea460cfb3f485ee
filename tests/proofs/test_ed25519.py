"""
Ed25519 here comes to the verdict of OpenSSL, and refuses keys to which nothing may be trusted.
"""

from collections.abc import Iterator
from hashlib import sha512

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.proofs.ed25519 import holds, is_public_key
from tests.proofs.definition import flipped

ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19
D = -121665 * pow(121666, -1, PRIME) % PRIME

# (public key, message, signature). Source: RFC 8032, section 7.1
RFC_VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
            "f9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
            "f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
            "4dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]

# (public key, message, signature) on which implementations differ, by what is odd about them, and
# whether they hold here. Source: novifinancial/ed25519-speccheck, cases.json
SMALL = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"
MIXED = "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43"
UNREDUCED = "ed" + "ff" * 30 + "7f"
ODD_VECTORS = {
    "key and R of low order": (
        SMALL,
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" + "00" * 32,
        False,
    ),
    "key of low order": (
        SMALL,
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        MIXED + "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        False,
    ),
    "R of low order": (
        MIXED,
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        SMALL + "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
        True,
    ),
    "key and R of mixed order": (
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        (
            "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f"
            "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009"
        ),
        True,
    ),
    "held only by eight times the sum": (
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        (
            "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512"
            "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09"
        ),
        False,
    ),
    "held only by eight times the sum before reduction": (
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        (
            "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7"
            "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405"
        ),
        False,
    ),
    "s not below the order": (
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        (
            "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e"
            "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514"
        ),
        False,
    ),
    "s far above the order": (
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        (
            "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942"
            "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22"
        ),
        False,
    ),
    "R not in its one encoding": (
        MIXED,
        "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
        "ed"
        + "ff" * 30
        + "7f"
        + "454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607",
        False,
    ),
    "R not in its one encoding, reduced for the hash": (
        MIXED,
        "84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1",
        "ed"
        + "ff" * 30
        + "7f"
        + "084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09",
        False,
    ),
}

# The eight points of low order, in their one encoding.
LOW_ORDER = [
    bytes.fromhex(point)
    for point in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    )
]

Point = tuple[int, int]


def openssl_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """
    Tell what OpenSSL says.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def point_of(encoded: bytes) -> Point:
    """
    Return the point of an encoding, by the curve's equation alone.
    """
    number = int.from_bytes(encoded, "little")
    parity, y = number >> 255, number & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    assert x * x % PRIME == square
    return (PRIME - x if x & 1 != parity and x else x, y)


def plus(left: Point, right: Point) -> bytes:
    """
    Return the encoding of the sum of two points, by the curve's addition law alone.
    """
    (x1, y1), (x2, y2) = left, right
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, PRIME) % PRIME
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, PRIME) % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def scalar_of(seed: bytes) -> int:
    """
    Return the number that a seed's public key is the multiple of. Source: RFC 8032, section 5.1.5.
    """
    octets = bytearray(sha512(seed).digest()[:32])
    octets[0] &= 248
    octets[31] = octets[31] & 127 | 64
    return int.from_bytes(octets, "little")


def public_of(seed: bytes) -> bytes:
    """
    Return the public key of a seed.
    """
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


@pytest.mark.parametrize("number", range(len(RFC_VECTORS)))
def test_the_vectors_of_the_rfc_hold(number: int) -> None:
    """
    The signatures that the RFC publishes hold, and with any one bit flipped they do not.
    """
    key, message, signature = map(bytes.fromhex, RFC_VECTORS[number])

    assert holds(key, message, signature)
    assert not holds(key, message + b"x", signature)
    for bit in range(0, 512, 17):
        assert not holds(key, message, flipped(signature, bit))


@pytest.mark.parametrize("name", ODD_VECTORS)
def test_the_odd_vectors_have_their_verdict(name: str) -> None:
    """
    Where implementations differ, the verdict here is stated, and is OpenSSL's for every key that
    may be trusted.
    """
    *texts, expected = ODD_VECTORS[name]
    key, message, signature = map(bytes.fromhex, map(str, texts))

    assert expected == holds(key, message, signature)
    if is_public_key(key):
        assert expected == openssl_holds(key, message, signature)


def test_openssl_agrees_on_keys_and_signatures_with_a_part_of_low_order() -> None:
    """
    With each of the eight points of low order added to the key and to the signature, OpenSSL comes
    to the same verdict; some hold and some do not.
    """
    seed, nonce = b"\x03" * 32, b"\x04" * 32
    verdicts = []
    for key_part in LOW_ORDER:
        key = plus(point_of(public_of(seed)), point_of(key_part))
        for part in LOW_ORDER:
            commitment = plus(point_of(public_of(nonce)), point_of(part))
            digest = sha512(commitment + key + b"message").digest()
            challenge = int.from_bytes(digest, "little")
            response = (scalar_of(nonce) + challenge * scalar_of(seed)) % ORDER
            signature = commitment + response.to_bytes(32, "little")
            verdicts.append(holds(key, b"message", signature))
            assert verdicts[-1] == openssl_holds(key, b"message", signature)

    assert {True, False} == set(verdicts)


@settings(max_examples=40)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_openssl_agrees_on_what_it_signs(seed: bytes, message: bytes, bit: int) -> None:
    """
    Whatever OpenSSL signs holds here, and not with a bit of the signature flipped.
    """
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)

    assert holds(key, message, signature)
    assert not holds(key, message, flipped(signature, bit))


@given(st.binary(max_size=40))
def test_any_bytes_may_be_asked_about(octets: bytes) -> None:
    """
    Bytes of any length and value are told to be a key or not, and hold nothing by accident.
    """
    trusted = is_public_key(octets)

    assert not trusted or len(octets) == 32
    assert not holds(octets, b"message", bytes(64))


def strange_keys() -> Iterator[bytes]:
    """
    Yield encodings that no key may have: low order, y not reduced, x = 0 with a sign, no point.
    """
    yield from LOW_ORDER
    for y in range(PRIME, 2**255):
        for parity in (0, 1):
            yield (y | parity << 255).to_bytes(32, "little")
    for y in (1, PRIME - 1):
        yield (y | 1 << 255).to_bytes(32, "little")
    yield (2).to_bytes(32, "little")


def test_keys_that_prove_nothing_are_refused() -> None:
    """
    A key of low order, or in a second encoding, or off the curve, is no key; a key of any other
    length neither.
    """
    good = public_of(b"\x03" * 32)

    assert [] == [key.hex() for key in strange_keys() if is_public_key(key)]
    assert is_public_key(good)
    assert not is_public_key(good[:-1])
    assert not is_public_key(good + b"\x00")


def test_a_signature_has_one_spelling() -> None:
    """
    Adding the group's order to a signature's second half, which OpenSSL refuses too, is refused.
    """
    private = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
    key, signature = private.public_key().public_bytes_raw(), private.sign(b"message")
    response = int.from_bytes(signature[32:], "little") + ORDER
    second = signature[:32] + response.to_bytes(32, "little")

    assert not holds(key, b"message", second)
    assert not openssl_holds(key, b"message", second)
    assert not holds(key, b"message", signature + b"\x00")
    assert not holds(key, b"message", signature[:-1])
