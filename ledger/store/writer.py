"""
The writer: commands in, entries out, one transaction at a time.

Everything is decided while the heads are held, so a decision is made on what is committed and
nobody can come between it and its entry. Commands that wait at the same moment share one
transaction and keep outcomes of their own; a batch that is all or nothing has one to itself. A
refusal by a safeguard is recorded; every other error writes nothing.

A transaction that the database rolled back is run again. Where the answer to a commit was lost,
the writer looks under the head whether its entry stands at its position, and tells what is so.
"""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, count, islice
from typing import Any, Final, TypeVar

import attrs

from ledger.errors import Conflict, LedgerError, Malformed, NotFound, Refused, Unavailable
from ledger.moderation.commands.operator import OffboardOperator
from ledger.moderation.moment import canonical, shortest
from ledger.moderation.rulebook import Rulebook
from ledger.store.batch import Batch
from ledger.store.beginning import Beginnings
from ledger.store.database import Connection, Database, InDoubt, RunAgain, Taken, transact, waits
from ledger.store.docket import Docket, Emptied, Entangled, Step
from ledger.store.order import Order, Recorded
from ledger.store.queue import Done, Failed, Outcomes, Queue
from ledger.store.sealed import Door
from ledger.store.settings import Settings
from ledger.store.streams import Streams
from ledger.store.tallies import Tallies

Clock = Callable[[], datetime]
T = TypeVar("T")

STEPS_COLLECTED_MAX: Final = 100
STEPS_A_TIME: Final = 1_000
_ANYWAY: Final = nullcontext()
# How often a key of commands that share a transaction is taken before each is recorded by itself.
TRIES_TOGETHER: Final = 3


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
def _off() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _uncollected(steps: int) -> AbstractContextManager[None]:
    """
    Let no garbage be collected while a large batch of *steps* is recorded.

    A batch makes many objects that live on and no cycles; the collector would walk all that is
    kept again and again, for a third of the time of `record_many`. What is not kept is gone when
    it may collect again.
    """
    return _off() if steps >= STEPS_COLLECTED_MAX and gc.isenabled() else _ANYWAY


class _OnInterrupt:
    """
    Does something when what ends the context is no error: an interrupt, an exit.
    """

    def __init__(self, do: Callable[[], None]) -> None:
        self._do = do

    def __enter__(self) -> None:
        """
        Begin.
        """

    def __exit__(self, _kind: object, ending: BaseException | None, _trace: object) -> None:
        """
        Do it, where it is due.
        """
        if ending is not None and not isinstance(ending, Exception):
            self._do()


class _Own:
    """
    Lets an error be the outcome of the one work that met it, a defect of a service's rule too.
    """

    def __init__(self, outcomes: Outcomes[Any], number: int) -> None:
        self._outcomes = outcomes
        self._number = number

    def __enter__(self) -> None:
        """
        Begin.
        """

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """
        Put it there, unless it is an interrupt.
        """
        if isinstance(error, Exception):
            self._outcomes[self._number] = Failed(error)
        return isinstance(error, Exception)


class _AllowedAlone(Exception):
    """
    Rolls back an order that was to be recorded as refused and is not refused by itself.
    """


@attrs.frozen(slots=False, eq=False)
class Work:
    """
    What waits for the writer: steps that are recorded together or not at all.

    Args:
        steps: A tuple of one command; or any number in a batch, which are read as they are
            recorded.

        import_id: The import that they belong to; None for what is asked now.
    """

    steps: Iterable[Step]
    import_id: str | None = None

    @property
    def is_one(self) -> bool:
        """
        Return whether it is one command that was not given as a batch.
        """
        return isinstance(self.steps, tuple)

    @property
    def is_alone(self) -> bool:
        """
        Return whether it has a transaction to itself: all that is not one plain command.
        """
        if self.import_id is not None or not self.is_one:
            return True
        (order,) = self.steps
        assert isinstance(order, Order)
        # These write wherever something of an operator is pending, or a plan says.
        return order.plan is not None or isinstance(order.command, OffboardOperator)


# Ids, one for each command; or what became of each step of an import.
Results = list[str] | list[Recorded | None]


class Writer:
    """
    The one that writes to a ledger.

    Args:
        clock: Returns the present as an aware datetime.

        max_skew: How far a head may be ahead of the clock.
    """

    # Of a sealed ledger.
    _door: Door | None = None

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
        self._beginnings = Beginnings(rulebook, sealed=settings.sealed)
        self._clock = clock
        self._max_skew = max_skew
        self._streams = Streams(settings.logs, settings.format)
        self._tallies = Tallies()
        self._queue: Queue[Work, Any] = Queue(
            self._write, alone=lambda work: work.is_alone, name=str(database)
        )

    def now(self) -> datetime:
        """
        Return the present as the clock has it, in UTC.

        Raises:
            Malformed: When the clock returns anything but an aware datetime.
        """
        return present(self._clock)

    def record_one(self, order: Order) -> str:
        """
        Record *order*, in a transaction that others may share, and return the id of what it is.

        Raises:
            Refused: When a rule forbids it; the refusal by a safeguard is recorded.

            Malformed, NotFound, Conflict, Unavailable: As its command says; nothing was written.
        """
        result: str = self._queue.call(Work((order,)))
        return result

    def submit(self, order: Order) -> "Future[str]":
        """
        Return the future of what `record_one` returns, without waiting for it.

        Raises:
            Unavailable: When too many wait already.
        """
        return self._queue.submit(Work((order,)))

    def record(self, orders: Iterable[Order]) -> list[str]:
        """
        Record *orders* in one transaction, all or nothing.

        Args:
            orders: Any number of them; more than fit into memory may come one by one, and are then
                read again where the transaction has to be run again.

        Returns:
            The id of each, in order.

        Raises:
            Refused: When a rule forbids one of them. A refusal by a safeguard is then recorded by
                itself, unless it rested on what the same batch would have done before it.

            Malformed, NotFound, Conflict, Unavailable: As the commands say; nothing was written.
        """
        results: list[str] = self._queue.call(Work(orders))
        return results

    def record_history(self, steps: Sequence[Step], import_id: str) -> list[Recorded | None]:
        """
        Record *steps* of the import *import_id* in one transaction, with the source's times.

        Returns:
            What became of each order in order; None for a statement.

        Raises:
            Malformed: When a time of the source is earlier than the last entry, or to come.
        """
        results: list[Recorded | None] = self._queue.call(Work(steps, import_id))
        return results

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

        transact(self._database, raised)

    def close(self) -> None:
        """
        Write what waits; nothing is taken after it.
        """
        self._queue.close()

    def _write(self, works: Sequence[Work], outcomes: Outcomes[Any]) -> None:
        """
        Record *works* and put what became of each into *outcomes*, as soon as it is known.
        """
        if len(works) > 1:
            try:
                self._write_together(works, outcomes)
            except (Entangled, Conflict):
                # Whatever it was, it is the one's that meets it again.
                pass
            else:
                return
        for number, work in enumerate(works):
            with _Own(outcomes, number):
                results = self._write_alone(work)
                outcomes[number] = Done(results[0] if work.is_one else results)

    def _write_together(self, works: Sequence[Work], outcomes: Outcomes[Any]) -> None:
        orders = [step for work in works for step in work.steps]

        def decided(batch: Batch) -> list[Recorded | Exception]:
            docket = Docket(batch, orders, self._beginnings, None)
            try:
                return docket.decide_each(self._max_skew)
            except LedgerError as error:
                # What one of them rests on cannot be read, say: that is for the one to be told.
                raise Entangled from error

        def known(each: list[Recorded | Exception]) -> None:
            outcomes[:] = [
                Failed(found) if isinstance(found, Exception) else Done(found.result)
                for found in each
            ]

        with _uncollected(len(works)):
            self._transacted(decided, known, TRIES_TOGETHER)

    def _write_alone(self, work: Work) -> Results:
        found: list[tuple[Results, Refused | None]] = []
        current: list[Step] = []

        def decided(batch: Batch) -> tuple[Results, Refused | None]:
            current.clear()
            return self._decided(batch, work, current)

        try:
            with _uncollected(len(work.steps) if isinstance(work.steps, Sized) else 0):
                self._transacted(decided, found.append)
        except Refused as refusal:
            if refusal.recorded and not work.is_one:
                refused = next((step for step in current if step.place == refusal.where), None)
                # Else it is that of another ledger, say, and came with the steps.
                if isinstance(refused, Order):
                    refusal.recorded = self._record_refusal(refused)
            raise
        results, refused_alone = found[0]
        if refused_alone is not None:
            raise refused_alone
        return results

    def _decided(
        self, batch: Batch, work: Work, current: list[Step]
    ) -> tuple[Results, Refused | None]:
        """
        Decide and stage the steps of *work*, some at a time, and return what became of each.

        Args:
            current: Is filled with the steps that are being decided.
        """
        results: list[Any] = []
        left = iter(work.steps)
        refusal, at, docket = None, None, None
        emptied: dict[str, Emptied] = {}
        with ExitStack() as uncollected:
            while some := [*islice(left, STEPS_A_TIME)]:
                current[:] = some
                if at is not None:
                    batch.flush()
                    uncollected.close()
                elif len(some) == STEPS_A_TIME and (following := next(left, None)) is not None:
                    left = chain((following,), left)
                    # Whatever comes, heads are taken in the order of their logs.
                    batch.take_heads(range(self._settings.logs), self._max_skew)
                uncollected.enter_context(_uncollected(len(some)))
                docket = Docket(
                    batch, some, self._beginnings, work.import_id, at=at, emptied=emptied
                )
                found = docket.decide(self._max_skew)
                # Of many commands there is room for no more than their ids.
                if work.import_id is not None:
                    results += found
                else:
                    results += [each.result for each in found if each is not None]
                refusal, at = docket.refusal, docket.now
        if docket is not None:
            docket.assert_none_emptied()
        return results, refusal

    def _record_refusal(self, order: Order) -> bool:
        """
        Record *order* if it is refused by itself too, and return whether it was.
        """

        def refused(batch: Batch) -> None:
            docket = Docket(batch, [order], self._beginnings, None)
            docket.decide(self._max_skew)
            docket.assert_none_emptied()
            if docket.refusal is None:
                raise _AllowedAlone

        try:
            self._transacted(refused, lambda _: None)
        except (_AllowedAlone, Conflict, Malformed, NotFound):
            # It was refused for what the same batch did before it, and that was rolled back.
            return False
        except Refused as refusal:
            # It may have been on record before the batch.
            return refusal.recorded
        return True

    def _transacted(
        self,
        decided: Callable[[Batch], T],
        known: Callable[[T], None],
        tries_taken: int | None = None,
    ) -> None:
        """
        Run *decided* in a transaction and give *known* what it returned once that is durable.

        Args:
            tries_taken: How often a key of it may be taken; as often as the database tries if
                omitted.

        Raises:
            Conflict: When it lost every race.

            Unavailable: When the database cannot be reached, or whether it is durable cannot be
                found out.
        """
        waiting = waits(self._database.tries)
        for nth in count(1):
            batch = self._new_batch()
            decision: list[T] = []
            try:
                with _OnInterrupt(partial(self._settle, batch, decision, known)):
                    self._run(batch, decided, decision)
            except RunAgain as again:
                wait = next(waiting, None)
                taken = isinstance(again, Taken) and nth == tries_taken
                if wait is None or taken:
                    raise again.reason from again
                time.sleep(wait)
            except InDoubt as doubt:
                if self._is_durable(batch, doubt):
                    break
                if (wait := next(waiting, None)) is None:
                    raise doubt.reason from doubt
                time.sleep(wait)
            else:
                break
        known(decision[0])

    def _settle(self, batch: Batch, decision: list[T], known: Callable[[T], None]) -> None:
        """
        Give *known* what was decided if it is durable: an interrupt may have come between a commit
        and its answer.
        """
        if batch.was_sent and self._is_durable(batch, None):
            known(decision[0])

    def _new_batch(self) -> Batch:
        return Batch(self._settings, self._streams, self._tallies, self.now, self._door)

    def _run(self, batch: Batch, decided: Callable[[Batch], T], decision: list[T]) -> None:
        """
        Run one transaction; what it staged is forgotten unless it is known to be durable.
        """
        is_done = False
        try:
            with self._database.writing() as connection:
                batch.begin(connection)
                decision.append(decided(batch))
                batch.commit()
            batch.committed()
            is_done = True
        finally:
            if not is_done:
                batch.undone()

    def _is_durable(self, batch: Batch, doubt: InDoubt | None) -> bool:
        """
        Return whether *batch* was committed: its last entry stands at its position, or not.

        Whoever takes the head waits for a transaction that is still under way.
        """
        if (last := batch.last()) is None:
            return True
        log, position, leaf = last

        def looked(connection: Connection) -> bool:
            connection.take_heads([log])
            row = connection.execute(
                "SELECT leaf FROM entries WHERE log = ? AND position = ?", (log, position)
            ).fetchone()
            return row is not None and bytes(row[0]) == leaf

        try:
            return transact(self._database, looked)
        except LedgerError as error:
            raise Unavailable(
                f"{self._database}: the answer to a commit was lost, and whether it is recorded"
                f" cannot be found out: {error.message}",
                where="ledger",
                expected="the same command under its request_id, which is recorded once",
            ) from doubt
