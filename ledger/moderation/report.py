"""
Reports: what came in about an account, in whose queue it was when, and what became of it.
"""

from datetime import datetime
from typing import NamedTuple

import attrs

from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ReportAssigned, ReportOutcome, ReportResolved


class Assignment(NamedTuple):
    """
    The half-open time ``[from_, until)`` in which a report was with an operator or in a queue.

    Args:
        until: When it was assigned anew or closed; None while it is there.
    """

    to: str
    by: str
    from_: datetime
    until: datetime | None

    def covers(self, at: datetime) -> bool:
        """
        Return whether the report was there at *at*.
        """
        return self.from_ <= at and (self.until is None or at < self.until)


@attrs.frozen(slots=False)
class Report:
    """
    A report and what became of it.

    Args:
        assigned: The entries that assigned it, in order.

        outcome: None while it is open.

        duplicate_of: The report that it repeats, where that was said.

        action: The action that closed it, where one did.

        changes: The entries that closed or reopened it, in order.
    """

    report: str
    entry: Entry
    category: str
    source: str
    reporter: str | None
    filed_at: datetime
    evidence: str | None
    external_id: str | None = None
    taxonomy: int | None = None
    assigned: tuple[Entry, ...] = ()
    outcome: ReportOutcome | None = None
    duplicate_of: str | None = None
    action: str | None = None
    changes: tuple[Entry, ...] = ()

    def assignments(self) -> tuple[Assignment, ...]:
        """
        Return with whom it was when, in order; closing it ends an assignment.
        """
        ends = [(e.took_effect_at, e.position) for e in self.assigned]
        ends += [
            (e.took_effect_at, e.position)
            for e in self.changes
            if isinstance(e.event, ReportResolved)
        ]
        ends.sort()
        told = []
        for entry in self.assigned:
            assert isinstance(entry.event, ReportAssigned)
            from_ = entry.took_effect_at
            until = next(
                (at for at, position in ends if (at, position) > (from_, entry.position)), None
            )
            told.append(Assignment(entry.event.to, entry.operator, from_, until))
        return tuple(told)

    def queue(self, at: datetime) -> str | None:
        """
        Return with which operator or in which queue it was at *at*; None when it was in none.
        """
        return next((a.to for a in reversed(self.assignments()) if a.covers(at)), None)
