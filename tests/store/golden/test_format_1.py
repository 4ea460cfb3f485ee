"""
A ledger that was stored in format 1 opens for ever, and answers what it answered then.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.moderation.events import KINDS
from tests.store.golden.make_format_1 import ANSWERS, DATABASE, answers

EXPECTED = json.loads(ANSWERS.read_text("utf-8"))


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """
    Return the path of a copy of the stored ledger.
    """
    return Path(shutil.copy(DATABASE, tmp_path / "ledger.db"))


@pytest.fixture
def ledger(stored: Path) -> Iterator[Ledger]:
    """
    Return the stored ledger, opened by today's code.
    """
    with Ledger.open(f"sqlite:///{stored}", create=False) as opened:
        yield opened


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """
    Return every row of every table.
    """
    with closing(sqlite3.connect(path)) as connection:
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in named}  # noqa: S608
    return {name: sorted(found, key=repr) for name, found in rows.items()}


def test_what_is_stored_is_one_small_file():
    """
    Nothing stands beside it that would be needed to read it.
    """
    assert DATABASE.stat().st_size < 100_000
    assert [DATABASE] == sorted(DATABASE.parent.glob(f"{DATABASE.name}*"))


def test_a_stored_ledger_answers_what_it_answered(ledger):
    """
    Size, root, kinds, who, standing, and every restriction as known at every position.
    """
    assert EXPECTED == json.loads(json.dumps(answers(ledger)))


def test_every_kind_that_could_be_recorded_is_stored():
    """
    The stored ledger has an entry of every kind of its format.
    """
    assert 1 == EXPECTED["format"]
    assert set(EXPECTED["kinds"]) <= set(KINDS)
    assert 29 == len(set(EXPECTED["kinds"]))


def test_what_is_derived_is_made_again_with_the_same_bytes(ledger, stored):
    """
    Dropped and rebuilt from the stored entries, no table differs in a single row.
    """
    before = tables(stored)

    ledger.rebuild()

    assert before == tables(stored)


def test_a_stored_ledger_goes_on(ledger):
    """
    Today's code appends to it, and leaves what is on record as it is.
    """
    before = [entry.body for entry in ledger.entries()]

    action = ledger.act(
        "lock", "25073877", by="op-7", because_of="own-initiative", reason="checked again"
    )

    after = list(ledger.entries())
    assert before == [entry.body for entry in after[:-1]]
    assert action == after[-1].event.action
    assert "deactivated" == ledger.standing("25073877", at="2017-11-02T23:02:00Z").standing
