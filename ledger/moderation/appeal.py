"""
Appeals and notices: what was told of an action, and what was said against it.
"""

from datetime import datetime
from enum import StrEnum

import attrs

from ledger.moderation.entry import Entry
from ledger.moderation.events.appeal import AppealDecided, AppealFiled, AppealOutcome


class AppealState(StrEnum):
    """
    Where an appeal stands: `FILED`, or the outcome of its decision.
    """

    FILED = "filed"
    UPHELD = AppealOutcome.UPHELD
    OVERTURNED = AppealOutcome.OVERTURNED
    DISMISSED = AppealOutcome.DISMISSED


@attrs.frozen(slots=False)
class Notice:
    """
    A notice of an action that was delivered.
    """

    notice: str
    entry: Entry
    action: str
    channel: str
    delivered_at: datetime
    text_hash: str


@attrs.frozen(slots=False)
class Appeal:
    """
    An appeal and what became of it.

    Args:
        decided: The event that decided it, and its entry in `decision`; None while it is open.
    """

    appeal: str
    filed: AppealFiled
    entry: Entry
    decided: AppealDecided | None = None
    decision: Entry | None = None

    @property
    def state(self) -> AppealState:
        """
        Return where it stands.
        """
        return AppealState.FILED if self.decided is None else AppealState(self.decided.outcome)
