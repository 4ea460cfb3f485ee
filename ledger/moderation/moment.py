"""
Moments and durations: what is accepted, and how they are spelled.

A moment is an aware `datetime` in UTC with microseconds. Its canonical text has six decimals
and ``Z``, so that text order is time order; that is the spelling of entries and of columns.
Answers use the shortest form. A naive time has no place here: it is refused, never assumed.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from ledger.errors import Malformed

MICROSECOND: Final = timedelta(microseconds=1)
MOMENT_EXPECTED: Final = "ISO 8601 with offset, such as 2017-11-02T22:52:00Z"
DURATION_EXPECTED: Final = "a duration such as 11m, 90s, 1h30m or 2d"

_UNIT_SECONDS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION: Final = re.compile(
    r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII
)
# No two moments are further apart; what is longer is a slip, and has no number of microseconds
# that a database can hold.
_LONGEST: Final = timedelta(days=3_652_059)
# A date and a time are both asked for: `fromisoformat` would read a bare date as midnight.
_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})", re.ASCII
)


def moment(value: object, name: str) -> datetime:
    """
    Return *value* as an aware datetime in UTC.

    Args:
        value: An aware `datetime`, or ISO 8601 text with a time and an offset.

        name: The field that it was given for, for the message.

    Raises:
        Malformed: When it is naive, has no time, or is not a time at all.
    """
    if isinstance(value, datetime):
        if value.tzinfo is UTC:
            return value
        if value.utcoffset() is None:
            raise Malformed("the time is naive", where=name, expected="a time with an offset")
        return _in_utc(value, name)
    if not isinstance(value, str):
        raise Malformed(
            f"{type(value).__name__} is not a time", where=name, expected=MOMENT_EXPECTED
        )
    return _parsed(value, name)


def moment_or_none(value: object, name: str) -> datetime | None:
    """
    Return *value* as a moment, or None for None.

    Raises:
        Malformed: As `moment` does.
    """
    return None if value is None else moment(value, name)


@lru_cache(maxsize=4096)
def _parsed(text: str, name: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        naive = _MOMENT.fullmatch(f"{text}Z")
        reason = f"the time {text!r} has no offset" if naive else f"{text!r} is not a time"
        raise Malformed(reason, where=name, expected=MOMENT_EXPECTED)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed(
            f"{text!r} is not a time: {error}", where=name, expected=MOMENT_EXPECTED
        ) from None
    return _in_utc(parsed, name)


def _in_utc(value: datetime, name: str) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise Malformed(
            f"{value.isoformat()} lies outside the years 1 to 9999 in UTC", where=name
        ) from None


def canonical(value: datetime) -> str:
    """
    Return the canonical text of a moment: UTC, six decimals, ``Z``.
    """
    assert value.tzinfo is UTC
    # msgspec writes six decimals or none, many times as fast as `isoformat`; to look a moment up
    # in a cache would take longer, since its hash is.
    text: str = msgspec.to_builtins(value)
    return text if value.microsecond else f"{text[:-1]}.000000Z"


def shortest(value: datetime) -> str:
    """
    Return the shortest text of a moment, as answers spell it: decimals only where there are some.
    """
    return shortest_text(canonical(value))


def shortest_text(text: str) -> str:
    """
    Return the shortest form of a canonical text.
    """
    return text[:-8] + "Z" if text.endswith(".000000Z") else text.rstrip("Z").rstrip("0") + "Z"


def duration(value: object, name: str) -> timedelta:
    """
    Return *value* as a duration of zero or more.

    Args:
        value: A `timedelta`, or text of days, hours, minutes and seconds in this order: ``1h30m``.

        name: The field that it was given for, for the message.

    Raises:
        Malformed: When it is negative or not a duration.
    """
    if isinstance(value, timedelta):
        if not timedelta(0) <= value <= _LONGEST:
            reason = "negative" if value < timedelta(0) else "longer than all of time"
            raise Malformed(f"the duration is {reason}", where=name, expected=DURATION_EXPECTED)
        return value
    return _duration_with_unit(value, name)[0]


def lasting(value: object, name: str = "lasting") -> tuple[timedelta, timedelta | None]:
    """
    Return the bounds ``(from, before)`` of a question about durations; None means no upper bound.

    Args:
        value: A pair ``(A, B)`` where B may be None, or the text ``A..B``, ``A..`` or ``A``; a bare
            duration covers one unit of its smallest written unit (semantics, rule 24), and a
            bare `timedelta` exactly one microsecond.

        name: The field that it was given for, for the message.

    Raises:
        Malformed: When a bound is no duration or the upper one is not above the lower one.
    """
    if isinstance(value, str) and ".." in value:
        first, _, last = value.partition("..")
        bounds = duration(first, name), duration(last, name) if last else None
    elif isinstance(value, tuple | list) and len(value) == 2:  # noqa: PLR2004, a pair
        bounds = duration(value[0], name), None if value[1] is None else duration(value[1], name)
    elif isinstance(value, timedelta):
        bounds = duration(value, name), value + MICROSECOND
    else:
        length, unit = _duration_with_unit(value, name)
        bounds = length, length + unit
    if bounds[1] is not None and bounds[1] <= bounds[0]:
        raise Malformed(f"{value!r} holds no duration", where=name, expected="A..B with A below B")
    return bounds


def _duration_with_unit(value: object, name: str) -> tuple[timedelta, timedelta]:
    parts = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if parts is None:
        raise Malformed(f"{value!r} is not a duration", where=name, expected=DURATION_EXPECTED)
    written = [
        (unit, int(number))
        for unit, number in zip(_UNIT_SECONDS, parts.groups(), strict=True)
        if number
    ]
    seconds = sum(number * _UNIT_SECONDS[unit] for unit, number in written)
    if seconds > _LONGEST.total_seconds():
        raise Malformed(f"{value!r} is too long", where=name, expected=DURATION_EXPECTED)
    return timedelta(seconds=seconds), timedelta(seconds=_UNIT_SECONDS[written[-1][0]])


def window(value: object, name: str = "during") -> tuple[datetime, datetime]:
    """
    Return the half-open window ``[from, until)`` of a question.

    Args:
        value: A pair of moments, or the text ``A..B``.

        name: The field that it was given for, for the message.

    Raises:
        Malformed: When a bound is no moment or the window is empty.
    """
    if isinstance(value, str) and ".." in value:
        first, _, last = value.partition("..")
        bounds = moment(first, name), moment(last, name)
    elif isinstance(value, tuple | list) and len(value) == 2:  # noqa: PLR2004, a pair
        bounds = moment(value[0], name), moment(value[1], name)
    else:
        raise Malformed(f"{value!r} is not a window", where=name, expected="A..B, two times")
    if bounds[1] <= bounds[0]:
        raise Malformed(f"the window {value!r} is empty", where=name, expected="A before B")
    return bounds


def assert_window(since: datetime | None, until: datetime | None) -> None:
    """
    Raise unless the half-open window ``[since, until)`` has room for a moment; None is open.

    Raises:
        Malformed: When it ends before it begins, or as it does.
    """
    if since is not None and until is not None and until <= since:
        raise Malformed(
            f"the window from {shortest(since)} until {shortest(until)} is empty",
            where="until",
            expected="a time after since",
        )


def within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    """
    Return whether *at* lies in the half-open window ``[since, until)``; None is open.
    """
    return (since is None or since <= at) and (until is None or at < until)
