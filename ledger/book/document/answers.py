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
from ledger.moderation.account import Action, Finding, Protection, Report, Reversal
from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.moment import shortest
from ledger.store.rebuild import Difference
from ledger.timeline.dossier import ActionOnRecord, Dossier
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
        "safeguards": document(answer.safeguards),
        "findings": document(answer.findings),
        "reversals_refused": document(answer.reversals_refused),
        "protected": document(answer.protected),
    }


@document.register
def _(opened: Opening) -> Document:
    return {
        "by": opened.by,
        "recorded_operator": opened.recorded_operator,
        "on_behalf_of": opened.on_behalf_of,
        "requested_at": shortest(opened.requested_at),
        "effective_at": shortest(opened.effective_at),
        "recorded_at": shortest(opened.recorded_at),
        "session": opened.session,
        "because_of": document(opened.because_of),
        "reason": opened.reason,
        "ground": opened.ground,
        "override": opened.override,
        "authority": _authority_then(opened.authority, stored=opened.permitted),
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
        "outcome": report.outcome,
        "assigned": [document(entry) for entry in report.assigned],
        "changes": [document(entry) for entry in report.changes],
        **on_record(report.entry),
    }


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
        "changes": [document(entry) for entry in action.changes],
    }


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
        **recorded_by(imported=answer.imported),
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
        "act": document(answer.act),
        "effect": document(answer.effect),
    }


@document.register
def _(check: Check) -> Document:
    return {**fields(check), "agree": check.agree}


@document.register
def _(status: Status) -> Document:
    return {
        **fields(status.settings),
        "entries": status.entries,
        "recorded_at": document(status.recorded_at),
        "heads": document(status.logs),
        "unfinished_imports": document(status.unfinished_imports),
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
