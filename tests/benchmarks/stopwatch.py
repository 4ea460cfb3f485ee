"""
Contenders measured in turn, so that a noisy neighbour disturbs all of them alike.
"""

import statistics
import time
from collections.abc import Callable
from typing import Final

ROUNDS: Final = 5

Contender = Callable[[], float]


def timed(run: Callable[[], object]) -> Contender:
    """
    Return a contender that says how many seconds *run* takes.
    """

    def seconds() -> float:
        began = time.perf_counter()
        run()
        return time.perf_counter() - began

    return seconds


def interleaved(*contenders: Contender) -> list[float]:
    """
    Return the median of each contender's seconds over `ROUNDS` rounds, after one to warm up.
    """
    rounds = [[contender() for contender in contenders] for _ in range(ROUNDS + 1)]
    return [statistics.median(column) for column in zip(*rounds[1:], strict=True)]
