"""
Decisions about what was done: reverse, amend, correct.
"""

from datetime import datetime

from ledger.errors import Malformed, Refused
from ledger.moderation.account import Account, Action
from ledger.moderation.commands import UNCHANGED
from ledger.moderation.commands.account import Amend, Correct, Reverse
from ledger.moderation.commands.told import ToldReversal
from ledger.moderation.decisions.act import asks_safeguards, not_permitted, safeguarded
from ledger.moderation.decisions.situation import (
    Decision,
    Situation,
    assert_not_later,
    permission,
    refused,
)
from ledger.moderation.decisions.withdrawal import reversal_of, withdrawn_already
from ledger.moderation.entry import Draft
from ledger.moderation.events.account import (
    ActionAmended,
    ActionReversed,
    ActionTaken,
    RecordCorrected,
)
from ledger.moderation.identity import account_stream
from ledger.moderation.moment import shortest
from ledger.moderation.operator import authority
from ledger.moderation.safeguards import Considered
from ledger.moderation.term import EndedBy, live_reversals, term


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
    taken = action.taken
    if asks_safeguards(situation) and taken.inverse is not None:
        judged = _considered(command, taken, situation, effective_at)
        found = safeguarded(found, situation, judged, None)
    stream = account_stream(account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    reversal = situation.new_id()
    told = situation.told(command, ToldReversal)
    event = ActionReversed(
        reversal=reversal,
        action=command.action,
        inverse=taken.inverse,
        reason=command.reason,
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now,
        appeal=told.appeal if told else None,
        context=situation.context(command),
    )
    return Decision(
        reversal,
        (
            Draft(stream, event, command.by, effective_at),
            *not_permitted(taken.measure, taken.scope, stream, situation, effective_at),
        ),
    )


def _considered(
    command: Reverse, taken: ActionTaken, situation: Situation, effective_at: datetime
) -> Considered:
    """
    Return a reversal as safeguards see it: an act of the inverse.
    """
    assert taken.inverse is not None
    return Considered(
        measure=taken.inverse,
        reversible=True,
        account=situation.the_account.account,
        tier=situation.the_account.tier(situation.now),
        operator=command.by,
        own_account=situation.by.account,
        authority=authority(situation.by, situation.now),
        because_of=taken.because_of,
        reason=command.reason,
        ground=taken.ground,
        now=situation.now,
        effective_at=effective_at,
        asked_at=situation.now,
        acts_within=situation.acts_within(command.by),
        reversal=True,
    )


def _assert_reversible(account: Account, action: Action, effective_at: datetime) -> None:
    taken, name = action.taken, action.action
    held = term(account, action)
    if taken.inverse is None:
        raise Refused(f"{taken.measure!r} cannot be reversed", rule="irreversible", action=name)
    if held is None:
        assert action.withdrawn is not None
        raise withdrawn_already(name, action)
    if action.reversals and (known := next(iter(live_reversals(action)), None)) is not None:
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
    stream = account_stream(account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    event = ActionAmended(
        action=command.action,
        expires_at=expires_at,
        reason=command.reason,
        relied_on=situation.relied_on(),
        context=situation.context(command),
    )
    return Decision(command.action, (Draft(stream, event, command.by),))


def _assert_amendable(account: Account, action: Action, now: datetime) -> None:
    if action.withdrawn is not None:
        raise withdrawn_already(action.action, action)
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
    target = reversal_of(account, command.id) or account.actions[command.id]
    has_begun = target.effective_at <= situation.now
    if isinstance(command.effective_at, datetime) and has_begun and not situation.imported:
        assert_not_later(command.effective_at, situation.now, "effective_at")
    found = permission(situation)
    stream = account_stream(account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    event = RecordCorrected(
        corrects=command.id,
        action=account.reversals.get(command.id, command.id),
        effective_at=None if command.effective_at is UNCHANGED else command.effective_at,
        operator=None if command.operator is UNCHANGED else command.operator,
        reason=command.reason,
        relied_on=situation.relied_on(),
        context=situation.context(command),
    )
    return Decision(command.id, (Draft(stream, event, command.by),))
