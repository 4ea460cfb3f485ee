"""
The processes that the benches run in: each has a memory of its own, and nothing left of another.
"""

import re
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_STATUS: Final = Path("/proc/self/status")
_KIBIBYTES_A_MB: Final = 1000 / 1.024

_CONTEXT: Final = get_context("forkserver")


def begin_with(*modules: str) -> None:
    """
    Let the processes that this one begins be copies of one that has imported *modules* and done
    nothing else.
    """
    _CONTEXT.set_forkserver_preload([*modules])


def another() -> ProcessPoolExecutor:
    """
    Return a new process, which does one thing after the other.
    """
    return ProcessPoolExecutor(1, mp_context=_CONTEXT)


def alone(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """
    Return what *function* returns in a new process.
    """
    with another() as process:
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
