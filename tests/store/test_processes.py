"""
Several processes on one file, and several ledgers in one process.
"""

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger, Refused
from tests.conftest import ACCOUNT, HandSetClock, action_command, enrol_staff, take_action
from tests.store.test_evidence import naive_root

# Seconds; what takes longer is a deadlock.
PATIENCE_SECONDS = 60


def at_once(path: Path, task: str, names: list[str], count: int) -> dict[str, list[str]]:
    """
    Let processes do *task* at the same moment, and return what each of them said, by name.
    """
    command = [sys.executable, "-m", "tests.store.recording_process", f"sqlite:///{path}", task]
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


@pytest.mark.parametrize("logs", [1, 256])
def test_two_processes_writing_at_once_lose_nothing(ledger_path: Path, logs: int):
    """
    Each acknowledged action of either is stored once, in order; neither fails or waits for ever.
    """
    with Ledger.create(f"sqlite:///{ledger_path}", logs=logs) as ledger:
        enrol_staff(ledger)
        before = ledger.status().entries
        said = at_once(ledger_path, "strikes", ["first", "second"], 300)

        acknowledged = [name for names in said.values() for name in names]
        assert 600 == len(set(acknowledged))
        assert before + 600 == ledger.status().entries
        recorded = [known.action for known in ledger.restrictions(measure="issue_strike")]
        assert sorted(acknowledged) == sorted(recorded)
        assert_whole(ledger)


def test_of_two_processes_reversing_one_action_the_second_is_told(ledger_path: Path):
    """
    Each action is reversed once; the other process is refused, with who was first: no conflict.
    """
    with Ledger.create(f"sqlite:///{ledger_path}") as ledger:
        enrol_staff(ledger)
        ledger.record_many(action_command(f"account-{n}", action=f"a-{n}") for n in range(60))
        said = at_once(ledger_path, "reversals", ["op-1", "op-7"], 60)

        outcomes = Counter(
            outcome.split()[0] == "Refused" for lines in said.values() for outcome in lines
        )
        assert {True: 60, False: 60} == outcomes
        for name, other in (("op-1", "op-7"), ("op-7", "op-1")):
            refused = {line for line in said[name] if line.startswith("Refused")}
            assert refused <= {f"Refused already-reversed {other}"}
        closers = Counter(known.closed_by for known in ledger.restrictions(ended_by="reversal"))
        assert 60 == closers["op-1"] + closers["op-7"]
        assert_whole(ledger)


def test_processes_that_open_an_empty_path_at_once_share_one_ledger(ledger_path: Path):
    """
    Whoever comes first makes the ledger; the others find it, and nobody fails.
    """
    names = [f"p{number}" for number in range(5)]
    said = at_once(ledger_path, "openings", names, 3)

    assert {name: [f"{name}-{n}" for n in range(3)] for name in names} == said
    with Ledger.open(f"sqlite:///{ledger_path}", create=False) as ledger:
        assert 1 + 15 == ledger.status().entries
        assert 1 == sum(entry.kind == "ledger.opened" for entry in ledger.entries())
        assert_whole(ledger)


@pytest.fixture
def other(file_ledger: Ledger, ledger_path: Path, clock: HandSetClock) -> Iterator[Ledger]:
    """
    Return a second ledger on the file of `file_ledger`, which has looked at it already.
    """
    with Ledger.open(f"sqlite:///{ledger_path}", clock=clock) as opened:
        assert file_ledger.settings == opened.settings
        opened.note(ACCOUNT, "a word", by="op-7")
        yield opened


def test_a_second_reversal_through_another_ledger_is_refused(
    file_ledger: Ledger, other: Ledger, clock: HandSetClock
):
    """
    What the other one recorded is known before anything is decided: by whom, and when.
    """
    action = take_action(file_ledger)
    clock.advance(minutes=11)
    other.reverse(action, by="op-7", reason="error")
    with pytest.raises(Refused, match="reversed already") as caught:
        file_ledger.reverse(action, by="op-1", reason="error")

    assert ("already-reversed", "op-7", "2017-11-02T22:11:00Z") == (
        caught.value.rule,
        caught.value.by,
        caught.value.at_time,
    )


def test_a_bar_through_another_ledger_holds_at_once(file_ledger: Ledger, other: Ledger):
    """
    An operator who was barred elsewhere cannot act here, though he just could.
    """
    take_action(file_ledger)
    other.bar_operator("op-7", reason="suspected", by="op-1")
    with pytest.raises(Refused) as caught:
        take_action(file_ledger, "another")

    assert "authority" == caught.value.rule
    other.unbar_operator("op-7", reason="cleared", by="op-1")
    take_action(file_ledger, "another")


def test_two_ledgers_in_turns_write_one_history(
    file_ledger: Ledger, other: Ledger, clock: HandSetClock
):
    """
    Versions are contiguous and slots respected whoever of the two wrote last.
    """
    for number in range(12):
        writer, reader = (file_ledger, other) if number % 2 else (other, file_ledger)
        action = take_action(writer, request_id=f"q-{number}")
        assert action == take_action(reader, request_id=f"q-{number}")
        with pytest.raises(Refused, match="in force"):
            take_action(reader)
        clock.advance(minutes=1)
        reader.reverse(action, by="op-1", reason="error")
        assert "active" == writer.standing(ACCOUNT).standing

    assert [*range(1, 26)] == [entry.version for entry in file_ledger.entries(account=ACCOUNT)]
    assert_whole(file_ledger)
