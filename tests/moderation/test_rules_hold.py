"""
What holds for every rule: what it means, that it always answers, and that its remedy is one.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from ledger.errors import Malformed
from ledger.moderation.moment import moment
from ledger.moderation.parameters import LONGEST, Asked, Duration
from ledger.moderation.request import Approval
from ledger.moderation.rules import END, RULES, Rule, extended, named, safeguard
from ledger.moderation.safeguards import Considered, Stop
from tests.moderation.acts import NOON, act, stop_of
from tests.moderation.test_rules import STOPPING
from tests.strategies import considered
from tests.strategies.policies import ROLES, asked_of, parameters_of

EVERY_RULE = pytest.mark.parametrize("rule", RULES)
SECOND = timedelta(seconds=1)


def unserved(asked: Any, judged: Considered) -> bool:
    """
    Return whether no way of giving the approvals to what needs them serves all of it.
    """
    if judged.approvals is None:
        return True
    places = [factor.role for factor in asked.approvals for _ in range(factor.approvals)]
    standing = {
        each.operator: each.roles
        for each in judged.approvals
        if each.operator != judged.operator
        and (each.lapses_at is None or judged.now < each.lapses_at)
    }
    return not any(
        all(role is UNSET or role in held for role, held in zip(places, given, strict=True))
        for given in permutations(standing.values(), len(places))
    )


def reported(asked: Any, judged: Considered) -> bool:
    """
    Return whether an act is because of a report, or of an order where that is as good.
    """
    if isinstance(judged.because_of, str):
        return asked.orders and "order:" == judged.because_of[:6]
    return len(judged.because_of) > 0


def held(judged: Considered) -> set[str]:
    """
    Return the roles of the one who acts.
    """
    return set(judged.authority.roles)


# When each rule stops an act, said in another way.
MEANS: dict[str, Callable[[Any, Considered], bool]] = {
    "role-required": lambda asked, judged: not asked.roles & held(judged),
    "training-required": lambda asked, judged: not asked.trainings <= {*judged.authority.trainings},
    "report-required": lambda asked, judged: not reported(asked, judged),
    "two-person": unserved,
    "cooling-off": lambda asked, judged: judged.effective_at - judged.asked_at < asked.wait,
    "last-day": lambda _, judged: judged.authority.last_day,
    "notice-period": lambda asked, judged: (
        judged.authority.leaves_at is not None
        and judged.authority.leaves_at - judged.now <= asked.period
    ),
    "rate-limit": lambda asked, judged: (
        "rate-limit" in judged.acts_within and judged.acts_within["rate-limit"] >= asked.limit
    ),
    "reversible-only": lambda asked, judged: (
        not judged.reversible and len(asked.roles & held(judged)) > 0
    ),
    "own-account": lambda _, judged: judged.account == judged.own_account,
    "reason-required": lambda asked, judged: (
        judged.reason is None or len(judged.reason.strip()) < asked.characters_min
    ),
    "ground-required": lambda _, judged: judged.ground is None or not judged.ground.strip(),
    "protected-account": lambda asked, judged: (
        judged.tier is not None and (asked.roles is UNSET or not asked.roles & held(judged))
    ),
}


@EVERY_RULE
@given(st.data())
def test_a_rule_stops_what_it_says_and_nothing_else(rule, data):
    """
    Whatever the parameters and the act, a rule answers as its description says, twice alike; who is
    stopped is told why, and what to do.
    """
    asked, judged = data.draw(parameters_of(rule)), data.draw(considered())

    stop = stopped(asked, judged)

    assert MEANS[rule](asked, judged) == (stop is not None)
    assert stop == stopped(asked, judged)
    assert stop is None or (stop.why.strip() and stop.remedy.strip())


def stopped(asked: Asked, judged: Considered) -> Stop | None:
    """
    Return what a safeguard says of an act.
    """
    return safeguard(RULES[named(asked)], asked, {}).check(judged)


def entitled(judged: Considered, **changes: Any) -> Considered:
    """
    Return an act by an operator whose authority differs in that.
    """
    return attrs.evolve(judged, authority=attrs.evolve(judged.authority, **changes))


def approved(asked: Any, judged: Considered, _remedy: str) -> Considered:
    """
    Return an act with as many approvals as were asked for, of others who hold every role.
    """
    wanted = sum(factor.approvals for factor in asked.approvals)
    roles = tuple(factor.role for factor in asked.approvals if factor.role is not UNSET)
    approvals = (Approval(f"other-{n}", NOON, roles, None) for n in range(wanted))
    return attrs.evolve(judged, approvals=tuple(approvals))


def later(_asked: Any, judged: Considered, remedy: str) -> Considered:
    """
    Return an act that takes effect when the remedy says.
    """
    (earliest,) = re.findall(r"effective_at=(\S+) or later", remedy)
    return attrs.evolve(judged, effective_at=moment(earliest, "effective_at"))


def unprotected(asked: Any, judged: Considered, remedy: str) -> Considered:
    """
    Return an act by a holder of the role that the remedy names, or on an unprotected account.
    """
    if asked.roles is UNSET:
        assert "unprotect_account" in remedy
        return attrs.evolve(judged, tier=None)
    return entitled(judged, roles=(min(asked.roles),))


def without_roles(asked: Any, judged: Considered, _remedy: str) -> Considered:
    """
    Return an act by an operator without the roles that are limited.
    """
    return entitled(judged, roles=tuple(held(judged) - asked.roles))


# What each remedy says, done; where it names two ways, each of them.
REMEDIES: list[tuple[str, Callable[[Any, Considered, str], Considered]]] = [
    ("role-required", lambda asked, judged, _: entitled(judged, roles=(max(asked.roles),))),
    ("training-required", lambda asked, judged, _: entitled(judged, trainings=asked.trainings)),
    ("report-required", lambda _, judged, __: attrs.evolve(judged, because_of=("r-2",))),
    ("two-person", approved),
    ("cooling-off", later),
    ("last-day", lambda _, judged, __: entitled(judged, last_day=False)),
    ("notice-period", lambda _, judged, __: entitled(judged, leaves_at=None)),
    (
        "notice-period",
        lambda asked, judged, _: entitled(judged, leaves_at=NOON + asked.period + SECOND),
    ),
    (
        "rate-limit",
        lambda asked, judged, _: attrs.evolve(judged, acts_within={"rate-limit": asked.limit - 1}),
    ),
    ("reversible-only", lambda _, judged, __: attrs.evolve(judged, reversible=True)),
    ("reversible-only", without_roles),
    ("own-account", lambda _, judged, __: attrs.evolve(judged, own_account="another")),
    (
        "reason-required",
        lambda asked, judged, _: attrs.evolve(judged, reason="x" * asked.characters_min),
    ),
    ("ground-required", lambda _, judged, __: attrs.evolve(judged, ground="rule 4")),
    ("protected-account", unprotected),
]


@pytest.mark.parametrize(("rule", "remedied"), REMEDIES)
@given(st.data())
def test_what_does_as_its_remedy_says_passes(rule, remedied, data):
    """
    Whoever is stopped and does what he is told is not stopped again.
    """
    asked = data.draw(parameters_of(rule))
    judged = attrs.evolve(data.draw(considered()), now=NOON, asked_at=NOON)
    stop = stopped(asked, judged)

    assert stop is None or stopped(asked, remedied(asked, judged, stop.remedy)) is None


@pytest.mark.parametrize(("rule", "parameters", "changes", "why", "remedy"), STOPPING)
def test_every_stop_that_is_shown_has_its_remedy(rule, parameters, changes, why, remedy):
    """
    The examples of what is stopped pass once what their remedies say is done.
    """
    judged = act(**changes)
    assert Stop(why, remedy) == stop_of(rule, parameters, judged)

    for name, remedied in REMEDIES:
        if name == rule:
            passed = remedied(asked_of(rule, parameters), judged, remedy)
            assert stop_of(rule, parameters, passed) is None


def test_an_order_is_a_remedy_where_it_is_as_good_as_a_report():
    """
    What the remedy says of orders is true.
    """
    assert stop_of("report-required", {}, act(because_of="order:17")) is None


def test_a_wait_past_the_end_of_time_is_judged_too():
    """
    No sum of times leaves the calendar.
    """
    stop = stop_of("cooling-off", {"wait": f"{LONGEST.days}d"}, act(asked_at=END, effective_at=END))

    assert stop is not None
    assert "effective_at=9999-12-31T23:59:59.999999Z or later" == stop.remedy


@given(st.sampled_from(ROLES))
def test_whoever_holds_two_roles_is_one_person(role):
    """
    Two factors are two people, even where one has the roles of both.
    """
    factors = {"approvals": [{"role": role}, {"role": "press"}]}
    both = Approval("bob", NOON, (role, "press"), None)
    other = Approval("eve", NOON, ("press",), None)

    assert stop_of("two-person", factors, act(approvals=(both,))) is not None
    assert stop_of("two-person", factors, act(approvals=(both, other))) is None


def weekdays_only(judged: Considered, parameters: Any) -> str | None:
    """
    Stop acts on the days of the week that are named.
    """
    day = f"{judged.now:%A}"
    return f"it is {day}" if day in parameters["not_on"] else None


def test_a_rule_of_a_service_is_asked_with_its_parameters():
    """
    A text is why it stops; what would make it pass is then what the rule asks for.
    """
    own = safeguard(Rule("weekdays", weekdays_only), Asked(), {"not_on": ["Thursday"]})

    assert Stop("it is Thursday", "what the rule 'weekdays' asks for") == own.check(act())
    assert own.check(act(now=NOON + timedelta(days=1))) is None
    assert ("weekdays", "weekdays") == (own.name, own.rule)


def test_a_rule_of_a_service_may_say_what_would_make_it_pass():
    """
    A stop that a service's rule returns is told as it is.
    """
    stop = Stop("never", "another ledger")

    own = safeguard(Rule("never", lambda _judged, _parameters: stop), Asked(), {})

    assert stop is own.check(act())


def test_a_rule_stands_once():
    """
    A name means one rule: none of a service takes the place of one built in, or of its other.
    """
    own = Rule("weekdays", weekdays_only)

    assert [*RULES, "weekdays"] == list(extended([own]))
    for names in ([own, own], [Rule("two-person", weekdays_only)]):
        with pytest.raises(Malformed, match="is registered already"):
            extended(names)


def test_a_rule_without_a_name_is_refused():
    """
    A name that no document could call is malformed when the rule is made.
    """
    with pytest.raises(Malformed) as raised:
        Rule("", weekdays_only)

    assert "rule" == raised.value.where


@given(st.integers(1, 10**9))
def test_a_duration_is_spelled_as_documents_spell_it(seconds):
    """
    What a message says of a duration can be written into a policy.
    """
    length = Duration(seconds=seconds)

    assert length == asked_of("cooling-off", {"wait": str(length)}).wait
