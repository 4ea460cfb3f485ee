"""
Authority: what was permitted at the request, the act and the effect of an action.
"""

from datetime import datetime

import pytest

from ledger import Ledger, NotFound
from ledger.moderation.moment import moment
from tests.conftest import enrol_staff, take_action


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


def test_an_unknown_operator_is_not_found_and_the_closest_named(ledger):
    """
    A slip of the pen is answered with who could have been meant.
    """
    with pytest.raises(NotFound, match="closest known operator is 'op-417'") as raised:
        ledger.operator("op-471")

    assert "operator" == raised.value.where
