"""
Requests: what each entry makes of one, and whether approvals are what was needed.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.moderation.account import Account, fold
from ledger.moderation.events import Event
from ledger.moderation.events.request import Need, RequestApproved
from ledger.moderation.request import ALLOWED, NEXT, Approval, Request, RequestState, missing
from tests.moderation.by_hand import (
    Line,
    act,
    approve,
    ask,
    at,
    deny,
    hand_over,
    recorded,
    take_back,
    withdraw,
)
from tests.strategies import NEAR

NOON = at("12:00")
GRANTED = act("granted", request="q")
ENDED = {RequestState.DENIED, RequestState.WITHDRAWN}

# A request's entries, by a letter each: those that end it, those that do not, those of another one.
LETTERS: dict[str, Event] = {
    "a": approve(),
    "g": GRANTED,
    "d": deny(),
    "w": take_back(),
    "W": withdraw("granted"),
    "h": hand_over("q", "bob"),
    "D": deny("another"),
    "o": act("other", "lock"),
}


def request(told: str) -> Request:
    """
    Return request "q" after entries, a letter each, one every minute from two o'clock on.
    """
    lines: list[Line] = [("02:00", ask())]
    lines += [(f"02:{n:02}", LETTERS[letter]) for n, letter in enumerate(told, start=1)]
    return fold(Account("x"), recorded(*lines)).requests["q"]


@pytest.mark.parametrize(
    ("told", "state", "approvals", "action"),
    [
        ("", "pending", 0, None),
        ("aa", "pending", 2, None),
        ("ag", "granted", 1, "granted"),
        ("aga", "granted", 1, "granted"),
        ("agw", "granted", 1, "granted"),
        ("agdW", "denied", 1, "granted"),
        ("agW", "withdrawn", 1, "granted"),
        ("agWd", "withdrawn", 1, "granted"),
        ("d", "denied", 0, None),
        ("dg", "denied", 0, None),
        ("daw", "denied", 0, None),
        ("w", "withdrawn", 0, None),
        ("wga", "withdrawn", 0, None),
        ("aD", "pending", 1, None),
        ("aoh", "pending", 1, None),
    ],
)
def test_what_entries_make_of_a_request(told, state, approvals, action):
    """
    The first end is the end; what comes behind it is on record and changes nothing.
    """
    known = request(told)

    assert (state, approvals, action) == (known.recorded, len(known.approvals), known.action)


def test_who_answers_for_a_request_is_the_last_one_it_was_handed_to():
    """
    Until it is granted or ended; then nobody takes it over.
    """
    assert ["ann", "bob", "ann"] == [request(told).keeper for told in ("", "h", "dh")]
    assert ["02:01", "02:02"] == [f"{e.recorded_at:%H:%M}" for e in request("hg").changes]


@given(st.text("agdwWhDo", max_size=8))
def test_the_table_of_transitions_is_all_that_moves_a_request(told):
    """
    Entry by entry it stays or goes where the table says, and from an end it goes nowhere.
    """
    for length in range(len(told)):
        before, after = request(told[:length]), request(told[: length + 1])
        letter = told[length]
        concerns = letter in "agdwh" or (letter == "W" and before.action is not None)
        expected = NEXT.get((before.recorded, type(LETTERS[letter]))) if concerns else None
        assert (expected or before.recorded) == after.recorded
        if before.recorded in ENDED:
            assert before == after


def test_the_two_tables_agree_about_what_is_over():
    """
    Where nothing may be asked nothing moves, and a lapse is nobody's entry.
    """
    moving = {state for state, _ in NEXT}

    assert {RequestState.PENDING, RequestState.GRANTED} == moving
    assert moving == {state for state, commands in ALLOWED.items() if commands}
    assert RequestState.LAPSED not in NEXT.values()
    assert set(RequestState) == set(ALLOWED)


def test_a_request_lapses_by_itself_and_only_while_it_waits():
    """
    Half-open: at the time that it says it has lapsed; what was granted before has not.
    """
    waiting = fold(Account("x"), recorded(("02:00", ask(lapses_at=NOON)))).requests["q"]
    moments = [NOON - timedelta(microseconds=1), NOON]
    granted = attrs.evolve(waiting, recorded=RequestState.GRANTED)

    assert ["pending", "lapsed"] == [waiting.state(moment) for moment in moments]
    assert ["granted", "granted"] == [granted.state(moment) for moment in moments]
    assert "pending" == request("").state(datetime.max.replace(tzinfo=NOON.tzinfo))


def test_the_roles_of_an_approval_are_those_that_were_stored_with_it():
    """
    An approval of a time before authority was stored counts for nobody's role.
    """
    lines: list[Line] = [
        ("02:00", ask(needs=())),
        ("03:00", approve("lead", lapses_at="12:00"), {"operator": "bob"}),
        ("03:00", RequestApproved(request="q"), {"operator": "eve"}),
    ]

    assert (
        Approval("bob", at("03:00"), ("lead",), NOON),
        Approval("eve", at("03:00"), (), None),
    ) == fold(Account("x"), recorded(*lines)).requests["q"].approvals


roles = st.sampled_from([None, "lead", "legal"])
needs = st.lists(
    st.builds(
        Need,
        safeguard=st.sampled_from(["two-person", "b"]),
        approvals=st.integers(1, 2),
        role=roles,
    ),
    max_size=3,
)
moments = st.integers(0, 3).map(lambda hours: NEAR + timedelta(hours=hours))
approvals = st.lists(
    st.builds(
        Approval,
        operator=st.sampled_from(["ann", "bob", "eve", "joe"]),
        at=moments,
        roles=st.lists(st.sampled_from(["lead", "legal"]), unique=True).map(tuple),
        lapses_at=st.none() | moments,
    ),
    max_size=5,
)


def served(places: Sequence[str | None], given: Sequence[Approval]) -> int:
    """
    Return how many of *places*, each for a role or anyone, can be served: the best of all ways.
    """
    if not places:
        return 0
    role, *others = places
    ways = [
        1 + served(others, [*given[:number], *given[number + 1 :]])
        for number, known in enumerate(given)
        if role is None or role in known.roles
    ]
    return max([served(others, given), *ways])


def by_safeguard(needs: Sequence[Need]) -> Iterator[list[Need]]:
    """
    Yield the needs of each safeguard.
    """
    for name in dict.fromkeys(need.safeguard for need in needs):
        yield [need for need in needs if need.safeguard == name]


@given(needs, approvals, moments)
def test_approvals_serve_as_many_needs_as_they_can(needs, approvals, now):
    """
    Of each safeguard by itself: distinct operators, each for one need, none whose approval lapsed.
    """
    standing = {
        known.operator: known
        for known in approvals
        if known.lapses_at is None or now < known.lapses_at
    }
    left = missing(needs, approvals, now)

    for some in by_safeguard(needs):
        places = [need.role for need in some for _ in range(need.approvals)]
        lacking = sum(need.approvals for need in left if need.safeguard == some[0].safeguard)
        assert len(places) - served(places, list(standing.values())) == lacking
    assert all(need.approvals > 0 for need in left)


@given(needs, approvals, approvals, moments)
def test_more_approvals_never_leave_more_to_be_given(needs, some, others, now):
    """
    By other operators: an approval takes nothing away from those that are there.
    """
    added = [known for known in others if known.operator not in {a.operator for a in some}]
    before, after = missing(needs, some, now), missing(needs, [*some, *added], now)

    assert sum(n.approvals for n in after) <= sum(n.approvals for n in before)


@given(needs, approvals, moments)
def test_the_order_of_approvals_by_distinct_operators_makes_no_difference(needs, approvals, now):
    """
    Neither which is missed nor how many, as to their number.
    """
    distinct = list({known.operator: known for known in approvals}.values())
    forth, back = missing(needs, distinct, now), missing(needs, distinct[::-1], now)

    assert sum(n.approvals for n in forth) == sum(n.approvals for n in back)
