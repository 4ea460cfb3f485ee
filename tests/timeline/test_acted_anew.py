"""
Undoing an undo: what comes back, and what is left as others decided it since (rule 20).
"""

import re

import pytest

from ledger.moderation.entry import Entry
from ledger.moderation.events.appeal import AppealDecided, AppealFiled, AppealOutcome
from ledger.timeline.plan import Selection, Undone
from tests.moderation.by_hand import Line, act, amend, at, recorded, reverse
from tests.timeline.undoing import carried_out, plan_of

ANN = Selection(operators=["ann"])
BOB = {"operator": "bob"}
APPEAL = AppealFiled(appeal="p", action="a", appellant="x")
OVERTURNED = AppealDecided(
    appeal="p", action="a", outcome=AppealOutcome.OVERTURNED, reason="a parody is allowed"
)
UNDONE = Undone("u-1", at("05:00"))
REDO = Selection(undo="u-1")


def later(entries: list[Entry], *lines: Line) -> list[Entry]:
    """
    Return *entries* with those of *lines* behind them.
    """
    before: list[Line] = [("00:00", entry.event) for entry in entries]
    return [*entries, *recorded(*before, *lines)[len(before) :]]


@pytest.mark.parametrize(
    ("before", "since", "fate", "why"),
    [
        ([], [], "restored", None),
        ([], [("06:00", act("c", "lock"), BOB)], "restored", None),
        ([], [("06:00", act("c", scope="posts"), BOB)], "restored", None),
        ([("02:00", amend("a", at("11:00")))], [], "ended", "would be over by now: it expired .*"),
        (
            [("02:00", reverse("a"), {"effective_at": "11:00"})],
            [],
            "ended",
            "would be over by now: it was reversed by 'ann' .*",
        ),
        (
            [("02:00", act("c"), BOB | {"effective_at": "11:00"})],
            [],
            "ended",
            "would be over by now: it was superseded by 'bob' .*",
        ),
        (
            [("02:00", act("c"), {"effective_at": "11:00"})],
            [],
            "ended",
            "would be over by now: it was superseded by 'ann' .*",
        ),
        ([("02:00", act("c"), BOB | {"effective_at": "13:00"})], [], "restored", None),
        ([], [("06:00", act("c"), BOB)], "changed_since", "'c' by 'bob' has taken its place since"),
        (
            [],
            [("06:00", act("c"), BOB), ("07:00", reverse("c"))],
            "changed_since",
            "'c' by 'bob' has taken its place since",
        ),
        ([], [("06:00", act("c"), {"effective_at": "00:30"})], "restored", None),
        ([], [("06:00", act("c"), BOB | {"effective_at": "13:00"})], "restored", None),
        ([], [("06:00", OVERTURNED, BOB)], "restored", None),
        (
            [],
            [("05:30", APPEAL), ("06:00", OVERTURNED, BOB)],
            "changed_since",
            "an appeal against it was decided as overturned by 'bob'",
        ),
        (
            [],
            [("06:00", act("c", "lock", restores="a"), BOB)],
            "changed_since",
            "'c' by 'bob' has taken its place since",
        ),
    ],
)
def test_what_an_undo_ended_is_acted_anew_unless(before: list[Line], since: list[Line], fate, why):
    """
    Unless its time would be over by now, or somebody has decided otherwise since: by an appeal, or
    by using its slot, in force or not.
    """
    entries = recorded(("01:00", act("a")), *before)
    told = carried_out(entries, plan_of(entries, ANN, at("05:00")), at("05:00"))
    plan = plan_of(later(told, *since), REDO, at("12:00"), UNDONE)

    member = next(member for member in plan.members if member.action == "a")
    assert fate == member.fate
    assert (member.why is None) if why is None else re.fullmatch(why, member.why or "")


def test_what_an_undo_acted_anew_is_taken_back_with_it():
    """
    It restored what had been superseded; undone itself, that makes way for what it reversed.
    """
    entries = recorded(("01:00", act("a"), BOB), ("02:00", act("b")))
    asked = Selection(operators=["ann"], restore_superseded=True)
    told = carried_out(entries, plan_of(entries, asked, at("05:00")), at("05:00"))
    plan = plan_of(told, REDO, at("12:00"), UNDONE)

    assert [("b", "restored"), ("u-1-x-2", "reversible")] == [
        (member.action, member.fate) for member in plan.members
    ]
    kept = later(told, ("06:00", amend("u-1-x-2", at("20:00")), BOB))
    plan = plan_of(kept, REDO, at("12:00"), UNDONE)
    assert ["changed_since", "changed_since"] == [member.fate for member in plan.members]
