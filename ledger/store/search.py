"""
Questions to the table of restrictions: filters, what was known, order and pages.

What is asked most, of most accounts, takes a glance: one statement that asks all that a question
begins by asking, and for its answer. It sees one committed state, and a server is waited for once.
What it does not tell, a question answers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

import attrs

from ledger.errors import Malformed
from ledger.moderation.cursor import Place, parse_cursor
from ledger.moderation.identity import account_stream, identifier_or_none, log_of_stream
from ledger.moderation.moment import MICROSECOND, canonical, lasting, moment, shortest, window
from ledger.moderation.term import EndedBy
from ledger.store.cuts import KnownAt, asked_for, committed
from ledger.store.database import Database, Row
from ledger.store.rows import READ_COLUMNS, RESTRICTION_COLUMNS, known_restriction_from
from ledger.store.schema import BUCKET, BUCKET_FROM, OPEN_POSITION
from ledger.timeline.bucket import POSITION_DIGITS, stretches
from ledger.timeline.cut import CUT_EXPECTED, Cut
from ledger.timeline.restrictions import Restriction
from ledger.timeline.snapshot import SPACING

T = TypeVar("T")

ASKED_A_STATEMENT: Final = 256
# How many values a statement may have where some only make it equal to another one.
REPEATED_MAX: Final = 1_024
OPEN: Final = "open"
ENDINGS: Final = (*EndedBy, OPEN)


def _ended_by(value: object, name: str) -> str:
    if value in ENDINGS:
        return str(value)
    raise Malformed(
        f"{value!r} is no way to end", where=name, expected="one of " + ", ".join(ENDINGS)
    )


def _limit(value: object, name: str) -> int:
    if type(value) is int and value >= 0:
        return value
    raise Malformed(f"{value!r} is no limit", where=name, expected="an integer, 0 or more")


def _filter(check: Any) -> Any:
    return attrs.field(default=None, metadata={"check": check})


def _checked(_cls: type, fields: list["attrs.Attribute[Any]"]) -> list["attrs.Attribute[Any]"]:
    return [
        field.evolve(
            converter=lambda value, check=field.metadata["check"], name=field.name: (
                None if value is None else check(value, name)
            )
        )
        for field in fields
    ]


@attrs.frozen(kw_only=True, field_transformer=_checked)
class Filters:
    """
    What a question about restrictions asks for; everything that is given must hold.

    Args:
        ended_by: ``reversal``, ``superseded``, ``expiry``, or ``open`` for no end.

        lasting: The bounds of the duration, ``[A, B)``; B may be None.

        during: A window ``[A, B)`` that it overlaps.

        in_force_at: A moment at which it is in force.

        after: The cursor of the last one that was seen.
    """

    account: str | None = _filter(identifier_or_none)
    measure: str | None = _filter(identifier_or_none)
    opened_by: str | None = _filter(identifier_or_none)
    closed_by: str | None = _filter(identifier_or_none)
    ended_by: str | None = _filter(_ended_by)
    lasting: tuple[timedelta, timedelta | None] | None = _filter(lasting)
    during: tuple[datetime, datetime] | None = _filter(window)
    in_force_at: datetime | None = _filter(moment)
    after: Place | None = _filter(parse_cursor)
    limit: int | None = _filter(_limit)


def filters(**given: object) -> Filters:
    """
    Return the filters of what was given under their names; None asks for nothing.

    Raises:
        Malformed: When one of them has the wrong shape.
    """
    return Filters(**given)  # type: ignore[arg-type]


class Where:
    """
    The conditions of a statement and their parameters, joined by AND.
    """

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.parameters: list[Any] = []

    def add(self, condition: str, *parameters: Any) -> None:
        """
        Add a condition with its parameters.
        """
        self._conditions.append(condition)
        self.parameters.extend(parameters)

    def add_any(self, condition: str, parameters: Iterable[Iterable[Any]]) -> None:
        """
        Add *condition* once for each of *parameters*, of which any may hold.
        """
        each = [tuple(some) for some in parameters]
        self._conditions.append("(" + " OR ".join([condition] * len(each)) + ")")
        self.parameters.extend(value for some in each for value in some)

    def add_one_of(self, columns: str, keys: Iterable[tuple[Any, ...]]) -> None:
        """
        Add that what stands in *columns* is one of *keys*, one or more.

        Keys are repeated up to a power of two, so that the database sees few different statements
        and keeps what it made of each.
        """
        by_start: dict[tuple[Any, ...], list[Any]] = {}
        for key in keys:
            by_start.setdefault(key[:-1], []).append(key[-1])
        longest = _power_of_two(max(map(len, by_start.values())))
        groups = [*by_start.items()]
        if len(groups) * longest <= REPEATED_MAX:
            groups += groups[-1:] * (_power_of_two(len(groups)) - len(groups))
            groups = [(start, ends + ends[-1:] * (longest - len(ends))) for start, ends in groups]
        *starts, end = columns.split(", ")
        begun = "".join(f"{column} = ? AND " for column in starts)
        self._conditions.append(
            "("
            + " OR ".join(f"({begun}{end} IN ({','.join('?' * len(ends))}))" for _, ends in groups)
            + ")"
        )
        for start, ends in groups:
            self.parameters += (*start, *ends)

    def __str__(self) -> str:
        """
        Return the clause.
        """
        return " WHERE " + " AND ".join(self._conditions) if self._conditions else ""


def _power_of_two(number: int) -> int:
    """
    Return the least power of two that is no less than *number*.
    """
    return 1 << (number - 1).bit_length()


def in_parts(asked: Sequence[T]) -> Iterator[Sequence[T]]:
    """
    Yield *asked* in parts that one statement can ask for.
    """
    for start in range(0, len(asked), ASKED_A_STATEMENT):
        yield asked[start : start + ASKED_A_STATEMENT]


# Every measure on record, found in as many steps as there are; the index on durations begins with
# the measure, so that a question about one measure reads nothing else.
_MEASURES: Final = """
    WITH RECURSIVE found (measure) AS (
        SELECT min(measure) FROM restrictions
        UNION ALL
        SELECT (SELECT min(measure) FROM restrictions WHERE measure > found.measure)
        FROM found WHERE found.measure IS NOT NULL
    ) SELECT measure FROM found WHERE measure IS NOT NULL
"""


# A parameter whose value no engine sees when it plans. PostgreSQL plans a prepared statement anew
# each time, as long as it thinks that the values help: of one account they never do, and to plan
# takes longer than to look.
UNSEEN: Final = "(SELECT ?)"


def _filtered(asked: Filters) -> Where:
    where = Where()
    if asked.account is not None:
        where.add(f"account = {UNSEEN}", asked.account)
    for name in ("measure", "opened_by", "closed_by"):
        if (value := getattr(asked, name)) is not None:
            # The empty text keeps an engine on the account: of a measure, or by an operator, there
            # is more on record.
            column = name if asked.account is None else f"{name} || ''"
            where.add(f"{column} = ?", value)
    if asked.ended_by == OPEN:
        where.add("ended_by IS NULL")
    elif asked.ended_by is not None:
        where.add("ended_by = ?", asked.ended_by)
    if asked.lasting is not None and asked.measure is None and asked.account is None:
        where.add(f"measure IN ({_MEASURES})")
    if asked.lasting is not None:
        shortest, longest = asked.lasting
        where.add("lasting_us >= ?", shortest // MICROSECOND)
        if longest is not None:
            where.add("lasting_us < ?", longest // MICROSECOND)
    if asked.during is not None:
        where.add("from_at < ? AND until_at > ?", *map(canonical, reversed(asked.during)))
    if asked.in_force_at is not None:
        at = canonical(asked.in_force_at)
        where.add("from_at <= ? AND until_at > ?", at, at)
    if asked.after is not None:
        where.add("(from_at, log, opened_at_position) > (?, ?, ?)", *asked.after)
    return where


def _known(where: Where, cut: Cut | None, *, by_time: bool) -> None:
    """
    Keep the versions that were known at *cut*; at None, those that are known now.

    Args:
        by_time: Whether the cut is exactly what was recorded by its time, so that one condition
            serves all logs.
    """
    if cut is None:
        where.add("known_until_position = ?", OPEN_POSITION)
    elif len(cut.positions) == 1:
        ((log, position),) = cut.positions.items()
        where.add(
            # The plus keeps SQLite off the primary key: every row that is asked for is in this log.
            "+log = ? AND known_from_position <= ? AND known_until_position > ?",
            log,
            position,
            position,
        )
    elif by_time:
        at = canonical(cut.known_at)
        where.add("known_from <= ? AND known_until > ?", at, at)
    else:
        where.add_any(
            "(log = ? AND known_from_position <= ? AND known_until_position > ?)",
            ((log, position, position) for log, position in cut.positions.items()),
        )


# One search of the index for each stretch: whatever an engine knows of the account, or does not, no
# other way can look better to it.
_STRETCH: Final = (
    f"SELECT * FROM restrictions WHERE account = {UNSEEN} AND {BUCKET} = {{bucket}}"
    f" AND {BUCKET_FROM} > {UNSEEN} AND {BUCKET_FROM} <= {UNSEEN}"
)


@cache
def _in_stretches(buckets: tuple[int, ...]) -> str:
    return " UNION ALL ".join(_STRETCH.format(bucket=bucket) for bucket in buckets)


class Reach(NamedTuple):
    """
    The last position of a log that is known, and how many entries it has, also behind that one.
    """

    position: int
    size: int


def _selected(
    columns: str,
    asked: Filters,
    cut: Cut | None,
    reach: Reach | None,
    *,
    by_time: bool,
) -> tuple[str, list[Any]]:
    where = _filtered(asked)
    _known(where, cut, by_time=by_time)
    if reach is None:
        return f"SELECT {columns} FROM restrictions{where}", where.parameters
    assert asked.in_force_at is not None
    # Nothing was known for more positions than there are, but what is known now.
    digits = len(str(reach.size))
    each = [
        stretch
        for stretch in stretches(asked.in_force_at, reach.position)
        if stretch.bucket >= -digits or stretch.bucket == -POSITION_DIGITS
    ]
    found = _in_stretches(tuple(stretch.bucket for stretch in each))
    parameters = [value for _, low, high in each for value in (asked.account, low, high)]
    return f"SELECT {columns} FROM ({found}) AS found{where}", [*parameters, *where.parameters]


def listing(
    asked: Filters,
    cut: Cut | None,
    reach: Reach | None = None,
    *,
    by_time: bool,
) -> tuple[str, list[Any]]:
    """
    Return the statement that lists restrictions by (from, log, position), and its parameters.

    Args:
        reach: Of the account's log, to look through the buckets for what is in force; None to look
            at all that is on record of it.
    """
    statement, parameters = _selected(RESTRICTION_COLUMNS, asked, cut, reach, by_time=by_time)
    statement += " ORDER BY from_at, log, opened_at_position"
    if asked.limit is not None:
        return f"{statement} LIMIT ?", [*parameters, asked.limit]
    return statement, parameters


def counting(
    asked: Filters,
    cut: Cut | None,
    reach: Reach | None = None,
    *,
    by_time: bool,
) -> tuple[str, list[Any]]:
    """
    Return the statement that counts restrictions, and its parameters.

    Args:
        reach: As `listing` takes it.
    """
    return _selected("count(*)", asked, cut, reach, by_time=by_time)


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
        return _Known(log, None, "NULL", (), "r.known_until_position = ?", (OPEN_POSITION,))
    if isinstance(asked, datetime):
        at = canonical(asked)
        condition = "r.known_from <= ? AND r.known_until > ?"
        return _Known(log, asked, _LAST_BY, (log, at), condition, (at, at))
    position = asked.get(log)
    if type(position) is not int or position not in range(OPEN_POSITION):
        return None
    condition = "r.known_from_position <= ? AND r.known_until_position > ?"
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
def _asking_restrictions(read: str, imports_size: str, condition: str) -> str:
    opening = _opening(read, imports_size, f", ({_FIRST}), ({_LONG}) AS is_long")
    return (
        f"SELECT o.*, {_RESTRICTION} FROM {opening} LEFT JOIN restrictions AS r"
        # Of a long account nothing is read, and no engine sees the account when it plans, as with
        # `UNSEEN`. The plus keeps SQLite off the primary key.
        " ON r.account = CASE WHEN o.is_long IS NULL THEN ? END AND +r.log = ?"
        f" AND r.from_at <= ? AND r.until_at > ? AND {condition}"
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
        rows = self._rows(
            _asking_restrictions(known.read, _imports_size(log), known.condition),
            *(*known.read_parameters, imports[0], log, stream, log, stream, long, log),
            *(account, log, moment_, moment_, *known.parameters),
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
        rows = self._rows(
            _asking_entries(known.read, _imports_size(log)),
            *(*known.read_parameters, imports[0], log),
            *(log, stream, SPACING),
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

    def _rows(self, statement: str, *parameters: Any) -> list[Row]:
        with self._database.reading() as connection:
            return connection.execute(statement, parameters).fetchall()

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
