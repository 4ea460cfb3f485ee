"""
Triage: where a report stood and in whose queue, what was pending of whom, which strikes counted.

Each is asked as of a moment, with the knowledge of a cut. What happened after the moment is left
out; what is known of it by the cut is not, for a correction says what was so all along.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

import attrs

from ledger.errors import NotFound, Unavailable
from ledger.forensics.witnesses import Witnesses, no_account, no_operator
from ledger.moderation.account import Account, fold
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import RecordCorrected
from ledger.moderation.events.request import Need
from ledger.moderation.identity import account_stream
from ledger.moderation.operator import Operator, authority
from ledger.moderation.pending import Pending, pending
from ledger.moderation.policy import Policies
from ledger.moderation.report import Report
from ledger.moderation.request import Request, counting, missing
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.safeguards import Considered, Policy
from ledger.moderation.taxonomy import Category, category
from ledger.store.reader import Question, Reader
from ledger.timeline.cut import Cut
from ledger.timeline.dossier import ActionOnRecord, dossier

STRIKE: Final = "issue_strike"


class ReportState(StrEnum):
    """
    Where a report stands.
    """

    NOT_FILED = "not-filed"
    OPEN = "open"
    ASSIGNED = "assigned"
    CLOSED = "closed"


@attrs.frozen
class ReportAnswer:
    """
    A report at a moment, as known at a cut.

    Args:
        report: Its outcome, the report that it repeats and the action that closed it are as of
            `at`; all else is all that is known.

        queue: With which operator or in which queue it was at `at`; None when it was in none.

        duplicates: The reports that were closed at `at` as repeating it, in recorded order.

        actions: Those that were taken because of it, in recorded order.
    """

    account: str
    at: datetime
    cut: Cut
    state: ReportState
    report: Report
    queue: str | None
    duplicates: tuple[str, ...]
    actions: tuple[ActionOnRecord, ...]

    @property
    def category(self) -> Category | None:
        """
        Return what others call its category, in the version of the taxonomy that it was filed
        under; None for a word that was no row of it.
        """
        return category(self.report.category, self.report.taxonomy)


@attrs.frozen
class Outstanding:
    """
    A deferred action or a request that was pending, and the approvals that it lacked.

    Args:
        missing: What the safeguards of the request and those in force then still asked for; none
            for a deferred action. None where the policy in force then uses a rule that this process
            does not know.
    """

    pending: Pending
    missing: tuple[Need, ...] | None


@attrs.frozen
class PendingAnswer:
    """
    What was pending at a moment, as known at a cut.

    Args:
        operator: Who answered for it; None when it is of everybody.

        pending: By (recorded_at, log, position).
    """

    operator: str | None
    at: datetime
    cut: Cut
    pending: tuple[Outstanding, ...]


@attrs.frozen
class StrikesAnswer:
    """
    The strikes against an account that were in force at a moment, as known at a cut.

    Args:
        strikes: By (from, position); when each expires is said by its action.
    """

    account: str
    at: datetime
    cut: Cut
    strikes: tuple[ActionOnRecord, ...]

    @property
    def count(self) -> int:
        """
        Return how many there were.
        """
        return len(self.strikes)


def report_of(
    reader: Reader, question: Question, stream: str | None, report: str, at: datetime
) -> ReportAnswer:
    """
    Return where *report* stood at *at*.

    Args:
        stream: The stream that the report is claimed for; None where it is claimed for none.

    Raises:
        NotFound: When it was not on record at the cut.
    """
    if stream is None:
        raise _no_report(report)
    account = stream.partition("/")[2]
    entries = list(reader.entries(question, stream=stream))
    told = dossier(account, entries, at, question.cut)
    known = next((each for each in told.reports if each.report == report), None)
    if known is None:
        raise _no_report(report)
    by_then = (entry for entry in entries if entry.took_effect_at <= at)
    reports = fold(Account(account), by_then).reports
    then = reports.get(report)
    queue = known.queue(at)
    return ReportAnswer(
        account=account,
        at=at,
        cut=question.cut,
        state=_state(known, then, queue, at),
        report=_as_of(known, then),
        queue=queue,
        duplicates=tuple(each.report for each in reports.values() if each.duplicate_of == report),
        actions=tuple(each for each in told.actions if _is_because_of(each, report)),
    )


def _no_report(report: str) -> NotFound:
    return NotFound(
        f"there is no report {report!r}",
        where="report",
        expected="the id of a report that was on record then",
    )


def _as_of(known: Report, then: Report | None) -> Report:
    if then is None:
        return attrs.evolve(known, outcome=None, duplicate_of=None, action=None)
    return attrs.evolve(
        known, outcome=then.outcome, duplicate_of=then.duplicate_of, action=then.action
    )


def _state(known: Report, then: Report | None, queue: str | None, at: datetime) -> ReportState:
    """
    Return where a report stood at *at*: filed, it is open before it is on record.
    """
    if then is None and at < known.filed_at:
        return ReportState.NOT_FILED
    if then is not None and then.outcome is not None:
        return ReportState.CLOSED
    return ReportState.OPEN if queue is None else ReportState.ASSIGNED


def _is_because_of(known: ActionOnRecord, report: str) -> bool:
    because_of = known.action.taken.because_of
    return not isinstance(because_of, str) and report in because_of


def pending_of(
    reader: Reader, question: Question, rulebook: Rulebook, operator: str | None, at: datetime
) -> PendingAnswer:
    """
    Return what was pending at *at* of *operator*, or of everybody where none is given.

    Raises:
        NotFound: When the operator is not enrolled.
    """
    witnesses = Witnesses(reader, question)
    if operator is not None and not witnesses.operator(operator).enrolled:
        raise no_operator(reader, question, operator)
    policy = _in_force(witnesses, rulebook, at)
    found: list[Outstanding] = []
    for name in sorted(reader.accounts_pending(question, at, operator)):
        entries = reader.entries(question, stream=account_stream(name))
        account = fold(Account(name), (entry for entry in entries if _counts(entry, at)))
        for known in pending(account, at):
            if operator in (None, known.keeper):
                keeper = witnesses.operator(known.keeper)
                found.append(Outstanding(known, _missing(known, account, keeper, policy, at)))
    return PendingAnswer(operator, at, question.cut, tuple(sorted(found, key=_recorded)))


def _counts(entry: Entry, at: datetime) -> bool:
    """
    Return whether an entry says something of what was pending at *at*.

    Who answered for it, and what had been approved, is told by what was recorded by then.
    """
    return entry.recorded_at <= at or isinstance(entry.event, RecordCorrected)


def _in_force(witnesses: Witnesses, rulebook: Rulebook, at: datetime) -> Policy | None:
    """
    Return the policy in force at *at*; None when it uses a rule that this process does not know.
    """
    adopted = [entry for entry in witnesses.policies().adoptions if entry.recorded_at <= at]
    try:
        return rulebook.in_force(Policies(adopted))
    except Unavailable:
        return None


def _missing(
    known: Pending, account: Account, keeper: Operator, policy: Policy | None, at: datetime
) -> tuple[Need, ...] | None:
    """
    Return the approvals that what was pending lacked.

    Both what its request was to have and what the policy in force asks for must be met; an approval
    serves the one and the other.
    """
    if not known.is_request:
        return ()
    if policy is None:
        return None
    request = account.requests[known.id]
    given = counting(request, at)
    asked = missing(request.asked.needs, given, at)
    now = missing(policy.needs(_considered(request, account, keeper, at)), given, at)
    return tuple(
        Need(safeguard=safeguard, approvals=approvals, role=role)
        for (safeguard, role), approvals in (_counted(asked) | _counted(now)).items()
    )


def _counted(needs: Iterable[Need]) -> Counter[tuple[str, str | None]]:
    """
    Return how many approvals each safeguard needs of each role.
    """
    counted: Counter[tuple[str, str | None]] = Counter()
    for need in needs:
        counted[need.safeguard, need.role] += need.approvals
    return counted


def _considered(request: Request, account: Account, keeper: Operator, at: datetime) -> Considered:
    """
    Return the act that a request asks for as safeguards would see it at *at*.
    """
    asked = request.asked
    return Considered(
        measure=asked.measure,
        reversible=asked.inverse is not None,
        account=account.account,
        tier=account.tier(at),
        operator=keeper.operator,
        own_account=keeper.account,
        authority=authority(keeper, at),
        because_of=asked.because_of,
        reason=asked.reason,
        ground=asked.ground,
        now=at,
        effective_at=max(asked.effective_at or at, at),
        asked_at=request.entry.recorded_at,
        approvals=request.approvals,
    )


def _recorded(known: Outstanding) -> tuple[datetime, int, int]:
    entry = known.pending.entry
    return entry.recorded_at, entry.log, entry.position


def strikes_of(reader: Reader, question: Question, account: str, at: datetime) -> StrikesAnswer:
    """
    Return the strikes against *account* that were in force at *at*.

    Raises:
        NotFound: When the account has no entry.
    """
    stream = account_stream(account)
    if not reader.exists(question, stream):
        raise no_account(reader, question, account)
    told = dossier(account, reader.entries(question, stream=stream), at, question.cut)
    known = {each.action.action: each for each in told.actions}
    return StrikesAnswer(
        account=account,
        at=at,
        cut=question.cut,
        strikes=tuple(
            known[each.action]
            for each in told.restrictions
            if each.measure == STRIKE and each.covers(at)
        ),
    )
