"""
The queue at its ends: what futures set off, how it is closed, and how its clerk comes and goes.
"""

import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from ledger import Unavailable
from ledger.store.queue import Done, Outcomes, Queue
from tests.store.gate import SECONDS_MAX, Caller, Gate, called, clerks, queue_of, until


def test_a_callback_may_call_and_submit():
    """
    What follows from an item is written from the callback of its future, whoever leads then.
    """
    gate = Gate(opened=True)
    queue = queue_of(gate)
    followed: list[str] = []
    last: list[Future[str]] = []

    def follow(_future: Future[str]) -> None:
        before = queue.submit("submitted before")
        followed.append(queue.call("called"))
        last.extend([before, queue.submit("submitted")])

    queue.submit("first").add_done_callback(follow)
    until(lambda: len(last) == 2)

    assert ["CALLED"] == followed
    assert ["SUBMITTED BEFORE", "SUBMITTED"] == [future.result(SECONDS_MAX) for future in last]
    queue.close()
    assert ["first", "submitted before", "called", "submitted"] == gate.items


def held(queue: Queue[str, str]) -> threading.Event:
    """
    Return what ends the callback in which the clerk is by then.
    """
    called_back, go_on = threading.Event(), threading.Event()

    def hold(_future: Future[str]) -> None:
        called_back.set()
        assert go_on.wait(SECONDS_MAX)

    queue.submit("held").add_done_callback(hold)
    assert called_back.wait(SECONDS_MAX)
    return go_on


def test_a_callback_that_takes_long_holds_no_newcomer_up():
    """
    Who calls meanwhile finds nobody leading, and writes what was submitted before him too.
    """
    gate = Gate(opened=True)
    queue = queue_of(gate)
    go_on = held(queue)
    submitted = queue.submit("submitted")

    assert "CALLED" == Caller(lambda: queue.call("called")).result
    assert not submitted.done()
    go_on.set()
    assert "SUBMITTED" == submitted.result(SECONDS_MAX)
    queue.close()
    assert [["held"], ["submitted", "called"]] == gate.batches


def test_a_callback_that_takes_long_holds_nobody_up_who_waits():
    """
    Who leads meanwhile hands over to the first caller, though something submitted is before him.
    """
    gate = Gate(opened=True)
    queue = queue_of(gate, batch_max=2)
    go_on = held(queue)
    gate.shut()
    callers = [called(queue, "a")]
    submitted = [queue.submit(item) for item in "bcd"]
    callers += [called(queue, item) for item in "ef"]
    gate.open()

    assert [*"AEF"] == [caller.result for caller in callers]
    go_on.set()
    assert [*"BCD"] == [future.result(SECONDS_MAX) for future in submitted]
    queue.close()
    assert [["held"], ["a"], ["b", "c"], ["d", "e"], ["f"]] == gate.batches
    assert [callers[0], callers[1], callers[1], callers[2]] == gate.threads[1:]


def test_a_callback_that_ends_its_thread_ends_no_other_future(monkeypatch: pytest.MonkeyPatch):
    """
    Another clerk delivers what the first one did not come to.
    """
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    gate = Gate()
    queue = queue_of(gate)
    futures = [queue.submit(item) for item in "abc"]
    for future in futures:
        future.add_done_callback(lambda _: sys.exit())
    gate.open()

    assert [*"ABC"] == [future.result(SECONDS_MAX) for future in futures]
    assert "D" == queue.submit("d").result(SECONDS_MAX)
    queue.close()


def test_closing_finishes_what_waits():
    """
    When `close` returns, everybody who came before has his outcome and nobody else gets in.
    """
    gate = Gate()
    queue = queue_of(gate, batch_max=2)
    callers = [called(queue, item) for item in "ab"]
    futures = [queue.submit(item) for item in "cd"]
    before = queue.waiting
    closing = [Caller(queue.close), Caller(queue.close)]
    until(lambda: queue.waiting == before + 2)
    for give in (queue.call, queue.submit):
        with pytest.raises(Unavailable, match="the book is closed"):
            give("too late")
    gate.open()

    assert [None, None] == [closer.result for closer in closing]
    assert [True, True] == [future.done() for future in futures]
    assert [*"ABCD"] == [giver.result for giver in callers] + [each.result() for each in futures]
    assert [*"abcd"] == gate.items
    assert [] == clerks()
    queue.close()


def test_a_full_queue_can_be_closed():
    """
    Closing is not one of those who may be too many.
    """
    gate = Gate()
    queue = queue_of(gate, waiting_max=1)
    callers = [called(queue, item) for item in "ab"]
    closing = Caller(queue.close)
    until(lambda: queue.waiting == 3)
    gate.open()

    assert closing.result is None
    assert [*"AB"] == [caller.result for caller in callers]


def test_a_callback_may_close():
    """
    What was submitted before is written when the callback goes on, and the clerk ends after it.
    """
    gate = Gate()
    queue = queue_of(gate)
    first, second = queue.submit("first"), queue.submit("second")
    first.add_done_callback(lambda _: queue.close())
    gate.open()

    assert "SECOND" == second.result(SECONDS_MAX)
    until(lambda: clerks() == [])
    with pytest.raises(Unavailable):
        queue.call("third")


def test_a_batch_cannot_call_from_within():
    """
    Who writes a batch that calls itself is told so, since he would wait for himself for ever.
    """
    within: list[Queue[str, str]] = []

    def write(items: Sequence[str], outcomes: Outcomes[str]) -> None:
        if "outer" in items:
            within[0].call("inner")
        outcomes[:] = [Done(item) for item in items]

    queue = queue_of(write)
    within.append(queue)
    with pytest.raises(Unavailable, match="by this very thread"):
        queue.call("outer")
    with pytest.raises(Unavailable, match="by this very thread"):
        queue.submit("outer").result(SECONDS_MAX)

    assert "after" == queue.call("after")
    queue.close()


def test_the_clerk_is_woken_by_whatever_is_his():
    """
    However long he would stay without work, he comes at once for what is submitted, and for the
    future of what a caller wrote.
    """
    gate = Gate(opened=True)
    queue = queue_of(gate, idle_seconds_max=2 * SECONDS_MAX)
    try:
        assert [*"AB"] == [queue.submit(item).result(SECONDS_MAX) for item in "ab"]
        gate.shut()
        callers = [called(queue, item) for item in "cd"]
        future = queue.submit("e")
        gate.open()
        assert "E" == future.result(SECONDS_MAX)
    finally:
        queue.close()
    assert [*"CD"] == [caller.result for caller in callers]
    assert [["a"], ["b"], ["c"], ["d", "e"]] == gate.batches


def test_the_clerk_goes_when_nothing_comes_and_comes_again():
    """
    Without work there is no thread, and whatever comes as he goes is written all the same.
    """
    gate = Gate(opened=True)
    queue = queue_of(gate, idle_seconds_max=0.0)
    for number in range(300):
        assert str(number) == queue.submit(str(number)).result(SECONDS_MAX)
    until(lambda: clerks() == [])

    assert "AGAIN" == queue.submit("again").result(SECONDS_MAX)
    assert 301 == len(gate.items)
    queue.close()


def test_a_process_ends_when_all_that_it_submitted_is_written():
    """
    Who forgets to close loses nothing, and waits no longer than the clerk stays.
    """
    script = (
        "import ledger.store.queue as q\n"
        "def write(items, outcomes):\n"
        "    print(*items)\n"
        "    outcomes[:] = [q.Done(None)] * len(items)\n"
        "queue = q.Queue(write, alone=lambda item: True, name='the book')\n"
        "for number in range(5): queue.submit(number)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, timeout=SECONDS_MAX
    )

    assert b"0\n1\n2\n3\n4\n" == done.stdout
