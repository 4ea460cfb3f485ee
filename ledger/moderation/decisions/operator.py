"""
Decisions about operators: only the system or the role ``admin`` may take them.
"""

from datetime import datetime

import attrs

from ledger.errors import Malformed, NotFound, Refused
from ledger.moderation.commands import UNCHANGED, Command
from ledger.moderation.commands.operator import (
    BarOperator,
    ChangeContract,
    EnrolOperator,
    GrantRole,
    MarkTraining,
    RevokeRole,
    RevokeTraining,
    UnbarOperator,
)
from ledger.moderation.decisions.situation import (
    Decision,
    Permission,
    Situation,
    permission,
    refused,
)
from ledger.moderation.entry import Draft
from ledger.moderation.events import Event, Outcome
from ledger.moderation.events.operator import (
    ContractChanged,
    OperatorBarred,
    OperatorEnrolled,
    OperatorKind,
    OperatorUnbarred,
    RoleGranted,
    RoleRevoked,
    TrainingMarked,
    TrainingRevoked,
)
from ledger.moderation.identity import SYSTEM, operator_stream
from ledger.moderation.moment import shortest
from ledger.moderation.operator import Operator, terms


def _decided(  # noqa: PLR0913, how one is decided is said beside it
    command: Command,
    situation: Situation,
    event: Event,
    effective_at: datetime | None = None,
    *,
    is_so: bool = False,
    not_to_himself: str | None = None,
) -> Decision:
    """
    Return the decision to record *event*.

    Args:
        is_so: Whether it is so already; then nothing is recorded, unless an id must be: that of a
            request, or that of a source.

        not_to_himself: What nobody may do to himself, in words, where that is so.
    """
    operator = situation.the_subject.operator
    found = permission(situation, administers=True)
    if found.failing is None and not_to_himself and command.by == operator and found.now:
        found = _himself(found, not_to_himself)
    stream = operator_stream(operator)
    if found.denied:
        return refused(command, situation, found, stream)
    if is_so and command.request_id is None and not situation.imported:
        return Decision(operator)
    return Decision(operator, (Draft(stream, event, command.by, effective_at),))


def _himself(found: Permission, what: str) -> Permission:
    assert found.now is not None
    why = f"may not {what} himself"
    failing = attrs.evolve(found.now, permitted=False, why=why)
    authority, *others = found.verdicts
    stopped = attrs.evolve(authority, outcome=Outcome.STOPPED, why=why)
    return attrs.evolve(found, failing=failing, verdicts=(stopped, *others))


def enrolled(situation: Situation) -> Operator:
    """
    Return the operator that a command is about, who is enrolled.

    Raises:
        NotFound: When he is not.

        Refused: When it is the reserved ``system``.
    """
    subject = situation.the_subject
    _assert_not_reserved(subject)
    if not subject.enrolled:
        raise NotFound(
            f"operator {subject.operator!r} is not enrolled",
            where="operator",
            expected="an enrolled operator",
        )
    return subject


def _assert_not_reserved(subject: Operator) -> None:
    if subject.operator == SYSTEM:
        raise Refused(f"{SYSTEM!r} is reserved", rule="reserved", expected="another operator id")


def enrol_operator(command: EnrolOperator, situation: Situation) -> Decision:
    """
    Return the decision to make an operator known.

    Raises:
        Malformed: When the operator would leave before he starts.

        Refused: When the operator is enrolled already, other than by an import that met him, or
            is the reserved ``system``.
    """
    subject = situation.the_subject
    _assert_not_reserved(subject)
    if subject.enrolled and subject.kind is not OperatorKind.UNKNOWN and not situation.imported:
        raise Refused(
            f"operator {command.operator!r} is enrolled already",
            rule="enrolled-already",
            expected="change_contract, grant_role or another id",
        )
    if (
        command.starts_at is not None
        and command.leaves_at is not None
        and command.leaves_at <= command.starts_at
    ):
        raise Malformed(
            "the operator would leave before he starts",
            where="leaves_at",
            expected="a time after starts_at",
        )
    event = OperatorEnrolled(
        kind=command.kind,
        contract=command.contract,
        vendor=command.vendor,
        roles=command.roles,
        starts_at=command.starts_at,
        leaves_at=command.leaves_at,
        name=command.name,
        account=command.account,
        context=situation.context(command),
    )
    return _decided(command, situation, event)


def grant_role(command: GrantRole, situation: Situation) -> Decision:
    """
    Return the decision to give an operator a role; nothing when he has it.
    """
    effective_at = command.effective_at or situation.now
    has_it = command.role in terms(enrolled(situation), effective_at).roles
    event = RoleGranted(
        role=command.role, reason=command.reason, context=situation.context(command)
    )
    return _decided(
        command,
        situation,
        event,
        effective_at,
        is_so=has_it,
        not_to_himself="grant a role to",
    )


def revoke_role(command: RevokeRole, situation: Situation) -> Decision:
    """
    Return the decision to take a role from an operator; nothing when he does not have it.
    """
    effective_at = command.effective_at or situation.now
    has_it = command.role in terms(enrolled(situation), effective_at).roles
    event = RoleRevoked(
        role=command.role, reason=command.reason, context=situation.context(command)
    )
    return _decided(command, situation, event, effective_at, is_so=not has_it)


def bar_operator(command: BarOperator, situation: Situation) -> Decision:
    """
    Return the decision to bar an operator.
    """
    enrolled(situation)
    event = OperatorBarred(reason=command.reason, context=situation.context(command))
    return _decided(command, situation, event, command.effective_at or situation.now)


def unbar_operator(command: UnbarOperator, situation: Situation) -> Decision:
    """
    Return the decision to let an operator act again; nothing when he is not barred.
    """
    effective_at = command.effective_at or situation.now
    barred = terms(enrolled(situation), effective_at).barred is not None
    event = OperatorUnbarred(reason=command.reason, context=situation.context(command))
    return _decided(
        command, situation, event, effective_at, is_so=not barred, not_to_himself="unbar"
    )


def change_contract(command: ChangeContract, situation: Situation) -> Decision:
    """
    Return the decision to change an operator's contract; nothing when it is that already.

    Raises:
        Malformed: When nothing is changed, or the operator would leave before he starts.
    """
    effective_at = command.effective_at or situation.now
    held = terms(enrolled(situation), effective_at)
    given = (command.contract, command.vendor, command.starts_at, command.leaves_at)
    if all(value is UNCHANGED for value in given):
        raise Malformed(
            "nothing is changed",
            where="contract",
            expected="contract, vendor, starts_at or leaves_at",
        )
    contract = held.contract if command.contract is UNCHANGED else command.contract
    vendor = held.vendor if command.vendor is UNCHANGED else command.vendor
    starts_at = held.starts_at if command.starts_at is UNCHANGED else command.starts_at
    leaves_at = held.leaves_at if command.leaves_at is UNCHANGED else command.leaves_at
    contradicts = starts_at is not None and leaves_at is not None and leaves_at <= starts_at
    if contradicts and not situation.imported:
        raise Malformed(
            "the operator would leave before he starts",
            where="leaves_at",
            expected="a time after starts_at",
        )
    event = ContractChanged(
        contract=contract,
        vendor=vendor,
        starts_at=starts_at,
        leaves_at=leaves_at,
        reason=command.reason,
        context=situation.context(command),
    )
    was = (held.contract, held.vendor, held.starts_at, held.leaves_at)
    is_so = was == (contract, vendor, starts_at, leaves_at)
    return _decided(command, situation, event, effective_at, is_so=is_so)


def mark_training(command: MarkTraining, situation: Situation) -> Decision:
    """
    Return the decision to say that an operator has completed a training.

    Raises:
        Malformed: When it expires before it counts.
    """
    effective_at = command.effective_at or situation.now
    enrolled(situation)
    if command.expires_at is not None and command.expires_at <= effective_at:
        raise Malformed(
            f"the training expires at {shortest(command.expires_at)}, which is not later than"
            f" {shortest(effective_at)}",
            where="expires_at",
            expected="a later time, or none",
        )
    event = TrainingMarked(
        training=command.training,
        expires_at=command.expires_at,
        reason=command.reason,
        context=situation.context(command),
    )
    return _decided(command, situation, event, effective_at)


def revoke_training(command: RevokeTraining, situation: Situation) -> Decision:
    """
    Return the decision that a training counts no more; nothing when it does not.
    """
    effective_at = command.effective_at or situation.now
    has_it = command.training in terms(enrolled(situation), effective_at).trainings
    event = TrainingRevoked(
        training=command.training, reason=command.reason, context=situation.context(command)
    )
    return _decided(command, situation, event, effective_at, is_so=not has_it)
