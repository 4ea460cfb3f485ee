"""
Authority: what was permitted at the request, the act and the effect of an action.
"""

import json
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given

from ledger import Ledger, NotFound, Refused
from ledger.forensics.authority import Check
from ledger.moderation.moment import moment
from tests.conftest import enrol_staff, take_action
from tests.strategies import of


def at(text: str) -> datetime:
    """
    Return a moment of 2 November, "22:52".
    """
    return moment(f"2017-11-02T{text}:00Z", "at")


@pytest.fixture
def ledger(clock):
    """
    Return a ledger in memory with operators, at 22:00.
    """
    with Ledger.create("memory:", clock=clock) as created:
        yield enrol_staff(created)


def test_the_authority_behind_the_eleven_minutes(case):
    """
    At request, act and effect on the last day and permitted; what was stored is what is computed.
    """
    answer = case.ledger.authority(case.action)

    checks = (answer.request, answer.act, answer.effect)
    assert [at("22:10"), at("22:10"), at("22:52")] == [check.at for check in checks]
    assert [(True, True)] * 3 == [
        (check.computed.permitted, check.computed.last_day) for check in checks
    ]
    assert [True, True, None] == [check.agree for check in checks]
    assert ("op-417", "op-417", "25073877") == (
        answer.operator,
        answer.recorded_operator,
        answer.account,
    )


def test_the_request_is_judged_by_itself(ledger, clock):
    """
    A role that was granted between request and act was not held at the request.
    """
    clock.set(at("22:20"))
    ledger.grant_role("op-7", "lead", by="op-1")
    clock.set(at("22:30"))
    action = take_action(ledger, "a", requested_at=at("22:10"), effective_at=at("22:40"))
    clock.set(at("22:35"))
    ledger.revoke_role("op-7", "lead", by="op-1")

    answer = ledger.authority(action)
    roles = [check.computed.roles for check in (answer.request, answer.act, answer.effect)]
    plain = ("trust-and-safety",)
    assert [plain, ("lead", *plain), plain] == roles
    assert [True, True] == [answer.request.agree, answer.act.agree]


def test_what_was_stored_is_compared_with_what_the_decision_had_read(ledger, clock):
    """
    A bar that was found out later shows at the effect, and does not make the decision of then
    wrong.
    """
    action = take_action(ledger, "a", effective_at=at("22:50"))
    clock.set(at("23:30"))
    ledger.bar_operator("op-7", by="op-1", reason="found out", effective_at="2017-11-01T00:00Z")

    answer = ledger.authority(action)
    assert [(True, True), (True, True)] == [
        (check.computed.permitted, check.agree) for check in (answer.request, answer.act)
    ]
    assert (False, "is barred: found out") == (
        answer.effect.computed.permitted,
        answer.effect.computed.why,
    )


def test_rule_11_authority_at_the_effect_is_the_corrected_operators(ledger, clock):
    """
    Who is held right is judged at the effect; who was recorded, at request and act.
    """
    action = take_action(ledger, "a", by="op-417")
    clock.set(at("22:30"))
    ledger.correct(action, by="op-1", operator="comms", reason="shared screen")

    answer = ledger.authority(action)
    assert ("comms", "op-417") == (answer.operator, answer.recorded_operator)
    assert ["contractor", None] == [
        answer.act.computed.contract,
        answer.effect.computed.contract,
    ]
    assert "op-417" == ledger.authority(action, known_at=at("22:29")).operator


def test_what_a_request_was_judged_by_is_told_at_each_step(ledger, clock):
    """
    Asked for as one, approved by two, taken with roles that came since: each is told as it was
    stored, and that is what is computed for its own operator and moment.
    """
    ledger.enrol_operator("lead", kind="human", roles=["lead"])
    request = _asked(ledger, action="a-1", requested_at=at("21:50"), effective_at=at("22:50"))
    two = {"rule": "two-person", "approvals": [{"approvals": 2}]}
    ledger.adopt_policy({"policy": 1, "safeguards": [two]}, by="op-1")
    for time, by in (("22:10", "comms"), ("22:20", "lead")):
        clock.set(at(time))
        ledger.approve(request, by=by)
        ledger.grant_role("op-7", f"since {by}", by="op-1")
    clock.set(at("22:40"))
    ledger.revoke_role("lead", "lead", by="op-1")

    answer = ledger.authority("a-1")
    checks = [answer.request, *answer.approvals, answer.act]
    assert [
        ("op-7", at("21:50"), ("trust-and-safety",)),
        ("comms", at("22:10"), ()),
        ("lead", at("22:20"), ("lead",)),
        ("op-7", at("22:20"), ("since comms", "trust-and-safety")),
    ] == [(check.operator, check.at, check.computed.roles) for check in checks]
    assert {(True, ())} == {(check.agree, check.differs) for check in checks}
    assert ("since comms", "since lead", "trust-and-safety") == answer.effect.computed.roles


def _asked(ledger: Ledger, **changes: object) -> str:
    """
    Let op-7 ask for the suspension of account a, and return the request's id.
    """
    told: dict[str, Any] = {"by": "op-7", "because_of": "own-initiative", "reason": "spam"}
    return ledger.request("suspend", "a", **{**told, **changes})


def test_a_request_that_was_handed_over_was_asked_for_by_another_than_who_acted(ledger, clock):
    """
    The request is judged by who asked, who may have left since; the act by who answered for it.
    """
    request = _asked(ledger, by="op-417", action="a-1")
    ledger.hand_over(request, to="op-7", by="op-1")
    clock.set(at("23:10"))
    ledger.approve(request, by="comms")

    answer = ledger.authority("a-1")
    checks = [answer.request, *answer.approvals, answer.act, answer.effect]
    assert ["op-417", "comms", "op-7", "op-7"] == [check.operator for check in checks]
    assert [True, True, True, None] == [check.agree for check in checks]
    assert "contractor" == answer.request.stored.contract
    assert {True} == {check.computed.permitted for check in checks}


def test_each_step_is_compared_with_what_its_own_decision_had_read(ledger, clock):
    """
    A role that is found out, between request and approval, not to have been held since 21:00 makes
    the request of then no less what it was.
    """
    request = _asked(ledger, action="a-1")
    clock.set(at("22:10"))
    ledger.revoke_role("op-7", "trust-and-safety", by="op-1", effective_at=at("21:00"))
    clock.set(at("22:20"))
    ledger.approve(request, by="comms")

    answer = ledger.authority("a-1")
    steps = (answer.request, answer.act)
    assert [("trust-and-safety",), ()] == [check.computed.roles for check in steps]
    assert [True, True] == [check.agree for check in steps]


def test_an_approval_that_came_after_the_act_is_not_behind_it(ledger, clock, tmp_path):
    """
    A source may have recorded one; the act was taken without it.
    """
    ask = {"measure": "suspend", "account": "x", "by": "ann", "action": "a-1", "request": "q-1"}
    ask |= {"because_of": "own-initiative", "reason": "spam"}
    lines = [{"command": "request", **ask}]
    lines += [{"command": "approve", "request": "q-1", "by": by} for by in ("bob", "cid")]
    file = tmp_path / "actions.jsonl"
    file.write_text(
        "".join(
            json.dumps({"recorded_at": f"2017-11-02T22:3{minute}:00Z", **line}) + "\n"
            for minute, line in enumerate(lines)
        )
    )
    clock.set("2026-01-01T00:00:00Z")
    ledger.import_history("actions", [file])

    answer = ledger.authority("a-1")
    assert (["bob"], None) == ([check.operator for check in answer.approvals], answer.act.stored)


def test_an_act_without_a_request_has_no_approvals(ledger):
    """
    Nor has one on an account where another act was approved.
    """
    ledger.approve(_asked(ledger), by="comms")

    answer = ledger.authority(take_action(ledger, "a", "warn"))
    assert () == answer.approvals
    assert "op-7" == answer.request.operator


def test_where_the_stored_and_the_recomputed_differ_is_said(case):
    """
    By the names of the fields; where nothing was stored there is nothing that could differ.
    """
    answer = case.ledger.authority(case.action)
    stored = answer.act.stored
    assert stored is not None
    forged = attrs.evolve(stored, roles=("admin", "support"), leaves_at=None, last_day=False)

    assert [(), ()] == [answer.act.differs, answer.effect.differs]
    altered = attrs.evolve(answer.act, stored=forged)
    assert (False, ("roles", "leaves_at", "last_day")) == (altered.agree, altered.differs)


@given(of(Check))
def test_a_check_agrees_when_no_field_differs(check):
    """
    Whatever is stored and computed, the two say the same or a field is named.
    """
    assert (check.differs == ()) == (check.agree is not False)


def test_the_system_acts_with_the_authority_of_the_system(ledger):
    """
    Nobody named is the reserved operator, who is always permitted.
    """
    action = take_action(ledger, "a", by="system")

    answer = ledger.authority(action)
    assert ("system", True, True) == (
        answer.act.computed.kind,
        answer.act.computed.permitted,
        answer.act.agree,
    )


@pytest.mark.parametrize("known_at", [None, "2017-11-02T22:05:00Z"])
def test_an_action_that_is_not_on_record_is_not_found(ledger, clock, known_at):
    """
    Unknown now, or not yet known then: there is no authority to tell.
    """
    clock.set(at("22:10"))
    action = take_action(ledger, "a")

    with pytest.raises(NotFound) as raised:
        ledger.authority("unheard-of" if known_at is None else action, known_at=known_at)
    assert "action" == raised.value.where


def test_an_operator_is_told_as_of_a_moment(ledger, clock):
    """
    Kind, contract and roles at the moment that is asked about, with the knowledge of another.
    """
    clock.set(at("22:30"))
    ledger.grant_role("op-417", "lead", by="op-1", effective_at=at("22:10"))

    late = ledger.operator("op-417", at=at("22:20"))
    then = ledger.operator("op-417", at=at("22:20"), known_at=at("22:25"))
    assert [("lead", "support"), ("support",)] == [late.authority.roles, then.authority.roles]
    assert ("human", None, False, True) == (
        late.kind,
        late.account,
        late.imported,
        late.authority.last_day,
    )


def test_whoever_is_to_leave_acts_on_his_last_day_and_is_seen_to(ledger):
    """
    As soon as it is on record that he leaves, acts have his last day in their authority, the
    safeguard against them stops them, and until he leaves he may do what it does not stop.
    """
    ledger.offboard_operator("op-7", by="op-1", effective_at=at("23:30"))
    action = take_action(ledger, "a")

    answer = ledger.authority(action)
    known = answer.act.stored
    assert (at("23:30"), True, True) == (known.leaves_at, known.last_day, known.permitted)
    assert answer.act.agree
    assert [None, at("23:30"), at("23:30")] == [
        span.terms.leaves_at for span in ledger.operator("op-7").spans
    ]
    rule = {"rule": "last-day", "measures": ["suspend"]}
    ledger.adopt_policy({"policy": 1, "safeguards": [rule]}, by="op-1")
    with pytest.raises(Refused, match="last-day: leaves at 2017-11-02T23:30:00Z"):
        take_action(ledger, "a", "suspend")
    assert ledger.reverse(action, by="op-7", reason="error")


def test_an_unknown_operator_is_not_found_and_the_closest_named(ledger):
    """
    A slip of the pen is answered with who could have been meant.
    """
    with pytest.raises(NotFound, match="closest known operator is 'op-417'") as raised:
        ledger.operator("op-471")

    assert "operator" == raised.value.where
