"""
What format 3 brought: full tiles, and that older ledgers become ones of format 3.
"""

import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from ledger import Ledger
from ledger.proofs.tree import extend_many, root_hash
from ledger.store.schema import FORMAT
from tests.store.golden import make_format_1, make_format_1_schema_2, make_format_2, make_format_3
from tests.store.golden.test_format_1 import governed, tables

OLDER = [make_format_1, make_format_1_schema_2, make_format_2]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """
    Return the path of a copy of the stored ledger of format 3.
    """
    return Path(shutil.copy(make_format_3.DATABASE, tmp_path / "ledger.db"))


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
