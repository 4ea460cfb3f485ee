"""
Safeguards: what a policy asks of an act, and the verdict of each on one that is considered.

A safeguard is a named use of a rule. Its check is a pure function of what is considered; nothing in
it looks at a clock or a database. With no policy adopted, `builtin@0` holds: an enrolled operator
who is present and not barred may act (semantics, rule 17). What a policy does not ask for is part
of what it is, and so is fixed for ever.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import attrs

from ledger.moderation.authority import Authority
from ledger.moderation.events import Outcome, Verdict
from ledger.moderation.events.request import Need
from ledger.moderation.request import Approval

BUILT_IN_POLICY: Final = "builtin@0"
AUTHORITY: Final = "authority"
APPEAL_WINDOW: Final = timedelta(days=184)
NOT_CONCERNED: Final = "not concerned"


class Stop(NamedTuple):
    """
    Why a safeguard stops an act, and what would make it pass.
    """

    why: str
    remedy: str


@attrs.frozen(slots=False)
class Considered:
    """
    An act as safeguards see it.

    Args:
        measure, reversible: The measure, or the inverse where it is a reversal.

        tier: What the account is protected as; None when it is not.

        own_account: The operator's own account on the platform.

        now: The moment of recording.

        asked_at: When it was first put on record: at its request where there was one, else now.

        approvals: Those of its request, lapsed ones included; None where there is no request.

        acts_within: By the name of a safeguard that counts, how many acts there were in its time,
            this one not among them.

        reversal: Whether it is a reversal.
    """

    measure: str
    reversible: bool
    account: str
    tier: str | None
    operator: str
    own_account: str | None
    authority: Authority
    because_of: tuple[str, ...] | str
    reason: str | None
    ground: str | None
    now: datetime
    effective_at: datetime
    asked_at: datetime
    approvals: tuple[Approval, ...] | None = None
    acts_within: Mapping[str, int] = attrs.field(factory=dict)
    reversal: bool = False


Check = Callable[[Considered], Stop | None]


@attrs.frozen(slots=False)
class Concern:
    """
    Which acts a safeguard concerns; what is None concerns every one, and no tier none of the tiers.

    Args:
        measures: Only acts of these; an inverse among them stands for reversals, which None leaves
            out.

        tiers: Only accounts protected as one of these.

        protected: Only accounts that are protected, as whatever.

        kinds: Only operators of these kinds.
    """

    measures: frozenset[str] | None = None
    tiers: frozenset[str] | None = None
    protected: bool = False
    kinds: frozenset[str] | None = None

    def covers(self, considered: Considered) -> bool:
        """
        Return whether an act is one of these.
        """
        return (
            self.counts(considered.measure, considered.tier)
            and (self.kinds is None or considered.authority.kind in self.kinds)
            and not (considered.reversal and self.measures is None)
        )

    def counts(self, measure: str, tier: str | None) -> bool:
        """
        Return whether an act of *measure* on an account protected as *tier* is one of these.
        """
        return (
            (self.measures is None or measure in self.measures)
            and (self.tiers is None or tier in self.tiers)
            and not (self.protected and tier is None)
        )


@attrs.frozen(slots=False)
class Rate:
    """
    What a safeguard that limits a rate counts.

    Args:
        window: How far back.

        of_everyone: Whether acts of all operators count, not only those of the one who acts.
    """

    window: timedelta
    of_everyone: bool = False


@attrs.frozen(slots=False)
class Safeguard:
    """
    A named use of a rule.

    Args:
        check: Stops an act that it concerns, or does not.

        overridable: Whether breaking the glass overrides it.

        needs: The approvals that it asks for.

        approval_lasts: How long an approval counts for it; None for as long as the request.

        rate: What it counts, where it limits a rate.

        delays: Whether waiting is all that it asks for.
    """

    name: str
    rule: str
    check: Check
    concern: Concern = attrs.field(factory=Concern)
    overridable: bool = True
    needs: tuple[Need, ...] = ()
    approval_lasts: timedelta | None = None
    rate: Rate | None = None
    delays: bool = False


class Evaluation(NamedTuple):
    """
    What safeguards said of an act.

    Args:
        verdicts: One a safeguard, in the order of the policy.

        stops: Of the verdicts that stopped it, why and what would make it pass.
    """

    verdicts: tuple[Verdict, ...]
    stops: tuple[tuple[Verdict, Stop], ...] = ()


class _Course(NamedTuple):
    """
    What an act goes through: the checks that concern it, and what is said when none stops it.
    """

    checks: tuple[Check, ...]
    passed: Evaluation


# How many kinds of acts a policy remembers the course of; tiers are any text.
_COURSES_MAX: Final = 4096


@attrs.frozen(slots=False)
class Policy:
    """
    A policy, ready to be asked.

    Args:
        version: The stream's name and version: ``default@3``.

        not_adopted: The rules known when it was adopted that it does not use.

        glass_roles: Who may break the glass; None when nobody may.

        appeal_window: How long after being informed of an action one may appeal.

        request_lasts: How long a request waits for approvals; None for ever.
    """

    version: str = BUILT_IN_POLICY
    safeguards: tuple[Safeguard, ...] = ()
    not_adopted: tuple[str, ...] = ("protected-account", "two-person", "last-day")
    glass_roles: frozenset[str] | None = None
    appeal_window: timedelta = APPEAL_WINDOW
    request_lasts: timedelta | None = None
    _passed: dict[str, tuple[Verdict, Verdict]] = attrs.field(init=False, eq=False, repr=False)
    _rated: tuple[Safeguard, ...] = attrs.field(init=False, eq=False, repr=False)
    _courses: dict[object, "_Course"] = attrs.field(init=False, factory=dict, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """
        Make the verdicts that most acts get once, not with every act.
        """
        made = {
            name: (
                Verdict(name=name, policy=self.version, outcome=Outcome.PASSED),
                Verdict(name=name, policy=self.version, outcome=Outcome.PASSED, why=NOT_CONCERNED),
            )
            for name in (AUTHORITY, *(safeguard.name for safeguard in self.safeguards))
        }
        object.__setattr__(self, "_passed", made)
        rated = tuple(each for each in self.safeguards if each.rate is not None)
        object.__setattr__(self, "_rated", rated)

    @property
    def rated(self) -> tuple[Safeguard, ...]:
        """
        Return the safeguards that limit a rate.
        """
        return self._rated

    def course(self, considered: Considered) -> "_Course":
        """
        Return what it takes for an act to pass; worked out once for acts that are alike.
        """
        alike = (
            considered.measure,
            considered.reversal,
            considered.tier,
            considered.authority.kind,
        )
        course = self._courses.get(alike)
        if course is None:
            if len(self._courses) >= _COURSES_MAX:
                self._courses.clear()
            concerned = [(each, each.concern.covers(considered)) for each in self.safeguards]
            course = _Course(
                tuple(each.check for each, covered in concerned if covered),
                Evaluation(
                    tuple(
                        self.passed(each.name) if covered else self.not_concerned(each.name)
                        for each, covered in concerned
                    )
                ),
            )
            self._courses[alike] = course
        return course

    def passed(self, name: str) -> Verdict:
        """
        Return the verdict of a safeguard that an act passed.
        """
        return self._passed[name][0]

    def not_concerned(self, name: str) -> Verdict:
        """
        Return the verdict of a safeguard that does not concern an act.
        """
        return self._passed[name][1]

    def stopped(self, name: str, why: str | None) -> Verdict:
        """
        Return the verdict of a safeguard that stopped an act.
        """
        return Verdict(name=name, policy=self.version, outcome=Outcome.STOPPED, why=why)

    def needs(self, considered: Considered) -> tuple[Need, ...]:
        """
        Return the approvals that the safeguards which concern an act ask for.
        """
        return tuple(
            need
            for safeguard in self.safeguards
            if safeguard.needs and safeguard.concern.covers(considered)
            for need in safeguard.needs
        )

    def approval_lasts(self, considered: Considered) -> timedelta | None:
        """
        Return how long an approval of an act counts: the shortest time that is asked for.
        """
        return min(
            (
                safeguard.approval_lasts
                for safeguard in self.safeguards
                if safeguard.approval_lasts is not None and safeguard.concern.covers(considered)
            ),
            default=None,
        )


BUILT_IN: Final = Policy()


def evaluate(
    policy: Policy,
    considered: Considered,
    *,
    override: str | None = None,
    leaving_out: Iterable[str] = (),
) -> Evaluation:
    """
    Return what the safeguards of *policy* say of an act.

    Args:
        override: The justification of breaking the glass; what it overrides stops nothing.

        leaving_out: Rules that are not asked yet.
    """
    course = policy.course(considered)
    if not leaving_out:
        for check in course.checks:
            if check(considered) is not None:
                break
        else:
            return course.passed
    breaks_glass = override is not None and may_break_glass(policy, considered.authority)
    verdicts: list[Verdict] = []
    stops: list[tuple[Verdict, Stop]] = []
    for safeguard in policy.safeguards:
        if safeguard.rule in leaving_out:
            continue
        if not safeguard.concern.covers(considered):
            verdicts.append(policy.not_concerned(safeguard.name))
            continue
        stop = safeguard.check(considered)
        if stop is None:
            verdicts.append(policy.passed(safeguard.name))
            continue
        verdict = policy.stopped(safeguard.name, stop.why)
        if breaks_glass and safeguard.overridable:
            verdict = attrs.evolve(verdict, outcome=Outcome.OVERRIDDEN)
        else:
            stops.append((verdict, stop))
        verdicts.append(verdict)
    return Evaluation(tuple(verdicts), tuple(stops))


def may_break_glass(policy: Policy, authority: Authority) -> bool:
    """
    Return whether *policy* lets an operator override safeguards.
    """
    return policy.glass_roles is not None and not policy.glass_roles.isdisjoint(authority.roles)


def outcomes(
    verdicts: Iterable[Verdict], version: str, not_adopted: Iterable[str]
) -> Iterator[Verdict]:
    """
    Return *verdicts*, and after them the rules that the policy *version* lacks, as not adopted.
    """
    yield from verdicts
    for name in not_adopted:
        yield Verdict(name=name, policy=version, outcome=Outcome.NOT_ADOPTED)
