"""
What a source's history tells of a command beside what a live one may say.

What the ledger decides of a live command (how many approvals a request needs, whether one grants
the act) happened to an imported one already, perhaps under a policy that is not on record here. So
its source may tell it. These are not among `COMMANDS`, and decisions look at what is told only
where the command is history.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from ledger.errors import Malformed
from ledger.moderation.commands import COMMANDS, command_from, command_of
from ledger.moderation.commands.account import Act, Reverse
from ledger.moderation.commands.appeal import DecideAppeal, FileAppeal
from ledger.moderation.commands.command import (
    ABOUT_LEDGER,
    Command,
    checked,
    historical,
    optional_id,
    optional_time,
)
from ledger.moderation.commands.operator import OffboardOperator
from ledger.moderation.commands.request import Approve, RequestAct
from ledger.moderation.events.operator import Disposition, PendingAct
from ledger.moderation.events.request import Need
from ledger.moderation.identity import identifier, identifier_or_none, text
from ledger.moderation.moment import moment_or_none

Check = Callable[[object, str], Any]


def _count(value: object, name: str) -> int:
    if type(value) is int and value >= 1:
        return value
    raise Malformed(f"{value!r} is no count", where=name, expected="a whole number from 1")


def _whether(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    raise Malformed(f"{value!r} is neither", where=name, expected="true or false")


def _disposition(value: object, name: str) -> Disposition:
    try:
        return Disposition(value)  # type: ignore[arg-type]
    except ValueError:
        raise Malformed(
            f"{value!r} says not what becomes of it",
            where=name,
            expected="one of " + ", ".join(Disposition),
        ) from None


def _rows(row: type, **checks: Check) -> Any:
    """
    Return the field of a list of objects that become a *row* each, their fields checked by name.
    """

    def made(value: object, name: str) -> object:
        if isinstance(value, row):
            return value
        if not isinstance(value, Mapping):
            raise Malformed(f"{value!r} is no object", where=name, expected=", ".join(checks))
        if unknown := value.keys() - checks.keys():
            raise Malformed(
                f"{min(unknown)!r} is unknown", where=name, expected="one of " + ", ".join(checks)
            )
        for field in attrs.fields(row):
            if field.default is attrs.NOTHING and field.name not in value:
                raise Malformed(f"it needs {field.name!r}", where=name)
        return row(**{key: checks[key](told, f"{name}.{key}") for key, told in value.items()})

    def listed(value: object, name: str) -> tuple[object, ...] | None:
        if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
            raise Malformed(f"{value!r} is no list", where=name, expected="a list of objects")
        return tuple(made(member, f"{name}[{index}]") for index, member in enumerate(value))

    return checked(listed, default=None)


@historical("act")
class ToldAct(Act):
    """
    An act, and what it came from.

    Args:
        restores: The action that it takes the place of, where an undo was undone.
    """

    restores: str | None = optional_id()


@historical("reverse")
class ToldReversal(Reverse):
    """
    A reversal, and what it came from.

    Args:
        appeal: The appeal whose decision reversed the action.
    """

    appeal: str | None = optional_id()


@historical("request")
class ToldRequest(RequestAct):
    """
    A request, and what it needed.

    Args:
        needs: The approvals that were asked for.
    """

    needs: tuple[Need, ...] | None = _rows(
        Need, safeguard=text, approvals=_count, role=identifier_or_none
    )


@historical("approve")
class ToldApproval(Approve):
    """
    An approval, and what it did.

    Args:
        lapses_at: Until when it counted; None for as long as the request.

        grants: Whether it granted the act; None where the source does not say, and it does when it
            is the last one that is needed.
    """

    lapses_at: datetime | None = optional_time()
    grants: bool | None = checked(_whether, default=None)


@historical("file_appeal")
class ToldAppeal(FileAppeal):
    """
    An appeal, and the window in which it was filed.

    Args:
        closes_at: Until when appeals were taken.
    """

    closes_at: datetime | None = optional_time()


@historical("decide_appeal")
class ToldAppealDecision(DecideAppeal):
    """
    The decision of an appeal, and what came of it.

    Args:
        reversal: The reversal that overturned the action.
    """

    reversal: str | None = optional_id()


@historical("offboard_operator")
class ToldOffboarding(OffboardOperator):
    """
    An offboarding, and what it found.

    Args:
        listed: What was pending of the operator then, and what was to become of each.
    """

    listed: tuple[PendingAct, ...] | None = _rows(
        PendingAct,
        id=identifier,
        account=identifier,
        effective_at=moment_or_none,
        disposition=_disposition,
        to=identifier_or_none,
    )


# By the name of the command.
TOLD: Final[Mapping[str, type[Command]]] = {
    told.NAME: told
    for told in (
        ToldAct,
        ToldReversal,
        ToldRequest,
        ToldApproval,
        ToldAppeal,
        ToldAppealDecision,
        ToldOffboarding,
    )
}
_BESIDE: Final = {
    name: attrs.fields_dict(told).keys() - attrs.fields_dict(COMMANDS[name]).keys()
    for name, told in TOLD.items()
}


def command_told(fields: Mapping[str, object]) -> Command:
    """
    Return the command of one JSON object of history.

    It is the one that a live command would be, unless something is told beside.

    Raises:
        Malformed: As `command_from` does; or when it concerns the ledger that it is given to.
    """
    name = fields.get("command")
    if isinstance(name, str) and name in COMMANDS and COMMANDS[name].ABOUT == ABOUT_LEDGER:
        raise Malformed(
            f"{name!r} is about the ledger that it is given to, which has no history elsewhere",
            where="command",
            expected="it to be given live",
        )
    if not isinstance(name, str) or not fields.keys() & _BESIDE.get(name, frozenset()):
        return command_from(fields)
    arguments = {argument: value for argument, value in fields.items() if argument != "command"}
    return command_of(TOLD[name], arguments)
