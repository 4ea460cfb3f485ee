"""
What can happen on an account: reports, protection, actions and their undoing, findings, notes.
"""

from datetime import datetime
from enum import StrEnum

from ledger.moderation.authority import Authority
from ledger.moderation.events.record import Context, Verdict, event
from ledger.moderation.schema import added, personal
from ledger.moderation.vocabulary import Effect, Holding


class ReportOutcome(StrEnum):
    """
    What became of a report.
    """

    ACTIONED = "actioned"
    NO_ACTION = "no-action"
    DUPLICATE = "duplicate"
    INVALID = "invalid"


class Cause(StrEnum):
    """
    What a finding says that an action came from.
    """

    ERROR = "error"
    DELIBERATE = "deliberate"
    COMPROMISED = "compromised"
    AUTOMATED_FAULT = "automated-fault"
    CORRECT = "correct"
    UNDETERMINED = "undetermined"


@event("account.report_filed")
class ReportFiled:
    """
    A complaint about the account came in.

    Args:
        evidence: The hash of what was reported.

        external_id: What its source calls it, under which it is taken in once.

        taxonomy: The version of the taxonomy that *category* is a row of; None for another word.
    """

    report: str
    category: str
    source: str
    reporter: str | None = None
    filed_at: datetime
    evidence: str | None = personal(default=None)
    external_id: str | None = added(2, default=None, is_personal=True)
    taxonomy: int | None = added(2, default=None)
    context: Context | None = None


@event("account.report_assigned")
class ReportAssigned:
    """
    A report was given to an operator or put into a queue.
    """

    report: str
    to: str
    context: Context | None = None


@event("account.report_resolved")
class ReportResolved:
    """
    A report was closed with an outcome.

    Args:
        duplicate_of: The report that says the same, where the outcome is that it is a duplicate.

        action: The action that closed it, where one did.
    """

    report: str
    outcome: ReportOutcome
    reason: str | None = personal(default=None)
    duplicate_of: str | None = added(2, default=None)
    action: str | None = added(2, default=None)
    context: Context | None = None


@event("account.report_reopened")
class ReportReopened:
    """
    A closed report was opened again.
    """

    report: str
    reason: str = personal()
    context: Context | None = None


@event("account.protected")
class AccountProtected:
    """
    The account was put under the protection of a tier.
    """

    tier: str
    reason: str = personal()
    context: Context | None = None


@event("account.unprotected")
class AccountUnprotected:
    """
    The protection of the account was ended.
    """

    reason: str = personal()
    context: Context | None = None


@event("account.action_taken")
class ActionTaken:
    """
    A measure was used on the account.

    What the measure meant then (inverse, effect, holding) is part of the event, so that no
    later change of a vocabulary changes what this act did.

    Args:
        because_of: Report ids, or ``own-initiative``, or ``order:<reference>``.

        verdicts: The outcome of every safeguard that was evaluated, in order.

        relied_on: The streams and versions that the decision read: ``operator/op-417@5``.

        authority: The operator's authority when the act was recorded.

        authority_at_request: The same when it was asked for; None when that is one moment.

        request: The request that it was granted on, where approvals were needed.

        approved_by: The operators whose approvals counted, in order.

        tier: What the account was protected as when the act was recorded.

        restores: The action that it takes the place of, where an undo was undone.
    """

    action: str
    measure: str
    inverse: str | None
    effect: Effect | None
    holding: Holding
    scope: str | None = None
    because_of: tuple[str, ...] | str
    reason: str | None = personal()
    ground: str | None = None
    requested_at: datetime
    expires_at: datetime | None = None
    reversible_until: datetime | None = None
    supersedes: str | None = None
    override: str | None = personal(default=None)
    verdicts: tuple[Verdict, ...] = ()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    authority_at_request: Authority | None = None
    request: str | None = added(2, default=None)
    approved_by: tuple[str, ...] = added(2, default=())
    tier: str | None = added(2, default=None)
    restores: str | None = added(2, default=None)
    context: Context | None = None


@event("account.action_reversed")
class ActionReversed:
    """
    An action was reversed: its effect ends when the entry takes effect.

    Args:
        appeal: The appeal whose decision reversed it, where one did.
    """

    reversal: str
    action: str
    inverse: str | None
    reason: str | None = personal()
    verdicts: tuple[Verdict, ...] = ()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    appeal: str | None = added(2, default=None)
    context: Context | None = None


@event("account.action_withdrawn")
class ActionWithdrawn:
    """
    A deferred action was taken back before its effect: it never comes into force.
    """

    action: str
    reason: str | None = personal()
    relied_on: tuple[str, ...] = ()
    context: Context | None = None


@event("account.reversal_withdrawn")
class ReversalWithdrawn:
    """
    A scheduled reversal was taken back before its effect.
    """

    reversal: str
    action: str
    reason: str | None = personal()
    relied_on: tuple[str, ...] = ()
    context: Context | None = None


@event("account.action_amended")
class ActionAmended:
    """
    The terms of an action changed: it expires at another time, or no more (None).
    """

    action: str
    expires_at: datetime | None
    reason: str | None = personal()
    relied_on: tuple[str, ...] = ()
    context: Context | None = None


@event("account.record_corrected")
class RecordCorrected:
    """
    The record of an action or a reversal was wrong: what was so all along is said here.

    Args:
        corrects: The id of the action or of the reversal.

        effective_at, operator: What was right; None where the record was right.
    """

    corrects: str
    action: str
    effective_at: datetime | None = None
    operator: str | None = None
    reason: str | None = personal()
    relied_on: tuple[str, ...] = ()
    context: Context | None = None


@event("account.finding_asserted")
class FindingAsserted:
    """
    Somebody claimed what an action came from.

    Args:
        confidence: Percent, 0 to 100.

        stated_at: When the claim was made, which may be before it was recorded.

        evidence: What it rests on: a hash, a reference.
    """

    finding: str
    action: str
    cause: Cause
    source: str = personal()
    statement: str = personal()
    confidence: int | None = None
    stated_at: datetime
    evidence: str | None = added(2, default=None, is_personal=True)
    context: Context | None = None


@event("account.finding_revised")
class FindingRevised:
    """
    A finding was replaced by another one; the one that it revises stays on record.
    """

    finding: str
    revises: str
    action: str
    cause: Cause
    source: str = personal()
    statement: str = personal()
    confidence: int | None = None
    stated_at: datetime
    evidence: str | None = added(2, default=None, is_personal=True)
    context: Context | None = None


@event("account.finding_retracted")
class FindingRetracted:
    """
    A finding was taken back; it stays on record.
    """

    finding: str
    action: str
    reason: str = personal()
    context: Context | None = None


@event("account.noted")
class NoteAdded:
    """
    Somebody wrote a note about the account.
    """

    note: str
    text: str = personal()
    context: Context | None = None


@event("account.anomaly_recorded")
class AnomalyRecorded:
    """
    A source's history holds something that its own rules do not allow.

    Args:
        anomaly: What it is, by name: ``unblock_without_block``.

        measure, scope: The slot that it concerns.
    """

    anomaly: str
    measure: str
    scope: str | None = None
    reason: str | None
    context: Context | None = None


@event("account.command_refused")
class AccountCommandRefused:
    """
    A safeguard or an authority check stopped a command about the account.

    Args:
        command: The command's name.

        arguments: The command as it was given, under the names of its arguments.

        expected: What would have made it pass.
    """

    command: str
    arguments: dict[str, object]
    verdicts: tuple[Verdict, ...]
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    expected: str | None = added(2, default=None)
    context: Context | None = None
