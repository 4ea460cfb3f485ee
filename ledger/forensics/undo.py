"""
The plan of an undo over the whole ledger: which actions it is about, account by account.
"""

from datetime import datetime

import attrs

from ledger.errors import NotFound
from ledger.forensics.touched import accounts_of_actions, assert_enrolled, no_action
from ledger.moderation.account import Account, fold
from ledger.moderation.events.book import UndoApplied
from ledger.moderation.identity import account_stream
from ledger.store.reader import Question, Reader
from ledger.timeline.plan import Left, Member, Plan, Selection, Undone
from ledger.timeline.undo import left, members
from ledger.timeline.undoing import UNDO_STREAM


@attrs.frozen
class UndoAnswer:
    """
    A plan, and what became of it.

    Args:
        parent: The id of the undo that carried it out; None where it was only planned, or has
            nothing to undo.
    """

    plan: Plan
    parent: str | None = None

    @property
    def applied(self) -> bool:
        """
        Return whether it was carried out.
        """
        return self.parent is not None

    @property
    def at(self) -> datetime:
        """
        Return the moment that the plan was made for.
        """
        return self.plan.at


def plan_of(reader: Reader, question: Question, asked: Selection, at: datetime) -> Plan:
    """
    Return the plan at *at* of undoing what is *asked* for, as known at the cut of *question*.

    Raises:
        NotFound: When an operator is not enrolled, or there is no such action or undo.
    """
    assert_enrolled(reader, question, asked.operators)
    undone = None if asked.undo is None else _undone(reader, question, asked.undo)
    found: list[Member] = []
    standings: list[Left] = []
    missing = set(asked.actions)
    for name in sorted(_accounts(reader, question, asked, undone)):
        entries = reader.entries(question, stream=account_stream(name))
        account = fold(Account(name), entries)
        missing.difference_update(account.actions)
        if some := members(account, asked, at, undone):
            found.extend(some)
            standings.append(left(account, some, at))
    if undone is None and missing:
        raise no_action(min(missing))
    return Plan(
        asked=asked,
        at=at,
        cut=question.cut,
        members=tuple(found),
        left=tuple(standings),
        undone=undone,
    )


def _accounts(
    reader: Reader, question: Question, asked: Selection, undone: Undone | None
) -> set[str]:
    """
    Return the accounts on which an action may be *asked* for.

    Everything that is given must hold, so that the narrowest of it is enough to look for.
    """
    named = accounts_of_actions(reader, question, asked.actions)
    if undone is not None:
        return {
            entry.stream.partition("/")[2]
            for entry in reader.recorded_at(question, undone.recorded_at)
            if undone.recorded(entry) and entry.stream.startswith("account/")
        }
    if named:
        return named
    if asked.operators:
        return reader.accounts_by(question, asked.operators, asked.since)
    return reader.accounts_in(question, asked.sessions, asked.since)


def _undone(reader: Reader, question: Question, undo: str) -> Undone:
    """
    Return the undo of that id.

    Raises:
        NotFound: When there is none at the cut.
    """
    for entry in reader.entries(question, stream=UNDO_STREAM):
        if isinstance(entry.event, UndoApplied) and entry.event.undo == undo:
            return Undone(undo, entry.recorded_at)
    raise NotFound(
        f"there is no undo {undo!r}", where="undo", expected="the id that an undo returned"
    )
