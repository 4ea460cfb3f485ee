"""
Decisions about an account beside actions: protection, reports, findings, notes.
"""

from typing import Any

from ledger.errors import Malformed, NotFound, Refused
from ledger.moderation.account import Account, Finding
from ledger.moderation.commands import Command
from ledger.moderation.commands.account import (
    AssertFinding,
    AssignReport,
    FileReport,
    Note,
    ProtectAccount,
    ReopenReport,
    ResolveReport,
    RetractFinding,
    ReviseFinding,
    UnprotectAccount,
)
from ledger.moderation.decisions.situation import (
    Decision,
    Situation,
    assert_not_later,
    permission,
    refused,
)
from ledger.moderation.entry import Draft
from ledger.moderation.events import Event
from ledger.moderation.events.account import (
    AccountProtected,
    AccountUnprotected,
    FindingAsserted,
    FindingRetracted,
    FindingRevised,
    NoteAdded,
    ReportAssigned,
    ReportFiled,
    ReportOutcome,
    ReportReopened,
    ReportResolved,
)
from ledger.moderation.identity import account_stream
from ledger.moderation.moment import shortest
from ledger.moderation.taxonomy import TAXONOMY, VERSION


def _decided(
    command: Command,
    situation: Situation,
    result: str,
    event: Event,
    *,
    administers: bool = False,
) -> Decision:
    found = permission(situation, administers=administers)
    stream = account_stream(situation.the_account.account)
    if found.denied:
        return refused(command, situation, found, stream)
    return Decision(result, (Draft(stream, event, command.by),))


def protect_account(command: ProtectAccount, situation: Situation) -> Decision:
    """
    Return the decision to protect an account; a tier takes the place of an earlier one.
    """
    event = AccountProtected(
        tier=command.tier, reason=command.reason, context=situation.context(command)
    )
    return _decided(command, situation, command.account, event, administers=True)


def unprotect_account(command: UnprotectAccount, situation: Situation) -> Decision:
    """
    Return the decision to end the protection of an account.

    Raises:
        Refused: When it is not protected.
    """
    if situation.the_account.protection(situation.now) is None and not situation.imported:
        raise Refused(f"account {command.account!r} is not protected", rule="not-protected")
    event = AccountUnprotected(reason=command.reason, context=situation.context(command))
    return _decided(command, situation, command.account, event, administers=True)


def file_report(command: FileReport, situation: Situation) -> Decision:
    """
    Return the decision to put a report on record.

    Raises:
        Malformed: When it is said to be filed later than now.
    """
    if not situation.imported:
        assert_not_later(command.filed_at, situation.now, "filed_at")
    report = command.report or situation.new_id()
    event = ReportFiled(
        report=report,
        category=command.category,
        source=command.source,
        reporter=command.reporter,
        filed_at=command.filed_at or situation.now,
        evidence=command.evidence,
        external_id=command.external_id,
        taxonomy=VERSION if command.category in TAXONOMY else None,
        context=situation.context(command),
    )
    return _decided(command, situation, report, event)


def assign_report(command: AssignReport, situation: Situation) -> Decision:
    """
    Return the decision to give a report to an operator or a queue.

    Raises:
        Refused: When the report is closed.
    """
    _assert_open(command.report, situation)
    event = ReportAssigned(report=command.report, to=command.to, context=situation.context(command))
    return _decided(command, situation, command.report, event)


def resolve_report(command: ResolveReport, situation: Situation) -> Decision:
    """
    Return the decision to close a report.

    Raises:
        Malformed: When it names the report that it repeats and is no duplicate, or repeats itself.

        NotFound: When the report that it repeats, or the action that closed it, is not one of the
            account's.

        Refused: When it is closed already.
    """
    _assert_open(command.report, situation)
    assert_repeats(command)
    if not situation.imported:
        _assert_named(command, situation.the_account)
    event = ReportResolved(
        report=command.report,
        outcome=command.outcome,
        reason=command.reason,
        duplicate_of=command.duplicate_of,
        action=command.action,
        context=situation.context(command),
    )
    return _decided(command, situation, command.report, event)


def assert_repeats(command: ResolveReport) -> None:
    """
    Raise when a report is said to repeat another one and is no duplicate, or repeats itself.

    Raises:
        Malformed: When it does.
    """
    original = command.duplicate_of
    if original is not None and (
        command.outcome is not ReportOutcome.DUPLICATE or original == command.report
    ):
        raise Malformed(
            f"report {command.report!r} is said to repeat {original!r}, its outcome is"
            f" {command.outcome!r}",
            where="duplicate_of",
            expected="the outcome duplicate, and another report",
        )


def _assert_named(command: ResolveReport, account: Account) -> None:
    for argument, name, known in (
        ("duplicate_of", command.duplicate_of, account.reports),
        ("action", command.action, account.actions),
    ):
        if name is not None and name not in known:
            raise NotFound(
                f"account {account.account!r} has no {name!r}",
                where=argument,
                expected="an id on this account",
            )


def _assert_open(report: str, situation: Situation) -> None:
    known = situation.the_account.reports[report]
    if known.outcome is None or situation.imported:
        return
    closing = known.changes[-1]
    raise Refused(
        f"report {report!r} was resolved already: {known.outcome} by {closing.operator!r}"
        f" at {shortest(closing.recorded_at)}",
        rule="resolved-already",
        by=closing.operator,
        at=shortest(closing.recorded_at),
        expected="to reopen it first",
    )


def reopen_report(command: ReopenReport, situation: Situation) -> Decision:
    """
    Return the decision to open a closed report again.

    Raises:
        Refused: When it is open.
    """
    if situation.the_account.reports[command.report].outcome is None and not situation.imported:
        raise Refused(f"report {command.report!r} is open", rule="open-already")
    event = ReportReopened(
        report=command.report, reason=command.reason, context=situation.context(command)
    )
    return _decided(command, situation, command.report, event)


def assert_finding(command: AssertFinding, situation: Situation) -> Decision:
    """
    Return the decision to put a claim about an action on record.

    Raises:
        Malformed: When it is said to be stated later than now.
    """
    claim = _claim(command, situation)
    event = FindingAsserted(action=command.action, **claim)
    return _decided(command, situation, event.finding, event)


def revise_finding(command: ReviseFinding, situation: Situation) -> Decision:
    """
    Return the decision to replace a finding by another one.

    Raises:
        Malformed: When it is said to be stated later than now.

        Refused: When the finding was revised or retracted already.
    """
    revised = _standing(command.finding, situation)
    claim = _claim(command, situation)
    event = FindingRevised(revises=command.finding, action=revised.action, **claim)
    return _decided(command, situation, event.finding, event)


def _claim(command: AssertFinding | ReviseFinding, situation: Situation) -> dict[str, Any]:
    """
    Return what every finding says, under a new id.
    """
    if not situation.imported:
        assert_not_later(command.stated_at, situation.now, "stated_at")
    return {
        "finding": situation.new_id(),
        "cause": command.cause,
        "source": command.source,
        "statement": command.statement,
        "confidence": command.confidence,
        "stated_at": command.stated_at or situation.now,
        "evidence": command.evidence,
        "context": situation.context(command),
    }


def retract_finding(command: RetractFinding, situation: Situation) -> Decision:
    """
    Return the decision to take a finding back.

    Raises:
        Refused: When the finding was revised or retracted already.
    """
    retracted = _standing(command.finding, situation)
    event = FindingRetracted(
        finding=command.finding,
        action=retracted.action,
        reason=command.reason,
        context=situation.context(command),
    )
    return _decided(command, situation, command.finding, event)


def _standing(finding: str, situation: Situation) -> Finding:
    known = situation.the_account.findings[finding]
    if known.status == "standing" or situation.imported:
        return known
    raise Refused(
        f"finding {finding!r} was {known.status} already",
        rule=f"{known.status}-already",
        expected=f"finding {known.revised_by!r}" if known.revised_by else "a standing finding",
    )


def note(command: Note, situation: Situation) -> Decision:
    """
    Return the decision to write a note about an account.
    """
    written = situation.new_id()
    event = NoteAdded(note=written, text=command.text, context=situation.context(command))
    return _decided(command, situation, written, event)
