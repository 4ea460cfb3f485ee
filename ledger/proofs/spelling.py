"""
One value, one spelling: how numbers, bytes and text are written in notes, proofs and policies.

Two parsers that read one text differently are a split view for free, so each of these accepts
exactly what its writer would have written: no sign, no leading zero, no space, no other digits
than 0 to 9; base64 of the standard alphabet, padded, with its spare bits zero.

Source: C2SP signed-note, "Conventions" and "Format"; RFC 4648, section 4.
"""

import base64
import binascii
import re

from ledger.errors import Malformed

COUNT_MAX = 2**63 - 1
"""The largest size, index or time: what every database and every implementation can hold."""

_DIGITS = re.compile(r"(?:0|[1-9][0-9]{0,18})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def parse_count(text: str, where: str) -> int:
    """
    Return the whole number that the text spells.

    Args:
        text: ASCII digits without a leading zero.

        where: The place of the text, for the error.

    Raises:
        Malformed: It is spelled otherwise, or is larger than `COUNT_MAX`.
    """
    if _DIGITS.fullmatch(text) is None or int(text) > COUNT_MAX:
        raise Malformed(
            f"{text[:40]!r} is not a whole number",
            where=where,
            expected=f"ASCII digits without a leading zero, at most {COUNT_MAX}",
        )
    return int(text)


def encode_octets(octets: bytes) -> str:
    """
    Return the base64 of the bytes: standard alphabet, padded.
    """
    return base64.b64encode(octets).decode("ascii")


def parse_octets(text: str, where: str) -> bytes:
    """
    Return the bytes whose base64 is exactly this text.

    Args:
        text: What `encode_octets` wrote.

        where: The place of the text, for the error.

    Raises:
        Malformed: It is not base64, or not the one spelling of its bytes.
    """
    try:
        octets = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        octets = b""
    if not octets or encode_octets(octets) != text:
        raise Malformed(
            f"{text[:80]!r} is not base64 of at least a byte",
            where=where,
            expected="the standard alphabet, padded, with its spare bits zero",
        )
    return octets


def parse_hash(text: str, size: int, where: str) -> bytes:
    """
    Return the hash whose base64 is exactly this text.

    Args:
        text: What `encode_octets` wrote.

        size: Bytes in a hash.

        where: The place of the text, for the error.

    Raises:
        Malformed: It is not base64, or not of that many bytes.
    """
    octets = parse_octets(text, where)
    if len(octets) != size:
        raise Malformed(f"{len(octets)} bytes are not a hash", where=where, expected=f"{size}")
    return octets


def parse_text(text: str | bytes, size_max: int, where: str) -> str:
    """
    Return the text: valid UTF-8 without control characters other than the newline.

    Args:
        text: As it arrived.

        size_max: The most bytes that are accepted.

        where: What the text is, for the error.

    Raises:
        Malformed: It is too long, not UTF-8, or holds a control character.
    """
    try:
        octets = text.encode() if isinstance(text, str) else text
        decoded = octets.decode()
    except UnicodeError as problem:
        raise Malformed("this is not UTF-8", where=where, expected="UTF-8 text") from problem
    if len(octets) > size_max:
        raise Malformed(
            f"{len(octets)} bytes are too many", where=where, expected=f"at most {size_max}"
        )
    if control := _CONTROL.search(decoded):
        raise Malformed(
            f"character {ord(control[0])} stands at offset {control.start()}",
            where=where,
            expected="no control characters but newlines",
        )
    return decoded
