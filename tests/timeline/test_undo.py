"""
Undo: the plan equals what happens, and undoing the undo restores every standing (rule 20).
"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Conflict
from ledger.moderation.account import Account, fold
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionReversed, ActionTaken
from ledger.moderation.term import EndedBy, live_reversals, term
from ledger.moderation.vocabulary import Holding
from ledger.timeline.plan import PLANNED, Fate, Selection, Undone
from tests.moderation.by_hand import Line, act, amend, at, recorded, reverse, withdraw
from tests.moderation.by_hand import correct as corrected
from tests.strategies import ACCOUNT, account_histories
from tests.strategies.histories import PEOPLE
from tests.timeline.undoing import BY, carried_out, edges, plan_of, standing_at

MINUTE = timedelta(minutes=1)
ANN = Selection(operators=["ann"])
BOB = {"operator": "bob"}


def after(entries: list[Entry], minutes: int) -> datetime:
    """
    Return the moment that lies that much after the last entry.
    """
    return entries[-1].recorded_at + minutes * MINUTE


def undone(entries: list[Entry], asked: Selection, now: datetime) -> list[Entry]:
    """
    Return the history after what is *asked* for was undone as ``u-1``.
    """
    return carried_out(entries, plan_of(entries, asked, now), now)


def redone(
    entries: list[Entry], recorded_at: datetime, now: datetime, undo: str = "u-1"
) -> list[Entry]:
    """
    Return the history after the undo *undo* of that time was itself undone at *now*.
    """
    plan = plan_of(entries, Selection(undo=undo), now, Undone(undo, recorded_at))
    return carried_out(entries, plan, now, f"not-{undo}")


def acts(entries: list[Entry]) -> list[ActionTaken]:
    """
    Return the acts of a history in recorded order.
    """
    return [entry.event for entry in entries if isinstance(entry.event, ActionTaken)]


@given(account_histories(), st.sets(st.sampled_from(PEOPLE), min_size=1), st.integers(1, 12))
def test_a_plan_equals_what_happens(entries, operators, minutes):
    """
    What is planned is reversed or withdrawn by whoever undoes, once, and nothing else is touched;
    the standing before and after is what the plan says.
    """
    now = after(entries, minutes)
    plan = plan_of(entries, Selection(operators=operators), now)
    told = carried_out(entries, plan, now)

    account = fold(Account(ACCOUNT), told)
    for member in plan.members:
        action = account.actions[member.action]
        new = [r for r in live_reversals(action) if r.operator == BY]
        assert (member.fate is Fate.REVERSIBLE) == bool(new)
        assert (member.fate is Fate.PENDING) == (
            action.withdrawn is not None and action.withdrawn.operator == BY
        )
        if member.fate is Fate.REVERSIBLE:
            assert [now] == [reversal.effective_at for reversal in live_reversals(action)]
            held = term(account, action)
            assert held is not None
            assert (now, EndedBy.REVERSAL, BY) == (held.until, held.ended_by, held.closed_by)
    named = {getattr(entry.event, "action", None) for entry in told[len(entries) :]}
    assert {member.action for member in plan.members if member.fate in PLANNED} == named
    for left in plan.left:
        assert (standing_at(entries, now), standing_at(told, now)) == (left.standing, left.after)


@given(
    account_histories(),
    st.sets(st.sampled_from(PEOPLE), min_size=1),
    st.integers(1, 12),
    st.integers(1, 20),
)
def test_undoing_the_undo_restores_every_standing(entries, operators, minutes, later):
    """
    From the moment on at which the undo is undone, the account stands as if there had been none.
    """
    first = after(entries, minutes)
    told = undone(entries, Selection(operators=operators), first)
    second = first + later * MINUTE
    back = redone(told, first, second)

    for moment in [second, *(m for m in edges(entries, told, back) if m > second)]:
        assert standing_at(entries, moment) == standing_at(back, moment)


@given(account_histories(), st.sets(st.sampled_from(PEOPLE), min_size=1), st.integers(1, 12))
def test_an_undo_can_be_undone_again_and_again(entries, operators, minutes):
    """
    Undoing the undo of the undo leaves what the undo left.
    """
    first = after(entries, minutes)
    told = undone(entries, Selection(operators=operators), first)
    back = redone(told, first, first + MINUTE)
    again = redone(back, first + MINUTE, first + 2 * MINUTE, "not-u-1")

    for moment in [first + 2 * MINUTE, *edges(entries, told, again)]:
        if moment >= first + 2 * MINUTE:
            assert standing_at(told, moment) == standing_at(again, moment)


@given(account_histories(), st.sets(st.sampled_from(PEOPLE), min_size=1), st.integers(1, 12))
def test_what_was_superseded_is_acted_anew_on_request(entries, operators, minutes):
    """
    The account then stands, at that moment, as if the actions that were reversed had not been.
    """
    now = after(entries, minutes)
    asked = Selection(operators=operators, restore_superseded=True)
    plan = plan_of(entries, asked, now)
    told = carried_out(entries, plan, now)

    anew = acts(told[len(entries) :])
    assert [m.action for m in plan.restored] == [event.restores for event in anew]
    assert {m.superseded for m in plan.reversible} - {None} == {m.action for m in plan.restored}
    for left in plan.left:
        assert standing_at(told, now) == left.after


@given(account_histories(), st.integers(1, 12))
def test_a_slot_is_never_held_twice(entries, minutes):
    """
    An undo and its undoing leave one action at most in force in a slot that holds one.
    """
    now = after(entries, minutes)
    told = undone(entries, Selection(operators=PEOPLE, restore_superseded=True), now)
    for history in (told, redone(told, now, now + MINUTE)):
        account = fold(Account(ACCOUNT), history)
        holding = [
            action.slot
            for action in account.actions.values()
            if action.taken.holding is Holding.SINGLE
            and (held := term(account, action)) is not None
            and held.covers(history[-1].recorded_at)
        ]
        assert len(set(holding)) == len(holding)


def test_what_is_acted_anew_has_the_terms_that_remain():
    """
    Reports, ground, expiry and the last time of reversal are those of the first act; the reason and
    the moment are the undo's.
    """
    entries = recorded(
        ("01:00", act("a", expires_at=at("09:00"), ground="tos 4", reversible_until=at("08:00"))),
        ("01:30", act("b", "revoke_credentials"), {"effective_at": "07:00"}),
    )
    told = redone(undone(entries, ANN, at("02:00")), at("02:00"), at("03:00"))

    assert [at("03:00"), at("07:00")] == [entry.effective_at for entry in told[-2:]]
    first, second = acts(told)[-2:]
    assert ("a", at("09:00"), at("08:00"), "tos 4", "compromised", at("03:00")) == (
        first.restores,
        first.expires_at,
        first.reversible_until,
        first.ground,
        first.reason,
        first.requested_at,
    )
    assert ("b", None) == (second.restores, second.expires_at)
    late = redone(undone(entries, ANN, at("02:00")), at("02:00"), at("07:30"))
    assert [at("07:30"), at("07:30")] == [e.effective_at for e in late[-2:]]


def test_a_scheduled_reversal_of_his_own_makes_way_and_comes_back():
    """
    An action is reversed at most once: what was to end it later is withdrawn; acted anew, it ends
    when it was to.
    """
    entries = recorded(
        ("01:00", act("a")),
        ("01:30", reverse("a"), {"effective_at": "06:00"}),
    )
    told = undone(entries, ANN, at("02:00"))

    assert ["account.reversal_withdrawn", "account.action_reversed"] == [e.kind for e in told[2:]]
    assert at("06:00") == acts(redone(told, at("02:00"), at("03:00")))[-1].expires_at


def test_what_an_act_superseded_and_will_again_is_named():
    """
    A deferred suspension that comes back supersedes what was in force before the undo.
    """
    entries = recorded(
        ("01:00", act("a"), BOB),
        ("01:30", act("b"), {"effective_at": "06:00"}),
    )
    told = redone(undone(entries, ANN, at("02:00")), at("02:00"), at("03:00"))

    last = acts(told)[-1]
    assert ("b", "a") == (last.restores, last.supersedes)


@pytest.mark.parametrize(
    ("since", "became"),
    [
        (("03:00", reverse("a"), BOB), "was reversed by 'bob' at 2017-11-02T03:00:00Z"),
        (("03:00", amend("a", at("08:00"))), "until 2017-11-02T08:00:00Z and not"),
        (("03:00", amend("a", at("08:00")), BOB), "was amended by 'bob'"),
        (("03:00", act("c"), BOB), "was superseded by 'bob'"),
        (("03:00", act("c"), {"effective_at": "08:00"}), "until 2017-11-02T08:00:00Z and not"),
        (("03:00", corrected("a", operator="bob")), "is not what was selected any more"),
        (("03:00", corrected("a", effective_at=at("00:30"))), "from 2017-11-02T00:30:00Z"),
        (("03:00", withdraw("p"), BOB), "'p' on account 'x' was withdrawn by 'bob'"),
    ],
)
def test_a_plan_that_is_out_of_date_is_a_conflict(since: Line, became):
    """
    Whatever changed a planned action since, the error says which one and how; nothing is recorded.
    """
    lines: list[Line] = [
        ("01:00", act("a", expires_at=at("10:00"))),
        ("01:30", act("p", "lock"), {"effective_at": "09:00"}),
    ]
    plan = plan_of(recorded(*lines), ANN, at("02:00"))

    with pytest.raises(Conflict) as raised:
        carried_out(recorded(*lines, since), plan, at("04:00"))
    assert became in raised.value.message
    assert ("plan", "a new plan") == (raised.value.where, raised.value.expected)


def test_time_alone_makes_a_plan_out_of_date():
    """
    What was pending has taken effect, what was in force has expired: the undo would do otherwise.
    """
    entries = recorded(
        *(("01:00", act(f"a-{n}", "warn", expires_at=at("05:00"))) for n in range(4)),
        ("01:30", act("p", "lock"), {"effective_at": "03:00"}),
    )
    plan = plan_of(entries, ANN, at("02:00"))

    with pytest.raises(Conflict, match="'p' on account 'x' was pending and is reversible"):
        carried_out(entries, plan, at("03:00"))
    with pytest.raises(Conflict, match=r"'a-2' on account 'x' expired at .*; and 2 more"):
        carried_out(entries, plan, at("06:00"))
    assert 10 == len(carried_out(entries, plan, at("02:30")))


def test_what_changed_beside_the_plan_is_no_conflict():
    """
    New acts of the same operator and changes of what is over do not concern a plan.
    """
    lines: list[Line] = [("01:00", act("a")), ("01:00", act("b", "lock", expires_at=at("01:30")))]
    plan = plan_of(recorded(*lines), ANN, at("02:00"))
    more: list[Line] = [("02:10", act("c", "limit")), ("02:20", amend("b", None))]

    told = carried_out(recorded(*lines, *more), plan, at("04:00"))
    assert ["a"] == [e.event.action for e in told[4:] if isinstance(e.event, ActionReversed)]
