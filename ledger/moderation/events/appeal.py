"""
What follows an action: notice of it, appeals against it, and the review of an override.
"""

from datetime import datetime
from enum import StrEnum

from ledger.moderation.authority import Authority
from ledger.moderation.events.record import Context, Verdict, event
from ledger.moderation.schema import personal


class AppealOutcome(StrEnum):
    """
    What became of an appeal.
    """

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    DISMISSED = "dismissed"


class OverrideOutcome(StrEnum):
    """
    What a review said of an act that overrode a safeguard.
    """

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


@event("account.notified")
class NoticeDelivered:
    """
    The account's owner was told of an action.

    Args:
        delivered_at: When, which starts the clock of appeals.

        text_hash: The hash of what was told.
    """

    notice: str
    action: str
    channel: str
    delivered_at: datetime
    text_hash: str
    context: Context | None = None


@event("account.appeal_filed")
class AppealFiled:
    """
    Somebody appealed against an action.

    Args:
        appellant: Who did: the account's owner, a notifier, an operator.

        informed_at: When notice of the action was first delivered; None when none was.

        closes_at: Until when appeals are taken; None while nobody was informed.
    """

    appeal: str
    action: str
    appellant: str
    statement: str | None = personal(default=None)
    informed_at: datetime | None = None
    closes_at: datetime | None = None
    relied_on: tuple[str, ...] = ()
    context: Context | None = None


@event("account.appeal_decided")
class AppealDecided:
    """
    An appeal was decided by another operator than the one whose act it is about.

    Args:
        reversal: The reversal that overturned the action; None where it was not reversed: it
            cannot be, it ended before, or it was withdrawn before its effect.
    """

    appeal: str
    action: str
    outcome: AppealOutcome
    reason: str = personal()
    reversal: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("account.override_reviewed")
class OverrideReviewed:
    """
    An operator reviewed an act of another one that overrode a safeguard, which ends the obligation.
    """

    action: str
    outcome: OverrideOutcome
    statement: str = personal()
    verdicts: tuple[Verdict, ...] = ()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None
