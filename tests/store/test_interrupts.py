"""
Interrupts, and errors that are none of the ledger's: nobody is told an id that is not on record,
no transaction stays open, and each caller has an outcome of his own.
"""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger import Conflict, Ledger, Refused
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.rules import RULES, Rule
from ledger.moderation.vocabulary import BUILT_IN
from ledger.store import settings
from ledger.store.settings import Settings
from tests.conftest import HandSetClock, action_command, enrol_staff, take_action
from tests.store.conftest import MAX_SKEW, on
from tests.store.faulty import FaultyDatabase

# When op-417 has left.
LEFT = "2017-11-02T23:30:00Z"
# Holds the write lock of the file that it is told for a second and a half.
HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(1.5)
connection.execute("ROLLBACK")
"""


def _check(considered: Any, _asked: object) -> None:
    if considered.account == "bad":
        raise ZeroDivisionError


@pytest.fixture
def faulty(clock: HandSetClock) -> Iterator[tuple[Ledger, FaultyDatabase]]:
    """
    Return a ledger whose service has a rule of its own, with a defect, and its database.
    """
    database, fixed = FaultyDatabase(None), Settings(origin="example.org/log")
    settings.create(database, fixed)
    rulebook = Rulebook(BUILT_IN, {**RULES, "own": Rule("own", _check)})
    ledger = enrol_staff(Ledger(database, fixed, clock, rulebook, MAX_SKEW))
    ledger.adopt_policy({"policy": 1, "safeguards": [{"rule": "own"}]}, by="op-1")
    yield ledger, database
    ledger.close()


def together(ledger: Ledger, database: FaultyDatabase, *accounts: str) -> dict[str, Future[str]]:
    """
    Submit acts on *accounts* while a transaction is held up, so that they share the next one.
    """
    database.gate.clear()
    database.waiting.clear()
    first = ledger.submit(action_command("first", "warn"))
    assert database.waiting.wait(60)
    futures = {account: ledger.submit(action_command(account, "warn")) for account in accounts}
    database.gate.set()
    first.result(60)
    return futures


def on_record(ledger: Ledger) -> set[str]:
    """
    Return the accounts that something was recorded on.
    """
    return {entry.stream.partition("/")[2] for entry in ledger.entries()}


def test_an_interrupt_while_rows_are_written_acknowledges_nothing(
    faulty: tuple[Ledger, FaultyDatabase],
):
    """
    What was rolled back is told to nobody as recorded; the ledger goes on.
    """
    ledger, database = faulty
    database.during = [None, KeyboardInterrupt()]
    futures = together(ledger, database, "a", "b", "c")

    assert [KeyboardInterrupt] * 3 == [type(each.exception(60)) for each in futures.values()]
    assert not on_record(ledger) & {"a", "b", "c"}
    take_action(ledger, "a")
    assert not any(difference.differed for difference in ledger.rebuild())


def test_a_defect_of_a_rule_is_the_outcome_of_the_one_that_met_it(
    faulty: tuple[Ledger, FaultyDatabase],
):
    """
    The others of its transaction are recorded.
    """
    ledger, database = faulty
    futures = together(ledger, database, "good-1", "bad", "good-2")

    assert isinstance(futures["bad"].exception(60), ZeroDivisionError)
    assert all(futures[name].result(60) for name in ("good-1", "good-2"))
    assert {"good-1", "good-2"} == on_record(ledger) & {"good-1", "bad", "good-2"}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer to interrupt by")
def test_an_interrupt_while_the_lock_is_waited_for_leaves_no_transaction(tmp_path: Path):
    """
    It comes when the transaction has just begun: that is rolled back, and this process and others
    write on.
    """
    path = tmp_path / "ledger.db"
    with Ledger.open(f"sqlite:///{path}") as ledger:
        enrol_staff(ledger)
        holding = [sys.executable, "-c", HOLDER, str(path)]
        with subprocess.Popen(holding, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline()
            before = signal.signal(signal.SIGALRM, signal.default_int_handler)
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.3)
                with pytest.raises(KeyboardInterrupt):
                    take_action(ledger, "a")
            finally:
                signal.signal(signal.SIGALRM, before)
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        other.close()

        assert "a" not in on_record(ledger)
        take_action(ledger, "a")


@on("sqlite", "postgres")
def test_no_transaction_begins_within_another_one_of_its_thread(
    staffed: Ledger, clock: HandSetClock
):
    """
    What a batch's own source asks of its ledger would end the transaction that it is read in: it is
    told so, and nothing is written by halves.
    """
    clock.advance(minutes=1)
    before = staffed.status().entries

    def commands() -> Iterator[dict[str, object]]:
        for number in range(1200):
            if number == 1100:
                staffed.fence(clock.now - timedelta(seconds=1))
            yield action_command(f"account-{number}", "warn")

    with pytest.raises(Conflict, match="by this very thread"):
        staffed.record_many(commands())

    assert before == staffed.status().entries
    take_action(staffed, "a")
    assert not any(difference.differed for difference in staffed.rebuild())


def test_a_refusal_names_its_command_where_it_is_the_only_one(staffed: Ledger, clock: HandSetClock):
    """
    As it does where there are more; it is recorded either way.
    """
    clock.set(LEFT)
    for others in ([], [action_command("b")]):
        with pytest.raises(Refused) as caught:
            staffed.record_many([action_command("a", by="op-417"), *others])

        assert ("command 1", True) == (caught.value.where, caught.value.recorded)


def test_a_refusal_by_another_ledger_in_a_source_is_raised_as_it_is(
    staffed: Ledger, clock: HandSetClock
):
    """
    It is no refusal of this batch, of which nothing is recorded.
    """
    clock.set(LEFT)
    before = staffed.status().entries
    with Ledger.open("memory:", clock=clock) as another:
        enrol_staff(another)

        def commands() -> Iterator[dict[str, object]]:
            yield action_command("a")
            take_action(another, "x", by="op-417")

        with pytest.raises(Refused, match="op-417") as caught:
            staffed.record_many(commands())

    assert caught.value.recorded
    assert before == staffed.status().entries
