"""
What every command is: a value whose shape is checked when it is made.

A command checks ids, texts, times and what can be said without knowing any history. Whether it
may be done is for `decisions`.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final, NamedTuple, TypeVar, dataclass_transform

import attrs
import msgspec

from ledger.errors import Malformed
from ledger.moderation.identity import (
    SYSTEM,
    identifier,
    identifier_or_none,
    identifiers,
    text,
    text_or_none,
)
from ledger.moderation.moment import canonical, moment_or_none
from ledger.moderation.sealing import Salt


class Unchanged(Enum):
    """
    The value of an argument that was left out where None has a meaning of its own.
    """

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED

C = TypeVar("C", bound="Command")

# Not part of what a command asks for, so not of its digest (semantics, rule 15).
_SURROUNDINGS: Final = frozenset({"request_id", "session", "correlation_id"})


def checked(
    check: Callable[[object, str], Any],
    *,
    needed: bool = False,
    salt: Salt | None = None,
    **options: Any,
) -> Any:
    """
    Return an attrs field whose value goes through *check* with the field's name, unless it is the
    default.

    Args:
        needed: Whether only an imported command may be without it (semantics, rule 5).

        salt: Under which salt it is sealed; None where it says nothing of a person.
    """
    return attrs.field(metadata={"check": check, "needed": needed, "salt": salt}, **options)


def required_id(**options: Any) -> Any:
    """
    Return the field of an id.
    """
    return checked(identifier, **options)


def optional_id() -> Any:
    """
    Return the field of an id that may be left out.
    """
    return checked(identifier_or_none, default=None)


def personal_id(salt: Salt = Salt.RANDOM) -> Any:
    """
    Return the field of an id that says something of a person and may be left out.
    """
    return checked(identifier_or_none, salt=salt, default=None)


def required_text(salt: Salt | None = Salt.RANDOM) -> Any:
    """
    Return the field of a text that must say something.
    """
    return checked(text, salt=salt)


def needed_text() -> Any:
    """
    Return the field of a text that only an imported command may be without.
    """
    return checked(text_or_none, needed=True, salt=Salt.RANDOM, default=None)


def optional_text(salt: Salt | None = Salt.RANDOM) -> Any:
    """
    Return the field of a text that may be left out.
    """
    return checked(text_or_none, salt=salt, default=None)


def optional_time() -> Any:
    """
    Return the field of a moment that may be left out.
    """
    return checked(moment_or_none, default=None)


def unless_unchanged(check: Callable[[object, str], Any]) -> Any:
    """
    Return the field of a value that stays as it is when it is left out; None is a value.
    """
    return checked(check, default=UNCHANGED)


def choice(choices: type[StrEnum], **options: Any) -> Any:
    """
    Return the field of one of a closed set of words.
    """

    def chosen(value: object, name: str) -> StrEnum:
        try:
            return choices(value)  # type: ignore[arg-type]
        except ValueError:
            raise Malformed(
                f"{value!r} is no {name}",
                where=name,
                expected="one of " + ", ".join(sorted(choices)),
            ) from None

    return checked(chosen, **options)


def _chain(value: object, name: str) -> str | tuple[str, ...] | None:
    if value is None or isinstance(value, str):
        return identifier_or_none(value, name)
    chain = identifiers(value, name)
    return chain if len(chain) > 1 else next(iter(chain), None)


def _operator_or_system(value: object, name: str) -> str:
    return SYSTEM if value is None else identifier(value, name)


class _Checked(NamedTuple):
    """
    A field, what its value goes through, and the value that goes through nothing.
    """

    name: str
    check: Callable[[object, str], Any]
    default: object


@attrs.frozen(kw_only=True, slots=False)
class Command:
    """
    What every command takes beside its own arguments.

    Args:
        by: The operator; nobody named means the system.

        request_id: The same id again returns the first result.

        on_behalf_of: For whom the operator acts; a list where that one acts for another, the
            nearest first.

        session, correlation_id: Where the command came from; kept with the entry.
    """

    NAME: ClassVar[str] = ""
    # The arguments that the method of the front door takes by position, in order.
    POSITIONAL: ClassVar[tuple[str, ...]] = ()
    # What it is about, where no id on record says it: the argument that names the account or the
    # operator, ``policy``, or ``ledger`` for the ledger that it is given to.
    ABOUT: ClassVar[str] = ""
    # The arguments that only an imported command may be without.
    NEEDED: ClassVar[tuple[str, ...]] = ()
    CHECKED: ClassVar[tuple[_Checked, ...]] = ()

    by: str = checked(_operator_or_system, default=SYSTEM)
    request_id: str | None = optional_id()
    on_behalf_of: str | tuple[str, ...] | None = checked(_chain, default=None)
    session: str | None = personal_id(Salt.KEYED)
    correlation_id: str | None = optional_id()

    def __attrs_post_init__(self) -> None:
        """
        Check the arguments that were given, in the order of the fields.
        """
        fields = self.__dict__
        for name, check, default in self.CHECKED:
            if (value := fields[name]) is not default:
                fields[name] = check(value, name)

    def complete(self) -> "Command":
        """
        Return this command when it has all that a live one needs.

        Raises:
            Malformed: When something is missing that only an imported command may be without.
        """
        for name in self.NEEDED:
            if not getattr(self, name):
                raise Malformed(f"{self.NAME} needs {name!r}", where=name)
        return self

    def arguments(self) -> dict[str, object]:
        """
        Return the arguments under their names, as JSON has them, surroundings left out.

        Arguments that are `UNCHANGED` are absent; times are in their canonical spelling.
        """
        return {
            name: value if value is None or type(value) is str else _as_json(value)
            for name, value in self.__dict__.items()
            if value is not UNCHANGED and name not in _SURROUNDINGS
        }

    def digest(self) -> str:
        """
        Return SHA-256 over the command's name and arguments, in hex.

        Two commands under one id are the same command exactly when their digests are equal.
        """
        written = msgspec.json.encode([self.NAME, self.arguments()], order="sorted")
        return hashlib.sha256(written).hexdigest()


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return canonical(value)
    return [_as_json(member) for member in value] if isinstance(value, tuple) else value


# What a command may be about, the first that it has as an argument.
_ABOUT: Final = ("operator", "policy", "account")
ABOUT_LEDGER: Final = "ledger"

# Every command by its name; filled by `command` while the rooms of this package are imported.
COMMANDS: Final[dict[str, type[Command]]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(checked,))
def shared(cls: type[C]) -> type[C]:
    """
    Make a class of arguments that several commands take; by itself it is no command.
    """
    frozen = attrs.frozen(kw_only=True, slots=False)(cls)
    frozen.CHECKED = tuple(
        _Checked(field.name, field.metadata["check"], field.default)
        for field in attrs.fields(frozen)
    )
    return frozen


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(checked,))
def historical(name: str) -> Callable[[type[C]], type[C]]:
    """
    Return a decorator that makes a class a command that only an import may give.
    """

    def named(cls: type[C]) -> type[C]:
        frozen = shared(cls)
        frozen.NAME = name
        names = attrs.fields_dict(frozen)
        if frozen.ABOUT != ABOUT_LEDGER:
            frozen.ABOUT = next(about for about in _ABOUT if about in names or about == _ABOUT[-1])
        frozen.NEEDED = tuple(f.name for f in attrs.fields(frozen) if f.metadata["needed"])
        return frozen

    return named


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(checked,))
def command(name: str, *positional: str) -> Callable[[type[C]], type[C]]:
    """
    Return a decorator that makes a class the command *name*, with its positional arguments.
    """

    def named(cls: type[C]) -> type[C]:
        frozen = historical(name)(cls)
        frozen.POSITIONAL = positional
        COMMANDS[name] = frozen
        return frozen

    return named


def command_of(cls: type[C], arguments: Mapping[str, object]) -> C:
    """
    Return the command of a class with *arguments* under their names.

    Raises:
        Malformed: When an argument is unknown or missing, or has the wrong shape.
    """
    try:
        return cls(**arguments)  # type: ignore[arg-type]
    except TypeError:
        known = attrs.fields_dict(cls)
        for argument in arguments:
            if argument not in known:
                raise Malformed(
                    f"{cls.NAME} takes no {argument!r}",
                    where=str(argument),
                    expected="one of " + ", ".join(known),
                ) from None
        for argument, field in known.items():
            if field.default is attrs.NOTHING and argument not in arguments:
                raise Malformed(f"{cls.NAME} needs {argument!r}", where=argument) from None
        raise
