"""
Folded streams kept in memory, so that a command need not read what its writer just wrote.

What is kept is valid while the head of its log is where this process left it. When another
process has written, the streams that it touched are forgotten and read again. Everything here
happens under the head: whoever asks holds the write transaction. Of a log that is only looked at,
what it had then is read.
"""

from collections import OrderedDict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

import attrs

from ledger.moderation import keys as signing_keys
from ledger.moderation import operator as operators
from ledger.moderation import policy as policies
from ledger.moderation import privacy
from ledger.moderation.account import Account
from ledger.moderation.entry import Entry
from ledger.moderation.identity import SYSTEM, log_of_stream
from ledger.moderation.keys import KEYS_STREAM, Keys
from ledger.moderation.operator import Operator, system_operator
from ledger.moderation.policy import POLICY_STREAM, Policies
from ledger.moderation.privacy import PRIVACY_STREAM, Privacy
from ledger.store.database import Connection, Row
from ledger.store.rows import READ_COLUMNS, entry_from
from ledger.store.schema import FORMAT
from ledger.store.search import Where, in_parts
from ledger.store.snapshots import has_snapshots, read_chain, snapshot_row
from ledger.timeline.restrictions import Change, History
from ledger.timeline.snapshot import SPACING, Recent

# Up to 3 kB an entry, so at most some 60 MB beside what the last transaction touched.
ENTRIES_KEPT_MAX: Final = 20_000
# How many entries that lack their snapshots are given them when an account is read: as many as do
# not hold up the transaction that reads it. `rebuild` gives them to any number.
MADE_UP_MAX: Final = 1_024


@attrs.define
class Plain:
    """
    A stream of which only the version matters: the ledger's own.
    """

    version: int = 0


class _Seen(NamedTuple):
    """
    A log as this process last saw it.

    Args:
        head_at: The last recorded time of its head, which may have been raised since.

        entry_at: When its last entry was recorded.
    """

    size: int
    head_at: str
    entry_at: str


Folded = History | Keys | Operator | Policies | Privacy | Plain


class Streams:
    """
    The folded accounts and operators of a ledger of *logs* logs.
    """

    def __init__(self, logs: int, format_: int = FORMAT) -> None:
        self._logs = logs
        self._has_snapshots = has_snapshots(format_)
        # What came since the last snapshot, of accounts whose snapshots lack nothing.
        self._recent: dict[str, Recent] = {}
        self._snapshots: dict[str, list[Row]] = {}
        self._seen: dict[int, _Seen] = {}
        # The size of each log that is only looked at: what came since is not read.
        self._ends: dict[int, int] = {}
        self._kept: OrderedDict[str, Folded] = OrderedDict()
        self._entries_kept = 0

    def catch_up(
        self,
        connection: Connection,
        heads: Mapping[int, tuple[int, str]],
        looked_at: Container[int] = (),
    ) -> bool:
        """
        Forget the streams that were written since this process last saw the logs of *heads*, which
        are told with their sizes and last recorded times.

        Args:
            looked_at: Those of them that are not held: others may write there meanwhile.

        Returns:
            Whether all that this process saw is there still. A standby that took over may not have
            got it, and others may have written in its place: then nothing is kept.
        """
        moved: dict[int, tuple[_Seen, int]] = {}
        for log, (size, at) in heads.items():
            if log in looked_at:
                self._ends[log] = size
            else:
                self._ends.pop(log, None)
            seen = self._seen.get(log)
            if seen is None:
                self._seen[log] = _Seen(size, at, at)
            elif seen.size != size or seen.head_at != at:
                moved[log] = seen, size
        return not moved or self._caught_up(connection, heads, moved)

    def _caught_up(
        self,
        connection: Connection,
        heads: Mapping[int, tuple[int, str]],
        moved: Mapping[int, tuple[_Seen, int]],
    ) -> bool:
        streams: list[str] = []
        first: dict[int, str] = {}
        last: dict[int, str] = {}
        for log, stream, earliest, latest in self._since(connection, moved):
            streams.append(stream)
            first[log] = min(first.get(log, earliest), earliest)
            last[log] = max(last.get(log, latest), latest)
        # Where the entry that was seen last has another time, it is another one.
        is_whole = all(
            seen.size <= size and (not seen.size or first.get(log) == seen.entry_at)
            for log, (seen, size) in moved.items()
        )
        self.forget(streams if is_whole else [*self._kept])
        # Only now: what is interrupted before is done again.
        for log in moved:
            size, at = heads[log]
            self._seen[log] = _Seen(size, at, last.get(log, at))
        return is_whole

    def _since(
        self, connection: Connection, moved: Mapping[int, tuple[_Seen, int]]
    ) -> Iterator[Row]:
        """
        Yield log, stream, first and last recorded time of what stands in logs from the entry on
        that was seen last, by stream.
        """
        grown = [(log, seen.size, size) for log, (seen, size) in moved.items()]
        for some in in_parts(grown):
            where = Where()
            where.add_any("(log = ? AND position >= ? AND position <= ?)", some)
            yield from connection.execute(
                "SELECT log, stream, min(recorded_at), max(recorded_at)"
                f" FROM entries{where} GROUP BY log, stream",
                where.parameters,
            ).fetchall()

    def size(self, log: int) -> int:
        """
        Return the size of *log* when this process last saw it; 0 before.
        """
        seen = self._seen.get(log)
        return 0 if seen is None else seen.size

    def wrote(self, log: int, size: int, at: str) -> None:
        """
        Take note that this process brought *log* to *size*, with an entry recorded at *at*.
        """
        self._seen[log] = _Seen(size, at, at)

    def forget(self, streams: Iterable[str]) -> None:
        """
        Drop *streams*; they are read again when they are asked for.
        """
        for stream in streams:
            kept = self._kept.pop(stream, None)
            if kept is not None:
                self._entries_kept -= _weight(kept)
                self._recent.pop(stream, None)
                self._snapshots.pop(stream, None)

    def trim(self, touched: AbstractSet[str]) -> None:
        """
        Forget the streams that were not asked for longest, down to `ENTRIES_KEPT_MAX` entries or
        to the first of those *touched* last: a long account is not read anew by every command.

        Not while a transaction is under way: what it staged stands nowhere else.
        """
        while self._entries_kept > ENTRIES_KEPT_MAX:
            oldest = next(iter(self._kept))
            if oldest in touched:
                break
            self.forget([oldest])

    def load(self, connection: Connection, streams: Iterable[str]) -> None:
        """
        Read those of *streams* that are not kept, in as few statements as they need.
        """
        missing: list[str] = []
        for stream in dict.fromkeys(streams):
            if stream in self._kept:
                self._kept.move_to_end(stream)
            else:
                missing.append(stream)
        for some in in_parts(missing):
            self._read(connection, some)

    def _read(self, connection: Connection, streams: Sequence[str]) -> None:
        found: dict[str, list[Row]] = {stream: [] for stream in streams}
        where = Where()
        where.add_one_of(
            "log, stream", ((log_of_stream(stream, self._logs), stream) for stream in streams)
        )
        where.add("version <= ?", SPACING)
        rows = connection.execute(
            f"SELECT {READ_COLUMNS} FROM entries{where} ORDER BY stream, version",
            where.parameters,
        )
        for row in rows.fetchall():
            found[row[2]].append(row)
        is_read = False
        try:
            for stream, first in found.items():
                self._keep(stream, _empty(stream))
                if len(first) == SPACING:
                    self._read_long(connection, stream, first)
                else:
                    self._fold(first)
            is_read = True
        finally:
            if not is_read:
                self.forget(streams)

    def _keep(self, stream: str, folded: Folded) -> None:
        self._kept[stream] = folded
        self._entries_kept += _weight(folded)
        if self._has_snapshots and isinstance(folded, History):
            self._recent[stream] = Recent()

    def _read_long(self, connection: Connection, stream: str, first: Sequence[Row]) -> None:
        """
        Read a stream whose *first* entries are not all, from its last snapshot on if it has one.
        """
        whole = True
        if stream in self._recent:
            chain, whole = read_chain(connection, stream, self._logs)
            if chain.version:
                self.forget([stream])
                self._keep(stream, chain.history())
                self._recent[stream] = Recent(chain.seal)
                first = ()
        rows = connection.execute(
            f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? AND stream = ? AND version > ?"
            " ORDER BY version",
            (log_of_stream(stream, self._logs), stream, self.version(stream) + len(first)),
        ).fetchall()
        if not whole or len(rows) > MADE_UP_MAX:
            self._recent.pop(stream, None)
        self._fold((*first, *rows))

    def _fold(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row[1] > self._ends.get(row[0], row[1]):
                # Recorded since the log was looked at, and maybe at a later time than what is to
                # rest on it.
                continue
            # What is kept of an entry is what it says; its bytes are not asked for again.
            entry = entry_from(row)
            self.take(entry._replace(body=b""), entry.body)

    def history(self, stream: str) -> History:
        """
        Return the account of a stream that was loaded.
        """
        kept = self._kept[stream]
        assert isinstance(kept, History)
        return kept

    def operator(self, stream: str) -> Operator:
        """
        Return the operator of a stream that was loaded.
        """
        kept = self._kept[stream]
        assert isinstance(kept, Operator)
        return kept

    def policies(self) -> Policies:
        """
        Return the policies that were adopted, whose stream was loaded.
        """
        kept = self._kept[POLICY_STREAM]
        assert isinstance(kept, Policies)
        return kept

    def privacy(self) -> Privacy:
        """
        Return what was decided about personal data, whose stream was loaded.
        """
        kept = self._kept[PRIVACY_STREAM]
        assert isinstance(kept, Privacy)
        return kept

    def keys(self) -> Keys:
        """
        Return the keys that are on record, whose stream was loaded.
        """
        kept = self._kept[KEYS_STREAM]
        assert isinstance(kept, Keys)
        return kept

    def version(self, stream: str) -> int:
        """
        Return the version of a stream that was loaded.
        """
        return _version(self._kept[stream])

    def take(self, entry: Entry, body: bytes) -> list[Change]:
        """
        Take an entry, whose bytes are *body*, into its stream, in place, and return what it
        changed.
        """
        self._entries_kept += 1
        kept = self._kept[entry.stream]
        if not isinstance(kept, History):
            _refold(kept, entry)
            return []
        changes = kept.take(entry)
        if (recent := self._recent.get(entry.stream)) is not None:
            snapshot = recent.take(entry, changes, body)
            if snapshot is not None:
                row = snapshot_row(entry.stream, snapshot, self._logs)
                self._snapshots.setdefault(entry.stream, []).append(row)
        return changes

    def snapshots(self, streams: Iterable[str]) -> list[Row]:
        """
        Return the rows of the snapshots of *streams* that are due and not written, and let go of
        them.
        """
        return [row for stream in streams for row in self._snapshots.pop(stream, ())]


def _empty(stream: str) -> Folded:
    aggregate, _, name = stream.partition("/")
    if aggregate == "account":
        return History(Account(name))
    if aggregate == "operator":
        return system_operator() if name == SYSTEM else Operator(name)
    if stream == PRIVACY_STREAM:
        return Privacy()
    if stream == KEYS_STREAM:
        return Keys()
    return Policies() if stream == POLICY_STREAM else Plain()


def _refold(folded: Keys | Operator | Policies | Privacy | Plain, entry: Entry) -> None:
    if isinstance(folded, Operator):
        operators.advance(folded, entry)
    elif isinstance(folded, Policies):
        policies.advance(folded, entry)
    elif isinstance(folded, Privacy):
        privacy.advance(folded, entry)
    elif isinstance(folded, Keys):
        signing_keys.advance(folded, entry)
    else:
        folded.version = entry.version


def _version(folded: Folded) -> int:
    return folded.account.version if isinstance(folded, History) else folded.version


def _weight(folded: Folded) -> int:
    return 1 + _version(folded)
