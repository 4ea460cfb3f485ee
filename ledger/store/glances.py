"""
Glances at accounts: what is asked most, of most accounts, told by one statement.

It asks all that a question begins by asking, and for its answer. It sees one committed state, and a
server is waited for once. What it does not tell, a question answers.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

import attrs

from ledger.moderation.identity import account_stream, log_of_stream
from ledger.moderation.moment import canonical, moment
from ledger.store.cuts import (
    UNFINISHED_IMPORTS,
    Imports,
    KnownAt,
    asked_for,
    committed,
    cut_at,
    cut_of,
)
from ledger.store.database import Database, Row
from ledger.store.rows import READ_COLUMNS, RESTRICTION_COLUMNS, known_restriction_from
from ledger.store.schema import OPEN_POSITION
from ledger.store.search import UNSEEN, in_force, known_by
from ledger.timeline.cut import Cut
from ledger.timeline.restrictions import Restriction
from ledger.timeline.snapshot import SPACING

_FIRST: Final = "SELECT position FROM entries WHERE log = ? AND stream = ? AND version = 1"
_LONG: Final = "SELECT 1 FROM entries WHERE log = ? AND stream = ? AND version = ?"
_LAST_BY: Final = (
    "(SELECT position FROM entries WHERE log = ? AND recorded_at <= ?"
    " ORDER BY recorded_at DESC, position DESC LIMIT 1)"
)
_RECORDED_AT: Final = "(SELECT recorded_at FROM entries WHERE log = ? AND position = ?)"
_IMPORTS_SIZE: Final = "(SELECT size FROM heads AS first WHERE first.log = 0)"
_RESTRICTION: Final = ", ".join(f"r.{column}" for column in RESTRICTION_COLUMNS.split(", "))
_ENTRY: Final = ", ".join(f"e.{column}" for column in READ_COLUMNS.split(", "))
# Before the fields of a restriction or an entry stand those of the opening, and before an entry
# nothing else.
_OPENING_FIELDS: Final = 5
_FIELDS_BEFORE_RESTRICTION: Final = 7
# Of so many accounts it is remembered at most that they have too many entries for a glance.
_REMEMBERED_MAX: Final = 10_000


@attrs.frozen
class Glance:
    """
    What was seen of an account.

    Args:
        at: The moment that was asked about.

        in_force: The restrictions in force then, in no order.
    """

    at: datetime
    cut: Cut
    in_force: list[Restriction]


@attrs.frozen
class Told:
    """
    All the entries of an account, as they are known at a cut.
    """

    cut: Cut
    entries: list[Row]


@attrs.frozen
class _Known:
    """
    What is known, in SQL.

    Args:
        read: What must be read to resolve it.

        condition: When a restriction is known.
    """

    log: int
    asked: datetime | Mapping[int, int] | None
    read: str
    read_parameters: tuple[Any, ...]
    condition: str
    parameters: tuple[Any, ...]


def _known_in_sql(asked: datetime | Mapping[int, int] | None, log: int) -> _Known | None:
    if asked is None:
        return _Known(log, None, "NULL", (), "known_until_position = ?", (OPEN_POSITION,))
    if isinstance(asked, datetime):
        at = canonical(asked)
        return _Known(log, asked, _LAST_BY, (log, at), known_by(at), (at, at))
    position = asked.get(log)
    if type(position) is not int or position not in range(OPEN_POSITION):
        return None
    condition = "known_from_position <= ? AND known_until_position > ?"
    return _Known(log, asked, _RECORDED_AT, (log, position), condition, (position, position))


def _opening(read: str, imports_size: str, more: str) -> str:
    """
    Return in SQL the one row of what a question begins by asking, and *more*.

    It has a limit, so that no engine merges it with what is around it.
    """
    return (
        f"(SELECT size, recorded_at, {read}, {imports_size},"
        f" CASE {imports_size} WHEN ? THEN 0 ELSE ({UNFINISHED_IMPORTS}) END{more}"
        " FROM heads WHERE log = ? LIMIT 1) AS o"
    )


@cache
def _asking_restrictions(read: str, imports_size: str, is_in_force: str, is_known: str) -> str:
    opening = _opening(read, imports_size, f", ({_FIRST}), ({_LONG}) AS is_long")
    return (
        f"SELECT o.*, {_RESTRICTION} FROM {opening} LEFT JOIN restrictions AS r"
        # Of a long account nothing is read, and no engine sees the account when it plans, as with
        # `UNSEEN`. The plus keeps SQLite off the primary key.
        " ON r.account = CASE WHEN o.is_long IS NULL THEN ? END AND +r.log = ?"
        f" AND {is_in_force} AND {is_known}"
    )


@cache
def _asking_entries(read: str, imports_size: str) -> str:
    return (
        f"SELECT o.*, {_ENTRY} FROM {_opening(read, imports_size, '')} LEFT JOIN entries AS e"
        f" ON e.log = ? AND e.stream = {UNSEEN} AND e.version <= ? ORDER BY e.version"
    )


class Glances:
    """
    Glances at the accounts of a ledger.

    Args:
        imports: What is known of unfinished imports; is kept up to date.
    """

    def __init__(self, database: Database, logs: int, imports: Imports) -> None:
        self._database = database
        self._logs = logs
        self._imports = imports
        # What is long stays so.
        self._long: set[str] = set()
        self._not_short: set[str] = set()

    def in_force(
        self, account: str, at: datetime | None, known_at: KnownAt, now: datetime, *, long: int
    ) -> Glance | None:
        """
        Return what is in force on *account* at *at*, or now; None where a question must be asked:
        the account is long or not on record, or what is known cannot be told at a glance.

        Args:
            long: How many entries make an account long; 0 where none is, since none is version 0.

        Raises:
            Malformed: As a question does.
        """
        stream, asked_at = account_stream(account), now if at is None else at
        known = self._known(known_at, stream)
        if known is None or stream in self._long:
            return None
        log, imports, moment_ = known.log, self._imports.last, canonical(asked_at)
        rows = self._database.ask(
            _asking_restrictions(
                known.read, _imports_size(log), in_force(moment_), known.condition
            ),
            (
                *(*known.read_parameters, imports[0], log, stream, log, stream, long, log),
                *(account, log, moment_, moment_, *known.parameters),
            ),
        )
        first, is_long = rows[0][_OPENING_FIELDS:_FIELDS_BEFORE_RESTRICTION] if rows else (None, 0)
        if is_long:
            self._remember(stream, self._long)
        if is_long or type(first) is not int:
            return None
        cut = self._cut(known, now, rows[0], imports)
        if cut is None or first > cut.positions[log] or (at is None and now < cut.known_at):
            return None
        found = (row[_FIELDS_BEFORE_RESTRICTION:] for row in rows)
        return Glance(
            asked_at, cut, [known_restriction_from(row) for row in found if row[0] is not None]
        )

    def entries(self, account: str, known_at: KnownAt, now: datetime) -> Told | None:
        """
        Return all the entries of *account*; None where a question must be asked: it has too many
        or none, or what is known cannot be told at a glance.

        Raises:
            Malformed: As a question does.
        """
        stream = account_stream(account)
        known = self._known(known_at, stream)
        if known is None or stream in self._not_short:
            return None
        log, imports = known.log, self._imports.last
        rows = self._database.ask(
            _asking_entries(known.read, _imports_size(log)),
            (*known.read_parameters, imports[0], log, log, stream, SPACING),
        )
        if len(rows) >= SPACING:
            self._remember(stream, self._not_short)
            return None
        cut = self._cut(known, now, rows[0], imports) if rows else None
        if cut is None or rows[0][_OPENING_FIELDS] is None:
            return None
        found = [row[_OPENING_FIELDS:] for row in rows]
        entries = [row for row in found if row[1] <= cut.positions[log]]
        return Told(cut, entries) if entries else None

    def _remember(self, stream: str, streams: set[str]) -> None:
        if len(streams) >= _REMEMBERED_MAX:
            streams.clear()
        streams.add(stream)

    def _cut(
        self, known: _Known, now: datetime, opening: Row, imports: tuple[int, bool]
    ) -> Cut | None:
        """
        Return the cut that the first fields of a row come to; None where they are no such fields.

        Args:
            imports: What was known of unfinished imports when they were asked for.
        """
        size, recorded_at, read, imports_size, began = opening[:_OPENING_FIELDS]
        if type(size) is not int or type(imports_size) is not int:
            return None
        heads = {known.log: (size, moment(recorded_at, "head"))}
        if known.asked is None:
            cut = committed(heads)
        elif isinstance(known.asked, datetime):
            cut = cut_at(known.asked, heads, now, lambda _: int(read or 0))
        else:
            cut = cut_of(
                known.asked, heads, self._logs, lambda _log, _at: moment(read, "recorded_at")
            )
        seen, unfinished = imports
        if seen != imports_size:
            unfinished = self._imports.note(imports_size, began)
        return attrs.evolve(cut, import_unfinished=True) if unfinished else cut

    def _known(self, known_at: KnownAt, stream: str) -> _Known | None:
        return _known_in_sql(asked_for(known_at), log_of_stream(stream, self._logs))


def _imports_size(log: int) -> str:
    return "size" if log == 0 else _IMPORTS_SIZE
