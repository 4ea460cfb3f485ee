"""
What the benches record, and how it is dealt to those who record it at once.
"""

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from ledger import Ledger
from tests.benchmarks.actions import BEGINNING, MANY, ONE, SINGLE, Action, actions, upon_one
from tests.benchmarks.foundation import build_long, name_of_long
from tests.benchmarks.recording import dealt
from tests.benchmarks.sqlite_site import SQLiteSite


@pytest.fixture(scope="module")
def acts() -> list[Action]:
    """
    Many acts, no reversals among them.
    """
    return [*islice(actions(200, reversals=False), 2_000)]


@pytest.mark.parametrize("hands", [1, 2, 32])
def test_actions_are_dealt_once_and_evenly(acts: list[Action], hands: int) -> None:
    """
    Each action is in one hand, and none has many more than another.
    """
    dealt_to = dealt(acts, hands)
    sizes = [len(hand) for hand in dealt_to]

    assert hands == len(dealt_to)
    assert Counter(map(id, acts)) == Counter(id(action) for hand in dealt_to for action in hand)
    assert max(sizes) - min(sizes) <= len(acts) // 10


def test_what_can_be_held_once_stays_in_one_hand_in_order(acts: list[Action]) -> None:
    """
    What is done to an account in a slot is done by one hand, as it was generated; what can be held
    as often as one likes is done to the busiest accounts by several.
    """
    hands_of: dict[str, set[int]] = defaultdict(set)
    for number, hand in enumerate(dealt(acts, 8)):
        times = [action.recorded_at for action in hand]
        assert sorted(times) == times
        for action in hand:
            if action.command["measure"] in SINGLE:
                hands_of[action.account].add(number)
    every = defaultdict(set)
    for number, hand in enumerate(dealt(acts, 8)):
        for action in hand:
            if action.command["measure"] in MANY:
                every[action.account].add(number)

    assert {1} == {len(hands) for hands in hands_of.values()}
    assert max(len(hands) for hands in every.values()) > 4


def test_one_account_is_under_few_restrictions_at_any_moment(tmp_path: Path) -> None:
    """
    However many actions there were on one account, no more are in force than it has slots, and
    some are: neither is a question about it quick because the answer is empty.
    """
    site = SQLiteSite(tmp_path)
    build_long(site, 300)
    moments = [BEGINNING + timedelta(minutes=7) * number for number in range(1, 200)]
    with Ledger.open(site.url(name_of_long(300)), create=False) as ledger:
        in_force = [len(ledger.standing(ONE, moment).in_force) for moment in moments]
        recorded = sum(1 for _ in ledger.entries(account=ONE))

    assert 300 == recorded
    assert max(in_force) <= len(SINGLE)
    assert sum(in_force) > len(moments)


def test_actions_on_one_account_are_recorded_in_order() -> None:
    """
    No action is recorded before the one before it, and about a third of them are reversals.
    """
    some = [*islice(upon_one(), 3_000)]
    times = [action.recorded_at for action in some]
    reversals = sum(action.command["command"] == "reverse" for action in some)

    assert sorted(times) == times
    assert 0.35 == pytest.approx(reversals / len(some), abs=0.03)
