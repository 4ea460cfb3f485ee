"""
Pending: what was deferred or asked for at a moment, who answered for it, and what it lacked.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Ledger, NotFound, Refused
from ledger.moderation.events.request import Need
from ledger.moderation.moment import moment
from ledger.moderation.rules import Rule
from tests.conftest import HandSetClock, enrol_staff, file_report, take_action

ONE = (Need(safeguard="request", approvals=1),)
DENIED = {"by": "op-1", "reason": "not needed"}


def at(text: str) -> datetime:
    """
    Return a moment of 3 November, "18:40".
    """
    return moment(f"2017-11-03T{text}:00Z", "at")


def ask(ledger: Ledger, account: str = "x", **changes: object) -> str:
    """
    Let op-7 ask for the deactivation of *account*, and return the request's id.
    """
    told: dict[str, Any] = {"by": "op-7", "because_of": "own-initiative", "reason": "spam"}
    return ledger.request("deactivate", account, **{**told, **changes})


def two_person(approvals: int, **more: object) -> dict[str, object]:
    """
    Return a policy under which a deactivation takes that many approvals.
    """
    rule = {
        "rule": "two-person",
        "measures": ["deactivate"],
        "approvals": [{"approvals": approvals}],
    }
    return {"policy": 1, "safeguards": [{**rule, **more}]}


def pending(ledger: Ledger, **asked: Any) -> list[str]:
    """
    Return the ids of what was pending, in order.
    """
    return [known.pending.id for known in ledger.pending(**asked).pending]


def lacking(ledger: Ledger, time: datetime) -> Any:
    """
    Return what the one thing that was pending then lacked.
    """
    (known,) = ledger.pending(at=time).pending
    return known.missing


@pytest.fixture
def desk(staffed, clock):
    """
    Return a ledger with operators, at 18:00.
    """
    clock.set(at("18:00"))
    return staffed


@pytest.mark.parametrize(
    ("time", "expected"),
    [("17:59", []), ("18:00", ["a-1"]), ("18:49", ["a-1"]), ("18:50", [])],
)
def test_a_deferred_act_is_pending_from_its_recording_up_to_its_effect(desk, time, expected):
    """
    In the half-open time between the two, and at no other; what takes effect at once never is.
    """
    take_action(desk, "x", action="a-1", effective_at=at("18:50"))
    take_action(desk, "y")

    assert expected == pending(desk, at=at(time))


def test_what_is_told_of_it(desk, clock):
    """
    Whose it is, on which account, as what, from when, and until when it could be withdrawn.
    """
    take_action(desk, "x", "restrict", action="a-1", scope="dm", effective_at=at("18:50"))
    clock.set(at("18:01"))
    ask(desk, "y", request="q-1", effective_at=at("19:00"), lapses_at=at("18:30"))

    deferred, asked = (known.pending for known in desk.pending().pending)
    assert (False, "x", "restrict", "dm", "op-7", "op-7", at("18:50"), None, at("18:50")) == (
        deferred.is_request,
        deferred.account,
        deferred.measure,
        deferred.scope,
        deferred.operator,
        deferred.keeper,
        deferred.effective_at,
        deferred.lapses_at,
        deferred.withdrawable_until,
    )
    assert (True, "y", "deactivate", at("19:00"), at("18:30"), at("18:30")) == (
        asked.is_request,
        asked.account,
        asked.measure,
        asked.effective_at,
        asked.lapses_at,
        asked.withdrawable_until,
    )
    assert ["q-1"] == pending(desk, at=at("18:29"))[1:]
    assert ["a-1"] == pending(desk, at=at("18:30"))


@pytest.mark.parametrize("end", ["withdraw", "deny", "approve"])
def test_a_request_is_pending_until_it_is_answered(desk, clock, end):
    """
    Withdrawn or denied, it is over; granted, its act is what is pending then.
    """
    ask(desk, request="q-1", action="a-1", effective_at=at("20:00"))
    clock.set(at("18:30"))
    if end == "approve":
        desk.approve("q-1", by="op-1")
    else:
        getattr(desk, end)("q-1", **DENIED)

    assert ["q-1"] == pending(desk, at=at("18:29"))
    assert (["a-1"] if end == "approve" else []) == pending(desk, at=at("18:30"))
    assert ["q-1"] == pending(desk, at=at("19:00"), known_at=at("18:29"))


def test_a_denial_after_the_grant_does_not_make_the_request_pending_in_between(desk, clock):
    """
    From the grant to the denial only the act was pending, and after it nothing.
    """
    ask(desk, request="q-1", action="a-1", effective_at=at("20:00"))
    clock.set(at("18:10"))
    desk.approve("q-1", by="op-1")
    clock.set(at("18:20"))
    desk.deny("q-1", by="comms", reason="second thoughts")

    told = {time: pending(desk, at=at(time)) for time in ("18:09", "18:10", "18:19", "18:20")}
    assert {"18:09": ["q-1"], "18:10": ["a-1"], "18:19": ["a-1"], "18:20": []} == told


def test_approvals_are_missing_until_they_are_given_and_again_when_they_lapse(desk, clock):
    """
    One of three is given at 18:10 and counts for half an hour; a deferred act lacks none.
    """
    desk.adopt_policy(two_person(3, approval_lasts="30m"), by="op-1")
    ask(desk)
    clock.set(at("18:10"))
    desk.approve(pending(desk)[0], by="op-1")

    told = [lacking(desk, at(time)) for time in ("18:01", "18:10", "18:39", "18:40")]
    assert [3, 2, 2, 3] == [needs[0].approvals for needs in told]
    assert {"two-person"} == {need.safeguard for needs in told for need in needs}
    take_action(desk, "y", action="a-1", effective_at=at("23:00"), measure="warn")
    assert () == desk.pending().pending[-1].missing


def test_the_approval_of_who_answers_for_it_now_does_not_count(desk, clock):
    """
    Handed over to whoever approved it, a request lacks that approval.
    """
    desk.adopt_policy(two_person(2), by="op-1")
    request = ask(desk)
    clock.set(at("18:10"))
    desk.approve(request, by="comms")
    clock.set(at("18:20"))
    desk.hand_over(request, to="comms", by="op-1")

    told = [lacking(desk, at(time))[0].approvals for time in ("18:01", "18:10", "18:20")]
    assert [2, 1, 2] == told


def test_what_a_policy_asks_for_is_missing_from_its_adoption_on(desk, clock):
    """
    A request that was made before it is held to it too, and still to what it was to have.
    """
    ask(desk)
    clock.set(at("18:10"))
    desk.adopt_policy(two_person(2), by="op-1")
    clock.set(at("18:20"))
    desk.adopt_policy({"policy": 1, "safeguards": [{"rule": "last-day"}]}, by="op-1")

    told = [lacking(desk, at(time)) for time in ("18:09", "18:10", "18:20")]
    assert [ONE, (*ONE, Need(safeguard="two-person", approvals=2)), ONE] == told


def test_an_approval_serves_the_old_policy_and_the_new_one(desk, clock):
    """
    Where a safeguard asks for three instead of two, one that was given leaves two to be given.
    """
    desk.adopt_policy(two_person(2), by="op-1")
    request = ask(desk)
    clock.set(at("18:10"))
    desk.approve(request, by="comms")
    desk.adopt_policy(two_person(3), by="op-1")

    assert (Need(safeguard="two-person", approvals=2),) == lacking(desk, at("18:11"))


@pytest.mark.parametrize("approvals", [1, 2, 3])
def test_with_the_last_approval_that_is_missing_the_act_is_what_is_pending(desk, clock, approvals):
    """
    As many are missing as are still to be given, and the last one grants the request.
    """
    desk.adopt_policy(two_person(approvals), by="op-1")
    desk.enrol_operator("op-9", kind="human")
    request = ask(desk, action="a-1", effective_at=at("20:00"))
    for number, by in enumerate(["op-1", "comms", "op-9"][:approvals]):
        clock.advance(minutes=1)
        assert [request] == pending(desk)
        assert approvals - number == lacking(desk, clock.now)[0].approvals
        desk.approve(request, by=by)

    assert ["a-1"] == pending(desk)


def test_a_policy_with_a_rule_of_another_process_hides_nothing(file_ledger, clock, ledger_path):
    """
    What is pending is told where the rules of the service are not known; what it lacks is not.
    """
    rule = Rule("full-moon", lambda _considered, _parameters: None)
    url = f"sqlite:///{ledger_path}"
    with Ledger.open(url, clock=clock, rules=[rule]) as service:
        service.adopt_policy({"policy": 1, "safeguards": [{"rule": "full-moon"}]}, by="op-1")
        ask(service, request="q-1", lapses_at=at("18:00"))
        take_action(service, "y", action="a-1", effective_at=at("18:00"))
        assert [ONE, ()] == [known.missing for known in service.pending().pending]

    found = [(known.pending.id, known.missing) for known in file_ledger.pending().pending]
    assert [("q-1", None), ("a-1", ())] == found


def test_whoever_it_was_handed_to_answers_for_it_from_then_on(desk, clock):
    """
    Before, its author did: asked as of then, it is his.
    """
    ask(desk, request="q-1")
    clock.set(at("18:01"))
    take_action(desk, "y", action="a-1", effective_at=at("20:00"))
    clock.set(at("18:30"))
    for name in ("q-1", "a-1"):
        desk.hand_over(name, to="comms", by="op-1")

    told = {
        (operator, time): pending(desk, operator=operator, at=at(time))
        for operator in ("op-7", "comms")
        for time in ("18:29", "18:31")
    }
    assert {("op-7", "18:29"), ("comms", "18:31")} == {key for key, ids in told.items() if ids}
    assert [["q-1", "a-1"]] * 2 == [ids for ids in told.values() if ids]
    assert ["op-7", "op-7"] == [known.pending.operator for known in desk.pending().pending]


def test_a_correction_says_what_was_pending_all_along(desk, clock):
    """
    An act that is found to have taken effect later was pending until then, and was his whose act
    it is found to be; with the knowledge of before, neither.
    """
    take_action(desk, "x", action="a-1")
    clock.set(at("19:00"))
    desk.correct("a-1", by="op-1", effective_at=at("18:30"), operator="comms", reason="log")

    assert ["a-1"] == pending(desk, at=at("18:29"))
    assert [["a-1"], []] == [
        pending(desk, at=at("18:29"), operator=operator) for operator in ("comms", "op-7")
    ]
    assert [] == pending(desk, at=at("18:30"))
    assert [] == pending(desk, at=at("18:29"), known_at=at("18:59"))


def test_all_of_everybody_stands_in_the_order_of_recording(desk, clock):
    """
    Across accounts and logs, whoever answers for it and whenever it takes effect.
    """
    for number in range(6):
        clock.advance(minutes=1)
        later = at("20:00") - timedelta(minutes=number)
        operator = ("op-7", "op-1", "comms")[number % 3]
        take_action(
            desk, f"account {5 - number}", action=f"a-{number}", by=operator, effective_at=later
        )

    answer = desk.pending()
    assert [f"a-{number}" for number in range(6)] == pending(desk)
    assert ["a-1", "a-4"] == pending(desk, operator="op-1")
    assert (None, clock.now, clock.now) == (answer.operator, answer.at, answer.cut.known_at)


def test_an_operator_who_is_not_enrolled_is_not_found(desk, clock):
    """
    Nothing pending is something else than nobody; nor is one found before the enrolment.
    """
    clock.set(at("18:10"))
    desk.enrol_operator("op-9", kind="human")

    assert [[], []] == [pending(desk, operator=name) for name in ("op-9", "system")]
    with pytest.raises(NotFound, match="closest known operator is 'op-417'"):
        desk.pending(operator="op-471")
    with pytest.raises(NotFound):
        desk.pending(operator="op-9", known_at=at("18:09"))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["act", "request", "approve", "deny", "withdraw", "hand_over", "report"]),
        st.integers(0, 3),
        st.sampled_from(["op-1", "op-7", "comms"]),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(STEPS, st.booleans())
def test_what_was_pending_then_is_told_again_for_then(steps, strict):
    """
    Whatever became of it since: what, whose and what it lacked stays as it was answered then.
    """
    clock = HandSetClock()
    with Ledger.create("memory:", clock=clock) as ledger:
        enrol_staff(ledger)
        if strict:
            ledger.adopt_policy(two_person(2, approval_lasts="3m"), by="op-1")
        told = []
        for number, (step, which, by) in enumerate(steps):
            clock.advance(minutes=1)
            _done(ledger, step, f"{number}", which, by)
            told.append((clock.now, _whose(ledger, clock.now)))
        clock.advance(minutes=1)

        assert told == [(time, _whose(ledger, time)) for time, _ in told]


def _done(ledger: Ledger, step: str, number: str, which: int, by: str) -> None:
    """
    Do *step*, to one of what is pending where it is about that; what is refused does nothing.
    """
    waiting = pending(ledger)
    name = waiting[which % len(waiting)] if waiting else "none"
    later = HandSetClock().now + timedelta(minutes=6 + which)
    steps = {
        "act": lambda: take_action(ledger, f"x{which}", "warn", by=by, effective_at=later),
        "request": lambda: ask(ledger, f"x{which}", by=by, effective_at=later),
        "approve": lambda: ledger.approve(name, by=by),
        "deny": lambda: ledger.deny(name, by=by, reason="no"),
        "withdraw": lambda: ledger.withdraw(name, by=by, reason="no"),
        "hand_over": lambda: ledger.hand_over(name, to=by, by="op-1"),
        "report": lambda: file_report(ledger, f"x{which}", report=f"r-{number}"),
    }
    with suppress(Refused, NotFound):
        steps[step]()


def _whose(ledger: Ledger, time: datetime) -> list[object]:
    everybody = ledger.pending(at=time).pending
    for operator in ("op-1", "op-7", "comms"):
        his = ledger.pending(at=time, operator=operator).pending
        assert tuple(known for known in everybody if known.pending.keeper == operator) == his
    return [(k.pending.id, k.pending.keeper, k.pending.effective_at, k.missing) for k in everybody]
