"""
A ledger of an older format is used as it is, and becomes one of the newest in one explicit step.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from ledger import Ledger, Unavailable
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.database import Database
from ledger.store.migration import Migration
from ledger.store.schema import FORMAT, INDEXES, indexes
from ledger.store.settings import Settings
from tests.conftest import BACKENDS, Backend, HandSetClock, enrol_staff, take_action
from tests.store.conftest import STRICTER

AT_ONCE = 6
KEPT = [backend for backend in (*BACKENDS, STRICTER) if backend.is_kept]


@pytest.fixture(params=KEPT, ids=lambda backend: backend.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    """
    Return each backend on which a ledger can be older than who opens it.
    """
    given: Backend = request.param
    return given


@pytest.fixture
def older_url(ledger_url: str, backend: Backend) -> str:
    """
    Return the URL of an empty ledger of format 1.
    """
    database = urls.connect(ledger_url, create=True)
    settings.create(database, Settings(origin="example.org/log", logs=backend.logs, format=1))
    database.close()
    return ledger_url


@pytest.fixture
def older(older_url: str, clock: HandSetClock) -> Iterator[Ledger]:
    """
    Return a ledger of format 1, opened by today's code.
    """
    with Ledger.open(older_url, create=False, clock=clock) as opened:
        yield enrol_staff(opened)


@pytest.fixture
def database(older_url: str) -> Iterator[Database]:
    """
    Return the database of `older`.
    """
    opened = urls.connect(older_url, create=False)
    yield opened
    opened.close()


def test_a_ledger_of_format_1_is_written_to_and_answers(older: Ledger, clock: HandSetClock):
    """
    It needs no migration: it records, answers and is rebuilt, and says what it could become.
    """
    clock.advance(minutes=1)
    action = take_action(older)
    clock.advance(minutes=11)
    older.reverse(action, by="op-7", reason="error")

    (answer,) = older.who("25073877", lasting="11m")
    assert ("op-7", 1, FORMAT) == (
        answer.opened.by,
        older.status().settings.format,
        older.status().migrates_to,
    )
    assert not any(difference.differed for difference in older.rebuild())


def test_opening_a_ledger_does_not_migrate_it(older_url: str, database: Database):
    """
    However often it is opened, no table is made and its format stays.
    """
    before = database.tables()
    for _ in range(2):
        with Ledger.open(older_url) as opened:
            assert 1 == opened.settings.format

    assert before == database.tables()
    assert "snapshots" not in before


def test_a_migrated_ledger_is_as_if_made_anew(older: Ledger, older_url: str, database: Database):
    """
    It has the tables of the newest format, and entries and heads as they were.
    """
    take_action(older)
    entries, heads = [*older.entries()], older.status().logs

    assert Migration(1, FORMAT) == older.migrate()

    assert (FORMAT, None) == (older.status().settings.format, older.status().migrates_to)
    with Ledger.open(older_url, create=False) as opened, Ledger.create("memory:") as newest:
        assert entries == [*opened.entries()]
        assert heads == opened.status().logs
        assert FORMAT == opened.settings.format == newest.settings.format
    assert {"snapshots", "tiles", "sealed"} == database.tables() - {
        "settings",
        "heads",
        "entries",
        "claims",
        "restrictions",
    }


INDEXES_OF = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
    "postgres": "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()",
}


def named_indexes(database: Database, backend: Backend) -> set[str]:
    """
    Return the names of the indexes in *database* that any format gives one.
    """
    given = {name for of_table in INDEXES.values() for name in of_table}
    with database.reading() as connection:
        return given & {name for (name,) in connection.execute(INDEXES_OF[backend.engine])}


def test_a_migrated_ledger_has_the_indexes_of_its_format(
    older: Ledger, database: Database, backend: Backend
):
    """
    One takes the place of another one, and a write goes to no more of them.
    """
    before = named_indexes(database, backend)
    assert {name for table in INDEXES for name in indexes(table, 1)} == before

    older.migrate()

    after = named_indexes(database, backend)
    assert {name for table in INDEXES for name in indexes(table, FORMAT)} == after
    assert ({"restrictions_account"}, {"restrictions_bucket"}) == (before - after, after - before)


def test_a_migrated_ledger_is_migrated(older: Ledger):
    """
    Asked again there is nothing to do, and that is said.
    """
    done = [older.migrate(), older.migrate()]

    assert [True, False] == [each.was_due for each in done]
    assert Migration(FORMAT, FORMAT) == done[1]


def test_of_those_who_migrate_at_once_one_does(older: Ledger, older_url: str):
    """
    The others wait for it and find it done; nobody fails.
    """
    take_action(older)
    before = [*older.entries()]
    begin = threading.Barrier(AT_ONCE)

    with ExitStack() as opened, ThreadPoolExecutor(AT_ONCE) as threads:
        ledgers = [opened.enter_context(Ledger.open(older_url)) for _ in range(AT_ONCE)]

        def migrated(ledger: Ledger) -> Migration:
            begin.wait()
            return ledger.migrate()

        done = [*threads.map(migrated, ledgers)]

    assert [Migration(1, FORMAT)] == [each for each in done if each.was_due]
    assert AT_ONCE - 1 == done.count(Migration(FORMAT, FORMAT))
    assert before == [*older.entries()]


def test_a_writer_goes_on_beside_a_migration(older: Ledger, older_url: str):
    """
    Whoever has the ledger open as it was records on: before, meanwhile and afterwards.
    """
    migrated = threading.Event()

    def migrate() -> None:
        with Ledger.open(older_url) as other:
            other.migrate()
        migrated.set()

    thread = threading.Thread(target=migrate)
    recorded = [take_action(older, "before")]
    thread.start()
    while not migrated.is_set():
        recorded.append(take_action(older, f"meanwhile-{len(recorded)}"))
    thread.join()
    recorded.append(take_action(older, "after"))

    with Ledger.open(older_url) as again:
        assert FORMAT == again.settings.format
        assert len(recorded) == again.count_restrictions()
        assert not any(difference.differed for difference in again.rebuild())


def test_a_newer_format_is_not_migrated(older: Ledger, database: Database):
    """
    Where a later version was faster, its format stays.
    """
    with database.writing() as connection:
        connection.execute("UPDATE settings SET value = '17' WHERE name = 'format'")

    with pytest.raises(Unavailable, match="format 17, which is newer"):
        older.migrate()

    assert "snapshots" not in database.tables()


def test_a_migration_that_fails_changes_nothing(older: Ledger, database: Database):
    """
    A table of somebody else's stands where one is to be made: nothing is done, and it stays.
    """
    with database.writing() as connection:
        connection.execute("CREATE TABLE snapshots (theirs INTEGER)")

    with pytest.raises(Unavailable, match="already exists"):
        older.migrate()

    with database.reading() as connection:
        assert [] == connection.execute("SELECT theirs FROM snapshots").fetchall()
    assert 1 == older.status().settings.format
    take_action(older)


NOT_NOW = {
    "sqlite": f"""
        CREATE TRIGGER not_now BEFORE UPDATE ON settings WHEN NEW.value = '{FORMAT}'
        BEGIN SELECT RAISE(ABORT, 'not now'); END
    """,
    "postgres": f"ALTER TABLE settings ADD CONSTRAINT not_now CHECK (value <> '{FORMAT}')",
}


def test_a_migration_that_stops_half_way_has_not_begun(
    older: Ledger, older_url: str, database: Database, backend: Backend
):
    """
    Tables, indexes and number come together: where the number cannot be written, the others are as
    they were.
    """
    before = named_indexes(database, backend)
    with database.writing() as connection:
        connection.execute(NOT_NOW[backend.engine])

    with pytest.raises(Unavailable, match=r"not[ _]now"):
        older.migrate()

    assert "snapshots" not in database.tables()
    assert before == named_indexes(database, backend)
    with Ledger.open(older_url, create=False) as again:
        assert 1 == again.settings.format


@pytest.mark.parametrize("call", [Ledger.open, Ledger.create])
def test_a_ledger_that_lacks_a_table_of_its_format_is_none(
    older: Ledger, older_url: str, database: Database, call: Callable[[str], Ledger]
):
    """
    What says that it is of a format with snapshots and has none is not guessed at.
    """
    older.migrate()
    with database.writing() as connection:
        connection.execute("DROP TABLE snapshots")

    with pytest.raises(Unavailable, match="is not a ledger"):
        call(older_url)
