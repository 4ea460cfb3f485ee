"""
Cuts: how much of each log a question looks at.
"""

import json

import pytest
from hypothesis import given

from ledger.errors import Malformed
from ledger.timeline.cut import Cut, parse_positions
from tests.strategies import NEAR, cuts


@given(cuts())
def test_a_cut_is_read_back_from_its_positions(cut):
    """
    What an answer says that it rests on can be given to the next question.
    """
    written = json.dumps(dict(cut.positions))

    assert cut.positions == parse_positions(written)
    assert list(cut.positions) == sorted(cut.positions)


def test_the_order_in_which_positions_are_given_means_nothing():
    """
    The same cut is the same value and is told in one order.
    """
    one, other = Cut({1: 5, 0: 7}, NEAR, settled=True), Cut({0: 7, 1: 5}, NEAR, settled=True)

    assert one == other
    assert [0, 1] == list(one.positions)


@pytest.mark.parametrize("text", ["", "2017-11-02T22:55:00Z", "now", "12", "[12]"])
def test_what_does_not_look_like_a_cut_is_none(text):
    """
    A moment of knowledge is told from a cut by its braces.
    """
    assert None is parse_positions(text)


@pytest.mark.parametrize("text", ["{}x{}", '{"0"}', '{"0": "12"}', '{"a": 1}', '{"0": 1.5}', "{1}"])
def test_what_looks_like_a_cut_and_is_none_is_malformed(text):
    """
    A broken cut is not taken for anything else.
    """
    with pytest.raises(Malformed) as raised:
        parse_positions(text)

    assert "known_at" == raised.value.where
