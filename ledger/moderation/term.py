"""
The term of an action: the half-open time ``[from, until)`` in which its effect is in force.

Nothing here is recorded: an expiry, a deferred effect and a supersession follow from the
entries. An action ends by itself at its expiry or its reversal, whichever is earlier, the expiry
where they fall together; it is superseded at the start of the next action in its slot if that
lies before its own end (semantics, rules 8 and 9).
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ledger.moderation.account import Account, Action, Reversal, Slot, successor
from ledger.moderation.vocabulary import Holding


class EndedBy(StrEnum):
    """
    The three ways in which a restriction ends.
    """

    REVERSAL = "reversal"
    SUPERSEDED = "superseded"
    EXPIRY = "expiry"


class Term(NamedTuple):
    """
    When an action is in force, and what ends it.

    Args:
        until: None while no end is known.

        closed_by: The operator of the cause that ends it; None for an expiry.

        closed_at_position: The position of that cause's entry; None for an expiry.
    """

    from_: datetime
    until: datetime | None = None
    ended_by: EndedBy | None = None
    closed_by: str | None = None
    closed_at_position: int | None = None

    @property
    def is_empty(self) -> bool:
        """
        Return whether it ends before it begins: the action is never in force.
        """
        return self.until is not None and self.until <= self.from_

    def covers(self, at: datetime) -> bool:
        """
        Return whether the action is in force at *at*.
        """
        return self.from_ <= at and (self.until is None or at < self.until)


def ends(account: Account, action: Action) -> list[Term]:
    """
    Return the term that each cause on record would give *action*, the earliest first.

    The first one is its term; the others are without effect.
    """
    terms = []
    if action.expires_at is not None:
        terms.append(Term(action.effective_at, action.expires_at, EndedBy.EXPIRY))
    if action.reversals:
        terms.extend(
            Term(
                action.effective_at,
                reversal.effective_at,
                EndedBy.REVERSAL,
                reversal.operator,
                reversal.entry.position,
            )
            for reversal in live_reversals(action)
        )
    if (superseded := supersession(account, action)) is not None:
        terms.append(superseded)
    # The causes stand in the order that decides between equal times, and sorting is stable: an
    # action is superseded only if the next one starts before its own end (semantics, rule 8).
    if len(terms) > 1:
        terms.sort(key=lambda term: term.until or term.from_)
    return terms


def term(account: Account, action: Action) -> Term | None:
    """
    Return the term of *action* as *account* knows it.

    Returns:
        None when the action holds nothing (it has no time in force) or was withdrawn before its
        effect. A term that `is_empty` was never in force.
    """
    if action.withdrawn is not None or action.taken.holding is Holding.NONE:
        return None
    if action.expires_at is None and not action.reversals:
        ends_by_others = supersession(account, action)
        return ends_by_others or Term(action.effective_at)
    causes = ends(account, action)
    return causes[0] if causes else Term(action.effective_at)


def supersession(account: Account, action: Action) -> Term | None:
    """
    Return the term that the next action in the slot of *action* would give it, if there is one.
    """
    if action.taken.holding is not Holding.SINGLE:
        return None
    next_one = successor(account, action)
    if next_one is None:
        return None
    superseder = account.actions[next_one.action]
    return Term(
        action.effective_at,
        next_one.from_,
        EndedBy.SUPERSEDED,
        superseder.operator,
        next_one.position,
    )


def live_reversals(action: Action) -> Iterable[Reversal]:
    """
    Return the reversals of *action* that were not withdrawn, in recorded order.
    """
    return (reversal for reversal in action.reversals if reversal.withdrawn is None)


def in_force(account: Account, slot: Slot, at: datetime) -> Action | None:
    """
    Return the action of a single-holding measure that is in force in *slot* at *at*.

    Only the last one to begin by then can be: whatever began before it, it superseded.
    """
    placed = account.slots.get(slot, [])
    index = len(placed)
    if placed and at < placed[-1].from_:
        index = bisect_right(placed, at, key=lambda placement: placement.from_)
    if not index:
        return None
    action = account.actions[placed[index - 1].action]
    held = term(account, action)
    return action if held is not None and held.covers(at) else None
