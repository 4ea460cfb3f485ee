"""
Decisions about what follows an action: notices, appeals, the review of an override.

Whoever acted does not judge himself: that is checked whatever the policy, and recorded when it
stops somebody.
"""

from typing import Final

from ledger.errors import Refused
from ledger.moderation.account import Account, Action
from ledger.moderation.appeal import AppealState
from ledger.moderation.commands import Command
from ledger.moderation.commands.appeal import DecideAppeal, FileAppeal, Notify, ReviewOverride
from ledger.moderation.commands.told import ToldAppeal, ToldAppealDecision
from ledger.moderation.decisions.situation import (
    Decision,
    Permission,
    Situation,
    assert_not_later,
    permission,
    refused,
    stopped,
)
from ledger.moderation.entry import Draft
from ledger.moderation.events.account import ActionReversed, ActionWithdrawn
from ledger.moderation.events.appeal import (
    AppealDecided,
    AppealFiled,
    AppealOutcome,
    NoticeDelivered,
    OverrideReviewed,
)
from ledger.moderation.identity import SYSTEM, account_stream
from ledger.moderation.moment import MICROSECOND, shortest
from ledger.moderation.safeguards import Stop
from ledger.moderation.term import term

# The check of the house that an act is judged by somebody else, whatever the policy.
ANOTHER_OPERATOR: Final = "another-operator"


def notify(command: Notify, situation: Situation) -> Decision:
    """
    Return the decision to put on record that notice of an action was delivered.

    Raises:
        Malformed: When it is said to be delivered later than now.
    """
    if not situation.imported:
        assert_not_later(command.delivered_at, situation.now, "delivered_at")
    found = permission(situation)
    stream = account_stream(situation.the_account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    event = NoticeDelivered(
        notice=situation.new_id(),
        action=command.action,
        channel=command.channel,
        delivered_at=command.delivered_at,
        text_hash=command.text_hash,
        context=situation.context(command),
    )
    return Decision(event.notice, (Draft(stream, event, command.by),))


def file_appeal(command: FileAppeal, situation: Situation) -> Decision:
    """
    Return the decision to put an appeal on record.

    Whoever appeals need be no operator: then the entry is the system's, and names him.

    Raises:
        Refused: When an appeal against the action is open, the same appellant's was decided, the
            window is over, or the action was withdrawn before its effect.
    """
    account, now = situation.the_account, situation.now
    delivered = [n.delivered_at for n in account.notices if n.action == command.action]
    informed_at = min(delivered, default=None)
    closes_at = None if informed_at is None else informed_at + situation.policy.appeal_window
    if not situation.imported:
        _assert_appealable(command, account)
        if closes_at is not None and now >= closes_at:
            assert informed_at is not None
            raise Refused(
                f"appeals against action {command.action!r} were taken until"
                f" {shortest(closes_at)}: notice of it was delivered at {shortest(informed_at)}",
                rule="appeal-window",
                action=command.action,
                at=shortest(closes_at),
            )
    elif (told := situation.told(command, ToldAppeal)) is not None:
        closes_at = told.closes_at
    enrolled = situation.by.enrolled
    stream = account_stream(account.account)
    if enrolled and (found := permission(situation)).denied:
        return refused(command, situation, found, stream)
    event = AppealFiled(
        appeal=command.appeal or situation.new_id(),
        action=command.action,
        appellant=command.by,
        statement=command.statement,
        informed_at=informed_at,
        closes_at=closes_at,
        relied_on=situation.relied_on(),
        context=situation.context(command),
    )
    return Decision(event.appeal, (Draft(stream, event, command.by if enrolled else SYSTEM),))


def _assert_appealable(command: FileAppeal, account: Account) -> None:
    if account.actions[command.action].withdrawn is not None:
        raise Refused(
            f"action {command.action!r} was withdrawn and never took effect",
            rule="withdrawn-already",
            action=command.action,
        )
    for known in account.appeals.values():
        if known.filed.action != command.action:
            continue
        if known.state is AppealState.FILED:
            raise Refused(
                f"appeal {known.appeal!r} against action {command.action!r} is open",
                rule="appealed-already",
                action=command.action,
                at=shortest(known.entry.recorded_at),
                expected="its decision",
            )
        if known.filed.appellant == command.by:
            raise Refused(
                f"appeal {known.appeal!r} by {command.by!r} was decided: {known.state}",
                rule="decided-already",
                action=command.action,
                by=known.decision and known.decision.operator,
            )


def decide_appeal(command: DecideAppeal, situation: Situation) -> Decision:
    """
    Return the decision of an appeal; one that is overturned ends the action with it.

    What is in force is reversed, what is pending is withdrawn. What cannot be reversed, or has
    ended by itself, is overturned without a reversal. In history what ended it is told by itself.

    Raises:
        Refused: When it was decided already.
    """
    account = situation.the_account
    known = account.appeals[command.appeal]
    if known.decision is not None and not situation.imported:
        raise Refused(
            f"appeal {command.appeal!r} was decided already: {known.state} by"
            f" {known.decision.operator!r} at {shortest(known.decision.recorded_at)}",
            rule="decided-already",
            by=known.decision.operator,
            at=shortest(known.decision.recorded_at),
        )
    action = account.actions[known.filed.action]
    found = _by_another(command, situation, action, known.filed.appellant)
    stream = account_stream(account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    overturns = command.outcome is AppealOutcome.OVERTURNED and not situation.imported
    ending = _ending(command, situation, action, found) if overturns else None
    told = situation.told(command, ToldAppealDecision)
    reversal = told.reversal if told else None
    event = AppealDecided(
        appeal=command.appeal,
        action=action.action,
        outcome=command.outcome,
        reason=command.reason,
        reversal=ending.reversal if isinstance(ending, ActionReversed) else reversal,
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now,
        context=situation.context(command),
    )
    drafts = [Draft(stream, event, command.by)]
    if ending is not None:
        reverses = isinstance(ending, ActionReversed)
        # What begins at this very moment is in force, and ends at the next one.
        at = max(situation.now, action.effective_at + MICROSECOND) if reverses else None
        drafts.append(Draft(stream, ending, command.by, at))
    return Decision(command.appeal, tuple(drafts))


def _ending(
    command: DecideAppeal, situation: Situation, action: Action, found: Permission
) -> ActionReversed | ActionWithdrawn | None:
    """
    Return what ends an action that was overturned; None where nothing can or need be ended.
    """
    now = situation.now
    if action.withdrawn is None and now < action.effective_at:
        return ActionWithdrawn(
            action=action.action, reason=command.reason, relied_on=situation.relied_on()
        )
    held = term(situation.the_account, action)
    ends_later = held is not None and (held.until is None or now < held.until)
    if not ends_later or action.taken.inverse is None:
        return None
    return ActionReversed(
        reversal=situation.new_id(),
        action=action.action,
        inverse=action.taken.inverse,
        reason=command.reason,
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now,
        appeal=command.appeal,
    )


def review_override(command: ReviewOverride, situation: Situation) -> Decision:
    """
    Return the decision to review an act that overrode a safeguard.

    Raises:
        Refused: When it overrode none, or was reviewed already.
    """
    account = situation.the_account
    action = account.actions[command.action]
    if not situation.imported and not action.owes_review:
        review = action.override_review
        raise Refused(
            f"action {command.action!r} was reviewed already: by {review.operator!r}"
            if review
            else f"action {command.action!r} overrode no safeguard",
            rule="reviewed-already" if review else "no-override",
            action=command.action,
            by=review.operator if review else None,
            at=shortest(review.recorded_at) if review else None,
        )
    found = _by_another(command, situation, action, None)
    stream = account_stream(account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    event = OverrideReviewed(
        action=command.action,
        outcome=command.outcome,
        statement=command.reason,
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now,
        context=situation.context(command),
    )
    return Decision(command.action, (Draft(stream, event, command.by),))


def _by_another(
    command: Command, situation: Situation, action: Action, appellant: str | None
) -> Permission:
    """
    Return whether the operator may judge an action: he may act, and it is not his own.
    """
    found = permission(situation)
    if situation.imported:
        return found
    why = None
    if command.by in (action.operator, action.entry.operator, action.keeper):
        why = "it is his own act"
    elif command.by in action.taken.approved_by:
        why = "he approved the act"
    elif command.by == appellant:
        why = "it is his own appeal"
    elif situation.by.account == situation.the_account.account:
        why = "it is about his own account"
    if why is None:
        return found
    remedy = "an operator who had no part in it"
    return stopped(found, situation, ANOTHER_OPERATOR, Stop(why, remedy))
