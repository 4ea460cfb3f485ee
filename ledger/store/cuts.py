"""
Cuts of a question: how what is known is told, and what of the logs it comes to.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from ledger.errors import Malformed
from ledger.moderation.moment import canonical, moment, shortest
from ledger.store.database import Connection
from ledger.timeline.cut import CUT_EXPECTED, Cut, parse_positions

KnownAt = datetime | str | Cut | Mapping[int, int] | None
Heads = Mapping[int, tuple[int, datetime]]
"""Size and last recorded time of logs."""

# How many imports began and did not end; null before the first.
UNFINISHED_IMPORTS: Final = (
    "SELECT sum(CASE kind WHEN 'ledger.import_began' THEN 1 ELSE -1 END)"
    " FROM entries WHERE log = 0 AND stream = 'ledger/imports'"
)


class Imports:
    """
    Whether an import is unfinished, which is asked again when the size of log 0 is another.

    Attributes:
        last: At which size it was last asked, and the answer.
    """

    def __init__(self) -> None:
        self.last = -1, False

    def note(self, size: int, unfinished: int | None) -> bool:
        """
        Take note of what `UNFINISHED_IMPORTS` returned at that *size*, and return what it means.
        """
        self.last = size, bool(unfinished)
        return bool(unfinished)


def asked_for(known_at: KnownAt) -> datetime | Mapping[int, int] | None:
    """
    Return the moment or the positions that *known_at* names; None for all that is committed.

    Raises:
        Malformed: When it names neither.
    """
    if known_at is None:
        return None
    if isinstance(known_at, Cut):
        return _whole(known_at.positions)
    if isinstance(known_at, Mapping):
        return _whole(known_at)
    if isinstance(known_at, str) and (positions := parse_positions(known_at)) is not None:
        return positions
    return moment(known_at, "known_at")


def _whole(positions: Mapping[int, int]) -> Mapping[int, int]:
    """
    Return *positions* by log when all of them are numbers.
    """
    for log, position in positions.items():
        if type(log) is not int or type(position) is not int:
            raise Malformed(
                f"there is no position {position!r} in a log {log!r}",
                where="known_at",
                expected=CUT_EXPECTED,
            )
    return positions


def committed(heads: Heads) -> Cut:
    """
    Return the cut of all that is committed, by its *heads*: size and last recorded time of each.
    """
    positions = {log: size for log, (size, _) in heads.items()}
    known_at = max(recorded_at for _, recorded_at in heads.values())
    settled = all(recorded_at == known_at for _, recorded_at in heads.values())
    return Cut(positions, known_at, settled)


def cut_at(known_at: datetime, heads: Heads, now: datetime, last_by: Callable[[int], int]) -> Cut:
    """
    Return the cut of what was recorded by *known_at* in the logs of *heads*.

    Args:
        last_by: Returns the last position of a log that was.

    Raises:
        Malformed: When it is to come.
    """
    latest = max(recorded_at for _, recorded_at in heads.values())
    if known_at > max(now, latest):
        raise Malformed(
            f"{shortest(known_at)} is later than now",
            where="known_at",
            expected="a time that has come",
        )
    positions = {
        log: size if recorded_at <= known_at else last_by(log)
        for log, (size, recorded_at) in heads.items()
    }
    settled = all(known_at <= recorded_at for _, recorded_at in heads.values())
    return Cut(positions, known_at, settled)


def cut_of(
    positions: Mapping[int, int],
    heads: Heads,
    logs: int,
    recorded_at: Callable[[int, int], datetime],
) -> Cut:
    """
    Return the cut at *positions* in the logs of *heads*.

    Args:
        logs: How many the ledger has.

        recorded_at: Returns when a position of a log was recorded.

    Raises:
        Malformed: When the ledger has no such cut, or it leaves out a log that is read.
    """
    for log, position in positions.items():
        if log not in range(logs) or position < 0:
            raise Malformed(
                f"the ledger has no position {position} in log {log}",
                where="known_at",
                expected=CUT_EXPECTED,
            )
        if log in heads and position > heads[log][0]:
            raise Malformed(
                f"log {log} has {heads[log][0]} entries and no position {position}",
                where="known_at",
                expected="a cut of what is committed",
            )
    missing = [log for log in heads if log not in positions]
    if missing:
        raise Malformed(
            f"the cut says nothing of log {missing[0]}", where="known_at", expected=CUT_EXPECTED
        )
    read = {log: positions[log] for log in heads}
    times = [recorded_at(log, at) for log, at in read.items() if at]
    known_at = max(times, default=min(last for _, last in heads.values()))
    return Cut(read, known_at, settled=True)


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
