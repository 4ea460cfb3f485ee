"""
Whether an Ed25519 signature holds, and which public keys may be trusted at all.

The curve is -x² + y² = 1 + d·x²·y² over the integers modulo 2²⁵⁵ - 19. Points are kept as
(X, Y, Z, T) with x = X/Z, y = Y/Z and x·y = T/Z, so that adding needs no division.

Three choices that implementations make differently are made here so that every verifier comes to
one verdict. The check is the one without the cofactor, as in OpenSSL and Go: the encoding of
s·B - h·A must equal the first half of the signature byte for byte. s must be below the order of
the group. And a public key must be a point's one encoding and not of low order: with such a key
one signature can hold for many messages. Verifying is no secret, so nothing here is constant-time.

Source: RFC 8032, section 5.1.
"""

from functools import lru_cache
from hashlib import sha512

KEY_SIZE = 32
"""Bytes in a public key."""

SIGNATURE_SIZE = 64
"""Bytes in a signature: an encoded point, then a number below the order of the group."""

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_COFACTOR_DOUBLINGS = 3

_Point = tuple[int, int, int, int]

_NEUTRAL: _Point = (0, 1, 1, 0)


def _add(left: _Point, right: _Point) -> _Point:
    """
    Return the sum of two points, equal ones included. Source: RFC 8032, section 5.1.4.
    """
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = 2 * _D * t1 * t2 % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _double(point: _Point) -> _Point:
    """
    Return the point added to itself. Source: RFC 8032, section 5.1.4.
    """
    x, y, z, _ = point
    a = x * x % _P
    b = y * y % _P
    h = a + b
    e = h - (x + y) * (x + y) % _P
    g = a - b
    f = 2 * z * z % _P + g
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _negative(point: _Point) -> _Point:
    """
    Return the point that adds up to nothing with this one.
    """
    x, y, z, t = point
    return (-x % _P, y, z, -t % _P)


def _encode(point: _Point) -> bytes:
    """
    Return y in little-endian order with the parity of x in the top bit.
    """
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(KEY_SIZE, "little")


def _decode(encoded: bytes) -> _Point | None:
    """
    Return the point of which this is the one encoding, or None. Source: RFC 8032, section 5.1.3.
    """
    number = int.from_bytes(encoded, "little")
    parity, y = number >> 255, number & ((1 << 255) - 1)
    if y >= _P:
        return None
    u = (y * y - 1) % _P
    v = (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P == -u % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if v * x * x % _P != u or (x == 0 and parity):
        return None
    if x & 1 != parity:
        x = _P - x
    return (x, y, 1, x * y % _P)


_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE = _decode(_BASE_Y.to_bytes(KEY_SIZE, "little"))
assert _BASE is not None


def _is_low_order(point: _Point) -> bool:
    """
    Tell whether eight times the point is nothing.
    """
    for _ in range(_COFACTOR_DOUBLINGS):
        point = _double(point)
    x, y, z, _ = point
    return x % _P == 0 and (y - z) % _P == 0


@lru_cache(maxsize=64)
def _key_point(public_key: bytes) -> _Point | None:
    """
    Return the point of a public key that may be trusted, or None.
    """
    point = _decode(public_key) if len(public_key) == KEY_SIZE else None
    return None if point is None or _is_low_order(point) else point


def is_public_key(octets: bytes) -> bool:
    """
    Tell whether the bytes are a public key that may be trusted.

    Args:
        octets: Any bytes.

    Returns:
        True when they are the one encoding of a point of the curve that is not of low order.

    Source: RFC 8032, section 5.1.3.
    """
    return _key_point(octets) is not None


def holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """
    Tell whether the signature of the message was made with the key.

    Args:
        public_key: `KEY_SIZE` bytes; one that `is_public_key` refuses has signed nothing.

        message: The bytes that were signed.

        signature: `SIGNATURE_SIZE` bytes; of any other length none holds.

    Source: RFC 8032, section 5.1.7, without the multiplication by eight.
    """
    key = _key_point(public_key)
    if key is None or len(signature) != SIGNATURE_SIZE:
        return False
    commitment = signature[:KEY_SIZE]
    response = int.from_bytes(signature[KEY_SIZE:], "little")
    if response >= _ORDER:
        return False
    digest = sha512(commitment + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % _ORDER
    return _encode(_combine(response, challenge, _negative(key))) == commitment


def _combine(by_base: int, by_key: int, key: _Point) -> _Point:
    """
    Return by_base · B + by_key · key, both multiples in one pass over the bits.
    """
    assert _BASE is not None
    steps = (None, _BASE, key, _add(_BASE, key))
    total = _NEUTRAL
    for bit in reversed(range(max(by_base.bit_length(), by_key.bit_length()))):
        total = _double(total)
        step = steps[(by_base >> bit & 1) | (by_key >> bit & 1) << 1]
        if step is not None:
            total = _add(total, step)
    return total
