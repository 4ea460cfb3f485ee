"""
Check a bundle of evidence from a moderation ledger, and tell the story that it proves.

    python3 -I check_evidence.py BUNDLE --policy FILE [--since CHECKPOINT] [--json]

One file, Python 3.9 or later, the standard library, no database, no network, and no code of the
ledger: it was written from FORMAT.md a second time, so that a mistake in one of the two shows.

Nothing in the bundle is trusted. Which log it may be of, whose signatures count and how many
witnesses it takes is said by the policy file (C2SP tlog-policy); how large the log was and what
its root hash was, by the checkpoint once its signatures hold; everything else by SHA-256.

Exit codes: 0 verified; 1 tampered: something contradicts what was signed; 2 unverifiable: it may be
genuine, but this bundle and this policy do not show it; 6 the policy, the checkpoint or the
command line cannot be used. A story is told only of a bundle that is verified.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

VERIFIED, TAMPERED, UNVERIFIABLE = "verified", "tampered", "unverifiable"
EXIT = {VERIFIED: 0, TAMPERED: 1, UNVERIFIABLE: 2}
UNUSABLE = 6
FORMAT, VERSION, SCHEMA = "moderation-ledger/bundle", 1, 3
BUNDLE_MAX, NOTE_MAX, TEXT_MAX, POLICY_MAX = 1 << 28, 1_000_000, 100_000, 1_000_000
LEAF_MAX, COUNT_MAX, HASHES_MAX, SIGNATURES_MAX = 65_535, 2**53 - 1, 63, 100
RECEIPT = "c2sp.org/tlog-proof@v1\n"
NAME_MAX, DEFINED_MAX, SLACK = 255, 256, 300
EPOCH, LAST = "1970-01-01T00:00:00.000000Z", 253_402_300_799
SECOND, MICROSECOND = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
DIGITS = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)

Json = dict[str, Any]
Stated = tuple[str, int, bytes]
"""What a checkpoint states: origin, size, root."""


class Finding(Exception):
    """
    Why a bundle is not verified: one word for programs, a sentence, and the place.
    """

    def __init__(self, verdict: str, what: str, why: str, leaf: Json | None = None) -> None:
        super().__init__(why)
        self.verdict, self.what, self.why, self.leaf = verdict, what, why, leaf or {}

    def place(self) -> tuple[int, int]:
        """
        Return where it stands among others: what has no place first.
        """
        return self.leaf.get("log", -1), self.leaf.get("position", 0)

    def told(self) -> Json:
        """
        Return the finding as an answer has it.
        """
        place = {name: self.leaf.get(name) for name in ("log", "position", "stream", "version")}
        return {"what": self.what, "why": self.why, **place}


def malformed(why: str) -> Finding:
    """
    Return the finding that this is no bundle in its one spelling.
    """
    return Finding(UNVERIFIABLE, "malformed", why)


# Values, each in its one spelling.


def parsed_json(text: str, ending: str, name: str) -> Any:
    """
    Return what the text says, if it is how it would be written here: then no name stands twice.
    """

    def whole(digits: str) -> int:
        if len(digits) > len(str(COUNT_MAX)) + 1:
            raise malformed(f"{name} holds a number of {len(digits)} digits")
        return int(digits)

    def refused(number: str) -> NoReturn:
        raise malformed(f"{name} holds {number}, which is no whole number")

    try:
        value = json.loads(text, parse_int=whole, parse_float=refused, parse_constant=refused)
        again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise malformed(f"{name} is no JSON: {error}") from None
    if again + ending != text:
        raise malformed(f"{name} is not spelled as it would be written")
    return value


def record(value: Any, names: str, where: str) -> Json:
    """
    Return an object that has exactly these names.
    """
    if not isinstance(value, dict) or set(value) != set(names.split()):
        raise malformed(f"{where} does not have exactly the fields {names}")
    return value


def listed(value: Any, where: str, most: int = COUNT_MAX) -> list[Any]:
    """
    Return a list.
    """
    if not isinstance(value, list) or len(value) > most:
        raise malformed(f"{where} is no list of at most {most}")
    return value


def worded(value: Any, where: str) -> str:
    """
    Return a text.
    """
    if not isinstance(value, str):
        raise malformed(f"{where} is no text")
    return value


def counted(value: Any, where: str) -> int:
    """
    Return a whole number of 0 or more.
    """
    if type(value) is not int or not 0 <= value <= COUNT_MAX:
        raise malformed(f"{where} is no whole number of 0 or more")
    return value


def octets(value: Any, where: str, size: int | None = None) -> bytes:
    """
    Return the bytes that a text is the one base64 spelling of.
    """
    try:
        raw = base64.b64decode(worded(value, where).encode("ascii"), validate=True)
    except ValueError:
        raise malformed(f"{where} is no base64") from None
    if base64.b64encode(raw).decode() != value or not raw or (size and size != len(raw)):
        raise malformed(f"{where} is no base64 of {size or 'some'} bytes in its one spelling")
    return raw


def hashes_of(value: Any, where: str) -> list[bytes]:
    """
    Return the hashes of a proof.
    """
    return [octets(each, where, 32) for each in listed(value, where, HASHES_MAX)]


def digits_of(text: str, where: str) -> int:
    """
    Return the number that stands in a note or a policy.
    """
    if not DIGITS.fullmatch(text) or int(text) >= 1 << 63:
        raise malformed(f"{where} is no whole number")
    return int(text)


# The tree: RFC 6962, section 2.1. Proofs are read from their far end, where the root is.


def leaf_hash(leaf: bytes) -> bytes:
    """
    Return the hash of an entry's bytes.
    """
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """
    Return the hash of two subtrees.
    """
    return hashlib.sha256(b"\x01" + left + right).digest()


def larger_part(size: int) -> int:
    """
    Return how many leaves stand left of the root: the largest power of two below the size.
    """
    return 1 << ((size - 1).bit_length() - 1)


def root_with(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """
    Return the root of a tree in which the leaf has this path; None if no tree has such a path.
    """
    if size == 1 or not path:
        return leaf if size == 1 and not path else None
    left, (*rest, top) = larger_part(size), path
    if index < left:
        below = root_with(index, left, leaf, rest)
        return below and node_hash(below, top)
    below = root_with(index - left, size - left, leaf, rest)
    return below and node_hash(top, below)


def both_roots(
    old: int, new: int, path: list[bytes], held: bytes | None
) -> tuple[bytes, bytes] | None:
    """
    Return the roots at two sizes that a consistency proof leads to; None if it has another shape.

    Args:
        held: The old root, for as long as the walk has not left the old tree's own left edge.
    """
    if old == new:
        if held is not None:
            return None if path else (held, held)
        return (path[0], path[0]) if len(path) == 1 else None
    if not path:
        return None
    left, (*rest, top) = larger_part(new), path
    if old <= left:
        below = both_roots(old, left, rest, held)
        return below and (below[0], node_hash(below[1], top))
    below = both_roots(old - left, new - left, rest, None)
    return below and (node_hash(top, below[0]), node_hash(top, below[1]))


def extends(old: Stated, new: Stated, path: list[bytes]) -> bool:
    """
    Return whether the proof shows that the log of the old checkpoint grew into that of the new.
    """
    if old[1] == 0 or old[1] == new[1]:
        return not path and (old[1] == 0 or old[2] == new[2])
    return old[1] < new[1] and both_roots(old[1], new[1], path, old[2]) == (old[2], new[2])


# Signatures: Ed25519, RFC 8032, section 5.1, with the comparison that has no cofactor.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]
ZERO: Point = (0, 1, 1, 0)


def plus(one: Point, two: Point) -> Point:
    """
    Return the sum of two points.
    """
    a, b = (one[1] - one[0]) * (two[1] - two[0]), (one[1] + one[0]) * (two[1] + two[0])
    c, d = 2 * D * one[3] * two[3], 2 * one[2] * two[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_of(key: bytes) -> Point | None:
    """
    Return the point that is spelled so, if it is one and not of low order.
    """
    y, odd = int.from_bytes(key, "little") & (1 << 255) - 1, key[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and odd):
        return None
    x = P - x if x & 1 != odd else x
    point = eight = (x, y, 1, x * y % P)
    for _ in range(3):
        eight = plus(eight, eight)
    return point if (eight[0], eight[1]) != (0, eight[2]) else None


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """
    Return whether a signature of 64 bytes over the message is the key's.
    """
    point, number = point_of(key), int.from_bytes(signature[32:], "little")
    if point is None or BASE is None or len(signature) != 64 or number >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + key + message).digest()
    other = int.from_bytes(hashed, "little") % ORDER
    minus = (P - point[0], point[1], 1, P - point[3])
    table, total = {1: BASE, 2: minus, 3: plus(BASE, minus)}, ZERO
    for bit in range(252, -1, -1):
        total = plus(total, total)
        chosen = number >> bit & 1 | (other >> bit & 1) << 1
        total = plus(total, table[chosen]) if chosen else total
    inverse = pow(total[2], P - 2, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# Notes, checkpoints and the policy: C2SP signed-note, tlog-checkpoint, -cosignature, -policy.

LOG_KEY, COSIGNER, POST_QUANTUM = 1, 4, 6
Key = tuple[str, bytes, int, bytes]
"""A key: name, key id, algorithm, public key."""


def key_of(text: str, algorithms: Sequence[int]) -> Key:
    """
    Return the key that a vkey spells, if it is of one of the algorithms.
    """
    name, ident, public = ([*text.split("+", 2), "", ""])[:3]
    raw = octets(public, "a key")
    sized = {LOG_KEY: 33, COSIGNER: 33, POST_QUANTUM: 1313}.get(raw[0]) == len(raw)
    if not named(name) or raw[0] not in algorithms or not sized:
        raise malformed(f"the key {text!r} cannot be used here")
    if raw[0] != POST_QUANTUM and point_of(raw[1:]) is None:
        raise malformed(f"the key {text!r} is none that can be trusted")
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if ident != expected.hex():
        raise malformed(f"the key {text!r} does not have the id that follows from it")
    return name, expected, raw[0], raw[1:]


def named(name: str) -> bool:
    """
    Return whether a key may have this name.
    """
    size = len(name.encode("utf-8", "surrogateescape"))
    spaced = any(each.isspace() or "\ud800" <= each <= "\udfff" for each in name)
    return 0 < size <= NAME_MAX and "+" not in name and not spaced


class Note:
    """
    A signed note: its text, and its signatures as (name, key id, bytes).
    """

    def __init__(self, written: str, where: str) -> None:
        if len(written.encode("utf-8", "surrogatepass")) > NOTE_MAX:
            raise malformed(f"{where} is too long")
        if re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff]", written):
            raise malformed(f"{where} holds a control character")
        split = written.rfind("\n\n") + 1
        lines = written[split + 1 :].split("\n")
        if not split or lines.pop() or not 1 <= len(lines) <= SIGNATURES_MAX:
            raise malformed(f"{where} is no signed note")
        self.text = written[:split]
        if len(self.text.encode()) > TEXT_MAX:
            raise malformed(f"{where} is too long")
        self.signatures = [self._signature(line, where) for line in lines]
        self.stated = self._stated(where)

    def _signature(self, line: str, where: str) -> tuple[str, bytes, bytes]:
        dash, name, signature = ([*line.split(" "), "", ""])[:3]
        if line.count(" ") != 2 or dash != "\N{EM DASH}" or not named(name):
            raise malformed(f"{where} has a line that is no signature")
        raw = octets(signature, f"a signature of {where}")
        if len(raw) <= 4:
            raise malformed(f"{where} has a signature without bytes")
        return name, raw[:4], raw[4:]

    def _stated(self, where: str) -> Stated:
        origin, size, root, *_ = (*self.text.split("\n"), "", "")
        lines = self.text.split("\n")[:-1]
        if len(lines) < 3 or not all(lines):
            raise malformed(f"{where} is no checkpoint")
        number, digest = digits_of(size, f"the size in {where}"), octets(root, where, 32)
        if number == 0 and digest != hashlib.sha256(b"").digest():
            raise malformed(f"{where} has a root and no entries")
        return origin, number, digest


class Policy:
    """
    Whom the auditor trusts: logs, witnesses, and the quorum as a rule over their names.
    """

    def __init__(self, written: bytes) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum: str | None = None
        lines = written.decode("utf-8", "surrogateescape").split("\n")
        if len(written) > POLICY_MAX or re.search(b"[^\t\n\x20-\x7e\x80-\xff]", written):
            raise malformed("the policy is too long, or holds a control character")
        if lines.pop().strip(" \t"):
            raise malformed("the last line of the policy does not end in a newline")
        for line in lines:
            words = re.split("[ \t]+", line.strip(" \t"))
            if words != [""] and not words[0].startswith("#"):
                self._take(words, line)
        keys = [key[3] for key in self.logs], [key[3] for key in self.witnesses.values()]
        twice = any(len(set(each)) != len(each) or len(each) > DEFINED_MAX for each in keys)
        if self.quorum is None or twice or len(self.groups) > DEFINED_MAX:
            raise malformed("the policy has no quorum, a key twice, or too many lines")

    def _take(self, words: list[str], line: str) -> None:
        (verb, *rest), known = words, {"none", *self.witnesses, *self.groups}
        if verb == "log" and len(rest) in (1, 2):
            self.logs.append(key_of(rest[0], (LOG_KEY, POST_QUANTUM)))
        elif verb == "witness" and len(rest) in (2, 3) and rest[0] not in known:
            self.witnesses[rest[0]] = key_of(rest[1], (COSIGNER, POST_QUANTUM))
        elif verb == "group" and len(rest) > 2 and rest[0] not in known:
            name, rule, *members = rest
            least = {"any": 1, "all": len(members)}.get(rule) or digits_of(rule, "a threshold")
            counted_elsewhere = {"none"}.union(*(group[1] for group in self.groups.values()))
            free = known - counted_elsewhere
            if not 1 <= least <= len(set(members)) == len(members) or not free.issuperset(members):
                raise malformed(f"the policy cannot say {line!r}")
            self.groups[name] = least, members
        elif verb == "quorum" and len(rest) == 1 and self.quorum is None and rest[0] in known:
            self.quorum = rest[0]
        else:
            raise malformed(f"the policy cannot say {line!r}")

    def vouched(self, note: Note, where: str, *, seen: bool = True) -> dict[str, int]:
        """
        Return when each trusted witness cosigned a checkpoint that its own log has signed.

        Args:
            seen: Whether the quorum must have seen it.
        """
        origin = note.stated[0]
        times: dict[str, int] = {}
        own = [key for key in self.logs if key[0] == origin]
        if not own:
            raise Finding(UNVERIFIABLE, "not-vouched", f"the policy knows no log {origin!r}")
        signed = [key for key in own if signed_by(key, note, where)]
        cosigned = {"none"}
        for witness, key in self.witnesses.items():
            for time in signed_by(key, note, where):
                cosigned.add(witness)
                if time:
                    times[key[0]] = min(time, times.get(key[0], time))
        if not signed:
            why = f"no key that the policy has for {origin!r} has signed {where}"
            raise Finding(UNVERIFIABLE, "not-vouched", why)
        for name, (least, members) in self.groups.items():
            if least <= len(cosigned.intersection(members)):
                cosigned.add(name)
        if seen and self.quorum not in cosigned:
            why = f"the quorum {self.quorum} has not seen {where}"
            raise Finding(UNVERIFIABLE, "quorum-not-met", why)
        return times


def signed_by(key: Key, note: Note, where: str) -> list[int]:
    """
    Return the times of the key's signatures under a note, 0 where there is none in it.

    ML-DSA-44 is not in the standard library: such keys vouch for nothing here.
    """
    times = []
    for name, key_id, raw in note.signatures:
        if (name, key_id) == key[:2] and key[2] != POST_QUANTUM:
            time, message, value = 0, note.text.encode(), raw
            if key[2] == COSIGNER:
                time, value = int.from_bytes(raw[:8], "big"), raw[8:]
                message = b"cosignature/v1\ntime %d\n%b" % (time, message)
            if time >> 63 or not holds(key[3], message, value):
                why = f"the signature by {name} under {where} does not hold"
                raise Finding(TAMPERED, "checkpoint-forged", why)
            times.append(time)
    return times


# The bundle.


class Evidence:
    """
    What a bundle holds, read strictly; nothing of it is believed yet.
    """

    def __init__(self, written: bytes) -> None:
        if len(written) > BUNDLE_MAX:
            raise malformed(f"the bundle has more than {BUNDLE_MAX} bytes")
        try:
            bundle = parsed_json(written.decode("utf-8"), "\n", "the bundle")
        except UnicodeDecodeError:
            raise malformed("the bundle is no UTF-8") from None
        if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
            raise malformed("this is no bundle of evidence")
        if counted(bundle.get("version"), "version") > VERSION:
            raise Finding(UNVERIFIABLE, "newer-format", "the bundle is of a later version")
        names = "anchors checkpoint consistency entries format origin policy_hint roots subject"
        if record(bundle, f"{names} version", "the bundle")["version"] != VERSION:
            raise malformed("the bundle is of no version that ever was")
        if bundle["policy_hint"] is not None:
            worded(bundle["policy_hint"], "policy_hint")
        subject = record(bundle["subject"], "account actions", "subject")
        self.origin = worded(bundle["origin"], "origin")
        self.account = worded(subject["account"], "the account")
        wanted = subject["actions"]
        self.wanted = (
            None if wanted is None else [worded(w, "an action") for w in listed(wanted, "actions")]
        )
        self.note = Note(worded(bundle["checkpoint"], "checkpoint"), "the checkpoint")
        self.roots = self._roots(bundle["roots"])
        self.earlier = [
            self._earlier(each) for each in listed(bundle["consistency"], "consistency")
        ]
        self.anchors = [self._anchor(each) for each in listed(bundle["anchors"], "anchors")]
        self.entries = [self._entry(each) for each in listed(bundle["entries"], "entries")]
        sizes = [each["note"].stated[1] for each in self.earlier] + [self.note.stated[1]]
        if any(one >= two for one, two in zip(sizes, sizes[1:])):
            raise malformed("the checkpoints do not stand in the order of their sizes")
        one_log = self.roots is None
        for each in self.earlier:
            if (each["roots"] is None) != one_log or (one_log and each["logs"]):
                raise malformed("an earlier checkpoint is of another number of logs")
        places = [(entry["log"], entry["index"]) for entry in self.entries]
        if any(one >= two for one, two in zip(places, places[1:])):
            raise malformed("the entries do not stand in the order of their places")

    def _roots(self, value: Any) -> Json | None:
        if value is None:
            return None
        record(value, "body hashes", "roots")
        return {
            "body": octets(value["body"], "roots"),
            "hashes": hashes_of(value["hashes"], "roots"),
        }

    def _earlier(self, value: Any) -> Json:
        record(value, "checkpoint hashes logs roots", "consistency")
        logs: dict[int, list[bytes]] = {}
        for each in listed(value["logs"], "logs"):
            record(each, "hashes log", "logs")
            if logs and counted(each["log"], "log") <= max(logs):
                raise malformed("the logs do not stand in order")
            logs[counted(each["log"], "log")] = hashes_of(each["hashes"], "logs")
        return {
            "note": Note(worded(value["checkpoint"], "checkpoint"), "an earlier checkpoint"),
            "hashes": hashes_of(value["hashes"], "consistency"),
            "roots": self._roots(value["roots"]),
            "logs": logs,
        }

    def _anchor(self, value: Any) -> Json:
        record(value, "kind size token", "anchors")
        if value["kind"] != "rfc3161":
            raise malformed("an anchor is of no known kind")
        octets(value["token"], "a token")
        return {"kind": "rfc3161", "size": counted(value["size"], "size")}

    def _entry(self, value: Any) -> Json:
        record(value, "body disclosures hashes index log", "an entry")
        body = octets(value["body"], "an entry")
        if len(body) > LEAF_MAX:
            raise malformed("an entry is too long")
        index = counted(value["index"], "index")
        shown = [
            octets(each, "a disclosure") for each in listed(value["disclosures"], "disclosures")
        ]
        if shown != sorted(set(shown)):
            raise malformed("the disclosures do not stand in order")
        return {
            "log": counted(value["log"], "log"),
            "index": index,
            "position": index + 1,
            "body": body,
            "hashes": hashes_of(value["hashes"], "hashes"),
            "disclosures": shown,
        }


def logs_of(note: Note, roots: Json | None) -> dict[int, Stated]:
    """
    Return what is stated of each log: the checkpoint itself, or what its last entry lists.
    """
    origin, size, root = note.stated
    if roots is None:
        return {0: note.stated}
    base, suffix = origin[: -len("/roots")], origin[-len("/roots") :]
    leaf = leaf_hash(roots["body"])
    if suffix != "/roots" or not size or root_with(size - 1, size, leaf, roots["hashes"]) != root:
        raise Finding(TAMPERED, "entry-not-included", "the list of logs is not what was signed")
    found = {}
    for number, text in enumerate(
        (roots["body"].decode("utf-8", "replace") + "\n").split("\n\n")[:-1]
    ):
        lines = text.split("\n")
        if len(lines) != 3 or lines[0] != f"{base}/{number}":
            raise Finding(UNVERIFIABLE, "entry-unreadable", "the list of logs cannot be read")
        found[number] = (lines[0], digits_of(lines[1], "a size"), octets(lines[2], "a root", 32))
    return found


def answered(verdict: str, findings: Sequence[Finding]) -> Json:
    """
    Return an answer that shows nothing yet.
    """
    empty = {"origin": None, "account": None, "entries": 0, "checkpoint": None, "since": None}
    lists: Json = {"cosigned": {}, "not_checked": [], "story": [], "not_shown": []}
    return {"verdict": verdict, "findings": [f.told() for f in findings], **empty, **lists}


class Check:
    """
    The check of one bundle, stage by stage: a stage is entered when nothing was found before.
    """

    def __init__(self, evidence: Evidence, policy: Policy, since: Note | None) -> None:
        self.evidence, self.policy, self.since = evidence, policy, since
        self.times: dict[str, int] = {}
        self.logs: dict[int, Stated] = {}
        self.anchors: list[tuple[dict[int, Stated], list[int]]] = []
        self.leaves: list[Json] = []
        self.disclosed: dict[str, Any] = {}

    def findings(self) -> list[Finding]:
        """
        Return what the first stage that finds anything finds, by place; nothing if all hold.
        """
        try:
            self._trusted()
        except Finding as found:
            return [found]
        stages = (self._extends, self._included, self._read, self._ordered, self._disclosed)
        for stage in (*stages, self._bracketed, self._complete):
            try:
                findings = list(stage())
            except Finding as found:
                return [found]
            if findings:
                return sorted(findings, key=Finding.place)
        return []

    def _trusted(self) -> None:
        evidence, policy = self.evidence, self.policy
        if evidence.origin != evidence.note.stated[0]:
            why = f"the bundle says {evidence.origin!r}, its checkpoint another origin"
            raise Finding(TAMPERED, "origin-differs", why)
        self.times = policy.vouched(evidence.note, "the checkpoint")
        self.logs = logs_of(evidence.note, evidence.roots)
        self.anchors.append((self.logs, sorted(self.times.values())))

    def _extends(self) -> Iterator[Finding]:
        evidence, now = self.evidence, self.evidence.note.stated
        shown = {now: self.logs}
        for earlier in evidence.earlier:
            note: Note = earlier["note"]
            where = f"the earlier checkpoint of {note.stated[1]} entries"
            times = self.policy.vouched(note, where, seen=False)
            before, paths = logs_of(note, earlier["roots"]), earlier["logs"]
            paths = {0: earlier["hashes"]} if earlier["roots"] is None else paths
            whole = note.stated[0] == now[0] and extends(note.stated, now, earlier["hashes"])
            if not whole or not all(
                log in before and log in self.logs and extends(before[log], self.logs[log], path)
                for log, path in paths.items()
            ):
                yield Finding(
                    TAMPERED, "checkpoint-differs", f"{where} is no beginning of this log"
                )
                continue
            grown = {log: before[log] for log in paths}
            shown[note.stated] = grown
            self.anchors.append((grown, sorted(times.values())))
        if self.since is not None:
            yield from self._since(self.since, shown)

    def _since(self, since: Note, shown: dict[Stated, dict[int, Stated]]) -> Iterator[Finding]:
        times, held = self.policy.vouched(since, "your checkpoint", seen=False), since.stated
        here = self.evidence.note.stated
        used = {entry["log"] for entry in self.evidence.entries}
        if any(held[:2] == known[:2] and held[2] != known[2] for known in shown):
            why = f"your checkpoint has another root at the size of {held[1]}"
            yield Finding(TAMPERED, "checkpoint-differs", why)
        elif held[0] != here[0] or held[1] > here[1]:
            why = f"your checkpoint is of {held[1]} entries of {held[0]!r}, this of {here[1]} "
            yield Finding(UNVERIFIABLE, "not-continued", f"{why}of {here[0]!r}")
        elif held[1] and (held not in shown or not used <= set(shown[held])):
            yield Finding(
                UNVERIFIABLE, "not-continued", "there is no proof of what you have held since"
            )
        elif held[1]:
            self.anchors.append((shown[held], sorted(times.values())))

    def _included(self) -> Iterator[Finding]:
        if not self.evidence.entries:
            yield Finding(UNVERIFIABLE, "no-entries", "the bundle has no entries: it shows nothing")
        for entry in self.evidence.entries:
            _, size, root = self.logs.get(entry["log"], ("", 0, b""))
            index, leaf = entry["index"], leaf_hash(entry["body"])
            if index >= size or root_with(index, size, leaf, entry["hashes"]) != root:
                why = "the entry is not in the log that was signed, or not there"
                yield Finding(TAMPERED, "entry-not-included", why, entry)

    def _read(self) -> Iterator[Finding]:
        for entry in self.evidence.entries:
            try:
                leaf = {**read_leaf(entry["body"]), "position": entry["position"]}
            except Finding as found:
                what = "newer-format" if found.what == "newer-format" else "entry-unreadable"
                yield Finding(UNVERIFIABLE, what, found.why, entry)
                continue
            if leaf["log"] != entry["log"]:
                yield Finding(
                    TAMPERED, "version-missing", "the entry says that it is of another log", leaf
                )
            kept = {name: entry[name] for name in ("position", "body", "disclosures")}
            self.leaves.append({**leaf, **kept})

    def _ordered(self) -> Iterator[Finding]:
        versions: dict[str, Json] = {}
        recorded: dict[int, str] = {}
        for leaf in self.leaves:
            before, whole = versions.get(leaf["stream"]), leaf["stream"].startswith(WHOLE)
            version, log = (
                before["version"] if before else 0,
                before["log"] if before else leaf["log"],
            )
            follows = leaf["version"] == version + 1 if whole else leaf["version"] > version
            if not follows or log != leaf["log"]:
                why = f"version {leaf['version']} of {leaf['stream']} stands behind {version}"
                yield Finding(TAMPERED, "version-missing", why, leaf)
            if leaf["recorded_at"] < recorded.get(leaf["log"], ""):
                why = "the entry says that it was recorded before one that it stands behind"
                yield Finding(TAMPERED, "time-decreases", why, leaf)
            versions[leaf["stream"]], recorded[leaf["log"]] = leaf, leaf["recorded_at"]

    def _disclosed(self) -> Iterator[Finding]:
        for leaf in self.leaves:
            for token, value in (disclosed(leaf, each) for each in leaf["disclosures"]):
                if value is None:
                    why = "a value is disclosed that the entry has not sealed"
                    yield Finding(TAMPERED, "disclosure-differs", why, leaf)
                self.disclosed[token] = value

    def bracket(self, leaf: Json) -> tuple[int | None, int | None]:
        """
        Return between which cosignatures an entry was logged; None where there is none.
        """
        after: list[int] = []
        before: list[int] = []
        for logs, times in self.anchors:
            if times and leaf["log"] in logs:
                inside = leaf["position"] <= logs[leaf["log"]][1]
                (before if inside else after).append(times[0] if inside else times[-1])
        return max(after, default=None), min(before, default=None)

    def _bracketed(self) -> Iterator[Finding]:
        for leaf in self.leaves:
            claimed = seconds_of(leaf["written_at"] or leaf["recorded_at"])
            after, before = self.bracket(leaf)
            if after is not None and claimed < after - SLACK:
                why = f"it claims {leaf['recorded_at']}, and was logged after {moment(after)}"
                yield Finding(TAMPERED, "time-outside", why, leaf)
            if before is not None and claimed > before + SLACK:
                why = f"it claims {leaf['recorded_at']}, and was logged by {moment(before)}"
                yield Finding(TAMPERED, "time-outside", why, leaf)

    def _complete(self) -> Iterator[Finding]:
        stream = f"account/{self.evidence.account}"
        own = [leaf for leaf in self.leaves if leaf["stream"] == stream]
        if not own:
            yield Finding(UNVERIFIABLE, "entry-missing", f"there is no entry of {stream}")
        taken = {leaf["data"]["action"] for leaf in own if leaf["kind"] == TAKEN}
        for action in self.evidence.wanted or ():
            if action not in taken:
                yield Finding(UNVERIFIABLE, "entry-missing", f"there is no action {action!r}")
        present = {f"{leaf['stream']}@{leaf['version']}" for leaf in self.leaves}
        for leaf in own:
            for relied_on in leaf["data"].get("relied_on") or ():
                if relied_on not in present:
                    why = f"the entry relied on {relied_on}, which is not here"
                    yield Finding(UNVERIFIABLE, "entry-missing", why, leaf)

    def answer(self) -> Json:
        """
        Return the verdict; and if it is that the bundle is verified, all that it shows.
        """
        findings = self.findings()
        tampered = any(found.verdict == TAMPERED for found in findings)
        verdict = TAMPERED if tampered else UNVERIFIABLE if findings else VERIFIED
        if findings:
            return answered(verdict, findings)
        answer = answered(verdict, ())
        evidence, (origin, size, root) = self.evidence, self.evidence.note.stated
        stream = f"account/{evidence.account}"
        account = Account([leaf for leaf in self.leaves if leaf["stream"] == stream])
        wanted = account.actions if evidence.wanted is None else evidence.wanted
        answer["origin"], answer["account"], answer["entries"] = (
            origin,
            evidence.account,
            len(self.leaves),
        )
        answer["checkpoint"] = {"size": size, "root": base64.b64encode(root).decode()}
        answer["since"] = self.since and self.since.stated[1]
        answer["cosigned"] = {name: moment(time) for name, time in sorted(self.times.items())}
        answer["not_checked"] = evidence.anchors
        answer["story"] = [self._told(account, account.actions[action]) for action in wanted]
        answer["not_shown"] = self._not_shown(stream)
        return answer

    def _told(self, account: Account, action: Json) -> Json:
        leaf, (until, ended_by, closer) = action["leaf"], account.ending(action)
        status = "withdrawn" if action["withdrawn"] else "restriction"
        if status == "restriction" and action["holding"] == "none":
            status = "holds-nothing"
        elif status == "restriction" and until is not None and until <= action["from"]:
            status = "never-in-force"
        if status != "restriction":
            until = ended_by = closer = None
        return {
            "action": action["action"],
            "measure": action["measure"],
            "scope": action["scope"],
            "status": status,
            "from": short(action["from"]),
            "until": short(until),
            "seconds": until and seconds_of(until, action["from"]),
            "ended_by": ended_by,
            "opened": {
                **self._entered(leaf, action["by"]),
                "requested_at": short(action["requested_at"]),
                "because_of": self._causes(account, action["because_of"]),
                "authority": action["authority"] and some(action["authority"], AUTHORITY),
                "safeguards": [some(verdict, VERDICT) for verdict in action["verdicts"]],
            },
            "closed": closer and self._entered(closer["leaf"], closer["by"]),
            "findings": [
                {
                    **some(found, FOUND),
                    **self._shown(found, "source"),
                    **self._shown(found, "statement"),
                }
                for found in account.findings.values()
                if found["action"] == action["action"]
            ],
        }

    def _shown(self, data: Json, name: str) -> Json:
        """
        Return a text under its name: what is disclosed of it where it is sealed.
        """
        token = (data[name] or "").partition("@")[0] if TOKEN.fullmatch(data[name] or "") else ""
        return {name: self.disclosed.get(token, token) if token else data[name]}

    def _entered(self, leaf: Json, by: str) -> Json:
        after, before = self.bracket(leaf)
        return {
            "by": by,
            **self._shown(leaf["data"], "reason"),
            "recorded_at": short(leaf["recorded_at"]),
            "log": leaf["log"],
            "position": leaf["position"],
            "logged_after": moment(after),
            "logged_before": moment(before),
        }

    @staticmethod
    def _causes(account: Account, because_of: Any) -> Any:
        if isinstance(because_of, str):
            return because_of
        filed = [account.reports.get(report) or {"report": report} for report in because_of]
        return [
            {name: each.get(name) for name in ("report", "category", "source")} for each in filed
        ]

    def _not_shown(self, stream: str) -> list[str]:
        last = max(
            (leaf for leaf in self.leaves if leaf["stream"] == stream), key=lambda f: f["version"]
        )
        return [
            f"entries of {stream} behind version {last['version']}, if there are any",
            "what nobody recorded, and whether what was recorded is true",
        ]


# Entries: what their bytes say, and what follows from it.

TAKEN, REVERSED = "account.action_taken", "account.action_reversed"
WHOLE = ("account/", "operator/")
"""The streams that are shown from version 1 on without a gap; of others single entries are."""

LEAF = (
    "data effective_at import kind log operator recorded_at request_id schema sealed stream"
    " version written_at"
)
READ = {
    TAKEN: "action:s measure:s holding:s scope:S requested_at:t expires_at:T reason:S"
    " because_of:w authority:a verdicts:v",
    REVERSED: "reversal:s action:s reason:S",
    "account.action_withdrawn": "action:s",
    "account.reversal_withdrawn": "reversal:s",
    "account.action_amended": "action:s expires_at:T",
    "account.record_corrected": "corrects:s effective_at:T operator:S",
    "account.report_filed": "report:s category:s source:s filed_at:t",
    "account.finding_asserted": "finding:s action:s cause:s source:s stated_at:t statement:s",
    "account.finding_revised": "finding:s action:s cause:s source:s stated_at:t statement:s"
    " revises:s",
    "account.finding_retracted": "finding:s",
}
"""What the story is made of: kinds, and their fields; a capital may be null, a t is a time."""

BESIDE = {
    "account": (
        "act_requested anomaly_recorded appeal_decided appeal_filed command_refused "
        "handed_over noted notified override_reviewed protected report_assigned "
        "report_reopened report_resolved request_approved request_denied request_withdrawn "
        "unprotected"
    ),
    "ledger": (
        "command_refused hold_placed hold_released import_began import_ended key_revoked "
        "key_rotated opened personal_data_read redacted retention_set subject_erased "
        "suppressed suppression_ended undo_applied"
    ),
    "operator": (
        "barred command_refused contract_changed enrolled offboarded role_granted "
        "role_revoked training_marked training_revoked unbarred"
    ),
    "policy": "adopted",
}
"""The kinds that change no action; a kind that stands nowhere here is of a newer format."""


def unreadable(why: str) -> Finding:
    """
    Return the finding that an entry is in the log and says nothing that can be read.
    """
    return Finding(UNVERIFIABLE, "entry-unreadable", why)


def read_leaf(body: bytes) -> Json:
    """
    Return what an entry's bytes say.
    """
    try:
        leaf = parsed_json(body.decode("utf-8"), "", "the entry")
    except (Finding, UnicodeDecodeError) as error:
        raise unreadable(str(error)) from None
    known_fields = {*LEAF.split()}
    if not isinstance(leaf, dict) or not known_fields <= set(leaf):
        raise unreadable("it does not have the fields of an entry")
    if known_fields != set(leaf):
        raise Finding(UNVERIFIABLE, "newer-format", "the entry has fields of a newer format")
    numbers = [leaf[name] for name in ("log", "schema", "version")]
    if not all(type(number) is int for number in numbers) or numbers[0] < 0 or numbers[2] < 1:
        raise unreadable("the log, the schema or the version is no number")
    about, _, happened = str(leaf["kind"]).partition(".")
    known = leaf["kind"] in READ or happened in BESIDE.get(about, "").split()
    if not known or not 1 <= leaf["schema"] <= SCHEMA:
        what = f"schema {leaf['schema']}, kind {leaf['kind']!r}"
        raise Finding(UNVERIFIABLE, "newer-format", f"the entry is of a newer format: {what}")
    head = "stream:s operator:s recorded_at:t written_at:T effective_at:T data:o"
    for holder, fields in ((leaf, head), (leaf["data"], READ.get(leaf["kind"], ""))):
        for name, _, shape in (field.partition(":") for field in fields.split()):
            if name not in holder or not fits(holder[name], shape):
                raise unreadable(f"{name} of {leaf['kind']} cannot be read")
    parts = leaf["sealed"]
    subjects = [] if parts is None else [subject_of(part) for part in listed(parts, "sealed")]
    if (leaf["schema"] == SCHEMA) != bool(subjects) or (parts is None) == bool(subjects):
        raise unreadable("the schema does not go with what is sealed")
    if subjects != sorted(set(subjects)):
        raise unreadable("what is sealed does not stand in order")
    if leaf["stream"].startswith("account/") != leaf["kind"].startswith("account."):
        raise unreadable(f"an entry of kind {leaf['kind']!r} stands on {leaf['stream']}")
    return leaf


def subject_of(part: Any) -> str:
    """
    Return the alias of the person whom a sealed payload is about.
    """
    if not isinstance(part, dict) or set(part) != {"ct", "subject"} or not fits(part["ct"], "s"):
        raise unreadable("what is sealed cannot be read")
    return worded(part["subject"], "the subject")


AUTHORITY = "kind:s contract:S vendor:S roles:w last_day:b"
VERDICT = "name:s policy:s outcome:s"
FOUND = "finding cause by status"
TOKEN = re.compile("sealed:[A-Za-z0-9_-]{43}(@[0-9.]+)?")


def fits(value: Any, shape: str) -> bool:
    """
    Return whether a value is of the shape that a letter stands for; capitals may be null.
    """
    if shape in "STa" and value is None:
        return True
    if shape in "tT":
        return isinstance(value, str) and bool(TIME.fullmatch(value)) and seconds_of(value) < 1e12
    if shape in "av":
        wanted = [each.partition(":") for each in (AUTHORITY if shape == "a" else VERDICT).split()]
        members = value if shape == "v" else [value]
        return isinstance(members, list) and all(
            isinstance(member, dict)
            and all(n in member and fits(member[n], s) for n, _, s in wanted)
            for member in members
        )
    if shape == "w" and isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, {"b": bool, "o": dict}.get(shape, str))


def disclosed(leaf: Json, disclosure: bytes) -> tuple[str, Any]:
    """
    Return the token of a disclosure, and the value that it shows; None if the entry has not sealed
    it.
    """
    digest = base64.urlsafe_b64encode(hashlib.sha256(disclosure).digest()).decode().rstrip("=")
    token = f"sealed:{digest}"
    try:
        told = parsed_json(disclosure.decode("utf-8"), "", "the disclosure")
    except (Finding, UnicodeDecodeError):
        return token, None
    plain = isinstance(told, list) and len(told) == 3 and all(isinstance(t, str) for t in told)
    return token, told[2] if plain and json.dumps(token).encode() in leaf["body"] else None


def some(data: Json, names: str) -> Json:
    """
    Return the fields of these names.
    """
    return {name: data[name] for name, _, _ in (each.partition(":") for each in names.split())}


def seconds_of(time: str, since: str = EPOCH) -> float:
    """
    Return the seconds between two times in entries.
    """
    try:
        begin, end = (datetime.strptime(each, MICROSECOND) for each in (since, time))
        return (end - begin).total_seconds()
    except ValueError:
        raise unreadable(f"{time} is no time") from None


def moment(seconds: int | None) -> Any:
    """
    Return a time as answers spell it.
    """
    if seconds is None:
        return None
    return (datetime(1970, 1, 1) + timedelta(seconds=min(seconds, LAST))).strftime(SECOND)


def short(time: str | None) -> str | None:
    """
    Return a time of an entry as answers spell it: decimals only where there are some.
    """
    return time and (time[:-1].rstrip("0").rstrip(".") + "Z")


class Account:
    """
    The actions of an account as its later entries left them (semantics, rules 8 to 11).
    """

    def __init__(self, leaves: Sequence[Json]) -> None:
        self.actions: dict[str, Json] = {}
        self.reversals: dict[str, Json] = {}
        self.reports: dict[str, Json] = {}
        self.findings: dict[str, Json] = {}
        for leaf in leaves:
            _, _, verb = leaf["kind"].partition(".")
            take = getattr(self, f"_{verb}", None)
            if take is not None:
                take(leaf, leaf["data"], leaf["effective_at"] or leaf["recorded_at"])
        self.followers: dict[str, Json] = {}
        self._settle()

    def _action_taken(self, leaf: Json, data: Json, at: str) -> None:
        known = {"leaf": leaf, "by": leaf["operator"], "from": at, "expires": data["expires_at"]}
        self.actions[data["action"]] = {**known, **data, "ends": [], "withdrawn": False}

    def _action_reversed(self, leaf: Json, data: Json, at: str) -> None:
        if data["action"] in self.actions:
            known = {"leaf": leaf, "by": leaf["operator"], "at": at, "withdrawn": False}
            self.reversals[data["reversal"]] = known
            self.actions[data["action"]]["ends"].append(known)

    def _action_withdrawn(self, _leaf: Json, data: Json, _at: str) -> None:
        if data["action"] in self.actions:
            self.actions[data["action"]]["withdrawn"] = True

    def _reversal_withdrawn(self, _leaf: Json, data: Json, _at: str) -> None:
        if data["reversal"] in self.reversals:
            self.reversals[data["reversal"]]["withdrawn"] = True

    def _action_amended(self, _leaf: Json, data: Json, _at: str) -> None:
        if data["action"] in self.actions:
            self.actions[data["action"]]["expires"] = data["expires_at"]

    def _record_corrected(self, _leaf: Json, data: Json, _at: str) -> None:
        reversal, action = self.reversals.get(data["corrects"]), self.actions.get(data["corrects"])
        known, time = (reversal, "at") if reversal else (action, "from")
        if known:
            known[time] = data["effective_at"] or known[time]
            known["by"] = data["operator"] or known["by"]

    def _report_filed(self, _leaf: Json, data: Json, _at: str) -> None:
        self.reports[data["report"]] = data

    def _finding_asserted(self, leaf: Json, data: Json, _at: str) -> None:
        self.findings[data["finding"]] = {"by": leaf["operator"], "status": "standing", **data}

    def _finding_revised(self, leaf: Json, data: Json, at: str) -> None:
        revised = self.findings.get(data["revises"], {})
        self._finding_asserted(leaf, data, at)
        if revised.get("status") == "standing":
            revised["status"] = "revised"

    def _finding_retracted(self, _leaf: Json, data: Json, _at: str) -> None:
        if data["finding"] in self.findings:
            self.findings[data["finding"]]["status"] = "retracted"

    def ending(self, action: Json) -> tuple[str | None, str | None, Json | None]:
        """
        Return when an action ends, by what, and the reversal or the action that ends it.
        """
        causes: list[tuple[str | None, str | None, Json | None]] = []
        if action["expires"]:
            causes.append((action["expires"], "expiry", None))
        causes += [(end["at"], "reversal", end) for end in action["ends"] if not end["withdrawn"]]
        follower = self.followers.get(action["action"])
        if follower and action["holding"] == "single":
            causes.append((follower["from"], "superseded", follower))
        return min(causes, key=lambda cause: cause[0] or "", default=(None, None, None))

    def _settle(self) -> None:
        slots: dict[tuple[str, str | None], list[Json]] = {}
        for action in self.actions.values():
            if not action["withdrawn"] and action["holding"] != "none":
                slots.setdefault((action["measure"], action["scope"]), []).append(action)
        for slot in slots.values():
            slot.sort(key=place)
            self.followers.update((one["action"], two) for one, two in zip(slot, slot[1:]))


def place(action: Json) -> tuple[str, int, str]:
    """
    Return where an action stands in its slot.
    """
    return action["from"], action["leaf"]["position"], action["action"]


# The command line.


def shown(character: str) -> str:
    """
    Return a character as a terminal may be sent it: what would move the cursor is spelled out.
    """
    plain = character.isprintable() and character.isascii()
    return character if plain else character.encode("unicode_escape").decode()


def said(answer: Json) -> Iterator[str]:
    """
    Yield the answer in sentences, a line each.
    """
    yield f"verdict: {answer['verdict']}"
    for found in answer["findings"]:
        at = f"log {found['log']} position {found['position']}: " if found["position"] else ""
        yield f"  {found['what']}: {at}{found['why']}"
    if answer["verdict"] != VERIFIED:
        return
    size = answer["checkpoint"]["size"]
    yield f"{answer['entries']} entries of the {size} of {answer['origin']}, signed by its key"
    for name, time in answer["cosigned"].items():
        yield f"  seen by {name} at {time}"
    if answer["since"] is not None:
        yield f"  and nothing was changed since your checkpoint of {answer['since']} entries"
    yield f"account {answer['account']}"
    for told in answer["story"]:
        yield from said_of(told)
    for sentence in answer["not_shown"]:
        yield f"not shown: {sentence}"


def said_of(told: Json) -> Iterator[str]:
    """
    Yield what is known of one action.
    """
    opened, closed = told["opened"], told["closed"]
    scope = f" on {told['scope']}" if told["scope"] else ""
    end = (
        f"until {told['until']} ({told['seconds']:.0f} s), {told['ended_by']}"
        if told["until"]
        else "no end known"
    )
    if told["status"] != "restriction":
        end = told["status"].replace("-", " ")
    yield f"  {told['action']}: {told['measure']}{scope}, from {told['from']}, {end}"
    who = f"{opened['by']}{said_of_authority(opened['authority'])}"
    yield f"    by {who}, asked for at {opened['requested_at']}, {said_of_entry(opened)}"
    because_of = opened["because_of"]
    if not isinstance(because_of, str):
        because_of = ", ".join(
            f"report {r['report']} ({r['category']}, from {r['source']})" for r in because_of
        )
    yield f"    because of {because_of}"
    for known in (opened, closed):
        if known and known["reason"] is not None:
            yield f"    reason of {known['by']}: {known['reason']}"
    if closed:
        yield f"    ended by {closed['by']}, {said_of_entry(closed)}"
    for verdict in opened["safeguards"]:
        yield f"    safeguard {verdict['name']} of {verdict['policy']}: {verdict['outcome']}"
    for found in told["findings"]:
        yield f"    found {found['cause']} by {found['by']} ({found['source']}), {found['status']}"


def said_of_authority(held: Json | None) -> str:
    """
    Return what an operator was when he acted.
    """
    if not held:
        return ""
    words = [held["kind"], held["contract"], held["vendor"], *held["roles"]]
    words += ["on the last day"] if held["last_day"] else []
    return f" ({', '.join(word for word in words if word)})"


def said_of_entry(known: Json) -> str:
    """
    Return where an entry stands, and what proves when it was logged.
    """
    times = [("after", known["logged_after"]), ("by", known["logged_before"])]
    proven = " and ".join(f"{word} {time}" for word, time in times if time)
    place = f"log {known['log']} position {known['position']}"
    return f"recorded {known['recorded_at']} ({place}{', logged ' if proven else ''}{proven})"


def check(bundle: bytes, policy: bytes, since: bytes | None = None) -> Json:
    """
    Return the verdict on a bundle, and the story that it proves.
    """
    trusted = Policy(policy)
    text = None if since is None else since.decode("utf-8", "surrogateescape")
    if text is not None and text.startswith(RECEIPT):
        # Of a ledger of several logs the checkpoint stands at the end of a receipt.
        _, _, text = text.partition("\n\n")
    held = None if text is None else Note(text, "your checkpoint")
    try:
        evidence = Evidence(bundle)
    except Finding as found:
        return answered(found.verdict, [found])
    return Check(evidence, trusted, held).answer()


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Check what the command line names, print the answer and return the exit code.
    """

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            self.exit(UNUSABLE, f"{self.format_usage()}{message}\n")

    parser = Parser(description="Check a bundle of evidence.")
    parser.add_argument("bundle")
    parser.add_argument("--policy", required=True, help="whom you trust: a C2SP tlog-policy file")
    parser.add_argument("--since", help="a checkpoint that you have held since")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    asked = parser.parse_args(arguments)
    named_files = [name for name in (asked.bundle, asked.policy, asked.since) if name is not None]
    read = []
    for name in named_files:
        try:
            with Path(name).open("rb") as file:
                read.append(file.read(BUNDLE_MAX + 1))
        except OSError as error:
            parser.error(f"{name}: {error.strerror}")
    try:
        answer = check(*read)
    except Finding as found:
        parser.error(found.why)
    if asked.json:
        print(json.dumps(answer, separators=(",", ":")))
    else:
        for line in said(answer):
            print("".join(map(shown, line)))
    return EXIT[answer["verdict"]]


if __name__ == "__main__":
    sys.exit(main())
