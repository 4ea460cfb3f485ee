"""
The decision to carry out a plan of an undo: one parent entry, and what it records on each account.
"""

from typing import Final

import attrs

from ledger.errors import Refused
from ledger.moderation.commands.undo import Undo
from ledger.moderation.decisions.situation import Decision, Situation, permission, refused
from ledger.moderation.entry import Draft
from ledger.moderation.events import Context
from ledger.moderation.events.book import UndoApplied
from ledger.moderation.identity import account_stream
from ledger.timeline.plan import Plan
from ledger.timeline.undo import Mandate, undo_drafts

UNDO_STREAM: Final = "ledger/undo"
NOTHING_TO_UNDO: Final = "nothing-to-undo"


def undo(command: Undo, plan: Plan, situation: Situation) -> Decision:
    """
    Return the decision to do what *plan* says.

    Raises:
        Refused: When the plan would do nothing.

        Conflict: When an action that is planned is no more as the plan has it.
    """
    if not plan.accounts:
        raise Refused(
            "there is nothing to undo: the plan reverses, withdraws and restores no action",
            where="plan",
            rule=NOTHING_TO_UNDO,
            expected="a plan that does something",
        )
    found = permission(situation)
    if found.denied:
        return refused(command, situation, found, UNDO_STREAM)
    undone = situation.new_id()
    around = situation.context(command) or Context()
    mandate = Mandate(
        by=command.by,
        reason=command.reason,
        context=attrs.evolve(around, correlation_id=undone, digest=None),
        new_id=lambda account: situation.new_id(account_stream(account)),
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now,
    )
    by_account = undo_drafts(plan, situation.others, situation.now, mandate)
    parent = UndoApplied(
        undo=undone,
        digest=command.plan,
        cut={str(log): position for log, position in plan.cut.positions.items()},
        undoes=command.undoes,
        reversed=len(plan.reversible),
        withdrawn=len(plan.pending),
        restored=len(plan.restored),
        reason=command.reason,
        relied_on=situation.relied_on(),
        authority=found.now,
        context=situation.context(command),
    )
    drafts = (draft for drafts in by_account.values() for draft in drafts)
    return Decision(undone, (Draft(UNDO_STREAM, parent, command.by), *drafts))
