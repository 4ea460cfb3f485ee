"""
Commands of a sealed ledger: which of their arguments are persons, and which speak of one.

Persons become aliases and what is said of them becomes tokens before anything is decided, so no
decision can depend on what is sealed.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeVar

import attrs

from ledger.moderation.commands.appeal import FileAppeal
from ledger.moderation.commands.command import ABOUT_LEDGER, Command
from ledger.moderation.commands.operator import OffboardOperator
from ledger.moderation.commands.told import ToldOffboarding
from ledger.moderation.events.operator import PendingAct
from ledger.moderation.identity import SYSTEM
from ledger.moderation.sealing import Kind, Salt, is_alias

C = TypeVar("C", bound=Command)


class Person(NamedTuple):
    """
    Whom an argument names.

    Args:
        kinds: As what one may be known, the first that is found; as the last, where none is.
    """

    kinds: tuple[Kind, ...]
    name: str

    @property
    def has_alias(self) -> bool:
        """
        Return whether an alias stands for one: not for the system, and not for what is one.
        """
        return not (is_alias(self.name) or (self.name == SYSTEM and Kind.OPERATOR in self.kinds))


class Said(NamedTuple):
    """
    A personal text: under which salt it is sealed, the argument, the text.
    """

    salt: Salt
    argument: str
    text: str


ACCOUNT: Final = (Kind.ACCOUNT,)
OPERATOR: Final = (Kind.OPERATOR,)
REPORTER: Final = (Kind.REPORTER,)
# Whoever appeals: an operator, the account's owner, a notifier.
APPELLANT: Final = (Kind.OPERATOR, Kind.ACCOUNT, Kind.REPORTER)

# An argument of one of these names is a person wherever it is taken.
_PEOPLE: Final[dict[str, tuple[Kind, ...]]] = {
    "account": ACCOUNT,
    "operator": OPERATOR,
    "reporter": REPORTER,
    "by": OPERATOR,
    "to": OPERATOR,
    "on_behalf_of": OPERATOR,
}


class _Shape(NamedTuple):
    people: tuple[tuple[str, tuple[Kind, ...]], ...]
    texts: tuple[tuple[str, Salt], ...]


class _Shapes(dict[type[Command], _Shape]):
    """
    The shape of every class of commands that was asked for.
    """

    def __missing__(self, cls: type[Command]) -> _Shape:
        fields = attrs.fields(cls)
        people = {name: _PEOPLE[name] for field in fields if (name := field.name) in _PEOPLE}
        if issubclass(cls, FileAppeal):
            people["by"] = APPELLANT
        texts = [
            (field.name, field.metadata["salt"])
            for field in fields
            # What is said of the ledger itself names cases and rules, and has to outlast every key.
            if field.metadata["salt"]
            and not (cls.ABOUT == ABOUT_LEDGER and field.name != "session")
        ]
        shape = self[cls] = _Shape(tuple(people.items()), tuple(texts))
        return shape


_SHAPES: Final = _Shapes()


def people(command: Command) -> Iterator[Person]:
    """
    Yield whom *command* names.
    """
    arguments = command.__dict__
    for name, kinds in _SHAPES[type(command)].people:
        value = arguments[name]
        if type(value) is str:
            yield Person(kinds, value)
        elif type(value) is tuple:
            for each in value:
                yield Person(kinds, each)
    if isinstance(command, OffboardOperator):
        for to in command.successors():
            yield Person(OPERATOR, to)
        if isinstance(command, ToldOffboarding):
            for act in command.listed or ():
                yield Person(ACCOUNT, act.account)
                if act.to is not None:
                    yield Person(OPERATOR, act.to)


def texts(command: Command) -> Iterator[Said]:
    """
    Yield what *command* says of persons.
    """
    arguments = command.__dict__
    for name, salt in _SHAPES[type(command)].texts:
        if (value := arguments[name]) is not None:
            yield Said(salt, name, value)


def sealed(command: C, alias: Callable[[Person], str | None], token: Callable[[Said], str]) -> C:
    """
    Return *command* as a sealed ledger has it.

    Args:
        alias: Returns the alias of a person; None for who is named as he is.

        token: Returns the token of a personal text.
    """
    told: dict[str, Any] = command.__dict__.copy()

    def named(kinds: tuple[Kind, ...], name: str) -> str:
        return alias(Person(kinds, name)) or name

    for name, kinds in _SHAPES[type(command)].people:
        value = told[name]
        if type(value) is str:
            told[name] = named(kinds, value)
        elif type(value) is tuple:
            told[name] = tuple(named(kinds, each) for each in value)
    for said in texts(command):
        told[said.argument] = token(said)
    if isinstance(command, OffboardOperator):
        _offboarding(told, named)
    changed = object.__new__(type(command))
    # Every argument was checked when the command was made.
    changed.__dict__.update(told)
    return changed


def _offboarding(told: dict[str, Any], named: Callable[[tuple[Kind, ...], str], str]) -> None:
    """
    Put aliases where an offboarding says what becomes of what is pending.
    """

    def disposed(said: str) -> str:
        word, colon, to = said.partition(":")
        return f"{word}:{named(OPERATOR, to)}" if colon else said

    def act(pending: PendingAct) -> PendingAct:
        to = None if pending.to is None else named(OPERATOR, pending.to)
        return attrs.evolve(pending, account=named(ACCOUNT, pending.account), to=to)

    told["pending"] = disposed(told["pending"])
    told["dispositions"] = tuple((name, disposed(said)) for name, said in told["dispositions"])
    if told.get("listed") is not None:
        told["listed"] = tuple(map(act, told["listed"]))
