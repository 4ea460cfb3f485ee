"""
Sweeps: all entries of some kinds, in the order in which they were recorded.
"""

import pytest

from ledger.store.sweep import of_kinds
from tests.store.conftest import live
from tests.store.tracing import statements_on

KINDS = ("account.action_taken", "account.action_reversed", "operator.enrolled")


@pytest.mark.parametrize("bounds", [(None, None), (3, None), (None, 7), (3, 7), (7, 3)])
def test_a_sweep_is_what_all_entries_hold_of_those_kinds(staffed, clock, bounds):
    """
    On one log or many, between two times or none: the same entries in the same order, up to the
    cut.
    """
    for _ in live(staffed, clock, commands=60):
        pass
    entries = list(staffed.entries())
    times = [entry.recorded_at for entry in entries if entry.kind in KINDS]
    after, before = (None if at is None else times[len(times) * at // 10] for at in bounds)

    for known in (None, times[len(times) // 2]):
        expected = [
            entry
            for entry in entries
            if entry.kind in KINDS
            and (after is None or entry.recorded_at > after)
            and (before is None or entry.recorded_at < before)
            and (known is None or entry.recorded_at <= known)
        ]
        with staffed._reader.question(known, clock()) as question:  # noqa: SLF001, what is tested
            assert expected == list(of_kinds(question, KINDS, after=after, before=before))


def test_a_sweep_between_two_times_does_not_read_the_whole_log(file_ledger, clock):
    """
    The index by time narrows it down.
    """
    with file_ledger._reader.question(None, clock()) as question:  # noqa: SLF001
        with statements_on(question.connection) as statements:
            list(of_kinds(question, KINDS, after=clock.now))
        (swept,) = statements
        plan = question.connection.execute(f"EXPLAIN QUERY PLAN {swept}").fetchall()

    assert any("entries_recorded (log=? AND recorded_at>?)" in row[3] for row in plan)
