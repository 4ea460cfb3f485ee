"""
Replay: the standing that an account would have had without some of what happened to it.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.moderation.account import Account, fold
from ledger.moderation.entry import Entry
from ledger.moderation.events.request import ActRequested
from ledger.moderation.vocabulary import Effect, Holding
from ledger.timeline.cut import Cut
from ledger.timeline.replay import Without, replayed, steps
from ledger.timeline.restrictions import History
from ledger.timeline.standing import standing
from tests.model import Model
from tests.moderation.by_hand import DAY, act, amend, at, clock, correct, recorded, reverse
from tests.strategies import (
    ACCOUNT,
    NEAR,
    Step,
    account_histories,
    grid,
    senseless_histories,
    told_twice,
)
from tests.strategies.histories import PEOPLE
from tests.timeline.test_restrictions import modelled

CUT = Cut({0: 9}, NEAR, settled=True)
BOB = {"operator": "bob"}


def told(
    entries: list[Entry], operators: Iterable[str] = (), actions: Iterable[str] = ()
) -> list[tuple[str | None, str | None, str, str]]:
    """
    Return the differences: from, until, what the standing was and what it would have been.
    """
    found = replayed("x", entries, Without(operators, actions)).differences
    return [(clock(d.from_), clock(d.until), d.was, d.would_have_been) for d in found]


def test_the_eleven_minutes_would_not_have_been():
    """
    Without who deactivated it the account is active throughout; without who ended that, it is
    deactivated still.
    """
    entries = recorded(
        ("22:10", act("a", "deactivate"), {"effective_at": "22:52"}),
        ("23:03", reverse("a"), BOB),
    )

    assert [("22:52", "23:03", "deactivated", "active")] == told(entries, ["ann"])
    assert [("22:52", "23:03", "deactivated", "active")] == told(entries, actions=["a"])
    assert [("23:03", None, "active", "deactivated")] == told(entries, ["bob"])
    assert [] == told(entries, ["carol"], ["unheard-of"])


def test_what_a_removed_act_superseded_goes_on():
    """
    Without the second suspension, which was reversed, the first one lasts until its expiry.
    """
    entries = recorded(
        ("01:00", act("a", expires_at=at("09:00"))),
        ("02:00", act("b"), BOB),
        ("03:00", reverse("b")),
    )

    assert [("03:00", "09:00", "active", "suspended")] == told(entries, ["bob"])
    assert [("01:00", "02:00", "suspended", "active")] == told(entries, actions=["a"])


def test_one_difference_lasts_as_long_as_it_says_the_same():
    """
    Two removed locks that follow each other at once are one difference; a worse standing in
    between is another.
    """
    entries = recorded(
        ("01:00", act("a", "lock", expires_at=at("02:00"))),
        ("02:00", act("b", "lock", expires_at=at("05:00"))),
        ("03:00", act("c", "deactivate", expires_at=at("04:00")), BOB),
    )

    assert [
        ("01:00", "03:00", "locked", "active"),
        ("04:00", "05:00", "locked", "active"),
    ] == told(entries, ["ann"])


def test_rule_11_an_act_is_removed_with_whom_it_is_corrected_to():
    """
    What bob did under ann's name goes with bob and stays without ann; so does a reversal.
    """
    entries = recorded(
        ("01:00", act("a")),
        ("02:00", correct("a", operator="bob"), {"operator": "carol"}),
    )

    assert [("01:00", None, "suspended", "active")] == told(entries, ["bob"])
    assert [] == told(entries, ["ann"])
    assert [] == told(entries, ["carol"])
    reversal = recorded(
        ("01:00", act("a")),
        ("02:00", reverse("a"), {"operator": "carol"}),
        ("03:00", correct("r-a", operator="bob"), {"operator": "dora"}),
    )
    assert [("02:00", None, "active", "suspended")] == told(reversal, ["bob"])
    assert [] == told(reversal, ["carol"])


def test_without_who_approved_or_asked_for_it_an_act_would_not_have_been():
    """
    An act goes with each of its approvers, and with whoever requested it.
    """
    asked = ActRequested(
        request="q",
        action="a",
        measure="suspend",
        inverse="unsuspend",
        effect=Effect.SUSPENDED,
        holding=Holding.SINGLE,
        because_of="own-initiative",
        reason="spam",
        requested_at=DAY,
        needs=(),
    )
    entries = recorded(
        ("01:00", asked, {"operator": "dora"}),
        ("02:00", act("a", request="q", approved_by=("bob", "carol"))),
    )

    for operator in ("ann", "bob", "carol", "dora"):
        assert [("02:00", None, "suspended", "active")] == told(entries, [operator])
    assert [] == told(entries, ["erin"])


def test_what_restores_a_removed_act_is_removed_with_it():
    """
    Had there been no suspension, nobody could have undone it, nor undone the undo.
    """
    entries = recorded(
        ("01:00", act("a"), BOB),
        ("02:00", reverse("a")),
        ("03:00", act("b", restores="a")),
        ("04:00", reverse("b")),
        ("05:00", act("c", restores="b")),
    )

    found = replayed("x", entries, Without(operators=["bob"]))
    assert ["a", "b", "c"] == [action.action for action in found.removed]
    assert {} == found.account.actions


def test_what_names_something_removed_means_nothing():
    """
    An amendment and a correction of an act that is not there change nothing, and are kept.
    """
    entries = recorded(
        ("01:00", act("a"), BOB),
        ("02:00", amend("a", at("09:00"))),
        ("03:00", correct("a", effective_at=at("00:30"))),
        ("04:00", act("b", "lock")),
    )

    found = replayed("x", entries, Without(operators=["bob"]))
    assert (4, ["b"]) == (found.account.version, list(found.account.actions))
    assert [
        ("00:30", "04:00", "suspended", "active"),
        ("04:00", "09:00", "suspended", "locked"),
    ] == told(entries, ["bob"])


@given(account_histories() | senseless_histories("account"))
def test_removing_nothing_makes_no_difference(entries):
    """
    The history without nothing is the history.
    """
    found = replayed(ACCOUNT, entries, Without())

    assert ((), ()) == (found.removed, found.differences)
    assert fold(Account(ACCOUNT), entries) == found.account


def everybody(entries: list[Entry]) -> set[str]:
    """
    Return all who recorded an entry, or are said by one to have.
    """
    said = {getattr(entry.event, "operator", None) or entry.operator for entry in entries}
    return said | {entry.operator for entry in entries}


@given(account_histories() | senseless_histories("account"))
def test_without_everybody_the_account_is_active_throughout(entries):
    """
    Nothing is left, so each time in which it was not active is a difference.
    """
    found = replayed(ACCOUNT, entries, Without(operators=everybody(entries)))

    assert Account(ACCOUNT) == found.account
    assert all(Effect.ACTIVE is d.would_have_been is not d.was for d in found.differences)
    known = steps(fold(Account(ACCOUNT), entries))
    assert [when for when, effect in known if effect is not Effect.ACTIVE] == [
        d.from_ for d in found.differences
    ]


def remaining(story: list[Step], operators: set[str], actions: set[str]) -> Model:
    """
    Return the model of what is left of a history, by plain rules of this test.
    """
    authors = {}
    for entry, fact in story:
        name = fact.get("reversal") or fact.get("action")
        if fact["command"] in ("act", "reverse"):
            authors[name] = entry.operator
        elif fact["command"] == "correct" and fact["id"] in authors:
            authors[fact["id"]] = fact.get("operator", authors[fact["id"]])
    kept = []
    for step in story:
        name, fact = step.fact.get("reversal") or step.fact.get("action"), step.fact
        made = fact["command"] in ("act", "reverse")
        gone = fact["command"] == "act" and name in actions
        if not gone and (authors[name] if made else step.entry.operator) not in operators:
            kept.append(step)
    return modelled(kept)


def edges(*models: Model) -> list[datetime]:
    """
    Return every moment at which a restriction of one of *models* begins or ends.
    """
    rows = [row for model in models for row in model.restrictions()]
    ends = (row["until"] for row in rows if row["until"] is not None)
    return sorted({*(row["from"] for row in rows), *ends})


@given(
    told_twice(),
    st.sets(st.sampled_from(PEOPLE)),
    st.sets(st.sampled_from(["a-1", "a-2", "a-3"])),
)
def test_differences_are_where_two_models_differ(story, operators, actions):
    """
    At every edge of either history plain rules find the two standings that the differences tell,
    and no difference where they find one.
    """
    found = replayed(ACCOUNT, [step.entry for step in story], Without(operators, actions))
    was, would_be = modelled(story), remaining(story, operators, actions)

    for moment in edges(was, would_be):
        pair = was.standing(ACCOUNT, moment), would_be.standing(ACCOUNT, moment)
        told = [(d.was, d.would_have_been) for d in found.differences if d.covers(moment)]
        assert ([] if pair[0] == pair[1] else [pair]) == told
    moments = set(edges(was, would_be))
    assert all({d.from_, d.until} - {None} <= moments for d in found.differences)


@given(told_twice(), st.sets(st.sampled_from(PEOPLE)))
def test_differences_are_in_order_and_do_not_touch_their_like(story, operators):
    """
    Half-open, not empty, apart, and each as long as it can be.
    """
    found = replayed(ACCOUNT, [s.entry for s in story], Without(operators)).differences

    assert all(d.until is None or d.from_ < d.until for d in found)
    for one, other in pairwise(found):
        assert one.until is not None
        assert one.until <= other.from_
        same = (one.was, one.would_have_been) == (other.was, other.would_have_been)
        assert one.until < other.from_ or not same


@given(account_histories() | senseless_histories("account"), grid(-1, 32))
def test_steps_are_the_standing(entries, moment):
    """
    The last step by a moment is the worst of what is in force then.
    """
    history = History(Account(ACCOUNT))
    for entry in entries:
        history.take(entry)
    told = standing(ACCOUNT, history.current.values(), moment, CUT)

    known = [effect for when, effect in steps(history.account) if when <= moment]
    assert told.standing == [Effect.ACTIVE, *known][-1]


@pytest.mark.parametrize("name", ["operators", "actions"])
def test_what_is_left_out_is_a_list_of_ids(name):
    """
    One id by itself is no list: its letters would be taken for ids.
    """
    with pytest.raises(Malformed) as raised:
        Without(**{name: "op-417"})

    assert f"without_{name}" == raised.value.where
