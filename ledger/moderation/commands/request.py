"""
The commands about requests: ask for approvals of an act, approve, deny, hand over.
"""

from datetime import datetime

from ledger.moderation.commands.account import ActTerms
from ledger.moderation.commands.command import (
    Command,
    command,
    needed_text,
    optional_id,
    optional_text,
    optional_time,
    required_id,
)


@command("request", "measure", "account")
class RequestAct(ActTerms):
    """
    Ask for the approvals that an act needs; it takes effect with the last one, or when it is to.

    Args:
        request: The id of the request itself; made if omitted.

        lapses_at: When approvals come too late.
    """

    request: str | None = optional_id()
    lapses_at: datetime | None = optional_time()


@command("approve", "request")
class Approve(Command):
    """
    Approve a request; with the last approval that it needs its act is recorded.
    """

    request: str = required_id()


@command("deny", "request")
class Deny(Command):
    """
    Deny a request, which ends it, and takes its act back before the effect.
    """

    request: str = required_id()
    reason: str | None = needed_text()


@command("hand_over", "id")
class HandOver(Command):
    """
    Let another operator answer for a pending request or a deferred action.
    """

    id: str = required_id()
    to: str = required_id()
    reason: str | None = optional_text()
