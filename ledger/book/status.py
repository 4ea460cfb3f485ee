"""
The status of a ledger: what it is, how far it is, and what was left unfinished.
"""

from datetime import datetime

import attrs

from ledger.store.schema import FORMAT
from ledger.store.settings import Settings


@attrs.frozen
class LogStatus:
    """
    One log: how many entries it has, and the root hash over them.
    """

    log: int
    size: int
    root: bytes


@attrs.frozen
class UnfinishedImport:
    """
    An import that began and did not end: running it again resumes it.
    """

    import_id: str
    format: str
    files: tuple[str, ...]
    began_at: datetime


@attrs.frozen
class Status:
    """
    A ledger at a glance.

    Args:
        recorded_at: When the last entry was recorded; None before the first one.

        holds: How many legal holds stand.

        erased: How many subjects are erased.
    """

    settings: Settings
    entries: int
    recorded_at: datetime | None
    logs: tuple[LogStatus, ...]
    unfinished_imports: tuple[UnfinishedImport, ...]
    holds: int
    erased: int

    @property
    def migrates_to(self) -> int | None:
        """
        Return the format that `migrate` would bring it to; None when it has that.
        """
        return FORMAT if self.settings.format < FORMAT else None
