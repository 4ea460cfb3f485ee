"""
Processes that record as much as they can, for tests of who reads meanwhile:
``python -m … URL NAME COUNT``.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from ledger import Ledger, Unavailable

ACCOUNTS = 997
SUBMITTED, BATCHED, SINGLE = 60, 30, 10
PATIENCE_SECONDS = 1200


def record(ledger: Ledger, name: str, count: int) -> None:
    """
    Record *count* notes: some that share transactions, some in batches, some alone.
    """
    notes = iter(range(count))

    def some(most: int) -> list[dict[str, object]]:
        return [
            {
                "command": "note",
                "account": f"{name}-{n % ACCOUNTS}",
                "text": str(n),
                "by": "system",
                "request_id": f"{name}-{n}",
            }
            for n in islice(notes, most)
        ]

    while first := some(1):
        submitted = [(note, ledger.submit(note)) for note in (*first, *some(SUBMITTED))]
        insist(ledger, some(BATCHED))
        for note in some(SINGLE):
            insist(ledger, [note])
        for note, future in submitted:
            if isinstance(future.exception(), Unavailable):
                insist(ledger, [note])
            else:
                future.result()


def insist(ledger: Ledger, notes: list[dict[str, object]]) -> None:
    """
    Record *notes*, again where others keep the database too busy for too long.
    """
    while True:
        try:
            ledger.record_many(notes)
        except Unavailable:
            continue
        return


@contextmanager
def recording(url: str, names: list[str], count: int) -> Iterator[None]:
    """
    Let a process for each of *names* record *count* notes, and wait for them at the end.
    """
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.store.many_writers", url, name, str(count)],
            cwd=Path(__file__).parents[2],
        )
        for name in names
    ]
    try:
        yield
        assert {0} == {process.wait(PATIENCE_SECONDS) for process in started}
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    with Ledger.open(sys.argv[1], create=False) as opened:
        record(opened, sys.argv[2], int(sys.argv[3]))
