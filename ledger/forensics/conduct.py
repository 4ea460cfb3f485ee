"""
The conduct of an operator: all of his acts in the order in which he took them, and the checks that
need to see them together.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import attrs

from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.identity import identifier
from ledger.moderation.moment import shortest
from ledger.moderation.operator import Operator
from ledger.moderation.vocabulary import Severity

BURST_ACTS: Final = 20
BURST_WITHIN: Final = timedelta(seconds=60)
LEFT_ACTS: Final = 20
LEFT_AFTER: Final = timedelta(days=30)

# These are made to act by the hundred.
_TIRELESS: Final = (OperatorKind.AUTOMATION, OperatorKind.SERVICE, OperatorKind.SYSTEM)
_UNITS: Final = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)))


class Deed(NamedTuple):
    """
    One act of an operator, in short.

    Args:
        acted_at: When he took it: at its effect or its recording, whichever is earlier.

        at: Its effective time, as corrected.

        log, position: Where the entry stands that took it.

        closed_by, until: Who ended it and when; None where nobody did, or it was never in force.
    """

    acted_at: datetime
    at: datetime
    log: int
    position: int
    closed_by: str | None
    until: datetime | None


@attrs.frozen
class Conduct:
    """
    All acts of one operator, as known at a cut.

    Args:
        deeds: By (acted, log, position), those whose effect was withdrawn included.

        log_ends_at: When the last entry of the cut was recorded, whoever it is of.
    """

    operator: Operator
    deeds: Sequence[Deed]
    log_ends_at: datetime


class Remark(NamedTuple):
    """
    What a check has to say of one act among the others.
    """

    deed: Deed
    why: str


def check_name(value: object) -> str:
    """
    Return *value* when it may name a check.

    Raises:
        Malformed: When it may not serve as an id.
    """
    return identifier(value, "check")


@attrs.frozen
class ConductCheck:
    """
    A check of all acts of one operator together.

    Args:
        name: Under which it is asked for, and its findings are known.

        function: Returns the acts that it finds, each with why.
    """

    name: str = attrs.field(converter=check_name)
    severity: Severity
    function: Callable[[Conduct], Iterable[Remark]]


def spelled(length: timedelta) -> str:
    """
    Return a duration as durations are given, ``1h30m``, with decimals where a second is not whole.
    """
    left, written = length, ""
    for unit, one in _UNITS:
        number, left = divmod(left, one)
        written += f"{number}{unit}" if number else ""
    seconds = f"{left.total_seconds():.6f}".rstrip("0").rstrip(".")
    return f"{written}{seconds}s" if left or not written else written


def burst(conduct: Conduct) -> Iterator[Remark]:
    """
    Return the first act of each burst: 20 acts or more of one operator within 60 seconds.

    Twenty acts that follow each other are a burst when the last is at most 60 seconds later than
    the first. Bursts that share an act are one, which so may go on for as long as it likes.
    Automations, services and the system are made to act so, and are left out.

    Example: a moderator who suspends 25 accounts in half a minute, with a script of his own.
    """
    if conduct.operator.kind in _TIRELESS:
        return
    deeds = conduct.deeds
    window: deque[datetime] = deque(maxlen=BURST_ACTS)
    first = last = -1
    for newest, deed in enumerate(deeds):
        window.append(deed.acted_at)
        oldest = newest - BURST_ACTS + 1
        if oldest < 0 or deed.acted_at - window[0] > BURST_WITHIN:
            continue
        if oldest > last:
            if last >= 0:
                yield _burst(deeds, first, last)
            first = oldest
        last = newest
    if last >= 0:
        yield _burst(deeds, first, last)


def _burst(deeds: Sequence[Deed], first: int, last: int) -> Remark:
    begun, ended = deeds[first], deeds[last]
    length = spelled(ended.acted_at - begun.acted_at)
    return Remark(begun, f"the first of {last - first + 1} acts within {length}")


def last_active_day(conduct: Conduct) -> Iterator[Remark]:
    """
    Return the acts of the last day (in UTC) on which the operator acted at all that someone else
    ended.

    For logs without leaving dates: only operators with 20 acts or more, whose last one is 30 days
    or more before the end of the log. An expiry is nobody's doing; what ended by the operator's
    own next act or reversal was not ended by someone else.

    Example: an administrator of two years blocks a colleague, is unblocked by a third, and never
    acts again.
    """
    deeds, operator = conduct.deeds, conduct.operator.operator
    if len(deeds) < LEFT_ACTS:
        return
    last = deeds[-1].acted_at
    if conduct.log_ends_at - last < LEFT_AFTER:
        return
    for deed in reversed(deeds):
        if deed.acted_at.date() != last.date():
            return
        if deed.closed_by is not None and deed.closed_by != operator:
            assert deed.until is not None
            yield Remark(
                deed,
                f"on the last of the days on which the operator took {len(deeds)} acts;"
                f" ended by {deed.closed_by!r} at {shortest(deed.until)}",
            )
