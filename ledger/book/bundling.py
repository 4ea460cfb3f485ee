"""
Evidence for others: bundles that an auditor checks without the ledger, and that check.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs

from ledger.book import arguments
from ledger.book.asking import Lasting, Time, Window
from ledger.book.notarising import STATE
from ledger.book.revealing import Revealing
from ledger.errors import LedgerError, Malformed, NotFound, Unavailable
from ledger.forensics.witnesses import assert_known
from ledger.moderation.commands.sealed import ACCOUNT
from ledger.moderation.entry import Entry
from ledger.moderation.identity import account_stream, identifier
from ledger.moderation.sealing import read_disclosure
from ledger.moderation.vocabulary import Vocabulary
from ledger.notary import durable, roots
from ledger.notary.state import read_state, token_path
from ledger.proofs import check_evidence
from ledger.proofs.bundle import Anchor, Bundle, Earlier, Leaf, Roots
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
from ledger.store.keys import Place
from ledger.store.reader import Question, Reader
from ledger.store.sealed import keys_needed
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


Disclosed = Mapping[Place, tuple[bytes, ...]]


class Bundling(Revealing):
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
        disclose: Iterable[str] = (),
        redact: Iterable[str] = (),
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

            disclose: Of a sealed ledger, the personal fields that are shown, such as ``reason``;
                none if omitted.

            redact: All are shown but these.

            state: The notary's state, for the last checkpoint, and of a ledger with several logs
                for its log of roots, which *since* takes.

            policy_hint: What an auditor might trust; never used by the check.

        Raises:
            NotFound: When there is no such account, action or restriction by the checkpoint.

            Malformed: When a checkpoint is none of this ledger, or not one of *account* and
                *action* is given.

            Tampered: When the ledger is not what the checkpoints say.

            Unavailable: When fields are to be shown and the keys are not there.
        """
        _assert_one(account, action)
        kept = None if account is None else self._as_kept(ACCOUNT, identifier(account, "account"))
        try:
            return self._gathered(
                checkpoint,
                asked=filters(
                    account=kept, measure=measure, in_force_at=at, lasting=lasting, during=during
                ),
                action=action,
                since=arguments.members(since, "since"),
                fields=self._fields(
                    arguments.members(disclose, "disclose"), arguments.members(redact, "redact")
                ),
                state=arguments.path(state, "state"),
                policy_hint=policy_hint,
            )
        except LedgerError as error:
            if self._revealer is not None and kept is not None and account is not None:
                self._revealer.tell(error, {kept: account})
            raise

    def _fields(
        self, disclose: Sequence[str], redact: Sequence[str]
    ) -> Callable[[str], bool] | None:
        """
        Return which personal fields are shown; None for none.
        """
        if disclose and redact:
            raise Malformed(
                "fields are disclosed by name, or all but some",
                where="redact",
                expected="either disclose or redact",
            )
        if not (disclose or redact):
            return None
        if not self.settings.sealed:
            raise Malformed(
                "the ledger is not sealed: the bytes of its entries show every field",
                where="disclose" if disclose else "redact",
                expected="neither, or a ledger that was made sealed",
            )
        return (lambda name: name in disclose) if disclose else (lambda name: name not in redact)

    def _disclosures(
        self, entries: Iterable[Entry], fields: Callable[[str], bool], about: str
    ) -> Disclosed:
        """
        Return what the entries of a bundle disclose, which is put on record as any reading is.
        """
        revealer = self._shown("bundle", {"account": about})
        if revealer is None or revealer.keys is None or not revealer.reveals:
            raise keys_needed("showing personal fields")
        found = revealer.disclosures([Place(entry.log, entry.position) for entry in entries])
        return {
            place: tuple(sorted({each for each in shown if fields(read_disclosure(each)[0])}))
            for place, shown in found.items()
        }

    def _gathered(
        self,
        checkpoint: str | bytes | None,
        *,
        asked: Filters,
        action: str | None,
        since: Iterable[str | bytes],
        fields: Callable[[str], bool] | None,
        state: Path,
        policy_hint: str | None,
    ) -> Bundle:
        evidence = _last(state) if checkpoint is None else parse_evidence(checkpoint)
        checkpoints = self._checkpoints(evidence)
        cut = {log: known.size for log, known in checkpoints.items()}
        with self._database.reading() as connection:
            for log, known in checkpoints.items():
                proving.assert_long_enough(connection, log, known)
        with self._reader.question(cut, self._now()) as question:
            if asked.account is None:
                asked = attrs.evolve(asked, account=self._account_of(question, action))
            assert asked.account is not None
            assert_known(self._reader, question, asked, self._measures)
            told = (action,) if action is not None else self._matching(question, asked)
            gathering = Gathering(self._reader, question, self.settings, checkpoints)
            entries = gathering.entries(account_stream(asked.account))
            past = _Past(question.connection, self.settings, evidence, checkpoints, state)
            earlier = past.earlier(since, {entry.log for entry in entries})
            proven = [(entry, gathering.proof(entry)) for entry in entries]
        shown = {} if fields is None else self._disclosures(entries, fields, asked.account)
        return Bundle(
            past.now.origin,
            asked.account,
            told,
            _signed(evidence),
            _roots(evidence),
            tuple(
                Leaf(
                    entry.log,
                    entry.position - 1,
                    entry.body,
                    proof,
                    shown.get(Place(entry.log, entry.position), ()),
                )
                for entry, proof in proven
            ),
            earlier,
            _stamps(state, [past.now.size, *past.sizes]),
            policy_hint,
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


def _stamps(state: Path, sizes: Iterable[int]) -> tuple[Anchor, ...]:
    """
    Return the timestamps that the notary keeps of the checkpoints of these sizes, by size.
    """
    kept = ((size, durable.read_if_there(token_path(state, size))) for size in sorted(sizes))
    return tuple(Anchor("rfc3161", size, token) for size, token in kept if token is not None)


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
        self.sizes: list[int] = []
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
        self.sizes = sorted(found)
        return tuple(found[size] for size in self.sizes)

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
