"""
The benches run and say what they found; how fast anything is, is not tested here.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.actions import AUTOMATION, actions
from tests.benchmarks.measurement import Bar, Measurement, table
from tests.benchmarks.suite import BENCHES

ROOT = Path(__file__).parents[2]
# What is about no engine is run with the first.
RUNS = [
    (name, engine) for name, bench in BENCHES.items() for engine in bench.engines or ("sqlite",)
]
FIELDS = {"name", "value", "unit", "floor", "ratio", "size"}
# Where none is what is hoped for.
COUNTED = {"faults", "answers"}

Row = dict[str, Any]


@pytest.fixture(scope="module")
def measured(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], list[Row]]:
    """
    The rows of all benches at a tiny size, on the engine that is named.
    """

    @cache
    def run(engine: str) -> subprocess.CompletedProcess[bytes]:
        environment = dict(os.environ)
        if engine == "postgres":
            environment["LEDGER_TEST_DSN"] = request.getfixturevalue("postgres_server").dsn
        folder = tmp_path_factory.mktemp(engine)
        asked = ["--engine", engine, "--size", "tiny", "--json", "--folder", str(folder)]
        return subprocess.run(
            [sys.executable, "-m", "tests.benchmarks", *asked],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            check=False,
        )

    def measure(engine: str) -> list[Row]:
        ran = run(engine)
        assert 0 == ran.returncode, ran.stderr.decode()
        rows: list[Row] = json.loads(ran.stdout)
        return rows

    return measure


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, object]]:
    """
    The commands of many actions.
    """
    return [action.command for action in islice(actions(2_000), 10_000)]


@pytest.mark.parametrize(("name", "engine"), RUNS)
def test_every_bench_prints_its_rows(
    name: str, engine: str, measured: Callable[[str], list[Row]]
) -> None:
    """
    Each bench runs at a tiny size on its engines, and each of its rows says what was found beside
    which floor.
    """
    rows = [row for row in measured(engine) if row["name"].split()[0] == name]

    assert rows
    assert all(row.keys() == FIELDS for row in rows)
    assert all(row["name"].endswith(f", {engine}") for row in rows if BENCHES[name].engines)
    assert all(row["floor"] > 0 for row in rows)
    assert all(row["value"] > 0 for row in rows if row["unit"] not in COUNTED)
    assert [row["value"] / row["floor"] for row in rows] == [row["ratio"] for row in rows]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_is_measured_is_also_right(engine: str, measured: Callable[[str], list[Row]]) -> None:
    """
    Whatever way actions were recorded in, each is stored once, without gaps, and what is derived
    follows from the entries; no answer that says that it stands became another one.
    """
    rows = measured(engine)
    faults = [row for row in rows if row["unit"] == "faults"]
    answers = [row for row in rows if row["unit"] == "answers"]
    standing = [row for row in answers if "unsettled" not in row["name"]]

    assert len(faults) >= 8
    assert len(standing) == 4
    assert {0} == {row["value"] for row in faults + standing}
    # The writer does commit between the questions: what says that it may change does.
    assert all(row["value"] > 0 for row in answers if "unsettled" in row["name"])


def test_a_bench_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A wrong number of a bench is an error of usage that says which there are.
    """
    with pytest.raises(SystemExit) as ended:
        main(["--only", "B1,B99"])

    assert 2 == ended.value.code
    assert "there is no bench B99; there are B1, B2" in capsys.readouterr().err


def test_an_engine_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """
    So is a wrong name of an engine.
    """
    with pytest.raises(SystemExit) as ended:
        main(["--engine", "sqlite,mariadb"])

    assert 2 == ended.value.code
    assert "there is no engine mariadb; there are sqlite, postgres" in capsys.readouterr().err


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
