"""
The vocabulary of moderation: every measure is a row of data, and services add rows of their own.

A row is consulted when an act is *decided*. What an act *means* is written into its entry (its
effect, how it holds its slot, its inverse), so a history can be read for ever without this
table, whatever became of the service that registered the measure.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, TypeVar

import attrs

from ledger.errors import Malformed
from ledger.moderation.identity import identifier

W = TypeVar("W", bound=StrEnum)


class Effect(StrEnum):
    """
    What a restriction makes of the account's standing, from best to worst.
    """

    ACTIVE = "active"
    RESTRICTED = "restricted"
    LIMITED = "limited"
    LOCKED = "locked"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"
    TERMINATED = "terminated"


# The order of `Effect` from best to worst: standing is the worst effect in force.
RANK: Final = {effect: rank for rank, effect in enumerate(Effect)}


def worst(effects: Iterable[Effect | None]) -> Effect:
    """
    Return the worst of *effects*, or `Effect.ACTIVE` when there is none.
    """
    return max((e for e in effects if e is not None), key=RANK.__getitem__, default=Effect.ACTIVE)


class Severity(StrEnum):
    """
    How hard a measure falls on the account, for reports and limits.
    """

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    SEVERE = "severe"


class Holding(StrEnum):
    """
    How many actions of a measure can be in force in one slot at once (semantics, rule 7).
    """

    SINGLE = "single"
    MANY = "many"
    NONE = "none"


def _word(choices: type[W], value: str) -> W:
    if value in list(choices):
        return choices(value)
    name = choices.__name__.lower()
    raise Malformed(f"{value!r} is no {name}", where=name, expected=", ".join(choices))


def _effect(value: str | None) -> Effect | None:
    return None if value is None else _word(Effect, value)


def _severity(value: str) -> Severity:
    return _word(Severity, value)


def _holding(value: str) -> Holding:
    return _word(Holding, value)


@attrs.frozen(kw_only=True)
class Measure:
    """
    One row of the vocabulary.

    Args:
        name: What `act` is called with.

        inverse: What ends it; None exactly when it cannot be reversed.

        effect: What it makes of the standing; None when it leaves the standing alone.

        severity: How hard it falls on the account.

        holding: How it holds its slot.

        needs_scope: Whether an act must say which feature or content it concerns.

    Raises:
        Malformed: When a name is no id, a word is none of its set, or the inverse is the measure
            itself.
    """

    name: str
    inverse: str | None = None
    effect: Effect | None = attrs.field(default=None, converter=_effect)
    severity: Severity = attrs.field(default=Severity.MEDIUM, converter=_severity)
    holding: Holding = attrs.field(default=Holding.SINGLE, converter=_holding)
    needs_scope: bool = False

    def __attrs_post_init__(self) -> None:
        """
        Check the row on its own.
        """
        identifier(self.name, "measure")
        if self.inverse is not None:
            identifier(self.inverse, "inverse")
        if self.inverse == self.name:
            raise Malformed(f"the measure {self.name!r} is its own inverse", where="inverse")

    @property
    def reversible(self) -> bool:
        """
        Return whether an action of this measure can be reversed.
        """
        return self.inverse is not None


class Vocabulary:
    """
    The measures that a ledger knows, in the order of their rows.

    Raises:
        Malformed: When a name or an inverse stands twice, or one measure's inverse is another
            measure's name.
    """

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures: dict[str, Measure] = {}
        self._inverses: dict[str, str] = {}
        for measure in measures:
            self._add(measure)

    def _add(self, measure: Measure) -> None:
        for name in (measure.name, measure.inverse):
            if name is None:
                continue
            if name in self._measures:
                raise Malformed(f"the measure {name!r} is registered already", where="measure")
            if name in self._inverses:
                raise Malformed(
                    f"{name!r} is the inverse of {self._inverses[name]!r} already",
                    where="measure",
                    expected="each inverse to have one partner",
                )
        if measure.reversible and measure.holding is Holding.NONE:
            raise Malformed(
                f"the inverse {measure.inverse!r} has no partner to end:"
                f" an action of {measure.name!r} holds nothing",
                where="inverse",
                expected="holding 'single' or 'many', or no inverse",
            )
        self._measures[measure.name] = measure
        if measure.inverse is not None:
            self._inverses[measure.inverse] = measure.name

    def __iter__(self) -> Iterator[Measure]:
        """
        Return the rows in order.
        """
        return iter(self._measures.values())

    def __getitem__(self, name: str) -> Measure:
        """
        Return the row of *name*.

        Raises:
            Malformed: When there is none; an inverse is answered with the way to use it.
        """
        measure = self._measures.get(name)
        if measure is not None:
            return measure
        if name in self._inverses:
            raise Malformed(
                f"{name!r} ends an action of {self._inverses[name]!r} and is no measure",
                where="measure",
                expected="reverse with the id of the action",
            )
        raise Malformed(
            f"the measure {name!r} is unknown",
            where="measure",
            expected="one of " + ", ".join(self._measures),
        )

    def extended(self, measures: Iterable[Measure]) -> "Vocabulary":
        """
        Return this vocabulary with *measures* behind its own.

        Raises:
            Malformed: As the constructor does.
        """
        return Vocabulary([*self, *measures])


BUILT_IN: Final = Vocabulary(
    [
        Measure(
            name="deactivate",
            inverse="reactivate",
            effect=Effect.DEACTIVATED,
            severity=Severity.HIGH,
        ),
        Measure(
            name="suspend", inverse="unsuspend", effect=Effect.SUSPENDED, severity=Severity.HIGH
        ),
        Measure(name="lock", inverse="unlock", effect=Effect.LOCKED),
        Measure(name="limit", inverse="unlimit", effect=Effect.LIMITED),
        Measure(
            name="restrict",
            inverse="lift",
            effect=Effect.RESTRICTED,
            severity=Severity.LOW,
            needs_scope=True,
        ),
        Measure(name="demonetise", inverse="remonetise", effect=Effect.RESTRICTED),
        Measure(
            name="take_down",
            inverse="reverse_takedown",
            holding=Holding.MANY,
            needs_scope=True,
        ),
        Measure(name="label", inverse="unlabel", severity=Severity.LOW, holding=Holding.MANY),
        Measure(
            name="warn", inverse="rescind_warning", severity=Severity.LOW, holding=Holding.MANY
        ),
        Measure(name="issue_strike", inverse="rescind_strike", holding=Holding.MANY),
        Measure(name="terminate", effect=Effect.TERMINATED, severity=Severity.SEVERE),
        Measure(name="revoke_credentials", severity=Severity.HIGH, holding=Holding.NONE),
    ]
)
