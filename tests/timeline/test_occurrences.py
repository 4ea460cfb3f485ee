"""
The timeline: what was recorded, and between it what follows from it and nobody recorded.
"""

from datetime import datetime

import pytest
from hypothesis import given

from ledger.moderation.account import Account, fold
from ledger.moderation.entry import Entry
from ledger.moderation.term import term
from ledger.timeline.occurrences import Told, occurrences
from tests.moderation.by_hand import (
    Line,
    act,
    amend,
    ask,
    clock,
    correct,
    recorded,
    reverse,
    take_back,
    withdraw,
    withdraw_reversal,
)
from tests.moderation.by_hand import at as time_of
from tests.strategies import ACCOUNT, account_histories, senseless_histories

COMPUTED = ["takes_effect", "reversal_takes_effect", "expires", "request_lapses"]


def told(entries: list[Entry]) -> list[tuple[str | None, str]]:
    """
    Return the timeline: time of the day and what, computed lines with a star.
    """
    return [
        (clock(line.at), line.what.removeprefix("account.") + "*" * (line.told is Told.COMPUTED))
        for line in occurrences("x", entries)
    ]


def reasons(entries: list[Entry]) -> list[str | None]:
    """
    Return of each reversal and expiry why it was without effect; None where it had one.
    """
    ends = ("account.action_reversed", "expires")
    return [line.without_effect for line in occurrences("x", entries) if line.what in ends]


def test_the_timeline_of_the_eleven_minutes():
    """
    Recorded at 22:10, taking effect at 22:52, which nobody recorded, reversed at 23:03.
    """
    entries = recorded(
        ("22:10", act("a", "deactivate"), {"effective_at": "22:52"}),
        ("23:03", reverse("a")),
    )

    assert [
        ("22:10", "action_taken"),
        ("22:52", "takes_effect*"),
        ("23:03", "action_reversed"),
    ] == told(entries)


def test_expiries_and_scheduled_reversals_are_computed():
    """
    They stand at their moments, also those still to come, and name the entry they follow from.
    """
    entries = recorded(
        ("01:00", act("a", expires_at=time_of("05:00"))),
        ("02:00", act("b", "lock")),
        ("03:00", reverse("b"), {"effective_at": "04:00"}),
    )

    assert [
        ("01:00", "action_taken"),
        ("02:00", "action_taken"),
        ("03:00", "action_reversed"),
        ("04:00", "reversal_takes_effect*"),
        ("05:00", "expires*"),
    ] == told(entries)
    computed = [line for line in occurrences("x", entries) if line.told is Told.COMPUTED]
    assert [("b", entries[2]), ("a", entries[0])] == [(c.action, c.entry) for c in computed]


def test_what_holds_nothing_takes_effect_too():
    """
    Credentials that are revoked at a later time are revoked at that time, and never again.
    """
    entries = recorded(
        ("01:00", act("a", "revoke_credentials"), {"effective_at": "05:00"}),
        ("02:00", act("b", "revoke_credentials")),
        ("03:00", act("c", "revoke_credentials"), {"effective_at": "06:00"}),
        ("04:00", withdraw("c")),
    )

    assert [("05:00", "takes_effect*")] == [line for line in told(entries) if "*" in line[1]]


def test_what_falls_due_at_the_moment_of_an_entry_stands_before_it():
    """
    An expiry at three o'clock was due when something was recorded at three o'clock.
    """
    entries = recorded(
        ("01:00", act("a", expires_at=time_of("03:00"))),
        ("03:00", act("b")),
    )

    assert [("01:00", "action_taken"), ("03:00", "expires*"), ("03:00", "action_taken")] == told(
        entries
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("02:00", reverse("a"))], [None]),
        (
            [("02:00", reverse("a")), ("03:00", reverse("a", "again"))],
            [None, "the action had been reversed by then"],
        ),
        (
            [("02:00", act("b")), ("03:00", reverse("a"))],
            ["the action had been superseded by then"],
        ),
        (
            [("02:00", amend("a", time_of("02:30"))), ("03:00", reverse("a"))],
            [None, "the action had expired by then"],
        ),
        (
            [("02:00", amend("a", time_of("05:00"))), ("03:00", reverse("a"))],
            [None, "the action had ended by reversal"],
        ),
        (
            [
                ("02:00", reverse("a"), {"effective_at": "05:00"}),
                ("03:00", withdraw_reversal("a")),
            ],
            ["it was withdrawn"],
        ),
        (
            [("02:00", reverse("a")), ("03:00", correct("r-a", effective_at=time_of("01:00")))],
            ["it is not later than the action's start"],
        ),
    ],
)
def test_rule_9_a_cause_that_ended_nothing_says_why(lines: list[Line], expected):
    """
    A reversal or an expiry that came after the end stays in the timeline, without effect.
    """
    assert expected == reasons(recorded(("01:00", act("a")), *lines))


def test_reversing_what_is_withdrawn_or_holds_nothing_is_without_effect():
    """
    A source may reverse what never was in force.
    """
    entries = recorded(
        ("01:00", act("a"), {"effective_at": "09:00"}),
        ("02:00", withdraw("a")),
        ("03:00", reverse("a")),
        ("04:00", act("b", "revoke_credentials")),
        ("05:00", reverse("b")),
        ("06:00", reverse("unheard-of")),
    )

    assert ["the action was withdrawn", "the action holds nothing", None] == reasons(entries)


def test_rule_9_what_was_never_in_force_is_told_so():
    """
    Withdrawn, superseded at its start or expired before it: in the timeline, and marked.
    """
    entries = recorded(
        ("01:00", act("a"), {"effective_at": "05:00"}),
        ("02:00", act("b"), {"effective_at": "05:00"}),
        ("03:00", act("c", "lock", expires_at=time_of("02:00"))),
        ("04:00", act("d", "limit"), {"effective_at": "06:00"}),
        ("04:30", withdraw("d")),
    )

    told = occurrences("x", entries)
    taken = {line.action: line.never_in_force for line in told if line.what.endswith("_taken")}
    assert {"a": True, "b": False, "c": True, "d": True} == taken
    computed = [(line.action, line.what) for line in told if line.told is Told.COMPUTED]
    assert [("c", "expires"), ("b", "takes_effect")] == computed


@given(account_histories() | senseless_histories("account"))
def test_every_entry_stands_in_the_timeline_once_and_in_order(entries):
    """
    Nothing that was recorded is left out or moved, and what is computed lies in time order.
    """
    entries = sorted(entries, key=lambda entry: (entry.recorded_at, entry.position))
    lines = occurrences(ACCOUNT, entries)

    assert entries == [line.entry for line in lines if line.told is Told.RECORDED]
    assert sorted(line.at for line in lines) == [line.at for line in lines]
    assert all(line.what in COMPUTED for line in lines if line.told is Told.COMPUTED)


@given(account_histories())
def test_computed_lines_are_what_the_terms_say(entries):
    """
    Each deferred effect and each expiry that has one stands at the edge of its action's term.
    """
    folded = fold(Account(ACCOUNT), entries)
    begins: dict[str, datetime] = {}
    expires: dict[str, datetime] = {}
    for line in occurrences(ACCOUNT, entries):
        if line.what == "takes_effect":
            begins[str(line.action)] = line.at
        if line.what == "expires" and line.without_effect is None:
            expires[str(line.action)] = line.at

    for name, action in folded.actions.items():
        held = term(folded, action)
        runs = held is not None and not held.is_empty
        if runs and action.effective_at > action.entry.recorded_at:
            assert action.effective_at == begins[name]
        if held is not None and held.ended_by == "expiry":
            assert held.until == expires[name]
        else:
            assert name not in expires


def test_a_request_lapses_unless_something_ended_it():
    """
    That approvals come too late is nobody's entry; of a request that was withdrawn it is not told.
    """
    entries = recorded(
        ("01:00", ask("q", lapses_at=time_of("03:00"))),
        ("01:30", ask("w", lapses_at=time_of("03:00"))),
        ("02:00", take_back("w")),
        ("04:00", ask("open")),
    )

    assert [
        ("01:00", "act_requested"),
        ("01:30", "act_requested"),
        ("02:00", "request_withdrawn"),
        ("03:00", "request_lapses*"),
        ("04:00", "act_requested"),
    ] == told(entries)
