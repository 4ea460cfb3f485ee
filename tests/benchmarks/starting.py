"""
B14: how long the command line takes to say what it can do.
"""

import subprocess
import sys

from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Site
from tests.benchmarks.stopwatch import ROUNDS, interleaved, timed


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def help_text(_scale: Scale, _site: Site) -> list[Measurement]:
    """
    Return B14: `ledger --help` beside a Python that does nothing.
    """
    mine, floor = interleaved(
        timed(lambda: _run("-m", "ledger", "--help")), timed(lambda: _run("-c", "pass"))
    )
    return [
        Measurement(
            name="B14 ledger --help",
            value=mine * 1000,
            unit="ms",
            floor=floor * 1000,
            size=f"{ROUNDS} starts; the floor is python -c pass",
            bar=Bar(at_most=5),
        )
    ]
