"""
Options from signatures: a verb takes what the method of the front door takes, under the same names.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import NoneType
from typing import Any, Final, NamedTuple, get_args, get_origin

import click

from ledger.book.acting import Surroundings
from ledger.moderation.commands import UNCHANGED
from ledger.moderation.commands.account import ORDER, OWN_INITIATIVE
from ledger.moderation.events.account import Cause, ReportOutcome
from ledger.moderation.events.operator import OperatorKind
from ledger.store.search import ENDINGS

# How None is written where leaving an option out means that all stays as it is.
NONE: Final = "none"


def _any(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"


_TIME: Final = "TIME"
_TEXT: Final = "TEXT"
_ID: Final = "ID"
# What an option is for; a verb's own meaning of it stands under ``verb option``.
_HELP: Final = {
    "account": (_ID, "Only this account."),
    "action": (_ID, "The action's id; made if omitted."),
    "after": ("CURSOR", "Only what stands behind this cursor of an earlier answer."),
    "at": (_TIME, "The moment asked about; now if omitted."),
    "because_of": ("CAUSE", f"A report's id (repeatable), {OWN_INITIATIVE} or {ORDER}REFERENCE."),
    "by": (_ID, "The operator who does it."),
    "category": (_ID, "What is complained about: impersonation, spam."),
    "cause": (_ID, f"{_any(Cause)}."),
    "closed_by": (_ID, "Ended by an act of this operator."),
    "confidence": ("PERCENT", "0 to 100."),
    "contract": (_ID, "The contract: employee, contractor."),
    "correlation_id": (_ID, "The flow that it belongs to."),
    "during": ("A..B", "In force at some time in this window."),
    "effective_at": (_TIME, "When it takes effect; now if omitted."),
    "ended_by": (_ID, f"{_any(ENDINGS)}, which is no end."),
    "evidence": (_TEXT, "The hash of what was reported."),
    "expires_at": (_TIME, "When it ends by itself."),
    "filed_at": (_TIME, "When the report came in; now if omitted."),
    "ground": (_TEXT, "The rule or law that it rests on."),
    "in_force_at": (_TIME, "In force at this moment."),
    "kind": (_ID, f"{_any(kind for kind in OperatorKind if kind is not OperatorKind.UNKNOWN)}."),
    "known_at": ("TIME|CUT", "With what was known then: a time, or a cut."),
    "lasting": ("A..B", "A or longer, shorter than B; 11m is the whole minute."),
    "leaves_at": (_TIME, "When the operator leaves."),
    "limit": ("N", "At most so many."),
    "measure": (_ID, "Only this measure."),
    "name": (_TEXT, "The operator's name."),
    "on_behalf_of": (_ID, "For whom the operator acts."),
    "opened_by": (_ID, "Begun by an act of this operator."),
    "operator": (_ID, "Who it was."),
    "outcome": (_ID, f"{_any(ReportOutcome)}."),
    "override": (_TEXT, "The justification of a break-glass act."),
    "reason": (_TEXT, "Why."),
    "report": (_ID, "The report's id; made if omitted."),
    "reporter": (_ID, "Who complains."),
    "request_id": (_ID, "The same id again returns the first result."),
    "requested_at": (_TIME, "When it was asked for; now if omitted."),
    "reversible_until": (_TIME, "Until when it can be reversed."),
    "roles": (_ID, "A role; repeatable."),
    "scope": (_ID, "The feature or content that it concerns."),
    "session": (_ID, "The session that it came from."),
    "source": (_TEXT, "Where it was said."),
    "starts_at": (_TIME, "When the operator starts."),
    "stated_at": (_TIME, "When it was said; now if omitted."),
    "statement": (_TEXT, "What was said."),
    "stream": (_ID, "Only this stream: account/ID, operator/ID."),
    "supersedes": (_ID, "The action in force whose place this one takes."),
    "tier": (_ID, "The tier: head-of-state, press."),
    "to": (_ID, "The operator or the queue."),
    "vendor": (_TEXT, "The company that sends the operator."),
    "enrol-operator account": (_ID, "The operator's own account on the platform."),
    "file-report source": (_ID, "user, trusted-flagger, authority or automation."),
    "correct effective_at": (_TIME, "When it was in truth."),
    "amend expires_at": (_TIME, "When it ends by itself; none for never."),
    "who at": (_TIME, "A moment at which it was in force."),
}


class Parameter(NamedTuple):
    """
    One parameter of a method.

    Args:
        positional: Whether it stands without a name, in order.

        repeated: Whether it holds several values.

        removable: Whether None says something else than leaving it out.
    """

    name: str
    positional: bool = False
    required: bool = False
    repeated: bool = False
    removable: bool = False
    is_number: bool = False

    def on_command_line(self, verb: str) -> click.Parameter:
        """
        Return the argument or option of *verb* that it is given by.
        """
        if self.positional:
            return click.Argument([self.name])
        metavar, text = _HELP.get(f"{verb} {self.name}") or _HELP[self.name]
        if self.removable:
            text = f"{text} {NONE!r} removes it."
        return click.Option(
            [f"--{self.name.replace('_', '-')}", self.name],
            metavar=metavar,
            help=text,
            required=self.required,
            multiple=self.repeated,
            type=click.INT if self.is_number else click.STRING,
        )

    def value(self, said: Any) -> Any:
        """
        Return what the method is given for what was *said* on the command line.
        """
        if self.name == "because_of" and len(said) == 1:
            (cause,) = said
            return cause if cause == OWN_INITIATIVE or cause.startswith(ORDER) else said
        return None if self.removable and said == NONE else said


def parameters(method: Callable[..., object]) -> Iterator[Parameter]:
    """
    Yield the parameters of a method of the front door, the surroundings of a command at the end.
    """
    for given in list(inspect.signature(method).parameters.values())[1:]:
        if given.kind is inspect.Parameter.VAR_KEYWORD:
            yield from map(Parameter, Surroundings.__annotations__)
            continue
        required = given.default is inspect.Parameter.empty
        accepted = get_args(given.annotation) or (given.annotation,)
        yield Parameter(
            name=given.name,
            positional=required and given.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD,
            required=required,
            repeated=Iterable in {get_origin(kind) for kind in (given.annotation, *accepted)},
            removable=given.default is UNCHANGED and NoneType in accepted,
            is_number=int in accepted,
        )


def call(method: Callable[..., Any], taken: Iterable[Parameter], said: Mapping[str, Any]) -> Any:
    """
    Return what *method* returns for what was *said*; what was left out is left out.
    """
    given = {
        parameter.name: parameter.value(said[parameter.name])
        for parameter in taken
        if said[parameter.name] not in (None, ())
    }
    return method(**given)
