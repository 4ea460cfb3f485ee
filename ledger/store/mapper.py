"""
Entries under the names that `eventsourcing` gives to events, both ways.

Nothing is encoded a second time: the state of a stored event is the bytes that were hashed, its
topic the wire name. The position is not among those bytes; it is the notification's id.
"""

from typing import Final

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent

from ledger.errors import Malformed
from ledger.moderation.entry import Entry
from ledger.store.database import Row
from ledger.store.rows import entry_from

LOG: Final = 0
"""The log of a ledger that has one: positions in it are the ids of notifications."""


class RecordedEvent(Entry):
    """
    An entry as `eventsourcing` knows it.
    """

    __slots__ = ()

    @property
    def originator_id(self) -> str:
        """
        Return the stream.
        """
        return self.stream

    @property
    def originator_version(self) -> int:
        """
        Return the version.
        """
        return self.version


def notification_from(row: Row) -> Notification:
    """
    Return the notification of a row of `READ_COLUMNS`; its bytes are not looked at.
    """
    _, position, stream, version, kind, body = row
    return Notification(stream, version, kind, body, position)


class LedgerMapper(Mapper[str]):
    """
    Reads recorded events from notifications, and gives them back unchanged.
    """

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> Notification:
        """
        Return the notification of a recorded event.

        Raises:
            Malformed: When it was not recorded: events get their bytes from the ledger's writer.
        """
        if not isinstance(domain_event, Entry):
            raise Malformed(
                f"{type(domain_event).__name__} is no recorded event", expected="an entry"
            )
        return Notification(
            domain_event.stream,
            domain_event.version,
            domain_event.kind,
            domain_event.body,
            domain_event.position,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> RecordedEvent:
        """
        Return the recorded event of a notification of a ledger with one log.

        Raises:
            Malformed: When it is no notification, and so has no position.

            Tampered: When its fields do not equal those in its bytes.

            Unavailable: When it is of a newer format.
        """
        if not isinstance(stored_event, Notification):
            raise Malformed(
                f"a {type(stored_event).__name__} has no position", expected="a notification"
            )
        row = (
            LOG,
            stored_event.id,
            stored_event.originator_id,
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
        )
        return RecordedEvent(*entry_from(row))
