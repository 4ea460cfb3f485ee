"""
Options from signatures: a verb takes what the method of the front door takes, under the same names.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType
from typing import Any, Final, NamedTuple, get_args, get_origin

import click

from ledger.book.doing import Surroundings
from ledger.cli import source
from ledger.cli.frame import words_behind
from ledger.cli.options import CUT, option_help
from ledger.errors import Malformed
from ledger.moderation.commands import UNCHANGED
from ledger.moderation.commands.account import ORDER, OWN_INITIATIVE
from ledger.moderation.moment import moment
from ledger.timeline.cut import parse_positions

# How None is written where leaving an option out means that all stays as it is.
NONE: Final = "none"
# Who did it and why are said by name, whatever a method takes by position.
_NAMED: Final = ("by", "reason")
# What a question takes many of is given one at a time.
_SINGULAR: Final = {
    "accounts": "account",
    "actions": "action",
    "checks": "check",
    "operators": "operator",
    "sessions": "session",
    "without_actions": "without_action",
    "without_operators": "without_operator",
}
_NUMBERS: Final = (int, float)
# What is written in a file, and where it is read from.
_DOCUMENT: Final = "policy"
DOCUMENT: Final = f"a file in TOML or JSON, or {source.STANDARD_INPUT!r} for standard input"


class Parameter(NamedTuple):
    """
    One parameter of a method.

    Args:
        positional: Whether it stands without a name, in order.

        repeated: Whether it holds several values.

        removable: Whether None says something else than leaving it out.

        kind: What may stand on the command line.

        is_document: Whether a file is named that holds it.
    """

    name: str
    positional: bool = False
    required: bool = False
    repeated: bool = False
    removable: bool = False
    kind: type = str
    is_flag: bool = False
    is_document: bool = False

    @property
    def option(self) -> str:
        """
        Return what it is called behind ``--``.
        """
        return _SINGULAR.get(self.name, self.name).replace("_", "-")

    def on_command_line(self, verb: str) -> click.Parameter:
        """
        Return the argument or option of *verb* that it is given by.
        """
        if self.is_document:
            file = "FILE" if self.required else "[FILE]"
            return click.Argument([self.name], metavar=file, required=self.required)
        if self.positional and self.repeated:
            many = f"{self.option.upper()}..."
            return click.Argument([self.name], metavar=many, nargs=-1, required=True)
        if self.positional:
            # Behind a verb that is a noun too, a word may stand in the argument's place.
            return click.Argument(
                [self.name], shell_complete=lambda _ctx, _param, begun: words_behind(verb, begun)
            )
        metavar, text = option_help(verb, self.name)
        if self.removable:
            text = f"{text} {NONE!r} removes it."
        names = [f"--{self.option}", self.name]
        if self.is_flag:
            return click.Option(names, is_flag=True, help=text)
        return click.Option(
            names,
            metavar=metavar,
            help=text,
            required=self.required,
            multiple=self.repeated,
            type=self.kind,
        )

    def value(self, said: Any) -> Any:
        """
        Return what the method is given for what was *said* on the command line.
        """
        if self.is_document:
            return source.written(said, self.name, DOCUMENT)
        if self.name == "because_of" and len(said) == 1:
            (cause,) = said
            return cause if cause == OWN_INITIATIVE or cause.startswith(ORDER) else said
        if self.name == "known_at":
            return _known(said)
        return None if self.removable and said == NONE else said


def _known(said: str) -> str:
    """
    Return a time or a cut as it was *said*; whoever says neither is told how a cut is written.
    """
    try:
        if parse_positions(said) is None:
            moment(said, "known_at")
    except Malformed as error:
        error.expected = f"a time with offset, or a cut such as {CUT}"
        raise
    return said


def parameters(method: Callable[..., object]) -> Iterator[Parameter]:
    """
    Yield the parameters of a method of the front door, the surroundings of a command at the end.
    """
    for given in list(inspect.signature(method).parameters.values())[1:]:
        if given.kind is inspect.Parameter.VAR_KEYWORD:
            yield from surroundings()
            continue
        required = given.default is inspect.Parameter.empty
        by_position = given.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        accepted = _accepted(given.annotation)
        yield Parameter(
            name=given.name,
            positional=required and by_position and given.name not in _NAMED,
            required=required,
            repeated=_is_repeated(accepted),
            removable=given.default is UNCHANGED and NoneType in accepted,
            kind=next((kind for kind in _NUMBERS if kind in accepted), str),
            is_flag=bool in accepted,
            is_document=given.name == _DOCUMENT,
        )


def surroundings() -> Iterator[Parameter]:
    """
    Yield what every command takes beside its own arguments.
    """
    for name, annotation in Surroundings.__annotations__.items():
        yield Parameter(name, repeated=_is_repeated(_accepted(annotation)))


def _accepted(annotation: Any) -> tuple[Any, ...]:
    """
    Return the types that a parameter takes.
    """
    kinds = get_args(annotation)
    return (annotation,) if get_origin(annotation) is Iterable or not kinds else kinds


def _is_repeated(accepted: tuple[Any, ...]) -> bool:
    return any(get_origin(kind) is Iterable for kind in accepted)


def arguments(taken: Iterable[Parameter], said: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what a method is given for what was *said*, by name; what was left out is left out.
    """
    return {
        parameter.name: parameter.value(said[parameter.name])
        for parameter in taken
        if said[parameter.name] not in (None, ())
    }
