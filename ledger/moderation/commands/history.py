"""
What a source's history says without naming an action: end, or amend, whatever is in force.

Logs of other systems often name only the account. These are not among `COMMANDS`: nobody may
ask for them live, where an action is always named.
"""

from datetime import datetime

from ledger.moderation.commands.command import (
    Command,
    historical,
    optional_id,
    optional_text,
    optional_time,
    required_id,
)


@historical("reverse_in_force")
class ReverseInForce(Command):
    """
    Reverse what is in force in a slot; an anomaly when nothing is.

    Args:
        anomaly: The name of the anomaly.
    """

    measure: str = required_id()
    account: str = required_id()
    scope: str | None = optional_id()
    reason: str | None = optional_text()
    effective_at: datetime | None = optional_time()
    anomaly: str = required_id()


@historical("amend_in_force")
class AmendInForce(Command):
    """
    Change the expiry of what is in force in a slot; an anomaly that opens one when nothing is.

    Args:
        anomaly: The name of the anomaly.
    """

    measure: str = required_id()
    account: str = required_id()
    scope: str | None = optional_id()
    reason: str | None = optional_text()
    effective_at: datetime | None = optional_time()
    expires_at: datetime | None = optional_time()
    anomaly: str = required_id()
