"""
The disk that the power cuts are cut on: it keeps what was synced, and nothing else for certain.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from ledger import Ledger
from tests.crash.disk import Link, Said, Step, Sync, SyncFolder, Truncate, Write, after_cut
from tests.crash.place import Place
from tests.crash.powercut import record

MADE: list[Step] = [Link("a", 1), SyncFolder()]
CUTS = 60


def left(steps: Sequence[Step]) -> set[tuple[tuple[str, bytes], ...]]:
    """
    Return all that many cuts after *steps* left.
    """
    return {tuple(sorted(after_cut(steps, random.Random(seed)).items())) for seed in range(CUTS)}


def test_what_was_synced_is_there():
    """
    In the order in which it was written, and whatever comes after it is not certain.
    """
    synced: list[Step] = [Write(1, b"one", 0), Write(1, b"x", 1), Truncate(1, 2), Sync(1)]

    assert {(("a", b"ox"),)} == left([*MADE, *synced])
    assert {(("a", b"ox"),), (("a", b"zx"),)} == left([*MADE, *synced, Write(1, b"z", 0)])


def test_a_sync_of_one_file_is_none_of_another():
    """
    The other one's bytes are there or not.
    """
    steps = [*MADE, Link("b", 2), SyncFolder(), Write(1, b"1", 0), Write(2, b"2", 0), Sync(2)]

    assert {(("a", b""), ("b", b"2")), (("a", b"1"), ("b", b"2"))} == left(steps)


def test_writes_come_in_any_order():
    """
    A later one is there without the earlier one, with zeros where that would be.
    """
    steps = [*MADE, Write(1, b"1", 0), Write(1, b"2", 1)]

    assert {b"", b"1", b"\0" + b"2", b"12"} == {content for ((_, content),) in left(steps)}


def test_a_write_may_be_torn():
    """
    Between sectors, so that only its first ones are there.
    """
    found = {content for ((_, content),) in left([*MADE, Write(1, b"x" * 1024, 0)])}

    assert {b"", b"x" * 512, b"x" * 1024} == found


def test_names_come_and_go_in_their_order():
    """
    A deleted file may be back unless the folder was synced, and a new one without a name.
    """
    written: list[Step] = [Write(1, b"1", 0), Sync(1)]
    deleted = [*MADE, *written, Link("a", None), Link("b", 2)]

    assert {(), (("a", b"1"),), (("b", b""),)} == left(deleted)
    assert {(("b", b""),)} == left([*deleted, SyncFolder()])


@pytest.fixture
def steps() -> list[Step]:
    """
    Return the steps on the disk until a ledger was made and had acknowledged something.
    """
    with Place() as place:
        every = record(place.new_folder(), "FULL", number_of_commands=1)
    return every[: next(at for at, step in enumerate(every) if isinstance(step, Said))]


def test_a_ledger_that_was_being_made_is_made_or_not(steps: list[Step], tmp_path: Path):
    """
    The power may go at any step of it: whoever opens the path afterwards has a ledger to write to.
    """
    for at in range(len(steps)):
        folder = tmp_path / str(at)
        folder.mkdir()
        for name, content in after_cut(steps[:at], random.Random(at)).items():
            (folder / name).write_bytes(content)
        with Ledger.open(f"sqlite:///{folder / 'ledger.db'}") as ledger:
            before = ledger.status().entries
            ledger.enrol_operator("op-1", kind="human")
            assert before + (1 if before else 2) == ledger.status().entries
