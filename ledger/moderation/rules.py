"""
Rules: what a safeguard can check, each a pure function of an act and of the safeguard's parameters.

A rule returns why it stops an act and what would make the act pass, or None. Its docstring is what
it means, and is printed on the page about policies. Services register rules of their own beside
these; one that a policy has adopted must stay registered for as long as the policy is asked.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import attrs
from msgspec import UNSET

from ledger.errors import Malformed
from ledger.moderation.authority import LAST_DAY, Authority
from ledger.moderation.events.request import Need
from ledger.moderation.identity import identifier
from ledger.moderation.moment import shortest
from ledger.moderation.parameters import (
    Asked,
    CoolingOff,
    Counted,
    Duration,
    GroundRequired,
    LastDay,
    NoticePeriod,
    OwnAccount,
    ProtectedAccount,
    RateLimit,
    ReasonRequired,
    ReportRequired,
    ReversibleOnly,
    RoleRequired,
    TrainingRequired,
    TwoPerson,
)
from ledger.moderation.request import missing
from ledger.moderation.safeguards import Check, Concern, Considered, Rate, Safeguard, Stop
from ledger.moderation.sealing import is_token

END: Final = datetime.max.replace(tzinfo=UTC)
ORDER: Final = "order:"


@attrs.frozen(slots=False)
class Rule:
    """
    What safeguards of one name check.

    Args:
        name: What a policy calls it.

        check: Returns why it stops an act, as a `Stop` or a text, and None when it does not; a pure
            function of the act and of the parameters that stand in the safeguard.

        parameters: What the parameters are read into; None for whatever stands there.

        of_reversals: Whether it can be asked of a reversal, which has no report, ground or request
            of its own and is not counted.

        of_protected: Whether it concerns protected accounts only.

    Raises:
        Malformed: When the name is no id.
    """

    name: str
    check: Callable[[Considered, Any], Stop | str | None]
    parameters: type[Asked] | None = None
    of_reversals: bool = True
    of_protected: bool = False

    def __attrs_post_init__(self) -> None:
        """
        Check the name.
        """
        identifier(self.name, "rule")


def role_required(considered: Considered, asked: RoleRequired) -> Stop | None:
    """
    Stop an operator who holds none of the roles.
    """
    if not asked.roles.isdisjoint(considered.authority.roles):
        return None
    roles = _listed(asked.roles, "or")
    return Stop(f"does not have the role {roles}", f"an operator with the role {roles}")


def training_required(considered: Considered, asked: TrainingRequired) -> Stop | None:
    """
    Stop an operator for whom one of the trainings does not count now.
    """
    held = considered.authority.trainings
    lacking = [training for training in asked.trainings if training not in held]
    if not lacking:
        return None
    lacks = _listed(lacking, "and")
    return Stop(f"lacks the training {lacks}", f"the operator to be marked as trained in {lacks}")


def report_required(considered: Considered, asked: ReportRequired) -> Stop | None:
    """
    Stop an act that is because of no report, nor of an order unless orders are not good enough.
    """
    because_of = considered.because_of
    if isinstance(because_of, tuple):
        passes = bool(because_of)
    else:
        passes = asked.orders and because_of.startswith(ORDER)
    if passes:
        return None
    if not asked.orders:
        return Stop("is because of no report", "because_of=[<the id of a report>]")
    return Stop(
        "is because of no report and no order",
        f"because_of=[<the id of a report>] or '{ORDER}<its reference>'",
    )


def two_person(considered: Considered, asked: TwoPerson) -> Stop | None:
    """
    Stop an act without the approvals: of distinct operators other than the one who acts, each given
    on a request and not lapsed; whoever serves one of them serves no other.
    """
    wanted = needs(asked)
    if considered.approvals is None:
        approvals = _said(wanted)
        return Stop(f"needs {approvals}", f"a request, and {approvals}")
    others = (each for each in considered.approvals if each.operator != considered.operator)
    lacking = missing(wanted, others, considered.now)
    if not lacking:
        return None
    return Stop(f"lacks {_said(lacking)}", _said(lacking))


def cooling_off(considered: Considered, asked: CoolingOff) -> Stop | None:
    """
    Stop an act that takes effect earlier than the wait after it was first put on record.
    """
    asked_at = considered.asked_at
    if considered.effective_at - asked_at >= asked.wait:
        return None
    earliest = asked_at + asked.wait if asked.wait <= END - asked_at else END
    return Stop(
        f"takes effect less than {asked.wait} after {shortest(asked_at)}, when it was asked for",
        f"effective_at={shortest(earliest)} or later",
    )


def last_day(considered: Considered, _asked: LastDay) -> Stop | None:
    """
    Stop an operator in the 24 hours before he leaves.
    """
    if not considered.authority.last_day:
        return None
    return _leaving(considered.authority, Duration(days=LAST_DAY.days))


def notice_period(considered: Considered, asked: NoticePeriod) -> Stop | None:
    """
    Stop an operator who leaves within the period, or has left.
    """
    leaves_at = considered.authority.leaves_at
    if leaves_at is None or leaves_at - considered.now > asked.period:
        return None
    return _leaving(considered.authority, asked.period)


def rate_limit(considered: Considered, asked: RateLimit) -> Stop | None:
    """
    Stop an act when there were as many as the limit within the window until now: acts of the
    measures and tiers that the safeguard concerns, of the operator or of everyone.
    """
    acts = considered.acts_within.get(named(asked), 0)
    if acts < asked.limit:
        return None
    whose = "everyone" if asked.of is Counted.EVERYONE else "the operator"
    return Stop(
        f"acts of {whose} within {asked.window}: {acts}, and the limit is {asked.limit}",
        f"acts of {whose} within {asked.window} to be fewer than {asked.limit}",
    )


def reversible_only(considered: Considered, asked: ReversibleOnly) -> Stop | None:
    """
    Stop an operator who holds one of the roles from using a measure that cannot be reversed.
    """
    if considered.reversible or asked.roles.isdisjoint(considered.authority.roles):
        return None
    held = _listed(asked.roles.intersection(considered.authority.roles), "and")
    return Stop(
        f"may not use what cannot be reversed, with the role {held}",
        f"a measure that can be reversed, or an operator without the role {held}",
    )


def own_account(considered: Considered, _asked: OwnAccount) -> Stop | None:
    """
    Stop an operator from acting on his own account on the platform.
    """
    if considered.own_account is None or considered.own_account != considered.account:
        return None
    return Stop("it is his own account", "another operator")


def reason_required(considered: Considered, asked: ReasonRequired) -> Stop | None:
    """
    Stop an act whose reason is shorter than so many characters, spaces around it left out.

    How long a sealed one is nobody can see, so no more than one character may be asked for there.
    """
    reason = (considered.reason or "").strip()
    characters = 1 if is_token(reason) else len(reason)
    if characters >= asked.characters_min:
        return None
    if asked.characters_min == 1:
        return Stop("there is no reason", "a reason")
    if characters and is_token(reason):
        return Stop(
            "how long a sealed reason is cannot be seen",
            "a policy whose characters_min is 1, in a sealed ledger",
        )
    return Stop(
        f"the reason has fewer than {asked.characters_min} characters",
        f"a reason of {asked.characters_min} characters or more",
    )


def ground_required(considered: Considered, _asked: GroundRequired) -> Stop | None:
    """
    Stop an act that names no ground: no law or rule that it rests on.
    """
    if considered.ground is not None and considered.ground.strip():
        return None
    return Stop("there is no ground", "ground=<the law or rule that it rests on>")


def protected_account(considered: Considered, asked: ProtectedAccount) -> Stop | None:
    """
    Stop acts on protected accounts, except by operators who hold one of the roles.
    """
    if considered.tier is None:
        return None
    why = f"the account is protected as {considered.tier!r}"
    if asked.roles is UNSET:
        return Stop(why, "to unprotect_account first")
    if not asked.roles.isdisjoint(considered.authority.roles):
        return None
    return Stop(why, f"an operator with the role {_listed(asked.roles, 'or')}")


def named(asked: Asked) -> str:
    """
    Return the name of a safeguard: its rule's, where it has none of its own.
    """
    return str(asked.__struct_config__.tag if asked.name is UNSET else asked.name)


def needs(asked: TwoPerson) -> tuple[Need, ...]:
    """
    Return the approvals that a safeguard asks for.
    """
    return tuple(
        Need(
            safeguard=named(asked),
            approvals=factor.approvals,
            role=None if factor.role is UNSET else str(factor.role),
        )
        for factor in asked.approvals
    )


def _said(some: Iterable[Need]) -> str:
    """
    Return approvals in words: ``2 approvals of other operators with the role 'legal'``.
    """
    return " and ".join(
        (
            "1 approval of another operator"
            if need.approvals == 1
            else f"{need.approvals} approvals of other operators"
        )
        + (f" with the role {need.role!r}" if need.role else "")
        for need in some
    )


def _listed(names: Iterable[str], word: str) -> str:
    """
    Return names in their order with a word before the last: ``'a', 'b' or 'c'``.
    """
    *first, last = map(repr, sorted(names))
    return f"{', '.join(first)} {word} {last}" if first else last


def _leaving(authority: Authority, within: Duration) -> Stop:
    when = f" at {shortest(authority.leaves_at)}" if authority.leaves_at else f" within {within}"
    return Stop(f"leaves{when}", f"an operator who does not leave within {within}")


TWO_PERSON: Final = "two-person"


def _rule(
    check: Callable[[Considered, Any], Stop | None], parameters: type[Asked], **more: bool
) -> Rule:
    return Rule(str(parameters.__struct_config__.tag), check, parameters, **more)


# The rules built in, by name.
RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        _rule(role_required, RoleRequired),
        _rule(training_required, TrainingRequired),
        _rule(report_required, ReportRequired, of_reversals=False),
        _rule(two_person, TwoPerson, of_reversals=False),
        _rule(cooling_off, CoolingOff),
        _rule(last_day, LastDay),
        _rule(notice_period, NoticePeriod),
        _rule(rate_limit, RateLimit, of_reversals=False),
        _rule(reversible_only, ReversibleOnly, of_reversals=False),
        _rule(own_account, OwnAccount),
        _rule(reason_required, ReasonRequired),
        _rule(ground_required, GroundRequired, of_reversals=False),
        _rule(protected_account, ProtectedAccount, of_protected=True),
    )
}


def extended(own: Iterable[Rule]) -> Mapping[str, Rule]:
    """
    Return the rules built in with those of a service behind them.

    Raises:
        Malformed: When a name stands twice.
    """
    rules = dict(RULES)
    for rule in own:
        if rule.name in rules:
            raise Malformed(f"the rule {rule.name!r} is registered already", where="rule")
        rules[rule.name] = rule
    return MappingProxyType(rules)


def safeguard(rule: Rule, asked: Asked, own: Mapping[str, object]) -> Safeguard:
    """
    Return a safeguard, ready to be asked.

    Args:
        asked: What the document says of it.

        own: The parameters of a rule that does not say what they are read into.
    """
    name = rule.name if asked.name is UNSET else str(asked.name)
    concern = Concern(
        measures=None if asked.measures is UNSET else asked.measures,
        tiers=None if asked.tiers is UNSET else asked.tiers,
        protected=rule.of_protected or asked.protected is True,
        kinds=None if asked.kinds is UNSET else frozenset(asked.kinds),
    )
    ready = Safeguard(
        name=name,
        rule=rule.name,
        check=_check_of(rule, MappingProxyType(dict(own)) if rule.parameters is None else asked),
        concern=concern,
        overridable=asked.overridable,
    )
    match asked:
        case TwoPerson():
            lasts: timedelta | None = asked.approval_lasts or None
            return attrs.evolve(ready, needs=needs(asked), approval_lasts=lasts)
        case RateLimit():
            rate = Rate(asked.window, of_everyone=asked.of is Counted.EVERYONE)
            return attrs.evolve(ready, rate=rate)
        case CoolingOff():
            return attrs.evolve(ready, delays=True)
    return ready


def _check_of(rule: Rule, parameters: object) -> Check:
    check = rule.check

    def checked(considered: Considered) -> Stop | None:
        stop = check(considered, parameters)
        if stop is None or isinstance(stop, Stop):
            return stop
        return Stop(stop, f"what the rule {rule.name!r} asks for")

    return checked
