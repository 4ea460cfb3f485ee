"""
The queue: who leads, what shares a batch, and what becomes of each item.
"""

import gc
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import CancelledError, wait
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import LedgerError, Unavailable
from ledger.store.queue import Done, Outcomes
from tests.store.gate import SECONDS_MAX, Caller, Gate, called, queue_of, until


def test_a_caller_alone_writes_in_his_own_thread():
    """
    While one caller is alone there is no other thread, and each item is a batch.
    """
    gate = Gate(opened=True)
    queue = queue_of(gate)
    threads = threading.active_count()

    assert ["A", "B"] == [queue.call("a"), queue.call("b")]
    assert [["a"], ["b"]] == gate.batches
    assert {threading.current_thread()} == {*gate.threads}
    assert threads == threading.active_count()
    assert 0 == queue.waiting


def test_those_who_wait_share_batches_in_the_order_in_which_they_came():
    """
    What came while a batch was written is the next one, up to the most that one may hold; the
    first of each batch writes it.
    """
    gate = Gate()
    queue = queue_of(gate, batch_max=3)
    callers = {item: called(queue, item) for item in "abcdefgh"}
    gate.open()

    assert [*"ABCDEFGH"] == [caller.result for caller in callers.values()]
    assert [["a"], ["b", "c", "d"], ["e", "f", "g"], ["h"]] == gate.batches
    assert [callers[first] for first in "abeh"] == gate.threads


def test_an_item_that_shares_no_batch_comes_by_itself():
    """
    It ends the batch before it, and those behind it wait for the next one.
    """
    gate = Gate()
    queue = queue_of(gate)
    items = ["a", "b", "c", "alone d", "alone e", "f", "g"]
    callers = [called(queue, item) for item in items]
    gate.open()

    assert [item.upper() for item in items] == [caller.result for caller in callers]
    assert [["a"], ["b", "c"], ["alone d"], ["alone e"], ["f", "g"]] == gate.batches


def test_what_is_submitted_keeps_its_place_among_what_is_called():
    """
    Callers share batches with what was submitted before and behind them.
    """
    gate = Gate()
    queue = queue_of(gate, batch_max=2)
    callers = {item: called(queue, item) for item in "ab"}
    futures = [queue.submit(item) for item in "cde"]
    callers["f"] = called(queue, "f")
    gate.open()

    assert [*"CDE"] == [future.result(SECONDS_MAX) for future in futures]
    assert [*"ABF"] == [caller.result for caller in callers.values()]
    assert [["a"], ["b", "c"], ["d", "e"], ["f"]] == gate.batches
    assert [callers["a"], callers["b"], callers["f"]] == [gate.threads[n] for n in (0, 1, 3)]
    queue.close()


def test_many_outstanding_from_one_thread_share_batches():
    """
    Whoever submits without waiting fills batches by himself.
    """
    gate = Gate()
    queue = queue_of(gate)
    first = queue.submit("first")
    assert gate.begun.wait(SECONDS_MAX)
    futures = [queue.submit(str(number)) for number in range(600)]
    gate.open()

    assert "FIRST" == first.result(SECONDS_MAX)
    assert [str(number) for number in range(600)] == [future.result() for future in futures]
    assert [1, 256, 256, 88] == [len(batch) for batch in gate.batches]
    assert {"queue of the book"} == {thread.name for thread in gate.threads}
    queue.close()


def test_each_gets_its_own_outcome():
    """
    One that fails fails nobody who shares its batch, called or submitted.
    """
    gate = Gate()
    queue = queue_of(gate)
    callers = [called(queue, item) for item in ("a", "bad b", "c")]
    futures = [queue.submit(item) for item in ("bad d", "e")]
    gate.open()

    assert "bad d" == str(futures[0].exception(SECONDS_MAX))
    assert "E" == futures[1].result(SECONDS_MAX)
    assert [None, "bad b", None] == [caller.error and str(caller.error) for caller in callers]
    assert 2 == len(gate.batches)
    queue.close()


def test_a_batch_that_fails_fails_all_that_had_no_outcome():
    """
    What was decided before the error stands; the next batch is written as if nothing had been.
    """
    gate = Gate()
    queue = queue_of(gate)
    callers = [called(queue, item) for item in ("a", "b", "breaks", "c", "alone d")]
    future = queue.submit("e")
    gate.open()

    assert [*"AB"] == [caller.result for caller in callers[:2]]
    assert isinstance(callers[2].error, Unavailable)
    assert callers[2].error is callers[3].error
    assert "ALONE D" == callers[4].result
    assert "E" == future.result(SECONDS_MAX)
    queue.close()


@pytest.mark.parametrize("left", [[Done("a"), None], [], [Done("a")] * 3])
def test_a_writer_who_miscounts_is_found(left: Outcomes[str]):
    """
    Nobody waits for ever for an outcome that the writer did not put, or put for nobody.
    """
    gate = Gate()

    def write(items: Sequence[str], outcomes: Outcomes[str]) -> None:
        gate(items, outcomes)
        if len(items) == 2:
            outcomes[:] = left

    queue = queue_of(write)
    callers = [called(queue, item) for item in "abc"]
    gate.open()

    assert ["A"] == [callers[0].result]
    assert isinstance(callers[2].error, AssertionError)


def test_a_queue_that_is_full_takes_nothing():
    """
    Beyond what is being written, no more wait than may; who comes then is told how many do.
    """
    gate = Gate()
    queue = queue_of(gate, waiting_max=2)
    writing = called(queue, "a")
    waiting = [called(queue, "b"), queue.submit("c")]
    for give in (queue.call, queue.submit):
        with pytest.raises(Unavailable, match="has 2 waiting") as caught:
            give("d")
        assert "queue" == caught.value.where
    gate.open()

    assert "A" == writing.result
    queue.close()
    assert ["a", "b", "c"] == gate.items
    assert 2 == len(waiting)


def test_a_future_that_is_cancelled_in_time_is_not_written():
    """
    One that waits can be cancelled, and whoever waits for it is told; one that runs cannot.
    """
    gate = Gate()
    queue = queue_of(gate)
    running = queue.submit("a")
    assert gate.begun.wait(SECONDS_MAX)
    waiting = [queue.submit(item) for item in "bcd"]

    assert [False, True, True] == [future.cancel() for future in (running, *waiting[:2])]
    gate.open()
    assert {*waiting} == wait(waiting, SECONDS_MAX).done
    assert "D" == waiting[2].result()
    with pytest.raises(CancelledError):
        waiting[0].result()
    queue.close()
    assert [["a"], ["d"]] == gate.batches


def test_a_queue_of_cancelled_futures_alone_writes_nothing():
    """
    Nothing is written for them, and the queue is empty and goes on.
    """
    gate = Gate()
    queue = queue_of(gate)
    caller = called(queue, "a")
    cancelled = [queue.submit(item) for item in "bc"]
    assert all(future.cancel() for future in cancelled)
    gate.open()

    assert "A" == caller.result
    assert {*cancelled} == wait(cancelled, SECONDS_MAX).done
    until(lambda: queue.waiting == 0)
    assert "D" == queue.submit("d").result(SECONDS_MAX)
    queue.close()
    assert [["a"], ["d"]] == gate.batches


@pytest.mark.parametrize("item", ["bad", "breaks"])
def test_an_error_is_freed_with_its_last_reader(item: str):
    """
    A call that raises leaves nothing behind that only a collection of garbage would find.
    """
    queue = queue_of(Gate(opened=True))
    gc.disable()
    try:
        with pytest.raises(LedgerError) as caught:
            queue.call(item)
        error = weakref.ref(caught.value)
        del caught
        assert error() is None
    finally:
        gc.enable()


def outcomes_of(batch: list[str]) -> dict[str, str]:
    """
    Return what becomes of each item of a batch.
    """
    broken = next((item for item in batch if item.startswith("breaks")), None)
    decided = batch[: batch.index(broken)] if broken else batch
    outcomes = dict.fromkeys(batch, str(broken))
    return outcomes | {item: item if item[:3] == "bad" else item.upper() for item in decided}


KINDS = st.sampled_from(["well", "well", "alone", "bad", "breaks"])
SCRIPTS = st.lists(st.lists(st.tuples(st.booleans(), KINDS), max_size=8), min_size=1, max_size=5)


@settings(max_examples=60)
@given(scripts=SCRIPTS, batch_max=st.integers(1, 5))
def test_every_item_is_written_once_whoever_comes_when(
    scripts: list[list[tuple[bool, str]]], batch_max: int
):
    """
    However calls and submissions of several threads meet, each item is in one batch, behind what
    its thread gave before, and its outcome is the one that it had there.
    """
    gate = Gate(opened=True)
    queue = queue_of(gate, batch_max=batch_max)
    together = threading.Barrier(len(scripts))
    told: dict[str, str] = {}

    def perform(thread: int) -> None:
        together.wait(SECONDS_MAX)
        futures = []
        for number, (waits, kind) in enumerate(scripts[thread]):
            item = f"{kind} {thread} {number}"
            if waits:
                try:
                    told[item] = queue.call(item)
                except LedgerError as error:
                    told[item] = str(error)
            else:
                futures.append((item, queue.submit(item)))
        for item, future in futures:
            failure = future.exception(SECONDS_MAX)
            told[item] = str(failure) if failure else future.result()

    callers = [Caller(partial(perform, thread)) for thread in range(len(scripts))]
    assert [None] * len(scripts) == [caller.error for caller in callers]
    queue.close()

    given_items = [
        [f"{kind} {thread} {number}" for number, (_, kind) in enumerate(script)]
        for thread, script in enumerate(scripts)
    ]
    expected = [outcomes_of(batch) for batch in gate.batches]
    assert told == {item: outcome for batch in expected for item, outcome in batch.items()}
    assert sum(map(len, scripts)) == len(told) == len(gate.items)
    for thread, items in enumerate(given_items):
        assert items == [item for item in gate.items if item.split()[1] == str(thread)]
    for batch in gate.batches:
        assert len(batch) == 1 or len(batch) <= batch_max
        assert len(batch) == 1 or not any(item.startswith("alone") for item in batch)
