"""
The commands about the keys that sign what the ledger is: rotate one, revoke one.

They concern the ledger that they are given to and none other, so no import and no export has them.
"""

import base64
import binascii
import hashlib
import re
from typing import ClassVar, Final

from ledger.errors import Malformed
from ledger.moderation.commands.command import (
    ABOUT_LEDGER,
    Command,
    checked,
    command,
    required_text,
    shared,
)

_KEY: Final = re.compile(
    r"(?P<name>[^+\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255})\+(?P<id>[0-9a-f]{8})\+(?P<key>[!-~]{1,4096})"
).fullmatch
_ID_BYTES: Final = 4
# Of Ed25519 and of ML-DSA-44: what signs for a log.
_KEY_BYTES: Final = {1: 32, 6: 1312}
_SIZE_MAX: Final = 2**53 - 1


def _verifier_key(value: object, name: str) -> str:
    """
    Return *value* when it is a key as a policy names it, whose id is that of its bytes.

    Raises:
        Malformed: When it is not.
    """
    found = _KEY(value) if isinstance(value, str) else None
    if found is not None:
        try:
            key = base64.b64decode(found["key"], validate=True)
        except binascii.Error:
            key = b""
        named = found["name"].encode() + b"\n" + key
        is_whole = key and _KEY_BYTES.get(key[0]) == len(key) - 1
        spelled = base64.b64encode(key).decode()
        if (
            is_whole
            and spelled == found["key"]
            and hashlib.sha256(named).hexdigest()[: 2 * _ID_BYTES] == found["id"]
        ):
            return found[0]
    raise Malformed(
        "it is no key of a log" if isinstance(value, str) else f"{value!r} is no key",
        where=name,
        expected="NAME+ID+KEY of a log, as `ledger key show` prints it",
    )


def _verifier_key_or_none(value: object, name: str) -> str | None:
    return None if value is None else _verifier_key(value, name)


def _size(value: object, name: str) -> int | None:
    if value is None or (type(value) is int and 0 <= value <= _SIZE_MAX):
        return value
    raise Malformed(f"{value!r} is no size of a log", where=name, expected="a whole number")


@shared
class KeyCommand(Command):
    """
    What every command about a signing key is.
    """

    ABOUT: ClassVar[str] = ABOUT_LEDGER


@command("rotate_key", "new")
class RotateKey(KeyCommand):
    """
    Put on record that a key signs from here on.

    Args:
        old: The key whose place it takes; None for the first one.

        from_size: The first size of the signed log that it may sign.
    """

    new: str = checked(_verifier_key)
    old: str | None = checked(_verifier_key_or_none, default=None)
    from_size: int | None = checked(_size, default=None)
    reason: str = required_text()


@command("revoke_key", "key")
class RevokeKey(KeyCommand):
    """
    Put on record that a key counts no more.

    Args:
        last_size: The last size of the signed log of which its signature counts.
    """

    key: str = checked(_verifier_key)
    last_size: int | None = checked(_size, default=None)
    reason: str = required_text()
