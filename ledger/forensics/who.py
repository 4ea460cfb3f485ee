"""
Who did it: for each matching restriction who opened it, when it was asked for and on which report,
with what authority, past which safeguards, who ended it, and what was found about it since.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import overload

import attrs

from ledger.forensics.witnesses import Witnesses
from ledger.moderation.account import Account, Action, Finding, Protection
from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.events import Outcome, Verdict
from ledger.moderation.events.account import AccountCommandRefused, ActionTaken
from ledger.moderation.events.policy import PolicyAdopted
from ledger.moderation.operator import authority
from ledger.moderation.safeguards import BUILT_IN, outcomes
from ledger.moderation.term import EndedBy
from ledger.store.reader import Question, Reader
from ledger.store.search import Filters
from ledger.timeline.cut import Cut
from ledger.timeline.restrictions import Restriction


@attrs.frozen
class Occasion:
    """
    What an action was taken because of: a report, an order, or nobody's but the operator's idea.

    Args:
        queue: With which operator or in which queue the report was when the act was asked for.
    """

    report: str | None = None
    category: str | None = None
    source: str | None = None
    filed_at: datetime | None = None
    queue: str | None = None
    order: str | None = None
    own_initiative: bool = False


@attrs.frozen
class Opening:
    """
    How a restriction began.

    Args:
        by: As corrected; `recorded_operator` is as the entry has it.

        authority: The operator's at the effective time, as known at the cut; its `permitted` is
            computed.

        permitted: The verdict that was stored with the act; None where none was.

        closed_reports: The reports that the act closed.

        request, approved_by: The request that it was granted on, and whose approvals counted.
    """

    by: str
    recorded_operator: str
    on_behalf_of: str | tuple[str, ...] | None
    requested_at: datetime
    effective_at: datetime
    recorded_at: datetime
    session: str | None
    because_of: tuple[Occasion, ...]
    reason: str | None
    ground: str | None
    override: str | None
    authority: Authority
    permitted: bool | None
    closed_reports: tuple[str, ...]
    request: str | None
    approved_by: tuple[str, ...]


@attrs.frozen
class Closing:
    """
    How a restriction ended, or will.

    Args:
        by: As corrected; None for an expiry. `recorded_operator` is as the entry has it.

        authority: The operator's at the effective time, as known at the cut; its `permitted` is
            computed. None for an expiry.

        permitted: The verdict that was stored with the entry; None where none was.

        recorded_at: When the entry was recorded that ended it; for an expiry, that set it.
    """

    by: str | None
    recorded_operator: str | None
    ended_by: EndedBy
    effective_at: datetime
    recorded_at: datetime
    session: str | None
    reason: str | None
    authority: Authority | None
    permitted: bool | None


@attrs.frozen
class Safeguard:
    """
    A stored verdict.

    Args:
        of_original: Whether it was given for another operator or time than is held right now.
    """

    name: str
    policy: str
    outcome: Outcome
    why: str | None
    of_original: bool


@attrs.frozen
class PolicyThen:
    """
    The policy under which the act was decided, and who had adopted it when.

    Args:
        adopted_by, adopted_at: None for the one built in.
    """

    version: str
    adopted_by: str | None
    adopted_at: datetime | None


class Known(StrEnum):
    """
    How a fact is known: the ledger saw it, it follows from what is on record, or somebody said so.
    """

    OBSERVED = "observed"
    COMPUTED = "computed"
    REPORTED = "reported"


@attrs.frozen
class RefusedReversal:
    """
    An attempt to reverse the action that was refused.
    """

    by: str
    recorded_at: datetime
    why: str


@attrs.frozen
class Answer:
    """
    The whole story of one restriction.

    Args:
        policy: None where no verdict is on record.

        findings: All that were known at the cut, in recorded order.

        protected: The protection of the account when the restriction began.

        known: How the begin, the end and both operators are known.
    """

    restriction: Restriction
    opened: Opening
    closed: Closing | None
    policy: PolicyThen | None
    safeguards: tuple[Safeguard, ...]
    findings: tuple[Finding, ...]
    reversals_refused: tuple[RefusedReversal, ...]
    protected: Protection | None
    known: Mapping[str, Known]


class Answers(Sequence[Answer]):
    """
    The answers to one question, in order, and the cut that they rest on.
    """

    def __init__(self, answers: Iterable[Answer], at: datetime, cut: Cut) -> None:
        self._answers = tuple(answers)
        self.at = at
        self.cut = cut

    def __len__(self) -> int:
        """
        Return how many restrictions matched.
        """
        return len(self._answers)

    @overload
    def __getitem__(self, index: int) -> Answer: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Answer, ...]: ...

    def __getitem__(self, index: int | slice) -> Answer | tuple[Answer, ...]:
        """
        Return one answer, or some of them.
        """
        return self._answers[index]

    def __repr__(self) -> str:
        """
        Return the answers as they are shown at a prompt.
        """
        return f"Answers({list(self._answers)!r})"


def answers(reader: Reader, question: Question, account: str, asked: Filters) -> Iterator[Answer]:
    """
    Return one answer for each restriction of *account* that *asked* asks for.
    """
    folded = reader.history(question, account).account
    witnesses = Witnesses(reader, question)
    for restriction in reader.restrictions(question, asked):
        yield _answer(restriction, folded, witnesses)


def _answer(restriction: Restriction, account: Account, witnesses: Witnesses) -> Answer:
    action = account.actions[restriction.action]
    corrected = (
        action.operator != action.entry.operator
        or action.effective_at != action.entry.took_effect_at
    )
    closed = _closing(restriction, action, account, witnesses)
    return Answer(
        restriction=restriction,
        opened=_opening(action, account, witnesses),
        closed=closed,
        policy=_policy(action, witnesses),
        safeguards=tuple(
            Safeguard(told.name, told.policy, told.outcome, told.why, corrected)
            for told in _outcomes(action, witnesses)
        ),
        findings=tuple(f for f in account.findings.values() if f.action == action.action),
        reversals_refused=tuple(_refused_reversals(account, action.action)),
        protected=account.protection(restriction.from_),
        known=_known(restriction, action, account),
    )


def _outcomes(action: Action, witnesses: Witnesses) -> Iterable[Verdict]:
    """
    Return the stored verdicts of an act, and the rules that its policy did not adopt.
    """
    verdicts = action.taken.verdicts
    if not verdicts:
        return ()
    version = verdicts[0].policy
    adopted = witnesses.policies().numbered(version)
    if adopted is None:
        return outcomes(verdicts, version, BUILT_IN.not_adopted)
    assert isinstance(adopted.event, PolicyAdopted)
    return outcomes(verdicts, version, adopted.event.not_adopted)


def _policy(action: Action, witnesses: Witnesses) -> PolicyThen | None:
    if not action.taken.verdicts:
        return None
    version = action.taken.verdicts[0].policy
    adopted = witnesses.policies().numbered(version)
    return PolicyThen(version, adopted and adopted.operator, adopted and adopted.recorded_at)


def _known(restriction: Restriction, action: Action, account: Account) -> dict[str, Known]:
    """
    Return how each fact is known: what the ledger did not see when it happened was said to it.
    """
    told = {
        "from": _time_known(action.entry, action.effective_at),
        "opened_by": _operator_known(action.entry, action.operator),
    }
    if restriction.until is None:
        return told
    if restriction.ended_by is not EndedBy.REVERSAL:
        return {**told, "until": Known.COMPUTED}
    entry, _ = _ending(restriction, action, account)
    return {
        **told,
        "until": _time_known(entry, restriction.until),
        "closed_by": _operator_known(entry, restriction.closed_by),
    }


def _time_known(entry: Entry, at: datetime) -> Known:
    if entry.import_id is not None or at < entry.recorded_at:
        return Known.REPORTED
    return Known.OBSERVED if at == entry.recorded_at else Known.COMPUTED


def _operator_known(entry: Entry, operator: str | None) -> Known:
    corrected = entry.import_id is not None or entry.operator != operator
    return Known.REPORTED if corrected else Known.OBSERVED


def _opening(action: Action, account: Account, witnesses: Witnesses) -> Opening:
    taken, entry = action.taken, action.entry
    context = taken.context
    return Opening(
        by=action.operator,
        recorded_operator=entry.operator,
        on_behalf_of=context.on_behalf_of if context else None,
        requested_at=taken.requested_at,
        effective_at=action.effective_at,
        recorded_at=entry.recorded_at,
        session=context.session if context else None,
        because_of=tuple(_causes(taken, account)),
        reason=taken.reason,
        ground=taken.ground,
        override=taken.override,
        authority=authority(witnesses.operator(action.operator), action.effective_at),
        permitted=_permitted(entry),
        closed_reports=tuple(
            report.report for report in account.reports.values() if report.action == action.action
        ),
        request=taken.request,
        approved_by=taken.approved_by,
    )


def _permitted(entry: Entry) -> bool | None:
    """
    Return whether the verdicts that are stored in *entry* permitted it; None where there are none.
    """
    verdicts = getattr(entry.event, "verdicts", ())
    return all(verdict.outcome is not Outcome.STOPPED for verdict in verdicts) if verdicts else None


def _causes(taken: ActionTaken, account: Account) -> Iterator[Occasion]:
    because_of = taken.because_of
    if isinstance(because_of, str):
        _, is_order, reference = because_of.partition("order:")
        yield Occasion(order=reference) if is_order else Occasion(own_initiative=True)
        return
    for name in because_of:
        report = account.reports[name]
        queue = report.queue(taken.requested_at)
        yield Occasion(name, report.category, report.source, report.filed_at, queue)


def _closing(
    restriction: Restriction, action: Action, account: Account, witnesses: Witnesses
) -> Closing | None:
    if restriction.until is None or restriction.ended_by is None:
        return None
    entry, reason = _ending(restriction, action, account)
    by = restriction.closed_by
    context = entry.event.context
    return Closing(
        by=by,
        recorded_operator=None if by is None else entry.operator,
        ended_by=restriction.ended_by,
        effective_at=restriction.until,
        recorded_at=entry.recorded_at,
        session=context.session if context else None,
        reason=reason,
        authority=None if by is None else authority(witnesses.operator(by), restriction.until),
        permitted=None if by is None else _permitted(entry),
    )


def _ending(restriction: Restriction, action: Action, account: Account) -> tuple[Entry, str | None]:
    """
    Return the entry that ended the restriction, and the reason that it gives.
    """
    if restriction.ended_by is EndedBy.EXPIRY:
        amended = [e for e in action.changes if e.kind == "account.action_amended"]
        entry = amended[-1] if amended else action.entry
    elif restriction.ended_by is EndedBy.REVERSAL:
        entry = next(
            reversal.entry
            for reversal in action.reversals
            if reversal.entry.position == restriction.closed_at_position
        )
    else:
        entry = next(
            other.entry
            for other in account.actions.values()
            if other.entry.position == restriction.closed_at_position
        )
    return entry, getattr(entry.event, "reason", None)


def _refused_reversals(account: Account, action: str) -> Iterator[RefusedReversal]:
    for entry in account.refusals:
        event = entry.event
        assert isinstance(event, AccountCommandRefused)
        if event.command == "reverse" and event.arguments.get("action") == action:
            stopped = [v for v in event.verdicts if v.outcome is Outcome.STOPPED]
            why = "; ".join(f"{verdict.name}: {verdict.why}" for verdict in stopped)
            yield RefusedReversal(entry.operator, entry.recorded_at, why)
