"""
Strikes: how many counted at a moment, when each expires, with the knowledge of any other moment.
"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger, NotFound
from ledger.moderation.moment import moment
from tests.conftest import HandSetClock, enrol_staff, take_action

STRIKE = "issue_strike"


def at(text: str) -> datetime:
    """
    Return a moment of 3 November, "18:40".
    """
    return moment(f"2017-11-03T{text}:00Z", "at")


@pytest.fixture
def struck(staffed, clock):
    """
    Return a ledger in which account x got strike s-1 at 18:00 for two hours, s-2 at 18:30 for good,
    and a warning; s-2 was rescinded at 19:30, and s-1 prolonged to 21:00 at 19:45.
    """
    clock.set(at("18:00"))
    take_action(staffed, "x", STRIKE, action="s-1", expires_at=at("20:00"))
    take_action(staffed, "x", "warn")
    clock.set(at("18:30"))
    take_action(staffed, "x", STRIKE, action="s-2")
    clock.set(at("19:30"))
    staffed.reverse("s-2", by="op-1", reason="too hard")
    clock.set(at("19:45"))
    staffed.amend("s-1", by="op-1", reason="again", expires_at=at("21:00"))
    clock.set(at("22:00"))
    return staffed


@pytest.mark.parametrize(
    ("time", "known_at", "expected"),
    [
        ("17:59", None, []),
        ("18:00", None, ["s-1"]),
        ("18:30", None, ["s-1", "s-2"]),
        ("19:30", None, ["s-1"]),
        ("20:30", None, ["s-1"]),
        ("20:30", "19:00", ["s-2"]),
        ("20:30", "19:40", []),
        ("21:00", None, []),
        ("21:00", "19:00", ["s-2"]),
    ],
)
def test_the_strikes_that_counted(struck, time, known_at, expected):
    """
    Those in force at the moment as far as was known then; a warning is no strike.
    """
    answer = struck.strikes("x", at=at(time), known_at=known_at and at(known_at))

    assert expected == [known.action.action for known in answer.strikes]
    assert len(expected) == answer.count
    assert ("x", at(time)) == (answer.account, answer.at)


def test_each_says_when_it_expires(struck):
    """
    As amended by then; one that was issued for good never does, whatever ended it.
    """
    told = {
        known_at: [
            (known.action.action, known.action.expires_at)
            for known in struck.strikes("x", at=at("19:00"), known_at=at(known_at)).strikes
        ]
        for known_at in ("19:00", "19:45")
    }

    assert [("s-1", at("20:00")), ("s-2", None)] == told["19:00"]
    assert [("s-1", at("21:00")), ("s-2", None)] == told["19:45"]


def test_an_account_without_entries_is_not_found(struck):
    """
    No strikes are something else than no account; the closest operator is named.
    """
    take_action(struck, "y", "warn")

    assert 0 == struck.strikes("y").count
    with pytest.raises(NotFound) as raised:
        struck.strikes("z")
    assert "account" == raised.value.where


TERMS = st.lists(
    st.tuples(
        st.sampled_from([STRIKE, STRIKE, "label"]),
        st.integers(-5, 5),
        st.none() | st.integers(6, 15),
        st.booleans(),
    ),
    max_size=5,
)


@given(TERMS, st.integers(-6, 30))
def test_strikes_are_the_restrictions_of_their_measure(terms, minute):
    """
    What is folded from the account's entries is what the table of restrictions has, at any moment
    and for the knowledge of every recording.
    """
    clock = HandSetClock()
    with Ledger.create("memory:", clock=clock) as ledger:
        enrol_staff(ledger)
        ledger.note("x", "seen", by="op-1")
        asked_at = clock.now + timedelta(minutes=minute)
        for measure, effect, expiry, reversed_at_once in terms:
            begun = clock.advance(minutes=1)
            times = {"effective_at": begun + timedelta(minutes=effect)}
            if expiry is not None:
                times["expires_at"] = begun + timedelta(minutes=expiry)
            action = take_action(ledger, "x", measure, **times)
            if reversed_at_once and effect < 0:
                ledger.reverse(action, by="op-1", reason="error")
        last = ledger.status().entries

        for position in range(6, last + 1):
            cut = {0: position}
            listed = ledger.restrictions(
                account="x", measure=STRIKE, in_force_at=asked_at, known_at=cut
            )
            found = ledger.strikes("x", at=asked_at, known_at=cut)
            assert [known.action for known in listed] == [
                known.action.action for known in found.strikes
            ]
