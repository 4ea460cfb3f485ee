"""
Following: the entries of a ledger as they come, each once, none left out.

A head says how long its log is, and is written with the entries; so whoever reads heads and
entries in one transaction sees positions without gaps, whichever process wrote them, and never one
that is committed later below one that was seen.
"""

import math
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, Self

from ledger.errors import Malformed, Tampered
from ledger.moderation.cursor import parse_positions, write_positions
from ledger.moderation.entry import Entry
from ledger.store.database import Connection, Database, Row
from ledger.store.rows import READ_COLUMNS, entry_from
from ledger.store.search import Where

# How often whoever has seen everything looks again. A look is one small statement: some 30 µs in a
# file, ten times that on a server, which others share.
LOOK_SECONDS: Final = 0.02
LOOK_SECONDS_SHARED: Final = 0.1
# How far is read ahead: entries, and logs that they come from.
AHEAD_MAX: Final = 500
LOGS_AHEAD_MAX: Final = 64


class Follower(Iterator[Entry]):
    """
    The entries of a ledger in the order of each log, also those that are still to come.

    It reads in the thread that iterates, some hundred entries ahead and no further than it is
    asked; between looks it holds no transaction and no thread, so one that is forgotten holds
    nothing up. Of several logs each has its turn; what is read together comes by (recorded_at, log,
    position), but across reads only the order within a log is promised.

    After an error it stands where it stood: the next call tries the same entry again.

    Args:
        after: The cursor to go on behind; None for the beginning.

        once: Whether it ends behind what is committed now.

        look_seconds: How often it looks for more; None for `LOOK_SECONDS`, or
            `LOOK_SECONDS_SHARED` where the database is a server.

    Raises:
        Malformed: When *after* is no cursor of this ledger, or *look_seconds* no time to wait.
    """

    def __init__(
        self,
        database: Database,
        logs: int,
        after: str | None,
        *,
        once: bool,
        look_seconds: float | None,
    ) -> None:
        self._database = database
        self._look_seconds = _looking(database, look_seconds)
        # Every log from the beginning, so that another thread may ask for the cursor.
        self._seen = dict.fromkeys(range(logs), 0)
        if after is not None:
            self._seen |= parse_positions(after, "after", logs)
        with database.reading() as connection:
            sizes = _sizes(connection)
        for log, seen in self._seen.items():
            if seen > sizes[log]:
                raise Malformed(
                    f"log {log} has {sizes[log]} entries and no position {seen}",
                    where="after",
                    expected="a cursor of this ledger",
                )
        self._until = sizes if once else None
        self._read: deque[Row] = deque()
        self._last_log = -1
        self._stopped = threading.Event()

    @property
    def cursor(self) -> str:
        """
        Return the cursor behind the last entry that was given out.
        """
        return write_positions(self._seen)

    @property
    def lag(self) -> int:
        """
        Return how many entries are committed behind the last one that was given out.
        """
        with self._database.reading() as connection:
            return sum(_sizes(connection).values()) - sum(self._seen.values())

    def stop(self) -> None:
        """
        End the iteration from any thread, at once where it waits.
        """
        self._stopped.set()

    def __enter__(self) -> Self:
        """
        Return the follower, which is stopped at the end.
        """
        return self

    def __exit__(self, *_error: object) -> None:
        """
        Stop.
        """
        self.stop()

    def __next__(self) -> Entry:
        """
        Return the next entry, once it is committed.

        Raises:
            Tampered: When a position is missing, or an entry does not hold together.

            Unavailable: When the ledger is closed, or the database cannot answer.
        """
        while not self._stopped.is_set():
            if self._read:
                entry = self._shown(entry_from(self._read[0]))
                self._read.popleft()
                self._seen[entry.log] = entry.position
                return entry
            if not self._look():
                if self._until is not None:
                    break
                self._stopped.wait(self._look_seconds)
        raise StopIteration

    def _shown(self, entry: Entry) -> Entry:
        """
        Return *entry* as it is given out; where that raises, it is still the next one.
        """
        return entry

    def _look(self) -> bool:
        """
        Read what is new, and return whether there was anything.
        """
        if self._until is not None and self._until == self._seen:
            return False
        with self._database.reading() as connection:
            wanted = self._wanted(self._until or _sizes(connection))
            if not wanted:
                return False
            rows = _rows(connection, wanted)
        _assert_gap_free(rows, wanted)
        self._read.extend(rows)
        return True

    def _wanted(self, sizes: Mapping[int, int]) -> dict[int, range]:
        """
        Return the positions to read next of each log whose turn it is.
        """
        news = {log: size - self._seen[log] for log, size in sizes.items()}
        for log, more in news.items():
            if more < 0:
                raise Tampered(
                    f"log {log} has {sizes[log]} entries, and {self._seen[log]} were followed",
                    expected="a log that only grows",
                    log=log,
                    position=sizes[log] + 1,
                )
        shares = shared(news, self._last_log)
        self._last_log = next(reversed(shares), -1)
        return {
            log: range(self._seen[log] + 1, self._seen[log] + 1 + share)
            for log, share in shares.items()
        }


def shared(news: Mapping[int, int], last_log: int) -> dict[int, int]:
    """
    Return how many entries to read of each log that has more, `AHEAD_MAX` at most in all.

    They are shared evenly, and what one log does not need is for the others.

    Args:
        news: How many there are, by log.

        last_log: Of more than `LOGS_AHEAD_MAX` logs those behind it have their turn.

    Returns:
        The shares by log, that of the log whose turn was last at the end.
    """
    logs = sorted(log for log, more in news.items() if more)
    if len(logs) > LOGS_AHEAD_MAX:
        start = bisect_right(logs, last_log)
        logs = (logs[start:] + logs[:start])[:LOGS_AHEAD_MAX]
    shares, left = dict.fromkeys(logs, 0), AHEAD_MAX
    for turn, log in enumerate(sorted(logs, key=news.__getitem__)):
        shares[log] = min(news[log], left // (len(logs) - turn))
        left -= shares[log]
    return shares


def _looking(database: Database, look_seconds: float | None) -> float:
    if look_seconds is None:
        return LOOK_SECONDS if database.dialect.is_ours_alone else LOOK_SECONDS_SHARED
    if not isinstance(look_seconds, int | float) or not 0 < look_seconds < math.inf:
        raise Malformed(
            f"{look_seconds!r} is no time to wait",
            where="look_seconds",
            expected="seconds, more than 0",
        )
    return look_seconds


def _sizes(connection: Connection) -> dict[int, int]:
    return dict(connection.execute("SELECT log, size FROM heads").fetchall())


def _rows(connection: Connection, wanted: Mapping[int, range]) -> list[Row]:
    where = Where()
    where.add_any(
        "(log = ? AND position >= ? AND position < ?)",
        ((log, positions.start, positions.stop) for log, positions in wanted.items()),
    )
    statement = f"SELECT {READ_COLUMNS} FROM entries{where} ORDER BY recorded_at, log, position"
    return connection.execute(statement, where.parameters).fetchall()


def _assert_gap_free(rows: Sequence[Row], wanted: Mapping[int, range]) -> None:
    """
    Assert that *rows* are all that was *wanted*, in order.

    Raises:
        Tampered: When one is missing or stands elsewhere; the first one is named.
    """
    found: dict[int, list[int]] = {log: [] for log in wanted}
    for log, position, *_ in rows:
        found[log].append(position)
    for log, positions in wanted.items():
        for position, there in zip_longest(positions, found[log]):
            if position != there:
                raise Tampered(
                    f"log {log} does not have position {position} where it belongs",
                    expected="positions without gaps, in the order of their times",
                    log=log,
                    position=position,
                )
