"""
Decisions about taking back what has not taken effect: a deferred action, a scheduled reversal, a
request.
"""

from datetime import datetime

from ledger.errors import Refused
from ledger.moderation.account import Account, Action, Reversal
from ledger.moderation.commands.account import Withdraw
from ledger.moderation.decisions.situation import Decision, Situation, permission, refused
from ledger.moderation.entry import Draft
from ledger.moderation.events.account import ActionWithdrawn, ReversalWithdrawn
from ledger.moderation.events.request import RequestWithdrawn
from ledger.moderation.identity import account_stream
from ledger.moderation.moment import shortest
from ledger.moderation.request import ALLOWED, Request, RequestState


def withdraw(command: Withdraw, situation: Situation) -> Decision:
    """
    Return the decision to take back a deferred action, a scheduled reversal or a request.

    Raises:
        Refused: When it took effect already, or is over.
    """
    account, now = situation.the_account, situation.now
    request = account.requests.get(command.id)
    reversal = reversal_of(account, command.id)
    target = reversal or account.actions.get(command.id)
    if not situation.imported:
        if request is not None:
            assert_allowed(command.NAME, request, now)
        else:
            assert target is not None
            assert_pending(command.id, target, now)
    found = permission(situation)
    stream = account_stream(account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    event = _withdrawn(command, situation, request, reversal)
    return Decision(command.id, (Draft(stream, event, command.by),))


def _withdrawn(
    command: Withdraw, situation: Situation, request: Request | None, reversal: Reversal | None
) -> ActionWithdrawn | RequestWithdrawn | ReversalWithdrawn:
    reason, context = command.reason, situation.context(command)
    relied_on = situation.relied_on()
    if request is not None:
        return RequestWithdrawn(
            request=command.id, reason=reason, relied_on=relied_on, context=context
        )
    if reversal is not None:
        return ReversalWithdrawn(
            reversal=command.id,
            action=situation.the_account.reversals[command.id],
            reason=reason,
            relied_on=relied_on,
            context=context,
        )
    return ActionWithdrawn(action=command.id, reason=reason, relied_on=relied_on, context=context)


def reversal_of(account: Account, reversal: str) -> Reversal | None:
    """
    Return the reversal of that id, or None where it is no reversal's.
    """
    action = account.actions.get(account.reversals.get(reversal, ""))
    if action is None:
        return None
    return next(known for known in action.reversals if known.reversal == reversal)


def assert_pending(name: str, target: Action | Reversal, now: datetime) -> None:
    """
    Raise unless an action or a reversal, whose id is *name*, is still to take effect.

    Raises:
        Refused: When it took effect, or was withdrawn.
    """
    if target.withdrawn is not None:
        raise withdrawn_already(name, target)
    if target.effective_at <= now:
        raise Refused(
            f"{name!r} took effect at {shortest(target.effective_at)}",
            rule="in-effect-already",
            action=name,
            at=shortest(target.effective_at),
            expected="to reverse the action, or to act anew",
        )


def withdrawn_already(name: str, withdrawn: Action | Reversal) -> Refused:
    """
    Return the error for an action or a reversal, whose id is *name*, that was withdrawn.
    """
    entry = withdrawn.withdrawn
    assert entry is not None
    return Refused(
        f"{name!r} was withdrawn already: by {entry.operator!r} at {shortest(entry.recorded_at)}",
        rule="withdrawn-already",
        action=name,
        by=entry.operator,
        at=shortest(entry.recorded_at),
    )


def assert_allowed(command: str, request: Request, now: datetime) -> None:
    """
    Raise unless *command* may concern *request* where it stands.

    Raises:
        Refused: When it may not; who ended it is named.
    """
    state = request.state(now)
    if command in ALLOWED[state]:
        return
    ending = request.changes[-1] if request.changes else None
    by = f" by {ending.operator!r} at {shortest(ending.recorded_at)}" if ending else ""
    at = request.asked.lapses_at
    lapsed = f" at {shortest(at)}" if state is RequestState.LAPSED and at else by
    raise Refused(
        f"request {request.request!r} is {state}{lapsed}",
        rule=f"{state}-already",
        by=ending.operator if ending else None,
        at=shortest(ending.recorded_at) if ending else None,
        action=request.action,
        expected="a request that is pending",
    )
