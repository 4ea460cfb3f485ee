"""
B13: the memory of what reads a whole ledger.
"""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ledger import Ledger
from tests.benchmarks.foundation import alone, memory_peak_mb, path_of, url_of
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale

MB_MAX: Final = 150.0


def _entries(ledger: Ledger) -> None:
    deque(ledger.entries(), maxlen=0)


def _restrictions(ledger: Ledger) -> None:
    deque(ledger.restrictions(), maxlen=0)


def _export(ledger: Ledger) -> None:
    deque(ledger.export_actions(), maxlen=0)


def _rebuild(ledger: Ledger) -> None:
    assert not any(table.missing or table.unfounded for table in ledger.rebuild())


STREAMING: Final[dict[str, Callable[[Ledger], None]]] = {
    "entries": _entries,
    "restrictions": _restrictions,
    "export actions": _export,
    "rebuild": _rebuild,
}


def _peak_mb(name: str, path: Path) -> float:
    with Ledger.open(url_of(path), create=False) as ledger:
        STREAMING[name](ledger)
    return memory_peak_mb()


def memory(scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return B13: the memory of each streaming question, over a quarter of the entries as the floor.
    """
    found = []
    for name in STREAMING:
        floor = alone(_peak_mb, name, path_of(folder, scale.quarter))
        peak = alone(_peak_mb, name, path_of(folder, scale.streamed))
        found.append(
            Measurement(
                name=f"B13 memory of {name}",
                value=peak,
                unit="MB",
                floor=floor,
                size=f"{scale.streamed:,} actions; the floor is {scale.quarter:,}; 1 log",
                bar=Bar(at_most=MB_MAX, of="value"),
                memory_peak_mb=peak,
            )
        )
    return found
