"""
Following beside processes that write: nothing is skipped, nothing comes twice.

LEDGER_LONG=1 follows 100,000 entries on each database instead of 5,000, some minutes each, for
which `faulthandler_timeout` has to be longer than usual.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest

from ledger import Entry, Ledger
from tests.conftest import Backend
from tests.store.many_writers import PATIENCE_SECONDS, recording

ENTRIES = 100_000 if os.environ.get("LEDGER_LONG") else 5_000
WRITERS = ["first", "second", "third", "fourth"]

KEPT = [
    Backend("sqlite", "sqlite"),
    Backend("sqlite-256-logs", "sqlite", logs=256),
    Backend("postgres", "postgres"),
    Backend("postgres-256-logs", "postgres", logs=256),
]


def positions(entries: list[Entry], logs: int) -> dict[int, list[int]]:
    """
    Return the positions of *entries* by their log, as they came.
    """
    found: dict[int, list[int]] = {log: [] for log in range(logs)}
    for entry in entries:
        found[entry.log].append(entry.position)
    return found


def followed(ledger: Ledger, count: int) -> tuple[list[Entry], str | None]:
    """
    Return *count* entries as they come, and the cursor behind them.

    Each follower goes on from where one left that gave out as many as all before it.
    """
    entries: list[Entry] = []
    cursor = None
    while len(entries) < count:
        with ledger.follow(cursor) as follower:
            entries += islice(follower, min(len(entries) + 1, count - len(entries)))
            cursor = follower.cursor
    return entries, cursor


@pytest.mark.parametrize("backend", KEPT, ids=lambda backend: backend.name)
def test_nothing_is_skipped_and_nothing_comes_twice(ledger_url: str, backend: Backend):
    """
    While four processes record, a fifth is given every entry once, in the order of its log.
    """
    Ledger.create(ledger_url, logs=backend.logs).close()
    # A ledger that is closed lets a follower go who waits for what nobody recorded.
    with ThreadPoolExecutor(1) as reader, Ledger.open(ledger_url, create=False) as ledger:
        with recording(ledger_url, WRITERS, ENTRIES // len(WRITERS)):
            # The first entry is the ledger's own.
            reading = reader.submit(followed, ledger, ENTRIES + 1)
        entries, cursor = reading.result(PATIENCE_SECONDS)

        assert [] == list(ledger.follow(cursor, once=True))
        sizes = {log.log: log.size for log in ledger.status().logs}
        stored = {(entry.log, entry.position): entry.body for entry in ledger.entries()}
    assert {log: [*range(1, sizes[log] + 1)] for log in sizes} == positions(entries, backend.logs)
    assert stored == {(entry.log, entry.position): entry.body for entry in entries}
