"""
Time as a bracket: between which moments others saw an entry come.

Who cosigned a log of so many entries had not seen the next one then, and had seen all before it. So
an entry was recorded later than the last cosigned size that it is not in, and earlier than the
first that it is in, whatever it claims itself: who appends an entry today and dates it back is
caught by the cosignature between.

Source: C2SP tlog-cosignature, on what a time states.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from ledger.moderation.moment import canonical, shortest

SLACK: Final = timedelta(minutes=5)
"""How far clocks may be apart."""

_SECOND: Final = timedelta(seconds=1)
_LATEST: Final = datetime.max.replace(tzinfo=UTC)
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


class Anchor(NamedTuple):
    """
    When somebody else saw a log.

    Args:
        size: How many entries it had.

        seconds: When, in whole seconds since 1970.

        by: Who saw it.
    """

    size: int
    seconds: int
    by: str


class _Bound(NamedTuple):
    at: str
    why: str


class Brackets:
    """
    Between which times each position of a log was recorded.

    Args:
        anchors: What others saw.

        slack: How far clocks may be apart.
    """

    def __init__(self, anchors: Iterable[Anchor] = (), slack: timedelta = SLACK) -> None:
        known = sorted(anchors)
        self._sizes = sorted({anchor.size for anchor in known})
        # For a position with so many of the sizes below it: the latest time at which it was not
        # there yet, and the earliest at which it was.
        self._after = [_Bound("", "")]
        for size in self._sizes:
            best = max((each for each in known if each.size <= size), key=_seconds)
            at = _shifted(best, -slack)
            self._after.append(_Bound(at, f"{_seen(best)} without it"))
        self._before = [
            _Bound(_shifted(best, slack + _SECOND), f"{_seen(best)} with it")
            for size in self._sizes
            for best in [min((each for each in known if each.size >= size), key=_seconds)]
        ]
        self._before.append(_Bound("~", ""))

    @property
    def are_known(self) -> bool:
        """
        Return whether anybody saw the log at all.
        """
        return bool(self._sizes)

    def covered(self, size: int) -> int:
        """
        Return of how many of *size* entries somebody else saw that they were there.
        """
        return min(size, max(self._sizes, default=0))

    def contradict(self, position: int, claimed: str) -> str | None:
        """
        Return why the entry at *position* cannot have been recorded when it says, canonically
        spelled; None where it can.
        """
        below = bisect_right(self._sizes, position - 1)
        after, before = self._after[below], self._before[below]
        if claimed < after.at:
            return f"it says {claimed}, and {after.why}"
        if claimed > before.at:
            return f"it says {claimed}, and {before.why}"
        return None


def _seconds(anchor: Anchor) -> int:
    return anchor.seconds


def _seen(anchor: Anchor) -> str:
    at = shortest(datetime.fromtimestamp(anchor.seconds, UTC))
    return f"{anchor.by} saw the log at {at}"


def _shifted(anchor: Anchor, by: timedelta) -> str:
    at = datetime.fromtimestamp(anchor.seconds, UTC)
    return canonical(min(max(at, _EARLIEST + abs(by)), _LATEST - abs(by)) + by)
