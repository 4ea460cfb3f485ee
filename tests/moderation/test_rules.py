"""
The rules built in, by example: what each lets pass, what it stops, why, and what would pass.
"""

from datetime import timedelta
from typing import Any

import pytest

from ledger.moderation.rules import RULES
from ledger.moderation.safeguards import Stop
from tests.moderation.acts import NOON, act, approval, stop_of

HOUR = timedelta(hours=1)
TWO_OF_ONE = {"approvals": [{"approvals": 2}]}
FACTORS = {"approvals": [{"role": "legal"}, {"approvals": 2}]}
LEGAL_AND_TWO = (
    "1 approval of another operator with the role 'legal' and 2 approvals of other operators"
)
LIMIT = {"limit": 3, "window": "1h"}

# Rule, parameters, what passes.
PASSING: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("role-required", {"roles": ["support", "legal"]}, {"roles": ("legal",)}),
    ("training-required", {"trainings": ["a", "b"]}, {"trainings": ("a", "b", "c")}),
    ("report-required", {}, {}),
    ("report-required", {}, {"because_of": "order:17"}),
    ("two-person", TWO_OF_ONE, {"approvals": (approval("bob"), approval("eve"))}),
    (
        "two-person",
        FACTORS,
        {"approvals": (approval("bob", "legal"), approval("eve"), approval("joe", "legal"))},
    ),
    ("cooling-off", {"wait": "1h"}, {"effective_at": NOON + HOUR}),
    ("last-day", {}, {"leaves_at": NOON + 25 * HOUR}),
    ("notice-period", {"period": "14d"}, {"leaves_at": NOON + timedelta(days=14, seconds=1)}),
    ("notice-period", {"period": "14d"}, {"leaves_at": None}),
    ("rate-limit", LIMIT, {"acts_within": {"rate-limit": 2}}),
    ("rate-limit", LIMIT, {}),
    ("rate-limit", LIMIT | {"name": "burst"}, {"acts_within": {"rate-limit": 3, "burst": 2}}),
    ("reversible-only", {"roles": ["junior"]}, {"roles": ("junior",)}),
    ("reversible-only", {"roles": ["junior"]}, {"reversible": False, "roles": ("senior",)}),
    ("own-account", {}, {"own_account": "y"}),
    ("reason-required", {"characters_min": 4}, {}),
    ("ground-required", {}, {}),
    ("protected-account", {}, {}),
    ("protected-account", {"roles": ["legal"]}, {"tier": "press", "roles": ("legal",)}),
]

# Rule, parameters, what is stopped, why, and what would make it pass.
STOPPING: list[tuple[str, dict[str, Any], dict[str, Any], str, str]] = [
    (
        "role-required",
        {"roles": ["support", "legal"]},
        {"roles": ("press",)},
        "does not have the role 'legal' or 'support'",
        "an operator with the role 'legal' or 'support'",
    ),
    (
        "training-required",
        {"trainings": ["a", "b", "c"]},
        {"trainings": ("b",)},
        "lacks the training 'a' and 'c'",
        "the operator to be marked as trained in 'a' and 'c'",
    ),
    (
        "report-required",
        {},
        {"because_of": "own-initiative"},
        "is because of no report and no order",
        "because_of=[<the id of a report>] or 'order:<its reference>'",
    ),
    (
        "report-required",
        {"orders": False},
        {"because_of": "order:17"},
        "is because of no report",
        "because_of=[<the id of a report>]",
    ),
    (
        "two-person",
        FACTORS,
        {},
        f"needs {LEGAL_AND_TWO}",
        f"a request, and {LEGAL_AND_TWO}",
    ),
    (
        "two-person",
        TWO_OF_ONE,
        {"approvals": (approval("bob"), approval("bob"), approval("ann"))},
        "lacks 1 approval of another operator",
        "1 approval of another operator",
    ),
    (
        "two-person",
        FACTORS,
        {"approvals": (approval("bob", "legal"), approval("eve"))},
        "lacks 1 approval of another operator",
        "1 approval of another operator",
    ),
    (
        "two-person",
        TWO_OF_ONE,
        {"approvals": (approval("bob"), approval("eve", lapses_at=NOON))},
        "lacks 1 approval of another operator",
        "1 approval of another operator",
    ),
    (
        "cooling-off",
        {"wait": "1h30m"},
        {"effective_at": NOON + HOUR},
        "takes effect less than 1h30m after 2017-11-02T12:00:00Z, when it was asked for",
        "effective_at=2017-11-02T13:30:00Z or later",
    ),
    (
        "last-day",
        {},
        {"leaves_at": NOON + 24 * HOUR, "last_day": True},
        "leaves at 2017-11-03T12:00:00Z",
        "an operator who does not leave within 1d",
    ),
    (
        "notice-period",
        {"period": "14d"},
        {"leaves_at": NOON + timedelta(days=14)},
        "leaves at 2017-11-16T12:00:00Z",
        "an operator who does not leave within 14d",
    ),
    (
        "rate-limit",
        LIMIT | {"of": "everyone"},
        {"acts_within": {"rate-limit": 3}},
        "acts of everyone within 1h: 3, and the limit is 3",
        "acts of everyone within 1h to be fewer than 3",
    ),
    (
        "reversible-only",
        {"roles": ["junior", "vendor"]},
        {"reversible": False, "roles": ("junior", "senior")},
        "may not use what cannot be reversed, with the role 'junior'",
        "a measure that can be reversed, or an operator without the role 'junior'",
    ),
    ("own-account", {}, {"own_account": "x"}, "it is his own account", "another operator"),
    (
        "reason-required",
        {"characters_min": 5},
        {"reason": "  spam  "},
        "the reason has fewer than 5 characters",
        "a reason of 5 characters or more",
    ),
    (
        "reason-required",
        {"characters_min": 5},
        {"reason": "sealed:" + 43 * "A"},
        "how long a sealed reason is cannot be seen",
        "a policy whose characters_min is 1, in a sealed ledger",
    ),
    (
        "reason-required",
        {},
        {"reason": None},
        "there is no reason",
        "a reason",
    ),
    (
        "ground-required",
        {},
        {"ground": None},
        "there is no ground",
        "ground=<the law or rule that it rests on>",
    ),
    (
        "protected-account",
        {},
        {"tier": "press"},
        "the account is protected as 'press'",
        "to unprotect_account first",
    ),
    (
        "protected-account",
        {"roles": ["legal"]},
        {"tier": "press", "roles": ("support",)},
        "the account is protected as 'press'",
        "an operator with the role 'legal'",
    ),
]


@pytest.mark.parametrize(("rule", "parameters", "changes"), PASSING)
def test_a_rule_lets_pass(rule, parameters, changes):
    """
    What a rule asks for is enough.
    """
    assert stop_of(rule, parameters, act(**changes)) is None


@pytest.mark.parametrize(("rule", "parameters", "changes", "why", "remedy"), STOPPING)
def test_a_rule_stops(rule, parameters, changes, why, remedy):
    """
    What lacks something is told what it lacks, and what would make it pass.
    """
    assert Stop(why, remedy) == stop_of(rule, parameters, act(**changes))


def test_every_rule_has_an_example_of_both():
    """
    No rule is built in that is not shown to pass and to stop.
    """
    assert set(RULES) == {rule for rule, *_ in PASSING} == {rule for rule, *_ in STOPPING}
