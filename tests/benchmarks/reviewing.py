"""
How long a review of the whole ledger takes, and how much memory.
"""

from collections import deque
from typing import Final

from ledger import Ledger
from tests.benchmarks.foundation import name_of
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Site
from tests.benchmarks.stopwatch import ROUNDS, interleaved, timed

_SECONDS_A_200_000: Final = 10.0
_ACTIONS: Final = 200_000


def whole_ledger(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return the time of a review by every check; the floor is reading every entry.
    """
    with Ledger.open(site.url(name_of(scale.actions))) as ledger:
        entries, findings = ledger.status().entries, sum(1 for _ in ledger.review())
        mine, floor = interleaved(
            timed(lambda: deque(ledger.review(), maxlen=0)),
            timed(lambda: deque(ledger.entries(), maxlen=0)),
        )
    return [
        Measurement(
            name="REVIEW the whole ledger, every check",
            value=mine,
            unit="s",
            floor=floor,
            size=f"{ROUNDS} x {findings:,} findings in {entries:,} entries, 1 log,"
            f" {scale.accounts:,} accounts; the floor is reading the entries",
            bar=Bar(at_most=_SECONDS_A_200_000 * scale.actions / _ACTIONS, of="value"),
        )
    ]
