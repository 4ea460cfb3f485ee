"""
Rates: how many acts there were lately, for safeguards that limit them.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from ledger.moderation.safeguards import Safeguard

_EVERYONE: Final = ""


class Rates:
    """
    The acts that count for safeguards that limit a rate, by safeguard and operator.
    """

    def __init__(self, safeguards: Iterable[Safeguard]) -> None:
        self._rated = [(each, each.rate) for each in safeguards if each.rate is not None]
        self._times: dict[tuple[str, str], deque[datetime]] = {}

    def count(self, measure: str, tier: str | None, operator: str, at: datetime) -> None:
        """
        Count an act of *operator* on an account protected as *tier*.
        """
        for safeguard, rate in self._rated:
            if safeguard.concern.counts(measure, tier):
                whose = _EVERYONE if rate.of_everyone else operator
                times = self._times.setdefault((safeguard.name, whose), deque())
                if times and at < times[-1]:
                    # Of another log, which was looked at later.
                    insort(times, at)
                else:
                    _forget(times, at, rate.window)
                    times.append(at)

    def within(self, operator: str, now: datetime) -> dict[str, int]:
        """
        Return, by safeguard, how many acts of *operator* there were in its time until *now*.
        """
        counted = {}
        for safeguard, rate in self._rated:
            whose = _EVERYONE if rate.of_everyone else operator
            times = self._times.get((safeguard.name, whose))
            if times:
                _forget(times, now, rate.window)
            counted[safeguard.name] = len(times) if times else 0
        return counted


def _forget(times: deque[datetime], now: datetime, window: timedelta) -> None:
    """
    Drop those of *times* that lie *window* or further back.
    """
    while times and now - times[0] >= window:
        times.popleft()
