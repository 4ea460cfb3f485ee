"""
Whom an auditor trusts: which logs, which witnesses, and how many of them must have seen a log.

A policy comes from the auditor, never from what is checked. It is a text file:

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>...
    quorum <name>|none

The names of witnesses and groups are used within the file only. A line names only what stands
above it, and a name is a member of one group at most, so that nobody counts twice.

Source: C2SP tlog-policy.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ledger.errors import Malformed, Tampered
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.cosignature import cosignature_times
from ledger.proofs.note import (
    Algorithm,
    MLDSAVerifier,
    Note,
    Unvouched,
    VerifierKey,
    parse_verifier_key,
    signers,
)
from ledger.proofs.spelling import parse_count

POLICY_SIZE_MAX = 1_000_000
"""Bytes in a policy file."""

NOBODY = "none"
"""The quorum that asks for no witness."""

DEFINED_MAX = 256
"""Logs, witnesses and groups, of each, in a policy."""

_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_BLANKS = re.compile(r"[ \t]+")
_LOG_ALGORITHMS = (Algorithm.ED25519, Algorithm.ML_DSA_44)
_WITNESS_ALGORITHMS = (Algorithm.COSIGNATURE, Algorithm.ML_DSA_44)


@dataclass(frozen=True, slots=True)
class Witness:
    """
    A cosigner that the policy knows.

    Args:
        name: What the policy calls it.

        key: Its key, of an algorithm whose signatures have a time.
    """

    name: str
    key: VerifierKey


@dataclass(frozen=True, slots=True)
class Group:
    """
    Witnesses, or groups of them, of whom some must have seen a checkpoint.

    Args:
        name: What the policy calls it.

        threshold: How many of the members must have; 1 to all of them.

        members: Names that are defined before.
    """

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """
    Whom an auditor trusts.

    Args:
        logs: The keys of the logs; a key's name is the origin of its log.

        witnesses: The cosigners.

        groups: In an order in which each names only what was before it.

        quorum: The witness or group that must have seen a checkpoint, or `NOBODY`.

        urls: Where a log or a witness can be reached, by the text of its key; not for checking.

    Raises:
        Malformed: The same key twice, a name twice or undefined, or a threshold that cannot be met.
    """

    logs: tuple[VerifierKey, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NOBODY
    urls: dict[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """
        Check that the policy has one meaning.
        """
        if max(len(self.logs), len(self.witnesses), len(self.groups)) > DEFINED_MAX:
            raise Malformed(
                "the policy is too long",
                where="policy",
                expected=f"at most {DEFINED_MAX} logs, witnesses and groups each",
            )
        _check_keys(self.logs, _LOG_ALGORITHMS, "log")
        _check_keys([one.key for one in self.witnesses], _WITNESS_ALGORITHMS, "witness")
        defined = {NOBODY}
        for witness in self.witnesses:
            _define(witness.name, defined)
        free = defined - {NOBODY}
        for group in self.groups:
            _check_group(group, free)
            _define(group.name, defined)
            free = free - set(group.members) | {group.name}
        if self.quorum not in defined:
            raise Malformed(
                f"the quorum {self.quorum!r} is not defined",
                where="policy",
                expected=f"a witness, a group, or {NOBODY}",
            )
        for url in self.urls.values():
            _check_word(url, "url")

    def text(self) -> str:
        """
        Return the policy as a file that `parse_policy` reads as this policy.

        Names are opaque octets: those that are not UTF-8 stand in the text as Python writes them
        with `surrogateescape`, and are to be encoded so.
        """
        lines = [
            *(f"log {key}{self._url(key)}" for key in self.logs),
            *(f"witness {one.name} {one.key}{self._url(one.key)}" for one in self.witnesses),
            *(f"group {one.name} {one.threshold} {' '.join(one.members)}" for one in self.groups),
            f"quorum {self.quorum}",
        ]
        return "".join(f"{line}\n" for line in lines)

    def _url(self, key: VerifierKey) -> str:
        """
        Return the place of a key behind a space, or nothing.
        """
        return f" {self.urls[str(key)]}" if str(key) in self.urls else ""

    def seen_by(self, witnesses: Iterable[str]) -> bool:
        """
        Tell whether the quorum has seen what these witnesses have seen.

        Args:
            witnesses: Names as the policy calls them.
        """
        seen = {NOBODY, *witnesses}
        for group in self.groups:
            if group.threshold <= len(seen.intersection(group.members)):
                seen.add(group.name)
        return self.quorum in seen


@dataclass(frozen=True, slots=True)
class Vouched:
    """
    A checkpoint that a policy trusts, and who vouches for it.

    Args:
        checkpoint: What the log was.

        logs: The log's own keys that signed it.

        witnesses: The witnesses that cosigned it, as the policy calls them.

        times: When each cosigner, by its key's name, saw the log so: seconds since 1970.
    """

    checkpoint: Checkpoint
    logs: tuple[VerifierKey, ...]
    witnesses: tuple[str, ...]
    times: dict[str, int] = field(hash=False)


def check_note(
    policy: TrustPolicy, origin: str, note: Note, verify_mldsa: MLDSAVerifier | None = None
) -> Vouched:
    """
    Check that a note is a checkpoint of that log which the policy trusts.

    Args:
        policy: Whom the auditor trusts.

        origin: The log that is asked about; from the auditor too, not from the note.

        note: What is said to be a checkpoint of it.

        verify_mldsa: Checks ML-DSA-44; without it such keys vouch for nothing.

    Raises:
        Malformed: The text is not a checkpoint, or the policy knows no log of that origin.

        Tampered: It is of another log, or a signature by a known key does not hold.

        Unvouched: The log did not sign it, or the quorum has not seen it.
    """
    own = tuple(key for key in policy.logs if key.name == origin)
    if not own:
        known = ", ".join(dict.fromkeys(key.name for key in policy.logs)) or "none"
        raise Malformed(
            f"the policy knows no log {origin!r}",
            where="policy",
            expected=f"a line `log` with a key of that name; it has {known}",
        )
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise Tampered(
            f"this is a checkpoint of {checkpoint.origin!r}", where="checkpoint", expected=origin
        )
    signed = signers(note, own, verify_mldsa)
    keys = [witness.key for witness in policy.witnesses]
    cosigned = set(signers(note, keys, verify_mldsa))
    seen = tuple(witness.name for witness in policy.witnesses if witness.key in cosigned)
    if not signed:
        raise Unvouched(
            f"no key of {origin} signed this checkpoint{_unchecked(own, verify_mldsa)}",
            where="checkpoint",
            expected=f"a signature by {' or '.join(map(str, own))[:200]}",
        )
    if not policy.seen_by(seen):
        raise Unvouched(
            f"{'only ' if seen else 'no witness'}{', '.join(seen)} cosigned this checkpoint"
            f"{_unchecked(keys, verify_mldsa)}",
            where="checkpoint",
            expected=f"the quorum {policy.quorum} of the policy",
        )
    return Vouched(checkpoint, signed, seen, cosignature_times(note, keys, verify_mldsa))


def _unchecked(keys: Sequence[VerifierKey], verify_mldsa: MLDSAVerifier | None) -> str:
    """
    Return what to say of keys that could not be checked.
    """
    cannot = verify_mldsa is None and any(one.algorithm is Algorithm.ML_DSA_44 for one in keys)
    return ", as far as can be checked here: ML-DSA-44 cannot" if cannot else ""


def parse_policy(text: str | bytes) -> TrustPolicy:
    """
    Return the policy that a file holds.

    Args:
        text: The file: comments (``#``) and empty lines are passed over, spaces and tabs may stand
            around and between words, and the last line ends like all others, so that a file that
            was cut off is not taken for a shorter name.

    Raises:
        Malformed: A line is not understood; named by its number.
    """
    if not isinstance(text, str | bytes):
        raise Malformed(
            f"{type(text).__name__} is no policy", where="policy", expected="its text or its bytes"
        )
    octets = _octets(text) if isinstance(text, str) else text
    if len(octets) > POLICY_SIZE_MAX or _FORBIDDEN.search(octets):
        raise Malformed(
            "it is too long, or holds a control character",
            where="policy",
            expected=f"at most {POLICY_SIZE_MAX} bytes, no control characters but tab and newline",
        )
    # Names are opaque octets; only keys must be UTF-8, which they check themselves.
    lines = octets.decode(errors="surrogateescape").split("\n")
    if lines.pop().strip(" \t"):
        raise Malformed(
            "the last line does not end in a newline: the file may have been cut off",
            where=f"policy line {len(lines) + 1}",
            expected="every line ended by a newline",
        )
    draft = _Draft()
    for number, line in enumerate(lines, start=1):
        words = _BLANKS.split(line.strip(" \t"))
        if words != [""] and not words[0].startswith("#"):
            try:
                draft.take(*words)
            except Malformed as problem:
                raise problem.at(f"policy line {number}") from None
    return draft.policy()


class _Draft:
    """
    A policy of which some lines were read.
    """

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self.urls: dict[str, str] = {}

    def take(self, kind: str, *words: str) -> None:
        """
        Read one line, and check what stands so far.
        """
        match kind, words:
            case "log", (vkey, *url) if len(url) <= 1:
                self.logs.append(self._key(vkey, url))
            case "witness", (name, vkey, *url) if len(url) <= 1:
                self.witnesses.append(Witness(name, self._key(vkey, url)))
            case "group", (name, threshold, first, *others):
                members = (first, *others)
                self.groups.append(Group(name, _threshold(threshold, len(members)), members))
            case "quorum", (name,) if self.quorum is None:
                self.quorum = name
            case _:
                raise Malformed(
                    f"{' '.join((kind, *words))[:80]!r} is not understood",
                    expected="log, witness, group, or the only quorum",
                )
        self._policy(self.quorum or NOBODY)

    def _key(self, vkey: str, url: list[str]) -> VerifierKey:
        """
        Return the key of a log or witness, and keep where it can be reached.
        """
        key = parse_verifier_key(vkey)
        self.urls.update((str(key), place) for place in url)
        return key

    def policy(self) -> TrustPolicy:
        """
        Return the policy once all lines were read.

        Raises:
            Malformed: There was no line `quorum`.
        """
        if self.quorum is None:
            raise Malformed(
                "there is no quorum", where="policy", expected=f"`quorum <name>` or quorum {NOBODY}"
            )
        return self._policy(self.quorum)

    def _policy(self, quorum: str) -> TrustPolicy:
        """
        Return what was read so far as a policy.
        """
        return TrustPolicy(
            tuple(self.logs), tuple(self.witnesses), tuple(self.groups), quorum, dict(self.urls)
        )


def _octets(text: str) -> bytes:
    """
    Return the octets that a text stands for, those included that are not UTF-8.
    """
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError as problem:
        raise Malformed("this is no text", where="policy", expected="octets as text") from problem


def _check_word(word: str, what: str) -> None:
    """
    Check that a name or a URL can stand in a policy as one word.
    """
    octets = _octets(word)
    if not octets or _FORBIDDEN.search(octets) or _BLANKS.search(word) or "\n" in word:
        raise Malformed(
            f"{word[:80]!r} is not one word",
            where=f"policy {what}",
            expected="no spaces, no control characters",
        )


def _define(name: str, defined: set[str]) -> None:
    """
    Add a name to those that are defined.
    """
    _check_word(name, "name")
    if name in defined:
        raise Malformed(
            f"the name {name!r} is taken",
            where="policy",
            expected="a name for each, none of them none",
        )
    defined.add(name)


def _check_group(group: Group, free: set[str]) -> None:
    """
    Check that a group can be met, and that its members count nowhere else.
    """
    strange = [name for name in group.members if name not in free]
    twice = len(set(group.members)) != len(group.members)
    if strange or twice or not 1 <= group.threshold <= len(group.members):
        raise Malformed(
            f"{group.threshold} of {', '.join(group.members)[:200]} cannot be asked for",
            where=f"policy group {group.name}",
            expected="members defined before and in no other group, each once,"
            " and a threshold from 1 to how many they are",
        )


def _check_keys(keys: Sequence[VerifierKey], algorithms: tuple[Algorithm, ...], kind: str) -> None:
    """
    Check that the keys of logs or of witnesses are all different and fit for it.
    """
    known: set[bytes] = set()
    for key in keys:
        _check_word(str(key), "key")
        if key.algorithm not in algorithms or key.public_key in known:
            raise Malformed(
                f"the key of algorithm {key.algorithm.value} cannot be used here, or is used twice",
                where=f"{kind} {key.name}",
                expected="another key for each, of algorithm "
                + " or ".join(f"{one.value} ({one.name})" for one in algorithms),
            )
        known.add(key.public_key)


def _threshold(word: str, members: int) -> int:
    """
    Return how many of so many members a word asks for.
    """
    match word:
        case "any":
            return 1
        case "all":
            return members
        case _:
            return parse_count(word, "threshold")
