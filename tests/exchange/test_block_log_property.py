"""
Random block logs: whatever they hold, the import says what the straight computation says.
"""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Ledger
from tests.exchange.agreement import answered, computed
from tests.exchange.block_log_csv import COLUMNS, Event, block_log, event
from tests.exchange.block_log_oracle import compute

# Few accounts and seconds, so that blocks meet, and logids that come again now and then.
SECONDS = st.integers(0, 12)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """
    Return a line, most often a usable one.
    """
    action = draw(st.sampled_from(["block", "block", "reblock", "unblock", "protect"]))
    expiry = draw(st.none() | SECONDS | st.sampled_from(["infinity", "soon"]))
    cells = {
        "title": draw(st.sampled_from(["User:Ada", "User:Bob", ""])),
        "user": draw(st.sampled_from(["Grace", "Mallory", "Grace", ""])),
        "comment": draw(st.sampled_from(["", "spam", "two\nlines", '"said"'])),
    }
    if draw(st.integers(0, 9)) == 0:
        cells["params"] = draw(st.sampled_from(["", "{", "{}", "{'expiry': []}", "[1]"]))
    return event(draw(st.integers(1, 40)), action, draw(SECONDS), expiry, **cells)


CHUNKS = st.tuples(st.permutations(COLUMNS), st.lists(events(), max_size=12))
FILES = st.lists(st.lists(CHUNKS, min_size=1, max_size=3), min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(FILES, st.sampled_from([1, 1, 3]))
def test_any_block_logs_agree_with_the_straight_computation(told, logs):
    """
    In whatever files, chunks and orders of columns the lines stand, counts, anomalies, endings and
    restrictions are those of the straight computation.
    """
    with tempfile.TemporaryDirectory() as folder, Ledger.create("memory:", logs=logs) as ledger:
        files = [Path(folder, f"{number}.csv") for number in range(len(told))]
        for file, chunks in zip(files, told, strict=True):
            text = "".join(block_log(lines, columns) for columns, lines in chunks)
            file.write_text(text, "utf-8", newline="")

        summary = ledger.import_history("block-log", files)

        assert computed(compute(files), logs) == answered(ledger, summary)
        assert [] == [d for d in ledger.rebuild() if d.missing or d.unfounded]
