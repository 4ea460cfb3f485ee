"""
The commands about accounts: reports, protection, actions and their undoing, findings, notes.
"""

from datetime import datetime
from typing import Final

from ledger.errors import Malformed
from ledger.moderation.commands.command import (
    Command,
    Unchanged,
    checked,
    choice,
    command,
    needed_text,
    optional_id,
    optional_text,
    optional_time,
    personal_id,
    required_id,
    required_text,
    shared,
    unless_unchanged,
)
from ledger.moderation.events.account import Cause, ReportOutcome
from ledger.moderation.identity import identifier, identifiers, text
from ledger.moderation.moment import moment, moment_or_none
from ledger.moderation.sealing import Salt

OWN_INITIATIVE: Final = "own-initiative"
ORDER: Final = "order:"
PERCENT_MAX: Final = 100


def _cause(value: object, name: str) -> tuple[str, ...] | str:
    if isinstance(value, str):
        if value == OWN_INITIATIVE:
            return value
        if value.startswith(ORDER):
            text(value.removeprefix(ORDER), name)
            return text(value, name)
        raise Malformed(
            f"{value!r} names no cause",
            where=name,
            expected=f"a list of report ids, {OWN_INITIATIVE!r} or '{ORDER}<reference>'",
        )
    return identifiers(value, name)


def _percent(value: object, name: str) -> int:
    if type(value) is int and 0 <= value <= PERCENT_MAX:
        return value
    raise Malformed(f"{value!r} is no percentage", where=name, expected="an integer from 0 to 100")


@command("protect_account", "account")
class ProtectAccount(Command):
    """
    Put an account under the protection of a tier.
    """

    account: str = required_id()
    tier: str = required_id()
    reason: str = required_text()


@command("unprotect_account", "account")
class UnprotectAccount(Command):
    """
    End the protection of an account.
    """

    account: str = required_id()
    reason: str = required_text()


@command("file_report", "account")
class FileReport(Command):
    """
    Put a complaint about an account on record.

    Args:
        external_id: What the source calls it; the same one of the same source is taken in once.
    """

    account: str = required_id()
    category: str = required_id()
    source: str = required_id()
    report: str | None = optional_id()
    reporter: str | None = optional_id()
    filed_at: datetime | None = optional_time()
    evidence: str | None = optional_text()
    external_id: str | None = personal_id(Salt.KEYED)


@command("assign_report", "report")
class AssignReport(Command):
    """
    Give a report to an operator or put it into a queue.
    """

    report: str = required_id()
    to: str = required_id()


@command("resolve_report", "report")
class ResolveReport(Command):
    """
    Close a report with an outcome.
    """

    report: str = required_id()
    outcome: ReportOutcome = choice(ReportOutcome)
    reason: str | None = optional_text()
    duplicate_of: str | None = optional_id()
    action: str | None = optional_id()


@command("reopen_report", "report")
class ReopenReport(Command):
    """
    Open a closed report again.
    """

    report: str = required_id()
    reason: str = required_text()


@shared
class ActTerms(Command):
    """
    What an act is, whether it is taken at once or asked for by a request.

    Args:
        because_of: Report ids, own initiative, or an order.

        closes: The reports that it closes, as actioned.
    """

    measure: str = required_id()
    account: str = required_id()
    because_of: tuple[str, ...] | str = checked(_cause, needed=True, default=())
    closes: tuple[str, ...] = checked(identifiers, default=())
    reason: str | None = needed_text()
    ground: str | None = optional_text(salt=None)
    scope: str | None = optional_id()
    requested_at: datetime | None = optional_time()
    effective_at: datetime | None = optional_time()
    expires_at: datetime | None = optional_time()
    reversible_until: datetime | None = optional_time()
    action: str | None = optional_id()
    supersedes: str | None = optional_id()
    override: str | None = optional_text()


@command("act", "measure", "account")
class Act(ActTerms):
    """
    Use a measure on an account.
    """


@command("reverse", "action")
class Reverse(Command):
    """
    Reverse an action; its inverse is chosen by the ledger.
    """

    action: str = required_id()
    reason: str | None = needed_text()
    effective_at: datetime | None = optional_time()


@command("withdraw", "id")
class Withdraw(Command):
    """
    Take back a deferred action or a scheduled reversal before its effect.
    """

    id: str = required_id()
    reason: str | None = needed_text()


@command("amend", "action")
class Amend(Command):
    """
    Change the terms of an action that is in force or pending.
    """

    action: str = required_id()
    reason: str | None = needed_text()
    expires_at: datetime | Unchanged | None = unless_unchanged(moment_or_none)


@command("correct", "id")
class Correct(Command):
    """
    Say that the record of an action or a reversal was wrong, and what was right.
    """

    id: str = required_id()
    reason: str | None = needed_text()
    effective_at: datetime | Unchanged = unless_unchanged(moment)
    operator: str | Unchanged = unless_unchanged(identifier)


@command("assert_finding", "action")
class AssertFinding(Command):
    """
    Claim what an action came from.
    """

    action: str = required_id()
    cause: Cause = choice(Cause)
    source: str = required_text()
    statement: str = required_text()
    confidence: int | None = checked(_percent, default=None)
    stated_at: datetime | None = optional_time()
    evidence: str | None = optional_text()


@command("revise_finding", "finding")
class ReviseFinding(Command):
    """
    Replace a finding by another one about the same action; both stay on record.
    """

    finding: str = required_id()
    cause: Cause = choice(Cause)
    source: str = required_text()
    statement: str = required_text()
    confidence: int | None = checked(_percent, default=None)
    stated_at: datetime | None = optional_time()
    evidence: str | None = optional_text()


@command("retract_finding", "finding")
class RetractFinding(Command):
    """
    Take a finding back; it stays on record.
    """

    finding: str = required_id()
    reason: str = required_text()


@command("note", "account", "text")
class Note(Command):
    """
    Write a note about an account.
    """

    account: str = required_id()
    text: str = required_text()
