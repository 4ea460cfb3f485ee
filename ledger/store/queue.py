"""
The queue before the writer: threads that write at the same moment share one transaction.

There is no thread that writes for all. The caller who finds nobody leading leads: he writes what
waits, as many as fit, in the order in which they came, until his own is written, and hands over to
the first who waits then, whom he wakes by a lock of that one's own. For items that were submitted
nobody waits; they have a clerk, a thread that leads when one of them is the first, and that ends
when none came for a while.

Who leads is one reference, and what is being written keeps its place at the front until its
outcome is known. So whoever is interrupted, between any two steps, finds on his way out what is
left to do: nobody waits for ever, nothing is written twice.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from threading import get_ident
from types import TracebackType
from typing import Any, Final, Generic, TypeVar

import attrs

from ledger.errors import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH_MAX: Final = 256
WAITING_MAX: Final = 10_000
IDLE_SECONDS_MAX: Final = 1.0


@attrs.frozen
class Done(Generic[Result]):
    """
    The outcome of an item that was written: what its caller gets.
    """

    value: Result


@attrs.frozen
class Failed:
    """
    The outcome of an item that was not written: what is raised to its caller.
    """

    error: BaseException


Outcome = Done[Result] | Failed
Outcomes = list[Outcome[Result] | None]
Write = Callable[[Sequence[Item], Outcomes[Result]], None]

# Of what nobody waits for any more.
_DROPPED: Final = Failed(CancelledError())
# What `close` waits for: nothing is written for it.
_LAST: Final[Any] = object()
# The bell of who leads at once.
_UNHEARD: Final = threading.Lock()
_REACHED: Final[Done[Any]] = Done(None)


@attrs.define(eq=False)
class _Ticket(Generic[Item, Result]):
    """
    An item in the queue, and how its caller is told.

    Args:
        bell: A lock at which its caller waits, unless he leads; the clerk's for an item that was
            submitted.

        future: Of an item that was submitted.

        taken: True when the future was told, or was about to be told, that it runs.
    """

    item: Item
    alone: bool
    bell: threading.Lock = _UNHEARD
    future: Future[Result] | None = None
    taken: bool = False
    outcome: Outcome[Result] | None = None


@attrs.define(eq=False)
class _Round(Generic[Item, Result]):
    """
    A batch that is being written; as a context, it takes the error that ends the writing.

    Args:
        outcomes: As far as they are known, in the order of the tickets.

        by_clerk: True when the clerk leads.

        thread: The one that writes.
    """

    tickets: list[_Ticket[Item, Result]]
    outcomes: Outcomes[Result]
    by_clerk: bool
    thread: int

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        if error is None:
            return False
        everyone = isinstance(error, Exception)
        if everyone and len(self.tickets) != len(self.outcomes):
            self.outcomes = [None] * len(self.tickets)
        failed = Failed(error)
        self.outcomes = [
            outcome or (failed if everyone or (self.by_clerk and ticket.future) else None)
            for ticket, outcome in zip(self.tickets, self.outcomes, strict=False)
        ]
        return everyone or self.by_clerk


def _ring(bell: threading.Lock) -> None:
    """
    Wake who waits at *bell*, or will; again is as good as once.
    """
    if bell.locked():
        bell.release()


def _silent_bell() -> threading.Lock:
    bell = threading.Lock()
    bell.acquire()
    return bell


class Queue(Generic[Item, Result]):
    """
    Items on their way to be written, in the order in which they came.

    ``write(items, outcomes)`` is called by one thread at a time. It puts the outcome of
    ``items[n]`` into ``outcomes[n]``, which is None before, as soon as it stands: what is there
    is delivered, whatever happens afterwards. Before it returns it must have put all of them. An
    `Exception` that it raises is the outcome of every item that has none. What else it raises, a
    `KeyboardInterrupt` say, interrupts it: the leader's call raises that, and the items of others
    that have no outcome, which must not have been written, keep their places for the next leader.
    Where the clerk leads, it is the outcome of what was submitted.

    A caller who is interrupted while he waits takes his item out; if it is being written, its
    outcome is dropped. A future that is cancelled before it runs is not written. Callbacks run in
    the clerk's thread while it does not lead: they may call and submit, and hold no caller up.

    Args:
        write: Writes a batch.

        alone: Returns whether an item shares no batch.

        batch_max: How many items share a batch.

        waiting_max: How many items wait, besides those that are being written.

        name: What is written to, for messages.

        idle_seconds_max: How long the clerk stays without work. A process ends when it has gone,
            so nothing that was submitted is lost at the end.
    """

    def __init__(  # noqa: PLR0913, each bounds something else
        self,
        write: Write[Item, Result],
        *,
        alone: Callable[[Item], bool],
        name: str,
        batch_max: int = BATCH_MAX,
        waiting_max: int = WAITING_MAX,
        idle_seconds_max: float = IDLE_SECONDS_MAX,
    ) -> None:
        assert batch_max >= 1
        assert waiting_max >= 1
        self._write = write
        self._alone = alone
        self._name = name
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._idle_seconds_max = idle_seconds_max
        self._lock = threading.Lock()
        self._closed = False
        self._waiting: deque[_Ticket[Item, Result]] = deque()
        self._round: _Round[Item, Result] | None = None
        self._leader: _Ticket[Item, Result] | threading.Thread | None = None
        self._clerk: threading.Thread | None = None
        self._delivering = False
        self._bell = _silent_bell()
        self._decided: deque[_Ticket[Item, Result]] = deque()

    @property
    def waiting(self) -> int:
        """
        How many items wait, those that are being written included.
        """
        return len(self._waiting)

    def call(self, item: Item) -> Result:
        """
        Write *item*, with what else waits, and return its result.

        Raises:
            Unavailable: When too many wait, or the queue is closed; it was not written.
        """
        return self._see_through(_Ticket(item, self._alone(item)))

    def submit(self, item: Item) -> Future[Result]:
        """
        Return at once the future of *item*, which is written with what else waits.

        Raises:
            Unavailable: When too many wait, or the queue is closed; it will not be written.
        """
        future: Future[Result] = Future()
        ticket = _Ticket(item, self._alone(item), self._bell, future)
        with self._lock:
            self._admit(ticket)
            if self._clerk is None:
                self._start_clerk()
            if self._leader is None:
                _ring(self._bell)
            self._waiting.append(ticket)
        return future

    def close(self) -> None:
        """
        Take nothing more, and return when all that waits is written and delivered.
        """
        self._closed = True
        self._see_through(_Ticket(_LAST, alone=True))
        own = threading.current_thread()
        while (clerk := self._clerk) is not None and clerk is not own and clerk.is_alive():
            _ring(self._bell)
            clerk.join()

    def _see_through(self, ticket: _Ticket[Item, Result]) -> Result:
        try:
            self._enter(ticket)
            while ticket.outcome is None:
                if self._leader is ticket:
                    self._lead(ticket)
                else:
                    self._wait(ticket)
        finally:
            if ticket.outcome is None or self._leader is ticket:
                self._leave(ticket)
        outcome = ticket.outcome
        if isinstance(outcome, Done):
            return outcome.value
        try:
            raise outcome.error
        finally:
            # The error holds this frame, which would hold the error.
            del outcome, ticket

    def _kept_out(self, ticket: _Ticket[Item, Result], why: str, expected: str) -> Unavailable:
        ticket.outcome = _DROPPED
        return Unavailable(f"{self._name} {why}", where="queue", expected=expected)

    def _admit(self, ticket: _Ticket[Item, Result]) -> None:
        if ticket.item is _LAST:
            return
        if self._closed:
            raise self._kept_out(ticket, "is closed", "an open ledger")
        waiting = len(self._waiting)
        if self._round is not None:
            waiting -= len(self._round.tickets)
        if waiting >= self._waiting_max:
            why = f"has {waiting} waiting to be written already"
            raise self._kept_out(ticket, why, "a call again when some of them are written")

    def _enter(self, ticket: _Ticket[Item, Result]) -> None:
        with self._lock:
            if self._closed or len(self._waiting) >= self._waiting_max:
                self._admit(ticket)
            if self._leader is None:
                # First, since he may be interrupted and others count on who waits to lead.
                self._leader = ticket
                if not self._waiting:
                    self._round = _Round([ticket], [None], by_clerk=False, thread=get_ident())
            elif self._round is not None and self._round.thread == get_ident():
                raise self._kept_out(
                    ticket, "is being written by this very thread", "a call when that is done"
                )
            else:
                ticket.bell = _silent_bell()
            self._waiting.append(ticket)

    def _wait(self, ticket: _Ticket[Item, Result]) -> None:
        ticket.bell.acquire()
        if ticket.outcome is None and self._leader is not ticket:
            with self._lock:
                # Who rang may still be handing over to it.
                pass

    def _leave(self, ticket: _Ticket[Item, Result]) -> None:
        """
        Take out *ticket*, whose caller was interrupted, and what it leads over.
        """
        with self._lock:
            ticket.outcome = ticket.outcome or _DROPPED
            if self._leader is ticket:
                self._hand_over()

    def _lead(self, leader: _Ticket[Item, Result] | threading.Thread) -> None:
        """
        Write the next batch, and hand over unless the leader's own item is still to come.
        """
        if self._round is None:
            with self._lock:
                self._round = self._next_round(by_clerk=isinstance(leader, threading.Thread))
        current = self._round
        if current.tickets:
            items = [ticket.item for ticket in current.tickets]
            with current:
                if items[0] is _LAST:
                    current.outcomes[0] = _REACHED
                else:
                    self._write(items, current.outcomes)
                assert len(items) == len(current.outcomes)
                assert all(current.outcomes), "an item was left without an outcome"
        with self._lock:
            self._hand_over()
        # An error out of `write` holds this frame, which would hold the error.
        del leader, current

    def _next_round(self, *, by_clerk: bool) -> _Round[Item, Result]:
        """
        Return what is to be written next; it keeps its place at the front.
        """
        tickets: list[_Ticket[Item, Result]] = []
        for ticket in self._waiting:
            if ticket.outcome is not None:
                continue
            if tickets and (ticket.alone or tickets[0].alone or len(tickets) == self._batch_max):
                break
            if ticket.future is None or not _is_cancelled(ticket, ticket.future):
                tickets.append(ticket)
        return _Round(tickets, [None] * len(tickets), by_clerk, get_ident())

    def _hand_over(self) -> None:
        """
        Deliver what is decided, and let the first who waits lead.

        It may be interrupted and done again: who is rung twice wakes once, and until the last
        assignment the leader is the same.
        """
        leader, waiting, settled = self._leader, self._waiting, self._round
        if settled is not None:
            for ticket, outcome in zip(settled.tickets, settled.outcomes):  # noqa: B905
                if outcome is None:
                    continue
                ticket.outcome = outcome
                if ticket.future is not None:
                    self._decided.append(ticket)
                if ticket is not leader:
                    _ring(ticket.bell)
            self._round = None
        while waiting and waiting[0].outcome is not None:
            waiting.popleft()
        if isinstance(leader, _Ticket) and leader.outcome is None:
            return
        if not waiting:
            self._leader = None
            return
        first = waiting[0]
        if self._delivering:
            # The clerk may be long: a caller leads, for what was submitted before him too.
            first = next((ticket for ticket in waiting if _can_lead(ticket)), first)
        _ring(first.bell)
        self._leader = first if _can_lead(first) else None

    def _start_clerk(self) -> None:
        clerk = threading.Thread(target=self._serve, name=f"queue of {self._name}")
        clerk.start()
        self._clerk = clerk

    def _serve(self) -> None:
        """
        Lead for submitted items, and give their futures what became of them.
        """
        clerk = threading.current_thread()
        try:
            with self._lock:
                # Whoever started this thread may have been interrupted before he knew it.
                wanted = self._clerk is clerk
            while wanted and (self._bell.acquire(timeout=self._idle_seconds_max) or self._waiting):
                self._work_off(clerk)
                wanted = not self._closed or bool(self._waiting)
        finally:
            with self._lock:
                if self._clerk is clerk:
                    self._succeed(clerk)

    def _succeed(self, clerk: threading.Thread) -> None:
        self._clerk = None
        self._delivering = False
        if self._leader is clerk:
            self._hand_over()
        if self._waiting or self._decided:
            # Something came at the last moment, or a callback ended this thread.
            _ring(self._bell)
            self._start_clerk()

    def _work_off(self, clerk: threading.Thread) -> None:
        while True:
            with self._lock:
                self._delivering = bool(self._decided)
                if self._leader is None and self._delivering:
                    self._hand_over()
                elif self._leader is None and self._waiting:
                    self._leader = clerk
            if self._leader is clerk:
                self._lead(clerk)
            elif self._delivering:
                while self._decided:
                    _deliver(self._decided[0])
                    self._decided.popleft()
            else:
                return


def _can_lead(ticket: _Ticket[Item, Result]) -> bool:
    return ticket.future is None and ticket.outcome is None


def _is_cancelled(ticket: _Ticket[Item, Result], future: Future[Result]) -> bool:
    """
    Return whether *future* was cancelled; from now on it cannot be.
    """
    if ticket.taken and (future.running() or future.cancelled()):
        # It was to be written before, and that was interrupted.
        cancelled = future.cancelled()
    else:
        ticket.taken = True
        cancelled = not future.set_running_or_notify_cancel()
    if cancelled:
        ticket.outcome = _DROPPED
    return cancelled


def _deliver(ticket: _Ticket[Item, Result]) -> None:
    """
    Give a future its outcome; again is as good as once.
    """
    assert ticket.future is not None
    with suppress(InvalidStateError):
        if isinstance(ticket.outcome, Done):
            ticket.future.set_result(ticket.outcome.value)
        elif ticket.outcome is not None:
            ticket.future.set_exception(ticket.outcome.error)
