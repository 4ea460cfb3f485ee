"""
Decisions about actions: act, reverse, withdraw, amend, correct.

The order in which a command is judged is fixed: its shape, then what it names, then what the
account's history allows, then the operator's authority. Only the last one is recorded when it
says no (semantics, rule 16); an imported command is judged by the first two alone.
"""

from datetime import datetime

from ledger.errors import Malformed, NotFound, Refused
from ledger.moderation.account import Account, Action, Reversal, Slot
from ledger.moderation.commands import UNCHANGED
from ledger.moderation.commands.account import Act, Amend, Correct, Reverse, Withdraw
from ledger.moderation.decisions.situation import (
    Decision,
    Situation,
    assert_not_later,
    permission,
    refused,
)
from ledger.moderation.entry import Draft
from ledger.moderation.events.account import (
    ActionAmended,
    ActionReversed,
    ActionTaken,
    ActionWithdrawn,
    RecordCorrected,
    ReversalWithdrawn,
)
from ledger.moderation.identity import account_stream
from ledger.moderation.moment import shortest
from ledger.moderation.operator import authority
from ledger.moderation.term import EndedBy, in_force, live_reversals, term
from ledger.moderation.vocabulary import Holding, Measure


def act(command: Act, situation: Situation) -> Decision:
    """
    Return the decision to use a measure on an account.

    Raises:
        Malformed: When the measure is unknown, lacks its scope, or the times contradict.

        NotFound: When a report or an action that it names is not one of the account's.

        Refused: When the slot is held already, or *supersedes* is not what holds it.
    """
    account, now = situation.the_account, situation.now
    measure = situation.measures[command.measure]
    effective_at = command.effective_at or now
    requested_at = command.requested_at or now
    if measure.needs_scope and command.scope is None:
        raise Malformed(
            f"{measure.name!r} needs a scope",
            where="scope",
            expected="scope=<the feature or content that it is on>",
        )
    _assert_reports(command, account)
    if command.supersedes is not None and command.supersedes not in account.actions:
        raise NotFound(
            f"account {command.account!r} has no action {command.supersedes!r}",
            where="supersedes",
            expected="the id of an action on this account",
        )
    if not situation.imported:
        _assert_times(command, measure, effective_at, now)
        _assert_slot_free(command, measure, account, effective_at)
    found = permission(situation, (requested_at, effective_at))
    if found.failing is not None:
        return refused(command, situation, found)
    action = command.action or situation.new_id()
    asked_earlier = requested_at < now and not situation.imported
    event = ActionTaken(
        action=action,
        measure=measure.name,
        inverse=measure.inverse,
        effect=measure.effect,
        holding=measure.holding,
        scope=command.scope,
        because_of=command.because_of,
        reason=command.reason,
        ground=command.ground,
        requested_at=requested_at,
        expires_at=command.expires_at,
        reversible_until=command.reversible_until,
        supersedes=command.supersedes,
        override=command.override,
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now,
        authority_at_request=authority(situation.by, requested_at) if asked_earlier else None,
        context=situation.context(command),
    )
    return Decision(
        action, (Draft(account_stream(command.account), event, command.by, effective_at),)
    )


def _assert_reports(command: Act, account: Account) -> None:
    if isinstance(command.because_of, str):
        return
    for report in command.because_of:
        if report not in account.reports:
            raise NotFound(
                f"account {command.account!r} has no report {report!r}",
                where="because_of",
                expected="the id of a report on this account",
            )


def _assert_times(command: Act, measure: Measure, effective_at: datetime, now: datetime) -> None:
    assert_not_later(command.requested_at, now, "requested_at")
    if command.expires_at is None:
        return
    if not measure.reversible:
        raise Malformed(
            f"{measure.name!r} cannot be reversed and so cannot expire",
            where="expires_at",
            expected="no expiry",
        )
    if command.expires_at <= effective_at:
        raise Malformed(
            f"the expiry {shortest(command.expires_at)} is not later than the effect at"
            f" {shortest(effective_at)}",
            where="expires_at",
            expected="an expiry after the effect",
        )


def _assert_slot_free(
    command: Act, measure: Measure, account: Account, effective_at: datetime
) -> None:
    holder = None
    if measure.holding is Holding.SINGLE:
        holder = in_force(account, Slot(measure.name, command.scope), effective_at)
    if command.supersedes is not None:
        if holder is None or holder.action != command.supersedes:
            raise Refused(
                f"action {command.supersedes!r} is not what holds {measure.name!r} on account"
                f" {command.account!r} at {shortest(effective_at)}",
                where="supersedes",
                rule="not-in-force",
                action=holder.action if holder else None,
                expected=f"{holder.action!r}" if holder else "no supersedes: nothing holds it",
            )
    elif holder is not None:
        raise Refused(
            f"{measure.name!r} is in force on account {command.account!r} already:"
            f" action {holder.action!r} by {holder.operator!r}"
            f" since {shortest(holder.effective_at)}",
            rule="in-force-already",
            action=holder.action,
            by=holder.operator,
            at=shortest(holder.effective_at),
            expected=f"supersedes={holder.action!r}, or to reverse it first",
        )


def reverse(command: Reverse, situation: Situation) -> Decision:
    """
    Return the decision to reverse an action.

    Raises:
        Refused: When it cannot be reversed, was reversed or withdrawn already, has not begun by
            then or has ended by then; the cause is named.
    """
    account, now = situation.the_account, situation.now
    action = account.actions[command.action]
    effective_at = command.effective_at or now
    if not situation.imported:
        _assert_reversible(account, action, effective_at)
    found = permission(situation, (effective_at,))
    if found.failing is not None:
        return refused(command, situation, found)
    reversal = situation.new_id()
    event = ActionReversed(
        reversal=reversal,
        action=command.action,
        inverse=action.taken.inverse,
        reason=command.reason,
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now,
        context=situation.context(command),
    )
    return Decision(
        reversal, (Draft(account_stream(account.account), event, command.by, effective_at),)
    )


def _assert_reversible(account: Account, action: Action, effective_at: datetime) -> None:
    taken, name = action.taken, action.action
    held = term(account, action)
    if taken.inverse is None:
        raise Refused(f"{taken.measure!r} cannot be reversed", rule="irreversible", action=name)
    if held is None:
        assert action.withdrawn is not None
        raise _withdrawn_already(name, action)
    if (known := next(iter(live_reversals(action)), None)) is not None:
        raise Refused(
            f"action {name!r} was reversed already: by {known.operator!r}"
            f" at {shortest(known.effective_at)}",
            rule="already-reversed",
            action=name,
            by=known.operator,
            at=shortest(known.effective_at),
        )
    if effective_at <= held.from_:
        raise Refused(
            f"action {name!r} takes effect only at {shortest(held.from_)}",
            rule="before-effect",
            action=name,
            expected="a later time, or to withdraw the action before its effect",
        )
    if held.until is not None and effective_at >= held.until:
        cause = (
            "expired" if held.ended_by is EndedBy.EXPIRY else f"was superseded by {held.closed_by}"
        )
        raise Refused(
            f"action {name!r} {cause} at {shortest(held.until)}, which is not after"
            f" {shortest(effective_at)}",
            rule="ended-already",
            action=name,
            by=held.closed_by,
            at=shortest(held.until),
        )
    if taken.reversible_until is not None and effective_at > taken.reversible_until:
        raise Refused(
            f"action {name!r} could be reversed until {shortest(taken.reversible_until)}",
            rule="irreversible",
            action=name,
            at=shortest(taken.reversible_until),
        )


def _withdrawn_already(name: str, withdrawn: Action | Reversal) -> Refused:
    entry = withdrawn.withdrawn
    assert entry is not None
    return Refused(
        f"{name!r} was withdrawn already: by {entry.operator!r} at {shortest(entry.recorded_at)}",
        rule="withdrawn-already",
        action=name,
        by=entry.operator,
        at=shortest(entry.recorded_at),
    )


def withdraw(command: Withdraw, situation: Situation) -> Decision:
    """
    Return the decision to take back a deferred action or a scheduled reversal.

    Raises:
        Refused: When it took effect already, or was withdrawn already.
    """
    account, now = situation.the_account, situation.now
    reversal = _reversal(account, command.id)
    target = reversal or account.actions[command.id]
    if not situation.imported:
        if target.withdrawn is not None:
            raise _withdrawn_already(command.id, target)
        if target.effective_at <= now:
            raise Refused(
                f"{command.id!r} took effect at {shortest(target.effective_at)}",
                rule="in-effect-already",
                action=command.id,
                at=shortest(target.effective_at),
                expected="to reverse the action, or to act anew",
            )
    found = permission(situation)
    if found.failing is not None:
        return refused(command, situation, found)
    relied_on, context = situation.relied_on(), situation.context(command)
    event: ActionWithdrawn | ReversalWithdrawn
    if reversal is None:
        event = ActionWithdrawn(
            action=command.id, reason=command.reason, relied_on=relied_on, context=context
        )
    else:
        event = ReversalWithdrawn(
            reversal=command.id,
            action=account.reversals[command.id],
            reason=command.reason,
            relied_on=relied_on,
            context=context,
        )
    return Decision(command.id, (Draft(account_stream(account.account), event, command.by),))


def _reversal(account: Account, reversal: str) -> Reversal | None:
    action = account.actions.get(account.reversals.get(reversal, ""))
    if action is None:
        return None
    return next(known for known in action.reversals if known.reversal == reversal)


def amend(command: Amend, situation: Situation) -> Decision:
    """
    Return the decision to change when an action expires.

    Raises:
        Malformed: When nothing is amended, or the expiry is not later than now and the effect.

        Refused: When the action is neither in force nor pending.
    """
    account, now = situation.the_account, situation.now
    action = account.actions[command.action]
    expires_at = command.expires_at
    if expires_at is UNCHANGED:
        raise Malformed("nothing is amended", where="expires_at", expected="a time, or none")
    if not situation.imported:
        _assert_amendable(account, action, now)
        earliest = max(now, action.effective_at)
        if expires_at is not None and expires_at <= earliest:
            raise Malformed(
                f"the expiry {shortest(expires_at)} is not later than {shortest(earliest)}",
                where="expires_at",
                expected="a time to come, after the effect",
            )
    found = permission(situation)
    if found.failing is not None:
        return refused(command, situation, found)
    event = ActionAmended(
        action=command.action,
        expires_at=expires_at,
        reason=command.reason,
        relied_on=situation.relied_on(),
        context=situation.context(command),
    )
    return Decision(command.action, (Draft(account_stream(account.account), event, command.by),))


def _assert_amendable(account: Account, action: Action, now: datetime) -> None:
    if action.withdrawn is not None:
        raise _withdrawn_already(action.action, action)
    held = term(account, action)
    if held is None or action.taken.inverse is None:
        raise Refused(
            f"{action.taken.measure!r} has no term that could be amended",
            rule="irreversible",
            action=action.action,
        )
    if held.is_empty or (held.until is not None and held.until <= now):
        raise Refused(
            f"action {action.action!r} is neither in force nor pending",
            rule="ended-already",
            action=action.action,
            by=held.closed_by,
            at=shortest(held.until) if held.until else None,
            expected="an action in force or pending",
        )


def correct(command: Correct, situation: Situation) -> Decision:
    """
    Return the decision to say what was right about an action or a reversal.

    Whether a restriction would be emptied is judged when the whole batch is known, since the
    other end may be corrected with it (semantics, rule 11).

    Raises:
        Malformed: When nothing is corrected, or what has taken effect is said to be still to come.

        NotFound: When the operator who is said to have acted is not enrolled.
    """
    account = situation.the_account
    if command.effective_at is UNCHANGED and command.operator is UNCHANGED:
        raise Malformed(
            "nothing is corrected", where="effective_at", expected="effective_at or operator"
        )
    target = _reversal(account, command.id) or account.actions[command.id]
    has_begun = target.effective_at <= situation.now
    if isinstance(command.effective_at, datetime) and has_begun and not situation.imported:
        assert_not_later(command.effective_at, situation.now, "effective_at")
    found = permission(situation)
    if found.failing is not None:
        return refused(command, situation, found)
    event = RecordCorrected(
        corrects=command.id,
        action=account.reversals.get(command.id, command.id),
        effective_at=None if command.effective_at is UNCHANGED else command.effective_at,
        operator=None if command.operator is UNCHANGED else command.operator,
        reason=command.reason,
        relied_on=situation.relied_on(),
        context=situation.context(command),
    )
    return Decision(command.id, (Draft(account_stream(account.account), event, command.by),))
