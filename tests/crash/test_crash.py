"""
The crash trials in their short form: whatever strikes, nothing that was acknowledged is lost.

`make crash` strikes as often as a release needs.
"""

import os
import random
from collections.abc import Iterator

import pytest

from tests.crash.__main__ import main
from tests.crash.audit import Found
from tests.crash.full_disk import NoSmallDisk
from tests.crash.place import Place
from tests.crash.powercut import cut_power
from tests.crash.suite import ON_POSTGRES, SHORT, TRIALS, run
from tests.crash.toll import Toll, table
from tests.postgres.programs import installed_binaries

SEED = 11


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """
    Return where the ledgers of these tests are.
    """
    with Place() as given:
        yield given


@pytest.fixture(params=TRIALS)
def trial(request: pytest.FixtureRequest) -> str:
    """
    Return the name of each trial in turn, but of none that needs a server where none can be begun.
    """
    name: str = request.param
    if name in ON_POSTGRES and installed_binaries() is None:
        required = os.environ.get("LEDGER_REQUIRE_POSTGRES")
        (pytest.fail if required else pytest.skip)("no PostgreSQL that may be killed")
    return name


def test_nothing_that_was_acknowledged_is_lost(trial: str, place: Place):
    """
    Every acknowledged action is there once, nothing has gaps, what is derived is as rebuilt, and
    the ledger goes on. A trial whose faults all fell between two writes would say nothing.
    """
    try:
        toll = run(trial, place, SHORT, SEED)
    except NoSmallDisk as reason:
        pytest.skip(str(reason))

    assert [] == toll.broken
    assert [] == toll.lost
    assert toll.in_a_write
    assert toll.acknowledged
    assert toll.stored >= toll.acknowledged


def test_a_database_that_does_not_sync_loses_what_it_acknowledged(place: Place):
    """
    The power cut is one: where SQLite may leave out syncs, it shows.
    """
    toll = cut_power(place, SHORT.power_cuts, random.Random(SEED), synchronous="NORMAL")

    assert len(toll.lost) > SHORT.power_cuts


def test_the_command_prints_what_each_trial_took(capsys: pytest.CaptureFixture[str]):
    """
    A row a trial, and 0 for a run in which nothing was lost.
    """
    assert 0 == main(["--only", "power", "--seed", "7"])

    seed, _, headings, row = capsys.readouterr().out.splitlines()
    assert "seed 7" == seed
    assert headings.startswith("trial            engine  faults  in a write  acknowledged  stored")
    assert row.startswith("power cut, FULL  sqlite      25")


def test_a_trial_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]):
    """
    A wrong name is an error of usage that says which there are.
    """
    with pytest.raises(SystemExit) as ended:
        main(["--only", "power,flood"])

    assert 2 == ended.value.code
    assert "there is no trial flood; there are writer-sqlite, " in capsys.readouterr().err


def test_a_toll_adds_up_what_was_found():
    """
    Faults, what was stored without an answer, what is lost and what is broken are summed up; a loss
    ends a trial, and so does a write that was hit once there were enough faults.
    """
    found = Found({"a": "1", "b": "2"}, {"a": "1", "b": "2", "c": "3"}, [])
    toll = Toll(trial="writer killed", engine="sqlite")
    toll.struck(found, in_a_write=False)
    assert toll.is_short_of(1)
    toll.struck(found, faults=9, in_a_write=True)
    assert not toll.is_short_of(10)
    assert toll.is_short_of(11)
    assert toll.held
    toll.struck(Found({"a": "1", "b": "2"}, {"a": "1", "b": "3"}, ["a gap"]), in_a_write=True)
    assert not toll.is_short_of(12)
    assert not toll.held

    toll.ended(found).seconds = 1.26
    assert (
        "trial          engine  faults  in a write  acknowledged  stored  unacknowledged  lost"
        "  broken  seconds\n"
        "writer killed  sqlite      11           2             2       3               2     1"
        "       1      1.3"
    ) == table([toll])
