"""
Every act there is, each with its restriction: what a question reads that looks at all of them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.moderation.entry import Entry
from ledger.store.database import Connection, Row
from ledger.store.reader import Question
from ledger.store.rows import (
    READ_COLUMNS,
    RESTRICTION_COLUMNS,
    entry_from,
    known_restriction_from,
)
from ledger.timeline.restrictions import Restriction

_OPENED_AT_POSITION: Final = 12


def acts(question: Question) -> Iterator[tuple[Entry, Restriction | None]]:
    """
    Yield the entries that took an action, each with its restriction as known at the cut, by (log,
    position); None for an action that is never in force.

    Entries and restrictions are read side by side, each in the order in which it stands.
    """
    for log, position in question.cut.positions.items():
        restrictions = _restrictions(question.connection, log, position)
        known = next(restrictions, None)
        taken = question.connection.stream(
            f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? AND position <= ?"
            " AND kind = 'account.action_taken' ORDER BY position",
            (log, position),
        )
        for entry in map(entry_from, taken):
            while known is not None and known[_OPENED_AT_POSITION] < entry.position:
                known = next(restrictions, None)
            if known is None or known[_OPENED_AT_POSITION] != entry.position:
                yield entry, None
            else:
                yield entry, known_restriction_from(known)


def _restrictions(connection: Connection, log: int, position: int) -> Iterator[Row]:
    yield from connection.stream(
        f"SELECT {RESTRICTION_COLUMNS} FROM restrictions WHERE log = ?"
        " AND known_from_position <= ? AND known_until_position > ? ORDER BY opened_at_position",
        (log, position, position),
    )


def accounts_beyond(question: Question, kinds: Sequence[str]) -> set[str]:
    """
    Return the streams of the accounts that have an entry of another kind than *kinds*.
    """
    marks = ",".join("?" * len(kinds))
    found: set[str] = set()
    for log, position in question.cut.positions.items():
        rows = question.connection.execute(
            "SELECT DISTINCT stream FROM entries WHERE log = ? AND position <= ?"
            f" AND kind >= 'account.' AND kind < 'account/' AND kind NOT IN ({marks})",
            (log, position, *kinds),
        )
        found.update(stream for (stream,) in rows)
    return found
