"""
The answers of the questions about accounts, operators and entries as JSON has them.
"""

from ledger.book.document.value import (
    Document,
    document,
    fields,
    on_record,
    recorded_by,
    rests_on,
)
from ledger.book.status import Status, UnfinishedImport
from ledger.forensics.authority import AuthorityAnswer, Check, OperatorAnswer
from ledger.forensics.who import Answer, Answers, Closing, Occasion, Opening
from ledger.moderation.account import Action, Finding, Protection, Reversal
from ledger.moderation.appeal import Appeal, Notice
from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.moment import shortest
from ledger.moderation.operator import Span
from ledger.moderation.report import Report
from ledger.moderation.taxonomy import category
from ledger.store.rebuild import Difference
from ledger.timeline.belief import Contradiction, contradictions
from ledger.timeline.dossier import ActionOnRecord, Dossier, RequestOnRecord
from ledger.timeline.occurrences import Occurrence, Told
from ledger.timeline.restrictions import Restriction
from ledger.timeline.standing import Standing


@document.register
def _(known: Restriction) -> Document:
    return {
        "account": known.account,
        "measure": known.measure,
        "scope": known.scope,
        "action": known.action,
        "from": shortest(known.from_),
        "until": document(known.until),
        "seconds": known.seconds,
        "ended_by": known.ended_by,
        "opened_by": known.opened_by,
        "closed_by": known.closed_by,
        "opened_at_position": known.opened_at_position,
        "closed_at_position": known.closed_at_position,
        "log": known.log,
        "known_from": shortest(known.known_from),
        "known_until": document(known.known_until),
        "cursor": known.cursor,
        **recorded_by(imported=known.imported),
    }


@document.register
def _(answer: Standing) -> Document:
    return {
        "account": answer.account,
        **rests_on(answer.at, answer.cut),
        "standing": answer.standing,
        "in_force": document(answer.in_force),
        **recorded_by(imported=any(known.imported for known in answer.in_force)),
    }


@document.register
def _(answers: Answers) -> Document:
    return {
        "answers": [document(answer) for answer in answers],
        **rests_on(answers.at, answers.cut),
        **recorded_by(imported=any(answer.restriction.imported for answer in answers)),
    }


@document.register
def _(answer: Answer) -> Document:
    return {
        **document(answer.restriction),
        "opened": document(answer.opened),
        "closed": document(answer.closed),
        "policy": document(answer.policy),
        "safeguards": document(answer.safeguards),
        "findings": document(answer.findings),
        "contradictions": document(contradictions(answer.findings)),
        "reversals_refused": document(answer.reversals_refused),
        "protected": document(answer.protected),
        "known": document(answer.known),
    }


@document.register
def _(opened: Opening) -> Document:
    return {
        "by": opened.by,
        "recorded_operator": opened.recorded_operator,
        "on_behalf_of": document(opened.on_behalf_of),
        "requested_at": shortest(opened.requested_at),
        "effective_at": shortest(opened.effective_at),
        "recorded_at": shortest(opened.recorded_at),
        "session": opened.session,
        "because_of": document(opened.because_of),
        "reason": opened.reason,
        "ground": opened.ground,
        "override": opened.override,
        "authority": _authority_then(opened.authority, stored=opened.permitted),
        "closed_reports": document(opened.closed_reports),
        "request": opened.request,
        "approved_by": document(opened.approved_by),
    }


@document.register
def _(closed: Closing) -> Document:
    told = fields(closed)
    permitted = told.pop("permitted")
    if closed.authority is not None:
        told["authority"] = _authority_then(closed.authority, stored=permitted)
    return told


@document.register
def _(cause: Occasion) -> Document:
    if cause.report is not None:
        return {
            "report": cause.report,
            "category": cause.category,
            "source": cause.source,
            "filed_at": document(cause.filed_at),
            "queue": cause.queue,
        }
    return {"own_initiative": True} if cause.own_initiative else {"order": cause.order}


def _authority_then(held: Authority, *, stored: bool | None) -> Document:
    """
    Return an authority at an effect, with the stored verdict beside the computed one.
    """
    return {**fields(held), "permitted": stored, "permitted_at_effect": held.permitted}


@document.register
def _(finding: Finding) -> Document:
    return {
        "finding": finding.finding,
        "action": finding.action,
        "cause": finding.cause,
        "source": finding.source,
        "statement": finding.statement,
        "confidence": finding.confidence,
        "evidence": finding.evidence,
        "stated_at": shortest(finding.stated_at),
        "status": finding.status,
        "revised_by": finding.revised_by,
        "retracted": document(finding.retracted),
        **on_record(finding.entry),
    }


@document.register
def _(protection: Protection) -> Document:
    return {
        "tier": protection.tier,
        "reason": protection.reason,
        "by": protection.by,
        "from": shortest(protection.from_),
        "until": document(protection.until),
        "ended_by": protection.ended_by,
    }


@document.register
def _(answer: Dossier) -> Document:
    told = [
        *(report.entry for report in answer.reports),
        *(known.action.entry for known in answer.actions),
        *(finding.entry for finding in answer.findings),
    ]
    return {
        "account": answer.account,
        **rests_on(answer.at, answer.cut),
        "version": answer.version,
        "protection": document(answer.protection),
        "protections": document(answer.protections),
        "reports": document(answer.reports),
        "actions": document(answer.actions),
        "restrictions": document(answer.restrictions),
        "findings": document(answer.findings),
        "contradictions": document(contradictions(answer.findings)),
        "requests": document(answer.requests),
        "appeals": document(answer.appeals),
        "notices": document(answer.notices),
        "notes": [document(entry) for entry in answer.notes],
        "refusals": [document(entry) for entry in answer.refusals],
        **recorded_by(imported=any(entry.import_id is not None for entry in told)),
    }


@document.register
def _(report: Report) -> Document:
    return {
        "report": report.report,
        "category": report.category,
        "source": report.source,
        "reporter": report.reporter,
        "filed_at": shortest(report.filed_at),
        "evidence": report.evidence,
        "external_id": report.external_id,
        "taxonomy": _taxonomy(report),
        "outcome": report.outcome,
        "duplicate_of": report.duplicate_of,
        "action": report.action,
        "assignments": [
            {
                "to": known.to,
                "by": known.by,
                "from": shortest(known.from_),
                "until": document(known.until),
            }
            for known in report.assignments()
        ],
        "assigned": [document(entry) for entry in report.assigned],
        "changes": [document(entry) for entry in report.changes],
        **on_record(report.entry),
    }


def _taxonomy(report: Report) -> Document | None:
    """
    Return what others call the category of a report, in the version that it was filed under.
    """
    row = category(report.category, report.taxonomy)
    return None if row is None else {"version": report.taxonomy, **row._asdict()}


@document.register
def _(known: Contradiction) -> Document:
    return known._asdict()


@document.register
def _(known: ActionOnRecord) -> Document:
    held = known.term
    return {
        **document(known.action),
        "status": known.status,
        "never_in_force": known.never_in_force,
        "from": held and shortest(held.from_),
        "until": held and document(held.until),
        "ended_by": held and held.ended_by,
        "closed_by": held and held.closed_by,
    }


@document.register
def _(told: RequestOnRecord) -> Document:
    known = told.request
    asked = known.asked
    return {
        "request": known.request,
        "measure": asked.measure,
        "scope": asked.scope,
        "because_of": document(asked.because_of),
        "reason": asked.reason,
        "requested_at": shortest(asked.requested_at),
        "effective_at": document(asked.effective_at),
        "lapses_at": document(asked.lapses_at),
        "needs": document(asked.needs),
        "state": told.state,
        "keeper": known.keeper,
        "approvals": document(known.approvals),
        "action": known.action,
        **on_record(known.entry),
        "changes": [document(entry) for entry in known.changes],
    }


@document.register
def _(known: Appeal) -> Document:
    filed, decided = known.filed, known.decided
    return {
        "appeal": known.appeal,
        "action": filed.action,
        "appellant": filed.appellant,
        "statement": filed.statement,
        "informed_at": document(filed.informed_at),
        "closes_at": document(filed.closes_at),
        "state": known.state,
        "reason": decided and decided.reason,
        "reversal": decided and decided.reversal,
        "decision": document(known.decision and on_record(known.decision)),
        **on_record(known.entry),
    }


@document.register
def _(known: Notice) -> Document:
    return {
        "notice": known.notice,
        "action": known.action,
        "channel": known.channel,
        "delivered_at": shortest(known.delivered_at),
        "text_hash": known.text_hash,
        **on_record(known.entry),
    }


@document.register
def _(action: Action) -> Document:
    taken = action.taken
    return {
        "action": action.action,
        "measure": taken.measure,
        "scope": taken.scope,
        "because_of": document(taken.because_of),
        "reason": taken.reason,
        "ground": taken.ground,
        "override": taken.override,
        "requested_at": shortest(taken.requested_at),
        "effective_at": shortest(action.effective_at),
        "expires_at": document(action.expires_at),
        "reversible_until": document(taken.reversible_until),
        "supersedes": taken.supersedes,
        **on_record(action.entry),
        "by": action.operator,
        "recorded_operator": action.entry.operator,
        "reversals": document(action.reversals),
        "withdrawn": document(action.withdrawn),
        "withdrawn_seconds_before": _seconds_left(action),
        "changes": [document(entry) for entry in action.changes],
        "tier": taken.tier,
        "request": taken.request,
        "approved_by": document(taken.approved_by),
        "restores": taken.restores,
        "keeper": action.keeper,
        "override_review": document(action.override_review),
        "owes_review": action.owes_review,
    }


def _seconds_left(action: Action) -> float | None:
    """
    Return how long before its effect an action was withdrawn, where it was.
    """
    if action.withdrawn is None:
        return None
    return (action.effective_at - action.withdrawn.recorded_at).total_seconds()


@document.register
def _(reversal: Reversal) -> Document:
    return {
        "reversal": reversal.reversal,
        "reason": getattr(reversal.entry.event, "reason", None),
        "effective_at": shortest(reversal.effective_at),
        **on_record(reversal.entry),
        "by": reversal.operator,
        "recorded_operator": reversal.entry.operator,
        "withdrawn": document(reversal.withdrawn),
    }


@document.register
def _(entry: Entry) -> Document:
    return {
        "log": entry.log,
        "position": entry.position,
        "stream": entry.stream,
        "version": entry.version,
        "kind": entry.kind,
        "recorded_at": shortest(entry.recorded_at),
        "written_at": document(entry.written_at),
        "effective_at": document(entry.effective_at),
        "operator": entry.operator,
        "request_id": entry.request_id,
        "import": entry.import_id,
        "data": document(entry.event),
        "cursor": entry.cursor,
        **recorded_by(imported=entry.import_id is not None),
    }


@document.register
def _(line: Occurrence) -> Document:
    entry = line.entry
    recorded = line.told is Told.RECORDED
    return {
        "at": shortest(line.at),
        "told": line.told,
        "what": line.what,
        "action": line.action,
        "by": entry.operator if recorded else None,
        "effective_at": document(entry.effective_at) if recorded else None,
        "without_effect": line.without_effect,
        "never_in_force": line.never_in_force,
        "log": entry.log,
        "position": entry.position,
        "data": document(entry.event) if recorded else None,
        **recorded_by(imported=entry.import_id is not None),
    }


@document.register
def _(answer: OperatorAnswer) -> Document:
    return {
        "operator": answer.operator,
        **rests_on(answer.at, answer.cut),
        "name": answer.name,
        "account": answer.account,
        **fields(answer.authority),
        "spans": document(answer.spans),
        **recorded_by(imported=answer.imported),
    }


@document.register
def _(span: Span) -> Document:
    return {
        "from": document(span.from_),
        "until": document(span.until),
        **fields(span.terms),
        "roles": sorted(span.terms.roles),
    }


@document.register
def _(answer: AuthorityAnswer) -> Document:
    return {
        "action": answer.action,
        "account": answer.account,
        "operator": answer.operator,
        "recorded_operator": answer.recorded_operator,
        **rests_on(answer.at, answer.cut),
        "request": document(answer.request),
        "approvals": document(answer.approvals),
        "act": document(answer.act),
        "effect": document(answer.effect),
    }


@document.register
def _(check: Check) -> Document:
    return {**fields(check), "agree": check.agree, "differs": document(check.differs)}


@document.register
def _(status: Status) -> Document:
    return {
        **fields(status.settings),
        "migrates_to": status.migrates_to,
        "entries": status.entries,
        "recorded_at": document(status.recorded_at),
        "heads": document(status.logs),
        "unfinished_imports": document(status.unfinished_imports),
        "holds": status.holds,
        "erased": status.erased,
    }


@document.register
def _(begun: UnfinishedImport) -> Document:
    return {
        "import": begun.import_id,
        "format": begun.format,
        "files": document(begun.files),
        "began_at": shortest(begun.began_at),
    }


@document.register
def _(difference: Difference) -> Document:
    return {**fields(difference), "differed": difference.differed}
