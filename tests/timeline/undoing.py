"""
Plans of one account's history, and what carrying them out makes of it.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from ledger.moderation.account import Account, fold
from ledger.moderation.entry import Entry
from ledger.moderation.events import Context
from ledger.timeline.cut import Cut
from ledger.timeline.plan import Plan, Selection, Undone
from ledger.timeline.replay import steps
from ledger.timeline.undo import Mandate, left, members, undo_drafts
from tests.strategies import ACCOUNT, NEAR, entry_of

CUT = Cut({0: 9}, NEAR, settled=True)
# Who undoes, and is nobody else in a history.
BY = "ivy"


def plan_of(
    entries: Sequence[Entry], asked: Selection, at: datetime, undone: Undone | None = None
) -> Plan:
    """
    Return the plan of undoing what is *asked* for in a history.
    """
    account = fold(Account(ACCOUNT), entries)
    found = members(account, asked, at, undone)
    standing = (left(account, found, at),) if found else ()
    return Plan(asked=asked, at=at, cut=CUT, members=tuple(found), left=standing, undone=undone)


def carried_out(
    entries: Sequence[Entry], plan: Plan, now: datetime, undo: str = "u-1"
) -> list[Entry]:
    """
    Return the history after *plan* was carried out at *now* as the undo *undo*.
    """
    numbers = count(1)
    mandate = Mandate(
        by=BY,
        reason="compromised",
        context=Context(correlation_id=undo),
        new_id=lambda account: f"{undo}-{account}-{next(numbers)}",
    )
    drafts = undo_drafts(plan, {ACCOUNT: fold(Account(ACCOUNT), entries)}, now, mandate)
    last = entries[-1]
    assert last.recorded_at < now
    recorded = [
        entry_of(
            draft.event,
            draft.stream,
            last.version + number,
            recorded_at=now,
            effective_at=draft.effective_at,
            operator=draft.operator,
            position=last.position + number,
        )
        for number, draft in enumerate(drafts.get(ACCOUNT, ()), start=1)
    ]
    return [*entries, *recorded]


def standing_at(entries: Sequence[Entry], at: datetime) -> str:
    """
    Return where the account stands at *at*.
    """
    known = [effect for when, effect in steps(fold(Account(ACCOUNT), entries)) if when <= at]
    return ["active", *known][-1]


def edges(*histories: Sequence[Entry]) -> list[datetime]:
    """
    Return every moment at which the standing of one of *histories* changes.
    """
    return sorted({when for told in histories for when, _ in steps(fold(Account(ACCOUNT), told))})
