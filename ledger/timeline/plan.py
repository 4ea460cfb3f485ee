"""
The plan of an undo: which actions it is about, and what it would do with each.

A plan is made from what is known at a cut. Each action that it looks at falls into one list of it,
and what others changed since is left as they want it. `ledger.timeline.undo` says how.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Final

import attrs
import msgspec

from ledger.errors import Malformed
from ledger.moderation.account import Action
from ledger.moderation.entry import Entry
from ledger.moderation.identity import identifier_or_none, identifiers
from ledger.moderation.moment import assert_window, canonical, moment_or_none, within
from ledger.moderation.sealing import bare
from ledger.moderation.term import EndedBy
from ledger.moderation.vocabulary import Effect
from ledger.timeline.cut import Cut


class Fate(StrEnum):
    """
    What an undo would do with an action, or why it would do nothing.
    """

    REVERSIBLE = "reversible"
    PENDING = "pending"
    RESTORED = "restored"
    ENDED = "ended"
    IRREVERSIBLE = "irreversible"
    CHANGED_SINCE = "changed_since"


# What carrying out a plan concerns: reversed, withdrawn and acted anew.
PLANNED: Final = (Fate.REVERSIBLE, Fate.PENDING, Fate.RESTORED)


def _operators(given: object) -> frozenset[str]:
    return frozenset(identifiers(given, "operators"))


def _actions(given: object) -> frozenset[str]:
    return frozenset(identifiers(given, "actions"))


def _sessions(given: object) -> frozenset[str]:
    return frozenset(identifiers(given, "sessions"))


def _since(given: object) -> datetime | None:
    return moment_or_none(given, "since")


def _until(given: object) -> datetime | None:
    return moment_or_none(given, "until")


def _undo(given: object) -> str | None:
    return identifier_or_none(given, "undo")


@attrs.frozen(kw_only=True)
class Selection:
    """
    Which actions an undo is about: those for which everything that is given holds.

    Args:
        operators: Whose actions, as corrected.

        sessions: In which sessions they were taken.

        since, until: The half-open window in which they were taken: when they were recorded, or
            took effect where that was earlier.

        undo: The undo that is to be undone itself.

        restore_superseded: Whether what a reversed action had superseded is to be acted anew.

    Raises:
        Malformed: When something has the wrong shape, nothing is selected by, or the window is
            empty.
    """

    operators: frozenset[str] = attrs.field(default=frozenset(), converter=_operators)
    actions: frozenset[str] = attrs.field(default=frozenset(), converter=_actions)
    sessions: frozenset[str] = attrs.field(default=frozenset(), converter=_sessions)
    since: datetime | None = attrs.field(default=None, converter=_since)
    until: datetime | None = attrs.field(default=None, converter=_until)
    undo: str | None = attrs.field(default=None, converter=_undo)
    restore_superseded: bool = False

    def __attrs_post_init__(self) -> None:
        """
        Check the selection as a whole.
        """
        if not (self.operators or self.actions or self.sessions or self.undo):
            raise Malformed(
                "nothing says whose or which actions are to be undone",
                where="operators",
                expected="operators, actions, sessions or an undo",
            )
        assert_window(self.since, self.until)

    def covers(self, action: Action) -> bool:
        """
        Return whether everything that is given holds of *action*, the undo left aside.
        """
        acted_at = min(action.effective_at, action.entry.recorded_at)
        context = action.taken.context
        session = bare(context.session or "") if context is not None else None
        return (
            (not self.operators or action.operator in self.operators)
            and (not self.actions or action.action in self.actions)
            and (not self.sessions or session in self.sessions)
            and within(acted_at, self.since, self.until)
        )


@attrs.frozen
class Undone:
    """
    The undo that is to be undone.

    Args:
        recorded_at: When it was recorded, and with it all that it did.
    """

    undo: str
    recorded_at: datetime

    def recorded(self, entry: Entry | None) -> bool:
        """
        Return whether *entry* was recorded with it.
        """
        if entry is None or entry.recorded_at != self.recorded_at:
            return False
        context = entry.event.context
        return context is not None and context.correlation_id == self.undo

    def ended(self, action: Action) -> bool:
        """
        Return whether it reversed or withdrew *action*.
        """
        return self.recorded(action.withdrawn) or any(
            self.recorded(reversal.entry) for reversal in action.reversals
        )

    def without(self, action: Action) -> Action:
        """
        Return *action* as it would be if the undo had not been.
        """
        return attrs.evolve(
            action,
            withdrawn=None if self.recorded(action.withdrawn) else action.withdrawn,
            reversals=tuple(
                attrs.evolve(reversal, withdrawn=None)
                if self.recorded(reversal.withdrawn)
                else reversal
                for reversal in action.reversals
                if not self.recorded(reversal.entry)
            ),
        )


@attrs.frozen(kw_only=True)
class Member:
    """
    An action in a plan.

    Args:
        operator: As corrected.

        from_, until, ended_by: Its term as known when the plan was made; for one that is restored,
            what its term would be if it had not been ended.

        by: Who ended it or changed it, where somebody did.

        why: Why the undo leaves it alone; None for one that is planned.

        superseded: The action that would hold its place if it had never been taken.
    """

    account: str
    action: str
    measure: str
    operator: str
    fate: Fate
    from_: datetime
    until: datetime | None = None
    ended_by: EndedBy | None = None
    by: str | None = None
    why: str | None = None
    superseded: str | None = None

    def agrees(self, other: "Member") -> bool:
        """
        Return whether *other* finds the action as this one does.
        """
        return (
            self.fate is other.fate
            and self.from_ == other.from_
            and self.until == other.until
            and self.ended_by is other.ended_by
        )


@attrs.frozen
class Left:
    """
    Where an account stands when the plan is made, and where it would stand after the undo.
    """

    account: str
    standing: Effect
    after: Effect


@attrs.frozen(kw_only=True)
class Plan:
    """
    What an undo would do.

    Args:
        at: The moment that it was made for.

        cut: What it rests on.

        members: Every action that it looked at, once, by account and then in recorded order.

        left: Every account of a member.

        undone: The undo that it undoes, if it undoes one.
    """

    asked: Selection
    at: datetime
    cut: Cut
    members: tuple[Member, ...]
    left: tuple[Left, ...]
    undone: Undone | None = None

    def of(self, fate: Fate) -> tuple[Member, ...]:
        """
        Return the list of one fate.
        """
        return tuple(member for member in self.members if member.fate is fate)

    @property
    def reversible(self) -> tuple[Member, ...]:
        """
        Return what is in force and would be reversed.
        """
        return self.of(Fate.REVERSIBLE)

    @property
    def pending(self) -> tuple[Member, ...]:
        """
        Return what is still to take effect and would be withdrawn.
        """
        return self.of(Fate.PENDING)

    @property
    def restored(self) -> tuple[Member, ...]:
        """
        Return what would be acted anew.
        """
        return self.of(Fate.RESTORED)

    @property
    def ended(self) -> tuple[Member, ...]:
        """
        Return what is over, and what never was in force.
        """
        return self.of(Fate.ENDED)

    @property
    def irreversible(self) -> tuple[Member, ...]:
        """
        Return what cannot be reversed, or not any more.
        """
        return self.of(Fate.IRREVERSIBLE)

    @property
    def changed_since(self) -> tuple[Member, ...]:
        """
        Return what others changed since, and what they want it to be.
        """
        return self.of(Fate.CHANGED_SINCE)

    @property
    def accounts(self) -> tuple[str, ...]:
        """
        Return the accounts on which carrying it out records something, sorted.
        """
        return tuple(sorted({m.account for m in self.members if m.fate in PLANNED}))

    @property
    def digest(self) -> str:
        """
        Return SHA-256 in hex over what was selected, the cut and the lists, as sorted JSON.
        """
        asked = self.asked
        told = {
            "selection": {
                "operators": sorted(asked.operators),
                "actions": sorted(asked.actions),
                "sessions": sorted(asked.sessions),
                "since": asked.since and canonical(asked.since),
                "until": asked.until and canonical(asked.until),
                "undo": asked.undo,
                "restore_superseded": asked.restore_superseded,
            },
            "cut": {str(log): position for log, position in self.cut.positions.items()},
            **{fate.value: [_digested(member) for member in self.of(fate)] for fate in Fate},
        }
        return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()


def _digested(member: Member) -> dict[str, str | None]:
    return {
        "account": member.account,
        "action": member.action,
        "measure": member.measure,
        "operator": member.operator,
        "from": canonical(member.from_),
        "until": None if member.until is None else canonical(member.until),
        "ended_by": member.ended_by,
        "superseded": member.superseded,
    }
