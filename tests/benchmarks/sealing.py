"""
What sealing costs in `record_many`: the same actions in a plain and in a sealed ledger, in turn.

``python -m tests.benchmarks.sealing`` prints the ratio of the times that the processor took, and
that of the times on the clock; the bar is 1.7.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger import FileKEK, Keys, Ledger
from tests.benchmarks.actions import Action, actions, enrolments

ACTIONS: Final = 4_000
ACCOUNTS: Final = 2_000
ROUNDS: Final = 7
_BATCH: Final = 1_000


class Times(NamedTuple):
    """
    How many seconds it took: of the processor, and on the clock.
    """

    processor: float
    clock: float


def record(folder: Path, some: Sequence[Action], *, sealed: bool) -> Times:
    """
    Record *some* in a new ledger and return how long it took.
    """
    told: dict[str, Any] = {}
    if sealed:
        kek = FileKEK.generate(folder / "kek")
        told = {"sealed": True, "keys": Keys.at(f"sqlite:///{folder / 'keys.db'}", kek=kek)}
    now = [some[0].recorded_at]
    with Ledger.create(f"sqlite:///{folder / 'ledger.db'}", clock=lambda: now[0], **told) as ledger:
        ledger.record_many(enrolments())
        began = time.process_time(), time.perf_counter()
        for start in range(0, len(some), _BATCH):
            part = some[start : start + _BATCH]
            now[0] = part[-1].recorded_at
            ledger.record_many([action.command for action in part])
        return Times(time.process_time() - began[0], time.perf_counter() - began[1])


def ratios(number: int = ACTIONS, rounds: int = ROUNDS) -> Times:
    """
    Return the medians of what a sealed ledger takes where a plain one takes 1.
    """
    some = [*islice(actions(ACCOUNTS), number)]
    found: list[Times] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            plain = record(Path(one), some, sealed=False)
            sealed = record(Path(other), some, sealed=True)
        found.append(Times(sealed.processor / plain.processor, sealed.clock / plain.clock))
    return Times(*(statistics.median(each) for each in zip(*found, strict=True)))


if __name__ == "__main__":
    processor, clock = ratios()
    sys.stdout.write(f"sealed against plain: {processor:.2f} processor, {clock:.2f} clock\n")
