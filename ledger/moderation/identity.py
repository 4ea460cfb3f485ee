"""
Identifiers and texts: what is accepted, where an id lives, and how the ledger makes its own.

An id is any non-empty text of at most 255 characters without control characters; it is kept
verbatim and never normalised. Ids that the ledger makes are UUIDv7, so that they sort by time,
and end in the number of the log that holds them, so that they can be found without asking.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from ledger.errors import Malformed
from ledger.moderation.moment import MICROSECOND, moment

ID_CHARACTERS_MAX: Final = 255
ID_EXPECTED: Final = "1 to 255 characters, none of them a control character"
LOGS_MAX: Final = 65_536
SYSTEM: Final = "system"

_ID: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}").fullmatch
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]").search
_MADE: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{8}([0-9a-f]{4})"
).fullmatch
_UNIX_EPOCH: Final = moment("1970-01-01T00:00:00Z", "epoch")
_MILLISECOND: Final = MICROSECOND * 1000
_BITS_48: Final = 0xFFFF_FFFF_FFFF


def identifier(value: object, name: str) -> str:
    """
    Return *value* when it may serve as an id.

    Raises:
        Malformed: When it is not a text, is empty, too long, or holds a control character.
    """
    # What can be printed holds no control character and no half of a pair, and is told faster.
    if isinstance(value, str) and (
        (value.isprintable() and 0 < len(value) <= ID_CHARACTERS_MAX) or _ID(value)
    ):
        return value
    if not isinstance(value, str):
        reason = f"{type(value).__name__} is not an id"
    elif not value:
        reason = "the id is empty"
    elif len(value) > ID_CHARACTERS_MAX:
        reason = f"the id has {len(value)} characters"
    else:
        reason = f"the id {value!r} holds a character that is not allowed"
    raise Malformed(reason, where=name, expected=ID_EXPECTED)


def identifier_or_none(value: object, name: str) -> str | None:
    """
    Return *value* when it may serve as an id, or None for None.

    Raises:
        Malformed: As `identifier` does.
    """
    return None if value is None else identifier(value, name)


def identifiers(values: object, name: str) -> tuple[str, ...]:
    """
    Return the ids of a list or set: without repetition, sorted when they come from a set.

    Raises:
        Malformed: When it is no list, or one of its members may not serve as an id.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise Malformed(f"{values!r} is not a list of ids", where=name, expected="a list of ids")
    checked = dict.fromkeys(identifier(value, name) for value in values)
    return tuple(sorted(checked) if isinstance(values, set | frozenset) else checked)


def text(value: object, name: str) -> str:
    """
    Return *value* when it is a text that says something.

    Raises:
        Malformed: When it is not a text, is blank, or is not valid Unicode.
    """
    if not isinstance(value, str):
        raise Malformed(f"{type(value).__name__} is not a text", where=name, expected="a text")
    if not value.strip():
        raise Malformed("the text is empty", where=name, expected="a text that says something")
    if not value.isascii() and _SURROGATE(value):
        raise Malformed("the text is not valid Unicode", where=name, expected="valid Unicode")
    return value


def text_or_none(value: object, name: str) -> str | None:
    """
    Return *value* when it is a text that says something, or None for None.

    Raises:
        Malformed: As `text` does.
    """
    return None if value is None else text(value, name)


def account_stream(account: str) -> str:
    """
    Return the stream of an account.
    """
    return f"account/{account}"


def operator_stream(operator: str) -> str:
    """
    Return the stream of an operator.
    """
    return f"operator/{operator}"


def stable_hash(value: str) -> int:
    """
    Return a hash of *value* that is the same on every machine and for ever.

    Returns:
        The first eight bytes of SHA-256 over its UTF-8, as an unsigned number.
    """
    return int.from_bytes(hashlib.sha256(value.encode()).digest()[:8], "big")


def log_of_stream(stream: str, logs: int) -> int:
    """
    Return the log that holds *stream*; the ledger's own streams and policies live in log 0.
    """
    if logs == 1 or stream.startswith(("ledger/", "policy/")):
        return 0
    return stable_hash(stream) % logs


def log_of_id(value: str, logs: int) -> int:
    """
    Return the log whose claims hold the id *value* (semantics, rule 14).

    An id that the ledger made ends in its log's number; any other one is placed by its hash.
    """
    if logs == 1:
        return 0
    made = _MADE(value)
    if made and (log := int(made[1], 16)) < logs:
        return log
    return stable_hash(value) % logs


def made_id(now: datetime, noise: bytes, log: int) -> str:
    """
    Return a UUIDv7 of the moment *now* that ends in the number of *log*.

    Args:
        now: Its milliseconds since 1970 lead the id, so that ids sort by time.

        noise: 8 random bytes, of which 58 bits are used.

        log: From 0 to `LOGS_MAX` - 1.

    Source: RFC 9562, section 5.7.
    """
    assert len(noise) == 8  # noqa: PLR2004
    assert 0 <= log < LOGS_MAX
    digits = noise.hex()
    variant = "89ab"[noise[3] & 0b11]
    return f"{_head(now)}{digits[:3]}-{variant}{digits[3:6]}-{digits[8:]}{log:04x}"


@lru_cache(maxsize=64)
def _head(now: datetime) -> str:
    """
    Return the start of a UUIDv7 of *now*: its milliseconds since 1970, and the version.
    """
    milliseconds = (now - _UNIX_EPOCH) // _MILLISECOND & _BITS_48
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}-7"
