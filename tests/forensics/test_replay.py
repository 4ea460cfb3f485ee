"""
Replay over a ledger: what would have been, on every account that is touched.
"""

import pytest

from ledger import Entry, Ledger, Malformed, NotFound
from ledger.moderation.moment import moment
from ledger.timeline.replay import Without, replayed
from tests.conftest import HandSetClock, take_action
from tests.store.conftest import live


def at(text: str):
    """
    Return a moment of 2 November, "22:52".
    """
    return moment(f"2017-11-02T{text}:00Z", "at")


def told(found) -> list[tuple[str, str, str]]:
    """
    Return the differences: the account, its standing, and what it would have been.
    """
    return [(d.account, d.was, d.would_have_been) for d in found.differences]


def test_the_eleven_minutes_would_not_have_been(case):
    """
    Without the contractor the account is active throughout: one action less, one difference.
    """
    found = case.ledger.replay(without_operators=["op-417"])

    (difference,) = found.differences
    assert (case.action,) == found.removed
    assert (at("22:52"), at("23:03")) == (difference.from_, difference.until)
    assert [("25073877", "deactivated", "active")] == told(found)
    assert found.differences == case.ledger.replay(without_actions=[case.action]).differences
    assert found.cut == case.ledger.standing("25073877").cut


def test_without_who_reversed_it_the_account_would_still_be_down(case):
    """
    A reversal is left out with its operator, and no action with it.
    """
    found = case.ledger.replay(without_operators=["op-7"])

    assert ((), [("25073877", "active", "deactivated")]) == (found.removed, told(found))
    assert None is found.differences[0].until


@pytest.fixture
def lively(staffed: Ledger, clock: HandSetClock) -> Ledger:
    """
    Return a ledger on each backend in turn, after a hundred and twenty commands.
    """
    for _ in live(staffed, clock, commands=120):
        pass
    return staffed


@pytest.mark.parametrize("operators", [["op-7"], ["op-1", "op-417"], []])
def test_every_account_that_is_touched_is_told(lively: Ledger, operators):
    """
    The same as replaying each account of the ledger by itself, whatever was corrected since.
    """
    found = lively.replay(without_operators=operators)
    streams: dict[str, list[Entry]] = {}
    for entry in lively.entries():
        streams.setdefault(entry.stream, []).append(entry)
    alone = [
        replayed(stream.partition("/")[2], entries, Without(operators))
        for stream, entries in streams.items()
        if stream.startswith("account/")
    ]

    removed = [action for one in alone for action in one.removed]
    removed.sort(key=lambda a: (a.entry.recorded_at, a.entry.log, a.entry.position))
    assert tuple(action.action for action in removed) == found.removed
    differences = [difference for one in alone for difference in one.differences]
    assert sorted(differences, key=lambda d: (d.from_, d.account)) == [*found.differences]
    assert bool(operators) == bool(found.differences)


def test_one_account_is_asked_about_by_itself(staffed: Ledger):
    """
    The same differences as in the whole, and the actions of this account alone.
    """
    take_action(staffed, "a")
    take_action(staffed, "b", action="b-1")

    found = staffed.replay(account="b", without_operators=["op-7"])
    assert (("b-1",), [("b", "deactivated", "active")]) == (found.removed, told(found))


def test_only_the_differences_at_a_moment_are_told(staffed: Ledger, clock):
    """
    Half-open: at its end a difference is over; the actions are left out all the same.
    """
    action = take_action(staffed, "a")
    take_action(staffed, "b")
    clock.set(at("22:30"))
    staffed.reverse(action, by="op-1", reason="error")

    for moment_asked, accounts in [(at("22:29"), ["a", "b"]), (at("22:30"), ["b"])]:
        found = staffed.replay(without_operators=["op-7"], at=moment_asked)
        assert accounts == [difference.account for difference in found.differences]
        assert (moment_asked, 2) == (found.at, len(found.removed))


def test_what_would_have_been_is_as_known_at_a_cut(staffed: Ledger, clock):
    """
    Who did it is whoever was held to have done it then.
    """
    action = take_action(staffed, "a")
    clock.set(at("22:30"))
    staffed.correct(action, by="op-1", operator="comms", reason="shared screen")

    then = staffed.replay(without_operators=["op-7"], known_at=at("22:29"))
    now = staffed.replay(without_operators=["op-7"])
    corrected = staffed.replay(without_operators=["comms"])
    assert [(action,), (), (action,)] == [then.removed, now.removed, corrected.removed]
    again = staffed.replay(without_operators=["op-7"], known_at=then.cut)
    assert (then.removed, then.differences) == (again.removed, again.differences)


def test_leaving_nothing_out_makes_no_difference(case):
    """
    Nothing is touched.
    """
    found = case.ledger.replay()

    assert ((), ()) == (found.removed, found.differences)
    assert ((), ()) == (case.ledger.replay(account="25073877").removed, found.differences)


@pytest.mark.parametrize(
    ("asked", "where", "message"),
    [
        ({"without_operators": ["op-471"]}, "operator", "closest known operator is 'op-417'"),
        ({"without_actions": ["unheard-of"]}, "action", "there is no action 'unheard-of'"),
        ({"account": "unheard-of"}, "account", "has no entry"),
        ({"account": "b", "without_actions": ["a-1"]}, "action", "account 'b' has no action 'a-1'"),
        (
            {"without_actions": ["a-1"], "known_at": "2017-11-02T22:29:00Z"},
            "action",
            "there is no action 'a-1'",
        ),
    ],
)
def test_what_is_not_on_record_is_not_found(staffed: Ledger, clock, asked, where, message):
    """
    An empty answer would hide a slip, or that nothing was known yet.
    """
    clock.set(at("22:30"))
    take_action(staffed, "a", action="a-1")
    take_action(staffed, "b")

    with pytest.raises(NotFound, match=message) as raised:
        staffed.replay(**asked)
    assert where == raised.value.where


@pytest.mark.parametrize("name", ["without_operators", "without_actions"])
def test_one_id_is_no_list(case, name):
    """
    Its letters would be taken for ids.
    """
    with pytest.raises(Malformed) as raised:
        case.ledger.replay(**{name: "op-417"})

    assert name == raised.value.where
