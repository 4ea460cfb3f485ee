"""
Decisions about requests: ask for approvals of an act, approve, deny, hand over.

With the last approval that is needed the act is appended in the same transaction, by whoever
answers for the request (semantics, rule 13). What is needed is what the policy asked for when the
request was made and what the one in force asks for now: neither tightening nor loosening lets an
act through with fewer approvals than it was to have.
"""

from datetime import datetime
from typing import Final

import attrs

from ledger.errors import Malformed, Refused
from ledger.moderation.commands import Command, command_of
from ledger.moderation.commands.account import ActTerms
from ledger.moderation.commands.request import Approve, Deny, HandOver, RequestAct
from ledger.moderation.commands.told import ToldApproval, ToldRequest
from ledger.moderation.decisions.act import (
    asks_safeguards,
    assert_slot_free,
    checked_measure,
    closing,
    considered,
    not_permitted,
    safeguarded,
    taken,
)
from ledger.moderation.decisions.situation import (
    Decision,
    Permission,
    Situation,
    permission,
    refused,
    stopped,
)
from ledger.moderation.decisions.withdrawal import assert_allowed, assert_pending
from ledger.moderation.entry import Draft
from ledger.moderation.events.account import ActionWithdrawn
from ledger.moderation.events.request import (
    ActRequested,
    HandedOver,
    Need,
    RequestApproved,
    RequestDenied,
)
from ledger.moderation.identity import account_stream
from ledger.moderation.moment import shortest
from ledger.moderation.operator import Operator, authority
from ledger.moderation.request import (
    Approval,
    Request,
    RequestState,
    approval_of,
    counting,
    missing,
)
from ledger.moderation.rules import TWO_PERSON
from ledger.moderation.safeguards import AUTHORITY, Stop
from ledger.moderation.vocabulary import Measure

# The check of the house that an approval is somebody else's, whatever the policy.
APPROVER: Final = "approver"
# What asks for the one approval that every request needs.
REQUEST: Final = "request"


def request_act(command: RequestAct, situation: Situation) -> Decision:
    """
    Return the decision to ask for approvals of an act.

    Raises:
        Malformed, NotFound, Refused: As `act` does; malformed also when it lapses at once.
    """
    now = situation.now
    requested_at = command.requested_at or now
    effective_at = command.effective_at or now
    measure = checked_measure(command, situation, effective_at)
    if command.lapses_at is not None and command.lapses_at <= now and not situation.imported:
        raise Malformed(
            f"the request would lapse at {shortest(command.lapses_at)}, which has come",
            where="lapses_at",
            expected="a time to come",
        )
    found = permission(situation, (requested_at, effective_at))
    judged = considered(command, measure, situation, situation.by, effective_at)
    if asks_safeguards(situation):
        found = safeguarded(found, situation, judged, command.override, (TWO_PERSON,))
    stream = account_stream(command.account)
    if found.denied:
        return refused(command, situation, found, stream)
    lasts = situation.policy.request_lasts
    lapses = [command.lapses_at, None if lasts is None else now + lasts]
    asked_earlier = requested_at < now and not situation.imported
    told = situation.told(command, ToldRequest)
    needs = situation.policy.needs(judged) or (Need(safeguard=REQUEST, approvals=1),)
    event = ActRequested(
        request=command.request or situation.new_id(),
        action=command.action or situation.new_id(),
        measure=measure.name,
        inverse=measure.inverse,
        effect=measure.effect,
        holding=measure.holding,
        scope=command.scope,
        because_of=command.because_of,
        closes=command.closes,
        reason=command.reason,
        ground=command.ground,
        requested_at=requested_at,
        effective_at=command.effective_at,
        expires_at=command.expires_at,
        reversible_until=command.reversible_until,
        supersedes=command.supersedes,
        override=command.override,
        needs=needs if told is None or told.needs is None else told.needs,
        lapses_at=min((at for at in lapses if at is not None), default=None),
        tier=judged.tier,
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now,
        authority_at_request=authority(situation.by, requested_at) if asked_earlier else None,
        context=situation.context(command),
    )
    return Decision(event.request, (Draft(stream, event, command.by),))


def approve(command: Approve, situation: Situation) -> Decision:
    """
    Return the decision to approve a request, and with the last approval to take its act.

    In history the act is taken with the approval that is said to have granted it, and the reports
    that it closed are told by themselves; where nothing is said, as it would be today.

    Raises:
        Refused: When the request is not pending, the operator's approval counts already, or the
            account's history does not allow the act any more.
    """
    request = situation.the_account.requests[command.request]
    if not situation.imported:
        assert_allowed(command.NAME, request, situation.now)
        _assert_first(command, request, situation.now)
    found = permission(situation)
    stop = _own(command.by, request, situation)
    if stop is not None and not situation.imported:
        found = stopped(found, situation, APPROVER, stop)
    stream = account_stream(situation.the_account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    wish = _Wish(request, situation)
    told = situation.told(command, ToldApproval)
    lasts = situation.policy.approval_lasts(wish.judged)
    lapses_at = None if lasts is None else situation.now + lasts
    event = RequestApproved(
        request=command.request,
        lapses_at=told.lapses_at if told else lapses_at,
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now or authority(situation.by, situation.now),
        context=situation.context(command),
    )
    given = Draft(stream, event, command.by)
    at = situation.happened_at
    approvals = counting(request, at, last=approval_of(event, command.by, at))
    grants = told.grants if told else None
    if request.state(at) is not RequestState.PENDING:
        grants = False
    elif grants is None:
        grants = not any(
            missing(needs, approvals, at)
            for needs in (request.asked.needs, situation.policy.needs(wish.judged))
        )
    if not grants:
        return Decision(command.request, (given,))
    return _granted(command, wish, approvals, given)


class _Wish:
    """
    The act that a request asks for, as it would be taken now by whoever answers for it.
    """

    def __init__(self, request: Request, situation: Situation) -> None:
        asked = request.asked
        self.request = request
        self.situation = situation
        self.keeper = situation.operators[request.keeper]
        now = situation.happened_at
        self.effective_at = max(asked.effective_at or now, now)
        self.measure = Measure(
            name=asked.measure, inverse=asked.inverse, effect=asked.effect, holding=asked.holding
        )
        self.command = command_of(
            RequestAct,
            {name: getattr(asked, name) for name in _TERMS}
            | {"account": situation.the_account.account, "by": self.keeper.operator},
        )
        self.judged = considered(
            self.command,
            self.measure,
            situation,
            self.keeper,
            self.effective_at,
            asked_at=request.entry.recorded_at,
        )


# What a request says of its act, which has an id and an account already.
_TERMS: Final = (
    attrs.fields_dict(ActTerms).keys() - attrs.fields_dict(Command).keys() - {"account", "action"}
)


def _granted(
    command: Approve, wish: _Wish, approvals: tuple[Approval, ...], given: Draft
) -> Decision:
    """
    Return the decision to take the act of a request that has all its approvals.

    Raises:
        Refused: When the account's history does not allow it any more.
    """
    situation, asked = wish.situation, wish.request.asked
    if not situation.imported:
        _assert_still_possible(wish)
    found = _keeper_permitted(wish)
    if asks_safeguards(situation):
        judged = attrs.evolve(wish.judged, approvals=approvals)
        found = safeguarded(found, situation, judged, asked.override)
    if found.denied:
        return refused(command, situation, found, given.stream)
    event = taken(
        wish.command,
        wish.measure,
        situation,
        action=asked.action,
        requested_at=asked.requested_at,
        verdicts=found.verdicts,
        authority=found.now,
        authority_at_request=asked.authority_at_request or asked.authority,
        request=asked.request,
        approved_by=tuple(approval.operator for approval in approvals),
        context=asked.context and attrs.evolve(asked.context, digest=None, source_id=None),
    )
    keeper = wish.keeper.operator
    told = situation.told(command, ToldApproval)
    closes = asked.closes if told is None or told.grants is None else ()
    return Decision(
        asked.action,
        (
            given,
            Draft(given.stream, event, keeper, wish.effective_at),
            *closing(closes, asked.action, keeper, situation),
            *not_permitted(
                asked.measure,
                asked.scope,
                given.stream,
                attrs.evolve(situation, by=wish.keeper),
                wish.effective_at,
            ),
        ),
    )


def _assert_still_possible(wish: _Wish) -> None:
    account, asked = wish.situation.the_account, wish.request.asked
    assert_slot_free(wish.command, wish.measure, account, wish.effective_at)
    if asked.expires_at is not None and asked.expires_at <= wish.effective_at:
        raise Refused(
            f"the act of request {asked.request!r} was to expire at {shortest(asked.expires_at)}",
            rule="ended-already",
            at=shortest(asked.expires_at),
            expected="a new request",
        )
    for report in asked.closes:
        if (outcome := account.reports[report].outcome) is not None:
            raise Refused(
                f"report {report!r}, which the act was to close, was resolved: {outcome}",
                rule="resolved-already",
                expected="to reopen it first, or a new request",
            )


def _keeper_permitted(wish: _Wish) -> Permission:
    """
    Return whether whoever answers for a request may act now.
    """
    situation = wish.situation
    found = permission(attrs.evolve(situation, by=wish.keeper))
    if found.failing is None:
        return found
    keeper = wish.keeper.operator
    verdict = situation.policy.stopped(AUTHORITY, f"operator {keeper!r}: {found.failing.why}")
    stop = Stop(verdict.why or "", "hand_over the request to an operator who may act")
    return Permission(found.now, found.failing, (verdict,), (stop,))


def _assert_first(command: Approve, request: Request, now: datetime) -> None:
    for known in request.approvals:
        if known.operator == command.by and known.counts(now):
            raise Refused(
                f"operator {command.by!r} approved request {command.request!r} already"
                f" at {shortest(known.at)}",
                rule="approved-already",
                by=command.by,
                at=shortest(known.at),
                expected="the approval of another operator",
            )


def _own(operator: str, request: Request, situation: Situation) -> Stop | None:
    """
    Return why an operator may not approve: the request, or what it is about, is his own.
    """
    remedy = "the approval of another operator"
    if operator in (request.entry.operator, request.keeper):
        return Stop("it is his own request", remedy)
    if situation.by.account == situation.the_account.account:
        return Stop("it is about his own account", remedy)
    return None


def deny(command: Deny, situation: Situation) -> Decision:
    """
    Return the decision to deny a request; an act that was granted is taken back before its effect.

    In history the withdrawal of the act is told by itself.

    Raises:
        Refused: When the request is over, its act took effect, or it is the operator's own.
    """
    account, now = situation.the_account, situation.now
    request = account.requests[command.request]
    action = account.actions.get(request.action or "")
    if not situation.imported:
        assert_allowed(command.NAME, request, now)
        if command.by in (request.entry.operator, request.keeper):
            raise Refused(
                f"request {command.request!r} is operator {command.by!r}'s own",
                rule="own-request",
                by=command.by,
                expected="to withdraw it",
            )
        if action is not None:
            assert_pending(action.action, action, now)
    found = permission(situation)
    stream = account_stream(account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    relied_on = situation.relied_on()
    event = RequestDenied(
        request=command.request,
        reason=command.reason,
        verdicts=found.verdicts,
        relied_on=relied_on,
        authority=found.now,
        context=situation.context(command),
    )
    drafts = [Draft(stream, event, command.by)]
    if action is not None and action.withdrawn is None and not situation.imported:
        taken_back = ActionWithdrawn(
            action=action.action, reason=command.reason, relied_on=relied_on
        )
        drafts.append(Draft(stream, taken_back, command.by))
    return Decision(command.request, tuple(drafts))


def hand_over(command: HandOver, situation: Situation) -> Decision:
    """
    Return the decision that another operator answers for a pending request or deferred action.

    Raises:
        Refused: When it is not pending, or that operator may not act.
    """
    account, now = situation.the_account, situation.now
    request = account.requests.get(command.id)
    if not situation.imported:
        if request is not None:
            assert_allowed(command.NAME, request, now)
        else:
            assert_pending(command.id, account.actions[command.id], now)
        assert_may_answer(situation.the_subject, now)
    found = permission(situation)
    stream = account_stream(account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    event = HandedOver(
        id=command.id,
        to=command.to,
        reason=command.reason,
        relied_on=situation.relied_on(),
        context=situation.context(command),
    )
    return Decision(command.id, (Draft(stream, event, command.by),))


def assert_may_answer(operator: Operator, now: datetime) -> None:
    """
    Raise unless *operator* may act, and so may answer for what is pending.

    Raises:
        Refused: When he may not, with why.
    """
    held = authority(operator, now)
    if not held.permitted:
        raise Refused(
            f"operator {operator.operator!r} cannot answer for it: {held.why}",
            rule="not-permitted",
            by=operator.operator,
            expected="an operator who may act",
        )
