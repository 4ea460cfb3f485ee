"""
The writer: commands in, entries out, one transaction at a time.

Everything is decided while the heads are held, so a decision is made on what is committed and
nobody can come between it and its entry. A refusal by a safeguard is recorded by itself, after
the batch that it stopped was rolled back; every other error writes nothing.
"""

import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.errors import Conflict, Malformed, NotFound, Refused
from ledger.moderation.moment import canonical, shortest
from ledger.moderation.rulebook import Rulebook
from ledger.store.batch import Batch
from ledger.store.database import Connection, Database, transact
from ledger.store.docket import Docket, Step
from ledger.store.order import Order, Recorded
from ledger.store.settings import Settings
from ledger.store.streams import Streams
from ledger.store.tallies import Tallies

Clock = Callable[[], datetime]

STEPS_COLLECTED_MAX: Final = 100


def present(clock: Clock) -> datetime:
    """
    Return the present as *clock* has it, in UTC.

    Raises:
        Malformed: When it returns anything but an aware datetime.
    """
    now = clock()
    if not isinstance(now, datetime) or now.utcoffset() is None:
        raise Malformed(f"the clock returned {now!r}", where="clock", expected="an aware datetime")
    return now.astimezone(UTC)


@contextmanager
def _uncollected(steps: int) -> Iterator[None]:
    """
    Let no garbage be collected while a large batch of *steps* is staged.

    A batch makes many objects that live on and no cycles; the collector would walk all that is
    kept again and again, for a third of the time of `record_many`.
    """
    if steps < STEPS_COLLECTED_MAX or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _AllowedAlone(Exception):
    """
    Rolls back an order that was to be recorded as refused and is not refused by itself.
    """


class Writer:
    """
    The one that writes to a ledger.

    Args:
        clock: Returns the present as an aware datetime.

        max_skew: How far a head may be ahead of the clock.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        rulebook: Rulebook,
        clock: Clock,
        max_skew: timedelta,
    ) -> None:
        self._database = database
        self._settings = settings
        self._rulebook = rulebook
        self._clock = clock
        self._max_skew = max_skew
        self._streams = Streams(settings.logs)
        self._tallies = Tallies()
        self._one_at_a_time = threading.Lock()

    def now(self) -> datetime:
        """
        Return the present as the clock has it, in UTC.

        Raises:
            Malformed: When the clock returns anything but an aware datetime.
        """
        return present(self._clock)

    def record(self, orders: Sequence[Order]) -> list[Recorded]:
        """
        Record *orders* in one transaction, all or nothing.

        Returns:
            What became of each, in order.

        Raises:
            Refused: When a rule forbids one of them. A refusal by a safeguard is then recorded by
                itself, unless it rested on what the same batch would have done before it.

            Malformed, NotFound, Conflict, Unavailable: As the commands say; nothing was written.
        """
        if not orders:
            return []
        try:
            return [recorded for recorded in self._write(orders, None) if recorded is not None]
        except Refused as refusal:
            if len(orders) > 1 and refusal.recorded:
                order = next(order for order in orders if order.place == refusal.where)
                refusal.recorded = self._record_refusal(order)
            raise

    def _record_refusal(self, order: Order) -> bool:
        """
        Record *order* if it is refused by itself too, and return whether it was.
        """
        try:
            with self._one_at_a_time, self._batch() as batch:
                docket = Docket(batch, [order], self._rulebook, None)
                docket.decide(self._max_skew)
                if docket.refusal is None:
                    raise _AllowedAlone  # noqa: TRY301, it rolls back
                batch.write()
        except (_AllowedAlone, Conflict, Malformed, NotFound, Refused):
            # It was refused for what the same batch did before it, and that was rolled back.
            return False
        return True

    def record_history(self, steps: Sequence[Step], import_id: str) -> list[Recorded | None]:
        """
        Record *steps* of the import *import_id* in one transaction, with the source's times.

        Returns:
            What became of each order in order; None for a statement.

        Raises:
            Malformed: When a time of the source is earlier than the last entry, or to come.
        """
        return self._write(steps, import_id)

    def fence(self, known_at: datetime) -> None:
        """
        Raise every head to *known_at*, so that nothing more is recorded by then.

        Raises:
            Malformed: When *known_at* is later than now.
        """
        now = self.now()
        if known_at > now:
            raise Malformed(
                f"{shortest(known_at)} is later than now",
                where="known_at",
                expected="a time that has come",
            )
        at = canonical(known_at)

        def raised(connection: Connection) -> None:
            for log in range(self._settings.logs):
                connection.execute(
                    "UPDATE heads SET recorded_at = ? WHERE log = ? AND recorded_at < ?",
                    (at, log, at),
                )

        with self._one_at_a_time:
            transact(self._database, raised)

    def _write(self, steps: Sequence[Step], import_id: str | None) -> list[Recorded | None]:
        with _uncollected(len(steps)), self._one_at_a_time, self._batch() as batch:
            docket = Docket(batch, steps, self._rulebook, import_id)
            results = docket.decide(self._max_skew)
            batch.write()
        if docket.refusal is not None:
            raise docket.refusal
        return results

    @contextmanager
    def _batch(self) -> Iterator[Batch]:
        """
        Give a batch whose transaction ends with it; what it staged is forgotten if it fails.
        """
        with ExitStack() as failing:
            with self._database.writing() as connection:
                batch = Batch(connection, self._settings, self._streams, self._tallies, self.now())
                failing.callback(batch.undone)
                yield batch
            failing.pop_all()
        batch.committed()
