"""
The benches by the number of their bars, and how they are run: each in a process of its own.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import attrs

from tests.benchmarks import policing, reading, restricting, reviewing, starting, streaming, writing
from tests.benchmarks.foundation import alone, build, memory_peak_mb
from tests.benchmarks.measurement import Measurement
from tests.benchmarks.scale import Scale


class Bench(NamedTuple):
    """
    A bench, and the sizes of the ledgers that it asks.
    """

    run: Callable[[Scale, Path], list[Measurement]]
    sizes: tuple[str, ...] = ()


BENCHES: Final = {
    "B1": Bench(writing.one_by_one),
    "B4": Bench(writing.in_batches),
    "B6": Bench(reading.whole_log, ("actions",)),
    "B7": Bench(reading.one_account, ("actions",)),
    "B8": Bench(restricting.by_duration, ("actions",)),
    "B9": Bench(restricting.at_a_moment, ("actions",)),
    "B13": Bench(streaming.memory, ("quarter", "streamed")),
    "B14": Bench(starting.help_text),
    "POLICY": Bench(policing.recording),
    "BACKTEST": Bench(policing.past, ("actions",)),
    "REVIEW": Bench(reviewing.whole_ledger, ("actions",)),
}


def measure(name: str, scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return what the bench *name* found, with the most memory that this process had.
    """
    found = BENCHES[name].run(scale, folder)
    peak_mb = memory_peak_mb()
    return [attrs.evolve(row, memory_peak_mb=max(peak_mb, row.memory_peak_mb)) for row in found]


def run(names: Sequence[str], scale: Scale) -> list[Measurement]:
    """
    Return what the benches *names* found, each in a process of its own.
    """
    found: list[Measurement] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for size in sorted(
            {getattr(scale, size) for name in names for size in BENCHES[name].sizes}
        ):
            _say(f"recording {size:,} actions")
            alone(build, folder, size, scale.accounts)
        for name in names:
            _say(f"measuring {name}")
            found += alone(measure, name, scale, folder)
    return found


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
