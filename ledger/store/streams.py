"""
Folded streams kept in memory, so that a command need not read what its writer just wrote.

What is kept is valid while the head of its log is where this process left it. When another
process has written, the streams that it touched are forgotten and read again. Everything here
happens under the head: whoever asks holds the write transaction.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from ledger.moderation import account as accounts
from ledger.moderation import operator as operators
from ledger.moderation import policy as policies
from ledger.moderation.account import Account
from ledger.moderation.entry import Entry
from ledger.moderation.identity import SYSTEM, account_stream, log_of_stream
from ledger.moderation.operator import Operator, system_operator
from ledger.moderation.policy import POLICY_STREAM, Policies
from ledger.store.database import Connection
from ledger.store.rows import (
    READ_COLUMNS,
    RESTRICTION_COLUMNS,
    entry_from,
    known_restriction_from,
)
from ledger.store.schema import OPEN_POSITION
from ledger.store.search import Where, in_parts
from ledger.timeline.restrictions import Change, History

# Up to 3 kB an entry, so at most some 60 MB.
ENTRIES_KEPT_MAX: Final = 20_000


@attrs.define
class Plain:
    """
    A stream of which only the version matters: the ledger's own.
    """

    version: int = 0


Folded = History | Operator | Policies | Plain


class Streams:
    """
    The folded accounts and operators of a ledger of *logs* logs.
    """

    def __init__(self, logs: int) -> None:
        self._logs = logs
        self._sizes: dict[int, int] = {}
        self._kept: OrderedDict[str, Folded] = OrderedDict()
        self._entries_kept = 0

    def catch_up(self, connection: Connection, sizes: Mapping[int, int]) -> None:
        """
        Forget the streams that were written since this process last saw the logs of *sizes*.
        """
        grown: list[tuple[int, int]] = []
        for log, size in sizes.items():
            seen = self._sizes.get(log, size)
            if seen > size:
                # A standby took over that had not got what this process saw.
                self.forget([*self._kept])
            elif seen < size:
                grown.append((log, seen))
            self._sizes[log] = size
        for some in in_parts(grown):
            where = Where()
            where.add_any("(log = ? AND position > ?)", some)
            rows = connection.execute(
                f"SELECT DISTINCT stream FROM entries{where}", where.parameters
            )
            self.forget(stream for (stream,) in rows.fetchall())

    def size(self, log: int) -> int:
        """
        Return the size of *log* when this process last saw it; 0 before.
        """
        return self._sizes.get(log, 0)

    def wrote(self, log: int, size: int) -> None:
        """
        Take note that this process brought *log* to *size*.
        """
        self._sizes[log] = size

    def forget(self, streams: Iterable[str]) -> None:
        """
        Drop *streams*; they are read again when they are asked for.
        """
        for stream in streams:
            kept = self._kept.pop(stream, None)
            if kept is not None:
                self._entries_kept -= _weight(kept)

    def trim(self) -> None:
        """
        Forget the streams that were not asked for longest, down to `ENTRIES_KEPT_MAX` entries.

        Not while a transaction is under way: what it staged stands nowhere else.
        """
        while self._entries_kept > ENTRIES_KEPT_MAX:
            _, dropped = self._kept.popitem(last=False)
            self._entries_kept -= _weight(dropped)

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
        where = Where()
        where.add_one_of(
            "log, stream", ((log_of_stream(stream, self._logs), stream) for stream in streams)
        )
        rows = connection.execute(
            f"SELECT {READ_COLUMNS} FROM entries{where} ORDER BY stream, version",
            where.parameters,
        ).fetchall()
        folded = {stream: _empty(stream) for stream in streams}
        for row in rows:
            # What is kept of an entry is what it says; its bytes are not asked for again.
            entry = entry_from(row)._replace(body=b"")
            _refold(folded[entry.stream], entry)
        self._recall(connection, folded)
        self._kept.update(folded)
        self._entries_kept += len(rows) + len(streams)

    def _recall(self, connection: Connection, folded: Mapping[str, Folded]) -> None:
        """
        Read what is known now of the restrictions of the accounts that were folded.
        """
        histories = {
            known.account.account: known
            for known in folded.values()
            if isinstance(known, History) and known.account.slots
        }
        if not histories:
            return
        where = Where()
        where.add_one_of(
            # The plus keeps SQLite off the primary key, which would read the whole log.
            "+log, account",
            ((log_of_stream(account_stream(name), self._logs), name) for name in histories),
        )
        where.add("known_until_position = ?", OPEN_POSITION)
        rows = connection.execute(
            f"SELECT {RESTRICTION_COLUMNS} FROM restrictions{where}", where.parameters
        )
        for row in rows:
            known = known_restriction_from(row)
            histories[known.account].current[known.action] = known

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

    def version(self, stream: str) -> int:
        """
        Return the version of a stream that was loaded.
        """
        return _version(self._kept[stream])

    def take(self, entry: Entry) -> list[Change]:
        """
        Take a staged entry into its stream, in place, and return what it changed.
        """
        self._entries_kept += 1
        kept = self._kept[entry.stream]
        if isinstance(kept, History):
            return kept.take(entry)
        _refold(kept, entry)
        return []


def _empty(stream: str) -> Folded:
    aggregate, _, name = stream.partition("/")
    if aggregate == "account":
        return History(Account(name))
    if aggregate == "operator":
        return system_operator() if name == SYSTEM else Operator(name)
    return Policies() if stream == POLICY_STREAM else Plain()


def _refold(folded: Folded, entry: Entry) -> None:
    if isinstance(folded, History):
        accounts.advance(folded.account, entry)
    elif isinstance(folded, Operator):
        operators.advance(folded, entry)
    elif isinstance(folded, Policies):
        policies.advance(folded, entry)
    else:
        folded.version = entry.version


def _version(folded: Folded) -> int:
    return folded.account.version if isinstance(folded, History) else folded.version


def _weight(folded: Folded) -> int:
    return 1 + _version(folded)
