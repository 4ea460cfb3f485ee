"""
Proofs from the tables: that an entry is in a log, and that a log only grew.

Each is checked before it is given out, so that nobody is handed one that does not hold: what it
leads to is not the checkpoint where the tables were changed.
"""

from typing import NamedTuple

from ledger.errors import LedgerError, Malformed, NotFound, Tampered
from ledger.moderation.identity import log_of_id, log_of_stream
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.consistency import check_consistency, consistency_proof
from ledger.proofs.inclusion import check_inclusion, frontier_at, inclusion_proof
from ledger.proofs.tree import record_hash, root_hash
from ledger.store.database import Connection
from ledger.store.leaves import leaves, no_head
from ledger.store.schema import OPEN_POSITION
from ledger.store.settings import Settings
from ledger.store.tiles import Tiles


class Place(NamedTuple):
    """
    Where an entry is.
    """

    log: int
    position: int


class Inclusion(NamedTuple):
    """
    That an entry is in the log of a checkpoint.

    Args:
        body: The entry's bytes.

        hashes: The proof: `proofs.inclusion.inclusion_proof`.
    """

    place: Place
    body: bytes
    hashes: tuple[bytes, ...]


def inclusion(
    connection: Connection, settings: Settings, place: Place, checkpoint: Checkpoint
) -> Inclusion:
    """
    Return the proof that the entry at *place* is in the log that *checkpoint* is of.

    Raises:
        NotFound: When there is no such entry.

        Malformed: When the checkpoint is older than the entry.

        Tampered: When the log is not what the checkpoint says.
    """
    log, position = place
    entry = next(leaves(connection, log, position - 1, position), None)
    if entry is None:
        raise NotFound(
            f"log {log} has no position {position}",
            where="position",
            expected=f"1 to {_size(connection, log)}",
        )
    if position > checkpoint.size:
        raise Malformed(
            f"the checkpoint has {checkpoint.size} entries, and not the one at position {position}",
            where="checkpoint",
            expected="a newer one, such as `ledger checkpoint` signs",
        )
    assert_long_enough(connection, log, checkpoint)
    subtrees = Tiles(connection, log, settings.format).subtrees(checkpoint.size)
    hashes = inclusion_proof(position - 1, checkpoint.size, subtrees)
    try:
        check_inclusion(checkpoint, position - 1, record_hash(entry.body), hashes)
    except Tampered as error:
        error.log = log
        raise
    return Inclusion(place, entry.body, hashes)


def consistency(
    connection: Connection, settings: Settings, log: int, old: Checkpoint, new: Checkpoint
) -> tuple[bytes, ...]:
    """
    Return the proof that the log of *new* goes on from what it was in *old*.

    Raises:
        Malformed: When *old* is of a larger log than *new*.

        Tampered: When the log is not what they say.
    """
    if old.size > new.size:
        raise Malformed(
            f"the first checkpoint has {old.size} entries, the second {new.size}",
            where="from",
            expected="the older one first",
        )
    assert_long_enough(connection, log, new)
    subtrees = Tiles(connection, log, settings.format).subtrees(new.size)
    proof = consistency_proof(old.size, new.size, subtrees)
    try:
        check_consistency(old, new, proof)
    except LedgerError as error:
        if isinstance(error, Tampered):
            error.log = log
        raise
    return proof


def checkpoint_at(
    connection: Connection, settings: Settings, log: int, size: int, origin: str
) -> Checkpoint:
    """
    Return what the log of *origin* was at *size*, by the tables alone.

    Raises:
        Malformed: When it never had as many entries.
    """
    most = _size(connection, log)
    if not 0 <= size <= most:
        raise Malformed(
            f"log {log} has never had {size} entries", where="size", expected=f"0 to {most}"
        )
    subtrees = Tiles(connection, log, settings.format).subtrees(size)
    return Checkpoint(origin, size, root_hash(frontier_at(size, subtrees)))


def place_of_action(connection: Connection, settings: Settings, action: str) -> Place:
    """
    Return where the entry is that took *action*.

    Raises:
        NotFound: When there is none.
    """
    row = connection.execute(
        "SELECT stream, version FROM claims WHERE log = ? AND kind = 'action' AND id = ?",
        (log_of_id(action, settings.logs), action),
    ).fetchone()
    if row is not None:
        log = log_of_stream(row[0], settings.logs)
        at = connection.execute(
            "SELECT position FROM entries WHERE log = ? AND stream = ? AND version = ?",
            (log, *row),
        ).fetchone()
        if at is not None:
            return Place(log, at[0])
    raise NotFound(f"there is no action {action!r}", where="action", expected="an action on record")


def ends_of_restriction(connection: Connection, settings: Settings, action: str) -> list[Place]:
    """
    Return where the entries are that opened and closed the restriction of *action*: the first alone
    where it is open, or ended with time.

    Raises:
        NotFound: When there is no such action, or it was never in force.
    """
    opener = place_of_action(connection, settings, action)
    row = connection.execute(
        "SELECT closed_at_position FROM restrictions WHERE log = ? AND opened_at_position = ?"
        " AND known_until_position = ?",
        (*opener, OPEN_POSITION),
    ).fetchone()
    if row is None:
        raise NotFound(
            f"the action {action!r} has no restriction",
            where="restriction",
            expected="an action that was in force",
        )
    return [opener, *([] if row[0] is None else [Place(opener.log, row[0])])]


def _size(connection: Connection, log: int) -> int:
    row = connection.execute("SELECT size FROM heads WHERE log = ?", (log,)).fetchone()
    if row is None:
        raise NotFound(f"there is no log {log}", where="log", expected="a log of the ledger")
    if type(row[0]) is not int:
        raise no_head(log)
    return row[0]


def assert_long_enough(connection: Connection, log: int, checkpoint: Checkpoint) -> None:
    """
    Assert that a log has no fewer entries than *checkpoint* says.

    Raises:
        Tampered: When it has.
    """
    if (size := _size(connection, log)) < checkpoint.size:
        raise Tampered(
            f"log {log} has {size} entries, and had {checkpoint.size}: it was cut off, or is an old"
            " copy",
            where="checkpoint",
            expected="a log that only grows",
            log=log,
            position=size + 1,
        )
