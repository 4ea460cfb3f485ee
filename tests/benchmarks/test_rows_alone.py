"""
What the database is given without the ledger is what the ledger gave it.
"""

from itertools import islice
from pathlib import Path

import pytest

from tests.benchmarks.actions import actions
from tests.benchmarks.foundation import Clock, opened
from tests.benchmarks.rows_alone import transactions
from tests.benchmarks.site import WRITTEN, rows_since
from tests.benchmarks.sqlite_site import SQLiteSite


@pytest.mark.parametrize("logs", [1, 4])
def test_all_rows_of_a_ledger_are_written_by_its_transactions(tmp_path: Path, logs: int) -> None:
    """
    The entries, claims and restrictions are those of the ledger to the last row, and so are the
    sizes of its logs; what was recorded in one transaction is written in one.
    """
    site, clock = SQLiteSite(tmp_path), Clock(tick_us=1)
    some = [*islice(actions(50, reversals=False), 120)]
    with opened(site, "mine", clock, logs) as ledger:
        clock.now = some[-1].recorded_at
        for start in range(0, len(some), 10):
            ledger.record_many([action.command for action in some[start : start + 10]])
    mine, alone = site.connect("mine"), site.connect("alone")
    alone.create_written(logs)
    entries = rows_since(mine, WRITTEN["entries"], "")
    written = transactions(entries, mine, lambda row: str(row[5]))
    for each in written:
        alone.write(each)
    asked = {
        table: f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3, 4, 5"  # noqa: S608, constants
        for table, columns in WRITTEN.items()
    }
    asked["heads"] = "SELECT log, size, recorded_at FROM heads ORDER BY log"

    assert {table: mine.select(question) for table, question in asked.items()} == {
        table: alone.select(question) for table, question in asked.items()
    }
    assert [10] * 12 == [len(each["entries"]) for each in written[-12:]]
    mine.close()
    alone.close()
