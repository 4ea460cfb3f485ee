"""
What is made without the ledger is what the ledger made.
"""

from itertools import islice
from pathlib import Path

import pytest

from ledger import Malformed
from tests.benchmarks.actions import actions
from tests.benchmarks.foundation import Clock, opened
from tests.benchmarks.rows_alone import transactions
from tests.benchmarks.site import WRITTEN, rows_since
from tests.benchmarks.sqlite_site import SQLiteSite
from tests.benchmarks.values_alone import making


@pytest.mark.parametrize("logs", [1, 4])
def test_the_values_of_a_ledger_are_made_to_the_last_byte(tmp_path: Path, logs: int) -> None:
    """
    The entries with their bytes and hashes, the claims, and every version of the restrictions; and
    commands are checked.
    """
    site, clock = SQLiteSite(tmp_path), Clock(tick_us=1)
    some = [*islice(actions(50), 120)]
    with opened(site, "mine", clock, logs) as ledger:
        clock.now = some[-1].recorded_at
        ledger.record_many([action.command for action in some])
    mine = site.connect("mine")
    entries = rows_since(mine, WRITTEN["entries"], "")
    written = transactions(entries, mine, lambda row: str(row[5]))
    given = [action.command for action in some]
    made = making(given, written, logs)()

    assert {table: [row for each in written for row in each[table]] for table in made} == made
    assert {"entries", "claims", "restrictions"} == made.keys()
    assert all(made.values())
    with pytest.raises(Malformed, match="reason"):
        making([{**given[0], "reason": 1}], written, logs)()
    mine.close()
