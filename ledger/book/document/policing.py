"""
Policies, and what they said or would have said of acts, as JSON has them.
"""

from collections.abc import Iterable

from ledger.book.document.value import Document, document, fields, recorded_by, rests_on
from ledger.forensics.backtest import Backtest
from ledger.forensics.policing import PolicyAnswer, SafeguardsAnswer, Today
from ledger.moderation.events import Verdict


@document.register
def _(answer: Backtest) -> Document:
    # Many acts, and few things that are said of them: what acts share is made once.
    said = {id(row.verdicts): row.verdicts for row in answer.rows}
    shared = {each: _said(verdicts) for each, verdicts in said.items()}
    return {
        "policy": answer.policy,
        **rests_on(answer.at, answer.cut),
        "actions": answer.actions,
        "stopped": answer.stopped,
        "delayed": answer.delayed,
        "stopped_later_reversed": answer.stopped_later_reversed,
        "stopped_stood": answer.stopped_stood,
        "rows": [
            {"action": row.action, "verdicts": shared[id(row.verdicts)]} for row in answer.rows
        ],
        **recorded_by(imported=answer.imported),
    }


def _said(verdicts: Iterable[Verdict]) -> list[Document]:
    return [{"name": each.name, "outcome": each.outcome, "why": each.why} for each in verdicts]


@document.register
def _(answer: PolicyAnswer) -> Document:
    return {
        **fields(answer.policy),
        **rests_on(answer.at, answer.cut),
        "title": answer.title,
        "text": answer.text,
        "syntax": answer.syntax,
        "in_force_until": document(answer.in_force_until),
        "safeguards": document(answer.safeguards),
        "not_adopted": document(answer.not_adopted),
        "versions": document(answer.versions),
        **recorded_by(imported=answer.imported),
    }


@document.register
def _(answer: SafeguardsAnswer) -> Document:
    return {
        "action": answer.action,
        "account": answer.account,
        "measure": answer.measure,
        "operator": answer.operator,
        "recorded_operator": answer.recorded_operator,
        **rests_on(answer.at, answer.cut),
        "policy": document(answer.policy),
        "verdicts": document(answer.verdicts),
        "not_adopted": document(answer.not_adopted),
        "refused": document(answer.refused),
        "today": document(answer.today),
        **recorded_by(imported=answer.imported),
    }


@document.register
def _(today: Today) -> Document:
    return {
        **fields(today.policy),
        "judgement": today.judgement,
        "verdicts": _said(today.verdicts),
    }
