"""
Policies: documents that may be adopted, what they are compiled to, and acts to ask them about.

Names come from a few, so that what a policy asks for and what an act has often meet.
"""

import functools
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec import Struct

from ledger.moderation import parameters
from ledger.moderation.authority import Authority
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.events.policy import Syntax
from ledger.moderation.parameters import Asked, Duration, Form, converted
from ledger.moderation.policy_document import Document, parsed, policy, written
from ledger.moderation.request import Approval
from ledger.moderation.rules import RULES, Rule
from ledger.moderation.safeguards import (
    Considered,
    Evaluation,
    Policy,
    Safeguard,
    evaluate,
)
from ledger.moderation.vocabulary import BUILT_IN
from tests.strategies.values import AWKWARD_IDS, AWKWARD_TEXTS, BY_TYPE, NEAR, ids, makes, texts

Table = dict[str, Any]

ROLES = ["support", "trust-and-safety", "legal", *AWKWARD_IDS[2:4]]
TRAININGS = ["protected-accounts", "appeals", "é"]
TIERS = ["head-of-state", "press", "e\u0301"]
CAUSES: list[str | tuple[str, ...]] = ["own-initiative", "order:17", ("r-1",), ("r-1", "r-2"), ()]
OPERATORS = ["op-1", "op-7", "op-417", "comms"]
MEASURES = [measure.name for measure in BUILT_IN]
INVERSES = [measure.inverse for measure in BUILT_IN if measure.inverse]


ACCOUNTS = ["a", "b"]
# A few that fall together, days apart, and at both ends of the calendar.
MOMENTS = [NEAR + timedelta(hours=hours) for hours in (0, 0, 1, 2, 24, 48, 400)] + [
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
]


def subsets(names: list[str]) -> SearchStrategy[tuple[str, ...]]:
    """
    Return some of *names*, sorted; none of them and all of them included.
    """
    sizes = range(len(names) + 1)
    return st.sampled_from(
        [chosen for size in sizes for chosen in combinations(sorted(names), size)]
    )


def some(names: list[str]) -> SearchStrategy[list[str]]:
    """
    Return lists of one or more of *names*, none of them twice.
    """
    return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)


def spelled_durations() -> SearchStrategy[str]:
    """
    Return durations as documents spell them, in one unit or several.
    """
    lengths = st.integers(1, 3 * 86_400) | st.sampled_from([1, 60, 3_600, 86_400, 36_525 * 86_400])
    return lengths.map(lambda seconds: str(Duration(seconds=seconds))) | st.sampled_from(
        ["60s", "90m", "24h", "0d1h", "007s"]
    )


def factors() -> SearchStrategy[Table]:
    """
    Return numbers of approvals, of anyone or of holders of a role.
    """
    return st.fixed_dictionaries(
        {}, optional={"approvals": st.integers(1, 3), "role": st.sampled_from(ROLES)}
    )


# What stands in a safeguard beside what all have: what must, and what may.
PARAMETERS: dict[str, tuple[dict[str, SearchStrategy[Any]], dict[str, SearchStrategy[Any]]]] = {
    "role-required": ({"roles": some(ROLES)}, {}),
    "training-required": ({"trainings": some(TRAININGS)}, {}),
    "report-required": ({}, {"orders": st.booleans()}),
    "two-person": (
        {"approvals": st.lists(factors(), min_size=1, max_size=3)},
        {"approval_lasts": spelled_durations()},
    ),
    "cooling-off": ({"wait": spelled_durations()}, {}),
    "last-day": ({}, {}),
    "notice-period": ({"period": spelled_durations()}, {}),
    "rate-limit": (
        {"limit": st.integers(1, 5) | st.just(2**53 - 1), "window": spelled_durations()},
        {"of": st.sampled_from(["operator", "everyone"])},
    ),
    "reversible-only": ({"roles": some(ROLES)}, {}),
    "own-account": ({}, {}),
    "reason-required": ({}, {"characters_min": st.integers(1, 12) | st.just(10_000)}),
    "ground-required": ({}, {}),
    "protected-account": ({}, {"roles": some(ROLES)}),
}


@st.composite
def tables(draw: st.DrawFn, rule: str) -> Table:
    """
    Return safeguards of a rule as they stand in a document.
    """
    needed, optional = PARAMETERS[rule]
    measures = MEASURES + INVERSES * RULES[rule].of_reversals
    free = ids().filter(lambda name: name not in {*RULES, "authority", "approver", "request"})
    common = {
        "name": free,
        "measures": some(measures),
        "tiers": some(TIERS),
        "protected": st.booleans(),
        "kinds": some([kind.value for kind in OperatorKind]),
        "overridable": st.booleans(),
    }
    told = draw(
        st.fixed_dictionaries({"rule": st.just(rule), **needed}, optional=optional | common)
    )
    if "tiers" in told or rule == "protected-account":
        told["protected"] = True
    return told


@st.composite
def documents(draw: st.DrawFn) -> Table:
    """
    Return documents that may be adopted, as objects.
    """
    told: Table = draw(
        st.fixed_dictionaries(
            {"policy": st.just(1)},
            optional={
                "title": texts(),
                "break_glass": st.fixed_dictionaries({"roles": some(ROLES)}),
                "appeals": st.fixed_dictionaries({"window": spelled_durations()}),
                "requests": st.fixed_dictionaries({"lasts": spelled_durations()}),
            },
        )
    )
    rules = draw(st.lists(st.sampled_from(list(RULES)), max_size=6))
    used: set[str] = set()
    for rule in rules:
        table = draw(tables(rule))
        if table.get("name", rule) in used:
            table["name"] = f"{rule} {len(used)}"
        used.add(table.get("name", rule))
        told.setdefault("safeguards", []).append(table)
    return told


@makes(Form)
def forms() -> SearchStrategy[Form]:
    """
    Return documents whose safeguards are not read yet.
    """
    return documents().map(lambda document: converted(document, Form))


@makes(Document)
def read_documents() -> SearchStrategy[Document]:
    """
    Return what documents ask for.
    """
    return documents().map(lambda document: parsed(*written(document), RULES, BUILT_IN))


@makes(Policy)
def policies() -> SearchStrategy[Policy]:
    """
    Return policies, ready to be asked.
    """
    return documents().map(ready)


def ready(document: Table) -> Policy:
    """
    Return the policy of a document, as its first version.
    """
    text, syntax = written(document)
    assert syntax is Syntax.JSON
    return policy(text, syntax, "default@1", (), RULES)


def asked_of(rule: str, told: Table) -> Any:
    """
    Return what a safeguard of a rule asks for, read.
    """
    struct = RULES[rule].parameters
    assert struct is not None
    return converted({"rule": rule, **told}, struct)


def parameters_of(rule: str) -> SearchStrategy[Any]:
    """
    Return safeguards of a rule, read, that concern every act.
    """
    needed, optional = PARAMETERS[rule]
    told = st.fixed_dictionaries(needed, optional=optional)
    return told.map(lambda table: asked_of(rule, table))


@makes(Asked)
def asked() -> SearchStrategy[Asked]:
    """
    Return safeguards of every rule, read.
    """
    return st.sampled_from(list(RULES)).flatmap(parameters_of)


@makes(Safeguard)
def safeguards() -> SearchStrategy[Safeguard]:
    """
    Return safeguards, ready to be asked.
    """
    return (
        policies()
        .filter(lambda made: made.safeguards != ())
        .flatmap(lambda made: st.sampled_from(made.safeguards))
    )


@makes(Rule)
def rules() -> SearchStrategy[Rule]:
    """
    Return the rules built in.
    """
    return st.sampled_from(list(RULES.values()))


@functools.cache
def authorities() -> SearchStrategy[Authority]:
    """
    Return what operators may be entitled to who have roles and trainings that policies speak of.
    """
    return st.builds(
        Authority,
        kind=st.sampled_from(OperatorKind).map(str),
        roles=subsets(ROLES),
        trainings=subsets(TRAININGS),
        leaves_at=st.none() | st.sampled_from(MOMENTS),
        last_day=st.booleans(),
    )


@functools.cache
def approvals() -> SearchStrategy[tuple[Approval, ...]]:
    """
    Return approvals by few operators, some of them more than once, some lapsed.
    """
    one = st.builds(
        Approval,
        operator=st.sampled_from(OPERATORS),
        at=st.sampled_from(MOMENTS),
        roles=subsets(ROLES),
        lapses_at=st.none() | st.sampled_from(MOMENTS),
    )
    return st.lists(one, max_size=5).map(tuple)


@makes(Considered)
@functools.cache
def considered() -> SearchStrategy[Considered]:
    """
    Return acts, and reversals, on accounts that are protected or not.
    """
    acts = [(measure.name, measure.reversible, False) for measure in BUILT_IN]
    reversals = [(inverse, True, True) for inverse in INVERSES]
    said = st.sampled_from([None, "spam", " ", " a reason of some length ", *AWKWARD_TEXTS])

    def judged(measure: tuple[str, bool, bool], **told: Any) -> Considered:
        name, reversible, reversal = measure
        return Considered(measure=name, reversible=reversible, reversal=reversal, **told)

    return st.builds(
        judged,
        measure=st.sampled_from([*acts, *reversals]),
        account=st.sampled_from(ACCOUNTS),
        tier=st.none() | st.sampled_from(TIERS),
        operator=st.sampled_from(OPERATORS),
        own_account=st.none() | st.sampled_from(ACCOUNTS),
        authority=authorities(),
        because_of=st.sampled_from(CAUSES),
        reason=said,
        ground=said,
        now=st.sampled_from(MOMENTS),
        effective_at=st.sampled_from(MOMENTS),
        asked_at=st.sampled_from(MOMENTS),
        approvals=st.none() | approvals(),
        acts_within=st.sampled_from([{}, *({"rate-limit": acts} for acts in range(6))]),
    )


@makes(Evaluation)
def evaluations() -> SearchStrategy[Evaluation]:
    """
    Return what policies say of acts.
    """
    return st.builds(evaluate, policies(), considered())


# The structs of one rule, the tables of a document that have no rule, and the types of fields.
for _rule, _made in RULES.items():
    BY_TYPE[_made.parameters] = functools.partial(parameters_of, _rule)

_TABLES: list[tuple[type[Struct], SearchStrategy[Table]]] = [
    (parameters.Factor, factors()),
    (parameters.BreakGlass, st.builds(dict, roles=some(ROLES))),
    (parameters.Appeals, st.builds(dict, window=spelled_durations())),
    (parameters.Requests, st.builds(dict, lasts=spelled_durations())),
]
for _struct, _told in _TABLES:
    BY_TYPE[_struct] = functools.partial(_told.map, functools.partial(converted, struct=_struct))

BY_TYPE[parameters.Id] = lambda: ids().map(parameters.Id)
BY_TYPE[parameters.Ids] = lambda: some(ROLES).map(parameters.Ids)
BY_TYPE[parameters.Kinds] = lambda: some(list(OperatorKind)).map(
    lambda kinds: parameters.Kinds(map(OperatorKind, kinds))
)
BY_TYPE[parameters.Text] = lambda: texts().map(parameters.Text)
BY_TYPE[parameters.Duration] = lambda: st.integers(1, 10**9).map(
    lambda seconds: parameters.Duration(seconds=seconds)
)
