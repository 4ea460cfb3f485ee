"""
What lets an import be larger than memory: sets that take few bytes, and rows sorted on disk.
"""

import tempfile
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Unavailable
from ledger.exchange import spool
from ledger.exchange.numbers import Numbers, number_of
from ledger.exchange.spool import Spool


class Row(NamedTuple):
    """
    A row with what rows have: a key, and something that may be absent.
    """

    key: int
    text: str | None


ROWS = st.lists(st.builds(Row, st.integers(0, 50), st.just("x")), max_size=60)


@pytest.fixture
def _small_runs(monkeypatch) -> None:
    """
    Let a spool write to disk after seven rows.
    """
    monkeypatch.setattr(spool, "RUN_ROWS", 7)
    monkeypatch.setattr(spool, "BLOCK_ROWS", 3)


@given(st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 99)))
def test_numbers_are_a_set(numbers):
    """
    Adding says whether a number is new, and what was added is in it, and nothing else.
    """
    kept, known = Numbers(), set()
    for number in numbers:
        assert (number not in known) == kept.add(number)
        known.add(number)

    assert len(known) == len(kept)
    assert all(number in kept for number in known)
    assert not any(number + 1 in kept for number in known if number + 1 not in known)


@pytest.mark.parametrize("step", [1, 1 << 20, 1 << 40])
def test_many_numbers_stay_apart(step):
    """
    Neighbours and multiples of powers of two find a place as quickly as others.
    """
    kept = Numbers()
    new = sum(kept.add(number * step) for number in [*range(20_000), *range(20_000)])

    assert 20_000 == new == len(kept)


def test_equal_names_have_equal_numbers():
    """
    A number stands for a name wherever it was read.
    """
    name = "ab"
    assert number_of(name) == number_of("abc"[:2])
    assert number_of(("action", "a")) != number_of(("report", "a"))


@pytest.mark.usefixtures("_small_runs")
@given(ROWS)
def test_rows_come_out_in_order(rows):
    """
    Few or many, sorted or not, all rows come out once, in order, as often as they are asked for.
    """
    with Spool(Row) as kept:
        for row in rows:
            kept.add(row)

        assert len(rows) == len(kept)
        assert sorted(rows) == list(kept)
        assert sorted(rows) == list(kept)


@pytest.mark.usefixtures("_small_runs")
def test_rows_keep_what_is_absent_and_every_character():
    """
    What comes back from disk is what went in.
    """
    rows = [Row(key, None if key % 2 else f"😂\n\x00{key}") for key in range(30)]
    with Spool(Row) as kept:
        for row in rows:
            kept.add(row)

        assert rows == list(kept)


@pytest.mark.usefixtures("_small_runs")
def test_a_folder_that_cannot_hold_the_rows_is_named(monkeypatch, tmp_path):
    """
    It is the machine's fault, not the input's.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with Spool(Row) as kept:
        for key in range(6):
            kept.add(Row(key, None))
        with pytest.raises(Unavailable, match="temporary file") as error:
            kept.add(Row(6, None))

    assert str(tmp_path / "missing") == error.value.where
