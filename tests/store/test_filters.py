"""
Filters: what the table of restrictions returns is what the pure rules pick from all of them.
"""

from datetime import timedelta

import pytest

from ledger import Ledger
from ledger.store import search
from tests.store.conftest import edges

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("shortest", "before"),
    [(0 * MINUTE, None), (MINUTE, 20 * MINUTE), (20 * MINUTE, 21 * MINUTE), (60 * MINUTE, None)],
)
def test_durations_are_picked_as_the_rule_picks_them(lively: Ledger, shortest, before):
    """
    Half-open bounds, and no time told for what has no end: for one measure and for all of them.
    """
    known = [*lively.restrictions()]
    lasting = [restriction for restriction in known if restriction.lasts(shortest, before)]

    assert lasting == [*lively.restrictions(lasting=(shortest, before))]
    for measure in {restriction.measure for restriction in known}:
        asked = lively.restrictions(lasting=(shortest, before), measure=measure)
        assert [r for r in lasting if r.measure == measure] == [*asked]


def test_windows_are_picked_as_the_rule_picks_them(lively: Ledger):
    """
    Every window between two edges, half-open at both of its ends.
    """
    known = [*lively.restrictions()]
    moments = edges(known)

    for from_, until in zip(moments, moments[2:], strict=False):
        overlapping = [restriction for restriction in known if restriction.overlaps(from_, until)]
        assert overlapping == [*lively.restrictions(during=(from_, until))]


def test_a_moment_is_picked_as_the_rule_picks_it(lively: Ledger):
    """
    At its first moment a restriction is in force, and at its end no more.
    """
    known = [*lively.restrictions()]

    for at in edges(known):
        covering = [restriction for restriction in known if restriction.covers(at)]
        assert covering == [*lively.restrictions(in_force_at=at)]
        assert len(covering) == lively.count_restrictions(in_force_at=at)


@pytest.mark.parametrize("logs", [1, 4])
def test_any_number_of_keys_is_asked_for_in_few_statements(logs: int):
    """
    Each asks for every key and for no other, repeated up to a power of two.
    """
    statements = set()
    for count in range(logs, 257):
        keys = [(number % logs, f"account/{number}") for number in range(count)]
        where = search.Where()
        where.add_one_of("log, stream", keys)
        statements.add(str(where))
        size = len(where.parameters) // logs
        groups = [where.parameters[at : at + size] for at in range(0, logs * size, size)]
        assert set(keys) == {(log, stream) for log, *streams in groups for stream in streams}

    assert 10 >= len(statements)


def test_keys_of_very_different_logs_are_not_repeated():
    """
    Where it would take many times as many values, each is there once.
    """
    keys = [(0, str(number)) for number in range(200)] + [(log, "one") for log in range(1, 56)]
    where = search.Where()
    where.add_one_of("log, stream", keys)

    assert len(keys) + 56 == len(where.parameters)
