"""
A bundle of evidence: what an auditor without a ledger needs to check a story, in one JSON file.

A bundle proves nothing by being read. Each entry's bytes come with the hashes that lead to the
checkpoint; the checkpoint comes with its signatures; whom to trust comes from the auditor. See
`ledger.proofs.evidence` for the check, and FORMAT.md for the form.

A bundle has one spelling: names sorted, no spaces, one newline at the end. Reading writes what was
understood again and compares, so that nothing is left that was not: no name twice, no field that
is not known, no second way to write a number, a text or bytes.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from ledger.errors import Malformed, Unavailable
from ledger.proofs.note import Note, parse_note
from ledger.proofs.spelling import encode_octets, parse_hash, parse_octets
from ledger.proofs.tree import HASH_SIZE

T = TypeVar("T")

BUNDLE_FORMAT = "moderation-ledger/bundle"
BUNDLE_VERSION = 1

BUNDLE_SIZE_MAX = 1 << 28
"""Bytes in a bundle: some 100,000 entries in a log of millions."""

LEAF_SIZE_MAX = 65_535
"""Bytes in an entry, as in a C2SP entry bundle."""

PROOF_HASHES_MAX = 63
"""Hashes in a proof: the most of a log whose size has 63 bits."""

NUMBER_MAX = 2**53 - 1
"""The largest number that every reader of JSON reads as it is."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """
    An entry and where it is said to be.

    Args:
        log: Its log.

        index: Its index there: its position - 1.

        body: Its bytes, exactly those that were hashed.

        proof: The hashes from its sibling up to the root's child.

        disclosures: What it has sealed and the bundle shows: the bytes whose digests are in *body*,
            in the order of their bytes.
    """

    log: int
    index: int
    body: bytes
    proof: tuple[bytes, ...]
    disclosures: tuple[bytes, ...] = ()

    @property
    def position(self) -> int:
        """
        Return its position.
        """
        return self.index + 1


@dataclass(frozen=True, slots=True)
class Roots:
    """
    The last entry of a log of logs: the checkpoints of all logs of a ledger, read at one moment.

    Args:
        body: The entry's bytes.

        proof: The hashes that lead from it to the root that was signed.
    """

    body: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """
    An earlier checkpoint, and that the log has only grown since.

    Args:
        checkpoint: As it was signed and cosigned then.

        proof: The consistency proof from its size to that of the bundle's checkpoint.

        roots: What it lists, in a ledger of many logs.

        logs: In such a ledger, the consistency proof of each log whose entries are in the bundle,
            by log.
    """

    checkpoint: Note
    proof: tuple[bytes, ...]
    roots: Roots | None = None
    logs: tuple[tuple[int, tuple[bytes, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """
    A timestamp by a third party over a checkpoint's text; to be checked with that party's tools.

    Args:
        kind: What it is: ``rfc3161``.

        size: The size in the checkpoint that it is over.

        token: Its bytes.
    """

    kind: str
    size: int
    token: bytes


ANCHOR_KINDS = ("rfc3161",)


@dataclass(frozen=True, slots=True)
class Bundle:
    """
    What an auditor is given.

    Args:
        origin: The log that it is said to be of.

        account: Whom the story is about.

        actions: Which of the account's actions are to be told, in order; None for all.

        checkpoint: As it was signed and cosigned.

        roots: What the checkpoint lists, in a ledger of many logs.

        leaves: In the order of their logs and indexes.

        earlier: Checkpoints of the log's past.

        anchors: Timestamps of third parties.

        policy_hint: What its author would have an auditor trust; never used.
    """

    origin: str
    account: str
    actions: tuple[str, ...] | None
    checkpoint: Note
    roots: Roots | None
    leaves: tuple[Leaf, ...]
    earlier: tuple[Earlier, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    policy_hint: str | None = None

    def encode(self) -> bytes:
        """
        Return the bundle as it is written.
        """
        written = {
            "anchors": [
                {"kind": one.kind, "size": one.size, "token": encode_octets(one.token)}
                for one in self.anchors
            ],
            "checkpoint": self.checkpoint.encode(),
            "consistency": [
                {
                    "checkpoint": one.checkpoint.encode(),
                    "hashes": _written(one.proof),
                    "logs": [{"hashes": _written(proof), "log": log} for log, proof in one.logs],
                    "roots": _written_roots(one.roots),
                }
                for one in self.earlier
            ],
            "entries": [
                {
                    "body": encode_octets(leaf.body),
                    "disclosures": _written(leaf.disclosures),
                    "hashes": _written(leaf.proof),
                    "index": leaf.index,
                    "log": leaf.log,
                }
                for leaf in self.leaves
            ],
            "format": BUNDLE_FORMAT,
            "origin": self.origin,
            "policy_hint": self.policy_hint,
            "roots": _written_roots(self.roots),
            "subject": {"account": self.account, "actions": self.actions},
            "version": BUNDLE_VERSION,
        }
        return _spelled(written)


def _spelled(told: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        # Half of a pair of surrogates is no text, and has no spelling.
        return b""


def _written(hashes: tuple[bytes, ...]) -> list[str]:
    return [encode_octets(each) for each in hashes]


def _written_roots(roots: Roots | None) -> dict[str, Any] | None:
    if roots is None:
        return None
    return {"body": encode_octets(roots.body), "hashes": _written(roots.proof)}


def parse_bundle(written: bytes) -> Bundle:
    """
    Return the bundle that is written exactly so; nothing of it is checked.

    Raises:
        Malformed: It is not a bundle, or not the one spelling of it.

        Unavailable: It is of a version that is not known here.
    """
    if len(written) > BUNDLE_SIZE_MAX:
        raise Malformed(
            f"it has {len(written)} bytes", where="bundle", expected=f"at most {BUNDLE_SIZE_MAX}"
        )
    try:
        told = json.loads(
            written.decode(), parse_int=_whole, parse_float=_no_number, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise Malformed(f"it is not JSON: {error}", where="bundle", expected="a bundle") from None
    if not isinstance(told, dict) or told.get("format") != BUNDLE_FORMAT:
        raise Malformed("this is another file", where="bundle", expected=BUNDLE_FORMAT)
    version = _Reading(told, "bundle").number("version")
    if version > BUNDLE_VERSION and _spelled(told) == written:
        raise Unavailable(
            f"it is of version {version}",
            where="bundle",
            expected=f"version {BUNDLE_VERSION}, or a version of ledger that knows it",
        )
    bundle = _bundle(_Reading(told, "bundle"))
    if version != BUNDLE_VERSION or bundle.encode() != written:
        raise Malformed(
            "it holds something twice, unknown, or in a second spelling",
            where="bundle",
            expected="the bytes that writing what was understood gives",
        )
    of_one = bundle.roots is None
    if any((one.roots is None) != of_one or (of_one and one.logs) for one in bundle.earlier):
        raise Malformed(
            "an earlier checkpoint is of one log, and this of many, or the other way round",
            where="bundle consistency",
        )
    if any(leaf.disclosures != tuple(sorted({*leaf.disclosures})) for leaf in bundle.leaves):
        raise Malformed("disclosures stand twice or not in order", where="bundle entries")
    places = [(leaf.log, leaf.index) for leaf in bundle.leaves]
    if places != sorted(set(places)):
        raise Malformed("entries stand twice or not in order", where="bundle entries")
    return bundle


def _whole(digits: str) -> int:
    if len(digits) > len(str(NUMBER_MAX)) + 1:
        raise Malformed(f"a number has {len(digits)} digits", where="bundle")
    return int(digits)


def _no_number(number: str) -> NoReturn:
    raise Malformed(f"{number} is no whole number", where="bundle")


class _Reading:
    """
    An object of the bundle that is being read, and where it stands.
    """

    def __init__(self, told: Any, where: str) -> None:
        if not isinstance(told, dict):
            raise Malformed(
                f"{type(told).__name__} is no object", where=where, expected="an object"
            )
        self._told = told
        self._where = where

    def _at(self, name: str) -> str:
        return f"{self._where} {name}"

    def taken(self, name: str) -> Any:
        """
        Return the value of a name that has to be there.
        """
        if name not in self._told:
            raise Malformed(f"{name!r} is missing", where=self._where)
        return self._told[name]

    def text(self, name: str) -> str:
        """
        Return a text.
        """
        return _text(self.taken(name), self._at(name))

    def text_or_none(self, name: str) -> str | None:
        """
        Return a text, or None for null.
        """
        return None if self.taken(name) is None else self.text(name)

    def number(self, name: str) -> int:
        """
        Return a whole number of 0 or more.
        """
        value = self.taken(name)
        if type(value) is not int or not 0 <= value <= NUMBER_MAX:
            raise Malformed(
                f"{value!r:.40} is no number", where=self._at(name), expected=f"0 to {NUMBER_MAX}"
            )
        return value

    def octets(self, name: str, size_max: int = BUNDLE_SIZE_MAX) -> bytes:
        """
        Return bytes.
        """
        octets = parse_octets(self.text(name), self._at(name))
        if len(octets) > size_max:
            raise Malformed(
                f"there are {len(octets)} bytes",
                where=self._at(name),
                expected=f"at most {size_max}",
            )
        return octets

    def note(self, name: str) -> Note:
        """
        Return a note.
        """
        return parse_note(self.text(name))

    def several(self, name: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
        """
        Return what *read* makes of each member of a list.
        """
        value = self.taken(name)
        if not isinstance(value, list):
            raise Malformed(
                f"{type(value).__name__} is no list", where=self._at(name), expected="a list"
            )
        return tuple(
            read(each, f"{self._at(name)} {number}") for number, each in enumerate(value, start=1)
        )

    def proof(self, name: str = "hashes") -> tuple[bytes, ...]:
        """
        Return the hashes of a proof.
        """
        hashes = self.several(name, _hash)
        if len(hashes) > PROOF_HASHES_MAX:
            raise Malformed(
                f"{len(hashes)} hashes are too many",
                where=self._at(name),
                expected=f"at most {PROOF_HASHES_MAX}",
            )
        return hashes


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{type(value).__name__} is no text", where=where, expected="a text")
    return value


def _hash(value: Any, where: str) -> bytes:
    return parse_hash(_text(value, where), HASH_SIZE, where)


def _disclosure(value: Any, where: str) -> bytes:
    return parse_octets(_text(value, where), where)


def _bundle(told: _Reading) -> Bundle:
    subject = _Reading(told.taken("subject"), "subject")
    return Bundle(
        told.text("origin"),
        subject.text("account"),
        None if subject.taken("actions") is None else subject.several("actions", _text),
        told.note("checkpoint"),
        _roots(told.taken("roots"), "roots"),
        told.several("entries", _leaf),
        told.several("consistency", _earlier),
        told.several("anchors", _anchor),
        told.text_or_none("policy_hint"),
    )


def _leaf(value: Any, where: str) -> Leaf:
    told = _Reading(value, where)
    return Leaf(
        told.number("log"),
        told.number("index"),
        told.octets("body", LEAF_SIZE_MAX),
        told.proof(),
        told.several("disclosures", _disclosure),
    )


def _roots(value: Any, where: str) -> Roots | None:
    if value is None:
        return None
    told = _Reading(value, where)
    return Roots(told.octets("body"), told.proof())


def _earlier(value: Any, where: str) -> Earlier:
    told = _Reading(value, where)
    logs = told.several("logs", _log)
    numbers = [log for log, _ in logs]
    if numbers != sorted(set(numbers)):
        raise Malformed("logs stand twice or not in order", where=where)
    return Earlier(
        told.note("checkpoint"), told.proof(), _roots(told.taken("roots"), f"{where} roots"), logs
    )


def _log(value: Any, where: str) -> tuple[int, tuple[bytes, ...]]:
    told = _Reading(value, where)
    return told.number("log"), told.proof()


def _anchor(value: Any, where: str) -> Anchor:
    told = _Reading(value, where)
    kind = told.text("kind")
    if kind not in ANCHOR_KINDS:
        raise Malformed(
            f"the kind {kind!r} is not known", where=where, expected=", ".join(ANCHOR_KINDS)
        )
    return Anchor(kind, told.number("size"), told.octets("token"))
