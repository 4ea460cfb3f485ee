"""
The benches by the number of their bars, and how they are run: each in a process of its own.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import attrs

from tests.benchmarks import (
    policing,
    reading,
    restricting,
    reviewing,
    stability,
    starting,
    streaming,
    verifying,
    writing,
)
from tests.benchmarks.foundation import build, build_long
from tests.benchmarks.measurement import Measurement, table
from tests.benchmarks.processes import alone, begin_with, memory_peak_mb
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Site
from tests.benchmarks.sites import ENGINES, opened, say

# The size of the ledger that has one account.
_LONGEST: Final = "longest"


class Bench(NamedTuple):
    """
    A bench, the sizes of the ledgers that it asks, and the engines that it is about.

    Args:
        engines: Where there is none, it is about neither, and is run once.
    """

    run: Callable[[Scale, Site], list[Measurement]]
    sizes: tuple[str, ...] = ()
    engines: tuple[str, ...] = ENGINES


BENCHES: Final = {
    "B1": Bench(writing.one_by_one, engines=("sqlite",)),
    "B2": Bench(writing.at_once, engines=("sqlite",)),
    "B3": Bench(writing.on_a_server, engines=("postgres",)),
    "B4": Bench(writing.in_batches, engines=("sqlite",)),
    "B5": Bench(writing.in_batches_on_a_server, engines=("postgres",)),
    "B6": Bench(reading.whole_log, ("actions",)),
    "B7": Bench(reading.one_account, ("actions", _LONGEST)),
    "B8": Bench(restricting.by_duration, ("actions", "vast")),
    "B9": Bench(restricting.at_a_moment, ("actions",)),
    "B10": Bench(verifying.whole_ledger, ("actions",)),
    "B11": Bench(verifying.new_entries, ("actions", "vast")),
    "B12": Bench(verifying.one_proof, ("actions", "vast")),
    "B13": Bench(streaming.memory, ("quarter", "streamed")),
    "B14": Bench(starting.help_text, engines=()),
    "B15": Bench(stability.as_of),
    "POLICY": Bench(policing.recording, engines=("sqlite",)),
    "BACKTEST": Bench(policing.past, ("actions",), engines=("sqlite",)),
    "REVIEW": Bench(reviewing.whole_ledger, ("actions",), engines=("sqlite",)),
}


def measure(name: str, scale: Scale, site: Site) -> list[Measurement]:
    """
    Return what the bench *name* found, with the most memory that this process had.
    """
    bench = BENCHES[name]
    # Nothing else is in the memory of those that are measured.
    begin_with("tests.benchmarks.foundation", type(site).__module__)
    found = bench.run(scale, site)
    peak_mb = memory_peak_mb()
    return [
        attrs.evolve(
            row,
            name=f"{row.name}, {site.engine}" if bench.engines else row.name,
            memory_peak_mb=max(peak_mb, row.memory_peak_mb),
        )
        for row in found
    ]


def run(
    names: Sequence[str], engines: Sequence[str], scale: Scale, folder: Path
) -> list[Measurement]:
    """
    Return what the benches *names* found on those of *engines* that they are about, each in a
    process of its own.

    Args:
        folder: Where the ledgers are while it lasts.
    """
    found: list[Measurement] = []
    begin_with(__name__)
    with opened(_needed(names, engines), folder) as sites:
        for site in sites:
            _build(site, names, scale)
        for name in names:
            about = BENCHES[name].engines
            for site in sites if about else sites[:1]:
                if not about or site.engine in about:
                    say(f"measuring {name}, {site.engine}")
                    rows = alone(measure, name, scale, site)
                    # What was found is not lost with a run that does not come to its end.
                    say(table(rows))
                    found += rows
    return found


def _needed(names: Sequence[str], engines: Sequence[str]) -> list[str]:
    """
    Return those of *engines* that the benches need.
    """
    about = {engine for name in names for engine in BENCHES[name].engines or engines[:1]}
    return [engine for engine in engines if engine in about]


def _build(site: Site, names: Sequence[str], scale: Scale) -> None:
    """
    Record the ledgers that the benches ask.
    """
    benches = [BENCHES[name] for name in names if site.engine in BENCHES[name].engines]
    sizes = {size for bench in benches for size in bench.sizes}
    for size in sorted({getattr(scale, size) for size in sizes - {_LONGEST}} - {0}):
        say(f"recording {size:,} actions, {site.engine}")
        alone(build, site, size, scale.accounts)
    if _LONGEST in sizes:
        say(f"recording {scale.longest:,} actions on one account, {site.engine}")
        alone(build_long, site, scale.longest)
