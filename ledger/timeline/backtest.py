"""
Backtests: what a policy would have said of the acts of the past.

An act is judged as it was recorded: by the protection that its account had, the approvals that its
request had, and the acts that were recorded before it. Its operator, and what he was entitled to at
that moment, are as is known at the cut. Who says what would have been judges by what is known now;
an act that nobody knew to be a barred operator's was one. Acts that no safeguard was asked about
then, of history and of undos, are judged all the same.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import attrs

from ledger.moderation.account import Account, advance
from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.events import Verdict
from ledger.moderation.events.account import ActionTaken, RecordCorrected
from ledger.moderation.events.request import (
    ActRequested,
    RequestApproved,
    RequestDenied,
    RequestWithdrawn,
)
from ledger.moderation.identity import operator_stream
from ledger.moderation.operator import Operator, authority, fold
from ledger.moderation.rates import Rates
from ledger.moderation.request import Request, counting
from ledger.moderation.safeguards import AUTHORITY, Considered, Evaluation, Policy, evaluate

ACT: Final = "account.action_taken"
CORRECTION: Final = "account.record_corrected"
# What is on record of an act, or before it, that its verdicts rest on.
JUDGED_BY: Final = (
    ACT,
    "account.protected",
    "account.unprotected",
    "account.act_requested",
    "account.request_approved",
    "account.request_denied",
    "account.request_withdrawn",
    "account.handed_over",
)


class Judgement(StrEnum):
    """
    What would have become of an act.

    `DELAYED` is what only waiting would have let pass.
    """

    ALLOWED = "allowed"
    DELAYED = "delayed"
    STOPPED = "stopped"


class Judged(NamedTuple):
    """
    An act, and what a policy would have said of it.

    Args:
        verdicts: Of authority, then of every safeguard of the policy, in order. Acts that were
            given the same verdicts share them.
    """

    action: str
    verdicts: tuple[Verdict, ...]
    judgement: Judgement


def corrected_operators(entries: Iterable[Entry]) -> dict[str, str]:
    """
    Return who is held to have taken the actions whose operator *entries* correct, in order.
    """
    found = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, RecordCorrected) and event.operator is not None:
            found[event.corrects] = event.operator
    return found


class _Known:
    """
    An operator as known at the cut.
    """

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self._changed_at = {change.entry.recorded_at for change in operator.changes}

    def authority(self, at: datetime) -> Authority:
        """
        Return what the operator was entitled to at *at*.
        """
        return authority(self.operator, at)

    def failing(self, now: datetime, moments: Iterable[datetime]) -> Authority | None:
        """
        Return the authority at the first moment, *now* before others, at which acting was not
        permitted; None where it was.
        """
        asked = (now, *(at for at in moments if at < now))
        return next((held for held in map(self.authority, asked) if not held.permitted), None)

    def when(self, entry: Entry, event: ActionTaken) -> "_Known":
        """
        Return the operator without what was recorded of him in the moment of an act, behind it.
        """
        at, name = entry.recorded_at, self.operator.operator
        if at not in self._changed_at:
            return self
        read = dict(each.rsplit("@", 1) for each in event.relied_on).get(operator_stream(name))
        if read is None:
            return self
        changes = sorted((change.entry for change in self.operator.changes), key=_version)
        before = (each for each in changes if each.recorded_at != at or each.version <= int(read))
        return _Known(fold(Operator(name), before))


def _version(entry: Entry) -> int:
    return entry.version


class Hindsight:
    """
    A policy that is asked about the past.

    Entries of the kinds `JUDGED_BY` are taken in the order in which they were recorded; each act
    is judged or taken when it is its turn.

    Args:
        operators: Returns an operator as known at the cut.

        corrected: Who is held to have taken an action, where its entry has another one.
    """

    def __init__(
        self,
        policy: Policy,
        operators: Callable[[str], Operator],
        corrected: Mapping[str, str],
    ) -> None:
        self._policy = policy
        self._operators = operators
        self._corrected = corrected
        self._staff: dict[str, _Known] = {}
        self._accounts: dict[str, Account] = {}
        self._rates = Rates(policy.safeguards)
        self._delaying = {each.name for each in policy.safeguards if each.delays}
        self._verdicts: dict[tuple[Verdict, ...], tuple[Verdict, ...]] = {}
        # By the id of what safeguards said, which is kept with it.
        self._passed: dict[int, tuple[Evaluation, tuple[Verdict, ...]]] = {}

    def take(self, entry: Entry) -> None:
        """
        Take *entry* into what later acts are judged by.
        """
        event = entry.event
        if isinstance(event, ActionTaken):
            tier = self._tier(entry, event)
            self._rates.count(event.measure, tier, self._operator(entry, event), entry.recorded_at)
            self._close(entry, event.request)
            return
        account = self._accounts.get(entry.stream)
        if account is None:
            account = self._accounts[entry.stream] = Account(entry.stream.partition("/")[2])
        advance(account, entry._replace(body=b""))
        if isinstance(event, RequestApproved):
            self._let_lapse(account, entry, event)
        elif isinstance(event, RequestDenied | RequestWithdrawn):
            self._close(entry, event.request)

    def judge(self, entry: Entry, event: ActionTaken) -> Judged:
        """
        Return what the policy would have said of the act that *entry* records.
        """
        known, now = self._known(self._operator(entry, event)).when(entry, event), entry.recorded_at
        tier = self._tier(entry, event)
        request = self._request(entry, event)
        considered = self._considered(entry, event, known, tier)
        moments: tuple[datetime, ...] = (event.requested_at, entry.took_effect_at)
        if request is not None:
            considered = attrs.evolve(
                considered,
                asked_at=request.entry.recorded_at,
                approvals=counting(request, now, acts=known.operator.operator),
            )
            # What is granted is granted now; the moments before were those of the request.
            moments = ()
        failing = known.failing(now, moments)
        said = evaluate(self._policy, considered, override=event.override)
        return self._judged(event.action, failing, said)

    def _operator(self, entry: Entry, event: ActionTaken) -> str:
        return self._corrected.get(event.action, entry.operator)

    def _known(self, name: str) -> _Known:
        known = self._staff.get(name)
        if known is None:
            known = self._staff[name] = _Known(self._operators(name))
        return known

    def _tier(self, entry: Entry, event: ActionTaken) -> str | None:
        """
        Return what the account was protected as, which acts of the first schema do not say.
        """
        return event.tier or self._protected_as(entry.stream, entry.recorded_at)

    def _protected_as(self, stream: str, at: datetime) -> str | None:
        account = self._accounts.get(stream)
        return None if account is None else account.tier(at)

    def _request(self, entry: Entry, event: ActionTaken) -> Request | None:
        account = self._accounts.get(entry.stream)
        return None if account is None else account.requests.get(event.request or "")

    def _close(self, entry: Entry, request: str | None) -> None:
        """
        Forget a request that is over.
        """
        if request is not None and (account := self._accounts.get(entry.stream)) is not None:
            account.requests.pop(request, None)

    def _let_lapse(self, account: Account, entry: Entry, event: RequestApproved) -> None:
        """
        Let the approval that *entry* gave count for as long as this policy lets it.
        """
        request = account.requests.get(event.request)
        if request is None or not request.approvals:
            return
        asked = self._considered(
            entry,
            request.asked,
            self._known(request.keeper),
            self._protected_as(entry.stream, entry.recorded_at),
        )
        lasts = self._policy.approval_lasts(asked)
        *earlier, last = request.approvals
        lapses_at = None if lasts is None else entry.recorded_at + lasts
        account.requests[event.request] = attrs.evolve(
            request, approvals=(*earlier, attrs.evolve(last, lapses_at=lapses_at))
        )

    def _considered(
        self,
        entry: Entry,
        event: ActionTaken | ActRequested,
        known: _Known,
        tier: str | None,
    ) -> Considered:
        operator, now = known.operator, entry.recorded_at
        return Considered(
            measure=event.measure,
            reversible=event.inverse is not None,
            account=entry.stream.partition("/")[2],
            tier=tier,
            operator=operator.operator,
            own_account=operator.account,
            authority=known.authority(now),
            because_of=event.because_of,
            reason=event.reason,
            ground=event.ground,
            now=now,
            effective_at=entry.took_effect_at,
            asked_at=now,
            acts_within=self._rates.within(operator.operator, now),
        )

    def _judged(self, action: str, failing: Authority | None, said: Evaluation) -> Judged:
        if failing is None and not said.stops:
            return Judged(action, self._passing(said), Judgement.ALLOWED)
        stops = {verdict.name for verdict, _ in said.stops}
        if failing is None:
            first = self._policy.passed(AUTHORITY)
        else:
            first = self._policy.stopped(AUTHORITY, failing.why)
            stops.add(AUTHORITY)
        judgement = Judgement.DELAYED if stops <= self._delaying else Judgement.STOPPED
        return Judged(action, self._same((first, *said.verdicts)), judgement)

    def _passing(self, said: Evaluation) -> tuple[Verdict, ...]:
        """
        Return the verdicts of an act that nothing stops; most of them are one object.
        """
        known = self._passed.get(id(said))
        if known is None:
            verdicts = self._same((self._policy.passed(AUTHORITY), *said.verdicts))
            known = self._passed[id(said)] = said, verdicts
        return known[1]

    def _same(self, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """
        Return the verdicts that are equal to these and were given before, if there are any.
        """
        return self._verdicts.setdefault(verdicts, verdicts)
