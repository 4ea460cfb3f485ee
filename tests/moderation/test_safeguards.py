"""
Safeguards: which acts each concerns, what a policy says of an act, and what overrides it.
"""

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.moderation.events import Outcome, Verdict
from ledger.moderation.events.request import Need
from ledger.moderation.safeguards import (
    BUILT_IN,
    NOT_CONCERNED,
    Concern,
    Considered,
    Policy,
    evaluate,
    may_break_glass,
    outcomes,
)
from tests.moderation.acts import act, approval
from tests.strategies import considered, of, policies
from tests.strategies.policies import ready

OVERRIDE = "he is about to be harmed"


def policy_of(*safeguards: dict[str, Any], **more: Any) -> Policy:
    """
    Return the policy with those safeguards.
    """
    return ready({"policy": 1, "safeguards": list(safeguards), **more})


def told(policy: Policy, judged: Considered, **how: Any) -> list[tuple[str, str]]:
    """
    Return the names and outcomes of what a policy says of an act.
    """
    return [(v.name, v.outcome) for v in evaluate(policy, judged, **how).verdicts]


@pytest.mark.parametrize(
    ("concern", "changes", "covered"),
    [
        ({}, {}, True),
        ({}, {"reversal": True, "measure": "unsuspend"}, False),
        ({"measures": {"suspend", "warn"}}, {}, True),
        ({"measures": {"warn"}}, {}, False),
        ({"measures": {"unsuspend"}}, {"reversal": True, "measure": "unsuspend"}, True),
        ({"tiers": {"press"}}, {}, False),
        ({"tiers": {"press"}}, {"tier": "press"}, True),
        ({"tiers": {"press"}}, {"tier": "head-of-state"}, False),
        ({"protected": True}, {}, False),
        ({"protected": True}, {"tier": "head-of-state"}, True),
        ({"kinds": {"human", "service"}}, {}, True),
        ({"kinds": {"automation"}}, {}, False),
    ],
)
def test_a_safeguard_concerns_the_acts_that_it_names(concern, changes, covered):
    """
    What is not said concerns every act; a reversal is concerned only where its inverse is named.
    """
    assert covered == Concern(**concern).covers(act(**changes))


@given(of(Concern), considered())
def test_what_is_counted_is_what_is_concerned(concern, judged):
    """
    An act that a limit concerns is one that it counts, whoever took it.
    """
    if concern.covers(judged):
        assert concern.counts(judged.measure, judged.tier)
        assert concern.measures is not None or not judged.reversal


@given(policies(), considered())
def test_every_safeguard_gives_one_verdict(policy, judged):
    """
    Each is asked by itself, in the order of the policy, and none is left out of the record.
    """
    expected = []
    for safeguard in policy.safeguards:
        covered = safeguard.concern.covers(judged)
        stop = safeguard.check(judged) if covered else None
        expected.append(
            Verdict(
                name=safeguard.name,
                policy="default@1",
                outcome=Outcome.PASSED if stop is None else Outcome.STOPPED,
                why=(None if stop is None else stop.why) if covered else NOT_CONCERNED,
            )
        )

    said = evaluate(policy, judged)

    assert tuple(expected) == said.verdicts
    stopped = [verdict for verdict in expected if verdict.outcome is Outcome.STOPPED]
    assert stopped == [verdict for verdict, _ in said.stops]
    assert [verdict.why for verdict in stopped] == [stop.why for _, stop in said.stops]


@given(policies(), st.lists(considered(), max_size=4))
def test_what_was_asked_before_changes_nothing(policy, acts):
    """
    A policy that has judged other acts judges each as one that has judged none.
    """
    for judged in [*acts, *acts]:
        assert evaluate(attrs.evolve(policy), judged) == evaluate(policy, judged)


def test_a_policy_may_be_asked_of_any_number_of_tiers():
    """
    What it remembers of acts that are alike is bounded, and what it forgot it works out again.
    """
    policy = policy_of({"rule": "protected-account", "tiers": ["press"]})
    stopped, passed = [("protected-account", "stopped")], [("protected-account", "passed")]

    for number in range(5_000):
        assert passed == told(policy, act(tier=f"tier-{number}"))
    assert stopped == told(policy, act(tier="press"))
    assert passed == told(policy, act(tier="tier-0"))


@pytest.mark.parametrize(
    ("concern", "concerned", "other"),
    [
        ({}, {"reversal": False}, {"reversal": True}),
        ({"measures": ["suspend"]}, {}, {"measure": "warn"}),
        ({"tiers": ["press"]}, {"tier": "press"}, {"tier": None}),
        ({"kinds": ["human"]}, {"kind": "human"}, {"kind": "service"}),
    ],
    ids=["reversal", "measure", "tier", "kind"],
)
def test_acts_that_differ_in_what_a_safeguard_concerns_are_not_alike(concern, concerned, other):
    """
    Each of what a concern can name tells two acts apart, in whatever order they are asked about.
    """
    policy = policy_of({"rule": "ground-required", **concern})
    stops, passes = act(ground=None, **concerned), act(ground=None, **other)

    for judged in (passes, stops, passes):
        expected = "stopped" if judged is stops else "passed"
        assert [("ground-required", expected)] == told(policy, judged)


@given(considered(), st.none() | st.just(OVERRIDE))
def test_with_no_policy_nothing_is_asked(judged, override):
    """
    The policy that is built in has no safeguards, and so nothing to override.
    """
    assert ((), ()) == evaluate(BUILT_IN, judged, override=override)
    assert not may_break_glass(BUILT_IN, judged.authority)


LAST_DAY = {"rule": "last-day"}
GROUND = {"rule": "ground-required", "overridable": False}
REASON = {"rule": "reason-required"}
GLASS = {"break_glass": {"roles": ["lead", "duty"]}}
STOPPED = act(last_day=True, ground=None, roles=("duty", "support"))


def test_breaking_the_glass_overrides_what_may_be_overridden():
    """
    What stops an act of a holder of the role is overridden, with why it would have stopped; what
    passed has passed, and what may not be overridden stops.
    """
    policy = policy_of(LAST_DAY, GROUND, REASON, **GLASS)

    said = evaluate(policy, STOPPED, override=OVERRIDE)

    assert ["overridden", "stopped", "passed"] == [verdict.outcome for verdict in said.verdicts]
    assert said.verdicts[0].why is not None
    assert ["ground-required"] == [verdict.name for verdict, _ in said.stops]


@pytest.mark.parametrize(
    ("glass", "roles", "override"),
    [(GLASS, ("duty",), None), (GLASS, ("support",), OVERRIDE), ({}, ("duty",), OVERRIDE)],
    ids=["no justification", "no such role", "no glass"],
)
def test_nothing_else_overrides(glass, roles, override):
    """
    It takes a justification, a role of the policy, and a policy that has glass to break.
    """
    judged = act(last_day=True, roles=roles)

    said = told(policy_of(LAST_DAY, **glass), judged, override=override)

    assert [("last-day", "stopped")] == said


@given(policies(), considered())
def test_an_override_changes_nothing_for_what_passes(policy, judged):
    """
    A justification turns stopped into overridden, where that is allowed, and does nothing else.
    """
    plain = evaluate(policy, judged)
    given_one = evaluate(policy, judged, override=OVERRIDE)

    for safeguard, before, after in zip(
        policy.safeguards, plain.verdicts, given_one.verdicts, strict=True
    ):
        may = safeguard.overridable and may_break_glass(policy, judged.authority)
        turned = may and before.outcome is Outcome.STOPPED
        assert after == (attrs.evolve(before, outcome=Outcome.OVERRIDDEN) if turned else before)


def test_a_rule_may_be_left_out():
    """
    What a request is asked before its approvals leaves out the approvals, under every name.
    """
    two = {"rule": "two-person", "approvals": [{}]}
    policy = policy_of(LAST_DAY, two, two | {"name": "again"})

    assert [("last-day", "stopped")] == told(policy, STOPPED, leaving_out=("two-person",))
    assert ["last-day", "two-person", "again"] == [name for name, _ in told(policy, STOPPED)]


def test_what_is_left_out_gives_no_verdict_where_it_would_pass_either():
    """
    A rule that is not asked says nothing, whatever it would have said.
    """
    two = {"rule": "two-person", "approvals": [{}]}
    approved = act(approvals=(approval("bob"),))

    assert [("two-person", "passed")] == told(policy_of(two), approved)
    assert [] == told(policy_of(two), approved, leaving_out=("two-person",))


FOUR_EYES = {
    "rule": "two-person",
    "name": "four eyes",
    "measures": ["suspend"],
    "approvals": [{"role": "legal"}, {"approvals": 2}],
    "approval_lasts": "2h",
}
MORE_EYES = {
    "rule": "two-person",
    "name": "more eyes",
    "tiers": ["press"],
    "approvals": [{}],
    "approval_lasts": "30m",
}


def test_a_policy_needs_what_the_safeguards_that_concern_an_act_need():
    """
    The approvals of all of them are needed, and count for the shortest time of any.
    """
    policy = policy_of(LAST_DAY, FOUR_EYES, MORE_EYES)
    four = (
        Need(safeguard="four eyes", approvals=1, role="legal"),
        Need(safeguard="four eyes", approvals=2),
    )
    more = (Need(safeguard="more eyes", approvals=1),)

    assert (four, timedelta(hours=2)) == asked_for(policy, act())
    assert (four + more, timedelta(minutes=30)) == asked_for(policy, act(tier="press"))
    assert ((), None) == asked_for(policy, act(measure="warn"))


def asked_for(policy: Policy, judged: Considered) -> tuple[tuple[Need, ...], timedelta | None]:
    """
    Return the approvals that an act needs, and how long each counts.
    """
    return policy.needs(judged), policy.approval_lasts(judged)


def test_a_policy_names_the_safeguards_that_count():
    """
    What limits a rate says how far back, and whose acts it counts.
    """
    mine = {"rule": "rate-limit", "limit": 3, "window": "1h"}
    ours = {"rule": "rate-limit", "name": "ours", "limit": 9, "window": "1d", "of": "everyone"}

    rates = [each.rate for each in policy_of(LAST_DAY, mine, ours).rated]

    assert [(timedelta(hours=1), False), (timedelta(days=1), True)] == [
        (rate.window, rate.of_everyone) for rate in rates if rate is not None
    ]


@given(policies())
def test_only_waiting_is_said_to_delay(policy):
    """
    A safeguard that delays asks for nothing but a wait.
    """
    for safeguard in policy.safeguards:
        assert safeguard.delays == (safeguard.rule == "cooling-off")
        assert bool(safeguard.needs) == (safeguard.rule == "two-person")


def test_what_a_policy_lacks_is_told_behind_what_it_said():
    """
    The rules that were known and not adopted are listed with every answer, under its version.
    """
    said = evaluate(policy_of(LAST_DAY), act()).verdicts

    listed = list(outcomes(said, "default@4", ("two-person", "own-account")))

    assert list(said) == listed[:1]
    assert [("two-person", "default@4"), ("own-account", "default@4")] == [
        (verdict.name, verdict.policy) for verdict in listed[1:]
    ]
    assert {Outcome.NOT_ADOPTED} == {verdict.outcome for verdict in listed[1:]}
