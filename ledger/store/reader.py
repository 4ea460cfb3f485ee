"""
The reader: what was committed, as of a cut.

A question resolves what is known to a cut once and reads nothing beyond it. Answers that are too
large for memory are read from one transaction, which sees the same state from first to last.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

import attrs
import msgspec

from ledger.moderation.account import Account
from ledger.moderation.codec import CODEC
from ledger.moderation.cursor import Place
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import RecordCorrected
from ledger.moderation.identity import account_stream, log_of_id, log_of_stream
from ledger.moderation.moment import canonical, moment
from ledger.store import lengths
from ledger.store.cuts import (
    UNFINISHED_IMPORTS,
    Imports,
    KnownAt,
    asked_for,
    committed,
    cut_at,
    cut_of,
    last_by,
    recorded_at_position,
)
from ledger.store.database import Connection, Database, Row
from ledger.store.glances import Glance, Glances
from ledger.store.leaves import log_heads, no_head
from ledger.store.lengths import Lengths
from ledger.store.rows import READ_COLUMNS, entry_from, known_restriction_from
from ledger.store.schema import SINCE
from ledger.store.search import Filters, Reach, Where, counting, listing
from ledger.store.settings import Settings
from ledger.store.snapshots import Chains, has_snapshots
from ledger.timeline.cut import Cut
from ledger.timeline.restrictions import History, Restriction
from ledger.timeline.snapshot import SPACING

T = TypeVar("T")

_ROWS_A_TIME: Final = 500
_IDS_A_STATEMENT: Final = 500


@attrs.frozen
class Question:
    """
    One read transaction and the cut that its answer rests on.

    Args:
        is_now: Whether nothing is left out: the cut is all that is committed.

        by_time: Whether the cut is exactly what was recorded by its `known_at`.

        size: How many entries the largest of its logs has, also behind the cut.
    """

    connection: Connection
    cut: Cut
    is_now: bool
    by_time: bool
    size: int


class Reader:
    """
    Reads the ledger in *database*.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._imports = Imports()
        self._lengths = Lengths(settings)
        self._chains = Chains(settings.logs)
        self._glances = Glances(database, settings.logs, self._imports)
        # Of some names those that may be shown, which a sealed ledger has a say in.
        self.shown_names: Callable[[list[str]], list[str]] = list

    @contextmanager
    def question(
        self, known_at: KnownAt, now: datetime, streams: Iterable[str] | None = None
    ) -> Iterator[Question]:
        """
        Give a read transaction with the cut of *known_at*.

        Args:
            known_at: A moment, a cut, or None for all that is committed.

            streams: The streams that are read; None when every log is.

        Raises:
            Malformed: When *known_at* is later than *now*, or a cut that the ledger does not have.
        """
        logs = (
            range(self._settings.logs)
            if streams is None
            else sorted({log_of_stream(stream, self._settings.logs) for stream in streams})
        )
        asked = asked_for(known_at)
        with self._database.reading() as connection:
            every = self._heads(connection, logs)
            heads = {log: every[log] for log in logs}
            if isinstance(asked, Mapping):
                told = partial(recorded_at_position, connection)
                cut = cut_of(asked, heads, self._settings.logs, told)
            elif asked is None:
                cut = committed(heads)
            else:
                cut = cut_at(asked, heads, now, lambda log: last_by(connection, log, asked))
            if self._import_unfinished(connection, every[0][0]):
                cut = attrs.evolve(cut, import_unfinished=True)
            is_time = isinstance(asked, datetime)
            largest = max(size for size, _ in heads.values())
            yield Question(connection, cut, asked is None, is_time, largest)

    def _import_unfinished(self, connection: Connection, size: int) -> bool:
        last, unfinished = self._imports.last
        if last == size:
            return unfinished
        return self._imports.note(size, connection.execute(UNFINISHED_IMPORTS).fetchone()[0])

    def _heads(
        self, connection: Connection, logs: Iterable[int]
    ) -> dict[int, tuple[int, datetime]]:
        """
        Return size and last recorded time of *logs*, and of log 0.
        """
        where = Where()
        if len(wanted := {0, *logs}) < self._settings.logs:
            where.add(f"log IN ({','.join('?' * len(wanted))})", *sorted(wanted))
        rows = connection.execute(
            f"SELECT log, size, recorded_at FROM heads{where} ORDER BY log", where.parameters
        )
        heads = {
            log: (size, moment(recorded_at, "head"))
            for log, size, recorded_at in rows
            if type(size) is int
        }
        if missing := wanted - heads.keys():
            raise no_head(min(missing))
        return heads

    def streamed(
        self,
        known_at: KnownAt,
        now: datetime,
        streams: Iterable[str] | None,
        read: Callable[[Question], Iterable[T]],
    ) -> Iterator[T]:
        """
        Return what *read* returns for a question, all from one read transaction.

        In memory all of it is read at once, since a transaction there keeps the writer waiting.
        """
        asked_for(known_at)
        return self._streamed(known_at, now, streams, read)

    def _streamed(
        self,
        known_at: KnownAt,
        now: datetime,
        streams: Iterable[str] | None,
        read: Callable[[Question], Iterable[T]],
    ) -> Iterator[T]:
        with self.question(known_at, now, streams) as question:
            if not self._database.readers_block:
                yield from read(question)
                return
            found = list(read(question))
        yield from found

    def entries(
        self, question: Question, *, stream: str | None = None, after: Place | None = None
    ) -> Iterator[Entry]:
        """
        Return entries up to the cut: one stream's in order, or all logs' merged by
        (recorded_at, log, position).

        Args:
            after: Only those behind this place.
        """
        return map(entry_from, self.rows(question, READ_COLUMNS, stream=stream, after=after))

    def rows(
        self,
        question: Question,
        columns: str,
        *,
        stream: str | None = None,
        after: Place | None = None,
    ) -> Iterator[Row]:
        """
        Return the given columns of the rows that `entries` reads.
        """
        positions, where = question.cut.positions, Where()
        if stream is not None:
            return self._rows_of(question, columns, stream, after)
        if len(positions) == 1:
            ((log, position),) = positions.items()
            where.add("log = ? AND position <= ?", log, position)
            if after is not None:
                where.add("position > ?", after.position)
            order = "position"
        else:
            where.add_any("(log = ? AND position <= ?)", positions.items())
            if after is not None:
                where.add("(recorded_at, log, position) > (?, ?, ?)", *after)
            order = "recorded_at, log, position"
        statement = f"SELECT {columns} FROM entries{where} ORDER BY {order}"
        return question.connection.stream(statement, where.parameters)

    def _rows_of(
        self,
        question: Question,
        columns: str,
        stream: str,
        after: Place | None = None,
        version: int = 0,
    ) -> Iterator[Row]:
        """
        Yield the given columns of a stream's rows behind *version*, some at a time: a database
        keeps no answer open for the short streams that most are.
        """
        log = self._log(stream)
        position, behind = question.cut.positions[log], 0 if after is None else after.position
        while True:
            rows = question.connection.execute(
                # The plus keeps SQLite off the primary key, which would read the whole log.
                f"SELECT {columns}, version FROM entries WHERE log = ? AND stream = ?"
                " AND version > ? AND +position <= ? AND +position > ? ORDER BY version LIMIT ?",
                (log, stream, version, position, behind, _ROWS_A_TIME),
            ).fetchall()
            for row in rows:
                yield row[:-1]
            if len(rows) < _ROWS_A_TIME:
                return
            version = rows[-1][-1]

    def history(self, question: Question, account: str) -> History:
        """
        Return *account* as known at the cut, from its last snapshot on if it has one.
        """
        stream = account_stream(account)
        first, history = self._first(question, stream), History(Account(account))
        if len(first) == SPACING and has_snapshots(self._settings.format):
            position = question.cut.positions[self._log(stream)]
            chain = self._chains.read(question.connection, stream, position)
            if chain.version:
                first, history = [], chain.history()
        for row in first:
            history.take(entry_from(row))
        version = history.account.version
        if version >= SPACING:
            for row in self._rows_of(question, READ_COLUMNS, stream, version=version):
                history.take(entry_from(row))
        return history

    def in_force(
        self, account: str, at: datetime | None, known_at: KnownAt, now: datetime
    ) -> Glance | None:
        """
        Return what is in force on *account* at *at*, or now, where a glance tells it.
        """
        has_buckets = self._settings.format >= SINCE["restrictions_bucket"]
        long = lengths.LONG if has_buckets else 0
        return self._glances.in_force(account, at, known_at, now, long=long)

    def short_history(
        self, account: str, known_at: KnownAt, now: datetime
    ) -> tuple[History, Cut] | None:
        """
        Return `history` of a short account with its cut, told at a glance; None of another one.
        """
        seen = self._glances.entries(account, known_at, now)
        if seen is None:
            return None
        history = History(Account(account))
        for row in seen.entries:
            history.take(entry_from(row))
        return history, seen.cut

    def _first(self, question: Question, stream: str) -> list[Row]:
        """
        Return the first rows of a stream; those of a short one are all.
        """
        log = self._log(stream)
        rows: list[Row] = question.connection.execute(
            # The plus keeps SQLite off the primary key, which would read the whole log.
            f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? AND stream = ? AND version <= ?"
            " AND +position <= ? ORDER BY version",
            (log, stream, SPACING, question.cut.positions[log]),
        ).fetchall()
        return rows

    def _log(self, stream: str) -> int:
        return log_of_stream(stream, self._settings.logs)

    def restrictions(self, question: Question, asked: Filters) -> Iterator[Restriction]:
        """
        Return the restrictions that *asked* asks for as known at the cut, by (from, log,
        position).
        """
        told = listing(*self._told(question, asked), by_time=question.by_time)
        if asked.account is None or asked.in_force_at is None:
            return map(known_restriction_from, question.connection.stream(*told))
        # So few that no answer need be kept open; and what is run thus is planned only once.
        return map(known_restriction_from, question.connection.execute(*told).fetchall())

    def count_restrictions(self, question: Question, asked: Filters) -> int:
        """
        Return how many restrictions `restrictions` would return without a limit.
        """
        statement, parameters = counting(*self._told(question, asked), by_time=question.by_time)
        count: int = question.connection.execute(statement, parameters).fetchone()[0]
        return count

    def _told(self, question: Question, asked: Filters) -> tuple[Filters, Cut | None, Reach | None]:
        cut = None if question.is_now else question.cut
        position = self._lengths.position(asked, question.cut)
        return asked, cut, None if position is None else Reach(position, question.size)

    def entry(self, question: Question, log: int, position: int) -> Entry:
        """
        Return the entry at *position* of *log*, which is on record.
        """
        row = question.connection.execute(
            f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? AND position = ?",
            (log, position),
        ).fetchone()
        return entry_from(row)

    def exists(self, question: Question, stream: str) -> bool:
        """
        Return whether *stream* has an entry at the cut.
        """
        first = self._lengths.first(question.connection, stream)
        # A log that the question does not read is as it is committed.
        return first is not None and first <= question.cut.positions.get(self._log(stream), first)

    def has_measure(self, question: Question, measure: str) -> bool:
        """
        Return whether a restriction of *measure* was ever known by the time of the cut.
        """
        row = question.connection.execute(
            "SELECT 1 FROM restrictions WHERE measure = ? AND known_from <= ? LIMIT 1",
            (measure, canonical(question.cut.known_at)),
        ).fetchone()
        return row is not None

    def operators(self, question: Question) -> list[str]:
        """
        Return the ids of all operators that are enrolled in the logs of the cut, sorted.
        """
        found: set[str] = set()
        for log, position in question.cut.positions.items():
            rows = question.connection.execute(
                "SELECT stream FROM entries WHERE log = ? AND stream >= 'operator/'"
                " AND stream < 'operator0' AND kind = 'operator.enrolled' AND +position <= ?",
                (log, position),
            )
            found.update(stream.partition("/")[2] for (stream,) in rows)
        return sorted(found)

    def accounts_by(
        self, question: Question, operators: Iterable[str], since: datetime | None = None
    ) -> set[str]:
        """
        Return the accounts that one of *operators* has an entry on, also by a correction.

        Args:
            since: Only entries that were recorded then or later are looked at.
        """
        wanted, found = sorted(operators), set[str]()
        for start in range(0, len(wanted), _IDS_A_STATEMENT):
            some = wanted[start : start + _IDS_A_STATEMENT]
            by = f"operator IN ({','.join('?' * len(some))})"
            rows = self._on_accounts(question, "stream", since, by, some)
            found.update(stream for (stream,) in rows)
        if wanted:
            corrected = ["account.record_corrected"]
            rows = self._on_accounts(question, READ_COLUMNS, since, "kind = ?", corrected)
            for entry in map(entry_from, rows):
                assert isinstance(entry.event, RecordCorrected)
                if entry.event.operator in wanted:
                    found.add(entry.stream)
        return {stream.partition("/")[2] for stream in found}

    def accounts_in(
        self, question: Question, sessions: Iterable[str], since: datetime | None = None
    ) -> set[str]:
        """
        Return the accounts that an action was taken on in one of *sessions*, and perhaps others.

        Args:
            since: Only actions that were recorded then or later are looked at.
        """
        told = [b'"session":' + msgspec.json.encode(session) for session in sessions]
        taken = ("account.action_taken",)
        rows = self._on_accounts(question, "stream, body", since, "kind = ?", taken) if told else ()
        return {
            stream.partition("/")[2] for stream, body in rows if any(each in body for each in told)
        }

    def accounts_pending(
        self, question: Question, at: datetime, operator: str | None = None
    ) -> set[str]:
        """
        Return the accounts on which something may have been pending at *at*, and perhaps others.

        Args:
            operator: Only where he asked for it or deferred it, or may answer for another's.
        """
        whose = "" if operator is None else " AND operator = ?"
        rows = self._on_accounts(
            question,
            "DISTINCT stream",
            None,
            # What is corrected may have been deferred, or be somebody else's, all along.
            "(kind = 'account.record_corrected' OR recorded_at <= ? AND"
            " (kind = 'account.handed_over' OR (kind = 'account.act_requested'"
            f" OR kind = 'account.action_taken' AND effective_at > ?){whose}))",
            [canonical(at), canonical(at), *([] if operator is None else [operator])],
        )
        return {stream.partition("/")[2] for (stream,) in rows}

    def _on_accounts(
        self,
        question: Question,
        columns: str,
        since: datetime | None,
        condition: str,
        parameters: Iterable[str],
    ) -> Iterator[Row]:
        """
        Return columns of the entries on accounts for which *condition* holds, up to the cut.
        """
        from_ = "" if since is None else canonical(since)
        statement = (
            # The plus keeps SQLite on the index by time, whose order is that of the table.
            f"SELECT {columns} FROM entries WHERE log = ? AND recorded_at >= ?"
            f" AND +position <= ? AND kind >= 'account.' AND kind < 'account/' AND {condition}"
        )
        for log, position in question.cut.positions.items():
            told = (log, from_, position, *parameters)
            yield from question.connection.stream(statement, told)

    def recorded_at(self, question: Question, at: datetime) -> Iterator[Entry]:
        """
        Return the entries that were recorded at exactly that moment, by (log, position).
        """
        for log, position in question.cut.positions.items():
            rows = question.connection.stream(
                f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? AND recorded_at = ?"
                " AND position <= ? ORDER BY position",
                (log, canonical(at), position),
            )
            yield from map(entry_from, rows)

    def streams_of(self, question: Question, kind: str, names: Iterable[str]) -> dict[str, str]:
        """
        Return the streams that those of *names* stand in that are on record as ids of *kind*.
        """
        return self._claimed(question.connection, kind, names)

    def stream_of(self, kinds: Iterable[str], name: str) -> str | None:
        """
        Return the stream that the id *name* of one of *kinds* stands in; None when there is none.
        """
        log = log_of_id(name, self._settings.logs)
        with self._database.reading() as connection:
            for kind in kinds:
                row = connection.execute(
                    "SELECT stream FROM claims WHERE log = ? AND kind = ? AND id = ?",
                    (log, kind, name),
                ).fetchone()
                if row is not None:
                    return str(row[0])
        return None

    def claimed(self, kind: str, names: Iterable[str]) -> set[str]:
        """
        Return those of *names* that are on record as ids of *kind*.
        """
        with self._database.reading() as connection:
            return set(self._claimed(connection, kind, names))

    def _claimed(self, connection: Connection, kind: str, names: Iterable[str]) -> dict[str, str]:
        by_log: dict[int, list[str]] = {}
        for name in names:
            by_log.setdefault(log_of_id(name, self._settings.logs), []).append(name)
        found: dict[str, str] = {}
        for log, wanted in by_log.items():
            for start in range(0, len(wanted), _IDS_A_STATEMENT):
                some = wanted[start : start + _IDS_A_STATEMENT]
                marks = ",".join("?" * len(some))
                rows = connection.execute(
                    f"SELECT id, stream FROM claims WHERE log = ? AND kind = ? AND id IN ({marks})",
                    (log, kind, *some),
                )
                found.update(rows.fetchall())
        return found

    def last_recorded(self) -> datetime | None:
        """
        Return when the last entry of the ledger was recorded; None before the first one.
        """
        with self._database.reading() as connection:
            (last,) = connection.execute(
                "SELECT max((SELECT recorded_at FROM entries WHERE entries.log = heads.log"
                " ORDER BY position DESC LIMIT 1)) FROM heads"
            ).fetchone()
        return None if last is None else moment(last, "recorded_at")

    def roots(self) -> dict[int, tuple[int, bytes]]:
        """
        Return the size and the root hash of every log.

        Raises:
            Tampered: When a log has no head, or one whose frontier is not of its size.
        """
        with self._database.reading() as connection:
            return {head.log: (head.size, head.root()) for head in log_heads(connection)}

    def unfinished_imports(self) -> list[Entry]:
        """
        Return the entries of the imports that began and did not end.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT {READ_COLUMNS} FROM entries"
                " WHERE log = 0 AND stream = 'ledger/imports' ORDER BY version"
            ).fetchall()
        open_ones: dict[str, Entry] = {}
        for row in rows:
            entry = CODEC.decode_entry(row[5], row[1], row[4])
            import_id = getattr(entry.event, "import_id", "")
            if entry.kind == "ledger.import_began":
                open_ones[import_id] = entry
            else:
                open_ones.pop(import_id, None)
        return list(open_ones.values())
