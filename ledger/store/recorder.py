"""
The recorder: the entries of a ledger with one log as `eventsourcing` reads and follows them.

The id of a notification is the position of its entry, so ids have no gaps, are never used twice,
and are committed in their order: whoever has seen one has missed none before it.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
)
from typing_extensions import override

from ledger.errors import Refused, Unavailable
from ledger.moderation.identity import SYSTEM
from ledger.moderation.moment import MICROSECOND, canonical, moment
from ledger.proofs.tree import decode_frontier, encode_frontier, extend_many, record_hash
from ledger.store.database import Connection, Database, Taken
from ledger.store.mapper import LOG, notification_from
from ledger.store.rows import ENTRY_COLUMNS, READ_COLUMNS
from ledger.store.search import Where
from ledger.store.settings import Settings

# How often a subscription that has seen everything looks again: one probe of an index, some
# 10 µs, sees what any thread or process has committed.
LOOK_SECONDS: Final = 0.02
_ROWS_A_TIME: Final = 500


class LedgerRecorder(ApplicationRecorder):
    """
    Reads a ledger with one log.

    Raises:
        Unavailable: When the ledger has more logs, whose positions are not in one order.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        if settings.logs != 1:
            raise Unavailable(
                f"{database} has {settings.logs} logs, so its entries have no ids in one order",
                expected="a ledger with one log; `Ledger.entries` reads several",
            )
        self._database = database

    @override
    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: object
    ) -> Sequence[int]:
        """
        Refuse: what is written is decided, timed and hashed under the head by the ledger's writer.
        """
        raise not_written_here()

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[Notification]:
        """
        Return the events of a stream by version, with their positions.
        """
        where = Where()
        where.add("log = ? AND stream = ?", LOG, str(originator_id))
        if gt is not None:
            where.add("version > ?", gt)
        if lte is not None:
            where.add("version <= ?", lte)
        return self._selected(where, "version DESC" if desc else "version", limit)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """
        Return the notifications from position *start* to *stop*, both included, in their order.
        """
        where = Where()
        where.add("log = ?", LOG)
        if start is not None:
            where.add("position >= ?" if inclusive_of_start else "position > ?", start)
        if stop is not None:
            where.add("position <= ?", stop)
        if topics:
            where.add_any("kind = ?", ((topic,) for topic in topics))
        return self._selected(where, "position", limit)

    def _selected(self, where: Where, order: str, limit: int | None) -> list[Notification]:
        statement = f"SELECT {READ_COLUMNS} FROM entries{where} ORDER BY {order}"
        parameters = where.parameters
        if limit is not None:
            statement, parameters = f"{statement} LIMIT ?", [*parameters, limit]
        with self._database.reading() as connection:
            return [notification_from(row) for row in connection.execute(statement, parameters)]

    def max_notification_id(self) -> int | None:
        """
        Return the last position; None for a ledger without entries.
        """
        with self._database.reading() as connection:
            (size,) = connection.execute("SELECT size FROM heads WHERE log = ?", (LOG,)).fetchone()
        return size or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """
        Return the notifications behind position *gt*, those that are still to come included.
        """
        return EntrySubscription(self, gt, topics)


class EntrySubscription(Subscription[LedgerRecorder]):
    """
    Notifications in their order, without end; it waits for the next one.

    It reads in the thread that iterates and keeps no thread and no transaction of its own, so one
    that is forgotten holds nothing up. `stop` ends it from any thread.
    """

    def __init__(self, recorder: LedgerRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._seen = gt or 0
        self._read: list[Notification] = []
        self._stopped = threading.Event()

    def stop(self) -> None:
        """
        End the iteration, at once where it waits.
        """
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        """
        Return the next notification, once it is committed.

        Raises:
            Unavailable: When the ledger is closed.
        """
        while not self._stopped.is_set():
            if self._read:
                return self._read.pop()
            if not self._look():
                self._stopped.wait(LOOK_SECONDS)
        raise StopIteration

    def _look(self) -> bool:
        """
        Read what is new, and return whether there was anything.

        Up to the size found before, so that entries of other topics are passed over once only.
        """
        size = self._recorder.max_notification_id() or 0
        if size <= self._seen:
            return False
        found = self._recorder.select_notifications(
            self._seen, _ROWS_A_TIME, size, self._topics, inclusive_of_start=False
        )
        self._seen = found[-1].id if len(found) == _ROWS_A_TIME else size
        self._read = [*reversed(found)]
        return True


class AppendingRecorder(LedgerRecorder):
    """
    Appends stored events as they are, with head, tree and positions: the base's way to write,
    which knows no decisions. For a log that holds nothing else.

    Args:
        clock: Returns the present as an aware datetime.
    """

    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(database, settings)
        self._clock = clock

    @override
    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: object
    ) -> Sequence[int]:
        """
        Append *stored_events* in one transaction and return their positions.

        The head is taken first, so writers wait for each other. Versions are unique and otherwise
        the caller's: the base's own begin at 0 in some places and at 1 in others.

        Raises:
            IntegrityError: When a version of a stream is taken; nothing is written then.

            Refused: When the ledger was opened by its writer.
        """
        if not stored_events:
            return []
        with self._database.writing() as connection:
            ((size, recorded_at, frontier),), _ = connection.take_heads([LOG])
            if _is_opened(connection):
                raise not_written_here()
            now = canonical(max(self._clock(), moment(recorded_at, "head") + MICROSECOND))
            leaves = [record_hash(stored.state) for stored in stored_events]
            rows = [
                (
                    LOG,
                    size + place,
                    str(stored.originator_id),
                    stored.originator_version,
                    stored.topic,
                    now,
                    None,
                    SYSTEM,
                    stored.state,
                    leaf,
                )
                for place, (stored, leaf) in enumerate(zip(stored_events, leaves, strict=True), 1)
            ]
            try:
                connection.insert("entries", ENTRY_COLUMNS, rows)
            except Taken as error:
                raise IntegrityError(str(error)) from error
            grown = size + len(rows)
            subtrees = extend_many(decode_frontier(size, frontier), size, leaves)
            connection.execute(
                "UPDATE heads SET size = ?, recorded_at = ?, frontier = ? WHERE log = ?",
                (grown, now, encode_frontier(grown, subtrees), LOG),
            )
        return [*range(size + 1, grown + 1)]


def _is_opened(connection: Connection) -> bool:
    opening = "SELECT 1 FROM entries WHERE log = ? AND stream = 'ledger/settings' AND version = 1"
    return connection.execute(opening, (LOG,)).fetchone() is not None


def not_written_here() -> Refused:
    """
    Return the refusal of every way to write but the ledger's commands.
    """
    return Refused(
        "the ledger is written by its commands, which decide, time and hash what they record",
        rule="writer",
        expected="`Ledger.act`, `Ledger.record_many` or another command",
    )
