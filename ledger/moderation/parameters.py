"""
Parameters: what may stand in a policy document, and in each safeguard by its rule.

The structs are the form of a document. What reads one, the JSON Schema and the page about policies
all follow from them, so that they say the same. A field that is not said here is a slip, and is
refused with the path to it.
"""

import re
import reprlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, inspect

from ledger.errors import Malformed
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.identity import ID_EXPECTED, identifier, text
from ledger.moderation.moment import DURATION_EXPECTED, duration

# With more, sums with the times of entries would leave the calendar.
LONGEST: Final = timedelta(days=36_525)
APPROVALS_MAX: Final = 100
CHARACTERS_MAX: Final = 10_000

S = TypeVar("S", bound=Struct)


class Id(str):
    """
    A name: of a role, a training, a tier, a measure or a safeguard.
    """

    __slots__ = ()


class Ids(frozenset[str]):
    """
    One or more names.
    """

    __slots__ = ()


class Kinds(frozenset[OperatorKind]):
    """
    One or more kinds of operators.
    """

    __slots__ = ()


class Text(str):
    """
    A text that says something.
    """

    __slots__ = ()


class Duration(timedelta):
    """
    A duration of a second or more.
    """

    def __str__(self) -> str:
        """
        Return it as documents spell it: ``1h30m``.
        """
        minutes, seconds = divmod(self.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        parts = ((self.days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
        return "".join(f"{number}{unit}" for number, unit in parts if number)


class Counted(StrEnum):
    """
    Whose acts a limit counts.
    """

    OPERATOR = "operator"
    EVERYONE = "everyone"


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="rule"):
    """
    What any safeguard may say, whatever its rule.
    """

    name: Annotated[Id, Meta(description="What verdicts call it.")] | UnsetType = UNSET
    measures: (
        Annotated[
            Ids,
            Meta(
                description="Only acts of these measures. Without it, acts of every measure, and no"
                " reversals; a reversal is concerned where its inverse stands here."
            ),
        ]
        | UnsetType
    ) = UNSET
    tiers: (
        Annotated[Ids, Meta(description="Only accounts that are protected as one of these.")]
        | UnsetType
    ) = UNSET
    protected: (
        Annotated[bool, Meta(description="Only accounts that are protected, as whatever.")]
        | UnsetType
    ) = UNSET
    kinds: Annotated[Kinds, Meta(description="Only operators of these kinds.")] | UnsetType = UNSET
    overridable: Annotated[
        bool, Meta(description="Whether those who may break the glass override it.")
    ] = True


class RoleRequired(Asked, frozen=True, kw_only=True, tag="role-required"):
    """
    The parameters of `role-required`.
    """

    roles: Annotated[Ids, Meta(description="One of them is enough.")]


class TrainingRequired(Asked, frozen=True, kw_only=True, tag="training-required"):
    """
    The parameters of `training-required`.
    """

    trainings: Annotated[Ids, Meta(description="All of them are needed.")]


class ReportRequired(Asked, frozen=True, kw_only=True, tag="report-required"):
    """
    The parameters of `report-required`.
    """

    orders: Annotated[bool, Meta(description="Whether an order is as good as a report.")] = True


class Factor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A number of approvals that must hold beside all others of the safeguard.
    """

    approvals: Annotated[
        int, Meta(ge=1, le=APPROVALS_MAX, description="Of as many other operators.")
    ] = 1
    role: Annotated[Id, Meta(description="Only its holders count.")] | UnsetType = UNSET


class TwoPerson(Asked, frozen=True, kw_only=True, tag="two-person"):
    """
    The parameters of `two-person`.
    """

    approvals: Annotated[
        list[Factor], Meta(min_length=1, description="All of them must hold, each by others.")
    ]
    approval_lasts: (
        Annotated[Duration, Meta(description="For how long an approval counts.")] | UnsetType
    ) = UNSET


class CoolingOff(Asked, frozen=True, kw_only=True, tag="cooling-off"):
    """
    The parameters of `cooling-off`.
    """

    wait: Annotated[Duration, Meta(description="At least so long before the effect.")]


class LastDay(Asked, frozen=True, kw_only=True, tag="last-day"):
    """
    The parameters of `last-day`: none of its own.
    """


class NoticePeriod(Asked, frozen=True, kw_only=True, tag="notice-period"):
    """
    The parameters of `notice-period`.
    """

    period: Annotated[Duration, Meta(description="How long before leaving.")]


class RateLimit(Asked, frozen=True, kw_only=True, tag="rate-limit"):
    """
    The parameters of `rate-limit`.
    """

    limit: Annotated[int, Meta(ge=1, description="So many acts are allowed.")]
    window: Annotated[Duration, Meta(description="How far back acts count.")]
    of: Annotated[
        Counted, Meta(description="Whether the operator's acts count, or those of everyone.")
    ] = Counted.OPERATOR


class ReversibleOnly(Asked, frozen=True, kw_only=True, tag="reversible-only"):
    """
    The parameters of `reversible-only`.
    """

    roles: Annotated[Ids, Meta(description="Whoever holds one of them is limited.")]


class OwnAccount(Asked, frozen=True, kw_only=True, tag="own-account"):
    """
    The parameters of `own-account`: none of its own.
    """


class ReasonRequired(Asked, frozen=True, kw_only=True, tag="reason-required"):
    """
    The parameters of `reason-required`.
    """

    characters_min: Annotated[
        int, Meta(ge=1, le=CHARACTERS_MAX, description="How long the reason is at least.")
    ] = 1


class GroundRequired(Asked, frozen=True, kw_only=True, tag="ground-required"):
    """
    The parameters of `ground-required`: none of its own.
    """


class ProtectedAccount(Asked, frozen=True, kw_only=True, tag="protected-account"):
    """
    The parameters of `protected-account`.
    """

    roles: (
        Annotated[Ids, Meta(description="Who may act all the same; else nobody.")] | UnsetType
    ) = UNSET


class BreakGlass(Struct, frozen=True, forbid_unknown_fields=True):
    """
    Who may override safeguards.
    """

    roles: Annotated[Ids, Meta(description="One of them is enough.")]


class Appeals(Struct, frozen=True, forbid_unknown_fields=True):
    """
    For how long one may appeal.
    """

    window: Annotated[Duration, Meta(description="From being informed of the action.")]


class Requests(Struct, frozen=True, forbid_unknown_fields=True):
    """
    For how long requests wait.
    """

    lasts: Annotated[Duration, Meta(description="After it, approvals come too late.")]


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """
    A policy document; each of its safeguards is read by its rule.
    """

    policy: Annotated[int, Meta(ge=1, le=1, description="The form of this document.")]
    title: Annotated[Text, Meta(description="For people.")] | UnsetType = UNSET
    break_glass: BreakGlass | UnsetType = UNSET
    appeals: Appeals | UnsetType = UNSET
    requests: Requests | UnsetType = UNSET
    safeguards: (
        Annotated[
            list[dict[str, Any]],
            Meta(min_length=1, description="In the order in which they are asked."),
        ]
        | UnsetType
    ) = UNSET


def converted(value: object, struct: type[S], where: str = "") -> S:
    """
    Return *value* as a struct of this module or of a service.

    Args:
        value: Objects, lists, texts, numbers and booleans, as JSON and TOML have them.

        where: The path at which it stands.

    Raises:
        Malformed: When it does not fit, with the path of what does not.
    """
    try:
        return msgspec.convert(value, struct, dec_hook=_special)
    except msgspec.ValidationError as error:
        raise _malformed(error, value, struct, where) from None


class _UnfitError(ValueError):
    """
    What msgspec gives a path to; it wraps errors of values, and no others.
    """

    def __init__(self, why: Malformed) -> None:
        super().__init__(why.message)
        self.why = why


def _special(kind: type, value: object) -> object:
    try:
        return _READ[kind](value)
    except Malformed as why:
        raise _UnfitError(why) from None


def _id(value: object) -> Id:
    return Id(identifier(value, ""))


def _text(value: object) -> Text:
    return Text(text(value, ""))


def _ids(value: object) -> Ids:
    return Ids(_distinct(value, "a list of 1 or more names", identifier))


def _kinds(value: object) -> Kinds:
    return Kinds(map(OperatorKind, _distinct(value, _EXPECTED[Kinds], _kind)))


def _kind(value: object, where: str) -> None:
    if value not in list(OperatorKind):
        raise Malformed(f"{value!r} is no kind", where=where, expected=_one_of(OperatorKind))


def _distinct(value: object, expected: str, member: Callable[[object, str], object]) -> list[Any]:
    """
    Return the members of a list that has some and none of them twice.
    """
    if not isinstance(value, list):
        raise Malformed(f"{value!r} is no list", where="", expected=expected)
    if not value:
        raise Malformed("the list is empty", where="", expected=expected)
    for index, given in enumerate(value):
        member(given, f"[{index}]")
        if given in value[:index]:
            raise Malformed(f"{given!r} stands twice", where=f"[{index}]", expected="it once")
    return value


def _duration(value: object) -> Duration:
    length = duration(value, "")
    if not length:
        raise Malformed("the duration is zero", where="", expected="1s or more")
    if length > LONGEST:
        raise Malformed(f"{value!r} is too long", where="", expected=f"at most {LONGEST.days}d")
    return Duration(days=length.days, seconds=length.seconds)


_READ: Final[Mapping[type, Callable[[object], object]]] = {
    Duration: _duration,
    Id: _id,
    Ids: _ids,
    Kinds: _kinds,
    Text: _text,
}

# What would do where a field is missing.
_EXPECTED: Final = {
    Duration: DURATION_EXPECTED,
    Id: ID_EXPECTED,
    Ids: "a list of 1 or more names",
    Kinds: "a list of 1 or more kinds of operators",
    Text: "a text that says something",
}

# How msgspec ends a message with the place, and begins it where a field is too many or too few.
_SAID: Final = re.compile(r"(.*?)(?: - at `\$(.*)`)?", re.DOTALL)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_BARE: Final = re.compile(r"[\w-]+", re.ASCII)


def _malformed(
    error: msgspec.ValidationError, value: object, struct: type[Struct], where: str
) -> Malformed:
    found = _SAID.fullmatch(str(error))
    assert found is not None
    said, place = found[1], found[2] or ""
    path = where + place if where else place.removeprefix(".")
    if isinstance(error.__cause__, _UnfitError):
        why = error.__cause__.why
        return Malformed(why.message, where=path + (why.where or ""), expected=why.expected)
    node, given = _at(place, inspect.type_info(struct), value)
    if unknown := _UNKNOWN.fullmatch(said):
        assert isinstance(node, inspect.StructType)
        return Malformed(
            f"there is no field {unknown[1]!r}",
            where=below(path, unknown[1]),
            expected="one of " + ", ".join(field.name for field in node.fields),
        )
    if missing := _MISSING.fullmatch(said):
        inner, _ = _at(f".{missing[1]}", node, {})
        return Malformed(
            f"{missing[1]!r} is missing", where=below(path, missing[1]), expected=_in_words(inner)
        )
    return Malformed(f"{reprlib.repr(given)} does not do", where=path, expected=_in_words(node))


def _at(place: str, node: inspect.Type, value: Any) -> tuple[inspect.Type, Any]:
    """
    Return what may stand at *place* below a node, and what of *value* stands there.
    """
    for name, index in _STEP.findall(place):
        if name:
            assert isinstance(node, inspect.StructType)
            (node,) = (field.type for field in node.fields if field.name == name)
            value = value.get(name)
        else:
            assert isinstance(node, inspect.ListType)
            node, value = node.item_type, value[int(index)]
        node = _unwrapped(node)
    return node, value


def _unwrapped(node: inspect.Type) -> inspect.Type:
    while isinstance(node, inspect.Metadata):
        node = node.type
    return node


def _in_words(node: inspect.Type) -> str:
    match node:
        case inspect.CustomType(cls=cls):
            return _EXPECTED[cls]
        case inspect.IntType(ge=int(least), le=None):
            return f"a whole number of {least} or more"
        case inspect.IntType(ge=int(least), le=int(most)) if least < most:
            return f"a whole number from {least} to {most}"
        case inspect.IntType(ge=least):
            return str(least)
        case inspect.BoolType():
            return "true or false"
        case inspect.EnumType(cls=cls):
            return _one_of(cls)
        case inspect.ListType():
            return "a list of 1 or more tables"
    return "a table"


def _one_of(words: Any) -> str:
    return "one of " + ", ".join(words)


def below(path: str, name: str) -> str:
    """
    Return the path of the field *name* of what stands at *path*: ``safeguards[3].name``.
    """
    bare = name if _BARE.fullmatch(name) else msgspec.json.encode(name).decode()
    return f"{path}.{bare}" if path else bare
