"""
An entry came after the last time at which it was not there, and before the first at which it was.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.moderation.moment import canonical
from ledger.store.verification.brackets import Anchor, Brackets

NOON = 1_700_000_000
SLACK = timedelta(minutes=5)
MINUTE = 60


def at(seconds: float) -> str:
    """
    Return a moment as an entry spells it.
    """
    return canonical(datetime.fromtimestamp(seconds, UTC))


@pytest.fixture
def brackets() -> Brackets:
    """
    Return what is known of a log that had 10 entries at noon and 20 an hour later.
    """
    return Brackets([Anchor(10, NOON, "w1"), Anchor(20, NOON + 60 * MINUTE, "w2")], SLACK)


@pytest.mark.parametrize(
    ("position", "minutes", "who"),
    [
        (1, -1000, None),
        (10, 0, None),
        (10, 5, None),
        (10, 6, "w1"),
        (11, -4, None),
        (11, -6, "w1"),
        (11, 64, None),
        (11, 67, "w2"),
        (20, 30, None),
        (21, 54, "w2"),
        (21, 5000, None),
    ],
)
def test_a_claim_outside_is_contradicted(
    brackets: Brackets, position: int, minutes: int, who: str | None
):
    """
    By whom it is, within the slack nobody.
    """
    said = brackets.contradict(position, at(NOON + minutes * MINUTE))

    assert (who is None) is (said is None)
    assert said is None or f"{who} saw the log at " in said


def test_where_nobody_looked_everything_may_be():
    """
    Without a cosignature no time is contradicted.
    """
    unseen = Brackets()

    assert not unseen.are_known
    assert unseen.contradict(7, at(0)) is None
    assert 0 == unseen.covered(9)


def test_it_is_known_how_much_was_seen(brackets: Brackets):
    """
    Of a log that is longer, the largest size that somebody saw.
    """
    assert brackets.are_known
    assert [9, 20] == [brackets.covered(size) for size in (9, 99)]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 300)), max_size=6),
    st.integers(1, 41),
    st.integers(-400, 700),
)
def test_it_is_as_each_anchor_says(seen: list[tuple[int, int]], position: int, claimed: int):
    """
    A claim is contradicted where one anchor alone contradicts it.
    """
    anchors = [Anchor(size, NOON + minutes * MINUTE, "w") for size, minutes in seen]
    moment = NOON + claimed * MINUTE
    slack = SLACK.total_seconds()

    expected = any(
        moment > each.seconds + slack + 1
        if position <= each.size
        else moment < each.seconds - slack
        for each in anchors
    )
    assert expected is (Brackets(anchors, SLACK).contradict(position, at(moment)) is not None)
