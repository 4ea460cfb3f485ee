"""
Evidence for others: bundles that an auditor checks without the ledger, and that check.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path
from typing import Final

from ledger.book.asking import Lasting, Time, Window
from ledger.book.notarising import STATE
from ledger.errors import Malformed, NotFound, Unavailable
from ledger.forensics.witnesses import assert_known
from ledger.moderation.identity import account_stream, identifier
from ledger.moderation.vocabulary import Vocabulary
from ledger.notary import roots
from ledger.notary.state import read_state
from ledger.proofs import check_evidence
from ledger.proofs.bundle import Bundle, Earlier, Roots
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.consistency import check_consistency
from ledger.proofs.evidence import check_proofs
from ledger.proofs.note import Note
from ledger.proofs.policy import parse_policy
from ledger.proofs.receipt import Receipt
from ledger.proofs.roots import parse_roots
from ledger.store import proving
from ledger.store.bundling import Gathering
from ledger.store.database import Connection, Database
from ledger.store.reader import Question, Reader
from ledger.store.search import Filters, filters
from ledger.store.settings import Settings
from ledger.store.verification.held import parse_evidence
from ledger.timeline.evidence import Evidence, evidence_of

CHECKER: Final = Path(check_evidence.__file__)
"""The checker that stands alone, as it is shipped: one file, which can be given to an auditor."""


def check_bundle(bundle: bytes, policy: str | bytes, since: str | bytes | None = None) -> Evidence:
    """
    Return whether a bundle of evidence is what a log holds that an auditor trusts, and its story.

    It takes no ledger, and nothing in the bundle is trusted.

    Args:
        bundle: The file.

        policy: Whom the auditor trusts: a C2SP tlog-policy.

        since: A checkpoint that the auditor has held since.

    Raises:
        Malformed: When the policy or *since* cannot be read; what is wrong with the bundle is a
            finding.
    """
    trusted = parse_policy(policy)
    return evidence_of(check_proofs(bundle, trusted, None if since is None else _note(since)))


def _note(text: str | bytes) -> Note:
    note = _signed(parse_evidence(text))
    parse_checkpoint(note.text)
    return note


class Bundling:
    """
    What gathers evidence for others.
    """

    settings: Settings
    _database: Database
    _reader: Reader
    _measures: Vocabulary
    _now: Callable[[], datetime]
    _checkpoints: Callable[[Note | Receipt], dict[int, Checkpoint]]

    def bundle(
        self,
        checkpoint: str | bytes | None = None,
        *,
        account: str | None = None,
        action: str | None = None,
        measure: str | None = None,
        at: Time | None = None,
        lasting: Lasting | None = None,
        during: Window | None = None,
        since: Iterable[str | bytes] = (),
        state: str | Path = STATE,
        policy_hint: str | None = None,
    ) -> Bundle:
        """
        Return the evidence of what happened to an account, as known at a checkpoint.

        It has every entry of the account, the entries of operators and the policies that those rely
        on, and each with its proof.

        Args:
            checkpoint: The signed note that the proofs lead to, and of a ledger with several logs
                its receipt; what the notary signed last if omitted.

            account: Whom it is about; with *measure*, *at*, *lasting* and *during* the story is
                told of the restrictions alone that `who` would answer with.

            action: The action that it is about, and so the account.

            since: Earlier checkpoints: that of the auditor whom it is for, and such as show by
                their cosignatures when entries were logged.

            state: The notary's state, for the last checkpoint, and of a ledger with several logs
                for its log of roots, which *since* takes.

            policy_hint: What an auditor might trust; never used by the check.

        Raises:
            NotFound: When there is no such account, action or restriction by the checkpoint.

            Malformed: When a checkpoint is none of this ledger, or not one of *account* and
                *action* is given.

            Tampered: When the ledger is not what the checkpoints say.
        """
        _assert_one(account, action)
        evidence = _last(Path(state)) if checkpoint is None else parse_evidence(checkpoint)
        checkpoints = self._checkpoints(evidence)
        cut = {log: known.size for log, known in checkpoints.items()}
        with self._database.reading() as connection:
            for log, known in checkpoints.items():
                proving.assert_long_enough(connection, log, known)
        with self._reader.question(cut, self._now()) as question:
            name = account or self._account_of(question, action)
            asked = filters(
                account=name, measure=measure, in_force_at=at, lasting=lasting, during=during
            )
            assert_known(self._reader, question, asked, self._measures)
            told = (action,) if action is not None else self._matching(question, asked)
            gathering = Gathering(
                self._reader, question, self.settings, checkpoints, lambda _entry: ()
            )
            leaves = gathering.leaves(account_stream(name))
            past = _Past(question.connection, self.settings, evidence, checkpoints, Path(state))
            return Bundle(
                past.now.origin,
                name,
                told,
                _signed(evidence),
                _roots(evidence),
                leaves,
                past.earlier(since, {leaf.log for leaf in leaves}),
                policy_hint=policy_hint,
            )

    def _account_of(self, question: Question, action: str | None) -> str:
        place = proving.place_of_action(
            question.connection, self.settings, identifier(action, "action")
        )
        if place.position > question.cut.positions[place.log]:
            raise NotFound(
                f"the checkpoint is older than the action {action!r}",
                where="action",
                expected="a newer one, such as `ledger checkpoint` signs",
            )
        return self._reader.entry(question, *place).stream.partition("/")[2]

    def _matching(self, question: Question, asked: Filters) -> tuple[str, ...] | None:
        """
        Return the actions whose restrictions are asked for; None for all that was done.
        """
        if asked == filters(account=asked.account):
            return None
        found = tuple(known.action for known in self._reader.restrictions(question, asked))
        if not found:
            raise NotFound(
                f"no restriction of {asked.account!r} is as asked for",
                where="bundle",
                expected="one that `ledger who` answers with",
            )
        return found


def _assert_one(account: str | None, action: str | None) -> None:
    if (account is None) == (action is None):
        raise Malformed(
            "a bundle is about one account or one action",
            where="bundle",
            expected="an account, or an action",
        )


def _last(state: Path) -> Note | Receipt:
    """
    Return what the notary signed last.
    """
    known = read_state(state)
    if known is None or known.note is None:
        raise Malformed(
            "no checkpoint was given, and the notary has signed none",
            where=str(state),
            expected="a checkpoint, or the state of the notary that signs them",
        )
    return roots.receipt(state, known) or known.note


def _signed(evidence: Note | Receipt) -> Note:
    return evidence.checkpoint if isinstance(evidence, Receipt) else evidence


def _roots(evidence: Note | Receipt) -> Roots | None:
    if isinstance(evidence, Note):
        return None
    return Roots(evidence.extra or b"", evidence.proof)


class _Past:
    """
    What the log was before, and the proofs that it only grew since.
    """

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        evidence: Note | Receipt,
        checkpoints: Mapping[int, Checkpoint],
        state: Path,
    ) -> None:
        self.now = parse_checkpoint(_signed(evidence).text)
        self._connection = connection
        self._settings = settings
        self._checkpoints = checkpoints
        self._state = state

    def earlier(self, since: Iterable[str | bytes], logs: AbstractSet[int]) -> tuple[Earlier, ...]:
        """
        Return the earlier checkpoints with their proofs, each size once, the smallest first.

        Args:
            logs: Those whose entries are shown.
        """
        found = {}
        for text in since:
            evidence = parse_evidence(text)
            before = parse_checkpoint(_signed(evidence).text)
            if before.origin != self.now.origin or before.size > self.now.size:
                raise Malformed(
                    f"it is of {before.size} entries of {before.origin!r}",
                    where="since",
                    expected=f"an earlier checkpoint of {self.now.origin!r}",
                )
            if before.size < self.now.size:
                found[before.size] = self._earlier(evidence, before, logs)
        return tuple(found[size] for size in sorted(found))

    def _earlier(
        self, evidence: Note | Receipt, before: Checkpoint, logs: AbstractSet[int]
    ) -> Earlier:
        if isinstance(evidence, Note):
            return Earlier(evidence, self._growth(0, before))
        told = dict(enumerate(parse_roots(evidence.extra or b"", self._settings.origin)))
        return Earlier(
            evidence.checkpoint,
            self._growth_of_roots(before),
            _roots(evidence),
            tuple((log, self._growth(log, told[log])) for log in sorted(logs)),
        )

    def _growth(self, log: int, before: Checkpoint) -> tuple[bytes, ...]:
        now = self._checkpoints[log]
        return proving.consistency(self._connection, self._settings, log, before, now)

    def _growth_of_roots(self, before: Checkpoint) -> tuple[bytes, ...]:
        state = read_state(self._state)
        if state is None or state.roots is None or state.roots.size != self.now.size:
            raise Unavailable(
                "the log of roots is not there, or has other entries than the checkpoint",
                where=str(self._state),
                expected="the notary's state with the file of roots beside it, and its last note",
            )
        proof = roots.continuation_proof(self._state, state.roots, before.size)
        check_consistency(before, self.now, proof)
        return proof
