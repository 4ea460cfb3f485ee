"""
Buckets: the restrictions of an account put apart by how long they hold, so that few are looked at.

Of a very long account nearly all that ever was is over, and what holds at a moment may have begun
at any time before it. Put apart by length it may not: what lasts less than an hour, and is in force
now, began within the last hour. So each bucket is asked for one stretch, and what is looked at is
little more than what holds. What has an end is put apart by how long it is in force; what has none
is in force at every later moment, and is put apart by how long it was known so.

A length is the number of digits of an integer, which every database can tell. Where a restriction
stands follows from its row, and an index of a stored ledger has this order: it is a part of its
format.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from ledger.moderation.moment import MICROSECOND, canonical
from ledger.timeline.restrictions import Restriction

# Of the greatest position: with as many, text order is the order of positions.
POSITION_DIGITS: Final = 16

_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_LONGEST: Final = datetime.max.replace(tzinfo=UTC) - _BEGINNING
_LASTING_DIGITS: Final = len(str(_LONGEST // MICROSECOND))


def bucket(known: Restriction) -> tuple[int, str]:
    """
    Return the bucket of *known*, and the text that it stands by there.

    Returns:
        How many digits the microseconds have that it is in force, and since when it is. Where no
        end is known, how many the positions have that it was known so, below zero, and from which
        one on; what is known so now has `POSITION_DIGITS`, as if it were for ever.
    """
    lasting_us = known.lasting_us
    if lasting_us is not None:
        return len(str(lasting_us)), canonical(known.from_)
    begins = _padded(known.known_from_position)
    if known.known_until_position is None:
        return -POSITION_DIGITS, begins
    return -len(str(known.known_until_position - known.known_from_position)), begins


class Stretch(NamedTuple):
    """
    A stretch of a bucket: what stands behind `low`, and not behind `high`.
    """

    bucket: int
    low: str
    high: str


def stretches(at: datetime, position: int) -> Iterator[Stretch]:
    """
    Yield where everything stands that is in force at *at* as known at *position*: one stretch of
    each bucket, in an order that is the same for every question.
    """
    for digits in range(1, _LASTING_DIGITS + 1):
        yield Stretch(digits, _before(at, 10**digits), canonical(at))
    for digits in range(1, POSITION_DIGITS + 1):
        low = max(0, position - 10**digits)
        yield Stretch(-digits, _padded(low), _padded(position))


def _before(at: datetime, microseconds: int) -> str:
    """
    Return the text of the moment so many *microseconds* before *at*; where there is none, a text
    that all moments are behind.
    """
    if (at - _BEGINNING) // MICROSECOND < microseconds:
        return ""
    return canonical(at - timedelta(microseconds=microseconds))


def _padded(position: int) -> str:
    return str(position).zfill(POSITION_DIGITS)
