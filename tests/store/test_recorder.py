"""
The recorder under the library's own test cases, and under what those leave out.
"""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.tests.persistence import (
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

from ledger import Ledger, Refused, Unavailable
from ledger.proofs.tree import decode_frontier, extend_many, record_hash
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.database import Database
from ledger.store.recorder import AppendingRecorder, LedgerRecorder
from ledger.store.settings import Settings
from ledger.store.sqlite import SQLiteDatabase
from tests.conftest import take_action
from tests.postgres import Databases
from tests.store.conftest import on

ONE_LOG = Settings(origin="example.org/log")
EPOCH = datetime(2017, 11, 2, tzinfo=UTC)


def appending(database: Database) -> AppendingRecorder:
    """
    Return a recorder that appends, on a new ledger in *database*.
    """
    settings.create(database, ONE_LOG)
    return AppendingRecorder(database, ONE_LOG, lambda: EPOCH)


def stored(stream: str, version: int, topic: str = "topic", state: bytes = b"{}") -> StoredEvent:
    """
    Return a stored event.
    """
    return StoredEvent(stream, version, topic, state)


class InMemory:
    """
    Gives the library's cases recorders on ledgers in memory, and ids that are texts.
    """

    def new_originator_id(self) -> str:
        """
        Return a stream that no other has.
        """
        return str(uuid4())

    def database(self) -> Database:
        """
        Return an empty database.
        """
        return SQLiteDatabase(None)

    def create_recorder(self) -> AppendingRecorder:
        """
        Return a recorder on a new ledger.
        """
        database = self.database()
        self.addCleanup(database.close)  # type: ignore[attr-defined]
        return appending(database)


class InFile(InMemory):
    """
    The same in a file.
    """

    def database(self) -> Database:
        """
        Return an empty database in a folder of its own.
        """
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)  # type: ignore[attr-defined]
        return SQLiteDatabase(Path(folder.name) / "ledger.db")


class OnServer(InMemory):
    """
    The same on a PostgreSQL server.
    """

    server: Databases

    @pytest.fixture(autouse=True)
    def _lend(self, postgres_server: Databases) -> None:
        self.server = postgres_server

    def database(self) -> Database:
        """
        Return an empty schema.
        """
        return urls.connect(self.server.fresh_url(), create=True)


class TestRecorderInMemory(InMemory, ApplicationRecorderTestCase[AppendingRecorder]):
    """
    The library's cases for recorders hold in memory, the one for subscriptions included.
    """

    def test_insert_subscribe(self) -> None:
        """
        A subscription yields what is there, what comes, and stops when told.
        """
        self.optional_test_insert_subscribe()


class TestRecorderInFile(InFile, ApplicationRecorderTestCase[AppendingRecorder]):
    """
    The library's cases for recorders hold in a file, the one for subscriptions included.
    """

    def test_insert_subscribe(self) -> None:
        """
        A subscription yields what is there, what comes, and stops when told.
        """
        self.optional_test_insert_subscribe()


class TestRecorderOnServer(OnServer, ApplicationRecorderTestCase[AppendingRecorder]):
    """
    The library's cases for recorders hold on a server, the one for subscriptions included.
    """

    def test_insert_subscribe(self) -> None:
        """
        A subscription yields what is there, what comes, and stops when told.
        """
        self.optional_test_insert_subscribe()


class TestIdsInMemory(InMemory, NonInterleavingNotificationIDsBaseCase):
    """
    Two writers at once get ids that do not interleave, in memory.
    """


class TestIdsInFile(InFile, NonInterleavingNotificationIDsBaseCase):
    """
    Two writers at once get ids that do not interleave, in a file.
    """


class TestIdsOnServer(OnServer, NonInterleavingNotificationIDsBaseCase):
    """
    Two writers at once get ids that do not interleave, on a server.
    """


# Not collected by themselves: they are abstract.
del ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase


@on("memory", "sqlite", "postgres", logs=1)
def test_a_conflict_writes_nothing_and_uses_no_position_up(database: Database):
    """
    When one event of a transaction has a version that is taken, none of it is kept.
    """
    recorder = appending(database)
    recorder.insert_events([stored("a", 1)])
    with pytest.raises(IntegrityError):
        recorder.insert_events([stored("b", 1), stored("a", 1)])

    assert [] == recorder.select_events("b")
    assert [2] == recorder.insert_events([stored("b", 1)])


@on("memory", "sqlite", "postgres", logs=1)
def test_what_is_appended_is_hashed_timed_and_summed_up_in_the_head(database: Database):
    """
    Leaf hashes, the frontier and strictly increasing times are kept as the writer keeps them.
    """
    recorder = appending(database)
    recorder.insert_events([stored("a", 1, state=b"one"), stored("a", 2, state=b"two")])
    recorder.insert_events([stored("b", 1, state=b"three")])

    leaves = [record_hash(state) for state in (b"one", b"two", b"three")]
    with database.reading() as connection:
        rows = connection.execute("SELECT leaf, recorded_at FROM entries").fetchall()
        size, frontier = connection.execute("SELECT size, frontier FROM heads").fetchone()
    assert leaves == [leaf for leaf, _ in rows]
    times = [datetime.fromisoformat(time) for _, time in rows]
    assert [EPOCH, EPOCH, EPOCH + timedelta(microseconds=1)] == times
    assert 3 == size
    assert extend_many((), 0, leaves) == decode_frontier(size, frontier)


@pytest.fixture
def elsewhere(staffed: Ledger, ledger_url: str) -> Iterator[Database]:
    """
    Return another connection to the database of `staffed`.
    """
    opened = urls.connect(ledger_url, create=False)
    assert staffed.settings == settings.read(opened)
    yield opened
    opened.close()


@pytest.fixture
def recorder(staffed: Ledger, elsewhere: Database) -> LedgerRecorder:
    """
    Return a recorder that reads `staffed` over a connection of its own.
    """
    return LedgerRecorder(elsewhere, staffed.settings)


@on("sqlite", "postgres", logs=1)
def test_appending_to_a_ledger_of_the_writer_is_refused(
    staffed: Ledger, elsewhere: Database, recorder: LedgerRecorder
):
    """
    Events that nobody decided cannot get into a ledger past its writer, by either recorder.
    """
    entries = staffed.status().entries
    with pytest.raises(Refused):
        recorder.insert_events([stored("account/x", 1)])
    with pytest.raises(Refused):
        AppendingRecorder(elsewhere, staffed.settings, lambda: EPOCH).insert_events(
            [stored("account/x", 1)]
        )

    assert entries == staffed.status().entries


@on("memory", "sqlite", "postgres", logs=1)
def test_a_ledger_of_several_logs_has_no_ids_in_one_order(database: Database):
    """
    A recorder for several logs is refused: their positions would be no order.
    """
    with pytest.raises(Unavailable, match="256 logs"):
        LedgerRecorder(database, Settings(origin="x", logs=256))


@on("sqlite", "postgres", logs=1)
def test_a_subscription_sees_what_another_connection_commits(
    staffed: Ledger, recorder: LedgerRecorder
):
    """
    A subscriber who waits is given what is recorded elsewhere.
    """
    last = staffed.status().entries
    writer = threading.Timer(0.05, take_action, [staffed])
    with recorder.subscribe(last) as subscription:
        writer.start()
        notification = next(subscription)
        writer.join()

    assert (last + 1, "account.action_taken") == (notification.id, notification.topic)


@on("sqlite", "postgres", logs=1)
def test_no_wake_up_is_lost(staffed: Ledger, recorder: LedgerRecorder):
    """
    However writing and reading interleave, a subscriber gets every entry once and in order.
    """
    first = staffed.status().entries + 1

    def write() -> None:
        for number in range(200):
            take_action(staffed, f"account-{number}")

    writer = threading.Thread(target=write)
    with recorder.subscribe(first - 1) as subscription:
        writer.start()
        seen = [next(subscription).id for _ in range(200)]
        writer.join()

    assert [*range(first, first + 200)] == seen


@on("memory", "sqlite", "postgres", logs=1)
@pytest.mark.parametrize(("topics", "expected"), [((), range(1, 1501)), (["b"], range(2, 1501, 2))])
def test_long_logs_are_read_in_parts_without_gaps(database: Database, topics, expected):
    """
    A subscriber far behind gets every entry of the topics he asked for, once and in order.
    """
    recorder = appending(database)
    recorder.insert_events([stored("x", n, topic="ab"[n % 2 - 1]) for n in range(1, 1501)])
    subscription = recorder.subscribe(None, topics)

    assert [*expected] == [next(subscription).id for _ in expected]


@on("sqlite", "postgres", logs=1)
def test_stopping_wakes_a_subscriber_who_waits(staffed: Ledger, recorder: LedgerRecorder):
    """
    A subscriber who waits for the next entry is let go when another thread stops it.
    """
    subscription = recorder.subscribe(staffed.status().entries)
    threading.Timer(0.05, subscription.stop).start()

    assert [] == list(subscription)


@on("sqlite", "postgres", logs=1)
def test_a_subscription_ends_with_its_ledger(
    staffed: Ledger, elsewhere: Database, recorder: LedgerRecorder
):
    """
    Whoever waits on a ledger that is closed is told so instead of waiting for ever.
    """
    subscription = recorder.subscribe(staffed.status().entries)
    threading.Timer(0.05, elsewhere.close).start()

    with pytest.raises(Unavailable, match="closed"):
        next(subscription)
