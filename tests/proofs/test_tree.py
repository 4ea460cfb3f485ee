"""
The tree is RFC 6962's: against its definition written out, and against published vectors.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Tampered
from ledger.proofs import (
    EMPTY_ROOT,
    HASH_SIZE,
    decode_frontier,
    encode_frontier,
    extend,
    extend_many,
    node_hash,
    record_hash,
    root_hash,
)

SIZE_MAX = 130
RECORDS = [b"leaf %d" % index for index in range(300)]
LEAVES = [record_hash(record) for record in RECORDS]

# The reference records of Certificate Transparency and their root hashes after 1, 2, … 8 of them.
# Source: transparency-dev/merkle, testonly/constants.go.
REFERENCE_RECORDS = [
    bytes.fromhex(record)
    for record in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

# Root hashes of `leaf 0`, `leaf 1`, … by how many of them there are: the records of golang/mod,
# sumdb/tlog/tlog_test.go, with roots that another implementation computed.
NUMBERED_ROOTS = {
    2: "fc5f6b88ff8554f75bb2f9e6f39c31b1936d44b69276edf7b1205a955b9761e3",
    3: "d4f92c8fbb89720eb3b55677c7d7efaddfeb10d11a1a84a0ba8f1a23337faa95",
    7: "5a61fc2b54f9cfa71774f2432143dd40c6cb2b11947faf65a7d3da5cb65199c8",
    256: "cf5effdb11d0927a2edf53b0e73c7837f659414e00537da5d90eb5c4c49ff274",
    300: "e7afc82d38944fc7930545328091d45823288c1f734cbdac06396713ebd4b5d5",
}


def defined_root(records: Sequence[bytes]) -> bytes:
    """
    Return the root hash by the recursion that defines it. Source: RFC 6962, section 2.1.
    """
    if not records:
        return sha256().digest()
    if len(records) == 1:
        return sha256(b"\x00" + records[0]).digest()
    split = 1
    while split * 2 < len(records):
        split *= 2
    left, right = defined_root(records[:split]), defined_root(records[split:])
    return sha256(b"\x01" + left + right).digest()


def defined_frontier(records: Sequence[bytes]) -> tuple[bytes, ...]:
    """
    Return the roots of the maximal perfect subtrees, each by the recursion that defines it.
    """
    ends = [0]
    for level in reversed(range(len(records).bit_length())):
        if len(records) >> level & 1:
            ends.append(ends[-1] + (1 << level))
    return tuple(defined_root(records[start:end]) for start, end in pairwise(ends))


def frontiers() -> list[tuple[bytes, ...]]:
    """
    Return the frontier after 0, 1, 2, … all of `LEAVES`, each extended by one from the last.
    """
    grown: list[tuple[bytes, ...]] = [()]
    for size, leaf in enumerate(LEAVES):
        grown.append(extend(grown[size], size, leaf))
    return grown


FRONTIERS = frontiers()


@pytest.mark.parametrize("size", range(SIZE_MAX + 1))
def test_every_size_has_the_frontier_and_the_root_of_the_definition(size: int) -> None:
    """
    A tree grown entry by entry is the tree that the RFC defines over the same records.
    """
    assert defined_frontier(RECORDS[:size]) == FRONTIERS[size]
    assert defined_root(RECORDS[:size]) == root_hash(FRONTIERS[size])


@pytest.mark.parametrize("size", range(1, len(REFERENCE_ROOTS) + 1))
def test_the_reference_tree_has_its_published_roots(size: int) -> None:
    """
    Anyone else's verifier computes the same root from the same records.
    """
    leaves = map(record_hash, REFERENCE_RECORDS[:size])

    assert REFERENCE_ROOTS[size - 1] == root_hash(extend_many((), 0, leaves)).hex()


@pytest.mark.parametrize("size", NUMBERED_ROOTS)
def test_the_numbered_tree_has_its_known_roots(size: int) -> None:
    """
    A tree of hundreds of entries agrees with another implementation too.
    """
    assert NUMBERED_ROOTS[size] == root_hash(FRONTIERS[size]).hex()


def test_single_hashes_have_their_published_values() -> None:
    """
    A record is hashed with its prefix, and a log without entries has the hash of no bytes.

    Source: transparency-dev/merkle, rfc6962/rfc6962_test.go.
    """
    assert (
        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
        == record_hash(b"L123456").hex()
    )
    assert (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        == EMPTY_ROOT.hex()
        == root_hash(()).hex()
    )


def test_a_node_is_the_hash_of_both_its_children() -> None:
    """
    The root of two entries is the hash of both their hashes, in their order.
    """
    first, second = map(record_hash, REFERENCE_RECORDS[:2])

    assert REFERENCE_ROOTS[1] == node_hash(first, second).hex()
    assert REFERENCE_ROOTS[1] != node_hash(second, first).hex()


@pytest.mark.parametrize("size", range(SIZE_MAX + 1))
def test_a_batch_equals_its_entries_one_by_one(size: int) -> None:
    """
    However entries are grouped into transactions, the tree is the same.
    """
    batched = [extend_many(FRONTIERS[cut], cut, LEAVES[cut:size]) for cut in range(size + 1)]

    assert [FRONTIERS[size]] * (size + 1) == batched


def test_what_was_given_is_not_changed() -> None:
    """
    A frontier that was read stays as it was when the transaction that extends it is given up.
    """
    given_frontier = list(FRONTIERS[7])

    extend(given_frontier, 7, LEAVES[7])
    extend_many(given_frontier, 7, LEAVES[7:20])

    assert list(FRONTIERS[7]) == given_frontier


@pytest.mark.parametrize("size", range(1, 34))
def test_every_bit_of_a_frontier_counts(size: int) -> None:
    """
    Flipping any single bit of any hash of a frontier changes the root.
    """
    encoded = encode_frontier(size, FRONTIERS[size])
    roots = {
        root_hash(decode_frontier(size, flipped(encoded, bit))) for bit in range(len(encoded) * 8)
    }

    assert root_hash(FRONTIERS[size]) not in roots
    assert len(encoded) * 8 == len(roots)


def flipped(octets: bytes, bit: int) -> bytes:
    """
    Return the same bytes with one bit the other way round.
    """
    changed = bytearray(octets)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(st.data(), st.integers(min_value=0, max_value=2**63 - 1))
def test_a_frontier_survives_its_encoding(data: st.DataObject, size: int) -> None:
    """
    What is written of a frontier is read back, for any size that a database can hold.
    """
    hashes = st.binary(min_size=HASH_SIZE, max_size=HASH_SIZE)
    frontier = data.draw(
        st.lists(hashes, min_size=size.bit_count(), max_size=size.bit_count()).map(tuple)
    )

    assert frontier == decode_frontier(size, encode_frontier(size, frontier))


def test_an_encoded_frontier_is_its_hashes_largest_subtree_first() -> None:
    """
    The stored bytes of a frontier never change: of seven entries, subtrees of four, two and one.

    Source: transparency-dev/merkle, testonly/constants.go.
    """
    frontier = extend_many((), 0, map(record_hash, REFERENCE_RECORDS[:7]))

    assert (
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
    ) == encode_frontier(7, frontier).hex()
    assert b"" == encode_frontier(0, ())


def decodes(size: int, encoded: bytes) -> bool:
    """
    Tell whether the bytes are accepted as a frontier of that size.
    """
    try:
        decode_frontier(size, encoded)
    except Tampered:
        return False
    return True


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 64, 255, 2**63 - 2**55])
def test_only_the_length_that_goes_with_the_size_is_accepted(size: int) -> None:
    """
    A frontier with a byte or a whole hash too few or too many is refused as tampered.
    """
    octets = bytes(HASH_SIZE * 10)
    accepted = [length for length in range(len(octets)) if decodes(size, octets[:length])]

    assert [size.bit_count() * HASH_SIZE] == accepted


@pytest.mark.parametrize(
    ("size", "encoded"),
    [(1, "x" * HASH_SIZE), (1, 7), (1, None), (1, [*LEAVES[0]]), ("1", LEAVES[0]), (None, b"")],
)
def test_what_is_no_frontier_at_all_is_tampered(size: Any, encoded: Any) -> None:
    """
    A text of the right length is none: a database may keep what no ledger ever wrote.
    """
    with pytest.raises(Tampered, match="no size and no frontier") as refused:
        decode_frontier(size, encoded)

    assert "frontier" == refused.value.where


@pytest.mark.parametrize(("size", "encoded"), [(3, LEAVES[0]), (-1, LEAVES[0]), (0, b"\x00")])
def test_a_refused_frontier_names_its_size_and_its_length(size: int, encoded: bytes) -> None:
    """
    A frontier that does not go with its size is reported with both; a negative size is no size.
    """
    with pytest.raises(Tampered) as refused:
        decode_frontier(size, encoded)

    assert "frontier" == refused.value.where
    assert f"{len(encoded)} bytes cannot be the frontier of {size} entries" in str(refused.value)
