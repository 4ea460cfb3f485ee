"""
An inclusion proof is the RFC's, and no other leaf, place, size or hash passes for what was proved.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Tampered
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.inclusion import (
    check_inclusion,
    frontier_at,
    inclusion_proof,
    root_from_inclusion,
    subtree_root,
)
from ledger.proofs.tree import EMPTY_ROOT, extend_many
from tests.proofs.definition import (
    LEAVES,
    ORIGIN,
    SIZE_MAX,
    checkpoint_at,
    defined_hash,
    defined_path,
    flipped,
    subtrees,
)

Proof = tuple[bytes, ...]


def places() -> list[tuple[int, int]]:
    """
    Return every (index, size) up to `SIZE_MAX`.
    """
    return [(index, size) for size in range(1, SIZE_MAX + 1) for index in range(size)]


def accepted(checkpoint: Checkpoint, index: int, leaf: bytes, proof: Proof) -> bool:
    """
    Tell whether the proof is accepted.
    """
    try:
        check_inclusion(checkpoint, index, leaf, proof)
    except Tampered:
        return False
    return True


def test_every_proof_is_the_one_that_the_rfc_defines() -> None:
    """
    For every entry of every log of up to 130 entries the proof is that of the RFC's recursion.
    """
    for index, size in places():
        assert tuple(defined_path(index, 0, size)) == inclusion_proof(index, size, subtrees)


def test_every_entry_is_shown_to_be_where_it_is() -> None:
    """
    For every entry of every log of up to 130 entries the proof leads to the log's root.
    """
    for index, size in places():
        proof = inclusion_proof(index, size, subtrees)

        assert defined_hash(0, size) == root_from_inclusion(index, size, LEAVES[index], proof)
        check_inclusion(checkpoint_at(size), index, LEAVES[index], proof)


def test_a_changed_hash_is_noticed_wherever_it_stands() -> None:
    """
    In every proof of every log of up to 130 entries, a flipped bit of any one hash is refused.
    """
    for index, size in places():
        proof = inclusion_proof(index, size, subtrees)
        checkpoint = checkpoint_at(size)
        for place, octets in enumerate(proof):
            changed = flipped(octets, 37 * index + size + place)
            assert not accepted(
                checkpoint, index, LEAVES[index], (*proof[:place], changed, *proof[place + 1 :])
            )
        assert not accepted(checkpoint, index, flipped(LEAVES[index], index), proof)
        other = Checkpoint(ORIGIN, size, flipped(checkpoint.root, size))
        assert not accepted(other, index, LEAVES[index], proof)


def test_a_proof_holds_for_one_place_only() -> None:
    """
    A proof is refused for every other index of its log, in every log of up to 40 entries.
    """
    for index, size in places():
        if size > 40:
            break
        proof = inclusion_proof(index, size, subtrees)
        elsewhere = [
            other
            for other in range(size + 2)
            if accepted(checkpoint_at(size), other, LEAVES[index], proof)
        ]
        assert [index] == elsewhere


MISSHAPEN: dict[str, Callable[[Proof], Proof]] = {
    "without its first hash": lambda proof: proof[1:],
    "without its last hash": lambda proof: proof[:-1],
    "with a hash in front": lambda proof: (LEAVES[0], *proof),
    "with a hash behind": lambda proof: (*proof, LEAVES[0]),
    "with a hash twice": lambda proof: (*proof[:1], *proof),
    "with two hashes swapped": lambda proof: (proof[1], proof[0], *proof[2:]),
    "with a short hash": lambda proof: (proof[0][:-1], *proof[1:]),
    "with a long hash": lambda proof: (proof[0] + b"\x00", *proof[1:]),
    "with two hashes in one": lambda proof: (proof[0] + proof[1], *proof[2:]),
}


@pytest.mark.parametrize("defect", MISSHAPEN)
def test_a_misshapen_proof_is_refused(defect: str) -> None:
    """
    A proof with hashes missing, added, swapped or of another length proves nothing.
    """
    for index, size in ((0, 8), (5, 8), (2, 7), (99, 130), (273, 300)):
        proof = MISSHAPEN[defect](inclusion_proof(index, size, subtrees))
        assert not accepted(checkpoint_at(size), index, LEAVES[index], proof)


@pytest.mark.parametrize(("index", "size"), [(3, 3), (0, 0), (-1, 3), (2**63, 2**62)])
def test_a_place_beyond_the_log_is_refused(index: int, size: int) -> None:
    """
    An index that the log does not have is refused before any hash is looked at.
    """
    with pytest.raises(Tampered, match="has none at index"):
        root_from_inclusion(index, size, LEAVES[0], ())


def test_an_inner_node_does_not_pass_for_an_entry() -> None:
    """
    The hash of two entries is not taken for an entry of a log of half the size: the size is the
    checkpoint's, never the proof's.
    """
    proof = inclusion_proof(2, 8, subtrees)[1:]

    assert defined_hash(0, 8) == root_from_inclusion(1, 4, subtrees(1, 1), proof)
    assert not accepted(checkpoint_at(8), 1, subtrees(1, 1), proof)


def test_a_refusal_names_the_position() -> None:
    """
    Whoever reads the error knows which entry of which log at which size is not proved.
    """
    proof = inclusion_proof(4, 7, subtrees)
    with pytest.raises(Tampered) as refused:
        check_inclusion(checkpoint_at(7), 4, LEAVES[5], proof)
    with pytest.raises(Tampered) as misshapen:
        check_inclusion(checkpoint_at(7), 4, LEAVES[4], proof[1:])

    assert 5 == refused.value.position == misshapen.value.position
    assert f"index 4 of {ORIGIN} at size 7" in str(refused.value)
    assert defined_hash(0, 7).hex() == refused.value.expected


@given(st.data(), st.integers(1, 2**63 - 1))
def test_proofs_of_the_largest_logs_have_the_right_shape(data: st.DataObject, size: int) -> None:
    """
    In a log of any size a proof has a hash for each level, and the walk ends at the leaf.
    """
    index = data.draw(st.integers(0, size - 1))
    asked: list[tuple[int, int]] = []

    def counted(level: int, place: int) -> bytes:
        asked.append((place << level, (place + 1) << level))
        return LEAVES[0]

    proof = inclusion_proof(index, size, counted)

    assert len(proof) <= 63
    root_from_inclusion(index, size, LEAVES[0], proof)
    covered = sorted([*asked, (index, index + 1)])
    assert (0, size) == (covered[0][0], covered[-1][1])
    assert all(before[1] == after[0] for before, after in pairwise(covered))


def test_subtrees_give_frontiers_and_roots() -> None:
    """
    The frontier and the root of every beginning of a log follow from its perfect subtrees.
    """
    for size in range(SIZE_MAX + 1):
        assert extend_many((), 0, LEAVES[:size]) == frontier_at(size, subtrees)
        assert defined_hash(0, size) == subtree_root(0, size, subtrees)
    assert EMPTY_ROOT == subtree_root(64, 64, subtrees)
    assert defined_hash(64, 100) == subtree_root(64, 100, subtrees)
