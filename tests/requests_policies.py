"""
Policies for the state machine of requests: small ones, most of which ask for approvals.
"""

from typing import Any

from hypothesis import strategies as st

from tests.acts_model import Fact

role_lists = st.lists(
    st.sampled_from(["lead", "legal", "support"]), min_size=1, max_size=2, unique=True
)
factor = st.fixed_dictionaries(
    {}, optional={"approvals": st.integers(1, 2), "role": st.sampled_from(["lead", "legal"])}
)
spans = st.sampled_from(["10m", "1h"])
concern = {
    "measures": st.sampled_from([["suspend"], ["suspend", "warn"], ["terminate"]]),
    "tiers": st.just(["press"]),
    "overridable": st.booleans(),
}


def safeguard(rule: str, needed: dict[str, Any], **optional: Any) -> st.SearchStrategy[Fact]:
    """
    Return safeguards of a rule.
    """
    return st.fixed_dictionaries(
        {"rule": st.just(rule), **needed}, optional={**concern, **optional}
    )


@st.composite
def two_persons(draw: st.DrawFn) -> Fact:
    """
    Return safeguards that ask for approvals, of most acts and often for a while.
    """
    told: Fact = {
        "rule": "two-person",
        "approvals": draw(st.lists(factor, min_size=1, max_size=2)),
        "overridable": draw(st.booleans()),
    }
    concerned = draw(st.sampled_from([None, None, None, "measures", "tiers"]))
    if concerned is not None:
        told[concerned] = draw(concern[concerned])
    lasts = draw(st.sampled_from([None, "10m", "10m", "1h"]))
    return told if lasts is None else told | {"approval_lasts": lasts}


others = st.one_of(
    safeguard("cooling-off", {"wait": spans}),
    safeguard("role-required", {"roles": role_lists}),
    safeguard("reversible-only", {"roles": role_lists}),
    safeguard("own-account", {}),
    safeguard("last-day", {}),
    safeguard("ground-required", {}),
    safeguard(
        "rate-limit",
        {"limit": st.integers(1, 3), "window": spans},
        of=st.sampled_from(["operator", "everyone"]),
    ),
)


@st.composite
def policies(draw: st.DrawFn) -> Fact:
    """
    Return policies, most of which ask for approvals.
    """
    told = [*draw(st.lists(two_persons(), max_size=2)), *draw(st.lists(others, max_size=2))]
    named = [each | {"name": f"{each['rule']} {n}"} for n, each in enumerate(told)]
    policy: Fact = {"policy": 1} | ({"safeguards": named} if named else {})
    if draw(st.booleans()):
        policy["break_glass"] = {"roles": draw(role_lists)}
    if draw(st.booleans()):
        policy["requests"] = {"lasts": draw(spans)}
    return policy
