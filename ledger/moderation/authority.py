"""
Authority: what an operator was entitled to at one moment.
"""

from datetime import datetime, timedelta
from typing import Final

import attrs

from ledger.moderation.schema import added

LAST_DAY: Final = timedelta(hours=24)
ADMIN: Final = "admin"


@attrs.frozen(kw_only=True, slots=False)
class Authority:
    """
    An operator's roles, contract and bars at one moment, and whether acting was permitted then.

    Args:
        roles: Sorted.

        starts_at, leaves_at: The half-open time in which the operator is present; None is open.

        last_day: True in the 24 hours before `leaves_at`.

        why: Why acting was not permitted; None when it was.

        trainings: Those that count at the moment, sorted.
    """

    kind: str
    roles: tuple[str, ...] = ()
    contract: str | None = None
    vendor: str | None = None
    starts_at: datetime | None = None
    leaves_at: datetime | None = None
    last_day: bool = False
    barred: bool = False
    permitted: bool = True
    why: str | None = None
    trainings: tuple[str, ...] = added(2, default=())

    @property
    def administers(self) -> bool:
        """
        Return whether the operator may enrol, grant, bar, offboard and protect, as the reserved
        operator ``system`` may without the role.
        """
        return ADMIN in self.roles


def is_last_day(leaves_at: datetime | None, at: datetime) -> bool:
    """
    Return whether *at* lies in the 24 hours before *leaves_at*.
    """
    return leaves_at is not None and at < leaves_at and leaves_at - at <= LAST_DAY
