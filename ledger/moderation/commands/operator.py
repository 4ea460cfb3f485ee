"""
The commands about operators: enrolment, roles, bars, contract, leaving.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from ledger.errors import Malformed
from ledger.moderation.commands.command import (
    Command,
    Unchanged,
    checked,
    command,
    optional_id,
    optional_text,
    optional_time,
    personal_id,
    required_id,
    required_text,
    unless_unchanged,
)
from ledger.moderation.events.operator import Disposition, OperatorKind
from ledger.moderation.identity import identifier, identifier_or_none, identifiers
from ledger.moderation.moment import moment_or_none


def _enrollable(value: object, name: str) -> OperatorKind:
    allowed = [kind for kind in OperatorKind if kind is not OperatorKind.UNKNOWN]
    if value in allowed:
        return OperatorKind(value)  # type: ignore[arg-type]
    raise Malformed(
        f"{value!r} is not a kind of operator",
        where=name,
        expected="one of " + ", ".join(allowed),
    )


def _roles(value: object, name: str) -> tuple[str, ...]:
    return tuple(sorted(identifiers(value, name)))


@command("enrol_operator", "operator")
class EnrolOperator(Command):
    """
    Make an operator known to the ledger.
    """

    operator: str = required_id()
    kind: OperatorKind = checked(_enrollable)
    contract: str | None = optional_id()
    vendor: str | None = optional_id()
    roles: tuple[str, ...] = checked(_roles, default=())
    starts_at: datetime | None = optional_time()
    leaves_at: datetime | None = optional_time()
    name: str | None = personal_id()
    account: str | None = optional_id()


@command("grant_role", "operator", "role")
class GrantRole(Command):
    """
    Give an operator a role.
    """

    operator: str = required_id()
    role: str = required_id()
    reason: str | None = optional_text()
    effective_at: datetime | None = optional_time()


@command("revoke_role", "operator", "role")
class RevokeRole(Command):
    """
    Take a role from an operator.
    """

    operator: str = required_id()
    role: str = required_id()
    reason: str | None = optional_text()
    effective_at: datetime | None = optional_time()


@command("bar_operator", "operator")
class BarOperator(Command):
    """
    Forbid an operator to act until unbarred.
    """

    operator: str = required_id()
    reason: str = required_text()
    effective_at: datetime | None = optional_time()


@command("unbar_operator", "operator")
class UnbarOperator(Command):
    """
    Let a barred operator act again.
    """

    operator: str = required_id()
    reason: str = required_text()
    effective_at: datetime | None = optional_time()


@command("change_contract", "operator")
class ChangeContract(Command):
    """
    Change an operator's contract, vendor, start or leaving time; what is omitted stays.
    """

    operator: str = required_id()
    contract: str | Unchanged | None = unless_unchanged(identifier_or_none)
    vendor: str | Unchanged | None = unless_unchanged(identifier_or_none)
    starts_at: datetime | Unchanged | None = unless_unchanged(moment_or_none)
    leaves_at: datetime | Unchanged | None = unless_unchanged(moment_or_none)
    reason: str | None = optional_text()
    effective_at: datetime | None = optional_time()


@command("mark_training", "operator", "training")
class MarkTraining(Command):
    """
    Say that an operator has completed a training, for ever or until a time.
    """

    operator: str = required_id()
    training: str = required_id()
    expires_at: datetime | None = optional_time()
    reason: str | None = optional_text()
    effective_at: datetime | None = optional_time()


@command("revoke_training", "operator", "training")
class RevokeTraining(Command):
    """
    Let a training of an operator count no more.
    """

    operator: str = required_id()
    training: str = required_id()
    reason: str | None = optional_text()
    effective_at: datetime | None = optional_time()


def _disposition(value: object, name: str) -> str:
    word, _, to = str(value).partition(":")
    if word in list(Disposition) and bool(to) == (word == Disposition.HAND_OVER):
        return f"{word}:{identifier(to, name)}" if to else word
    raise Malformed(
        f"{value!r} says not what becomes of it",
        where=name,
        expected="let-stand, withdraw or hand-over:OPERATOR",
    )


def _told_of_one(member: object, name: str) -> tuple[object, object]:
    """
    Return of which pending act something is said, and what: a pair, or ``ID=withdraw``.
    """
    if isinstance(member, str) and "=" in member:
        named, _, word = member.rpartition("=")
        return named, word
    if isinstance(member, tuple | list) and len(member) == 2:  # noqa: PLR2004, a pair
        return member[0], member[1]
    raise Malformed(f"{member!r} says not what becomes of it", where=name, expected="ID=withdraw")


def _dispositions(value: object, name: str) -> tuple[tuple[str, str], ...]:
    given = value.items() if isinstance(value, Mapping) else value
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise Malformed(
            f"{value!r} names no pending acts",
            where=name,
            expected="an object of ids, each with what becomes of it",
        )
    told: dict[str, str] = {}
    for member in given:
        named, word = _told_of_one(member, name)
        told[identifier(named, name)] = _disposition(word, f"{name}.{named}")
    return tuple(sorted(told.items()))


@command("offboard_operator", "operator")
class OffboardOperator(Command):
    """
    Let an operator leave, now or at another time.

    Args:
        pending: What becomes of what is pending of him then: ``let-stand``, ``withdraw`` or
            ``hand-over:OPERATOR``.

        dispositions: The same for single ones, by the id of the action or the request.
    """

    operator: str = required_id()
    reason: str | None = optional_text()
    effective_at: datetime | None = optional_time()
    pending: str = checked(_disposition, default=Disposition.LET_STAND.value)
    dispositions: tuple[tuple[str, str], ...] = checked(_dispositions, default=())

    def successors(self) -> list[str]:
        """
        Return the operators to whom it hands something over.
        """
        told = (self.pending, *(disposition for _, disposition in self.dispositions))
        return [to for to in (said.partition(":")[2] for said in told) if to]
