"""
Several processes on one ledger, and several ledgers in one process.
"""

import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from ledger import Ledger, Refused
from tests.conftest import ACCOUNT, HandSetClock, action_command, take_action
from tests.store.conftest import on
from tests.store.recording_process import CONTESTED, THREADS, contests
from tests.store.test_evidence import naive_root

# Seconds; what takes longer is a deadlock.
PATIENCE_SECONDS = 120
SLOTS = 8


def at_once(url: str, task: str, names: list[str], count: int) -> dict[str, list[str]]:
    """
    Let processes do *task* at the same moment, and return what each of them said, by name.
    """
    command = [sys.executable, "-m", "tests.store.recording_process", url, task]
    started = {
        name: subprocess.Popen(
            [*command, name, str(count)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    }
    for process in started.values():
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
    said = {}
    for process in started.values():
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for name, process in started.items():
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        said[name] = output.splitlines()
        assert 0 == process.returncode
    return said


def assert_whole(ledger: Ledger) -> None:
    """
    Assert that positions and versions have no gaps, and that what is derived fits the entries.
    """
    positions, versions, bodies = defaultdict(list), defaultdict(list), defaultdict(list)
    for entry in ledger.entries():
        positions[entry.log].append(entry.position)
        versions[entry.stream].append(entry.version)
        bodies[entry.log].append(entry.body)
    for counted in (*positions.values(), *versions.values()):
        assert [*range(1, len(counted) + 1)] == counted
    roots = {log.log: log.root for log in ledger.status().logs if log.size}
    assert {log: naive_root(held) for log, held in bodies.items()} == roots
    assert not any(difference.differed for difference in ledger.rebuild())


@on("sqlite", "postgres")
def test_two_processes_writing_at_once_lose_nothing(shared: Ledger, ledger_url: str):
    """
    Each acknowledged action of either is stored once, in order; neither fails or waits for ever.
    """
    before = shared.status().entries
    said = at_once(ledger_url, "strikes", ["first", "second"], 300)

    acknowledged = [name for names in said.values() for name in names]
    assert 600 == len(set(acknowledged))
    assert before + 600 == shared.status().entries
    recorded = [known.action for known in shared.restrictions(measure="issue_strike")]
    assert sorted(acknowledged) == sorted(recorded)
    assert_whole(shared)


@on("sqlite", "postgres")
def test_of_two_processes_reversing_one_action_the_second_is_told(shared: Ledger, ledger_url: str):
    """
    Each action is reversed once; the other process is refused, with who was first: no conflict.
    """
    shared.record_many(action_command(f"account-{n}", action=f"a-{n}") for n in range(60))
    said = at_once(ledger_url, "reversals", ["op-1", "op-7"], 60)

    outcomes = Counter(
        outcome.split()[0] == "Refused" for lines in said.values() for outcome in lines
    )
    assert {True: 60, False: 60} == outcomes
    for name, first in (("op-1", "op-7"), ("op-7", "op-1")):
        refused = {line for line in said[name] if line.startswith("Refused")}
        assert refused <= {f"Refused already-reversed {first}"}
    closers = Counter(known.closed_by for known in shared.restrictions(ended_by="reversal"))
    assert 60 == closers["op-1"] + closers["op-7"]
    assert_whole(shared)


def prepare_contest(ledger: Ledger) -> None:
    """
    Record the restrictions of one account that are to be ended.
    """
    ledger.record_many(
        action_command(CONTESTED, "restrict", scope=f"old-{n}", action=f"a-{n}")
        for n in range(SLOTS)
    )


def assert_one_winner_each(ledger: Ledger, outcomes: list[tuple[str, str]], tries: int) -> None:
    """
    Assert that of all *tries* for a slot and for a reversal one was done, and the others refused.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for about, outcome in outcomes:
        found[about][outcome] += 1
    expected = {f"slot-{n}": {"won": 1, "in-force-already": tries - 1} for n in range(SLOTS)}
    expected |= {f"a-{n}": {"won": 1, "already-reversed": tries - 1} for n in range(SLOTS)}
    assert expected == found
    versions = [entry.version for entry in ledger.entries(account=CONTESTED)]
    assert [*range(1, 3 * SLOTS + 1)] == versions
    in_force = {known.scope for known in ledger.standing(CONTESTED).in_force}
    assert {f"slot-{n}" for n in range(SLOTS)} == in_force
    assert_whole(ledger)


@on("memory", "sqlite", "postgres")
def test_of_32_threads_on_one_account_one_wins_each_race(shared: Ledger):
    """
    Threads that open the same slots and reverse the same actions: each is done once, by one of
    them, and all others are refused; versions are contiguous.
    """
    prepare_contest(shared)
    outcomes = [*contests(shared, "op-7", SLOTS, threads=32)]

    assert_one_winner_each(shared, outcomes, 32)


@on("sqlite", "postgres")
def test_of_4_processes_on_one_account_one_thread_wins_each_race(shared: Ledger, ledger_url: str):
    """
    The same among the threads of four processes.
    """
    prepare_contest(shared)
    shared.enrol_operator("op-9", kind="human")
    said = at_once(ledger_url, "contested", ["op-1", "op-7", "op-9", "comms"], SLOTS)
    told = [line.partition(" ") for lines in said.values() for line in lines]
    outcomes = [(about, outcome) for about, _, outcome in told]

    assert_one_winner_each(shared, outcomes, 4 * THREADS)


@on("sqlite", logs=1)
def test_processes_that_open_an_empty_path_at_once_share_one_ledger(ledger_url: str):
    """
    Whoever comes first makes the ledger; the others find it, and nobody fails.
    """
    names = [f"p{number}" for number in range(5)]
    said = at_once(ledger_url, "openings", names, 3)

    assert {name: [f"{name}-{n}" for n in range(3)] for name in names} == said
    with Ledger.open(ledger_url, create=False) as ledger:
        assert 1 + 15 == ledger.status().entries
        assert 1 == sum(entry.kind == "ledger.opened" for entry in ledger.entries())
        assert_whole(ledger)


@on("sqlite", "postgres")
def test_a_second_reversal_through_another_ledger_is_refused(
    staffed: Ledger, other: Ledger, clock: HandSetClock
):
    """
    What the other one recorded is known before anything is decided: by whom, and when.
    """
    action = take_action(staffed)
    clock.advance(minutes=11)
    other.reverse(action, by="op-7", reason="error")
    with pytest.raises(Refused, match="reversed already") as caught:
        staffed.reverse(action, by="op-1", reason="error")

    assert ("already-reversed", "op-7", "2017-11-02T22:11:00Z") == (
        caught.value.rule,
        caught.value.by,
        caught.value.at_time,
    )


@on("sqlite", "postgres")
def test_a_bar_through_another_ledger_holds_at_once(staffed: Ledger, other: Ledger):
    """
    An operator who was barred elsewhere cannot act here, though he just could.
    """
    take_action(staffed)
    other.bar_operator("op-7", reason="suspected", by="op-1")
    with pytest.raises(Refused) as caught:
        take_action(staffed, "another")

    assert "authority" == caught.value.rule
    other.unbar_operator("op-7", reason="cleared", by="op-1")
    take_action(staffed, "another")


@on("sqlite", "postgres")
def test_two_ledgers_in_turns_write_one_history(
    staffed: Ledger, other: Ledger, clock: HandSetClock
):
    """
    Versions are contiguous and slots respected whoever of the two wrote last.
    """
    for number in range(12):
        writer, reader = (staffed, other) if number % 2 else (other, staffed)
        action = take_action(writer, request_id=f"q-{number}")
        assert action == take_action(reader, request_id=f"q-{number}")
        with pytest.raises(Refused, match="in force"):
            take_action(reader)
        clock.advance(minutes=1)
        reader.reverse(action, by="op-1", reason="error")
        assert "active" == writer.standing(ACCOUNT).standing

    assert [*range(1, 25)] == [entry.version for entry in staffed.entries(account=ACCOUNT)]
    assert_whole(staffed)
