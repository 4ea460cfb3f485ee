"""
Snapshots of accounts as rows, both ways.
"""

from collections import OrderedDict
from threading import Lock
from typing import Final

from ledger.moderation.identity import log_of_stream
from ledger.store.database import Connection, Row
from ledger.store.schema import SINCE
from ledger.timeline.snapshot import SEAL_SIZE, SPACING, Chain, Snapshot

SNAPSHOT_COLUMNS: Final = "log, stream, version, position, state"
# Up to 4 kB an entry, so at most some 40 MB.
ENTRIES_KEPT_MAX: Final = 10_000

# From the left, so that SQLite looks up one entry a snapshot.
_SNAPSHOTS: Final = (
    "SELECT s.version, e.leaf, s.state FROM snapshots AS s LEFT JOIN entries AS e ON e.log = s.log"
    " AND e.position = s.position AND e.stream = s.stream AND e.version = s.version"
    " WHERE s.log = ? AND s.stream = ?"
)
_NEWEST: Final = (
    f"SELECT version, substr(state, 1, {SEAL_SIZE}) FROM snapshots WHERE log = ? AND stream = ?"
    " AND position <= ? ORDER BY version DESC LIMIT 1"
)


def has_snapshots(format_: int) -> bool:
    """
    Return whether a ledger of *format_* keeps snapshots.
    """
    return format_ >= SINCE["snapshots"]


def snapshot_row(stream: str, snapshot: Snapshot, logs: int) -> Row:
    """
    Return the row of a snapshot of *stream* in a ledger of *logs* logs.
    """
    return (log_of_stream(stream, logs), stream, *snapshot)


def read_chain(connection: Connection, stream: str, logs: int) -> tuple[Chain, bool]:
    """
    Return the snapshots of an account's *stream*, as far as each goes on from the one before, and
    whether there are no others.
    """
    chain = Chain(log_of_stream(stream, logs), stream.partition("/")[2])
    rows = connection.execute(f"{_SNAPSHOTS} ORDER BY s.version", (chain.log, stream)).fetchall()
    return chain, all(leaf is not None and chain.take(at, leaf, state) for at, leaf, state in rows)


class Chains:
    """
    Snapshots that were read, kept with the bytes of their entries for whoever asks again.

    What is kept is used as long as the database has its seal, which no other snapshots have.
    """

    def __init__(self, logs: int) -> None:
        self._logs = logs
        self._kept: OrderedDict[str, Chain] = OrderedDict()
        self._guard = Lock()

    def read(self, connection: Connection, stream: str, position: int) -> Chain:
        """
        Return the snapshots of *stream* whose entries stand at *position* or before.
        """
        log = log_of_stream(stream, self._logs)
        newest = connection.execute(_NEWEST, (log, stream, position)).fetchone()
        if newest is None:
            return Chain(log, stream.partition("/")[2])
        version, seal = newest
        with self._guard:
            kept = self._kept.get(stream)
        if kept is not None and kept.version >= version and kept.until(version).seal == seal:
            return kept.until(version)
        chain = self._read(connection, Chain(log, stream.partition("/")[2]), stream, position)
        self._keep(stream, chain)
        return chain

    def _read(self, connection: Connection, chain: Chain, stream: str, position: int) -> Chain:
        rows = connection.execute(
            f"{_SNAPSHOTS} AND s.position <= ? ORDER BY s.version", (chain.log, stream, position)
        ).fetchall()
        bodies = connection.execute(
            "SELECT body FROM entries WHERE log = ? AND stream = ? AND version <= ?"
            " ORDER BY version",
            (chain.log, stream, rows[-1][0]),
        ).fetchall()
        for version, leaf, state in rows:
            some = [body for (body,) in bodies[version - SPACING : version]]
            if leaf is None or not chain.take(version, leaf, state, some):
                break
        return chain

    def _keep(self, stream: str, chain: Chain) -> None:
        with self._guard:
            self._kept[stream] = chain
            self._kept.move_to_end(stream)
            held = sum(each.version for each in self._kept.values())
            while held > ENTRIES_KEPT_MAX:
                held -= self._kept.popitem(last=False)[1].version
