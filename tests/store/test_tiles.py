"""
Tiles hold the tree of a log, each full one since the transaction that filled it; what is missing is
worked out from what is below.
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger, Tampered
from ledger.proofs.inclusion import frontier_at
from ledger.proofs.tile import TILE_WIDTH, Tile
from ledger.proofs.tree import extend_many, root_hash
from ledger.store.database import Connection, Database, Row
from ledger.store.schema import FORMAT, SINCE
from ledger.store.tiles import Growth, Tiles, fill, filled, tile_root
from tests.conftest import enrol_staff
from tests.store.conftest import on

SIZE = 300
OLDER = SINCE["tiles"] - 1
LEAVES = [number.to_bytes(32, "big") for number in range(TILE_WIDTH**2 + 600)]
ON_EACH_ENGINE = on("sqlite", "postgres", logs=1)


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    """
    Return a ledger whose first tile is full and whose second has 44 leaves.
    """
    write_until(enrol_staff(ledger), SIZE)
    return ledger


def write_until(ledger: Ledger, size: int) -> None:
    """
    Record notes, some in a transaction, until there are *size* entries.
    """
    note = {"command": "note", "account": "noted", "text": "seen", "by": "op-7"}
    while missing := size - ledger.status().entries:
        ledger.record_many([note] * min(missing, 7))


def rows(database: Database) -> list[Row]:
    """
    Return the tiles that are written.
    """
    with database.reading() as connection:
        found = connection.execute(
            "SELECT log, level, n, root, hashes FROM tiles ORDER BY level, n"
        )
        return [tuple(row) for row in found]


def root_at(connection: Connection, size: int, format_: int = FORMAT) -> bytes:
    """
    Return the root hash of the first *size* entries as a ledger of *format_* finds it.
    """
    return root_hash(frontier_at(size, Tiles(connection, 0, format_).subtrees(size)))


def leaves_of(database: Database) -> list[bytes]:
    """
    Return the leaf hashes of log 0.
    """
    with database.reading() as connection:
        found = connection.execute("SELECT leaf FROM entries WHERE log = 0 ORDER BY position")
        return [leaf for (leaf,) in found]


@ON_EACH_ENGINE
def test_a_full_tile_is_written_with_its_last_entry(ledger: Ledger, database: Database):
    """
    It holds the leaf hashes of its entries and their root; what is not full is not written.
    """
    first = leaves_of(database)[:TILE_WIDTH]
    assert [(0, 0, 0, root_hash(extend_many((), 0, first)), b"".join(first))] == rows(database)

    write_until(ledger, 2 * TILE_WIDTH)

    assert [0, 1] == [row[2] for row in rows(database)]
    assert not any(difference.differed for difference in ledger.rebuild())


@ON_EACH_ENGINE
def test_the_root_of_every_prefix_follows(ledger: Ledger, database: Database):
    """
    Full tiles and leaves give the roots that the leaves alone give; so do ledgers without tiles.
    """
    assert SIZE == ledger.status().entries
    leaves = leaves_of(database)
    with database.reading() as connection:
        for size in (1, 2, 255, 256, 257, 299, SIZE):
            expected = root_hash(extend_many((), 0, leaves[:size]))

            assert expected == root_at(connection, size) == root_at(connection, size, OLDER)


@ON_EACH_ENGINE
def test_what_is_missing_is_worked_out_and_filled(ledger: Ledger, database: Database):
    """
    A tile that was left out costs time, and nothing else; filling it gives the same bytes.
    """
    before = rows(database)
    with database.writing() as connection:
        root = root_at(connection, SIZE)
        connection.execute("DELETE FROM tiles")
        assert root == root_at(connection, SIZE)

    assert [1, 0] == [fill(database, ledger.settings) for _ in range(2)]
    assert before == rows(database)


@ON_EACH_ENGINE
def test_a_copy_has_all_that_saves_time(ledger: Ledger, tmp_path: Path):
    """
    Of a server's ledger too: tiles and snapshots come along, and all of it is verified.
    """
    ledger.backup(tmp_path / "copy.db")

    with Ledger.open(f"sqlite:///{tmp_path / 'copy.db'}", create=False) as copy:
        answer = copy.verify(scrub=True)
    assert () == answer.findings
    assert answer.scrub is not None
    assert (SIZE, 0, 0) == (
        answer.scrub.entries,
        answer.scrub.missing_tiles,
        answer.scrub.missing_snapshots,
    )


@on("sqlite", logs=1)
def test_without_an_entry_there_is_no_tree(ledger: Ledger, database: Database):
    """
    Where an entry is gone no hash is made up: what is read names the position, and no tile is
    written.
    """
    with database.writing() as connection:
        connection.execute("DROP TRIGGER entries_no_delete")
        connection.execute("DELETE FROM entries WHERE position = 7")
        connection.execute("DELETE FROM tiles")

    with database.reading() as connection, pytest.raises(Tampered, match="position 7") as raised:
        root_at(connection, SIZE)
    assert 7 == raised.value.position
    assert 0 == fill(database, ledger.settings)


def test_tiles_of_higher_levels_are_made_of_roots():
    """
    The hashes of a tile at level 1 are the roots of 256 tiles at level 0.
    """
    made = Growth(0).take(LEAVES)

    low, (high,) = ([row for row in made if row[1] == level] for level in (0, 1))
    assert TILE_WIDTH + 2 == len(low)
    assert (0, 1, 0) == high[:3]
    assert high[4] == b"".join(row[3] for row in low[:TILE_WIDTH])
    assert high[3] == root_hash(extend_many((), 0, LEAVES[: TILE_WIDTH**2]))


@given(st.lists(st.integers(1, 3 * TILE_WIDTH), max_size=6))
def test_however_leaves_come_the_tree_is_the_same(parts: list[int]):
    """
    Taken some at a time they give the tiles and the frontier that they give at once; and so does a
    writer, who finds what he goes on with where it is kept.
    """
    growth, made, written = Growth(0), list[Row](), list[Row]()

    def held(level: int, start: int, end: int) -> list[bytes]:
        assert level == 0
        return LEAVES[start:end]

    for part in parts:
        leaves = LEAVES[growth.size : growth.size + part]
        written += filled(0, growth.size, leaves, held)
        made += growth.take(leaves)

    assert growth.size == sum(parts)
    assert made == written == Growth(0).take(LEAVES[: growth.size])
    assert growth.frontier() == extend_many((), 0, LEAVES[: growth.size])


def test_a_writer_leaves_out_what_it_cannot_make():
    """
    Above a tile that is missing none is written; those at its side are.
    """
    size = TILE_WIDTH**2 - 10

    def held(level: int, start: int, end: int) -> list[bytes] | None:
        return None if level else LEAVES[start:end]

    assert [(0, 0, 255)] == [row[:3] for row in filled(0, size, LEAVES[size : size + 20], held)]


def test_the_root_of_a_tile_is_that_of_its_leaves():
    """
    A full tile is a perfect subtree.
    """
    assert tile_root(LEAVES[:TILE_WIDTH]) == root_hash(extend_many((), 0, LEAVES[:TILE_WIDTH]))
    assert Tile(0, 0).leaves_end == TILE_WIDTH
