"""
Plans of undos over a ledger: what is selected on which accounts, and what carrying them out does.
"""

from datetime import timedelta
from typing import Any

import pytest

from ledger import Conflict, Ledger, Malformed, NotFound, Refused
from ledger.moderation.account import Account, fold
from ledger.moderation.commands import command_of
from ledger.moderation.commands.undo import Undo
from ledger.moderation.moment import moment
from ledger.store.order import Order
from ledger.timeline.plan import Plan, Selection
from ledger.timeline.undo import members
from tests.conftest import HandSetClock, take_action
from tests.store.conftest import live

MINUTE = timedelta(minutes=1)


def at(text: str):
    """
    Return a moment of 2 November, "22:52".
    """
    return moment(f"2017-11-02T{text}:00Z", "at")


def carry_out(ledger: Ledger, plan: Plan) -> str:
    """
    Let op-1 do what *plan* says, and return the id of the undo.
    """
    told = {"plan": plan.digest, "by": "op-1", "reason": "compromised", "undoes": plan.asked.undo}
    (undo,) = ledger.record_orders([Order(command_of(Undo, told), plan=plan)])
    return undo


def standings(ledger: Ledger, accounts: list[str], at: Any = None) -> list[str]:
    """
    Return where each of *accounts* stands.
    """
    return [ledger.standing(account, at=at).standing for account in accounts]


@pytest.fixture
def lively(staffed: Ledger, clock: HandSetClock) -> Ledger:
    """
    Return a ledger on each backend in turn, after a hundred and twenty commands.
    """
    for _ in live(staffed, clock, commands=120):
        pass
    return staffed


@pytest.mark.parametrize(
    "asked",
    [
        {"operators": ["op-7"]},
        {"operators": ["op-1", "op-417"]},
        {"operators": ["op-7"], "since": "2017-11-03T10:00:00Z"},
        {"operators": ["op-7"], "until": "2017-11-03T10:00:00Z"},
    ],
)
def test_a_plan_looks_at_every_account(lively: Ledger, asked):
    """
    The same members as planning each account of the ledger by itself, corrected operators included.
    """
    plan = lively.plan_undo(**asked)

    expected = []
    for account in ("anna", "björn", "c\N{SNOWMAN}", "dora"):
        folded = fold(Account(account), lively.entries(account=account))
        expected += members(folded, Selection(**asked), plan.at)
    assert tuple(expected) == plan.members
    assert {member.account for member in expected} == {left.account for left in plan.left}
    assert len(plan.members) > len(plan.ended) > 0


def test_operators_are_those_that_are_held_right(staffed: Ledger, clock):
    """
    An act that was corrected to somebody is his, even if it holds nothing or never did.
    """
    for account, more in {"a": {}, "b": {"effective_at": at("23:00")}}.items():
        take_action(staffed, account, "revoke_credentials", action=f"{account}-1", **more)
        clock.advance(minutes=1)
        staffed.correct(f"{account}-1", by="op-1", operator="comms", reason="shared screen")

    plan = staffed.plan_undo(operators=["comms"])
    assert [("a-1", "irreversible"), ("b-1", "changed_since")] == [
        (member.action, member.fate) for member in plan.members
    ]
    assert () == staffed.plan_undo(operators=["op-7"]).members


def test_a_session_is_found_on_all_accounts(staffed: Ledger):
    """
    By its name, whatever characters it has, and by no other that begins like it.
    """
    session = 's"-1 \\ \N{SNOWMAN}'
    for account, told in {"a": session, "b": session, "c": f"{session}1", "d": None}.items():
        take_action(staffed, account, session=told, reason=f'"session":"{session}"')

    plan = staffed.plan_undo(sessions=[session])
    assert ["a", "b"] == [member.account for member in plan.members]
    assert () == staffed.plan_undo(sessions=["s"]).members


def test_a_window_is_over_when_it_was_done(staffed: Ledger, clock):
    """
    What was recorded late is in the window in which it took effect.
    """
    take_action(staffed, "a")
    clock.set(at("22:30"))
    take_action(staffed, "b", effective_at=at("22:10"))
    take_action(staffed, "c")

    windows = [("22:00", "22:10"), ("22:10", "22:30"), ("22:30", "22:40")]
    plans = [staffed.plan_undo(operators=["op-7"], since=at(s), until=at(u)) for s, u in windows]
    assert [["a"], ["b"], ["c"]] == [[m.account for m in plan.members] for plan in plans]


def test_named_actions_are_narrowed_by_what_else_is_given(staffed: Ledger):
    """
    Everything that is given must hold.
    """
    names = [take_action(staffed, "a", by="op-7"), take_action(staffed, "b", by="op-1")]

    assert names == [m.action for m in staffed.plan_undo(actions=names).members]
    plan = staffed.plan_undo(actions=names, operators=["op-1"])
    assert names[1:] == [m.action for m in plan.members]


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"operators": ["op-471"]}, "operator"),
        ({"actions": ["unheard-of"]}, "action"),
        ({"actions": ["unheard-of"], "operators": ["op-7"]}, "action"),
        ({"undo": "unheard-of"}, "undo"),
    ],
)
def test_what_is_not_on_record_is_not_found(staffed: Ledger, asked, where):
    """
    An operator who is not enrolled, an action and an undo that there are not.
    """
    take_action(staffed, "a")

    with pytest.raises(NotFound) as raised:
        staffed.plan_undo(**asked)
    assert where == raised.value.where


def test_an_undo_of_nothing_in_particular_is_malformed(case):
    """
    Neither whose nor which: a window alone would undo everybody's work.
    """
    with pytest.raises(Malformed):
        case.ledger.plan_undo(since=at("22:00"))


def test_a_plan_is_the_same_until_something_is_recorded(staffed: Ledger, clock):
    """
    Its digest tells whether what would be done is what was seen.
    """
    take_action(staffed, "a")
    plan = staffed.plan_undo(operators=["op-7"])
    clock.advance(minutes=1)

    assert plan.digest == staffed.plan_undo(operators=["op-7"]).digest
    assert plan.digest != staffed.plan_undo(operators=["op-7", "op-1"]).digest
    take_action(staffed, "b")
    assert plan.digest != staffed.plan_undo(operators=["op-7"]).digest


def test_what_is_planned_is_done_and_can_be_undone(staffed: Ledger, clock):
    """
    In force, deferred and changed by others since: under one parent, at one time, on all accounts;
    undone, every standing is as if nothing had been undone.
    """
    accounts = [f"account-{number}" for number in range(12)]
    actions = []
    for number, account in enumerate(accounts):
        later = {} if number % 3 else {"effective_at": at("23:30")}
        actions.append(take_action(staffed, account, **later))
    clock.set(at("22:30"))
    for number in (1, 4):
        staffed.amend(actions[number], by="op-1", expires_at=at("23:45"), reason="reviewed")
    staffed.reverse(actions[2], by="op-1", reason="appeal")
    plan = staffed.plan_undo(operators=["op-7"])
    assert [4, 5, 1, 2] == [
        len(listed) for listed in (plan.pending, plan.reversible, plan.ended, plan.changed_since)
    ]
    expected = {at(text): standings(staffed, accounts, at(text)) for text in ("23:20", "23:50")}

    clock.set(at("23:00"))
    undo = carry_out(staffed, plan)
    assert [left.after for left in plan.left] == standings(staffed, sorted(accounts))
    recorded = [e for e in staffed.entries() if e.recorded_at >= at("23:00")]
    assert {at("23:00")} == {entry.recorded_at for entry in recorded}
    assert [undo] * 9 == [
        context.correlation_id for e in recorded if (context := e.event.context) is not None
    ]
    clock.set(at("23:10"))
    back = staffed.plan_undo(undo=undo)
    assert {m.action for m in (*plan.pending, *plan.reversible)} == {
        member.action for member in back.restored
    }
    carry_out(staffed, back)
    assert expected == {when: standings(staffed, accounts, when) for when in expected}
    again = staffed.plan_undo(undo=undo)
    assert (9, 9) == (len(again.members), len(again.changed_since))


def test_a_correlation_id_alone_makes_nothing_part_of_an_undo(staffed: Ledger, clock):
    """
    What was recorded with an undo has its time too; nobody can put something into it later.
    """
    kept, undone = take_action(staffed, "a"), take_action(staffed, "b")
    clock.advance(minutes=1)
    undo = carry_out(staffed, staffed.plan_undo(actions=[undone]))
    clock.advance(minutes=1)
    staffed.reverse(kept, by="op-1", reason="error", correlation_id=undo)

    assert [undone] == [member.action for member in staffed.plan_undo(undo=undo).members]


def test_a_plan_that_is_out_of_date_records_nothing(staffed: Ledger, clock):
    """
    All or nothing: one of two was changed since, and neither is reversed.
    """
    first, second = take_action(staffed, "a"), take_action(staffed, "b")
    plan = staffed.plan_undo(operators=["op-7"])
    clock.advance(minutes=1)
    staffed.amend(second, by="op-1", expires_at=at("23:00"), reason="reviewed")
    size = staffed.status().entries

    with pytest.raises(Conflict, match=f"action '{second}' on account 'b' was amended by 'op-1'"):
        carry_out(staffed, plan)
    assert size == staffed.status().entries
    staffed.reverse(first, by="op-1", reason="error")


def test_whoever_may_not_act_may_not_undo(staffed: Ledger):
    """
    The refusal is on record, and what was planned is as it was.
    """
    take_action(staffed, "a")
    plan = staffed.plan_undo(operators=["op-7"])
    staffed.bar_operator("op-1", by="system", reason="found out")

    with pytest.raises(Refused):
        carry_out(staffed, plan)
    assert ["deactivated"] == standings(staffed, ["a"])
