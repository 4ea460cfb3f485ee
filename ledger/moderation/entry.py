"""
A draft is what a decision returns; an entry is what the ledger recorded of it.
"""

from datetime import datetime
from typing import NamedTuple

from ledger.moderation.cursor import write_cursor
from ledger.moderation.events.record import Event


class Draft(NamedTuple):
    """
    An event that has been decided and not recorded: on which stream, by whom, effective when.

    Args:
        effective_at: None where it takes effect with its recording.
    """

    stream: str
    event: Event
    operator: str
    effective_at: datetime | None = None


class Entry(NamedTuple):
    """
    One recorded event.

    Args:
        position: From 1, gap-free in its log.

        version: From 1, gap-free in its stream.

        recorded_at: When the ledger wrote it; inside an import, when the source did.

        written_at: Inside an import the true time of writing, else None.

        effective_at: When it took effect, where that was said.

        import_id: The import that brought it, else None.

        body: Exactly the bytes that were hashed.
    """

    log: int
    position: int
    stream: str
    version: int
    kind: str
    recorded_at: datetime
    written_at: datetime | None
    effective_at: datetime | None
    operator: str
    request_id: str | None
    import_id: str | None
    event: Event
    body: bytes

    @property
    def took_effect_at(self) -> datetime:
        """
        Return when it took effect: with its recording, unless another time was said.
        """
        return self.effective_at or self.recorded_at

    @property
    def cursor(self) -> str:
        """
        Return the cursor behind this entry.
        """
        return write_cursor(self.recorded_at, self.log, self.position)
