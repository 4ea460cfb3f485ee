"""
What is found is told once, the first bad position first, and never as more than it is.
"""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Tampered
from ledger.proofs.verdict import Verdict
from ledger.store.verification.finding import FINDINGS_MAX, Finding, Findings, What, verdict_of
from tests.strategies import of

VERIFIED, TAMPERED, UNVERIFIABLE = Verdict.VERIFIED, Verdict.TAMPERED, Verdict.UNVERIFIABLE


def noted(*findings: Finding) -> Findings:
    """
    Return what was found.
    """
    found = Findings()
    for finding in findings:
        found.add(finding)
    return found


@given(st.lists(of(Finding), max_size=8))
def test_the_first_bad_position_stands_first(findings: list[Finding]):
    """
    By log and position, and behind those what has no position; in whichever order it was found.
    """
    told = noted(*findings).in_order()

    placed = [(each.log or 0, each.position) for each in told if each.position is not None]
    assert placed == sorted(placed)
    assert all(each.position is None for each in told[len(placed) :])
    assert {each.what for each in told} == {each.what for each in findings}


def test_a_place_is_told_once_for_each_thing():
    """
    Two passes that see the same say it once; two things at one place are two.
    """
    one = Finding(What.LEAF_DIFFERS, "a", 0, 7)
    found = noted(
        one, Finding(What.LEAF_DIFFERS, "b", 0, 7), Finding(What.COLUMNS_DIFFER, "c", 0, 7)
    )
    found.take(noted(one))

    assert ["c", "a"] == [each.why for each in found.in_order()]
    assert [7, None] == [found.first_changed(0, *at) for at in ((1, 9), (8, 9))]
    assert [True, False, False] == [
        found.is_between(*at) for at in ((0, 1, 7), (0, 8, 9), (1, 1, 9))
    ]


def test_very_many_are_not_kept():
    """
    Who changed every row is found by the first of them.
    """
    found = noted(*(Finding(What.LEAF_DIFFERS, "", 0, at) for at in range(FINDINGS_MAX + 9)))

    assert FINDINGS_MAX == len(found)


def test_an_error_tells_its_place():
    """
    What was raised while something was read is told with the place that it names.
    """
    found = Findings()
    found.add_error(What.ENTRY_MISSING, Tampered("it is gone", position=5, stream="s"), 2, None)

    assert Finding(What.ENTRY_MISSING, "it is gone", 2, 5, "s") == found.in_order()[0]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], UNVERIFIABLE),
        ([VERIFIED, VERIFIED], VERIFIED),
        ([VERIFIED, UNVERIFIABLE], UNVERIFIABLE),
        ([VERIFIED, UNVERIFIABLE, TAMPERED], TAMPERED),
    ],
)
def test_one_that_is_not_verified_spoils_all(verdicts: list[Verdict], expected: Verdict):
    """
    In whichever order; and of nothing nothing is known.
    """
    assert {expected} == {verdict_of(some) for some in permutations(verdicts)}
