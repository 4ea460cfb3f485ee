"""
A note: text with signatures under it, and the keys that may have made them.

Reading a note says nothing about who signed it. `open_note` does, for the keys that it is given:
signatures by other keys are ignored, even if they share a name or an id with a known key, and a
known key whose signature does not hold spoils the note, whatever else is under it.

Source: C2SP signed-note.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from ledger.errors import Malformed, Tampered
from ledger.proofs import ed25519
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.spelling import encode_octets, parse_octets, parse_text
from ledger.proofs.statement import cosigned_message, parse_timed, subtree_message

NOTE_SIZE_MAX = 1_000_000
"""Bytes in a note, signatures and all."""

SIGNATURES_MAX = 100
"""Signatures under a note."""

KEY_ID_SIZE = 4
"""Bytes that name a key beside its name. They are no proof: anyone can make a key with the same."""

ML_DSA_44_KEY_SIZE = 1312
ML_DSA_44_SIGNATURE_SIZE = 2420

_DASH = "\u2014 "
_VERIFIER_KEY = re.compile(r"(?P<name>[^+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>.+)", re.ASCII)

MLDSAVerifier = Callable[[bytes, bytes, bytes], bool]
"""Tells of (public key, message, signature) whether the ML-DSA-44 signature holds. The standard
library cannot, so that who can brings it along."""


class Algorithm(IntEnum):
    """
    What a key signs with, and what it states by it; the byte before a public key.
    """

    ED25519 = 1
    COSIGNATURE = 4
    ML_DSA_44 = 6


class Unvouched(Tampered):
    """
    Nothing contradicts the evidence, but too few of those who are trusted vouch for it.
    """


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """
    A public key with the name and the algorithm under which it is known; its text is a *vkey*.

    Args:
        name: Such as ``ledger.example/audit``; no spaces, no plus.

        algorithm: What it signs with.

        public_key: 32 bytes of Ed25519, or 1,312 of ML-DSA-44.

    Raises:
        Malformed: The name cannot stand in a note, or no key has these bytes.
    """

    name: str
    algorithm: Algorithm
    public_key: bytes

    def __post_init__(self) -> None:
        """
        Check that signatures by this key could be told from all others.
        """
        check_key_name(self.name, "key name")
        if self.algorithm is Algorithm.ML_DSA_44:
            fits = len(self.public_key) == ML_DSA_44_KEY_SIZE
            expected = f"{ML_DSA_44_KEY_SIZE} bytes of ML-DSA-44"
        else:
            fits = ed25519.is_public_key(self.public_key)
            expected = "32 bytes: the one encoding of an Ed25519 point that is not of low order"
        if not fits:
            raise Malformed(
                f"{self.public_key[:40].hex()} is not a public key",
                where=f"key {self.name}",
                expected=expected,
            )

    @property
    def key_id(self) -> bytes:
        """
        Return the four bytes that stand before this key's signatures.
        """
        named = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return sha256(named).digest()[:KEY_ID_SIZE]

    def __str__(self) -> str:
        """
        Return the key as it stands in a policy: name, id and bytes, with plus signs between them.
        """
        octets = bytes([self.algorithm]) + self.public_key
        return f"{self.name}+{self.key_id.hex()}+{encode_octets(octets)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """
    One line under a note.

    Args:
        name: The name of the key that is said to have signed.

        key_id: Its id, four bytes.

        value: What the key made of the text; for a cosigner the time is in front.

    Raises:
        Malformed: The line could not be written.
    """

    name: str
    key_id: bytes
    value: bytes

    def __post_init__(self) -> None:
        """
        Check that the line of this signature would be read as this signature.
        """
        check_key_name(self.name, "signature")
        if len(self.key_id) != KEY_ID_SIZE or not self.value:
            raise Malformed(
                "a key's id or what it signed is missing",
                where=f"signature by {self.name}",
                expected=f"{KEY_ID_SIZE} bytes of id and at least one more",
            )

    def line(self) -> str:
        """
        Return the line, ended by a newline.
        """
        return f"{_DASH}{self.name} {encode_octets(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """
    A text and the signatures under it, none of them checked.

    Args:
        text: What is signed; it ends in a newline.

        signatures: At least one.

    Raises:
        Malformed: The note could not be read back.
    """

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        """
        Check that this note, written, would be read as this note.
        """
        if not self.text.endswith("\n"):
            raise Malformed(
                "the text is not a line", where="note", expected="text that ends in a newline"
            )
        if not 1 <= len(self.signatures) <= SIGNATURES_MAX:
            raise Malformed(
                f"there are {len(self.signatures)} signatures",
                where="note",
                expected=f"1 to {SIGNATURES_MAX}",
            )
        parse_text(self.encode(), NOTE_SIZE_MAX, "note")

    def encode(self) -> str:
        """
        Return the note as it is published: text, an empty line, signatures.
        """
        return f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}"

    def signed_also(self, *signatures: Signature) -> "Note":
        """
        Return the note with more signatures under those that it has.
        """
        return Note(self.text, (*self.signatures, *signatures))


def check_key_name(name: str, where: str) -> None:
    """
    Check that a key may be called so.

    Args:
        name: The name.

        where: The place of the name, for the error.

    Raises:
        Malformed: It is empty, or holds a space, a plus or a control character.
    """
    parse_text(name, NOTE_SIZE_MAX, where)
    if not name or "+" in name or any(character.isspace() for character in name):
        raise Malformed(
            f"{name[:80]!r} cannot be the name of a key",
            where=where,
            expected="no spaces and no plus signs, such as ledger.example/audit",
        )


def parse_verifier_key(text: str) -> VerifierKey:
    """
    Return the key whose *vkey* is exactly this.

    Raises:
        Malformed: It is not a *vkey*, its id is not that of its name and bytes, it is of another
            algorithm, or it is a key that nothing may be trusted to.
    """
    found = _VERIFIER_KEY.fullmatch(text)
    if found is None:
        raise Malformed(
            f"{text[:80]!r} is not a verifier key",
            where="verifier key",
            expected="NAME+ID+KEY with an id of eight digits of 0-9a-f and a key in base64",
        )
    where = f"key {found['name'][:80]}"
    octets = parse_octets(found["key"], where)
    if octets[0] not in set(Algorithm):
        raise Malformed(
            f"algorithm {octets[0]} is not known",
            where=where,
            expected=", ".join(f"{known.value} ({known.name})" for known in Algorithm),
        )
    key = VerifierKey(found["name"], Algorithm(octets[0]), octets[1:])
    if key.key_id.hex() != found["id"]:
        raise Malformed(
            f"id {found['id']} is not that of the key", where=where, expected=key.key_id.hex()
        )
    return key


def parse_note(text: str | bytes) -> Note:
    """
    Return the note that is written exactly so; none of its signatures is checked.

    Args:
        text: The note, with its last newline. The text may hold empty lines itself: the last
            empty line is where the signatures begin.

    Raises:
        Malformed: It is not a note, or not the one spelling of it.
    """
    decoded = parse_text(text, NOTE_SIZE_MAX, "note")
    body, separator, lines = decoded.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise Malformed(
            "there are no signatures under an empty line",
            where="note",
            expected="text, an empty line, and signatures of a line each",
        )
    numbered = enumerate(lines[:-1].split("\n"), start=1)
    return Note(f"{body}\n", tuple(_parse_signature(line, number) for number, line in numbered))


def _parse_signature(line: str, number: int) -> Signature:
    """
    Return the signature that a line is.
    """
    where = f"signature {number}"
    name, _, value = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or " " in value:
        raise Malformed(
            f"{line[:80]!r} is not a signature",
            where=where,
            expected="an em dash, a space, a key's name, a space, base64",
        )
    octets = parse_octets(value, where)
    return Signature(name, octets[:KEY_ID_SIZE], octets[KEY_ID_SIZE:])


def open_note(
    note: Note, keys: Iterable[VerifierKey], verify_mldsa: MLDSAVerifier | None = None
) -> tuple[VerifierKey, ...]:
    """
    Return the keys that signed the note.

    Args:
        note: The note.

        keys: The keys that are known.

        verify_mldsa: Checks ML-DSA-44. Without it such keys are as unknown: they vouch for nothing.

    Returns:
        Those of *keys* whose signatures hold, in their order; at least one.

    Raises:
        Tampered: A signature by a known key does not hold.

        Unvouched: No known key signed it.
    """
    found = signers(note, keys, verify_mldsa)
    if not found:
        raise Unvouched(
            "none of the known keys signed it",
            where="note",
            expected="a signature by a key that was given from outside",
        )
    return found


def signers(
    note: Note, keys: Iterable[VerifierKey], verify_mldsa: MLDSAVerifier | None = None
) -> tuple[VerifierKey, ...]:
    """
    Return the keys that signed the note, if any; else as `open_note`.
    """
    return tuple(key for key in dict.fromkeys(keys) if signatures_by(key, note, verify_mldsa))


def signatures_by(
    key: VerifierKey, note: Note, verify_mldsa: MLDSAVerifier | None = None
) -> tuple[Signature, ...]:
    """
    Return the signatures by one key, all of which hold.

    Raises:
        Tampered: One does not hold.
    """
    if key.algorithm is Algorithm.ML_DSA_44 and verify_mldsa is None:
        return ()
    named = (key.name, key.key_id)
    own = tuple(line for line in note.signatures if (line.name, line.key_id) == named)
    for signature in own:
        if not _holds(key, note.text, signature.value, verify_mldsa):
            raise Tampered(
                f"the signature by {key.name} does not hold: the text or the signature was changed",
                where="note",
                expected=f"one made with {key}"[:120],
            )
    return own


def _holds(key: VerifierKey, text: str, value: bytes, verify_mldsa: MLDSAVerifier | None) -> bool:
    """
    Tell whether a signature's value was made of the text with the key.
    """
    if key.algorithm is Algorithm.ED25519:
        return ed25519.holds(key.public_key, text.encode(), value)
    try:
        time, signature = parse_timed(value)
        if key.algorithm is Algorithm.COSIGNATURE:
            return ed25519.holds(key.public_key, cosigned_message(time, text), signature)
        message = subtree_message(key.name, time, parse_checkpoint(text))
    except Malformed:
        return False
    return (
        verify_mldsa is not None
        and len(signature) == ML_DSA_44_SIGNATURE_SIZE
        and verify_mldsa(key.public_key, message, signature)
    )
