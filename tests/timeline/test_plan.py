"""
The plan of an undo: what is selected, and into which list each action falls.
"""

import re
from collections.abc import Sequence
from datetime import datetime

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.moderation.account import Account, fold
from ledger.moderation.events import Context
from ledger.moderation.term import term
from ledger.timeline.cut import Cut
from ledger.timeline.plan import PLANNED, Fate, Left, Member, Plan, Selection
from tests.moderation.by_hand import (
    Line,
    act,
    amend,
    at,
    correct,
    recorded,
    reverse,
    withdraw,
    withdraw_reversal,
)
from tests.strategies import ACCOUNT, NEAR, account_histories, grid, of
from tests.strategies.histories import PEOPLE
from tests.timeline.undoing import plan_of

ANN = Selection(operators=["ann"])
BOB = {"operator": "bob"}


def fates(lines: Sequence[Line], asked: Selection = ANN, when: str = "12:00") -> dict[str, str]:
    """
    Return the list that each action falls into.
    """
    plan = plan_of(recorded(*lines), asked, at(when))
    return {member.action: member.fate for member in plan.members}


@pytest.mark.parametrize(
    ("lines", "fate", "by", "why"),
    [
        ([], "reversible", None, None),
        ([("02:00", amend("a", at("20:00")))], "reversible", None, None),
        ([("02:00", reverse("a"), {"effective_at": "20:00"})], "reversible", None, None),
        ([("02:00", reverse("a"), BOB)], "ended", "bob", "was reversed by 'bob' at .*T02:00:00Z"),
        ([("02:00", act("b"), BOB)], "ended", "bob", "was superseded by 'bob' at .*T02:00:00Z"),
        ([("02:00", amend("a", at("03:00")))], "ended", None, "expired at .*T03:00:00Z"),
        (
            [("02:00", amend("a", at("00:30")))],
            "ended",
            None,
            "was never in force: it expired at .*T00:30:00Z",
        ),
        (
            [("02:00", amend("a", at("20:00")), BOB)],
            "changed_since",
            "bob",
            "was amended by 'bob' at .*T02:00:00Z",
        ),
        (
            [("02:00", correct("a", effective_at=at("00:30")), BOB)],
            "changed_since",
            "bob",
            "was corrected by 'bob' at .*T02:00:00Z",
        ),
        (
            [("02:00", reverse("a"), BOB | {"effective_at": "20:00"})],
            "changed_since",
            "bob",
            "is to be reversed by 'bob' at .*T20:00:00Z",
        ),
        (
            [
                ("02:00", reverse("a"), {"effective_at": "20:00"}),
                ("03:00", withdraw_reversal("a"), BOB),
            ],
            "changed_since",
            "bob",
            "was kept: its reversal was withdrawn by 'bob' at .*T03:00:00Z",
        ),
        (
            [
                ("02:00", reverse("a"), BOB | {"effective_at": "20:00"}),
                ("03:00", withdraw_reversal("a")),
            ],
            "reversible",
            None,
            None,
        ),
    ],
)
def test_what_became_of_an_action_decides_its_list(lines: list[Line], fate, by, why):
    """
    In force and untouched by others: reversible; else it says who ended or changed it, and how.
    """
    plan = plan_of(recorded(("01:00", act("a")), *lines), ANN, at("12:00"))

    (member,) = (member for member in plan.members if member.action == "a")
    assert (fate, by) == (member.fate, member.by)
    assert (member.why is None) if why is None else re.fullmatch(why, member.why or "")


@pytest.mark.parametrize(
    ("lines", "fate", "why"),
    [
        ([], "pending", None),
        ([("02:00", amend("a", at("23:00")))], "pending", None),
        ([("02:00", withdraw("a"), BOB)], "ended", "was withdrawn by 'bob' at .*T02:00:00Z"),
        ([("02:00", amend("a", at("23:00")), BOB)], "changed_since", "was amended by 'bob' .*"),
        (
            [("02:00", reverse("a"), BOB | {"effective_at": "19:00"})],
            "ended",
            "was never in force: it was reversed by 'bob' at .*T19:00:00Z",
        ),
    ],
)
def test_what_is_still_to_take_effect_is_withdrawn(lines: list[Line], fate, why):
    """
    A deferred act is pending, whatever its measure, unless it was withdrawn or others changed it.
    """
    for measure in ("suspend", "terminate"):
        deferred = ("01:00", act("a", measure), {"effective_at": "20:00"})
        plan = plan_of(recorded(deferred, *lines), ANN, at("12:00"))
        assert [fate] == [member.fate for member in plan.members]
        assert (why is None) or re.fullmatch(why, plan.members[0].why or "")
    gone = [("01:00", act("a", "revoke_credentials"), {"effective_at": "20:00"})]
    assert {"a": "pending"} == fates(gone)


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (act("a", "terminate"), "'terminate' cannot be reversed"),
        (act("a", "revoke_credentials"), "'revoke_credentials' holds nothing that could be ended"),
        (act("a", reversible_until=at("11:59")), "could be reversed until 2017-11-02T11:59:00Z"),
    ],
)
def test_what_cannot_be_reversed_says_why(action, why):
    """
    No inverse, nothing that is held, or too late; up to its last moment it can.
    """
    plan = plan_of(recorded(("01:00", action)), ANN, at("12:00"))

    assert [("a", why)] == [(member.action, member.why) for member in plan.irreversible]
    in_time = [("01:00", act("a", reversible_until=at("12:00")))]
    assert {"a": "reversible"} == fates(in_time)


def test_whose_change_is_another_ones_depends_on_the_selection():
    """
    Selected by operators, their changes are their own; selected by action or session, only the
    actor's are.
    """
    context = Context(session="s-1")
    lines: list[Line] = [
        ("01:00", act("a", context=context)),
        ("02:00", amend("a", at("20:00")), BOB),
    ]

    assert {"a": "reversible"} == fates(lines, Selection(operators=["ann", "bob"]))
    assert {"a": "changed_since"} == fates(lines, Selection(operators=["ann"]))
    assert {"a": "changed_since"} == fates(lines, Selection(actions=["a"]))
    assert {"a": "changed_since"} == fates(lines, Selection(sessions=["s-1"]))


SELECTED: list[Line] = [
    ("01:00", act("a", context=Context(session="s-1"))),
    ("02:00", act("b", "lock"), BOB),
    ("03:00", act("c", "limit"), {"effective_at": "01:30"}),
    ("03:00", act("d", "warn"), {"effective_at": "20:00"}),
    ("04:00", correct("d", operator="bob"), {"operator": "carol"}),
]


@pytest.mark.parametrize(
    ("asked", "selected"),
    [
        ({"operators": ["ann"]}, "ac"),
        ({"operators": ["bob"]}, "bd"),
        ({"actions": ["b", "c"]}, "bc"),
        ({"sessions": ["s-1", "s-2"]}, "a"),
        ({"operators": ["ann"], "actions": ["b", "c"]}, "c"),
        ({"operators": ["bob"], "sessions": ["s-1"]}, ""),
        ({"operators": PEOPLE, "since": at("01:30")}, "bcd"),
        ({"operators": PEOPLE, "until": at("01:30")}, "a"),
        ({"operators": PEOPLE, "since": at("02:00"), "until": at("03:00")}, "b"),
        ({"operators": PEOPLE, "since": at("03:00")}, "d"),
    ],
)
def test_all_that_is_given_must_hold(asked, selected):
    """
    Operators as corrected; a half-open window over when it was done: recorded, or in effect before.
    """
    assert [*selected] == [*fates(SELECTED, Selection(**asked))]


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({}, "operators"),
        ({"since": NEAR}, "operators"),
        ({"operators": "ann"}, "operators"),
        ({"actions": [""]}, "actions"),
        ({"operators": ["ann"], "since": at("02:00"), "until": at("02:00")}, "until"),
        ({"operators": ["ann"], "since": datetime(2017, 11, 2)}, "since"),  # noqa: DTZ001, naive
        ({"undo": ""}, "undo"),
    ],
)
def test_a_selection_that_selects_by_nothing_is_malformed(asked, where):
    """
    An undo of everything is nobody's wish, and a slip in one of the arguments is told.
    """
    with pytest.raises(Malformed) as raised:
        Selection(**asked)

    assert where == raised.value.where


def test_what_a_reversible_action_superseded_is_named():
    """
    Past what is undone with it; not what has expired or was reversed meanwhile.
    """
    lines: list[Line] = [
        ("01:00", act("a"), BOB),
        ("02:00", act("b")),
        ("03:00", act("c")),
        ("01:00", act("d", "lock", expires_at=at("11:00")), BOB),
        ("02:00", act("e", "lock")),
    ]
    plan = plan_of(recorded(*lines), ANN, at("12:00"))

    assert [("c", "a"), ("e", None)] == [(m.action, m.superseded) for m in plan.reversible]
    assert (Left("x", plan.left[0].standing, plan.left[0].after),) == plan.left
    assert ("suspended", "active") == (plan.left[0].standing, plan.left[0].after)
    asked = attrs.evolve(ANN, restore_superseded=True)
    plan = plan_of(recorded(*lines), asked, at("12:00"))
    assert ["a"] == [member.action for member in plan.restored]
    assert "suspended" == plan.left[0].after


@given(account_histories(), st.sets(st.sampled_from(PEOPLE), min_size=1), grid(0, 40))
def test_each_action_of_the_operators_stands_in_one_list(entries, operators, moment):
    """
    Every one that they took, as corrected, once, with the term that is known of it.
    """
    folded = fold(Account(ACCOUNT), entries)
    plan = plan_of(entries, Selection(operators=operators), moment)

    mine = [name for name, a in folded.actions.items() if a.operator in operators]
    assert mine == [member.action for member in plan.members]
    assert len(mine) == sum(len(plan.of(fate)) for fate in Fate)
    for member in plan.members:
        held = term(folded, folded.actions[member.action])
        assert (held and (held.from_, held.until, held.ended_by)) in (
            None,
            (member.from_, member.until, member.ended_by),
        )
        assert (member.fate in PLANNED) == (member.why is None)
        if member.fate is Fate.REVERSIBLE:
            assert held is not None
            assert held.covers(moment)


@settings(max_examples=25)
@given(of(Plan), of(Plan))
def test_the_digest_is_that_of_selection_cut_and_lists(plan, other):
    """
    The same for the same plan, and another one where any of them differs.
    """
    same = attrs.evolve(plan, at=other.at, left=other.left, undone=other.undone)
    assert plan.digest == same.digest
    cut = Cut({**plan.cut.positions, 256: 1}, plan.cut.known_at, settled=True)
    assert plan.digest != attrs.evolve(plan, cut=cut).digest
    asked = attrs.evolve(plan, asked=other.asked)
    assert (plan.asked == other.asked) == (plan.digest == asked.digest)
    assert plan.digest == attrs.evolve(plan, members=tuple(map(unsaid, plan.members))).digest
    members = attrs.evolve(plan, members=other.members)
    listed = [{fate: [*map(unsaid, p.of(fate))] for fate in Fate} for p in (plan, other)]
    assert (listed[0] == listed[1]) == (plan.digest == members.digest)


def unsaid(member: Member) -> Member:
    """
    Return *member* without what is only there to be read.
    """
    return attrs.evolve(member, by=None, why=None)


def test_the_digest_of_a_plan_is_fixed():
    """
    Golden: whoever planned can say years later what it was that he saw.
    """
    plan = plan_of(recorded(*SELECTED), Selection(operators=PEOPLE), at("12:00"))

    assert "8d458ad7986adf92284303f3ae0d653367c2aafa42bb28bd53e025a0216766aa" == plan.digest
