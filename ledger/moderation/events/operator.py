"""
What can happen to an operator: enrolment, roles, bars, contract, leaving.
"""

from datetime import datetime
from enum import StrEnum

from ledger.moderation.authority import Authority
from ledger.moderation.events.record import Context, Verdict, event


class OperatorKind(StrEnum):
    """
    What acts: `UNKNOWN` is for operators whom an import met.
    """

    HUMAN = "human"
    SERVICE = "service"
    AUTOMATION = "automation"
    SYSTEM = "system"
    UNKNOWN = "unknown"


@event("operator.enrolled")
class OperatorEnrolled:
    """
    An operator was made known to the ledger.

    Args:
        account: The operator's own account on the platform.

        roles: Sorted.
    """

    kind: OperatorKind
    contract: str | None = None
    vendor: str | None = None
    roles: tuple[str, ...] = ()
    starts_at: datetime | None = None
    leaves_at: datetime | None = None
    name: str | None = None
    account: str | None = None
    context: Context | None = None


@event("operator.role_granted")
class RoleGranted:
    """
    The operator was given a role.
    """

    role: str
    reason: str | None = None
    context: Context | None = None


@event("operator.role_revoked")
class RoleRevoked:
    """
    A role was taken from the operator.
    """

    role: str
    reason: str | None = None
    context: Context | None = None


@event("operator.barred")
class OperatorBarred:
    """
    The operator may not act until unbarred.
    """

    reason: str
    context: Context | None = None


@event("operator.unbarred")
class OperatorUnbarred:
    """
    The operator may act again.
    """

    reason: str
    context: Context | None = None


@event("operator.contract_changed")
class ContractChanged:
    """
    The operator's contract is this from now on; what did not change is said again.
    """

    contract: str | None
    vendor: str | None
    starts_at: datetime | None
    leaves_at: datetime | None
    reason: str | None = None
    context: Context | None = None


@event("operator.offboarded")
class OperatorOffboarded:
    """
    The operator leaves when the entry takes effect.
    """

    reason: str | None = None
    context: Context | None = None


@event("operator.command_refused")
class OperatorCommandRefused:
    """
    An authority check stopped a command about the operator.
    """

    command: str
    arguments: dict[str, object]
    verdicts: tuple[Verdict, ...]
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None
