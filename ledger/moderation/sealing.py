"""
Sealing: how an entry says what a person is called, or what is written of one, without saying it.

In a sealed ledger accounts, operators and reporters are *aliases*, random and of one shape, and a
personal text is a *token*: the digest of a disclosure, which is the text under a random salt. The
disclosures of an entry are encrypted under keys of the persons whom they are about and kept beside
it, so an entry can be read, folded and proved by who has no key, and stays as it is when a key is
destroyed.

Nothing here draws randomness or holds a key: salts and ids arrive as arguments.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from enum import Enum, StrEnum
from typing import Final, NamedTuple, Self

import msgspec

from ledger.errors import Tampered

ALIAS_NOISE_BYTES: Final = 16
SALT_BYTES: Final = 16


class Kind(StrEnum):
    """
    Whom an alias stands for; `LEDGER` is the ledger itself, for texts that are about no person.
    """

    ACCOUNT = "account"
    OPERATOR = "operator"
    REPORTER = "reporter"
    LEDGER = "ledger"


class Salt(Enum):
    """
    How the salt of a personal text is chosen: at random, or by the text under a key of the ledger,
    so that the same text is the same token there and can be looked for.
    """

    RANDOM = "random"
    KEYED = "keyed"


_SHORT: Final = {
    Kind.ACCOUNT: "acct",
    Kind.OPERATOR: "oper",
    Kind.REPORTER: "rept",
    Kind.LEDGER: "ldgr",
}
_KINDS: Final = {short: kind for kind, short in _SHORT.items()}
_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = [first + second for first in _BASE32 for second in _BASE32]
_ALIAS: Final = r"(?:acct|oper|rept|ldgr)-[a-z2-7]{25}[aeimquy4]"
_TOKEN: Final = r"sealed:([A-Za-z0-9_-]{43})"  # noqa: S105, it is no password
_PLACE: Final = r"@(0|[1-9][0-9]*)\.([1-9][0-9]*)"

_is_alias: Final = re.compile(_ALIAS).fullmatch
_aliases: Final = re.compile(rf"(?<![A-Za-z0-9-]){_ALIAS}(?![A-Za-z0-9])").findall
_is_token: Final = re.compile(f"{_TOKEN}(?:{_PLACE})?").fullmatch
# Greedy where it can be: a digest has one length, so what follows it is a place or is not.
_placed_tokens: Final = re.compile(f"{_TOKEN}{_PLACE}")
_bare_token_bytes: Final = re.compile(rf"{_TOKEN}(?!@[0-9])".encode())
MENTION: Final = re.compile(rf"{_TOKEN}(?:{_PLACE})?|(?<![A-Za-z0-9-]){_ALIAS}(?![A-Za-z0-9])")


class Token(NamedTuple):
    """
    A personal text as an entry has it: its digest, and the entry that the disclosure is beside.
    """

    digest: str
    log: int
    position: int

    def __str__(self) -> str:
        """
        Return the token as an event has it.
        """
        return f"sealed:{self.digest}@{self.log}.{self.position}"


class Erased(str):  # noqa: SLOT000, it has what a text has not
    """
    What stands in the place of a text of somebody who was erased.

    It is a text, so that it can stand wherever one can.

    Args:
        log, position: Where the entry stands that erased him.
    """

    log: int
    position: int

    def __new__(cls, log: int, position: int) -> Self:
        """
        Return it, as people read it.
        """
        made = super().__new__(cls, f"[erased by position {position} of log {log}]")
        made.log, made.position = log, position
        return made


class Hidden(str):  # noqa: SLOT000, it has what a text has not
    """
    What stands in the place of a text that is hidden from who asks.

    Args:
        log, position: Where the entry stands that hides it.
    """

    log: int
    position: int

    def __new__(cls, log: int, position: int) -> Self:
        """
        Return it, as people read it.
        """
        made = super().__new__(cls, f"[hidden by position {position} of log {log}]")
        made.log, made.position = log, position
        return made


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    What a leaf says of the disclosures that are about one person.

    Args:
        ct: SHA-256 of their payload, as `encoded` has it.

        subject: The alias of the person.
    """

    ct: str
    subject: str


def made_alias(kind: Kind, noise: bytes) -> str:
    """
    Return the alias of *kind* that 16 random bytes make: their base32, in lower case, unpadded.

    Source: RFC 4648, section 6.
    """
    assert len(noise) == ALIAS_NOISE_BYTES
    # Padded by two bits, as base32 is; a library's takes five times as long.
    number = int.from_bytes(noise, "big") << 2
    pairs = [_PAIRS[number >> shift & 0b11_1111_1111] for shift in range(120, -1, -10)]
    return f"{_SHORT[kind]}-{''.join(pairs)}"


def nobody(kind: Kind) -> str:
    """
    Return the alias of *kind* that stands for nobody.
    """
    return made_alias(kind, bytes(ALIAS_NOISE_BYTES))


def is_alias(name: str) -> bool:
    """
    Return whether *name* has the shape of an alias.
    """
    return _is_alias(name) is not None


def kind_of_alias(alias: str) -> Kind:
    """
    Return whom an alias stands for.
    """
    return _KINDS[alias.partition("-")[0]]


def aliases(said: str) -> list[str]:
    """
    Return the aliases that stand in a text.
    """
    return _aliases(said)


def encoded(digest: bytes) -> str:
    """
    Return the digest as leaves have it: base64url without padding.

    Source: RFC 4648, section 5.
    """
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def disclosure(salt: bytes, name: str, value: str) -> bytes:
    """
    Return the disclosure of a text: a JSON array of the salt in hex, the field's name, the text.

    It has no spaces and no escapes but those that JSON asks for, so it is its own canonical form.

    Source: RFC 8785, section 3.2; RFC 9901, section 4.2.
    """
    assert len(salt) == SALT_BYTES
    return msgspec.json.encode((salt.hex(), name, value))


def read_disclosure(written: bytes) -> tuple[str, str]:
    """
    Return the name and the text that a disclosure holds.

    Raises:
        Tampered: When it is none.
    """
    try:
        _, name, value = msgspec.json.decode(written, type=tuple[str, str, str])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Tampered(f"the bytes are no disclosure: {error}") from None
    return name, value


def commitment(disclosed: bytes) -> str:
    """
    Return the token of a disclosure, without a place.
    """
    return f"sealed:{encoded(hashlib.sha256(disclosed).digest())}"


def payload(disclosures: Iterable[bytes]) -> bytes:
    """
    Return what is encrypted of the disclosures of one entry that are about one person.
    """
    return b"[" + b",".join(disclosures) + b"]"


def disclosures(opened: bytes) -> list[bytes]:
    """
    Return the disclosures of what was decrypted, byte for byte.

    Raises:
        Tampered: When it is no list.
    """
    try:
        return [bytes(each) for each in msgspec.json.decode(opened, type=list[msgspec.Raw])]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Tampered(f"the bytes are no list of disclosures: {error}") from None


def bound_to(stream: str, version: int, kind: str, subject: str) -> bytes:
    """
    Return what a payload is bound to when it is encrypted: the entry that it is beside and the
    person whom it is about, as one JSON array.
    """
    return msgspec.json.encode((stream, version, kind, subject))


def part_of(subject: str, ciphertext: bytes) -> Part:
    """
    Return what the leaf says of a payload.
    """
    return Part(encoded(hashlib.sha256(ciphertext).digest()), subject)


def is_token(value: object) -> bool:
    """
    Return whether *value* is a token, with a place or without one.
    """
    return isinstance(value, str) and _is_token(value) is not None


def bare_tokens(data: bytes) -> list[str]:
    """
    Return the tokens without a place that stand in the bytes of an event, each once.
    """
    found = _bare_token_bytes.findall(data)
    return [f"sealed:{digest.decode()}" for digest in dict.fromkeys(found)]


def placed(data: bytes, log: int, position: int) -> bytes:
    """
    Return *data* with the place of the entry behind each token that has none.

    What an entry copies of another one has that one's place already.
    """
    place = b"@%d.%d" % (log, position)
    # A template would be parsed anew for each place.
    return _bare_token_bytes.sub(lambda token: token[0] + place, data)


def tokens(said: str) -> list[Token]:
    """
    Return the tokens with a place that stand in a text.
    """
    return [
        Token(digest, int(log), int(position))
        for digest, log, position in _placed_tokens.findall(said)
    ]


def placed_token(token: str, log: int, position: int) -> str:
    """
    Return *token* with the place of the entry, unless it has one.
    """
    return token if "@" in token else f"{token}@{log}.{position}"


def bare(said: str) -> str:
    """
    Return a token without its place, and any other text as it is.
    """
    found = _is_token(said)
    return f"sealed:{found[1]}" if found else said
