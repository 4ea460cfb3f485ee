"""
What can happen to an operator: enrolment, roles, bars, contract, leaving.
"""

from datetime import datetime
from enum import StrEnum

import attrs

from ledger.moderation.authority import Authority
from ledger.moderation.events.record import Context, Verdict, event
from ledger.moderation.schema import added, personal


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
    name: str | None = personal(default=None)
    account: str | None = None
    context: Context | None = None


@event("operator.role_granted")
class RoleGranted:
    """
    The operator was given a role.
    """

    role: str
    reason: str | None = personal(default=None)
    context: Context | None = None


@event("operator.role_revoked")
class RoleRevoked:
    """
    A role was taken from the operator.
    """

    role: str
    reason: str | None = personal(default=None)
    context: Context | None = None


@event("operator.barred")
class OperatorBarred:
    """
    The operator may not act until unbarred.
    """

    reason: str = personal()
    context: Context | None = None


@event("operator.unbarred")
class OperatorUnbarred:
    """
    The operator may act again.
    """

    reason: str = personal()
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
    reason: str | None = personal(default=None)
    context: Context | None = None


class Disposition(StrEnum):
    """
    What becomes of a pending act when its keeper leaves.
    """

    LET_STAND = "let-stand"
    WITHDRAW = "withdraw"
    HAND_OVER = "hand-over"


@attrs.frozen(kw_only=True, slots=False)
class PendingAct:
    """
    A request or a deferred action that was pending when its keeper was offboarded.

    Args:
        id: The request's or the action's.

        effective_at: When it takes effect, or was asked to; None where no time was asked for.

        to: The operator who answers for it from then on, where it was handed over.
    """

    id: str
    account: str
    effective_at: datetime | None = None
    disposition: Disposition
    to: str | None = None


@event("operator.offboarded")
class OperatorOffboarded:
    """
    The operator leaves when the entry takes effect.

    Args:
        pending: What was pending of him then and what becomes of each, by account and id.
    """

    reason: str | None = personal(default=None)
    pending: tuple[PendingAct, ...] = added(2, default=())
    context: Context | None = None


@event("operator.training_marked")
class TrainingMarked:
    """
    The operator has completed a training.

    Args:
        expires_at: Until when it counts; None for ever.
    """

    training: str
    expires_at: datetime | None = None
    reason: str | None = personal(default=None)
    context: Context | None = None


@event("operator.training_revoked")
class TrainingRevoked:
    """
    A training of the operator counts no more.
    """

    training: str
    reason: str | None = personal(default=None)
    context: Context | None = None


@event("operator.command_refused")
class OperatorCommandRefused:
    """
    An authority check stopped a command about the operator.

    Args:
        expected: What would have made it pass.
    """

    command: str
    arguments: dict[str, object]
    verdicts: tuple[Verdict, ...]
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    expected: str | None = added(2, default=None)
    context: Context | None = None
