"""
The conformance run: a sound database keeps every promise, one that breaks a promise is found out by
the verdict about it, and nothing is left behind.
"""

import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ledger import Entry, Ledger, Malformed, Unavailable
from ledger.errors import LedgerError
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.conformance import Conformance, check_store
from ledger.store.conformance.ground import Told, act
from ledger.store.conformance.place import Place, made
from ledger.store.conformance.racing import gaps, overtaken
from ledger.store.conformance.run import PROPERTIES, run
from ledger.store.database import Database
from ledger.store.postgres import PostgresDatabase
from ledger.store.settings import Settings
from tests.conftest import Backend, take_action
from tests.store import bent
from tests.store.conftest import STRICTER, on

# Every property is tried once at least, however short the time is.
SHORT = 0.05
# Until the same is asked often enough to be answered in two ways.
LONGER = 2.0
FILE = Backend("sqlite", "sqlite")
SERVER = Backend("postgres", "postgres")
# How often each database breaks its promise, where it is not always, and which verdict fails then.
BROKEN: dict[type[bent.Bent], list[Any]] = {
    bent.Bent: [None],
    bent.Dropped: [1, "append-race"],
    bent.Uncommitted: [None, "gap-check"],
    bent.Repeated: [None, "conflict-and-retry"],
    bent.Forgetful: [None, "idempotency"],
    bent.Fickle: [None, "as-of-stability"],
    bent.Squinting: [None, "as-of-stability"],
    bent.Hasty: [None, "durability"],
    bent.Flipped: [1, "hash-tree"],
    bent.Incomplete: [1, "hash-tree"],
}
CONSTRAINTS = {
    "entries": ["entries_pk", "entries_version"],
    "restrictions": ["restrictions_pk"],
}


def broken(found: Conformance) -> set[str]:
    """
    Return the properties that were found not to hold.
    """
    return {verdict.property for verdict in found.properties if verdict.holds is False}


def tables(url: str) -> set[str]:
    """
    Return the tables of the database at *url*.
    """
    database = urls.connect(url, create=True)
    try:
        return database.tables()
    finally:
        database.close()


@on("sqlite", "postgres")
def test_a_sound_database_keeps_every_promise(ledger_url: str, backend: Backend):
    """
    Each property has been tried and holds, acts were counted, and the database is empty again.
    """
    found = check_store(ledger_url, logs=backend.logs, seconds=SHORT)

    assert [(name, True) for name in PROPERTIES] == [
        (verdict.property, verdict.holds) for verdict in found.properties
    ]
    assert found.holds()
    assert backend.logs == found.logs
    assert found.throughput is not None
    assert 0 < found.throughput.alone
    assert 0 < found.throughput.together
    assert set() == tables(ledger_url)


@pytest.mark.parametrize("backend", [STRICTER], ids=["repeatable-read"], indirect=True)
def test_races_that_the_engine_decides_are_counted(ledger_url: str):
    """
    Where the second of two writers is rolled back, the verdict says how often that was, by its
    SQLSTATE.
    """
    found = check_store(ledger_url, logs=1, seconds=SHORT)

    (said,) = (each.what for each in found.properties if each.property == "conflict-and-retry")
    assert re.search(r"run again: .*40001 \d+ times", said)
    assert found.holds()


@pytest.mark.parametrize("engine", BROKEN, ids=lambda engine: engine.__name__.lower())
def test_a_broken_promise_is_found_by_the_verdict_about_it(tmp_path: Path, engine: type[bent.Bent]):
    """
    Of a database that breaks one promise that verdict fails, with evidence, and no other.
    """
    times, *expected = BROKEN[engine]
    path, bend = tmp_path / "bent.db", bent.Bend(times)
    seconds = LONGER if "as-of-stability" in expected else SHORT

    found = run(Place(lambda: engine(path, bend), "bent", path), seconds=seconds)

    assert {*expected} == broken(found), found.properties
    assert (not expected) == found.holds()
    assert not path.exists()


@pytest.mark.parametrize("backend", [SERVER], ids=["postgres"], indirect=True)
def test_two_writers_that_are_let_in_at_once_are_found(ledger_url: str):
    """
    Where a head is no lock and no key is unique, several win one place, positions are given twice,
    and no root is that of the entries.
    """
    found = run(Place(_letting_everybody_in(ledger_url), "loose"), logs=1, seconds=SHORT)

    assert {"append-race", "gap-check", "hash-tree"} <= broken(found)
    assert set() == tables(ledger_url)


def _letting_everybody_in(url: str) -> Callable[[], Database]:
    """
    Return what connects to a database that orders nobody, and lets its tables forget their keys.
    """

    class Loose(bent.Through):
        def take_heads(self, logs: list[int], read: Any = ()) -> Any:
            looked = "SELECT size, recorded_at, frontier FROM heads WHERE log = ?"
            rows = [self.real.execute(looked, (log,)).fetchone() for log in logs]
            return rows, self.real.take_heads([], read)[1]

    class Open(PostgresDatabase):
        @contextmanager
        def writing(self) -> Any:
            with super().writing() as connection:
                yield Loose(connection, bend)  # type: ignore[arg-type]

    bend = bent.Bend(1)

    def connect() -> Database:
        database = Open(url)
        if "entries" in database.tables() and bend.is_due():
            with database.writing() as connection:
                for table, names in CONSTRAINTS.items():
                    for name in names:
                        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        return database

    return connect


def test_an_engine_that_says_nothing_of_itself_is_not_found_guilty(tmp_path: Path):
    """
    Whether it is durable cannot be told then, which breaks nothing.
    """
    path, bend = tmp_path / "bent.db", bent.Bend()

    found = run(Place(lambda: bent.Silent(path, bend), "silent", path), seconds=SHORT)

    assert ["durability"] == [each.property for each in found.properties if each.holds is None]
    assert found.holds()


@pytest.mark.parametrize("backend", [FILE, SERVER], ids=["sqlite", "postgres"], indirect=True)
def test_a_ledger_is_left_alone(staffed: Ledger, ledger_url: str):
    """
    Where there is a ledger, nothing is tried: it has the entries that it had.
    """
    before = [entry.body for entry in staffed.entries()]

    with pytest.raises(Malformed, match="a ledger already") as caught:
        check_store(ledger_url, seconds=SHORT)

    assert "an empty database" in (caught.value.expected or "")
    assert before == [entry.body for entry in staffed.entries()]


def test_memory_is_no_place_for_several():
    """
    What only one can open cannot be tried.
    """
    with pytest.raises(Malformed, match="one connection"):
        check_store("memory:", seconds=SHORT)


@pytest.mark.parametrize(
    ("told", "where"),
    [({"logs": 0}, "logs"), ({"seconds": 0}, "seconds"), ({"seconds": float("nan")}, "seconds")],
)
def test_what_makes_no_sense_is_refused(ledger_path: Path, told: dict[str, Any], where: str):
    """
    There is a log at least, and time for something; nothing is made before that is known.
    """
    with pytest.raises(Malformed) as caught:
        check_store(f"sqlite:///{ledger_path}", **told)

    assert where == caught.value.where
    assert not ledger_path.exists()


@pytest.mark.parametrize("backend", [SERVER], ids=["postgres"], indirect=True)
def test_other_tables_are_left_alone(ledger_url: str):
    """
    In a database with tables of somebody else those are there afterwards, and no others.
    """
    place = Place(lambda: urls.connect(ledger_url, create=True), "shared")
    database = place.connect()
    with database.writing() as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")

    with made(place, Settings(origin="of-the-check"), keep=False):
        assert {"recipes", "entries"} <= database.tables()

    assert {"recipes"} == database.tables()
    database.close()


def test_a_file_that_was_there_stays(ledger_path: Path):
    """
    An empty file is not removed; it is as empty as it was.
    """
    ledger_path.touch()

    check_store(f"sqlite:///{ledger_path}", seconds=SHORT)

    assert ledger_path.exists()
    assert set() == tables(f"sqlite:///{ledger_path}")


def test_a_run_that_is_interrupted_leaves_nothing(tmp_path: Path):
    """
    The tables and the file go whatever ended the run.
    """
    path, bend = tmp_path / "bent.db", bent.Bend(1)

    with pytest.raises(KeyboardInterrupt):
        run(Place(lambda: bent.Interrupted(path, bend), "bent", path), seconds=SHORT)

    assert [] == [*tmp_path.iterdir()]


def test_a_database_that_is_gone_is_unavailable(tmp_path: Path):
    """
    A run during which the database goes away ends without a verdict, and says which tables are
    left.
    """
    path, bend = tmp_path / "bent.db", bent.Bend(30)

    with pytest.raises(Unavailable, match="could not be dropped: nobody answers") as caught:
        run(Place(lambda: bent.Gone(path, bend), "bent", path), seconds=SHORT)

    assert "entries, heads, settings" in (caught.value.expected or "")


def test_what_is_kept_is_a_ledger(ledger_path: Path):
    """
    With *keep* the ledger that was made can be opened and asked.
    """
    check_store(f"sqlite:///{ledger_path}", logs=2, seconds=SHORT, keep=True)

    with Ledger.open(f"sqlite:///{ledger_path}", create=False) as ledger:
        assert ledger.settings.origin.startswith("check-store.invalid/")
        assert 2 == ledger.settings.logs
        assert 100 < ledger.status().entries
        assert not any(difference.differed for difference in ledger.rebuild())


def test_another_ledger_in_its_place_is_not_dropped(ledger_path: Path):
    """
    Only the very ledger that was made is dropped: not one that somebody has put there meanwhile.
    """
    url = f"sqlite:///{ledger_path}"
    place = Place(lambda: urls.connect(url, create=True), url, ledger_path)
    database = place.connect()

    with (
        made(place, Settings(origin="of-the-check"), keep=False),
        database.writing() as connection,
    ):
        connection.execute("UPDATE settings SET value = 'mine' WHERE name = 'origin'")

    found = settings.read(database)
    assert found is not None
    assert "mine" == found.origin
    database.close()


@pytest.fixture
def struck(file_ledger: Ledger) -> list[Entry]:
    """
    Return the entries of a ledger with three strikes, which come last.
    """
    for _ in range(3):
        take_action(file_ledger, measure="issue_strike")
    return [*file_ledger.entries()]


def answered(entry: Entry, began: float, ended: float) -> Told:
    """
    Return what somebody was told between two moments whose act is *entry*.
    """
    action: str | LedgerError = entry.event.action  # type: ignore[attr-defined]
    return Told(act("issue_strike", "anna"), action, began, ended)


def test_an_answer_that_is_overtaken_is_found(struck: list[Entry]):
    """
    What was answered before something else was given stands before it; what overlaps stands
    anyhow.
    """
    first, second, third = struck[-3:]

    sound = [answered(first, 0, 2), answered(second, 1, 4), answered(third, 3, 4)]
    assert [] == [*overtaken(sound, struck)]
    late = [answered(first, 5, 6), answered(second, 1, 9), answered(third, 3, 4)]
    (said,) = overtaken(late, struck)
    assert f"position {third.position} of log 0" in said
    assert f"position {first.position} was asked for" in said


def test_a_gap_is_found(struck: list[Entry]):
    """
    A position that is missing, or a version, is where the next one stands.
    """
    assert [] == [*gaps(struck)]
    without = [entry for entry in struck if entry is not struck[-2]]
    position, version = gaps(without)
    assert f"position {struck[-2].position} of log 0 is {struck[-1].position}" == position
    assert "version 2 of account/25073877 is 3" == version
