"""
Sweeps: what a question reads that is about all entries of some kinds, and not about one stream.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from ledger.moderation.entry import Entry
from ledger.moderation.moment import canonical
from ledger.store.reader import Question
from ledger.store.rows import READ_COLUMNS, entry_from
from ledger.store.search import Where


def of_kinds(
    question: Question,
    kinds: Sequence[str],
    *,
    after: datetime | None = None,
    before: datetime | None = None,
) -> Iterator[Entry]:
    """
    Yield the entries of *kinds* up to the cut of *question*, by (recorded_at, log, position).

    Args:
        after, before: Only those recorded later than the one, and earlier than the other.
    """
    positions, where = question.cut.positions, Where()
    # The plus leaves SQLite the index by time, where it is a time that leaves little to read.
    position = "position" if after is None else "+position"
    where.add_any(f"(log = ? AND {position} <= ?)", positions.items())
    where.add(f"kind IN ({','.join('?' * len(kinds))})", *kinds)
    if after is not None:
        where.add("recorded_at > ?", canonical(after))
    if before is not None:
        where.add("recorded_at < ?", canonical(before))
    in_place = len(positions) == 1 and after is None
    order = "position" if in_place else "recorded_at, log, position"
    statement = f"SELECT {READ_COLUMNS} FROM entries{where} ORDER BY {order}"
    yield from map(entry_from, question.connection.stream(statement, where.parameters))
