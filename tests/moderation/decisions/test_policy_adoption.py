"""
The decision to adopt a policy: what is kept of it, and what it then decides.
"""

import json
from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.moderation.decisions import Decision
from ledger.moderation.events import Outcome, kind_of
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.events.policy import PolicyAdopted, Syntax
from ledger.moderation.rules import RULES
from tests.moderation.by_hand import Line, act
from tests.moderation.decisions.desk import adopted, decided, event

PLAIN: dict[str, Any] = {"policy": 1, "safeguards": [{"rule": "own-account"}]}
TOML = """
policy = 1   # the first one

[[safeguards]]
rule = "own-account"
"""


def adopting(policy: object, by: str = "root", **terms: Any) -> Decision:
    """
    Return the decision to adopt a policy, at noon, in the place of *instead* where it is given.
    """
    instead = terms.pop("instead", ())
    return decided(
        {"command": "adopt_policy", "policy": policy, "by": by, **terms}, **adopted(*instead)
    )


@pytest.mark.parametrize(
    ("policy", "text", "syntax"),
    [
        (PLAIN, json.dumps(PLAIN, indent=2, sort_keys=True), Syntax.JSON),
        (json.dumps(PLAIN), json.dumps(PLAIN), Syntax.JSON),
        (TOML, TOML, Syntax.TOML),
    ],
)
def test_a_policy_is_kept_to_the_letter(policy, text, syntax):
    """
    Comments and spaces included; what was given as an object is kept as canonical JSON.
    """
    decision = adopting(policy)
    kept = event(decision)

    assert isinstance(kept, PolicyAdopted)
    assert (text, syntax) == (kept.text, kept.syntax)
    assert ("default@1", "policy/default") == (decision.result, decision.drafts[0].stream)


def test_a_policy_says_which_rules_it_uses_and_which_it_does_not():
    """
    Of those known when it was adopted, so that what was not asked is fixed for ever.
    """
    kept = event(adopting({**PLAIN, "safeguards": [{"rule": "own-account", "name": "own"}]}))

    assert isinstance(kept, PolicyAdopted)
    assert ("own",) == kept.adopted
    assert tuple(rule for rule in RULES if rule != "own-account") == kept.not_adopted
    assert kept.authority is not None
    assert kept.authority.administers


def test_versions_count_from_one():
    """
    Each policy that is adopted is the next version, and relies on the one before.
    """
    second = adopting(TOML, instead=[{}])
    kept = event(second)

    assert isinstance(kept, PolicyAdopted)
    assert "default@2" == second.result
    assert ("operator/root@1", "policy/default@1") == kept.relied_on


@pytest.mark.parametrize(("terms", "recorded"), [({}, False), ({"request_id": "q"}, True)])
def test_the_policy_in_force_is_not_adopted_again(terms, recorded):
    """
    The same text is so already; under a request id the entry stands (rule 15).
    """
    same = json.dumps({"policy": 1, "title": "t"})
    decision = adopting(same, instead=[{}], **terms)

    assert recorded == bool(decision.drafts)
    assert ("default@2" if recorded else "default@1") == decision.result
    # One that was in force before another is a new version.
    assert "default@3" == adopting(same, instead=[{}, {"title": "u"}]).result


@pytest.mark.parametrize("by", ["ann", "lead", "gone", "barred", "stranger"])
def test_rule_17_only_an_admin_or_the_system_adopts(by):
    """
    The attempt is on record on a stream of its own: versions of the policy's stream are policies.
    """
    decision = adopting(PLAIN, by=by)
    (draft,) = decision.drafts

    assert decision.refusal is not None
    assert ("authority", True) == (decision.refusal.rule, decision.refusal.recorded)
    assert ("ledger.command_refused", "ledger/policies") == (kind_of(draft.event), draft.stream)
    assert None is adopting(PLAIN, by="system").refusal


@pytest.mark.parametrize(
    ("policy", "where"),
    [
        ({"policy": 2}, "policy"),
        ({"policy": 1, "safeguards": [{"rule": "four-eyes"}]}, "safeguards[0].rule"),
        ("policy = ", "line 1"),
        ({**PLAIN, "safeguards": [{"rule": "two-person"}]}, "safeguards[0].approvals"),
    ],
)
@pytest.mark.parametrize("by", ["root", "ann"])
def test_rule_16_a_document_that_does_not_hold_writes_nothing(policy, where, by):
    """
    The path or the line of the defect is named, whoever wanted to adopt it.
    """
    with pytest.raises(Malformed) as raised:
        adopting(policy, by=by)

    assert where == raised.value.where


def test_every_act_says_what_the_policy_in_force_said_of_it():
    """
    Authority first, then each safeguard in order, with the version; the version was relied on.
    """
    policy = {
        "safeguards": [{"rule": "ground-required", "measures": ["lock"]}, *PLAIN["safeguards"]]
    }
    line = {"command": "act", "measure": "warn", "account": "x", "by": "ann", "reason": "spam"}
    taken = event(decided({**line, "because_of": "own-initiative"}, **adopted({}, policy)))

    assert isinstance(taken, ActionTaken)
    assert [
        ("authority", "default@2", Outcome.PASSED, None),
        ("ground-required", "default@2", Outcome.PASSED, "not concerned"),
        ("own-account", "default@2", Outcome.PASSED, None),
    ] == [(v.name, v.policy, v.outcome, v.why) for v in taken.verdicts]
    assert ("operator/ann@1", "policy/default@2") == taken.relied_on


def test_what_a_safeguard_stops_is_recorded_with_what_would_make_it_pass():
    """
    Every verdict, those that passed included; in the error, what to do about each that stopped it.
    """
    policy = {
        "safeguards": [{"rule": "ground-required"}, {"rule": "last-day"}, {"rule": "own-account"}]
    }
    line = {"command": "act", "measure": "warn", "account": "x", "by": "owner", "reason": "spam"}
    decision = decided({**line, "because_of": "own-initiative"}, **adopted(policy))

    refusal = decision.refusal
    assert refusal is not None
    assert {
        "authority": "passed",
        "ground-required": "stopped",
        "last-day": "passed",
        "own-account": "stopped",
    } == refusal.verdicts
    assert "ground=<the law or rule that it rests on>; another operator" == refusal.expected
    assert "account.command_refused" == kind_of(event(decision))


@pytest.mark.parametrize(
    ("by", "override", "outcome"),
    [
        ("lead", "life in danger", Outcome.OVERRIDDEN),
        ("lead", None, Outcome.STOPPED),
        ("ann", "life in danger", Outcome.STOPPED),
    ],
)
def test_who_may_break_the_glass_overrides_what_may_be_overridden(by, override, outcome):
    """
    With a justification and one of the roles; what the policy keeps from it stops the act still.
    """
    loose = {"safeguards": [{"rule": "ground-required"}], "break_glass": {"roles": ["lead"]}}
    strict = {**loose, "safeguards": [{"rule": "ground-required", "overridable": False}]}
    line = {"command": "act", "measure": "warn", "account": "x", "by": by, "reason": "spam"}
    line |= {"because_of": "own-initiative", "override": override}
    decision = decided(line, **adopted(loose))

    verdicts = {v.name: v.outcome for v in event(decision).verdicts}  # type: ignore[attr-defined]
    assert {"authority": Outcome.PASSED, "ground-required": outcome} == verdicts
    assert (outcome is Outcome.STOPPED) == (decision.refusal is not None)
    assert decided(line, **adopted(strict)).refusal is not None


def test_nobody_overrides_who_he_is():
    """
    Authority is no safeguard: whoever left does not act, whatever the policy.
    """
    policy = adopted({"break_glass": {"roles": ["admin"]}})
    line = {"command": "act", "measure": "warn", "account": "x", "by": "gone", "reason": "spam"}
    refusal = decided(
        {**line, "because_of": "own-initiative", "override": "fire"}, **policy
    ).refusal

    assert refusal is not None
    assert "authority" == refusal.rule


@pytest.mark.parametrize(
    ("safeguard", "rule"),
    [
        ({"rule": "two-person", "approvals": [{}]}, None),
        ({"rule": "role-required", "roles": ["lead"]}, None),
        ({"rule": "role-required", "roles": ["lead"], "measures": ["suspend"]}, None),
        ({"rule": "role-required", "roles": ["lead"], "measures": ["unlock"]}, None),
        (
            {"rule": "role-required", "roles": ["lead"], "measures": ["suspend", "unsuspend"]},
            "role-required",
        ),
    ],
)
def test_only_a_safeguard_that_names_the_inverse_concerns_a_reversal(safeguard, rule):
    """
    What an act takes, its reversal does not; and what stops a reversal is recorded.
    """
    held: Line = ("02:00", act("held"))
    line = {"command": "reverse", "action": "held", "reason": "error", "by": "ann"}
    decision = decided(line, held, **adopted({"safeguards": [safeguard]}))

    assert rule == (decision.refusal and decision.refusal.rule)
    assert [("authority", Outcome.PASSED), (safeguard["rule"], outcome_of(rule))] == [
        (verdict.name, verdict.outcome)
        for verdict in event(decision).verdicts  # type: ignore[attr-defined]
    ]


def outcome_of(rule: str | None) -> Outcome:
    """
    Return the outcome of a safeguard by whether it stops something.
    """
    return Outcome.PASSED if rule is None else Outcome.STOPPED
