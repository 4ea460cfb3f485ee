"""
What a bundle proves by itself: that its entries are in a log for which those vouch whom an auditor
trusts, and that the log only grew.

Whether the entries are all that a story needs, and what they say, is looked at afterwards, in
`ledger.timeline.evidence`: a stage is entered when nothing was found in the one before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ledger.errors import LedgerError, Malformed, Tampered, Unavailable
from ledger.proofs.bundle import Bundle, Earlier, Leaf, Roots, parse_bundle
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.consistency import check_consistency
from ledger.proofs.inclusion import check_inclusion
from ledger.proofs.note import Note, Unvouched
from ledger.proofs.policy import NOBODY, TrustPolicy, check_note
from ledger.proofs.roots import parse_roots, roots_origin
from ledger.proofs.tree import record_hash
from ledger.proofs.verdict import Verdict

_ROOTS = roots_origin("")


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Why a bundle is not verified.

    Args:
        verdict: What follows from it: that something contradicts what was signed, or only that it
            is not shown.

        what: One word for programs; FORMAT.md lists them.

        why: A sentence.

        log, position, stream, version: The entry, where it is about one.
    """

    verdict: Verdict
    what: str
    why: str
    log: int | None = None
    position: int | None = None
    stream: str | None = None
    version: int | None = None

    @property
    def place(self) -> tuple[int, int]:
        """
        Return where it stands among others: what has no place first.
        """
        return (-1 if self.log is None else self.log), self.position or 0


def tampered(what: str, why: str, leaf: Leaf | None = None) -> Finding:
    """
    Return the finding that something contradicts what was signed.
    """
    return _finding(Verdict.TAMPERED, what, why, leaf)


def unverifiable(what: str, why: str, leaf: Leaf | None = None) -> Finding:
    """
    Return the finding that something is not shown.
    """
    return _finding(Verdict.UNVERIFIABLE, what, why, leaf)


def _finding(verdict: Verdict, what: str, why: str, leaf: Leaf | None) -> Finding:
    if leaf is None:
        return Finding(verdict, what, why)
    return Finding(verdict, what, why, leaf.log, leaf.position)


@dataclass(frozen=True, slots=True)
class Anchored:
    """
    When trusted witnesses saw the logs at some sizes.

    Args:
        sizes: How many entries each log had, by log.

        times: When, in seconds since 1970, ascending.
    """

    sizes: Mapping[int, int]
    times: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Proven:
    """
    What the signatures and hashes of a bundle prove.

    Args:
        checkpoint: What the log was.

        times: When each cosigner saw it so, by the name of its key.

        anchored: The moments at which the sizes of the logs are known.

        since: The auditor's checkpoint that it goes on from.
    """

    bundle: Bundle
    checkpoint: Checkpoint
    times: Mapping[str, int] = field(hash=False)
    anchored: tuple[Anchored, ...]
    since: Checkpoint | None = None

    def bracket(self, leaf: Leaf) -> tuple[int | None, int | None]:
        """
        Return after and by which moment an entry was logged, in seconds since 1970.

        An entry beyond a size that a witness saw was logged after the witness saw it; one below it,
        before. None where nothing is known.
        """
        after = [
            known.times[-1]
            for known in self.anchored
            if known.times and known.sizes.get(leaf.log, leaf.position) < leaf.position
        ]
        before = [
            known.times[0]
            for known in self.anchored
            if known.times and leaf.position <= known.sizes.get(leaf.log, 0)
        ]
        return max(after, default=None), min(before, default=None)


class _Stop(Exception):
    """
    Nothing beyond this finding can be looked at.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.why)
        self.finding = finding


def check_proofs(
    written: bytes, policy: TrustPolicy, since: Note | None = None
) -> Proven | tuple[Finding, ...]:
    """
    Check the signatures and hashes of a bundle.

    Args:
        written: The bundle, as it was received.

        policy: Whom the auditor trusts; nothing in the bundle can add to it.

        since: A checkpoint that the auditor has held since an earlier time.

    Returns:
        What is proven; or what the first stage that found anything found, by place.
    """
    try:
        return _check_proofs(parse_bundle(written), policy, since)
    except _Stop as stop:
        return (stop.finding,)
    except Malformed as error:
        return (unverifiable("malformed", str(error)),)
    except Unavailable as error:
        return (unverifiable("newer-format", str(error)),)


def _check_proofs(
    bundle: Bundle, policy: TrustPolicy, since: Note | None
) -> Proven | tuple[Finding, ...]:
    checkpoint = parse_checkpoint(bundle.checkpoint.text)
    earlier = [(one, parse_checkpoint(one.checkpoint.text)) for one in bundle.earlier]
    sizes = [before.size for _, before in earlier]
    if sizes != sorted({size for size in sizes if size < checkpoint.size}):
        raise Malformed("earlier checkpoints stand twice, or not in the order of their sizes")
    if bundle.origin != checkpoint.origin:
        why = f"the bundle says {bundle.origin!r}, its checkpoint {checkpoint.origin!r}"
        return (tampered("origin-differs", why),)
    times, witnesses = _vouched(policy, bundle.checkpoint, "the checkpoint")
    if not policy.seen_by(witnesses):
        why = f"the quorum {policy.quorum} has not seen the checkpoint"
        return (unverifiable("quorum-not-met", why),)
    logs = _logs(checkpoint, bundle.roots)
    growth = _Growth(bundle, policy, checkpoint, logs)
    growth.anchored.append(_anchored(logs, times))
    held = None if since is None else parse_checkpoint(since.text)
    grown = [*growth.since_earlier(earlier), *growth.since_held(since)]
    found = grown or list(_included(bundle, logs))
    if found:
        return tuple(sorted(found, key=lambda finding: finding.place))
    return Proven(bundle, checkpoint, times, tuple(growth.anchored), held)


def _anchored(logs: Mapping[int, Checkpoint], times: Mapping[str, int]) -> Anchored:
    return Anchored({log: known.size for log, known in logs.items()}, tuple(sorted(times.values())))


def _vouched(
    policy: TrustPolicy, note: Note, where: str
) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """
    Return when which cosigner has seen a checkpoint that its own log signed, and the witnesses.
    """
    origin = parse_checkpoint(note.text).origin
    if all(key.name != origin for key in policy.logs):
        raise _Stop(unverifiable("not-vouched", f"the policy knows no log {origin!r}"))
    try:
        vouched = check_note(replace(policy, quorum=NOBODY), origin, note)
    except Unvouched as error:
        raise _Stop(unverifiable("not-vouched", f"{where}: {error}")) from None
    except Tampered as error:
        raise _Stop(tampered("checkpoint-forged", f"{where}: {error}")) from None
    return vouched.times, vouched.witnesses


def _logs(checkpoint: Checkpoint, roots: Roots | None) -> dict[int, Checkpoint]:
    """
    Return the checkpoint of each log: the one that was signed, or those that its last entry lists.
    """
    if roots is None:
        return {0: checkpoint}
    base = checkpoint.origin.removesuffix(_ROOTS)
    if base == checkpoint.origin or not checkpoint.size:
        raise _Stop(tampered("entry-not-included", f"{checkpoint.origin!r} is no log of logs"))
    try:
        check_inclusion(checkpoint, checkpoint.size - 1, record_hash(roots.body), roots.proof)
    except Tampered as error:
        raise _Stop(tampered("entry-not-included", f"the list of logs: {error}")) from None
    try:
        return dict(enumerate(parse_roots(roots.body, base)))
    except LedgerError as error:
        raise _Stop(unverifiable("entry-unreadable", f"the list of logs: {error}")) from None


class _Growth:
    """
    How the log grew to what it is: which earlier checkpoints it continues.
    """

    def __init__(
        self,
        bundle: Bundle,
        policy: TrustPolicy,
        checkpoint: Checkpoint,
        logs: Mapping[int, Checkpoint],
    ) -> None:
        self._bundle = bundle
        self._policy = policy
        self._checkpoint = checkpoint
        self._logs = logs
        # Of each checkpoint of which it is shown: the logs that are known to have only grown.
        self._shown = {_stated(checkpoint): logs}
        self.anchored: list[Anchored] = []

    def since_earlier(self, earlier: list[tuple[Earlier, Checkpoint]]) -> Iterator[Finding]:
        """
        Yield which of the bundle's earlier checkpoints it does not continue.
        """
        for one, before in earlier:
            where = f"the earlier checkpoint of {before.size} entries"
            times, _ = _vouched(self._policy, one.checkpoint, where)
            logs = _logs(before, one.roots)
            proofs = dict(one.logs) if one.roots is not None else {0: one.proof}
            try:
                grown = {log: logs[log] for log in proofs}
                check_consistency(before, self._checkpoint, one.proof)
                for log, known in grown.items():
                    check_consistency(known, self._logs[log], proofs[log])
            except (Tampered, KeyError) as error:
                yield tampered("checkpoint-differs", f"{where}: {error}")
                continue
            self._shown[_stated(before)] = grown
            self.anchored.append(_anchored(grown, times))

    def since_held(self, held: Note | None) -> Iterator[Finding]:
        """
        Yield why it is not shown to continue what the auditor holds.
        """
        if held is None:
            return
        before, now = parse_checkpoint(held.text), self._checkpoint
        times, _ = _vouched(self._policy, held, "your checkpoint")
        origin, size, root = _stated(before)
        used = {leaf.log for leaf in self._bundle.leaves}
        if any((origin, size) == each[:2] and root != each[2] for each in self._shown):
            yield tampered("checkpoint-differs", f"your checkpoint has another root at size {size}")
        elif before.origin != now.origin or size > now.size:
            yield unverifiable(
                "not-continued",
                f"your checkpoint is of {size} entries of {before.origin!r},"
                f" this one of {now.size} of {now.origin!r}",
            )
        elif size and not used <= self._shown.get(_stated(before), {}).keys():
            yield unverifiable(
                "not-continued", "there is no proof that it continues your checkpoint"
            )
        elif size:
            self.anchored.append(_anchored(self._shown[_stated(before)], times))


def _stated(checkpoint: Checkpoint) -> tuple[str, int, bytes]:
    return checkpoint.origin, checkpoint.size, checkpoint.root


def _included(bundle: Bundle, logs: Mapping[int, Checkpoint]) -> Iterator[Finding]:
    """
    Yield which entries are not where they are said to be.
    """
    if not bundle.leaves:
        yield unverifiable("no-entries", "the bundle has no entries: it shows nothing")
    for leaf in bundle.leaves:
        if leaf.log not in logs:
            yield tampered("entry-not-included", f"there is no log {leaf.log}", leaf)
            continue
        try:
            check_inclusion(logs[leaf.log], leaf.index, record_hash(leaf.body), leaf.proof)
        except Tampered as error:
            yield tampered("entry-not-included", str(error), leaf)
