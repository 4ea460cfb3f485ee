"""
When an action is in force and what ends it: rules 7 to 11 of the semantics, an example a rule.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.moderation.account import Slot
from ledger.moderation.term import ends, in_force, term
from tests.moderation.by_hand import (
    account,
    act,
    amend,
    at,
    correct,
    recorded,
    reverse,
    spells,
    withdraw,
    withdraw_reversal,
)
from tests.strategies import account_histories, accounts, grid, moments


def test_rule_7_a_slot_is_an_account_a_measure_and_a_scope():
    """
    Suspensions from two features and from everything do not touch each other.
    """
    entries = recorded(
        ("01:00", act("all")),
        ("02:00", act("posts", scope="posts")),
        ("03:00", act("mail", scope="mail")),
        ("04:00", act("posts-again", scope="posts")),
    )

    assert {
        "all": ("01:00", None, None),
        "posts": ("02:00", "04:00", "superseded"),
        "mail": ("03:00", None, None),
        "posts-again": ("04:00", None, None),
    } == spells(entries)


def test_rule_7_what_is_held_many_times_over_is_never_superseded():
    """
    Each strike runs by itself, its own expiry and reversal apart.
    """
    entries = recorded(
        ("01:00", act("a", "issue_strike", expires_at=at("05:00"))),
        ("02:00", act("b", "issue_strike")),
        ("03:00", reverse("b")),
        ("04:00", act("c", "issue_strike")),
    )

    assert {
        "a": ("01:00", "05:00", "expiry"),
        "b": ("02:00", "03:00", "reversal"),
        "c": ("04:00", None, None),
    } == spells(entries)


def test_rule_7_what_holds_nothing_has_no_term():
    """
    Revoked credentials are gone at one moment: nothing is in force afterwards.
    """
    entries = recorded(("01:00", act("a", "revoke_credentials")))

    assert {"a": None} == spells(entries)
    assert {} == account(entries).slots


def test_rule_8_actions_are_ordered_by_effective_time_not_by_recording():
    """
    A suspension that was recorded late takes its place between the two that were known.
    """
    entries = recorded(
        ("10:00", act("first"), {"effective_at": "01:00"}),
        ("10:01", act("third"), {"effective_at": "03:00"}),
        ("10:02", act("second"), {"effective_at": "02:00"}),
    )

    assert {
        "first": ("01:00", "02:00", "superseded"),
        "third": ("03:00", None, None),
        "second": ("02:00", "03:00", "superseded"),
    } == spells(entries)


def test_rule_8_of_two_that_start_together_the_later_position_holds():
    """
    The first of two suspensions with one effective time was never in force.
    """
    entries = recorded(
        ("01:00", act("a"), {"effective_at": "05:00"}),
        ("02:00", act("b"), {"effective_at": "05:00"}),
    )
    folded = account(entries)

    assert {"a": ("05:00", "05:00", "superseded"), "b": ("05:00", None, None)} == spells(entries)
    first = term(folded, folded.actions["a"])
    assert first is not None
    assert first.is_empty


def test_rule_8_superseded_only_before_its_own_end():
    """
    A suspension that had run out, or was reversed at that moment, was not superseded.
    """
    entries = recorded(
        ("01:00", act("expired", expires_at=at("02:00"))),
        ("02:00", act("reversed")),
        ("03:00", reverse("reversed")),
        ("03:00", act("cut-short", expires_at=at("09:00"))),
        ("04:00", act("last")),
    )

    assert {
        "expired": ("01:00", "02:00", "expiry"),
        "reversed": ("02:00", "03:00", "reversal"),
        "cut-short": ("03:00", "04:00", "superseded"),
        "last": ("04:00", None, None),
    } == spells(entries)


def test_rule_8_what_was_withdrawn_supersedes_nothing():
    """
    With the deferred suspension taken back, the one before it goes on.
    """
    entries = recorded(
        ("01:00", act("a")),
        ("02:00", act("b", supersedes="a"), {"effective_at": "05:00"}),
        ("03:00", withdraw("b")),
    )

    assert {"a": ("01:00", "05:00", "superseded"), "b": ("05:00", None, None)} == spells(
        entries[:2]
    )
    assert {"a": ("01:00", None, None), "b": None} == spells(entries)


def test_rule_8_reversing_the_superseder_revives_nothing():
    """
    What was superseded stays ended, whatever becomes of what superseded it.
    """
    entries = recorded(("01:00", act("a")), ("02:00", act("b")), ("03:00", reverse("b")))

    assert {
        "a": ("01:00", "02:00", "superseded"),
        "b": ("02:00", "03:00", "reversal"),
    } == spells(entries)


@pytest.mark.parametrize(
    ("expiry", "reversal", "next_one", "expected"),
    [
        ("02:00", "03:00", "04:00", ("02:00", "expiry")),
        ("03:00", "02:00", "04:00", ("02:00", "reversal")),
        ("04:00", "03:00", "02:00", ("02:00", "superseded")),
        ("02:00", "02:00", "03:00", ("02:00", "expiry")),
        ("03:00", "02:00", "02:00", ("02:00", "reversal")),
        ("02:00", "03:00", "02:00", ("02:00", "expiry")),
        ("02:00", "02:00", "02:00", ("02:00", "expiry")),
    ],
)
def test_rule_9_the_earliest_cause_ends_it_and_ties_have_an_order(
    expiry, reversal, next_one, expected
):
    """
    Expiry goes before reversal, and either before supersession, where they fall together.
    """
    entries = recorded(
        ("01:00", act("a", expires_at=at(expiry))),
        ("01:10", reverse("a"), {"effective_at": reversal}),
        ("01:20", act("b"), {"effective_at": next_one}),
    )

    assert ("01:00", *expected) == spells(entries)["a"]


def test_rule_9_the_closer_is_the_one_of_the_cause_that_won():
    """
    A reversal names its operator and position, a superseder its own; nobody ends an expiry.
    """
    entries = recorded(
        ("01:00", act("a")),
        ("02:00", reverse("a"), {"operator": "bob"}),
        ("03:00", act("b")),
        ("04:00", act("c", expires_at=at("05:00")), {"operator": "eve"}),
    )
    folded = account(entries)

    closers = [term(folded, folded.actions[name]) for name in "abc"]
    assert [("bob", 2), ("eve", 4), (None, None)] == [
        (held.closed_by, held.closed_at_position) for held in closers if held
    ]


def test_rule_9_every_other_cause_is_kept_behind_the_one_that_won():
    """
    The causes of an end are told in the order in which they would have ended it.
    """
    entries = recorded(
        ("01:00", act("a", expires_at=at("04:00"))),
        ("02:00", reverse("a"), {"effective_at": "03:00"}),
        ("02:30", act("b"), {"effective_at": "05:00"}),
    )
    folded = account(entries)

    causes = [cause.ended_by for cause in ends(folded, folded.actions["a"])]
    assert ["reversal", "expiry", "superseded"] == causes


def test_rule_10_of_several_reversals_the_earliest_that_stands_ends_it():
    """
    A source may say twice that an action was reversed; one that was withdrawn ends nothing.
    """
    entries = recorded(
        ("01:00", act("a")),
        ("02:00", reverse("a"), {"effective_at": "05:00"}),
        ("03:00", reverse("a", "again"), {"effective_at": "06:00"}),
        ("04:00", withdraw_reversal("a")),
    )

    assert {"a": ("01:00", "05:00", "reversal")} == spells(entries[:3])
    assert {"a": ("01:00", "06:00", "reversal")} == spells(entries)


def test_rule_11_amending_moves_or_removes_the_expiry():
    """
    None removes an expiry, and the last amendment holds.
    """
    entries = recorded(
        ("01:00", act("a", expires_at=at("02:00"))),
        ("01:10", amend("a", at("09:00"))),
        ("01:20", amend("a", None)),
        ("01:30", amend("a", at("03:00"))),
    )

    known = [spells(entries[:size])["a"] for size in (1, 2, 3, 4)]
    assert [
        ("01:00", "02:00", "expiry"),
        ("01:00", "09:00", "expiry"),
        ("01:00", None, None),
        ("01:00", "03:00", "expiry"),
    ] == known


def test_rule_11_the_last_correction_of_each_field_wins():
    """
    A corrected start moves the action in its slot, and a corrected reversal its end.
    """
    entries = recorded(
        ("01:00", act("a")),
        ("02:00", act("b")),
        ("05:00", reverse("b")),
        ("06:00", correct("a", effective_at=at("03:00"))),
        ("06:10", correct("r-b", effective_at=at("02:30"))),
        ("06:20", correct("a", operator="bob")),
        ("06:30", correct("a", effective_at=at("04:00"))),
    )
    folded = account(entries)

    assert {
        "a": ("03:00", None, None),
        "b": ("02:00", "03:00", "superseded"),
    } == spells(entries[:4])
    assert ("02:00", "02:30", "reversal") == spells(entries[:5])["b"]
    assert ("04:00", None, None) == spells(entries)["a"]
    assert ("bob", "ann") == (folded.actions["a"].operator, folded.actions["a"].entry.operator)


@given(account_histories(), grid())
def test_at_most_one_action_of_a_single_slot_is_in_force(entries, moment):
    """
    Whatever was recorded, two suspensions in one slot never run at once.
    """
    folded = account(entries)

    for slot in (Slot("suspend", None), Slot("suspend", "posts"), Slot("restrict", "dm")):
        running = [
            action.action
            for action in folded.actions.values()
            if action.slot == slot
            and (held := term(folded, action)) is not None
            and held.covers(moment)
        ]
        found = in_force(folded, slot, moment)
        assert running == ([found.action] if found else [])


@given(account_histories())
def test_a_term_is_the_first_of_the_ends_on_record(entries):
    """
    What ends an action is the earliest of the causes that its history gives.
    """
    folded = account(entries)
    for action in folded.actions.values():
        held = term(folded, action)
        if held is not None:
            causes = [cause for cause in ends(folded, action) if cause.until is not None]
            assert held == (causes[0] if causes else held._replace(until=None))
            assert sorted(causes, key=lambda cause: str(cause.until)) == causes


@given(accounts(), st.sampled_from([Slot("suspend", None), Slot("nothing", None)]), moments())
def test_in_force_is_what_covers_the_moment(folded, slot, moment):
    """
    Nothing is said to be in force that does not cover the moment.
    """
    found = in_force(folded, slot, moment)

    held = None if found is None else term(folded, found)
    assert found is None or (held is not None and held.covers(moment))
