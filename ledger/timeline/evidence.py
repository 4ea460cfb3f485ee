"""
The story that a bundle of evidence proves, from its entries alone.

The proofs have shown that each entry is in the log. Here it is looked at whether they are all that
the story needs (versions without a gap, what decisions relied on, times that fit the moments at
which witnesses saw the log), and they are folded by the same functions as a ledger's.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import attrs

from ledger.errors import Tampered, Unavailable
from ledger.moderation.account import Account, Action, Finding, fold
from ledger.moderation.authority import Authority
from ledger.moderation.codec import CODEC
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.events.record import Outcome
from ledger.moderation.identity import account_stream
from ledger.moderation.moment import moment, shortest
from ledger.moderation.sealing import bare, commitment, is_token, read_disclosure
from ledger.moderation.term import EndedBy, Term, term
from ledger.moderation.vocabulary import Holding
from ledger.proofs import evidence
from ledger.proofs.bundle import Leaf
from ledger.proofs.evidence import Proven
from ledger.proofs.verdict import Verdict

SLACK: Final = timedelta(minutes=5)
"""How far the ledger's clock may be from those of witnesses."""

WHOLE: Final = ("account/", "operator/")
"""The streams that a bundle has from version 1 on without a gap; of others it has single ones."""

_EPOCH: Final = moment("1970-01-01T00:00:00Z", "epoch")
_LAST_SECOND: Final = 253_402_300_799


@attrs.frozen
class Proof:
    """
    Where the entry stands that shows something, and what proves when it was logged.

    Args:
        by: Who did it, as corrected.

        logged_after, logged_before: Between which cosignatures; None where none is known.
    """

    by: str
    reason: str | None
    recorded_at: datetime
    log: int
    position: int
    logged_after: datetime | None
    logged_before: datetime | None


@attrs.frozen
class Cause:
    """
    A report that an action was taken because of; None for what its entries are not there to say.
    """

    report: str
    category: str | None = None
    source: str | None = None


@attrs.frozen
class Held:
    """
    What an operator was when he acted, as the entry has it.
    """

    kind: str
    contract: str | None
    vendor: str | None
    roles: tuple[str, ...]
    last_day: bool


@attrs.frozen
class Guarded:
    """
    What a safeguard said.
    """

    name: str
    policy: str
    outcome: Outcome


@attrs.frozen
class Claimed:
    """
    What was found about an action's cause.

    Args:
        status: ``standing``, ``revised`` or ``retracted``.
    """

    finding: str
    cause: str
    by: str
    source: str
    statement: str
    status: str


class Status(StrEnum):
    """
    What an action came to: a restriction, or why none.
    """

    RESTRICTION = "restriction"
    WITHDRAWN = "withdrawn"
    NEVER_IN_FORCE = "never-in-force"
    HOLDS_NOTHING = "holds-nothing"


@attrs.frozen
class Told:
    """
    What is proven about one action.

    Args:
        from_, until: In force at ``from_ <= at < until``; of what was never in force, `from_` is
            when it would have begun.

        closed: What ended it; None for an expiry and for what goes on.
    """

    action: str
    measure: str
    scope: str | None
    status: Status
    from_: datetime
    until: datetime | None
    ended_by: EndedBy | None
    opened: Proof
    requested_at: datetime
    because_of: str | tuple[Cause, ...]
    authority: Held | None
    safeguards: tuple[Guarded, ...]
    closed: Proof | None
    findings: tuple[Claimed, ...]

    @property
    def seconds(self) -> float | None:
        """
        Return how many seconds it is in force; None while no end is known.
        """
        return None if self.until is None else (self.until - self.from_).total_seconds()


@attrs.frozen
class Evidence:
    """
    The answer to what a bundle shows.

    Args:
        proven: None where a finding stands against it.

        story: Empty unless it is verified.
    """

    verdict: Verdict
    findings: tuple[evidence.Finding, ...] = ()
    proven: Proven | None = None
    story: tuple[Told, ...] = ()
    not_shown: tuple[str, ...] = ()


def evidence_of(proven: Proven | tuple[evidence.Finding, ...]) -> Evidence:
    """
    Return the verdict on a bundle whose proofs were checked, and the story that it proves.
    """
    if not isinstance(proven, Proven):
        return _against(proven)
    read = _Reading(proven)
    for stage in (read.entries, read.order, read.disclosures, read.brackets, read.completeness):
        if found := list(stage()):
            return _against(found)
    return Evidence(
        Verdict.VERIFIED, (), proven, tuple(_Story(proven, read).told()), tuple(read.not_shown())
    )


def _against(found: Iterable[evidence.Finding]) -> Evidence:
    findings = tuple(sorted(found, key=lambda finding: finding.place))
    tampered = any(finding.verdict is Verdict.TAMPERED for finding in findings)
    return Evidence(Verdict.TAMPERED if tampered else Verdict.UNVERIFIABLE, findings)


def _about(entry: Entry, verdict: Verdict, what: str, why: str) -> evidence.Finding:
    return evidence.Finding(
        verdict, what, why, entry.log, entry.position, entry.stream, entry.version
    )


class _Reading:
    """
    The entries of a bundle that are read and looked at together, stage by stage.
    """

    def __init__(self, proven: Proven) -> None:
        self.proven = proven
        self.read: list[tuple[Leaf, Entry]] = []
        self.disclosed: dict[str, str] = {}
        self.stream = account_stream(proven.bundle.account)

    @property
    def own(self) -> list[Entry]:
        """
        Return the entries of the account that the story is about.
        """
        return [entry for _, entry in self.read if entry.stream == self.stream]

    def entries(self) -> Iterator[evidence.Finding]:
        """
        Yield which entries cannot be read, or say that they are elsewhere.
        """
        for leaf in self.proven.bundle.leaves:
            try:
                entry = CODEC.decode_entry(leaf.body, leaf.position)
            except Unavailable as error:
                yield evidence.unverifiable("newer-format", str(error), leaf)
                continue
            except Tampered as error:
                yield evidence.unverifiable("entry-unreadable", str(error), leaf)
                continue
            if entry.stream.startswith("account/") != entry.kind.startswith("account."):
                why = f"an entry of kind {entry.kind!r} stands on {entry.stream}"
                yield evidence.unverifiable("entry-unreadable", why, leaf)
                continue
            if entry.log != leaf.log:
                why = f"the entry says that it is of log {entry.log}"
                yield _about(entry, Verdict.TAMPERED, "version-missing", why)
            self.read.append((leaf, entry))

    def order(self) -> Iterator[evidence.Finding]:
        """
        Yield where versions or times do not follow each other.
        """
        versions: dict[str, Entry] = {}
        recorded: dict[int, datetime] = {}
        for _, entry in self.read:
            before = versions.get(entry.stream)
            version, log = (0, entry.log) if before is None else (before.version, before.log)
            gap_free = entry.stream.startswith(WHOLE)
            follows = entry.version == version + 1 if gap_free else entry.version > version
            if not follows or log != entry.log:
                why = f"version {entry.version} of {entry.stream} stands behind version {version}"
                yield _about(entry, Verdict.TAMPERED, "version-missing", why)
            if entry.recorded_at < recorded.get(entry.log, entry.recorded_at):
                why = "it says that it was recorded before an entry that stands before it"
                yield _about(entry, Verdict.TAMPERED, "time-decreases", why)
            versions[entry.stream], recorded[entry.log] = entry, entry.recorded_at

    def disclosures(self) -> Iterator[evidence.Finding]:
        """
        Yield which disclosures are not of the entry that they stand beside.
        """
        for leaf, entry in self.read:
            for disclosed in leaf.disclosures:
                token = commitment(disclosed)
                try:
                    _, value = read_disclosure(disclosed)
                except Tampered:
                    value = None
                if value is None or f'"{token}"'.encode() not in leaf.body:
                    why = "a value is disclosed that the entry did not seal"
                    yield _about(entry, Verdict.TAMPERED, "disclosure-differs", why)
                else:
                    self.disclosed[token] = value

    def brackets(self) -> Iterator[evidence.Finding]:
        """
        Yield which entries claim another time than that at which witnesses saw the log without
        them, or with them.
        """
        for leaf, entry in self.read:
            claimed = entry.written_at or entry.recorded_at
            after, before = map(moment_of, self.proven.bracket(leaf))
            if after is not None and claimed < after - SLACK:
                why = f"it claims {shortest(claimed)}, and was logged after {shortest(after)}"
                yield _about(entry, Verdict.TAMPERED, "time-outside", why)
            if before is not None and claimed > before + SLACK:
                why = f"it claims {shortest(claimed)}, and was logged by {shortest(before)}"
                yield _about(entry, Verdict.TAMPERED, "time-outside", why)

    def completeness(self) -> Iterator[evidence.Finding]:
        """
        Yield what the story needs and is not there.
        """
        own = self.own
        if not own:
            yield evidence.unverifiable("entry-missing", f"there is no entry of {self.stream}")
        taken = {entry.event.action for entry in own if isinstance(entry.event, ActionTaken)}
        for action in self.proven.bundle.actions or ():
            if action not in taken:
                yield evidence.unverifiable("entry-missing", f"there is no action {action!r}")
        present = {f"{entry.stream}@{entry.version}" for _, entry in self.read}
        for entry in own:
            for relied_on in getattr(entry.event, "relied_on", ()):
                if relied_on not in present:
                    why = f"the entry relied on {relied_on}, which is not here"
                    yield _about(entry, Verdict.UNVERIFIABLE, "entry-missing", why)

    def not_shown(self) -> Iterator[str]:
        """
        Yield what nobody can see from a bundle.
        """
        yield f"entries of {self.stream} behind version {self.own[-1].version}, if there are any"
        yield "what nobody recorded, and whether what was recorded is true"


def moment_of(seconds: int | None) -> datetime | None:
    """
    Return the moment of a cosignature.
    """
    return None if seconds is None else _EPOCH + timedelta(seconds=min(seconds, _LAST_SECOND))


class _Story:
    """
    What the entries of the account say, with the proof of each.
    """

    def __init__(self, proven: Proven, read: _Reading) -> None:
        self._account = fold(Account(proven.bundle.account), read.own)
        self._wanted = proven.bundle.actions
        self._proven = proven
        self._disclosed: Mapping[str, str] = read.disclosed
        self._leaves = {(entry.log, entry.position): (leaf, entry) for leaf, entry in read.read}

    def told(self) -> Iterator[Told]:
        """
        Yield what is proven of each action that was asked for.
        """
        for name in self._account.actions if self._wanted is None else self._wanted:
            yield self._told(self._account.actions[name])

    def _told(self, action: Action) -> Told:
        taken, held = action.taken, term(self._account, action)
        status, held = _status(action, held)
        closed = held.closed_at_position
        return Told(
            action=action.action,
            measure=taken.measure,
            scope=taken.scope,
            status=status,
            from_=action.effective_at,
            until=held.until,
            ended_by=held.ended_by,
            opened=self._proof(action.entry, action.operator),
            requested_at=taken.requested_at,
            because_of=self._causes(taken),
            authority=_held(taken.authority),
            safeguards=tuple(Guarded(v.name, v.policy, v.outcome) for v in taken.verdicts),
            closed=None
            if closed is None or held.closed_by is None
            else self._proof(self._leaves[action.entry.log, closed][1], held.closed_by),
            findings=tuple(
                self._claimed(found)
                for found in self._account.findings.values()
                if found.action == action.action
            ),
        )

    def _proof(self, entry: Entry, by: str) -> Proof:
        after, before = self._proven.bracket(self._leaves[entry.log, entry.position][0])
        return Proof(
            by,
            self._revealed(getattr(entry.event, "reason", None)),
            entry.recorded_at,
            entry.log,
            entry.position,
            moment_of(after),
            moment_of(before),
        )

    def _causes(self, taken: ActionTaken) -> str | tuple[Cause, ...]:
        if isinstance(taken.because_of, str):
            return taken.because_of
        known = self._account.reports
        return tuple(
            Cause(name, known[name].category, known[name].source) if name in known else Cause(name)
            for name in taken.because_of
        )

    def _claimed(self, found: Finding) -> Claimed:
        return Claimed(
            found.finding,
            found.cause,
            found.by,
            self._revealed(found.source) or "",
            self._revealed(found.statement) or "",
            found.status,
        )

    def _revealed(self, said: str | None) -> str | None:
        """
        Return what is disclosed of a sealed text; the token where nothing is.
        """
        if not is_token(said):
            return said
        token = bare(said or "")
        return self._disclosed.get(token, token)


def _held(authority: Authority | None) -> Held | None:
    if authority is None:
        return None
    return Held(
        authority.kind,
        authority.contract,
        authority.vendor,
        authority.roles,
        authority.last_day,
    )


def _status(action: Action, held: Term | None) -> tuple[Status, Term]:
    """
    Return whether an action was in force, or why not; and the term that may be told of it.
    """
    nothing = Term(action.effective_at)
    if action.withdrawn is not None:
        return Status.WITHDRAWN, nothing
    if held is None or action.taken.holding is Holding.NONE:
        return Status.HOLDS_NOTHING, nothing
    return (Status.NEVER_IN_FORCE, nothing) if held.is_empty else (Status.RESTRICTION, held)
