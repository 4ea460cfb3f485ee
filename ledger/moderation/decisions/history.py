"""
Decisions about a source's history that names no action.
"""

import attrs

from ledger.moderation.account import Action, Slot
from ledger.moderation.commands import command_of
from ledger.moderation.commands.account import Act, Amend, Reverse
from ledger.moderation.commands.history import AmendInForce, ReverseInForce
from ledger.moderation.decisions.act import act
from ledger.moderation.decisions.action import amend, reverse
from ledger.moderation.decisions.situation import Decision, Situation
from ledger.moderation.entry import Draft
from ledger.moderation.events.account import AnomalyRecorded
from ledger.moderation.identity import account_stream
from ledger.moderation.term import in_force


def reverse_in_force(command: ReverseInForce, situation: Situation) -> Decision:
    """
    Return the decision to reverse what is in force, or to record that nothing was.
    """
    holder = _holder(command, situation)
    if holder is None:
        anomaly = _anomaly(command, situation)
        return Decision(command.anomaly, (anomaly,))
    return reverse(command_of(Reverse, {"action": holder.action, **_shared(command)}), situation)


def amend_in_force(command: AmendInForce, situation: Situation) -> Decision:
    """
    Return the decision to amend what is in force, or to open one and record that nothing was.
    """
    holder = _holder(command, situation)
    if holder is not None:
        terms = {"reason": command.reason, "by": command.by, "expires_at": command.expires_at}
        return amend(command_of(Amend, {"action": holder.action, **terms}), situation)
    slot = {"measure": command.measure, "account": command.account, "scope": command.scope}
    opening = command_of(Act, {**slot, **_shared(command), "expires_at": command.expires_at})
    opened = act(opening, situation)
    # A row's id belongs to one entry, so that the row is known when it comes again: the action.
    beside = attrs.evolve(situation, source_id=None)
    return Decision(opened.result, (_anomaly(command, beside), *opened.drafts))


def _shared(command: ReverseInForce | AmendInForce) -> dict[str, object]:
    return {
        "by": command.by,
        "reason": command.reason,
        "effective_at": command.effective_at,
    }


def _holder(command: ReverseInForce | AmendInForce, situation: Situation) -> Action | None:
    slot = Slot(command.measure, command.scope)
    return in_force(situation.the_account, slot, command.effective_at or situation.now)


def _anomaly(command: ReverseInForce | AmendInForce, situation: Situation) -> Draft:
    event = AnomalyRecorded(
        anomaly=command.anomaly,
        measure=command.measure,
        scope=command.scope,
        reason=command.reason,
        context=situation.context(command),
    )
    return Draft(account_stream(command.account), event, command.by, command.effective_at)
