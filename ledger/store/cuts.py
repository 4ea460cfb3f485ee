"""
Cuts of a question: how what is known is told, and what of the logs it comes to.
"""

from collections.abc import Mapping
from datetime import datetime

from ledger.moderation.moment import canonical, moment
from ledger.store.database import Connection
from ledger.timeline.cut import Cut, parse_positions

KnownAt = datetime | str | Cut | Mapping[int, int] | None


def asked_for(known_at: KnownAt) -> datetime | Mapping[int, int] | None:
    """
    Return the moment or the positions that *known_at* names; None for all that is committed.
    """
    if known_at is None:
        return None
    if isinstance(known_at, Cut):
        return known_at.positions
    if isinstance(known_at, Mapping):
        return known_at
    if isinstance(known_at, str) and (positions := parse_positions(known_at)) is not None:
        return positions
    return moment(known_at, "known_at")


def committed(heads: Mapping[int, tuple[int, datetime]]) -> Cut:
    """
    Return the cut of all that is committed, by its *heads*: size and last recorded time of each.
    """
    positions = {log: size for log, (size, _) in heads.items()}
    known_at = max(recorded_at for _, recorded_at in heads.values())
    settled = all(recorded_at == known_at for _, recorded_at in heads.values())
    return Cut(positions, known_at, settled)


def last_by(connection: Connection, log: int, known_at: datetime) -> int:
    """
    Return the last position of *log* that was recorded by *known_at*; 0 where there is none.
    """
    row = connection.execute(
        "SELECT position FROM entries WHERE log = ? AND recorded_at <= ?"
        " ORDER BY recorded_at DESC, position DESC LIMIT 1",
        (log, canonical(known_at)),
    ).fetchone()
    return 0 if row is None else int(row[0])


def recorded_at_position(connection: Connection, log: int, position: int) -> datetime:
    """
    Return when *position* of *log* was recorded.
    """
    (recorded_at,) = connection.execute(
        "SELECT recorded_at FROM entries WHERE log = ? AND position = ?", (log, position)
    ).fetchone()
    return moment(recorded_at, "recorded_at")
