"""
The benches run and say what they found; how fast anything is, is not tested here.
"""

import json
from collections import Counter
from itertools import islice

import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.actions import AUTOMATION, actions
from tests.benchmarks.measurement import Bar, Measurement, table
from tests.benchmarks.suite import BENCHES


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, object]]:
    """
    The commands of many actions.
    """
    return [action.command for action in islice(actions(2_000), 10_000)]


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_prints_its_rows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Each bench runs at a tiny size, and each of its rows says what was found beside which floor.
    """
    main(["--only", name, "--size", "tiny", "--json"])

    rows = json.loads(capsys.readouterr().out)
    fields = {"name", "value", "unit", "floor", "ratio", "size"}
    assert rows
    assert all(row.keys() == fields for row in rows)
    assert {name} == {row["name"].split()[0] for row in rows}
    assert all(row["value"] > 0 and row["floor"] > 0 for row in rows)
    assert [row["value"] / row["floor"] for row in rows] == [row["ratio"] for row in rows]


def test_a_bench_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A wrong number of a bench is an error of usage that says which there are.
    """
    with pytest.raises(SystemExit) as ended:
        main(["--only", "B1,B99"])

    assert 2 == ended.value.code
    assert "there is no bench B99; there are B1, B4" in capsys.readouterr().err


def test_the_table_tells_what_was_missed() -> None:
    """
    A bar is held or MISSED, by the ratio or by the value, and a row without a bar is neither.
    """
    found = [
        Measurement(name=name, value=value, unit="ms", floor=2.0, size="1 of 1", bar=bar)
        for name, value, bar in (
            ("B1 kept", 4.0, Bar(at_least=2.0)),
            ("B2 not", 4.0, Bar(at_most=3.9, of="value")),
            ("B3 shown", 12_345.6, None),
        )
    ]

    assert (
        "name       value  unit  floor    ratio  bar     held    peak MB  size\n"
        "B1 kept        4  ms        2     2.00  >= 2 x  held          0  1 of 1\n"
        "B2 not         4  ms        2     2.00  <= 3.9  MISSED        0  1 of 1\n"
        "B3 shown  12,346  ms        2  6172.80  -       -             0  1 of 1"
    ) == table(found)


def test_actions_are_the_same_every_time(recorded: list[dict[str, object]]) -> None:
    """
    What is measured today is what was measured yesterday.
    """
    assert recorded == [action.command for action in islice(actions(2_000), 10_000)]


def test_actions_are_spread_as_in_real_logs(recorded: list[dict[str, object]]) -> None:
    """
    One automation takes about half of all actions, and a few accounts have many times the median.
    """
    by = Counter(command["by"] for command in recorded)
    counts = sorted(Counter(str(command.get("account")) for command in recorded).values())

    assert 0.49 == pytest.approx(by[AUTOMATION] / len(recorded), abs=0.03)
    assert counts[-2] > 10 * counts[len(counts) // 2]
