"""
An undo does what its plan says under one parent entry, or nothing; and it can be undone itself.
"""

from datetime import timedelta

import pytest

from ledger import Conflict, Effect, Ledger, Refused
from ledger.moderation.events.account import ActionReversed, ActionTaken, ActionWithdrawn
from ledger.moderation.events.book import UndoApplied
from ledger.timeline.plan import Plan
from tests.conftest import action_command, take_action

ACTIONS = 1_000
MINUTE = timedelta(minutes=1)
FAR, FARTHER = "2099-01-01T00:00:00Z", "2100-01-01T00:00:00Z"


def rampage(ledger: Ledger, actions: int = ACTIONS) -> list[str]:
    """
    Let op-7 suspend many accounts, every tenth of them later on, and return the actions.
    """
    return ledger.record_many(
        action_command(
            f"a{number}", "suspend", **({"effective_at": FAR} if number % 10 == 9 else {})
        )
        for number in range(actions)
    )


def interfere(ledger: Ledger, actions: list[str]) -> None:
    """
    Let others reverse, amend and supersede some of what op-7 did.
    """
    for number in range(0, 60, 6):
        ledger.reverse(actions[number], by="op-1", reason="error")
    for number in range(1, 60, 6):
        ledger.amend(actions[number], by="op-1", reason="longer", expires_at=FARTHER)
    for number in range(2, 60, 6):
        if number % 10 != 9:
            take_action(ledger, f"a{number}", "suspend", by="comms", supersedes=actions[number])


def standings(ledger: Ledger, actions: int = ACTIONS) -> dict[str, Effect]:
    """
    Return where every account stands now.
    """
    names = (f"a{number}" for number in range(actions))
    return {name: ledger.standing(name).standing for name in names}


def test_an_undo_of_a_thousand_actions_does_what_was_planned(staffed, clock):
    """
    What the plan calls reversible is reversed, what it calls pending is withdrawn, the rest is left
    as it is; and undoing the undo gives every account its standing back.
    """
    actions = rampage(staffed)
    clock.advance(minutes=5)
    interfere(staffed, actions)
    before = standings(staffed)
    plan = staffed.plan_undo(operators=["op-7"])

    undo = staffed.undo(plan, by="op-1", reason="a stolen session")

    recorded = [entry for entry in staffed.entries() if _of(entry.event.context, undo)]
    reversed_now = {e.event.action for e in recorded if isinstance(e.event, ActionReversed)}
    withdrawn = {e.event.action for e in recorded if isinstance(e.event, ActionWithdrawn)}
    assert {member.action for member in plan.reversible} == reversed_now
    assert {member.action for member in plan.pending} == withdrawn
    assert ACTIONS == sum(map(len, (plan.reversible, plan.pending, plan.ended, plan.changed_since)))
    after = standings(staffed)
    assert {left.account: left.after for left in plan.left} == after

    clock.advance(minutes=5)
    staffed.undo(staffed.plan_undo(undo=undo), by="op-1", reason="it was op-7 after all")

    assert before == standings(staffed)
    assert not any(difference.differed for difference in staffed.rebuild())


def _of(context: object, undo: str) -> bool:
    return getattr(context, "correlation_id", None) == undo


def test_an_undo_is_one_parent_entry_with_one_time(staffed):
    """
    Everything that an undo records has its time and its id; the parent says what was planned.
    """
    rampage(staffed, 20)
    plan = staffed.plan_undo(operators=["op-7"])

    undo = staffed.undo(plan, by="op-1", reason="a stolen session", session="s-1")

    (parent,) = (e for e in staffed.entries() if isinstance(e.event, UndoApplied))
    children = [e for e in staffed.entries() if _of(e.event.context, undo)]
    assert (undo, plan.digest) == (parent.event.undo, parent.event.digest)
    assert (18, 2, 0) == (
        parent.event.reversed,
        parent.event.withdrawn,
        parent.event.restored,
    )
    assert {str(log): at for log, at in plan.cut.positions.items()} == parent.event.cut
    assert {parent.recorded_at} == {child.recorded_at for child in children}
    assert 20 == len(children)
    assert {"s-1"} == {child.event.context.session for child in children}


def recorded_by_others(ledger: Ledger, action: str) -> None:
    """
    Let something happen to *action* after a plan was made.
    """
    ledger.amend(action, by="op-1", reason="longer", expires_at=FARTHER)


@pytest.mark.parametrize(
    "happens",
    [
        recorded_by_others,
        lambda ledger, action: ledger.reverse(action, by="op-1", reason="error"),
        lambda ledger, action: ledger.correct(
            action, by="op-1", reason="late", effective_at="2017-11-02T21:00:00Z"
        ),
    ],
    ids=["amended", "reversed", "corrected"],
)
def test_a_plan_that_is_out_of_date_is_a_conflict_and_nothing_is_done(staffed, clock, happens):
    """
    When somebody has changed one of many planned actions, none of them is undone.
    """
    actions = rampage(staffed, 10)
    clock.advance(minutes=5)
    plan = staffed.plan_undo(operators=["op-7"])
    happens(staffed, actions[3])
    entries = len(list(staffed.entries()))

    with pytest.raises(Conflict) as raised:
        staffed.undo(plan, by="op-1", reason="a stolen session")

    assert actions[3] in str(raised.value)
    assert "a new plan" == raised.value.expected
    assert entries == len(list(staffed.entries()))


def test_an_expiry_between_plan_and_undo_is_a_conflict(staffed, clock):
    """
    What has ended by itself since the plan cannot be done as planned.
    """
    expires_at = clock.now + timedelta(minutes=1)
    take_action(staffed, "a0", "suspend", expires_at=expires_at)
    plan = staffed.plan_undo(operators=["op-7"])
    clock.advance(minutes=1)

    with pytest.raises(Conflict, match="expired"):
        staffed.undo(plan, by="op-1", reason="a stolen session")


def test_the_same_request_undoes_once(staffed):
    """
    An undo that is asked for again under its request id is not done again.
    """
    rampage(staffed, 3)
    plan = staffed.plan_undo(operators=["op-7"])

    first = staffed.undo(plan, by="op-1", reason="a stolen session", request_id="u")
    entries = len(list(staffed.entries()))

    assert first == staffed.undo(plan, by="op-1", reason="a stolen session", request_id="u")
    assert entries == len(list(staffed.entries()))


def test_a_plan_that_would_do_nothing_is_refused_and_nothing_is_recorded(staffed, clock):
    """
    What is over, cannot be reversed or was changed by others leaves nothing to undo, whoever asks.
    """
    take_action(staffed, "a0", "terminate")
    staffed.reverse(
        take_action(staffed, "a1", effective_at=clock.now - MINUTE), by="op-1", reason="r"
    )
    staffed.amend(take_action(staffed, "a2", "suspend"), by="op-1", reason="r", expires_at=FAR)
    plan = staffed.plan_undo(operators=["op-7"])
    assert [1, 1, 1] == [len(plan.irreversible), len(plan.ended), len(plan.changed_since)]
    staffed.bar_operator("comms", by="op-1", reason="under review")
    entries = len(list(staffed.entries()))

    for empty in (plan, staffed.plan_undo(operators=["op-1"])):
        for by in ("op-1", "comms"):
            with pytest.raises(Refused) as raised:
                staffed.undo(empty, by=by, reason="a stolen session")
            assert ("nothing-to-undo", False) == (raised.value.rule, raised.value.recorded)
    assert entries == len(list(staffed.entries()))


def test_an_undo_by_somebody_who_may_not_act_is_refused_and_on_record(staffed):
    """
    A barred operator undoes nothing, and the attempt is an entry of the ledger's own stream.
    """
    rampage(staffed, 3)
    plan = staffed.plan_undo(operators=["op-7"])
    staffed.bar_operator("comms", by="op-1", reason="under review")

    with pytest.raises(Refused) as raised:
        staffed.undo(plan, by="comms", reason="a stolen session")

    assert raised.value.recorded
    assert "ledger.command_refused" in [e.kind for e in staffed.entries(stream="ledger/undo")]
    assert {Effect.SUSPENDED} == set(standings(staffed, 3).values())


def test_what_is_restored_says_what_it_takes_the_place_of(staffed, clock):
    """
    Undoing an undo acts anew with the terms that remain, and skips what has expired meanwhile.
    """
    short = clock.now + timedelta(minutes=10)
    ends = take_action(staffed, "a0", "suspend", expires_at=short)
    stays = take_action(staffed, "a1", "suspend", expires_at=FAR)
    clock.advance(minutes=1)
    undo = staffed.undo(staffed.plan_undo(operators=["op-7"]), by="op-1", reason="stolen")
    clock.advance(minutes=20)

    plan: Plan = staffed.plan_undo(undo=undo)
    staffed.undo(plan, by="op-1", reason="not stolen")

    restoring = {
        entry.event.restores: entry.event.expires_at
        for entry in staffed.entries()
        if isinstance(entry.event, ActionTaken) and entry.event.restores
    }
    assert ([ends], [stays]) == ([m.action for m in plan.ended], [m.action for m in plan.restored])
    assert [stays] == list(restoring)
    assert "2099" in str(restoring[stays])
