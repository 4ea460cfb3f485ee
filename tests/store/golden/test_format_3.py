"""
A ledger that was stored in format 3 opens for ever, and older ones become ones of format 3.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from ledger import Ledger
from ledger.proofs.tree import extend_many, root_hash
from ledger.store.schema import FORMAT, INDEXES, create_indexes
from tests.store.golden import make_format_1, make_format_1_schema_2, make_format_2, make_format_3
from tests.store.golden.test_format_1 import governed, tables

OLDER = [make_format_1, make_format_1_schema_2, make_format_2]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """
    Return the path of a copy of the stored ledger of format 3.
    """
    return Path(shutil.copy(make_format_3.DATABASE, tmp_path / "ledger.db"))


@pytest.fixture
def ledger(copied: Path) -> Iterator[Ledger]:
    """
    Return the stored ledger of format 3, opened by today's code.
    """
    with Ledger.open(f"sqlite:///{copied}", create=False) as opened:
        yield opened


def test_what_is_stored_is_one_small_file():
    """
    Nothing stands beside it that would be needed to read it.
    """
    stored = make_format_3.DATABASE

    assert stored.stat().st_size < 400_000
    assert [stored] == sorted(stored.parent.glob(f"{stored.name}*"))


def test_a_stored_ledger_answers_what_it_answered(ledger: Ledger):
    """
    Its format, size and root, and what it says of every account.
    """
    expected = json.loads(make_format_3.ANSWERS.read_text("utf-8"))

    assert 3 == expected["format"]
    assert expected == json.loads(json.dumps(make_format_3.answers(ledger)))


def test_its_tile_is_that_of_its_first_entries(copied: Path):
    """
    A tile is a row of 256 hashes, the leaves' at level 0, and their root.
    """
    stored = tables(copied)
    leaves = [row[9] for row in sorted(stored["entries"], key=lambda row: int(str(row[1])))]
    first = [leaf for leaf in leaves[:256] if isinstance(leaf, bytes)]

    ((*place, root, hashes),) = stored["tiles"]
    assert [0, 0, 0] == place
    assert hashes == b"".join(first)
    assert root == root_hash(extend_many((), 0, first))
    assert [] == stored["sealed"]


def test_what_is_derived_is_made_again_with_the_same_bytes(ledger: Ledger, copied: Path):
    """
    Dropped and rebuilt from the stored entries, no table differs in a single row.
    """
    before = tables(copied)

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

    assert {each for table in INDEXES for each in create_indexes(table, 3)} == stored


def test_a_stored_ledger_goes_on(ledger: Ledger):
    """
    Today's code appends to it all that it can record, and leaves what is on record as it is.
    """
    before = [entry.body for entry in ledger.entries()]

    governed(ledger)

    assert before == [entry.body for entry in ledger.entries()][: len(before)]
    assert not any(difference.differed for difference in ledger.rebuild())


@pytest.mark.parametrize("make", OLDER, ids=lambda make: make.DATABASE.stem)
def test_a_stored_ledger_of_an_older_format_becomes_one_of_format_3(
    make: ModuleType, tmp_path: Path
):
    """
    Migrated it answers as it did, but for its format; every row of every table is what it was, but
    for the number in the settings; and it goes on.
    """
    path = Path(shutil.copy(make.DATABASE, tmp_path / "ledger.db"))
    before = tables(path)
    with Ledger.open(f"sqlite:///{path}", create=False) as opened:
        assert opened.migrate().was_due
        after = tables(path)
        answered = json.loads(json.dumps(make.answers(opened)))
        governed(opened)

    settings = [
        (name, str(FORMAT)) if name == "format" else (name, value)
        for name, value in before["settings"]
    ]
    made: dict[str, list[tuple[object, ...]]] = {"snapshots": [], "tiles": [], "sealed": []}
    assert {**made, **before, "settings": settings} == after
    assert json.loads(make.ANSWERS.read_text("utf-8")) | {"format": FORMAT} == answered
