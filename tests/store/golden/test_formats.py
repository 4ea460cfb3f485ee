"""
A ledger that was stored in format 2 or 3 opens for ever.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import attrs
import pytest

from ledger import Ledger
from ledger.store.schema import INDEXES, create_indexes
from tests.store.golden import make_format_2, make_format_3
from tests.store.golden.test_format_1 import governed, tables


@attrs.frozen
class Stored:
    """
    A stored ledger: the module that made it, its format, how large it is at most, and the table
    that its format brought.
    """

    made: ModuleType
    format: int
    octets_max: int
    brought: str


@pytest.fixture(
    params=[
        Stored(make_format_2, 2, 150_000, "snapshots"),
        Stored(make_format_3, 3, 400_000, "tiles"),
    ],
    ids=lambda stored: f"format-{stored.format}",
)
def stored(request: pytest.FixtureRequest) -> Stored:
    """
    Return each stored ledger in turn.
    """
    given: Stored = request.param
    return given


@pytest.fixture
def copied(stored: Stored, tmp_path: Path) -> Path:
    """
    Return the path of a copy of the stored ledger.
    """
    return Path(shutil.copy(stored.made.DATABASE, tmp_path / "ledger.db"))


@pytest.fixture
def ledger(copied: Path) -> Iterator[Ledger]:
    """
    Return the stored ledger, opened by today's code.
    """
    with Ledger.open(f"sqlite:///{copied}", create=False) as opened:
        yield opened


def test_what_is_stored_is_one_small_file(stored: Stored):
    """
    Nothing stands beside it that would be needed to read it.
    """
    database: Path = stored.made.DATABASE

    assert database.stat().st_size < stored.octets_max
    assert [database] == sorted(database.parent.glob(f"{database.name}*"))


def test_a_stored_ledger_answers_what_it_answered(ledger: Ledger, stored: Stored):
    """
    Its format, size and root, and what it says of every account.
    """
    expected = json.loads(stored.made.ANSWERS.read_text("utf-8"))

    assert stored.format == expected["format"]
    assert expected == json.loads(json.dumps(stored.made.answers(ledger)))


def test_what_is_derived_is_made_again_with_the_same_bytes(
    ledger: Ledger, copied: Path, stored: Stored
):
    """
    Dropped and rebuilt from the stored entries, no table differs in a single row.
    """
    before = tables(copied)

    assert stored.brought in before
    assert not any(difference.differed for difference in ledger.rebuild())
    assert before == tables(copied)


def test_its_indexes_are_those_that_are_asked_for(copied: Path, stored: Stored):
    """
    What an index is ordered by is a part of the format: one of another order would not be searched.
    """
    with closing(sqlite3.connect(copied)) as connection:
        found = {
            statement
            for (statement,) in connection.execute("SELECT sql FROM sqlite_master")
            if statement and statement.startswith("CREATE INDEX")
        }

    assert {each for table in INDEXES for each in create_indexes(table, stored.format)} == found


def test_a_stored_ledger_goes_on(ledger: Ledger):
    """
    Today's code appends to it all that it can record, and leaves what is on record as it is.
    """
    before = [entry.body for entry in ledger.entries()]

    governed(ledger)

    assert before == [entry.body for entry in ledger.entries()][: len(before)]
    assert not any(difference.differed for difference in ledger.rebuild())
