"""
Where the orders of one transaction lead: the ids that they give and name, and the streams that
these stand for.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from ledger.errors import NotFound
from ledger.moderation import claims
from ledger.moderation.claims import TARGETS
from ledger.moderation.commands import Command
from ledger.moderation.commands.account import Correct
from ledger.moderation.commands.keys import KeyCommand
from ledger.moderation.commands.operator import OffboardOperator
from ledger.moderation.commands.policy import AdoptPolicy
from ledger.moderation.commands.privacy import RecordRead
from ledger.moderation.commands.request import HandOver
from ledger.moderation.commands.undo import Undo
from ledger.moderation.decisions import Situation
from ledger.moderation.identity import SYSTEM, account_stream, operator_stream
from ledger.moderation.keys import KEYS_STREAM
from ledger.moderation.policy import POLICY_STREAM
from ledger.moderation.privacy import PRIVACY_STREAM, READS_STREAM
from ledger.store.batch import Held
from ledger.store.order import Order
from ledger.timeline.undoing import UNDO_STREAM

Id = tuple[str, str]
"""A kind of id and an id."""

# What an imported line may have given its own id to, beside what commands give ids to.
_GIVEN_KINDS: Final = {
    "reverse": claims.REVERSAL,
    "assert_finding": claims.FINDING,
    "revise_finding": claims.FINDING,
}

# The commands that have a stream of the ledger's own to themselves.
_OWN: Final = {
    AdoptPolicy.NAME: POLICY_STREAM,
    Undo.NAME: UNDO_STREAM,
    RecordRead.NAME: READS_STREAM,
}

# Where an account knows what a command names.
_KNOWN: Final = {
    claims.ACTION: "actions",
    claims.REVERSAL: "reversals",
    claims.REPORT: "reports",
    claims.FINDING: "findings",
    claims.ACT_REQUEST: "requests",
    claims.APPEAL: "appeals",
}


class Address(NamedTuple):
    """
    Where one order leads.

    Args:
        given: The ids that it gives.

        digest: Of its command, where it gives an id.

        stream: The one that it is about; None when what it names is not on record.
    """

    given: list[Id]
    digest: str | None
    stream: str | None


def named(orders: Sequence[Order]) -> Iterator[Id]:
    """
    Yield the ids that *orders* may mean by what they name.
    """
    for order in orders:
        if (target := TARGETS.get(order.command.NAME)) is not None:
            for kind in target.kinds:
                yield kind, getattr(order.command, target.argument)


def addresses(orders: Sequence[Order], held: Callable[[str, str], Held | None]) -> list[Address]:
    """
    Return where each of *orders* leads, those before it taken into account.

    Args:
        held: Returns what an id on record stands for.
    """
    pending: dict[Id, str] = {}
    found: list[Address] = []
    for order in orders:
        ids = claims.given(order.command)
        stream = _stream(order.command, held, pending)
        if stream is not None:
            for kind, name in ids:
                if kind != claims.REQUEST:
                    pending.setdefault((kind, name), stream)
            kind = _GIVEN_KINDS.get(order.command.NAME, "")
            if kind and order.given_id is not None:
                pending.setdefault((kind, order.given_id), stream)
        digest = (order.digest or order.command.digest()) if ids else None
        found.append(Address(ids, digest, stream))
    return found


def _stream(
    command: Command, held: Callable[[str, str], Held | None], pending: dict[Id, str]
) -> str | None:
    target = TARGETS.get(command.NAME)
    if target is None:
        return _OWN.get(command.NAME) or _stream_about(command)
    name = getattr(command, target.argument)
    for kind in target.kinds:
        if (known := held(kind, name)) is not None:
            return known.stream
        if (kind, name) in pending:
            return pending[kind, name]
    return None


def _stream_about(command: Command) -> str:
    if command.ABOUT == "account":
        return account_stream(getattr(command, command.ABOUT))
    if command.ABOUT == "operator":
        return operator_stream(getattr(command, command.ABOUT))
    return KEYS_STREAM if isinstance(command, KeyCommand) else PRIVACY_STREAM


def operators(command: Command) -> list[str]:
    """
    Return the operators whom *command* names: who gives it, and whom it concerns.
    """
    names = [command.by]
    if isinstance(command, Correct) and isinstance(command.operator, str):
        names.append(command.operator)
    elif isinstance(command, HandOver):
        names.append(command.to)
    elif isinstance(command, OffboardOperator):
        names.extend(command.successors())
    return [name for name in names if name != SYSTEM]


def assert_on_record(command: Command, situation: Situation) -> None:
    """
    Raise when what *command* names was pending in this batch and did not come about.
    """
    target = TARGETS.get(command.NAME)
    if target is None:
        return
    account, name = situation.the_account, getattr(command, target.argument)
    if not any(name in getattr(account, _KNOWN[kind]) for kind in target.kinds):
        raise NotFound(
            f"there is no {claims.either(target.kinds)} {name!r} yet",
            where=target.argument,
            expected="an id that a line before gives",
        )
