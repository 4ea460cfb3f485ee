"""
Questions to the table of restrictions: filters, what was known, order and pages.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, TypeVar

import attrs

from ledger.errors import Malformed
from ledger.moderation.cursor import Place, parse_cursor
from ledger.moderation.identity import identifier_or_none
from ledger.moderation.moment import MICROSECOND, canonical, lasting, moment, window
from ledger.moderation.number import whole
from ledger.moderation.term import EndedBy
from ledger.store.rows import RESTRICTION_COLUMNS
from ledger.store.schema import BUCKET, BUCKET_FROM, OPEN_POSITION, OPEN_TIME
from ledger.timeline.bucket import POSITION_DIGITS, stretches
from ledger.timeline.cut import Cut

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
    limit: int | None = _filter(whole)


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
        self._conditions.append(_one_of(columns, tuple(len(ends) for _, ends in groups)))
        for start, ends in groups:
            self.parameters += (*start, *ends)

    def __str__(self) -> str:
        """
        Return the clause.
        """
        return " WHERE " + " AND ".join(self._conditions) if self._conditions else ""


@lru_cache
def _one_of(columns: str, sizes: tuple[int, ...]) -> str:
    """
    Return the condition that what stands in *columns* is one of some keys: groups of so many, which
    are alike but for the last column.
    """
    *starts, end = columns.split(", ")
    begun = "".join(f"{column} = ? AND " for column in starts)
    groups = " OR ".join(f"({begun}{end} IN ({','.join('?' * size)}))" for size in sizes)
    return f"({groups})"


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


def in_force(at: str) -> str:
    """
    Return the condition that a restriction is in force at *at*, which stands in it twice.

    The text of the last moment there is stands for no end too: at that one, what has an end is in
    force no more, and what has none is.
    """
    if at == OPEN_TIME:
        return "from_at <= ? AND until_at >= ? AND ended_by IS NULL"
    return "from_at <= ? AND until_at > ?"


def known_by(at: str) -> str:
    """
    Return the condition that a version of a restriction is known at *at*, which stands in it twice;
    of the last moment it is as with `in_force`.
    """
    if at == OPEN_TIME:
        return f"known_from <= ? AND known_until >= ? AND known_until_position = {OPEN_POSITION}"
    return "known_from <= ? AND known_until > ?"


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
        where.add(in_force(at), at, at)
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
        where.add(known_by(at), at, at)
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
