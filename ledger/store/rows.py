"""
Entries, claims and restrictions as rows, both ways.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Final

from ledger.errors import Tampered
from ledger.moderation.claims import claims
from ledger.moderation.codec import CODEC
from ledger.moderation.entry import Entry
from ledger.moderation.identity import log_of_id
from ledger.moderation.moment import canonical
from ledger.moderation.term import EndedBy
from ledger.moderation.vocabulary import Effect
from ledger.store.database import Row
from ledger.store.schema import OPEN_POSITION, OPEN_TIME
from ledger.timeline.restrictions import Restriction

ENTRY_COLUMNS: Final = (
    "log, position, stream, version, kind, recorded_at, effective_at, operator, body, leaf"
)
CLAIM_COLUMNS: Final = "log, kind, id, stream, version, digest"
RESTRICTION_COLUMNS: Final = (
    "log, account, measure, scope, action, effect, from_at, until_at, lasting_us, ended_by,"
    " opened_by, closed_by, opened_at_position, closed_at_position, known_from, known_until,"
    " known_from_position, known_until_position, imported"
)
SEALED_COLUMNS: Final = "log, position, subject, payload"
END_RESTRICTION: Final = (
    "UPDATE restrictions SET known_until = ?, known_until_position = ?"
    " WHERE log = ? AND opened_at_position = ? AND known_from_position = ?"
)

# What a reader needs of an entry; everything else is in its body.
READ_COLUMNS: Final = "log, position, stream, version, kind, body"

_effects: Final = {effect.value: effect for effect in Effect}
_ends: Final = {ended_by.value: ended_by for ended_by in EndedBy}
_moment = datetime.fromisoformat


@cache
def inserting(table: str, columns: str) -> str:
    """
    Return the statement that inserts a row of *columns* into *table*.
    """
    marks = ",".join("?" * (columns.count(",") + 1))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})"


def entry_row(entry: Entry, body: bytes, leaf: bytes) -> Row:
    """
    Return the row of *entry*, whose bytes are *body* and whose leaf hash is *leaf*.
    """
    return (
        entry.log,
        entry.position,
        entry.stream,
        entry.version,
        entry.kind,
        canonical(entry.recorded_at),
        None if entry.effective_at is None else canonical(entry.effective_at),
        entry.operator,
        body,
        leaf,
    )


def entry_from(row: Row) -> Entry:
    """
    Return the entry of a row of `READ_COLUMNS`.

    Raises:
        Tampered: When a column does not equal the field in the body.

        Unavailable: When the entry is of a newer format.
    """
    log, position, stream, version, kind, body = row
    try:
        entry = CODEC.decode_entry(body, position, kind)
    except Tampered as error:
        error.log, error.stream, error.version = log, stream, version
        raise
    if entry.stream != stream or entry.version != version or entry.log != log:
        raise Tampered(
            f"the columns of position {position} name {stream}@{version} in log {log},"
            f" its bytes {entry.stream}@{entry.version} in log {entry.log}",
            log=log,
            position=position,
            stream=stream,
            version=version,
        )
    return entry


def claim_rows(entry: Entry, logs: int) -> Iterable[Row]:
    """
    Return the rows of the claims that *entry* makes in a ledger of *logs* logs.
    """
    return [
        (log_of_id(claim.id, logs), claim.kind, claim.id, entry.stream, entry.version, claim.digest)
        for claim in claims(entry)
    ]


def restriction_row(known: Restriction) -> Row:
    """
    Return the row of one version of a restriction.
    """
    return (
        known.log,
        known.account,
        known.measure,
        known.scope,
        known.action,
        # A driver takes long to find out that the member of an enumeration is a text.
        known.effect and str(known.effect),
        canonical(known.from_),
        OPEN_TIME if known.until is None else canonical(known.until),
        known.lasting_us,
        known.ended_by and str(known.ended_by),
        known.opened_by,
        known.closed_by,
        known.opened_at_position,
        known.closed_at_position,
        canonical(known.known_from),
        OPEN_TIME if known.known_until is None else canonical(known.known_until),
        known.known_from_position,
        OPEN_POSITION if known.known_until_position is None else known.known_until_position,
        int(known.imported),
    )


def known_restriction_from(row: Row) -> Restriction:
    """
    Return the restriction that a row of `RESTRICTION_COLUMNS` holds, for whoever asks at a cut
    that it is known at.

    Until when it was known lies behind that cut, so it is left out: the same cut gives the same
    answer for ever (semantics, rule 4).
    """
    until = row[7]
    return Restriction(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        _effects[row[5]] if row[5] else None,
        _moment(row[6]),
        _moment(until) if row[9] else None,
        _ends[row[9]] if row[9] else None,
        row[10],
        row[11],
        row[12],
        row[13],
        _moment(row[14]),
        None,
        row[16],
        None,
        bool(row[18]),
    )


def restriction_from(row: Row) -> Restriction:
    """
    Return the version of a restriction that a row of `RESTRICTION_COLUMNS` holds.
    """
    known, known_until, known_until_position = known_restriction_from(row), row[15], row[17]
    if known_until_position == OPEN_POSITION:
        return known
    return known._replace(
        known_until=_moment(known_until), known_until_position=known_until_position
    )
