"""
The decisions: what may be done now, as functions that return what is to be recorded.

A decision looks at a `Situation` and nothing else. `DECISIONS` is the table of all of them.
"""

from collections.abc import Callable
from typing import Any, Final

from ledger.moderation.commands import COMMANDS, Command
from ledger.moderation.decisions import (
    account,
    act,
    action,
    appeal,
    history,
    keys,
    offboarding,
    operator,
    policy,
    privacy,
    request,
    withdrawal,
)
from ledger.moderation.decisions.situation import Decision, Situation

__all__ = ["DECISIONS", "Decision", "Situation", "decide"]

DECISIONS: Final[dict[str, Callable[[Any, Situation], Decision]]] = {
    "enrol_operator": operator.enrol_operator,
    "grant_role": operator.grant_role,
    "revoke_role": operator.revoke_role,
    "bar_operator": operator.bar_operator,
    "unbar_operator": operator.unbar_operator,
    "change_contract": operator.change_contract,
    "mark_training": operator.mark_training,
    "revoke_training": operator.revoke_training,
    "offboard_operator": offboarding.offboard_operator,
    "protect_account": account.protect_account,
    "unprotect_account": account.unprotect_account,
    "file_report": account.file_report,
    "assign_report": account.assign_report,
    "resolve_report": account.resolve_report,
    "reopen_report": account.reopen_report,
    "act": act.act,
    "request": request.request_act,
    "approve": request.approve,
    "deny": request.deny,
    "hand_over": request.hand_over,
    "reverse": action.reverse,
    "withdraw": withdrawal.withdraw,
    "amend": action.amend,
    "correct": action.correct,
    "assert_finding": account.assert_finding,
    "revise_finding": account.revise_finding,
    "retract_finding": account.retract_finding,
    "notify": appeal.notify,
    "file_appeal": appeal.file_appeal,
    "decide_appeal": appeal.decide_appeal,
    "review_override": appeal.review_override,
    "note": account.note,
    "adopt_policy": policy.adopt_policy,
    "erase": privacy.erase,
    "suppress": privacy.suppress,
    "unsuppress": privacy.unsuppress,
    "redact": privacy.redact,
    "set_retention": privacy.set_retention,
    "place_hold": privacy.place_hold,
    "release_hold": privacy.release_hold,
    "record_read": privacy.record_read,
    "rotate_key": keys.rotate_key,
    "revoke_key": keys.revoke_key,
    "reverse_in_force": history.reverse_in_force,
    "amend_in_force": history.amend_in_force,
}
assert set(DECISIONS) >= set(COMMANDS)


def decide(command: Command, situation: Situation) -> Decision:
    """
    Return what is to be recorded of *command* in *situation*, and what the caller gets.

    Raises:
        Malformed, NotFound, Refused: As the decision of the command's name says.
    """
    return DECISIONS[command.NAME](command, situation)
