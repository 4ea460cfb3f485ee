"""
The commands about operators: enrolment, roles, bars, contract, leaving.
"""

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
    required_id,
    required_text,
    unless_unchanged,
)
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.identity import identifier_or_none, identifiers
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
    name: str | None = optional_id()
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


@command("offboard_operator", "operator")
class OffboardOperator(Command):
    """
    Let an operator leave, now or at another time.
    """

    operator: str = required_id()
    reason: str | None = optional_text()
    effective_at: datetime | None = optional_time()
