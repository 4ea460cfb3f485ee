"""
The commands about what follows an action: notices, appeals, and the review of an override.
"""

from datetime import datetime

from ledger.moderation.commands.command import (
    Command,
    checked,
    choice,
    command,
    optional_id,
    optional_text,
    required_id,
    required_text,
)
from ledger.moderation.events.appeal import AppealOutcome, OverrideOutcome
from ledger.moderation.moment import moment


@command("notify", "action")
class Notify(Command):
    """
    Put on record that the account's owner was told of an action, which starts the clock of appeals.

    Args:
        text_hash: The hash of what was told.
    """

    action: str = required_id()
    channel: str = required_id()
    delivered_at: datetime = checked(moment)
    text_hash: str = required_text(salt=None)


@command("file_appeal", "action")
class FileAppeal(Command):
    """
    Appeal against an action.

    Args:
        by: Who appeals: an operator, the account's owner, a notifier.
    """

    action: str = required_id()
    statement: str | None = optional_text()
    appeal: str | None = optional_id()


@command("decide_appeal", "appeal")
class DecideAppeal(Command):
    """
    Decide an appeal; one that is overturned reverses the action.
    """

    appeal: str = required_id()
    outcome: AppealOutcome = choice(AppealOutcome)
    reason: str = required_text()


@command("review_override", "action")
class ReviewOverride(Command):
    """
    Say whether an act of another operator that overrode a safeguard was justified.
    """

    action: str = required_id()
    outcome: OverrideOutcome = choice(OverrideOutcome)
    reason: str = required_text()
