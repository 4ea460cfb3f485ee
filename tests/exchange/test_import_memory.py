"""
How much memory an import takes: as much for many rows as for few.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.exchange.block_log_csv import block_log, event

# Half of them fill what is kept in memory of a ledger's streams.
ROWS = 40_000
ROWS_LONG = 100_000
MEBIBYTES_MAX = 150
# What arrays that double and allocators that keep pages may add between a half and the whole.
GROWTH_MEBIBYTES_MAX = 15

# Prints the peak of resident memory after the reading, after half of the writing, and at the end.
SCRIPT = """
import json, re, sys
from pathlib import Path
from ledger import Ledger

peaks = []

def peak():
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", status)[1]) // 1024

def progress(done, new):
    if not peaks or (len(peaks) == 1 and done * 2 > new):
        peaks.append(peak())

with Ledger.open(sys.argv[1]) as ledger:
    ledger.import_history("block-log", [sys.argv[2]], progress=progress)
print(json.dumps([*peaks, peak()]))
"""


def write_rows(path: Path, rows: int) -> None:
    """
    Write so many rows, in an order that is not that of their times: most are blocks of accounts of
    their own, every tenth unblocks one.
    """
    order = ((number * 7919) % rows for number in range(rows))
    events = (
        event(
            number,
            "unblock" if number % 10 == 9 else "block",
            number * 3,
            None if number % 10 == 9 else number * 3 + 86_400,
            title=f"User:10.0.{number // 250}.{number % 250 - (number % 10 == 9)}",
            user=f"Operator-{number % 300}",
            comment=f"vandalism, report {number}",
        )
        for number in order
    )
    path.write_text(block_log(events), "utf-8")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read the peak from")
@pytest.mark.parametrize("rows", [ROWS, pytest.param(ROWS_LONG, marks=pytest.mark.slow)])
def test_a_large_import_takes_as_much_memory_as_a_small_one(tmp_path, rows):
    """
    Reading many rows in no order stays far below the bound, and writing the second half of them
    takes no more than writing the first one.
    """
    write_rows(tmp_path / "rows.csv", rows)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"

    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, url, str(tmp_path / "rows.csv")],
        check=True,
        capture_output=True,
    )
    reading, half, whole = json.loads(ran.stdout)

    assert reading < MEBIBYTES_MAX / 2
    assert whole < MEBIBYTES_MAX
    assert whole - half < GROWTH_MEBIBYTES_MAX
