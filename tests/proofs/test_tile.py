"""
Tiles are C2SP's: their paths, their widths, and that every proof can be made from them alone.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed, Tampered
from ledger.proofs.consistency import consistency_proof
from ledger.proofs.inclusion import frontier_at, inclusion_proof
from ledger.proofs.spelling import COUNT_MAX
from ledger.proofs.tile import (
    LEVEL_MAX,
    TILE_WIDTH,
    Tile,
    encode_entries,
    entries_path,
    parse_entries,
    parse_entries_path,
    parse_tile,
    parse_tile_path,
    subtrees_of,
    tile_path,
    tiles_of,
    width_at,
)
from ledger.proofs.tree import extend_many, root_hash
from tests import strategies
from tests.proofs.definition import LEAVES, RECORDS, defined_hash, subtrees

LARGE = 70_000
LARGE_LEAVES = [number.to_bytes(32, "big") for number in range(LARGE)]


def levels_of(leaves: list[bytes]) -> list[list[bytes]]:
    """
    Return the hashes of each level of tiles.
    """
    levels = [leaves]
    while len(levels[-1]) >= TILE_WIDTH:
        below = levels[-1]
        full = range(0, len(below) - TILE_WIDTH + 1, TILE_WIDTH)
        levels.append(
            [root_hash(extend_many((), 0, below[start : start + TILE_WIDTH])) for start in full]
        )
    return levels


class Tiles:
    """
    The tiles of a log, and which of them were read.
    """

    def __init__(self, leaves: list[bytes]) -> None:
        self.levels = levels_of(leaves)
        self.read: list[Tile] = []

    def __call__(self, tile: Tile) -> bytes:
        """
        Return the hashes of a tile.
        """
        self.read.append(tile)
        start = tile.index * TILE_WIDTH
        return b"".join(self.levels[tile.level][start : start + tile.width])


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 5, 17), "tile/1/005.p/17"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(2, 1000, 255), "tile/2/x001/000.p/255"),
        (Tile(LEVEL_MAX, 0, 1), f"tile/{LEVEL_MAX}/000.p/1"),
    ],
)
def test_a_tile_is_served_at_its_prescribed_path(tile: Tile, path: str) -> None:
    """
    Indices stand in groups of three digits, all but the last behind an x; a width behind ``.p``.
    """
    assert path == tile_path(tile)
    assert tile == parse_tile_path(path)


@given(strategies.of(Tile))
def test_a_path_is_read_as_it_is_written(tile: Tile) -> None:
    """
    Any tile, and any bundle of entries, is found again by its path.
    """
    assert tile == parse_tile_path(tile_path(tile))
    if tile.level == 0:
        assert tile == parse_entries_path(entries_path(tile))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/+1/000",
        "tile/8/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/0/x1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/0/\uff10\uff10\uff10",
        "tile/entries/000",
        f"tile/0/{'x999/' * 12}999",
    ],
)
def test_a_path_has_one_spelling(path: str) -> None:
    """
    Leading zeros, missing zeros, widths of no tile and levels of no log are refused.
    """
    with pytest.raises(Malformed):
        parse_tile_path(path)


def test_entries_are_served_beside_their_tile() -> None:
    """
    The entries below a tile of leaves have its index and width under another name.
    """
    assert "tile/entries/x001/234.p/56" == entries_path(Tile(0, 1234, 56))
    for path in ("tile/0/000", "tile/01/234.p/56", "tile/1/000", "tile/entries/000.p/256"):
        with pytest.raises(Malformed):
            parse_entries_path(path)


@pytest.mark.parametrize(
    ("level", "index", "width"),
    [(-1, 0, 1), (8, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 2**55, 1), (7, 0, 128)],
)
def test_a_tile_that_no_log_has_is_not_made(level: int, index: int, width: int) -> None:
    """
    A tile over more entries than can be counted is none.
    """
    with pytest.raises(Malformed, match="no log has"):
        Tile(level, index, width)


def test_the_largest_log_has_a_tile_at_every_level() -> None:
    """
    The widths of the last tiles of the largest log are those of its size.
    """
    widths = [width_at(level, 0, COUNT_MAX) for level in range(LEVEL_MAX + 2)]

    assert [TILE_WIDTH] * LEVEL_MAX + [127, 0] == widths


def test_a_log_of_seventy_thousand_has_the_prescribed_tiles() -> None:
    """
    273 full tiles of leaves and one of 112, one full tile above and one of 17, and one of 1.
    """
    tiles = list(tiles_of(LARGE))

    assert 277 == len(tiles)
    assert [Tile(0, index) for index in range(273)] == tiles[:273]
    assert [Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)] == tiles[273:]
    assert [Tile(0, 0), Tile(1, 0, 1)] == list(tiles_of(256))
    assert [] == list(tiles_of(0))


def test_small_proofs_follow_from_tiles() -> None:
    """
    Proofs from the tiles of 300 entries are those from the tree, for every entry and every growth.
    """
    read = Tiles(list(LEAVES))
    for size in (1, 255, 256, 257, 300):
        found = subtrees_of(read, size)
        for index in range(size):
            assert inclusion_proof(index, size, subtrees) == inclusion_proof(index, size, found)
            assert consistency_proof(index, size, subtrees) == consistency_proof(index, size, found)
        assert extend_many((), 0, LEAVES[:size]) == frontier_at(size, found)
    assert set(read.read) <= {tile for size in (1, 255, 256, 257, 300) for tile in tiles_of(size)}


def test_large_proofs_read_few_tiles() -> None:
    """
    In a log of 70,000 entries a proof follows from at most seven tiles, each read once.
    """
    read = Tiles(LARGE_LEAVES)
    root = root_hash(extend_many((), 0, LARGE_LEAVES))
    for index in (0, 65_535, 65_536, 69_888, 69_999):
        read.read.clear()
        found = subtrees_of(read, LARGE)
        proof = inclusion_proof(index, LARGE, found)
        assert len(read.read) <= 7
        assert len(read.read) == len(set(read.read))
        assert root == root_hash(frontier_at(LARGE, found))
        assert 17 >= len(proof)


@pytest.mark.parametrize("octets", [b"", bytes(31), bytes(33), bytes(32 * 112 + 1), bytes(8192)])
def test_a_tile_of_another_width_is_refused(octets: bytes) -> None:
    """
    A tile is as long as the log's size says, or it is not used.
    """
    with pytest.raises(Tampered, match=r"tile/0/000.p/112"):
        parse_tile(octets, Tile(0, 0, 112))
    with pytest.raises(Tampered):
        inclusion_proof(5, 112, subtrees_of(lambda _: octets, 112))


@given(st.lists(st.binary(max_size=40) | st.just(bytes(65_535)), max_size=8))
def test_a_bundle_is_read_as_it_is_written(bodies: list[bytes]) -> None:
    """
    Entries of any length that a bundle can hold are read back.
    """
    assert tuple(bodies) == parse_entries(encode_entries(bodies))


def test_a_bundle_has_the_prescribed_bytes() -> None:
    """
    Each entry stands behind its length in two bytes, and its hash is the leaf's.
    """
    assert b"\x00\x06leaf 0\x00\x06leaf 1" == encode_entries(RECORDS[:2])
    assert defined_hash(0, 1) == LEAVES[0]


@pytest.mark.parametrize(
    "octets", [b"\x00", b"\x00\x01", b"\x00\x01xx", b"\x00\x02x", b"\x00\x00" * 257]
)
def test_a_bundle_that_was_cut_off_is_refused(octets: bytes) -> None:
    """
    A length without its entry, or more entries than a tile has hashes, is no bundle.
    """
    with pytest.raises(Malformed, match="does not fit"):
        parse_entries(octets)


@pytest.mark.parametrize("bodies", [[bytes(65_536)], [b""] * 257])
def test_what_no_bundle_can_hold_is_refused(bodies: list[bytes]) -> None:
    """
    An entry that is too long is not cut off, and a bundle has 256 entries at most.
    """
    with pytest.raises(Malformed, match="are no bundle"):
        encode_entries(bodies)
