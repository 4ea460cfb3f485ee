"""
What is wrong in the library's own PostgreSQL store, and is not in this one.

Where a defect can be shown and the test still ends, it is first shown on the library as it is
installed, so that a release that mends it is noticed.
"""

from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, PersistenceError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import DuplicateObject, DuplicateTable, UniqueViolation

from ledger import Ledger, Malformed, Unavailable
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.database import Connection, RunAgain, transact
from ledger.store.postgres import PostgresDatabase
from ledger.store.postgres_errors import in_our_words
from ledger.store.postgres_url import PostgresURL
from ledger.store.recorder import AppendingRecorder
from ledger.store.settings import Settings
from tests.conftest import Backend, HandSetClock, action_command, enrol_staff, take_action
from tests.postgres import Databases
from tests.store.conftest import EVERY
from tests.store.gate import Caller, until
from tests.store.test_processes import assert_whole, at_once

SERVERS = [backend for backend in EVERY if backend.engine == "postgres"]
# An entry is at most 65,535 bytes.
LARGE = "x" * 60_000
BEGINNERS = 8


@pytest.fixture(params=SERVERS, ids=lambda backend: backend.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    """
    Return each backend that is a server.
    """
    given: Backend = request.param
    return given


def recorder_at(url: str) -> PostgresApplicationRecorder:
    """
    Return the library's recorder in the database at *url*, whose tables are not made yet.
    """
    told = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    store = PostgresDatastore(
        told["dbname"],
        told["host"],
        told["port"],
        told["user"],
        told.get("password", ""),
        originator_id_type="text",
        pool_size=2,
    )
    return PostgresApplicationRecorder(store)


@pytest.fixture
def their_url(postgres_server: Databases) -> str:
    """
    Return the URL of a database for the library.
    """
    return postgres_server.fresh_database_url()


@pytest.fixture
def theirs(their_url: str) -> Iterator[PostgresApplicationRecorder]:
    """
    Return the library's recorder, with its tables.
    """
    recorder = recorder_at(their_url)
    recorder.create_table()
    yield recorder
    recorder.datastore.close()


class LateDatabase(PostgresDatabase):
    """
    A database that somebody makes a ledger of just after this one has looked for its tables.
    """

    was_looked_at = False

    def tables(self) -> set[str]:
        """
        Return none at first, as there were none.
        """
        if self.was_looked_at:
            return super().tables()
        self.was_looked_at = True
        return set()


@pytest.fixture
def made_url(ledger_url: str, backend: Backend) -> str:
    """
    Return the URL of a ledger.
    """
    Ledger.create(ledger_url, logs=backend.logs).close()
    return ledger_url


def stored(version: int, stream: str = "a") -> StoredEvent:
    """
    Return an event.
    """
    return StoredEvent(stream, version, "topic", b"{}")


def test_a_conflict_uses_no_position_up(
    theirs: PostgresApplicationRecorder, postgres_url: str, clock: HandSetClock
):
    """
    There, version 9 after version 1 is stored, and a conflict leaves a gap in the ids, so that a
    follower cannot tell one from an event that is missing. Here positions have none.
    """
    first, second = theirs.insert_events([stored(1), stored(9)]) or []
    with pytest.raises(IntegrityError):
        theirs.insert_events([stored(1)])
    (third,) = theirs.insert_events([stored(1, "b")]) or []
    assert (1, 2) == (second - first, third - second)

    database = urls.connect(postgres_url, create=True)
    fixed = Settings(origin="example.org/log")
    settings.create(database, fixed)
    ours = AppendingRecorder(database, fixed, clock)
    assert [1, 2] == ours.insert_events([stored(1), stored(2)])
    with pytest.raises(IntegrityError):
        ours.insert_events([stored(1)])
    assert [3] == ours.insert_events([stored(1, "b")])
    database.close()


# Once is enough: it takes long to start so many.
@pytest.mark.parametrize("backend", SERVERS[:1], ids=lambda each: each.name, indirect=True)
def test_those_who_begin_at_once_do_not_fail_each_other(
    theirs: PostgresApplicationRecorder, their_url: str, ledger_url: str, backend: Backend
):
    """
    There, making tables replaces functions, and of two who do it at the same moment one fails. Here
    one of eight processes makes the ledger, and the others are told that there is one.
    """
    second = recorder_at(their_url)
    waiting = "SELECT count(*) AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with theirs.datastore.transaction(commit=True) as cursor:
        theirs._create_table(cursor)  # noqa: SLF001, as far as another one has come
        beginner = Caller(second.create_table)
        until(lambda: cursor.execute(waiting).fetchone() == {"waiting": 1})
    assert isinstance(beginner.error, PersistenceError)
    second.datastore.close()

    said = at_once(ledger_url, "creations", [f"p{n}" for n in range(BEGINNERS)], backend.logs)
    *told, created = sorted(line for lines in said.values() for line in lines)
    assert "created" == created
    assert BEGINNERS - 1 == len(told)
    assert all(line.startswith("Malformed: ") and "a ledger already" in line for line in told)
    with Ledger.open(ledger_url) as ledger:
        take_action(enrol_staff(ledger))
        assert backend.logs == ledger.settings.logs
        assert_whole(ledger)


def test_who_comes_too_late_to_make_a_ledger_is_told_so(made_url: str):
    """
    Also when it is made between the moment at which he finds none and the one at which he begins.
    """
    database = LateDatabase(made_url)
    with pytest.raises(Malformed, match="is a ledger already"):
        settings.create(database, Settings(origin="example.org/late"))
    database.close()

    with Ledger.open(made_url) as ledger:
        assert "example.org/late" != ledger.settings.origin


def test_a_table_that_is_in_the_way_is_run_into_twice_and_told(made_url: str):
    """
    Nobody waits for a table to go away that is there for good.
    """
    database = urls.connect(made_url, create=False)
    tries = []

    def make(connection: Connection) -> None:
        tries.append(connection)
        connection.execute("CREATE TABLE heads (log INTEGER)")

    with pytest.raises(Unavailable, match="already exists"):
        transact(database, make)
    database.close()

    assert 2 == len(tries)


@pytest.mark.parametrize("error", [DuplicateTable, DuplicateObject, UniqueViolation])
def test_what_another_beginner_made_is_looked_for_again(made_url: str, error: type[psycopg.Error]):
    """
    PostgreSQL says in three ways, by how far the other one has come, that a table is there by now.
    """
    assert isinstance(in_our_words(error("it exists"), PostgresURL.parsed(made_url)), RunAgain)


def test_a_batch_of_18_megabytes_is_recorded(staffed: Ledger):
    """
    There, saving more than a megabyte over a socket of the machine, or 16 over a network, waits for
    ever: both sides write, and neither reads. Here it is recorded whole.
    """
    names = staffed.record_many(action_command(f"account-{n}", reason=LARGE) for n in range(300))

    assert 300 == len({*names})
    assert 18_000_000 < sum(len(entry.body) for entry in staffed.entries())
    assert_whole(staffed)


def test_large_commands_that_share_a_transaction_are_recorded(staffed: Ledger):
    """
    So are commands of several callers that are large together, and those that are just small
    enough to be sent in one go.
    """
    sizes = [1, 100, 1_000, 3_000, 7_000, 14_000, 60_000] * 12
    futures = [
        staffed.submit(action_command(f"account-{n}", reason="x" * size))
        for n, size in enumerate(sizes)
    ]
    names = [future.result(60) for future in futures]

    assert len(sizes) == len({*names})
    for number, size in enumerate(sizes):
        take_action(staffed, f"alone-{number}", reason="x" * size)
    assert_whole(staffed)


def test_answers_larger_than_a_socket_holds_are_read_side_by_side(staffed: Ledger):
    """
    Several questions that are each larger than what a connection holds are read in turns.
    """
    staffed.record_many(action_command(f"account-{n}", reason=LARGE) for n in range(150))
    entries = [*staffed.entries()]
    pairs = [*zip(staffed.entries(), staffed.entries(), strict=True)]

    assert entries == [one for one, _ in pairs] == [other for _, other in pairs]


def test_the_driver_is_the_compiled_one():
    """
    There, the pure one is asked for, which reads many times slower; here it is not used.
    """
    assert "binary" == pq.__impl__
