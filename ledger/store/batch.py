"""
One write transaction: heads taken, entries staged, everything written at the end or nothing.

A batch takes the heads of the logs that it writes to, in their order, so it is the only writer of
them; it stages entries against folded streams in memory; and at the end it writes entries,
claims, restrictions and heads with one statement a table.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import attrs

from ledger.errors import Malformed, Tampered, Unavailable
from ledger.moderation.claims import Claim, claims, either
from ledger.moderation.codec import compose_leaf, encode_event
from ledger.moderation.entry import Draft, Entry
from ledger.moderation.events import kind_of
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.identity import SYSTEM, log_of_id, log_of_stream
from ledger.moderation.moment import MICROSECOND, canonical, shortest
from ledger.moderation.safeguards import Policy
from ledger.moderation.sealing import Part
from ledger.proofs.tile import TILE_WIDTH
from ledger.proofs.tree import decode_frontier, encode_frontier, extend_many, record_hash
from ledger.store.database import Connection, Row
from ledger.store.order import NOTHING_DISCLOSED, Disclosed
from ledger.store.rows import (
    CLAIM_COLUMNS,
    END_RESTRICTION,
    ENTRY_COLUMNS,
    RESTRICTION_COLUMNS,
    SEALED_COLUMNS,
    entry_row,
    restriction_row,
)
from ledger.store.sealed import Door
from ledger.store.search import Where, in_parts
from ledger.store.settings import Settings
from ledger.store.snapshots import SNAPSHOT_COLUMNS
from ledger.store.streams import Streams
from ledger.store.tallies import Tallies
from ledger.store.tiles import TILE_COLUMNS, filled, has_tiles, tiles_at_growth
from ledger.timeline.restrictions import Change, Restriction

_ANY: Final = datetime.min.replace(tzinfo=UTC)
_BODY, _STATE, _HASHES, _PAYLOAD = 8, 4, 4, 3
_ROW_BYTES: Final = 200


@attrs.define
class Head:
    """
    The head of a log as this transaction leaves it.

    Args:
        leaves: The leaf hashes of the entries that are staged and not written yet, in order.

        size_before, recorded_before: How many entries there were before, and when the last one was
            recorded.
    """

    log: int
    size: int
    recorded_at: datetime
    frontier: tuple[bytes, ...]
    leaves: list[bytes] = attrs.field(factory=list)
    size_before: int = attrs.field(default=attrs.Factory(lambda head: head.size, takes_self=True))
    recorded_before: datetime = attrs.field(
        default=attrs.Factory(lambda head: head.recorded_at, takes_self=True)
    )

    @property
    def has_grown(self) -> bool:
        """
        Return whether anything was staged.
        """
        return self.size > self.size_before


class Held(NamedTuple):
    """
    What a claim on record says: which entry the id belongs to.
    """

    claim: Claim
    stream: str
    version: int


def _none_within(_operator: str) -> Mapping[str, int]:
    return {}


class Batch:
    """
    A transaction.

    Args:
        clock: Returns the present in UTC.

        door: Of a sealed ledger.

    Attributes:
        written_at: The true time of this transaction, once its heads are held.

        was_sent: Whether the commit may have been sent.
    """

    connection: Connection
    written_at: datetime

    def __init__(
        self,
        settings: Settings,
        streams: Streams,
        tallies: Tallies,
        clock: Callable[[], datetime],
        door: Door | None = None,
    ) -> None:
        self.settings = settings
        self._door = door
        self.streams = streams
        self._tallies = tallies
        self._clock = clock
        self.was_sent = False
        self.heads: dict[int, Head] = {}
        self.touched: set[str] = set()
        self._staged: set[str] = set()
        self._flushed: set[str] = set()
        self._entries: list[Row] = []
        self._claims: dict[tuple[str, str], Held] = {}
        self._claim_rows: list[Row] = []
        self._sealed: list[Row] = []
        self._restrictions: dict[tuple[int, int, int], Restriction] = {}
        self._ended: list[Row] = []
        self._snapshots: list[Row] = []
        self._tiles: list[Row] | None = None
        self._acts: list[Entry] = []
        self._last: tuple[int, int, bytes] | None = None
        self._after = _ANY

    def begin(self, connection: Connection) -> None:
        """
        Begin on *connection*, whose transaction it is.
        """
        self.connection = connection

    def take_heads(
        self, logs: Iterable[int], max_skew: timedelta, read: Iterable[int] = ()
    ) -> None:
        """
        Take the heads of *logs* in their order, but for those that are held, and catch up with
        what others wrote.

        Args:
            read: Logs that are read and not written.

        Raises:
            Unavailable: When one of them is ahead of the clock by more than *max_skew*.
        """
        taken = sorted(set(logs) - self.heads.keys())
        looked_at = sorted(set(read) - {*taken, *self.heads})
        rows, seen = self.connection.take_heads(taken, looked_at)
        # Read once nobody can write before: so it is not the time at which the waiting began.
        self.written_at = self._clock()
        heads: dict[int, tuple[int, str]] = {}
        for log, (size, recorded_at, frontier) in zip(taken, rows, strict=True):
            last = self._last_recorded(log, recorded_at, max_skew)
            try:
                self.heads[log] = Head(log, size, last, decode_frontier(size, frontier))
            except Tampered as error:
                raise error.at(f"log {log}") from None
            heads[log] = size, recorded_at
        for log, size, recorded_at in seen:
            last = self._last_recorded(log, recorded_at, max_skew)
            self._after = max(self._after, last + MICROSECOND)
            heads[log] = size, recorded_at
        if not self.streams.catch_up(self.connection, heads, looked_at):
            self._tallies.forget()

    def _last_recorded(self, log: int, recorded_at: str, max_skew: timedelta) -> datetime:
        last = datetime.fromisoformat(recorded_at)
        if last > self.written_at and last - self.written_at > max_skew:
            raise Unavailable(
                f"log {log} was last recorded at {shortest(last)}, which is ahead"
                f" of the clock at {shortest(self.written_at)}",
                where="clock",
                expected=f"a clock that is at most {max_skew} behind",
            )
        return last

    def streams_pending(self, operator: str, at: datetime) -> list[str]:
        """
        Return the accounts' streams on which something of *operator* may be pending at *at*: what
        he asked for, what he deferred, and all that was ever handed over or corrected, which may
        have become his, or have been put off.
        """
        return [
            stream
            for log in range(self.settings.logs)
            for (stream,) in self.connection.execute(
                "SELECT DISTINCT stream FROM entries WHERE log = ? AND ("
                "kind = 'account.handed_over' OR kind = 'account.record_corrected' OR operator = ?"
                " AND (kind = 'account.act_requested'"
                " OR kind = 'account.action_taken' AND effective_at > ?))",
                (log, operator, canonical(at)),
            )
        ]

    def acts_within(self, policy: Policy, now: datetime) -> Callable[[str], Mapping[str, int]]:
        """
        Return what tells how many acts of an operator there were lately, by safeguard.
        """
        if not policy.rated:
            return _none_within
        committed = {log: head.size_before for log, head in self.heads.items()}
        flushed = {log: head.size - len(head.leaves) for log, head in self.heads.items()}
        self._tallies.catch_up(self.connection, policy, committed, flushed, now, self._acts)
        return lambda operator: self._tallies.within(operator, now)

    def count(self) -> int:
        """
        Return how many entries are staged and not written yet.
        """
        return len(self._entries)

    def is_open(self) -> bool:
        """
        Return whether the ledger has its first entry.
        """
        if 0 in self.heads:
            return self.heads[0].size > 0
        if self.streams.size(0):
            return True
        (size,) = self.connection.execute("SELECT size FROM heads WHERE log = 0").fetchone()
        return bool(size)

    def earliest(self) -> datetime:
        """
        Return the earliest moment at which this transaction may be recorded: later than the last
        entry of every log that it takes, before its own, and any where it takes none.
        """
        return max(
            (head.recorded_before + MICROSECOND for head in self.heads.values()), default=_ANY
        )

    def after(self) -> datetime:
        """
        Return the earliest moment that is later than all that was recorded in the logs that were
        read and not taken.
        """
        return self._after

    def held(self, kind: str, name: str) -> Held | None:
        """
        Return what the id *name* stands for, staged claims included.
        """
        return self._claims.get((kind, name))

    def look_up(self, ids: Iterable[tuple[str, str]]) -> None:
        """
        Read the claims of *ids*, pairs of a kind and an id, for `held`.
        """
        if not (asked := dict.fromkeys(ids)):
            return
        wanted = [(log_of_id(name, self.settings.logs), kind, name) for kind, name in asked]
        for some in in_parts(wanted):
            where = Where()
            where.add_one_of("log, kind, id", some)
            rows = self.connection.execute(
                f"SELECT kind, id, digest, stream, version FROM claims{where}", where.parameters
            )
            for kind, name, digest, stream, version in rows:
                self._claims[kind, name] = Held(Claim(kind, name, digest), stream, version)

    def open_ledger(self, recorded_at: datetime, import_id: str | None) -> None:
        """
        Stage the first entry of the ledger, which says what it is.
        """
        opening = Draft("ledger/settings", self.settings.opening(), SYSTEM)
        self.streams.load(self.connection, [opening.stream])
        self.stage(opening, recorded_at, import_id=import_id)

    def stage(
        self,
        draft: Draft,
        recorded_at: datetime,
        *,
        request_id: str | None = None,
        import_id: str | None = None,
        disclosures: Mapping[str, Disclosed] = NOTHING_DISCLOSED,
    ) -> tuple[Entry, list[Change]]:
        """
        Stage *draft* as the next entry of its log and stream, which was loaded.

        Args:
            disclosures: What its tokens stand for, where the ledger is sealed.

        Raises:
            Malformed: When the entry is too large, or holds what only looks like a token.
        """
        head = self.heads[log_of_stream(draft.stream, self.settings.logs)]
        kind = kind_of(draft.event)
        version = self.streams.version(draft.stream) + 1
        written_at = None if import_id is None else self.written_at
        event, data = draft.event, encode_event(draft.event)
        parts: Sequence[Part] = ()
        if self._door is not None:
            event, parts, rows = self._door.stage(
                draft,
                data,
                log=head.log,
                position=head.size + 1,
                version=version,
                disclosures=disclosures,
            )
            self._sealed += rows
        body = compose_leaf(
            data,
            log=head.log,
            stream=draft.stream,
            version=version,
            kind=kind,
            recorded_at=recorded_at,
            written_at=written_at,
            effective_at=draft.effective_at,
            operator=draft.operator,
            request_id=request_id,
            import_id=import_id,
            sealed=parts,
        )
        entry = Entry(
            head.log,
            head.size + 1,
            draft.stream,
            version,
            kind,
            recorded_at,
            written_at,
            draft.effective_at,
            draft.operator,
            request_id,
            import_id,
            event,
            # What is kept of an entry is what it says; its bytes are not asked for again.
            b"",
        )
        self.touched.add(draft.stream)
        self._staged.add(draft.stream)
        leaf = record_hash(body)
        head.size += 1
        head.recorded_at = recorded_at
        head.leaves.append(leaf)
        self._entries.append(entry_row(entry, body, leaf))
        for claim in claims(entry):
            self._stage_claim(claim, entry)
        changes = self.streams.take(entry, body)
        if isinstance(draft.event, ActionTaken):
            self._acts.append(entry)
            self._tallies.take(entry)
        for change in changes:
            self._stage_change(change)
        return entry, changes

    def _stage_claim(self, claim: Claim, entry: Entry) -> None:
        key = claim.kind, claim.id
        if key in self._claims:
            raise Malformed(
                f"the {either([claim.kind])} id {claim.id!r} is on record already",
                where=claim.kind,
                expected="an id that is new",
            )
        self._claims[key] = Held(claim, entry.stream, entry.version)
        log = log_of_id(claim.id, self.settings.logs)
        self._claim_rows.append((log, *key, entry.stream, entry.version, claim.digest))

    def _stage_change(self, change: Change) -> None:
        if (ended := change.ended) is not None:
            key = ended.log, ended.opened_at_position, ended.known_from_position
            if key in self._restrictions:
                self._restrictions[key] = ended
            else:
                assert ended.known_until is not None
                self._ended.append((canonical(ended.known_until), ended.known_until_position, *key))
        if (began := change.began) is not None:
            key = began.log, began.opened_at_position, began.known_from_position
            self._restrictions[key] = began

    def flush(self) -> None:
        """
        Write what was staged, heads aside, and let go of it; the transaction goes on.
        """
        connection = self.connection
        connection.insert("entries", ENTRY_COLUMNS, self._entries)
        connection.insert("claims", CLAIM_COLUMNS, self._claim_rows)
        if self._sealed:
            connection.insert("sealed", SEALED_COLUMNS, self._sealed)
        if self._ended:
            connection.executemany(END_RESTRICTION, self._ended)
        known = [*map(restriction_row, self._restrictions.values())]
        connection.insert("restrictions", RESTRICTION_COLUMNS, known)
        if snapshots := self._due():
            connection.insert("snapshots", SNAPSHOT_COLUMNS, snapshots)
        if tiles := self._full():
            connection.insert("tiles", TILE_COLUMNS, tiles)
        for head in self.heads.values():
            if head.leaves:
                size = head.size - len(head.leaves)
                head.frontier = extend_many(head.frontier, size, head.leaves)
                self._last = head.log, head.size, head.leaves[-1]
                head.leaves = []
        self._entries, self._claim_rows, self._ended, self._acts = [], [], [], []
        self._sealed = []
        self._claims, self._restrictions, self._snapshots, self._tiles = {}, {}, [], None
        self._flushed, self._staged = self._staged, set()
        self.streams.trim(self._flushed)

    def commit(self) -> None:
        """
        Write all that was staged and commit; where nothing was, the owner of the transaction ends
        it.
        """
        grown = [head for head in self.heads.values() if head.has_grown]
        if not grown:
            return
        with self.connection.together(self._size):
            self.flush()
            self.connection.executemany(
                "UPDATE heads SET size = ?, recorded_at = ?, frontier = ? WHERE log = ?",
                [
                    (
                        head.size,
                        canonical(head.recorded_at),
                        encode_frontier(head.size, head.frontier),
                        head.log,
                    )
                    for head in grown
                ],
            )
            # Not before: what was not flushed has no last entry to look for.
            self.was_sent = True
            self.connection.commit()

    def _size(self) -> int:
        """
        Return about how many bytes are to be written.
        """
        rows = len(self._claim_rows) + len(self._ended) + len(self._restrictions)
        written = (
            *(row[_BODY] for row in self._entries),
            *(row[_STATE] for row in self._due()),
            *(row[_HASHES] for row in self._full()),
            *(row[_PAYLOAD] for row in self._sealed),
        )
        return sum(map(len, written)) + _ROW_BYTES * rows

    def _due(self) -> list[Row]:
        """
        Return the rows of the snapshots that end among what was staged.
        """
        self._snapshots += self.streams.snapshots(self._staged)
        return self._snapshots

    def _full(self) -> list[Row]:
        """
        Return the rows of the tiles that become full with what was staged.
        """
        if self._tiles is None:
            self._tiles = []
            if has_tiles(self.settings.format):
                for log, head in self.heads.items():
                    size = head.size - len(head.leaves)
                    if size // TILE_WIDTH < head.size // TILE_WIDTH:
                        held = tiles_at_growth(self.connection, log)
                        self._tiles += filled(log, size, head.leaves, held)
        return self._tiles

    def last(self) -> tuple[int, int, bytes] | None:
        """
        Return log, position and leaf hash of an entry that is there if this was committed; None
        where it has none.
        """
        return self._last

    def committed(self) -> None:
        """
        Take note that the transaction is durable.
        """
        for head in self.heads.values():
            if head.has_grown:
                self.streams.wrote(head.log, head.size, canonical(head.recorded_at))
            self._tallies.wrote(head.log, head.size_before, head.size)
        self.streams.trim(self._flushed)

    def undone(self) -> None:
        """
        Forget the streams that were staged in, since the transaction was rolled back.
        """
        self.streams.forget(self.touched)
        self._tallies.forget()
