"""
Standing: the worst restriction in force at a moment.
"""

from hypothesis import given
from hypothesis import strategies as st

from ledger.moderation.account import Account
from ledger.moderation.entry import Entry
from ledger.moderation.vocabulary import Effect
from ledger.timeline.cut import Cut
from ledger.timeline.restrictions import History
from ledger.timeline.standing import standing
from tests.moderation.by_hand import act, at, recorded, reverse
from tests.strategies import ACCOUNT, NEAR, grid, restrictions, told_twice
from tests.timeline.test_restrictions import modelled

CUT = Cut({0: 9}, NEAR, settled=True)


def stands(entries: list[Entry], *times: str) -> list[str]:
    """
    Return where account "x" stands at each time after *entries*.
    """
    history = History(Account("x"))
    for entry in entries:
        history.take(entry)
    known = list(history.current.values())
    return [standing("x", known, at(time), CUT).standing for time in times]


def test_the_standing_of_the_eleven_minutes():
    """
    Active before 22:52, deactivated from that moment, active again at 23:03.
    """
    entries = recorded(
        ("22:10", act("a", "deactivate"), {"effective_at": "22:52"}),
        ("23:03", reverse("a")),
    )

    assert ["active", "deactivated", "deactivated", "active"] == stands(
        entries, "22:51", "22:52", "23:02", "23:03"
    )
    assert ["deactivated"] == stands(entries[:1], "23:03")


def test_the_worst_of_several_counts_while_it_lasts():
    """
    A lock within a limit, a strike beside both: what has no effect does not count.
    """
    entries = recorded(
        ("01:00", act("a", "limit")),
        ("02:00", act("b", "lock", expires_at=at("03:00"))),
        ("02:00", act("c", "issue_strike")),
        ("04:00", act("d", "restrict", scope="dm")),
        ("05:00", reverse("a")),
    )

    assert ["active", "limited", "locked", "limited", "restricted"] == stands(
        entries, "00:59", "01:00", "02:00", "03:00", "05:00"
    )


@given(told_twice(), grid(-1, 32), st.integers(0, 10))
def test_the_standing_is_the_models(steps, moment, size):
    """
    At any moment and under any state of knowledge, plain rules give the same standing.
    """
    seen = steps[:size]
    history = History(Account(ACCOUNT))
    for step in seen:
        history.take(step.entry)

    told = standing(ACCOUNT, history.current.values(), moment, CUT)
    assert modelled(seen).standing(ACCOUNT, moment) == told.standing


@given(st.lists(restrictions(), max_size=5), grid())
def test_an_answer_says_what_it_rests_on(known, moment):
    """
    What was in force is listed by beginning and position; at `until` it is over.
    """
    told = standing("x", known, moment, CUT)

    assert ("x", moment, CUT) == (told.account, told.at, told.cut)
    assert [r for r in known if r.from_ <= moment and (r.until is None or moment < r.until)] == (
        [r for r in known if r in told.in_force]
    )
    places = [(r.from_, r.opened_at_position) for r in told.in_force]
    assert sorted(places) == places
    effects = [r.effect for r in told.in_force if r.effect is not None]
    assert max([Effect.ACTIVE, *effects], key=list(Effect).index) == told.standing


def test_nothing_known_is_active():
    """
    An account that nothing was done to stands where every account begins.
    """
    told = standing("x", [], at("12:00"), CUT)

    assert (Effect.ACTIVE, ()) == (told.standing, told.in_force)
