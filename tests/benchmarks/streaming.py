"""
B13: the memory of what reads a whole ledger, or writes one at once.
"""

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Final

from ledger import Ledger
from tests.benchmarks.actions import BEGINNING, actions
from tests.benchmarks.foundation import Clock, name_of, opened
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.processes import alone, memory_peak_mb
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Site

MB_MAX: Final = 150.0
# Longer than there is between two actions.
_APART: Final = timedelta(minutes=15)


def _entries(ledger: Ledger) -> None:
    deque(ledger.entries(), maxlen=0)


def _restrictions(ledger: Ledger) -> None:
    deque(ledger.restrictions(), maxlen=0)


def _export(ledger: Ledger) -> None:
    deque(ledger.export_actions(), maxlen=0)


def _follow(ledger: Ledger) -> None:
    deque(ledger.follow(once=True), maxlen=0)


def _rebuild(ledger: Ledger) -> None:
    assert not any(table.missing or table.unfounded for table in ledger.rebuild())


STREAMING: Final[dict[str, Callable[[Ledger], None]]] = {
    "entries": _entries,
    "restrictions": _restrictions,
    "export actions": _export,
    "follow": _follow,
    "rebuild": _rebuild,
}


def _asked_mb(name: str, url: str) -> float:
    with Ledger.open(url, create=False) as ledger:
        STREAMING[name](ledger)
    return memory_peak_mb()


def _recorded_mb(site: Site, size: int, accounts: int) -> float:
    """
    Return the memory of one batch of *size* actions that come from a generator.
    """
    clock = Clock()
    with opened(site, f"generated_{size}", clock, 1) as ledger:
        clock.now = BEGINNING + size * _APART
        ledger.record_many(action.command for action in islice(actions(accounts), size))
    return memory_peak_mb()


def memory(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B13: the memory of each streaming command, over a quarter of the entries as the floor.
    """
    found = []
    for name in STREAMING:
        floor, peak = (
            alone(_asked_mb, name, site.url(name_of(size)))
            for size in (scale.quarter, scale.streamed)
        )
        found.append(_row(name, peak, floor, scale.streamed))
    floor, peak = (
        alone(_recorded_mb, site, size, scale.accounts)
        for size in (scale.generated // 4, scale.generated)
    )
    return [*found, _row("record_many", peak, floor, scale.generated)]


def _row(name: str, peak: float, floor: float, size: int) -> Measurement:
    return Measurement(
        name=f"B13 memory of {name}",
        value=peak,
        unit="MB",
        floor=floor,
        size=f"{size:,} actions; the floor is {size // 4:,}; 1 log",
        bar=Bar(at_most=MB_MAX, of="value"),
        memory_peak_mb=peak,
    )
