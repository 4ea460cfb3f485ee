"""
Signing keys: made, kept in a file that only its owner reads, or taken from the environment.

A private key is one line, as Go's ``sumdb/note`` writes it: ``PRIVATE+KEY+NAME+ID+KEY``, where KEY
is the base64 of the algorithm's byte and the seed. It is in no message, no representation and no
database.

Source: C2SP signed-note; golang.org/x/mod/sumdb/note, "Signing Notes".
"""

import base64
import binascii
import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import attrs

from ledger.errors import Malformed, Unavailable
from ledger.notary import primitives
from ledger.notary.durable import created
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.cosignature import cosignature, cosigned_message, subtree_message
from ledger.proofs.note import Algorithm, Signature, VerifierKey, check_key_name

VARIABLE: Final = "LEDGER_SIGNING_KEY"
"""The variable of the environment that may hold private keys, a line each."""

MODE: Final = 0o600
KEY_BYTES_MAX: Final = 65_536

_PRIVATE: Final = re.compile(r"PRIVATE\+KEY\+(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>\S+)")
_EXPECTED: Final = "lines PRIVATE+KEY+NAME+ID+KEY, as `ledger key generate` writes them"


@attrs.frozen
class SigningKey:
    """
    A private key with the name and the algorithm under which its signatures are known.

    Args:
        seed: The secret, `primitives.SEED_SIZE` bytes.
    """

    name: str
    algorithm: Algorithm
    seed: bytes = attrs.field(repr=False)
    verifier: VerifierKey = attrs.field(
        init=False,
        default=attrs.Factory(
            lambda key: VerifierKey(key.name, key.algorithm, _public_key(key)), takes_self=True
        ),
    )

    def signature(self, text: str, time: int) -> Signature:
        """
        Return the line that this key puts under a checkpoint.

        Args:
            text: The text of the checkpoint.

            time: When, in seconds since 1970; an Ed25519 key of a log does not say it.
        """
        key = self.verifier
        if self.algorithm is Algorithm.ED25519:
            value = primitives.ed25519_signature(self.seed, text.encode())
            return Signature(self.name, key.key_id, value)
        if self.algorithm is Algorithm.COSIGNATURE:
            signed = primitives.ed25519_signature(self.seed, cosigned_message(time, text))
        else:
            message = subtree_message(self.name, time, parse_checkpoint(text))
            signed = primitives.ml_dsa_44_signature(self.seed, message)
        return cosignature(key, time, signed)

    def private_text(self) -> str:
        """
        Return the key as its file holds it: the secret itself.
        """
        key = base64.b64encode(bytes([self.algorithm]) + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{key}\n"


def _public_key(key: SigningKey) -> bytes:
    if key.algorithm is Algorithm.ML_DSA_44:
        return primitives.ml_dsa_44_public_key(key.seed)
    return primitives.ed25519_public_key(key.seed)


def generate(path: Path, name: str, algorithm: Algorithm = Algorithm.ED25519) -> SigningKey:
    """
    Make a key and keep it in a new file that only its owner may read.

    Raises:
        Malformed: When *path* exists, or *name* cannot stand in a note.

        Unavailable: When the file cannot be written.
    """
    check_key_name(name, "name")
    key = SigningKey(name, algorithm, secrets.token_bytes(primitives.SEED_SIZE))
    created(path, key.private_text().encode(), MODE)
    return key


def read_keys(path: Path) -> list[SigningKey]:
    """
    Return the keys in a file.

    Raises:
        Malformed: When somebody else may read it, or it holds no keys.

        Unavailable: When it cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Malformed("it is no file", where=str(path), expected="a file of keys")
            if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Malformed(
                    f"others may read or change this private key (mode {found.st_mode & 0o777:o})",
                    where=str(path),
                    expected=f"mode {MODE:o}: `chmod {MODE:o} FILE` mends it; where somebody else"
                    " may have read it, `ledger key rotate` puts another in its place",
                )
            octets = file.read(KEY_BYTES_MAX + 1)
    except OSError as error:
        raise Unavailable(
            f"the key cannot be read: {error.strerror}",
            where=str(path),
            expected="a file with a private key; `ledger key generate FILE` makes one",
        ) from None
    return parse_keys(octets, str(path))


def keys_of(paths: Iterable[Path], environment: Mapping[str, str]) -> list[SigningKey]:
    """
    Return the keys in *paths*; without any, those in the variable `VARIABLE` of *environment*.

    Raises:
        Malformed: When there is none, or one is given twice.
    """
    keys = [key for path in paths for key in read_keys(path)]
    if not keys and (text := environment.get(VARIABLE)):
        keys = parse_keys(text.encode(errors="replace"), f"${VARIABLE}")
    if not keys:
        raise Malformed(
            "there is no key to sign with",
            where="key",
            expected=f"--key FILE, or keys in ${VARIABLE}; `ledger key generate FILE` makes one",
        )
    if len({str(key.verifier) for key in keys}) != len(keys):
        raise Malformed("a key is given twice", where="key", expected="each key once")
    return keys


def parse_keys(octets: bytes, where: str) -> list[SigningKey]:
    """
    Return the keys that lines hold; nothing of them is told when they cannot be read.

    Args:
        where: Where they come from, for the error.

    Raises:
        Malformed: When one is no key.
    """
    lines = octets.decode("utf-8", "replace").split("\n") if len(octets) <= KEY_BYTES_MAX else []
    keys = [_parsed(line) for line in lines if line]
    if not keys or None in keys:
        raise Malformed("this holds no private keys", where=where, expected=_EXPECTED)
    return [key for key in keys if key is not None]


def _parsed(line: str) -> SigningKey | None:
    """
    Return the key that *line* is, None when it is none: an error would hold what is secret.
    """
    if (found := _PRIVATE.fullmatch(line)) is None:
        return None
    try:
        octets = base64.b64decode(found["key"].encode("ascii"), validate=True)
        algorithm = Algorithm(octets[0])
        check_key_name(found["name"], "name")
    except (binascii.Error, UnicodeEncodeError, ValueError, IndexError, Malformed):
        return None
    if len(octets) != 1 + primitives.SEED_SIZE:
        return None
    key = SigningKey(found["name"], algorithm, octets[1:])
    return key if key.private_text() == f"{line}\n" else None
