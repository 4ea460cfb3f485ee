"""
The queue when whoever leads or waits is interrupted: at any statement, in a write, by a signal.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import pytest

from ledger.store import queue as module
from ledger.store.queue import Done, Outcomes, Queue
from tests.store.gate import SECONDS_MAX, Caller, Gate, called, clerks, queue_of, until

T = TypeVar("T")

# Where a lock is let go again, Python interrupts nobody; a trace would.
LOCKING = {
    number
    for number, line in enumerate(Path(module.__file__).read_text("utf-8").splitlines(), start=1)
    if line.strip().startswith("with self._lock")
}


class Traced:
    """
    Does something before each statement, call and return of the queue in one thread.
    """

    def __init__(self, do: Callable[[], None]) -> None:
        self._do = do

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> "Traced | None":
        """
        Do it, where it is due.
        """
        if frame.f_code.co_filename != module.__file__:
            return None
        if event != "exception" and not (event == "line" and frame.f_lineno in LOCKING):
            self._do()
        return self

    def within(self, what: Callable[[], T]) -> Callable[[], T]:
        """
        Return *what* with that in it.
        """

        def run() -> T:
            before = sys.gettrace()
            sys.settrace(self)
            try:
                return what()
            finally:
                sys.settrace(before)

        return run


class Strike(Traced):
    """
    Interrupts a thread once, at the *step*-th chance.
    """

    def __init__(self, step: int) -> None:
        super().__init__(self._count)
        self._left = step
        self.struck = False

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0 and not self.struck:
            self.struck = True
            raise KeyboardInterrupt


def strikes(first: int = 0) -> Iterator[Strike]:
    """
    Yield one interrupt after the other, each a step later, until one comes too late.
    """
    for step in count(first):
        strike = Strike(step)
        yield strike
        if not strike.struck:
            assert step > 20
            return


def arrived(struck: Caller[Any], queue: Queue[str, str], gate: Gate, waiting: int) -> None:
    """
    Return when one is written and *waiting* are there, or the last one was interrupted.
    """
    until(lambda: (gate.begun.is_set() and queue.waiting == waiting) or not struck.is_alive())


def assert_whole(
    queue: Queue[str, str], gate: Gate, struck: Caller[str], others: dict[str, str]
) -> None:
    """
    Assert that only the one who was interrupted may lack what he gave, and that all goes on.
    """
    assert isinstance(struck.error, KeyboardInterrupt | None)
    assert {item: item.upper() for item in others} == others
    assert "AFTER" == queue.call("after")
    queue.close()
    assert 0 == queue.waiting
    assert len(gate.items) == len({*gate.items})
    assert {*gate.items} - {"struck"} == {*others, "after"}
    assert "struck" in gate.items or struck.error


def test_who_leads_can_be_interrupted_anywhere():
    """
    A caller who found nobody leading hands over, whatever he was about to do.
    """
    for strike in strikes():
        gate = Gate()
        queue = queue_of(gate)
        struck = Caller(strike.within(partial(queue.call, "struck")))
        arrived(struck, queue, gate, 1)
        callers = {item: called(queue, item) for item in ("a", "alone b", "c")}
        future = queue.submit("d")
        gate.open()

        others = {item: caller.result for item, caller in callers.items()}
        assert_whole(queue, gate, struck, others | {"d": future.result(SECONDS_MAX)})


def test_who_waits_and_then_leads_can_be_interrupted_anywhere():
    """
    A caller who is woken to write a batch with others, submitted or called, leaves them a leader.
    """
    for strike in strikes():
        gate = Gate()
        queue = queue_of(gate)
        callers = {"a": called(queue, "a")}
        struck = Caller(strike.within(partial(queue.call, "struck")))
        arrived(struck, queue, gate, 2)
        futures = {"b": queue.submit("b")}
        callers |= {item: called(queue, item) for item in ("c", "alone d")}
        futures |= {"e": queue.submit("e")}
        gate.open()

        others = {item: caller.result for item, caller in callers.items()}
        others |= {item: future.result(SECONDS_MAX) for item, future in futures.items()}
        assert_whole(queue, gate, struck, others)


def test_who_shares_a_batch_can_be_interrupted_anywhere():
    """
    A caller whose item another one writes takes it out, or its outcome is dropped.
    """
    for strike in strikes():
        gate = Gate()
        queue = queue_of(gate)
        callers = {item: called(queue, item) for item in "ab"}
        struck = Caller(strike.within(partial(queue.call, "struck")))
        arrived(struck, queue, gate, 3)
        callers |= {"c": called(queue, "c")}
        gate.open()

        others = {item: caller.result for item, caller in callers.items()}
        assert_whole(queue, gate, struck, others)


def test_who_submits_can_be_interrupted_anywhere():
    """
    What he submitted is written or not, and others are not touched by it.
    """
    for strike in strikes():
        gate = Gate(opened=True)
        queue = queue_of(gate, idle_seconds_max=2 * SECONDS_MAX)
        struck = Caller(strike.within(partial(queue.submit, "struck")))
        assert struck.error is None or isinstance(struck.error, KeyboardInterrupt)
        future = queue.submit("a")

        assert "A" == future.result(SECONDS_MAX)
        if struck.error is None:
            assert "STRUCK" == struck.result.result(SECONDS_MAX)
        queue.close()
        assert gate.items in (["a"], ["struck", "a"])
        until(lambda: clerks() == [])


def test_the_clerk_can_be_interrupted_anywhere(monkeypatch: pytest.MonkeyPatch):
    """
    Another clerk goes on where he was; what was under way is written or told of the interrupt.
    """
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    # Nothing is under way until the third step; and Python interrupts only the main thread.
    for strike in strikes(first=3):
        gate = Gate(opened=True)
        queue = queue_of(gate)
        before = threading.gettrace()
        threading.settrace(strike)
        try:
            futures = {item: queue.submit(item) for item in "abc"}
            errors = {item: future.exception(SECONDS_MAX) for item, future in futures.items()}
        finally:
            threading.settrace(before)

        assert {None, KeyboardInterrupt} >= {error and type(error) for error in errors.values()}
        assert [item for item in "abc" if errors[item] is None] == gate.items
        assert "D" == queue.call("d")
        queue.close()
        assert 0 == queue.waiting


def test_who_closes_can_be_interrupted_anywhere():
    """
    The queue is closed from then on or not, and whoever waited is served; closing again ends it.
    """
    for strike in strikes():
        gate = Gate()
        queue = queue_of(gate)
        caller, future = called(queue, "a"), queue.submit("b")
        struck = Caller(strike.within(queue.close))
        arrived(struck, queue, gate, 3)
        gate.open()

        assert isinstance(struck.error, KeyboardInterrupt | None)
        assert "A" == caller.result
        assert "B" == future.result(SECONDS_MAX)
        queue.close()
        assert [*"ab"] == gate.items


def test_who_is_woken_early_misses_nothing():
    """
    Whoever is rung waits for what he was rung for, however slowly the other one comes to it.
    """
    gate = Gate()
    queue = queue_of(gate)
    slowly = Traced(lambda: until(iter([False, False, True]).__next__))
    leader = Caller(slowly.within(partial(queue.call, "a")))
    assert gate.begun.wait(SECONDS_MAX)
    callers = [called(queue, "b"), Caller(slowly.within(partial(queue.call, "c")))]
    until(lambda: queue.waiting == 3)
    callers.append(called(queue, "alone d"))
    future = queue.submit("e")
    gate.open()

    assert "A" == leader.result
    assert ["B", "C", "ALONE D"] == [caller.result for caller in callers]
    assert "E" == future.result(SECONDS_MAX)
    queue.close()


@pytest.mark.parametrize("decided", range(5))
def test_an_interrupted_batch_is_written_on_from_where_it_was(decided: int):
    """
    What had its outcome is delivered and not written again; the rest keeps its place.
    """
    gate = Gate()
    written: list[str] = []

    def write(items: Sequence[str], outcomes: Outcomes[str]) -> None:
        gate(items, [None] * len(items))
        interrupted = len(items) == 4
        for number in range(decided if interrupted else len(items)):
            written.append(items[number])
            outcomes[number] = Done(items[number].upper())
        if interrupted:
            raise KeyboardInterrupt

    queue = queue_of(write)
    first, leader = called(queue, "first"), called(queue, "a")
    before, future = called(queue, "b"), queue.submit("c")
    behind = [called(queue, "d"), called(queue, "alone e")]
    gate.open()

    assert "FIRST" == first.result
    assert isinstance(leader.error, KeyboardInterrupt)
    assert "C" == future.result(SECONDS_MAX)
    assert ["B", "D", "ALONE E"] == [caller.result for caller in (before, *behind)]
    queue.close()
    own = ["a"] if decided else []
    assert ["first", *own, "b", "c", "d", "alone e"] == written


def test_an_interrupt_of_the_clerk_is_told_to_the_futures():
    """
    What was submitted and has no outcome gets it; callers in the same batch write for themselves.
    """
    gate = Gate()

    def write(items: Sequence[str], outcomes: Outcomes[str]) -> None:
        gate(items, [None] * len(items))
        outcomes[0] = Done(items[0].upper())
        if len(items) == 4:
            raise SystemExit
        outcomes[:] = [Done(item.upper()) for item in items]

    queue = queue_of(write)
    callers = [called(queue, "first")]
    futures = [queue.submit("a"), queue.submit("b")]
    callers.append(called(queue, "c"))
    futures.append(queue.submit("d"))
    gate.open()

    assert "A" == futures[0].result(SECONDS_MAX)
    assert isinstance(futures[1].exception(SECONDS_MAX), SystemExit)
    assert isinstance(futures[2].exception(SECONDS_MAX), SystemExit)
    assert ["FIRST", "C"] == [caller.result for caller in callers]
    queue.close()
    assert [["first"], [*"abcd"], ["c"]] == gate.batches


@pytest.fixture
def interrupting():
    """
    Return what sends the main thread the signal of Ctrl-C.
    """
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("a signal reaches the main thread alone, and this test is run in another one")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.get_ident()
    yield lambda: signal.pthread_kill(main, signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_a_signal_takes_out_the_item_of_who_waits(interrupting):
    """
    Ctrl-C while others write ends the wait at once, and nothing is written.
    """
    gate = Gate()
    queue = queue_of(gate)
    leader = called(queue, "a")

    def interrupt() -> None:
        until(lambda: queue.waiting == 2)
        interrupting()

    Caller(interrupt)
    with pytest.raises(KeyboardInterrupt):
        queue.call("b")
    gate.open()

    assert "A" == leader.result
    assert "C" == queue.call("c")
    assert ["a", "c"] == gate.items


def test_a_signal_ends_the_write_of_who_leads(interrupting):
    """
    Ctrl-C in a write that had no effect lets the next one write, and what waits with him.
    """
    gate = Gate()
    queue = queue_of(gate)
    callers: list[Caller[str]] = []

    def interrupt() -> None:
        assert gate.begun.wait(SECONDS_MAX)
        callers.extend(called(queue, item) for item in "bc")
        interrupting()

    thread = Caller(interrupt)
    with pytest.raises(KeyboardInterrupt):
        queue.call("a")
    gate.open()

    assert thread.result is None
    assert [*"BC"] == [caller.result for caller in callers]
    assert [["a"], ["b", "c"]] == gate.batches
