"""
A consistency proof is the RFC's, and shows of nothing but a log that only grew that it only grew.
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Tampered
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.consistency import check_consistency, consistency_proof
from ledger.proofs.tree import EMPTY_ROOT
from tests.proofs.definition import (
    LEAVES,
    ORIGIN,
    SIZE_MAX,
    checkpoint_at,
    defined_subproof,
    flipped,
    subtrees,
)

Proof = tuple[bytes, ...]


def growths() -> list[tuple[int, int]]:
    """
    Return every (old size, new size) up to `SIZE_MAX`, from a log that has entries.
    """
    return [(old, new) for new in range(1, SIZE_MAX + 1) for old in range(1, new + 1)]


def accepted(old: Checkpoint, new: Checkpoint, proof: Proof) -> bool:
    """
    Tell whether the proof is accepted.
    """
    try:
        check_consistency(old, new, proof)
    except Tampered:
        return False
    return True


def test_every_proof_is_the_one_that_the_rfc_defines() -> None:
    """
    Between every two sizes up to 130 the proof is that of the RFC's recursion.
    """
    for old, new in growths():
        defined = defined_subproof(old, 0, new, whole=True)
        assert tuple(defined) == consistency_proof(old, new, subtrees)


def test_every_growth_is_shown() -> None:
    """
    Between every two sizes up to 130, from a log without entries on, the proof is accepted.
    """
    for old, new in [*growths(), *((0, new) for new in range(SIZE_MAX + 1))]:
        proof = consistency_proof(old, new, subtrees)
        check_consistency(checkpoint_at(old), checkpoint_at(new), proof)


def test_a_changed_hash_is_noticed_wherever_it_stands() -> None:
    """
    Between every two sizes up to 130, a flipped bit of any one hash, or of either root, is refused.
    """
    for old, new in growths():
        proof = consistency_proof(old, new, subtrees)
        before, after = checkpoint_at(old), checkpoint_at(new)
        for place, octets in enumerate(proof):
            changed = flipped(octets, 37 * old + new + place)
            assert not accepted(before, after, (*proof[:place], changed, *proof[place + 1 :]))
        assert not accepted(Checkpoint(ORIGIN, old, flipped(before.root, new)), after, proof)
        assert not accepted(before, Checkpoint(ORIGIN, new, flipped(after.root, old)), proof)


def test_a_proof_holds_between_two_sizes_only() -> None:
    """
    A proof is refused between any other two sizes of up to 14 with their own right roots, unless it
    has no hashes, and then both are the same checkpoint.
    """
    for old, new in growths():
        proof = consistency_proof(old, new, subtrees)
        if new > 14:
            break
        passes = [
            (before, after)
            for before, after in growths()
            if after <= 14 and accepted(checkpoint_at(before), checkpoint_at(after), proof)
        ]
        assert passes == ([(old, new)] if proof else [(size, size) for size in range(1, 15)])


MISSHAPEN: dict[str, Callable[[Proof], Proof]] = {
    "without its first hash": lambda proof: proof[1:],
    "without its last hash": lambda proof: proof[:-1],
    "without any": lambda _: (),
    "with a hash in front": lambda proof: (LEAVES[0], *proof),
    "with a hash behind": lambda proof: (*proof, LEAVES[0]),
    "with the old root in front": lambda proof: (checkpoint_at(4).root, *proof),
    "with two hashes swapped": lambda proof: (proof[1], proof[0], *proof[2:]),
    "with a short hash": lambda proof: (proof[0][:-1], *proof[1:]),
    "with a long hash": lambda proof: (proof[0] + b"\x00", *proof[1:]),
}


@pytest.mark.parametrize("defect", MISSHAPEN)
def test_a_misshapen_proof_is_refused(defect: str) -> None:
    """
    A proof with hashes missing, added, swapped or of another length shows nothing.
    """
    for old, new in ((6, 8), (7, 13), (3, 7), (100, 130), (255, 290)):
        proof = MISSHAPEN[defect](consistency_proof(old, new, subtrees))
        assert not accepted(checkpoint_at(old), checkpoint_at(new), proof)


def test_a_log_does_not_shrink() -> None:
    """
    A smaller log is no continuation, and the error names the first position that is missing.
    """
    with pytest.raises(Tampered, match="had 7 entries and has 4") as refused:
        check_consistency(checkpoint_at(7), checkpoint_at(4), ())

    assert 5 == refused.value.position


def test_another_log_is_no_continuation() -> None:
    """
    Checkpoints of two origins are never consistent, even if their trees are.
    """
    other = Checkpoint("ledger.example/other", 4, checkpoint_at(4).root)

    assert not accepted(other, checkpoint_at(7), consistency_proof(4, 7, subtrees))
    assert not accepted(checkpoint_at(4), other, ())


def test_two_roots_at_one_size_are_refused() -> None:
    """
    A log that shows two roots at one size has two histories.
    """
    other = Checkpoint(ORIGIN, 4, LEAVES[0])

    assert not accepted(checkpoint_at(4), other, ())
    assert not accepted(other, checkpoint_at(4), (LEAVES[0],))


def test_from_nothing_any_log_grows() -> None:
    """
    From a log without entries there is nothing to show, and a proof with hashes is refused.
    """
    nothing = Checkpoint(ORIGIN, 0, EMPTY_ROOT)

    check_consistency(nothing, checkpoint_at(5), ())
    check_consistency(nothing, nothing, ())
    assert not accepted(nothing, checkpoint_at(5), (LEAVES[0],))


@given(st.data(), st.integers(1, 2**63 - 1))
def test_proofs_of_the_largest_logs_have_the_right_shape(data: st.DataObject, new: int) -> None:
    """
    In a log of any size a proof has a hash a level and one for the seam at most.
    """
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, lambda *_: LEAVES[0])
    expected = "does not continue" if proof else None

    assert len(proof) <= 64
    with pytest.raises(Tampered, match=expected):
        check_consistency(
            Checkpoint(ORIGIN, old, LEAVES[1]), Checkpoint(ORIGIN, new, LEAVES[2]), proof
        )
