"""
The ledgers under the benches, and the processes that the benches run in.
"""

import re
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from ledger import Ledger
from tests.benchmarks.actions import BEGINNING, actions, enrolments

P = ParamSpec("P")
T = TypeVar("T")

_BATCH: Final = 1_000
_STATUS: Final = Path("/proc/self/status")
_KIBIBYTES_A_MB: Final = 1000 / 1.024


class Clock:
    """
    A clock that stands where it is put.
    """

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> datetime:
        """
        Return where it stands.
        """
        return self.now


def url_of(path: Path) -> str:
    """
    Return the URL of the ledger in *path*.
    """
    return f"sqlite:///{path}"


def opened(path: Path, clock: Clock, logs: int) -> Ledger:
    """
    Return a new ledger in *path* whose operators are enrolled.
    """
    ledger = Ledger.create(url_of(path), clock=clock, logs=logs)
    ledger.record_many(enrolments())
    return ledger


def path_of(folder: Path, size: int) -> Path:
    """
    Return where in *folder* the ledger of *size* actions is.
    """
    return folder / f"{size}.db"


def build(folder: Path, size: int, accounts: int) -> None:
    """
    Record *size* actions on *accounts* accounts through the front door.
    """
    clock, taken = Clock(), actions(accounts)
    with opened(path_of(folder, size), clock, 1) as ledger:
        left = size
        while left:
            some = list(islice(taken, min(_BATCH, left)))
            clock.now = some[-1].recorded_at
            ledger.record_many([action.command for action in some])
            left -= len(some)


def alone(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """
    Return what *function* returns in a new process, whose memory is its own.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *arguments, **named).result()


def memory_peak_mb() -> float:
    """
    Return the most memory that this process has had, in megabytes.
    """
    if _STATUS.exists():
        # What `getrusage` says also counts the parent, from before this program began.
        peak = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
        assert peak is not None
        return int(peak[1]) / _KIBIBYTES_A_MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIBIBYTES_A_MB
