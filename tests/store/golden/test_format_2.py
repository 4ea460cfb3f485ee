"""
A ledger that was stored in format 2 opens for ever.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.store.schema import INDEXES, create_indexes
from tests.store.golden import make_format_2
from tests.store.golden.test_format_1 import governed, tables


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """
    Return the path of a copy of the stored ledger of format 2.
    """
    return Path(shutil.copy(make_format_2.DATABASE, tmp_path / "ledger.db"))


@pytest.fixture
def ledger(copied: Path) -> Iterator[Ledger]:
    """
    Return the stored ledger of format 2, opened by today's code.
    """
    with Ledger.open(f"sqlite:///{copied}", create=False) as opened:
        yield opened


def test_what_is_stored_is_one_small_file():
    """
    Nothing stands beside it that would be needed to read it.
    """
    stored = make_format_2.DATABASE

    assert stored.stat().st_size < 150_000
    assert [stored] == sorted(stored.parent.glob(f"{stored.name}*"))


def test_a_stored_ledger_answers_what_it_answered(ledger: Ledger):
    """
    Its format, size and root, and what it says of every account.
    """
    expected = json.loads(make_format_2.ANSWERS.read_text("utf-8"))

    assert 2 == expected["format"]
    assert expected == json.loads(json.dumps(make_format_2.answers(ledger)))


def test_what_is_derived_is_made_again_with_the_same_bytes(ledger: Ledger, copied: Path):
    """
    Dropped and rebuilt from the stored entries, no table differs in a single row.
    """
    before = tables(copied)

    assert "snapshots" in before
    assert not any(difference.differed for difference in ledger.rebuild())
    assert before == tables(copied)


def test_its_indexes_are_those_that_are_asked_for(copied: Path):
    """
    What an index is ordered by is a part of the format: one of another order would not be searched.
    """
    with closing(sqlite3.connect(copied)) as connection:
        stored = {
            statement
            for (statement,) in connection.execute("SELECT sql FROM sqlite_master")
            if statement and statement.startswith("CREATE INDEX")
        }

    assert {each for table in INDEXES for each in create_indexes(table, 2)} == stored


def test_a_stored_ledger_goes_on(ledger: Ledger):
    """
    Today's code appends to it all that it can record, and leaves what is on record as it is.
    """
    before = [entry.body for entry in ledger.entries()]

    governed(ledger)

    assert before == [entry.body for entry in ledger.entries()][: len(before)]
    assert not any(difference.differed for difference in ledger.rebuild())
