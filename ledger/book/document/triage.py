"""
Where reports stood, what was pending, strikes and comparisons, as JSON has them.
"""

from ledger.book.document.value import Document, document, fields, on_record, recorded_by, rests_on
from ledger.forensics.comparison import Comparison, Treatment
from ledger.forensics.triage import Outstanding, PendingAnswer, ReportAnswer, StrikesAnswer
from ledger.moderation.entry import Entry


@document.register
def _(answer: ReportAnswer) -> Document:
    report = answer.report
    told = [report.entry, *report.assigned, *report.changes]
    return {
        "account": answer.account,
        **rests_on(answer.at, answer.cut),
        "state": answer.state,
        "queue": answer.queue,
        **document(report),
        "duplicates": document(answer.duplicates),
        "actions": document(answer.actions),
        **_source(*told, *(known.action.entry for known in answer.actions)),
    }


@document.register
def _(answer: PendingAnswer) -> Document:
    return {
        "operator": answer.operator,
        **rests_on(answer.at, answer.cut),
        "pending": document(answer.pending),
        **_source(*(known.pending.entry for known in answer.pending)),
    }


@document.register
def _(known: Outstanding) -> Document:
    pending = known.pending
    return {
        "id": pending.id,
        "is_request": pending.is_request,
        "account": pending.account,
        "measure": pending.measure,
        "scope": pending.scope,
        "operator": pending.operator,
        "keeper": pending.keeper,
        "effective_at": document(pending.effective_at),
        "lapses_at": document(pending.lapses_at),
        "withdrawable_until": document(pending.withdrawable_until),
        "missing": document(known.missing),
        **on_record(pending.entry),
    }


@document.register
def _(answer: StrikesAnswer) -> Document:
    return {
        "account": answer.account,
        **rests_on(answer.at, answer.cut),
        "count": answer.count,
        "strikes": document(answer.strikes),
        **_source(*(known.action.entry for known in answer.strikes)),
    }


@document.register
def _(answer: Comparison) -> Document:
    return {
        **fields(answer.compared),
        **rests_on(answer.at, answer.cut),
        "actions": document(answer.treatments),
        "differences": document(answer.differences),
        **recorded_by(imported=any(treated.imported for treated in answer.treatments)),
    }


@document.register
def _(treated: Treatment) -> Document:
    told = fields(treated)
    imported = told.pop("imported")
    return {
        **told,
        "seconds_to_notice": treated.seconds_to_notice,
        **recorded_by(imported=imported),
    }


def _source(*entries: Entry) -> Document:
    """
    Return what an answer says of itself that rests on *entries*.
    """
    return recorded_by(imported=any(entry.import_id is not None for entry in entries))
