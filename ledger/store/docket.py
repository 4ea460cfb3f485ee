"""
The docket of one transaction: its orders, decided one after the other against what they find.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import count
from typing import Final

import attrs

from ledger.errors import Conflict, LedgerError, Malformed, NotFound, Refused
from ledger.moderation import claims
from ledger.moderation.account import Account, changed
from ledger.moderation.claims import TARGETS
from ledger.moderation.commands.account import Correct
from ledger.moderation.commands.appeal import FileAppeal
from ledger.moderation.commands.keys import KeyCommand
from ledger.moderation.commands.operator import OffboardOperator
from ledger.moderation.commands.policy import AdoptPolicy
from ledger.moderation.commands.privacy import PrivacyCommand
from ledger.moderation.commands.request import Approve, HandOver
from ledger.moderation.commands.undo import Undo
from ledger.moderation.decisions import Situation, decide
from ledger.moderation.decisions.policy import REFUSALS
from ledger.moderation.entry import Draft, Entry
from ledger.moderation.events.operator import OperatorEnrolled, OperatorKind
from ledger.moderation.events.request import RequestApproved
from ledger.moderation.identity import (
    SYSTEM,
    account_stream,
    log_of_stream,
    made_id,
    operator_stream,
)
from ledger.moderation.keys import KEYS_STREAM, Keys
from ledger.moderation.moment import MICROSECOND, shortest
from ledger.moderation.operator import Operator, system_operator
from ledger.moderation.policy import POLICY_STREAM
from ledger.moderation.privacy import NOTHING, PRIVACY_STREAM, Privacy
from ledger.moderation.request import granted
from ledger.store import addresses
from ledger.store.addresses import Address
from ledger.store.batch import Batch, Held
from ledger.store.beginning import Beginnings
from ledger.store.order import NOTHING_DISCLOSED, Disclosed, Order, Recorded, Statement
from ledger.store.rows import READ_COLUMNS, entry_from
from ledger.store.subjects import SubjectsOnRecord
from ledger.timeline.restrictions import Change
from ledger.timeline.undoing import undo

Step = Order | Statement

# The commands that are decided by more than an account, an operator and a policy.
_LOOKING_FARTHER: Final = (Approve, OffboardOperator, Undo, KeyCommand, PrivacyCommand)

_NOISE_BYTES: Final = 8
# Ids of one order differ in the other four bytes.
_STABLE_BYTES: Final = 4


@attrs.frozen
class Emptied:
    """
    A restriction that a correction left without any time in force, and where that was asked.
    """

    action: str
    place: str | None


class Entangled(Exception):
    """
    Orders that share a transaction and cannot be told apart there: each has to have its own.
    """


class _Defect(Exception):
    """
    What is wrong with a rule of the service that a decision asked.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class _Deciding:
    """
    Tells what is wrong with a decision from what is wrong with the database.
    """

    def __enter__(self) -> None:
        """
        Begin.
        """

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """
        Raise `_Defect` where the decision raised what no decision should.
        """
        if isinstance(error, Exception) and not isinstance(error, LedgerError):
            raise _Defect(error)


_DECIDING: Final = _Deciding()
_ANYWAY: Final = nullcontext()


class Docket:
    """
    The steps of one transaction.

    Args:
        import_id: The import that they belong to; None for what is asked now.

        at: When they are recorded, where the transaction has steps before them.

        emptied: What the steps before them left without time, by action; is added to.

    Attributes:
        now: When they are recorded, once that is decided.

        refusal: What the caller is told when the one order was refused and that was staged.
    """

    now: datetime

    def __init__(  # noqa: PLR0913, what a transaction begins with
        self,
        batch: Batch,
        steps: Sequence[Step],
        beginnings: Beginnings,
        import_id: str | None,
        *,
        at: datetime | None = None,
        emptied: dict[str, Emptied] | None = None,
    ) -> None:
        self.refusal: Refused | None = None
        self._batch = batch
        self._steps = steps
        self._beginnings = beginnings
        self._import_id = import_id
        self._logs = batch.settings.logs
        self._at = at
        # Whether one that is refused takes others with it.
        self._has_others = len(steps) > 1 or at is not None
        # Of each order in turn.
        self._addresses: list[Address] = []
        self._noise = secrets.token_bytes(_NOISE_BYTES * len(steps))
        self._staged: dict[tuple[str, int], Entry] = {}
        self._emptied = {} if emptied is None else emptied
        self._written: list[str] = []

    def decide(self, max_skew: timedelta) -> list[Recorded | None]:
        """
        Decide and stage every step in order; `assert_none_emptied` follows the last one of the
        transaction.

        Returns:
            What became of each order; None for a statement.

        Raises:
            LedgerError: The first error in order, with its place.
        """
        self.now = now = self._prepare(max_skew)
        results: list[Recorded | None] = []
        orders = 0
        for step in self._steps:
            try:
                recorded_at = now if step.recorded_at is None else self._source_time(step, now)
                if not results and not self._batch.is_open():
                    self._batch.open_ledger(recorded_at, self._import_id)
                if isinstance(step, Order):
                    results.append(self._decide_one(step, orders, recorded_at))
                    orders += 1
                    if self.refusal is not None and step.place:
                        self.refusal = self.refusal.at(step.place)
                else:
                    self._stage(step.draft, recorded_at)
                    results.append(None)
            except LedgerError as error:
                raise error.at(step.place) if step.place else error from None
            except _Defect as defect:
                raise defect.error from None
        return results

    def decide_each(self, max_skew: timedelta) -> list[Recorded | Exception]:
        """
        Decide and stage every order by itself.

        Returns:
            What became of each: what was staged for it, or what its caller is told.

        Raises:
            Entangled: When one fails that has staged something, or the ledger is to be opened.
        """
        self._has_others = False
        self.now = self._prepare(max_skew)
        if not self._batch.is_open():
            raise Entangled
        results: list[Recorded | Exception] = []
        for number, step in enumerate(self._steps):
            assert isinstance(step, Order)
            before = self._batch.count()
            try:
                found: Recorded | Exception = self._decide_one(step, number, self.now)
                self.assert_none_emptied()
            except LedgerError as error:
                if self._batch.count() > before:
                    raise Entangled from error
                found = error.at(step.place) if step.place else error
            except _Defect as defect:
                found = defect.error
            results.append(self.refusal or found)
            self.refusal = None
        return results

    def assert_none_emptied(self) -> None:
        """
        Raise when a correction left an action without time, and no other one gave it some again.

        Raises:
            Refused: With the place of the correction.
        """
        for emptied in self._emptied.values():
            raise Refused(
                f"the correction would leave action {emptied.action!r} no time in force",
                rule="emptied",
                action=emptied.action,
                where=emptied.place,
                expected="the other end to be corrected in the same batch",
            )

    def _prepare(self, max_skew: timedelta) -> datetime:
        """
        Take the heads, load the streams, and return the time of recording.
        """
        batch = self._batch
        orders = [step for step in self._steps if isinstance(step, Order)]
        batch.look_up(addresses.named(orders))
        self._addresses = addresses.addresses(orders, batch.held)
        written = [step.draft.stream for step in self._steps if isinstance(step, Statement)]
        written += [address.stream for address in self._addresses if address.stream is not None]
        read = dict.fromkeys((POLICY_STREAM,) if orders and self._import_id is None else ())
        leaving: list[tuple[OffboardOperator, datetime | None]] = []
        approving: list[tuple[Approve, str]] = []
        for order, address in zip(orders, self._addresses, strict=True):
            command = order.command
            read.update(dict.fromkeys(map(operator_stream, addresses.operators(command))))
            if isinstance(command, AdoptPolicy):
                written.append(REFUSALS)
            elif isinstance(command, OffboardOperator):
                leaving.append((command, order.recorded_at))
            elif isinstance(command, Approve) and address.stream is not None:
                approving.append((command, address.stream))
            elif order.plan is not None:
                written.extend(map(account_stream, order.plan.accounts))
        if self._import_id is not None:
            # An import enrols whom it meets.
            written.extend(read)
        logs = {log_of_stream(stream, self._logs) for stream in dict.fromkeys(written)}
        if not batch.is_open():
            logs.add(0)
        if leaving:
            # What is pending of an operator may be anywhere.
            logs.update(range(self._logs))
        batch.take_heads(logs, max_skew, {log_of_stream(each, self._logs) for each in read})
        # Under the head, where nobody else can give one of them.
        batch.look_up(each for address in self._addresses for each in address.given)
        for offboarding, at in leaving:
            written += batch.streams_pending(offboarding.operator, at or batch.written_at)
        batch.streams.load(batch.connection, written)
        if approving:
            keepers = dict.fromkeys(self._keepers(approving))
            batch.take_heads((), max_skew, {log_of_stream(each, self._logs) for each in keepers})
            read |= keepers
            # What their logs are found to be may have had these forgotten.
            batch.streams.load(batch.connection, written)
        batch.streams.load(batch.connection, read)
        self._written = written
        self._earliest = batch.earliest()
        return self._at or max(batch.written_at, self._earliest, batch.after())

    def _keepers(self, approving: Sequence[tuple[Approve, str]]) -> Iterator[str]:
        """
        Yield the streams of the operators who answer for the requests that are to be approved, on
        the streams of these accounts.
        """
        for command, stream in approving:
            request = self._batch.streams.history(stream).account.requests.get(command.request)
            if request is not None and request.keeper != SYSTEM:
                yield operator_stream(request.keeper)

    def _source_time(self, step: Step, now: datetime) -> datetime:
        """
        Return when *step* of an import is recorded: at the source's time.

        Where that is the very time of the log's last entry it is one microsecond later, since no
        two transactions share a time (semantics, rule 3).
        """
        at = step.recorded_at
        assert at is not None
        if at > now:
            raise Malformed(
                f"the source recorded it at {shortest(at)}, later than now",
                expected="a time that has come",
            )
        if at + MICROSECOND < self._earliest:
            raise Malformed(
                f"the source recorded it at {shortest(at)}, before the last entry at"
                f" {shortest(self._earliest - MICROSECOND)}",
                expected="times that do not decrease; late history is recorded with --as-late",
            )
        return max(at, self._earliest)

    def _decide_one(self, order: Order, number: int, recorded_at: datetime) -> Recorded:
        command, (given, digest, stream) = order.command, self._addresses[number]
        for kind, name in given:
            if (held := self._batch.held(kind, name)) is not None:
                return Recorded(self._answered(kind, held, digest))
        if stream is None:
            target = TARGETS[command.NAME]
            raise NotFound(
                f"there is no {claims.either(target.kinds)} {getattr(command, target.argument)!r}",
                where=target.argument,
                expected="an id that is on record",
            )
        situation = self._situation(order, number, stream, recorded_at)
        addresses.assert_on_record(command, situation)
        # What is personal is also asked of the database, whose errors are its own.
        with _ANYWAY if isinstance(command, PrivacyCommand) else _DECIDING:
            if order.plan is None:
                decision = decide(command, situation)
            else:
                assert isinstance(command, Undo)
                decision = undo(command, order.plan, situation)
        if decision.refusal is not None and self._has_others:
            raise decision.refusal
        entries: list[Entry] = []
        changes: list[Change] = []
        for draft in decision.drafts:
            request_id = None if entries else command.request_id
            entry, changed = self._stage(draft, recorded_at, request_id, order.disclosures)
            entries.append(entry)
            changes.extend(changed)
        self._note_emptied(order, changes)
        self.refusal = decision.refusal
        return Recorded(decision.result, tuple(entries), tuple(changes))

    def _situation(
        self, order: Order, number: int, stream: str, recorded_at: datetime
    ) -> Situation:
        command, streams = order.command, self._batch.streams
        account, subject = None, None
        if stream.startswith("account/"):
            account = streams.history(stream).account
        elif stream.startswith("operator/"):
            subject = streams.operator(stream)
        if isinstance(command, Correct) and isinstance(command.operator, str):
            subject = self._operator(command.operator, "operator", order, recorded_at)
        elif isinstance(command, HandOver):
            subject = self._operator(command.to, "to", order, recorded_at)
        policies = self._batch.streams.policies() if self._import_id is None else None
        beginning = self._beginnings.of(policies, recorded_at)
        situation = changed(
            beginning,
            now=recorded_at,
            account=account,
            by=self._actor(order, recorded_at),
            subject=subject,
            new_id=self._ids_of(order, number, stream, recorded_at),
            acts_within=self._batch.acts_within(beginning.policy, recorded_at),
            digest=self._addresses[number].digest,
            source_id=order.source_id,
            source_recorded_at=order.source_recorded_at,
        )
        if isinstance(command, _LOOKING_FARTHER):
            return self._farther(situation, order, stream)
        return situation

    def _farther(self, situation: Situation, order: Order, stream: str) -> Situation:
        """
        Return *situation* with what only a few commands look at.
        """
        streams, command = self._batch.streams, order.command
        looks_around = isinstance(command, OffboardOperator | Undo)
        is_private = isinstance(command, PrivacyCommand)
        on_record = SubjectsOnRecord(self._batch.connection, self._logs)
        return changed(
            situation,
            operators=self._others(order, situation.account, situation.now),
            others=self._accounts() if looks_around else {},
            keys=streams.keys() if stream == KEYS_STREAM else Keys(),
            privacy=streams.privacy() if stream == PRIVACY_STREAM else Privacy(),
            on_record=on_record if is_private else NOTHING,
        )

    def _actor(self, order: Order, recorded_at: datetime) -> Operator:
        """
        Return who gave the command; whoever appeals need be no operator.
        """
        command = order.command
        if isinstance(command, FileAppeal) and command.by != SYSTEM:
            return self._batch.streams.operator(operator_stream(command.by))
        return self._operator(command.by, "by", order, recorded_at)

    def _others(
        self, order: Order, account: Account | None, recorded_at: datetime
    ) -> dict[str, Operator]:
        """
        Return the operators whom a command concerns beside who gives it and whom it is about.
        """
        command = order.command
        names: list[str] = []
        if isinstance(command, Approve) and account is not None:
            request = account.requests.get(command.request)
            names = [request.keeper] if request is not None else []
        elif isinstance(command, OffboardOperator):
            names = command.successors()
        return {name: self._operator(name, "dispositions", order, recorded_at) for name in names}

    def _accounts(self) -> dict[str, Account]:
        """
        Return the accounts that this transaction may write to, by id.
        """
        accounts = [stream for stream in self._written if stream.startswith("account/")]
        histories = map(self._batch.streams.history, accounts)
        return {history.account.account: history.account for history in histories}

    def _ids_of(
        self, order: Order, number: int, stream: str, recorded_at: datetime
    ) -> Callable[..., str]:
        """
        Return what makes the ids of an order: first the one that its source gave, if it did.
        """
        noise = self._noise[number * _NOISE_BYTES : (number + 1) * _NOISE_BYTES]
        numbers = count()

        def made(about: str = stream) -> str:
            nth = next(numbers)
            if nth == 0 and order.given_id:
                return order.given_id
            last = int.from_bytes(noise[_STABLE_BYTES:], "big") ^ nth
            log = log_of_stream(about, self._logs)
            return made_id(recorded_at, noise[:_STABLE_BYTES] + last.to_bytes(4, "big"), log)

        return made

    def _operator(self, name: str, argument: str, order: Order, recorded_at: datetime) -> Operator:
        """
        Return the operator *name*, enrolled by the import that meets him where there is one.
        """
        if name == SYSTEM:
            return system_operator()
        operator = self._batch.streams.operator(operator_stream(name))
        if operator.enrolled:
            return operator
        if self._import_id is None:
            raise NotFound(
                f"operator {name!r} is not enrolled",
                where=argument,
                expected="an operator that enrol_operator has made known",
            )
        met = OperatorEnrolled(kind=OperatorKind.UNKNOWN, account=order.operator_account)
        self._stage(Draft(operator_stream(name), met, SYSTEM), recorded_at)
        return operator

    def _stage(
        self,
        draft: Draft,
        recorded_at: datetime,
        request_id: str | None = None,
        disclosures: Mapping[str, Disclosed] = NOTHING_DISCLOSED,
    ) -> tuple[Entry, list[Change]]:
        entry, changes = self._batch.stage(
            draft,
            recorded_at,
            request_id=request_id,
            import_id=self._import_id,
            disclosures=disclosures,
        )
        if len(self._steps) > 1:
            self._staged[entry.stream, entry.version] = entry
        return entry, changes

    def _answered(self, kind: str, held: Held, digest: str | None) -> str:
        """
        Return what the command that is on record under an id returned, when it is this one.

        Raises:
            Conflict: When the id stands for another command.

            Refused: When the command was refused then.
        """
        if held.claim.digest != digest:
            raise Conflict(
                f"the {claims.either([kind])} id {held.claim.id!r} stands for another command"
                f" already: {held.stream}@{held.version}",
                where="request_id" if kind == claims.REQUEST else kind,
                expected="the same command again, or a new id",
            )
        entry = self._entry(held.stream, held.version)
        assert entry is not None
        if isinstance(entry.event, RequestApproved):
            action = granted(entry, self._entry(held.stream, held.version + 1))
            if action is not None:
                return action
        return claims.result(entry)

    def _entry(self, stream: str, version: int) -> Entry | None:
        """
        Return that version of a stream; None where it has not come so far.
        """
        staged = self._staged.get((stream, version))
        if staged is not None:
            return staged
        row = self._batch.connection.execute(
            f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? AND stream = ? AND version = ?",
            (log_of_stream(stream, self._logs), stream, version),
        ).fetchone()
        return None if row is None else entry_from(row)

    def _note_emptied(self, order: Order, changes: Sequence[Change]) -> None:
        """
        Take note of the restrictions that a live correction emptied, or filled again.
        """
        for change in changes:
            if change.began is not None:
                self._emptied.pop(change.began.action, None)
            elif (
                isinstance(order.command, Correct)
                and self._import_id is None
                and change.ended is not None
            ):
                action = change.ended.action
                self._emptied[action] = Emptied(action, order.place)
