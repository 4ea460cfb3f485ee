"""
What would have been, and what an undo would do, as JSON has them.
"""

from ledger.book.document.value import Document, document, rests_on
from ledger.forensics.replay import Replay
from ledger.forensics.undo import UndoAnswer
from ledger.moderation.moment import shortest
from ledger.timeline.plan import Fate, Member, Plan, Selection
from ledger.timeline.replay import StandingDifference


@document.register
def _(answer: Replay) -> Document:
    return {
        "removed": document(answer.removed),
        "differences": document(answer.differences),
        **rests_on(answer.at, answer.cut),
    }


@document.register
def _(difference: StandingDifference) -> Document:
    return {
        "account": difference.account,
        "from": shortest(difference.from_),
        "until": document(difference.until),
        "was": difference.was,
        "would_have_been": difference.would_have_been,
    }


@document.register
def _(answer: UndoAnswer) -> Document:
    return {
        "plan": document(answer.plan),
        "applied": answer.applied,
        "parent": answer.parent,
        **rests_on(answer.at, answer.plan.cut),
    }


@document.register
def _(plan: Plan) -> Document:
    return {
        "digest": plan.digest,
        **rests_on(plan.at, plan.cut),
        "selection": document(plan.asked),
        **{fate.value: document(plan.of(fate)) for fate in Fate},
        "left": document(plan.left),
    }


@document.register
def _(asked: Selection) -> Document:
    return {
        "operators": sorted(asked.operators),
        "actions": sorted(asked.actions),
        "sessions": sorted(asked.sessions),
        "since": document(asked.since),
        "until": document(asked.until),
        "undo": asked.undo,
        "restore_superseded": asked.restore_superseded,
    }


@document.register
def _(member: Member) -> Document:
    return {
        "action": member.action,
        "account": member.account,
        "measure": member.measure,
        "operator": member.operator,
        "from": shortest(member.from_),
        "until": document(member.until),
        "ended_by": member.ended_by,
        "by": member.by,
        "why": member.why,
        "superseded": member.superseded,
    }
