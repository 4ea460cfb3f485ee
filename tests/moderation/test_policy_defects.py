"""
A policy with one defect is refused with the path of exactly that defect.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.moderation.policy_document import parsed, written
from ledger.moderation.rules import RULES
from ledger.moderation.vocabulary import BUILT_IN
from tests.moderation.defects import Defect, defects, places
from tests.moderation.in_toml import in_toml
from tests.strategies import documents

COMMON: dict[str, Any] = {
    "measures": ["deactivate", "suspend"],
    "tiers": ["head-of-state", "press"],
    "kinds": ["human", "service"],
    "overridable": False,
}

# Every rule with every field, and every other part of a document.
SOUND: dict[str, Any] = {
    "policy": 1,
    "title": "everything that can be said",
    "break_glass": {"roles": ["incident-lead", "duty"]},
    "appeals": {"window": "184d"},
    "requests": {"lasts": "1d12h"},
    "safeguards": [
        {"rule": "role-required", "roles": ["support", "legal"], **COMMON},
        {"rule": "training-required", "trainings": ["appeals"], "name": "trained"},
        {"rule": "report-required", "orders": False, "protected": True},
        {
            "rule": "two-person",
            "approvals": [{"approvals": 2}, {"role": "legal"}, {}],
            "approval_lasts": "2h",
            **COMMON,
        },
        {"rule": "cooling-off", "wait": "90m", "protected": True},
        {"rule": "last-day", "measures": ["suspend", "unsuspend"]},
        {"rule": "notice-period", "period": "14d"},
        {"rule": "rate-limit", "limit": 20, "window": "1h", "of": "everyone"},
        {"rule": "rate-limit", "limit": 3, "window": "60s", "name": "burst", "kinds": ["human"]},
        {"rule": "reversible-only", "roles": ["junior"]},
        {"rule": "own-account"},
        {"rule": "reason-required", "characters_min": 10},
        {"rule": "ground-required", "measures": ["terminate"]},
        {"rule": "protected-account", "roles": ["legal"]},
    ],
}


def where(given_one: Any) -> str | None:
    """
    Return where a document is defective; None when it may be adopted.
    """
    try:
        parsed(*written(given_one), RULES, BUILT_IN)
    except Malformed as error:
        return error.where
    return None


def writable(defect: Defect) -> bool:
    """
    Return whether TOML can say what is wrong: it has no null.
    """
    return all(value is not None for _, value in places(defect.document, ()))


def test_the_sound_document_may_be_adopted():
    """
    Before it is broken nothing is wrong with it, and no rule is missing.
    """
    assert where(SOUND) is None
    assert where(in_toml(SOUND)) is None
    assert set(RULES) == {safeguard["rule"] for safeguard in SOUND["safeguards"]}


def test_each_defect_is_told_with_its_path():
    """
    Of hundreds of policies with one defect each, none is adopted, and each names the one place.
    """
    broken = list(defects(SOUND))

    assert 200 <= len({repr(defect.document) for defect in broken})
    wrong = [
        (defect.where, told) for defect in broken if defect.where != (told := where(defect[0]))
    ]
    assert [] == wrong


def test_each_defect_is_told_in_toml_too():
    """
    The path is the same whatever the policy is written in.
    """
    broken = [defect for defect in defects(SOUND) if writable(defect)]

    assert 200 <= len(broken)
    wrong = [
        (defect.where, told)
        for defect in broken
        if defect.where != (told := where(in_toml(defect.document)))
    ]
    assert [] == wrong


@given(documents(), st.data())
def test_any_policy_is_refused_for_any_defect(document, data):
    """
    Whatever a policy asks for, and wherever it is broken, the defect is found there.
    """
    assert where(document) is None

    defect = data.draw(st.sampled_from(list(defects(document))))

    assert defect.where == where(defect.document)
    if writable(defect):
        assert defect.where == where(in_toml(defect.document))


@pytest.mark.parametrize("field", ["surprise", "measure", "Tiers"])
def test_a_field_that_is_none_is_answered_with_those_there_are(field):
    """
    A slip in a field's name is told with what could have been meant.
    """
    document = {"policy": 1, "safeguards": [{"rule": "last-day", field: ["suspend"]}]}

    with pytest.raises(Malformed) as raised:
        parsed(*written(document), RULES, BUILT_IN)

    assert f"safeguards[0].{field}" == raised.value.where
    assert "one of name, measures, tiers, protected, kinds, overridable" == raised.value.expected


EXPECTED = [
    ({"roles": []}, "roles", "a list of 1 or more names"),
    ({"roles": "x"}, "roles", "a list of 1 or more names"),
    ({"roles": ["a", "a"]}, "roles[1]", "it once"),
    ({"rule": "rate-limit"}, "limit", "a whole number of 1 or more"),
    (
        {"rule": "reason-required", "characters_min": 0},
        "characters_min",
        "a whole number from 1 to 10000",
    ),
    ({"rule": "cooling-off", "wait": "soon"}, "wait", "a duration such as 11m, 90s, 1h30m or 2d"),
    ({"rule": "cooling-off"}, "wait", "a duration such as 11m, 90s, 1h30m or 2d"),
    ({"rule": "two-person"}, "approvals", "a list of 1 or more tables"),
    ({"rule": "two-person", "approvals": ["x"]}, "approvals[0]", "a table"),
    ({"kinds": ["robot"]}, "kinds[0]", "one of human, service, automation, system, unknown"),
    ({"overridable": "no"}, "overridable", "true or false"),
    (
        {"rule": "rate-limit", "limit": 1, "window": "1h", "of": "team"},
        "of",
        "one of operator, everyone",
    ),
]


@pytest.mark.parametrize(("changes", "place", "expected"), EXPECTED)
def test_a_defect_is_told_with_what_would_do(changes, place, expected):
    """
    Whoever wrote it reads what to write instead.
    """
    safeguard = {"rule": "role-required", "roles": ["support"], **changes}
    if safeguard["rule"] != "role-required":
        del safeguard["roles"]

    with pytest.raises(Malformed) as raised:
        parsed(*written({"policy": 1, "safeguards": [safeguard]}), RULES, BUILT_IN)

    assert (f"safeguards[0].{place}", expected) == (raised.value.where, raised.value.expected)
