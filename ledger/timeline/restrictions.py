"""
Restrictions on two axes: when each was in force, and when the ledger held it to be so.

Effective time is ``[from_, until)``; recorded time is ``[known_from, known_until)`` with the
positions beside it. Every entry that changes what is known of a restriction ends the current
version of its row and begins another one (semantics, rule 12). Nothing is ever forgotten: all
versions together answer for any moment under any state of knowledge.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import attrs

from ledger.moderation import account as accounts
from ledger.moderation.account import Account, Action
from ledger.moderation.cursor import write_cursor
from ledger.moderation.entry import Entry
from ledger.moderation.moment import MICROSECOND
from ledger.moderation.term import EndedBy, term
from ledger.moderation.vocabulary import Effect


class Restriction(NamedTuple):
    """
    One version of what is known of a restriction.

    Args:
        from_, until: In force at ``from_ <= at < until``; None while no end is known.

        opened_by, closed_by: As corrected; `closed_by` is None for an expiry.

        opened_at_position, closed_at_position: Where the entries stand that opened and closed it.

        known_from, known_until: Known so at ``known_from <= known_at < known_until``; None while
            it is what is known now.

        imported: Whether an entry that it rests on came from a source's history.
    """

    log: int
    account: str
    measure: str
    scope: str | None
    action: str
    effect: Effect | None
    from_: datetime
    until: datetime | None
    ended_by: EndedBy | None
    opened_by: str
    closed_by: str | None
    opened_at_position: int
    closed_at_position: int | None
    known_from: datetime
    known_until: datetime | None
    known_from_position: int
    known_until_position: int | None
    imported: bool

    @property
    def lasting(self) -> timedelta | None:
        """
        Return how long it is in force; None while no end is known.
        """
        return None if self.until is None else self.until - self.from_

    @property
    def seconds(self) -> float | None:
        """
        Return how many seconds it is in force; None while no end is known.
        """
        return None if self.until is None else (self.until - self.from_).total_seconds()

    @property
    def lasting_us(self) -> int | None:
        """
        Return how many microseconds it is in force; None while no end is known.
        """
        return None if self.until is None else (self.until - self.from_) // MICROSECOND

    @property
    def recorded_by(self) -> str:
        """
        Return ``source`` when it rests on imported entries, else ``ledger``.
        """
        return "source" if self.imported else "ledger"

    @property
    def cursor(self) -> str:
        """
        Return the cursor behind this restriction.
        """
        return write_cursor(self.from_, self.log, self.opened_at_position)

    def covers(self, at: datetime) -> bool:
        """
        Return whether it is in force at *at*.
        """
        return self.from_ <= at and (self.until is None or at < self.until)

    def lasts(self, shortest: timedelta, before: timedelta | None) -> bool:
        """
        Return whether it is in force for *shortest* or longer, and for less than *before*.

        One without a known end lasts no time that could be told; None is no upper bound.
        """
        lasting = self.lasting
        return lasting is not None and shortest <= lasting and (before is None or lasting < before)

    def overlaps(self, from_: datetime, until: datetime) -> bool:
        """
        Return whether it is in force at any moment of the half-open window ``[from_, until)``.
        """
        return self.from_ < until and (self.until is None or from_ < self.until)

    def says_the_same(self, other: "Restriction") -> bool:
        """
        Return whether *other* says the same of the world, whenever it was known.
        """
        return (
            self.from_ == other.from_
            and self.until == other.until
            and self.ended_by == other.ended_by
            and self.opened_by == other.opened_by
            and self.closed_by == other.closed_by
            and self.closed_at_position == other.closed_at_position
            and self.imported == other.imported
        )


# Where it stands among the fields.
_KNOWN_UNTIL: Final = Restriction._fields.index("known_until")


class Change(NamedTuple):
    """
    What one entry changed: the version that ended, and the one that began.
    """

    ended: Restriction | None
    began: Restriction | None


@attrs.define
class History:
    """
    An account together with what is known now of its restrictions.

    Args:
        current: The current version of every restriction, by action.
    """

    account: Account
    current: dict[str, Restriction] = attrs.field(factory=dict)

    def take(self, entry: Entry) -> list[Change]:
        """
        Take *entry* into the account, in place, and return what it changed.
        """
        changes = []
        for name in accounts.advance(self.account, entry):
            known = self.current.get(name)
            now = restriction(self.account, self.account.actions[name], entry)
            if now is None:
                if known is None:
                    continue
                del self.current[name]
            elif known is not None and now.says_the_same(known):
                continue
            else:
                self.current[name] = now
            changes.append(Change(known and _ended(known, entry), now))
        return changes


def _ended(known: Restriction, entry: Entry) -> Restriction:
    # `_replace` takes three times as long.
    return Restriction._make(
        (
            *known[:_KNOWN_UNTIL],
            entry.recorded_at,
            known.known_from_position,
            entry.position,
            known.imported,
        )
    )


def restriction(account: Account, action: Action, entry: Entry) -> Restriction | None:
    """
    Return the restriction of *action* as it is known with *entry*, the account's last.

    Returns:
        None when the action is never in force.
    """
    held = term(account, action)
    if held is None or held.is_empty:
        return None
    taken = action.taken
    return Restriction(
        action.entry.log,
        account.account,
        taken.measure,
        taken.scope,
        action.action,
        taken.effect,
        held.from_,
        held.until,
        held.ended_by,
        action.operator,
        held.closed_by,
        action.entry.position,
        held.closed_at_position,
        entry.recorded_at,
        None,
        entry.position,
        None,
        _rests_on_import(action, entry),
    )


def _rests_on_import(action: Action, entry: Entry) -> bool:
    """
    Return whether *entry*, or one that took, reversed or changed *action*, was imported.
    """
    return (
        entry.import_id is not None
        or action.entry.import_id is not None
        or (bool(action.changes) and any(e.import_id is not None for e in action.changes))
        or (bool(action.reversals) and any(r.entry.import_id is not None for r in action.reversals))
    )


def versions(account: str, entries: Iterable[Entry]) -> Iterator[Restriction]:
    """
    Return every version of every restriction of *account*, from its entries in order.
    """
    history = History(Account(account))
    for entry in entries:
        for change in history.take(entry):
            if change.ended is not None:
                yield change.ended
    yield from history.current.values()
