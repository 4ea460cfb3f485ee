"""
Whether the ledger is what it was, and proofs for others: verified against what an auditor holds.

Nothing that the ledger says of itself is trusted: whose checkpoints count is said by a policy, and
both come from the auditor.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import attrs

from ledger.book import arguments
from ledger.errors import Malformed, NotFound, Tampered, Unavailable
from ledger.moderation.identity import identifier
from ledger.moderation.moment import duration
from ledger.moderation.number import whole
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.note import Algorithm, MLDSAVerifier, Note, Unvouched
from ledger.proofs.policy import TrustPolicy, parse_policy
from ledger.proofs.receipt import Receipt
from ledger.proofs.roots import log_origin, parse_roots, roots_origin
from ledger.proofs.spelling import encode_octets
from ledger.proofs.verdict import Verdict
from ledger.store import proving
from ledger.store.database import Database
from ledger.store.proving import Place
from ledger.store.settings import Settings
from ledger.store.verification.finding import Finding, What
from ledger.store.verification.held import Evidence, Held, parse_evidence, trusted
from ledger.store.verification.report import PrefixReport, SuffixReport, Verification
from ledger.store.verification.verifying import Verifier, verifying

SLACK: Final = "5m"
"""How far clocks may be apart, if nothing else is said."""

NO_CHECKPOINT: Final = "no checkpoint that is held outside was given"
NO_POLICY: Final = "no policy says whose checkpoints are trusted"


@attrs.frozen
class ProvenEntry:
    """
    That an entry is in a log.

    Args:
        body: The entry's bytes, whose hash is the leaf.

        hashes: The proof, from the leaf's sibling up to the root's child.

        checkpoint: Of the entry's own log.

        evidence: What vouches for the checkpoint.
    """

    log: int
    position: int
    body: bytes
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint
    evidence: Evidence

    def receipt(self) -> Receipt:
        """
        Return it as a receipt, which stands by itself.

        Raises:
            Malformed: When the ledger has several logs, whose checkpoints nobody signs one by one.
        """
        if not isinstance(self.evidence, Note):
            raise Malformed(
                "of several logs only the roots are signed together, so that no receipt of one"
                " stands by itself",
                where="prove",
                expected="--json, which has both proofs, or `ledger bundle`",
            )
        return Receipt(self.position - 1, self.hashes, self.evidence)


@attrs.frozen
class ProvenGrowth:
    """
    That a log only grew between two checkpoints.

    Args:
        note: What vouches for the second one; None where only its size was given.
    """

    old: Checkpoint
    new: Checkpoint
    hashes: tuple[bytes, ...]
    note: Note | None

    def encode(self) -> str:
        """
        Return it as a witness is told: the old size, the hashes, and the new checkpoint.

        Source: C2SP tlog-witness, "add-checkpoint".
        """
        lines = (f"old {self.old.size}", *map(encode_octets, self.hashes), "")
        shown = self.new.text() if self.note is None else self.note.encode()
        return "".join(f"{line}\n" for line in lines) + shown


class Verifying:
    """
    What an auditor asks of the ledger.
    """

    settings: Settings
    _database: Database

    def verify(
        self,
        *,
        policy: str | bytes | None = None,
        prefix: str | bytes | Iterable[str | bytes] = (),
        suffix: str | bytes | None = None,
        scrub: bool = False,
        anchors: str | bytes | Iterable[str | bytes] = (),
        slack: str | timedelta = SLACK,
    ) -> Verification:
        """
        Say whether the ledger is what it was: all of it, unless one of three questions is asked.

        Args:
            policy: Who is trusted (C2SP tlog-policy); without it no checkpoint is.

            prefix: Checkpoints that are held outside, as signed notes: is each of them the
                beginning of the ledger?

            suffix: A checkpoint too: does what came after it follow from it?

            scrub: Does all that is stored agree with itself?

            anchors: Checkpoints with cosignatures, whose times tell when entries were recorded.
                Where all is asked they are what is held outside.

            slack: How far clocks may be apart.

        Raises:
            Malformed: When the policy or a checkpoint cannot be read.

            Unavailable: When an entry is of a newer format than this version.
        """
        slack = duration(slack, "slack")
        trust = _Trust(None if policy is None else parse_policy(policy))
        seen = trust.hold(anchors)
        begins, since = trust.hold(prefix), trust.hold(() if suffix is None else suffix)
        is_whole = not (begins.asked or since.asked or scrub)
        if is_whole:
            begins, since = seen, seen.newest()
        with verifying(self._database, self.settings) as verifier:
            for finding in trust.findings:
                verifier.findings.add(finding)
            every = [*seen.held, *begins.held, *since.held]
            scrubbed = verifier.scrub(every, slack) if scrub or is_whole else None
            return Verification(
                prefix=_prefix(verifier, begins) if begins.asked or is_whole else None,
                suffix=_suffix(verifier, since, every, slack) if since.asked or is_whole else None,
                scrub=scrubbed,
                findings=verifier.findings.in_order(),
            )

    def prove(
        self,
        checkpoint: str | bytes,
        *,
        log: int = 0,
        position: int | None = None,
        action: str | None = None,
        restriction: str | None = None,
    ) -> list[ProvenEntry]:
        """
        Return the proof that an entry is in the ledger, or those of both ends of a restriction.

        Args:
            checkpoint: A signed note that the proof leads to; whether it is to be trusted is for
                whoever checks the proof.

            log, position: Which entry.

            action: The entry that took it.

            restriction: The action whose restriction it is: the entries that opened and closed it.

        Raises:
            NotFound: When there is no such entry or action.

            Malformed: When the checkpoint is no note, or older than the entry.

            Tampered: When the ledger is not what the checkpoint says.
        """
        given = [each for each in (position, action, restriction) if each is not None]
        if len(given) != 1:
            raise Malformed(
                "one entry is proved at a time",
                where="prove",
                expected="a position, an action or a restriction",
            )
        self._assert_log(log)
        evidence = parse_evidence(checkpoint)
        checkpoints = self._checkpoints(evidence)
        with self._database.reading() as connection:
            if position is not None:
                places = [Place(log, whole(position, "position"))]
            elif action is not None:
                places = [
                    proving.place_of_action(connection, self.settings, identifier(action, "action"))
                ]
            else:
                name = identifier(restriction, "restriction")
                places = proving.ends_of_restriction(connection, self.settings, name)
            found = []
            for place in places:
                own = checkpoints[place.log]
                proof = proving.inclusion(connection, self.settings, place, own)
                found.append(ProvenEntry(*place, proof.body, proof.hashes, own, evidence))
            return found

    def _assert_log(self, log: int) -> None:
        """
        Raise unless the ledger has *log*.
        """
        if whole(log, "log") >= self.settings.logs:
            raise NotFound(
                f"there is no log {log}", where="log", expected=f"0 to {self.settings.logs - 1}"
            )

    def _checkpoints(self, evidence: Evidence) -> dict[int, Checkpoint]:
        """
        Return what *evidence* says of each log of this ledger.
        """
        origin = self.settings.origin
        if isinstance(evidence, Receipt):
            signed = parse_checkpoint(evidence.checkpoint.text).origin
            told = parse_roots(evidence.extra or b"", origin)
            expected = roots_origin(origin)
        else:
            told = (parse_checkpoint(evidence.text),)
            signed, expected = told[0].origin, log_origin(origin, 0)
        if signed != expected or len(told) != self.settings.logs:
            raise Malformed(
                f"this is a checkpoint of {signed!r}",
                where="checkpoint",
                expected=f"one of {expected!r} that states {self.settings.logs} logs",
            )
        return dict(enumerate(told))

    def prove_growth(
        self,
        *,
        log: int = 0,
        old: str | bytes | int,
        new: str | bytes | int,
    ) -> ProvenGrowth:
        """
        Return the proof that a log only grew between two checkpoints.

        Args:
            old, new: A signed note each; or a size, for which the ledger's own word is taken.

        Raises:
            Malformed: When one is no checkpoint of this ledger, or *new* is the older one.

            NotFound: When there is no such log.

            Tampered: When the ledger is not what they say.
        """
        self._assert_log(log)
        with self._database.reading() as connection:

            def told(given: str | bytes | int) -> tuple[Checkpoint, Note | None]:
                if isinstance(given, int):
                    origin = log_origin(self.settings.origin, log)
                    settings = self.settings
                    return proving.checkpoint_at(connection, settings, log, given, origin), None
                evidence = parse_evidence(given)
                note = evidence if isinstance(evidence, Note) else None
                return self._checkpoints(evidence)[log], note

            (before, _), (after, note) = told(old), told(new)
            hashes = proving.consistency(connection, self.settings, log, before, after)
            return ProvenGrowth(before, after, hashes, note)


@attrs.frozen
class _Holding:
    """
    What is held outside, as far as it is trusted.

    Args:
        asked: Whether anything was given.

        why: Why some of it is not trusted, or nothing was given.

        is_forged: Whether some of it was changed after it was signed.
    """

    asked: bool
    held: Sequence[Held]
    why: str | None = None
    is_forged: bool = False

    def newest(self) -> "_Holding":
        """
        Return the largest alone.
        """
        largest = sorted(self.held, key=_covered)[-1:]
        return attrs.evolve(self, held=largest, why=None if largest else self.why)


def _covered(held: Held) -> int:
    return sum(checkpoint.size for checkpoint in held.checkpoints)


class _Trust:
    """
    Tells what of that which is held outside a policy trusts.
    """

    def __init__(self, policy: TrustPolicy | None) -> None:
        self.findings: list[Finding] = []
        self._policy = policy
        self._verify_mldsa = None if policy is None else _mldsa_verifier(policy)

    def hold(self, texts: str | bytes | Iterable[str | bytes]) -> _Holding:
        """
        Return what is trusted of the notes in *texts*; one text alone is one note.
        """
        each = [texts] if isinstance(texts, str | bytes) else arguments.members(texts, "checkpoint")
        every = [parse_evidence(text) for text in each]
        if self._policy is None or not every:
            return _Holding(bool(every), (), NO_POLICY if every else NO_CHECKPOINT)
        held: list[Held] = []
        why, is_forged = None, False
        for evidence in every:
            try:
                held.append(trusted(evidence, self._policy, self._verify_mldsa))
            except Unvouched as error:
                why = str(error)
            except Tampered as error:
                is_forged = True
                self.findings.append(Finding(What.CHECKPOINT_FORGED, str(error)))
        return _Holding(asked=True, held=held, why=why, is_forged=is_forged)


def _mldsa_verifier(policy: TrustPolicy) -> MLDSAVerifier | None:
    """
    Return what checks ML-DSA-44, where a key of the policy asks for it and a library can.
    """
    keys = (*policy.logs, *(witness.key for witness in policy.witnesses))
    if all(key.algorithm is not Algorithm.ML_DSA_44 for key in keys):
        return None
    try:
        from ledger.notary.primitives import ml_dsa_44_holds  # noqa: PLC0415, it takes an extra
    except Unavailable:
        return None
    return ml_dsa_44_holds


def _prefix(verifier: Verifier, begins: _Holding) -> PrefixReport:
    if begins.held:
        report = verifier.prefix(begins.held)
    else:
        report = PrefixReport(verdict=Verdict.UNVERIFIABLE, why=begins.why, entries=verifier.size)
    if begins.is_forged:
        return attrs.evolve(report, verdict=Verdict.TAMPERED)
    if begins.why is not None and report.verdict is Verdict.VERIFIED:
        return attrs.evolve(report, verdict=Verdict.UNVERIFIABLE, why=begins.why)
    return report


def _suffix(
    verifier: Verifier, since: _Holding, seen: Sequence[Held], slack: timedelta
) -> SuffixReport:
    if since.held:
        (held,) = since.held
        return verifier.suffix(held, slack, seen)
    verdict = Verdict.TAMPERED if since.is_forged else Verdict.UNVERIFIABLE
    return SuffixReport(verdict=verdict, why=since.why)
