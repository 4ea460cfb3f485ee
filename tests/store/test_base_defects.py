"""
What is wrong in the library's own SQLite store, and is not in this one on any engine.

Each test first shows the defect on the library as it is installed, so that a release that mends it
is noticed. That several processes may begin at once is shown with the other tests of processes.
"""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from ledger import Ledger, Refused, Tampered
from ledger.store.recorder import LedgerRecorder
from ledger.store.sqlite import SQLiteDatabase
from tests.conftest import ACCOUNT, HandSetClock, action_command, take_action
from tests.store.test_rebuild import edited


class Moderated(Aggregate):
    """
    An aggregate of the library.
    """

    @event("Deactivated")
    def deactivate(self) -> None:
        """
        Be deactivated.
        """


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[SQLiteApplicationRecorder]:
    """
    Return the library's recorder on a file.
    """
    store = SQLiteDatastore(str(tmp_path / "theirs.db"), originator_id_type="text", lock_timeout=1)
    recorder = SQLiteApplicationRecorder(store)
    recorder.create_table()
    yield recorder
    store.close()


def stored(version: int) -> StoredEvent:
    """
    Return an event of one stream.
    """
    return StoredEvent("a", version, "topic", b"{}")


def test_nothing_is_lost_after_a_conflict(staffed: Ledger, clock: HandSetClock):
    """
    There, a save that met a conflict forgets the events, and saving again says all is well. Here a
    command that failed can be given again, and then it is on record.
    """
    theirs = Application[Any]()
    moderated = Moderated()
    theirs.save(moderated)
    other: Moderated = theirs.repository.get(moderated.id)
    other.deactivate()
    theirs.save(other)
    moderated.deactivate()
    with pytest.raises(IntegrityError):
        theirs.save(moderated)
    assert [] == theirs.save(moderated)

    held = take_action(staffed)
    with pytest.raises(Refused):
        take_action(staffed, request_id="q-1")
    clock.advance(minutes=1)
    staffed.reverse(held, by="op-7", reason="error")
    again = take_action(staffed, request_id="q-1")
    assert [held, again] == [known.action for known in staffed.restrictions()]


def test_a_gap_between_versions_is_not_accepted(
    theirs: SQLiteApplicationRecorder, staffed: Ledger, database: SQLiteDatabase
):
    """
    There, version 9 after version 1 is stored. Here nobody but the writer gives versions, and a
    gap made by hand is found.
    """
    theirs.insert_events([stored(1)])
    theirs.insert_events([stored(9)])

    for number in range(3):
        staffed.note(ACCOUNT, f"note {number}", by="op-7")
    edited(
        database,
        "UPDATE entries SET version = 9 WHERE stream = ? AND version = 3",
        f"account/{ACCOUNT}",
    )
    with pytest.raises(Tampered):
        staffed.rebuild()


def test_reading_before_writing_does_not_fail(
    theirs: SQLiteApplicationRecorder, file_ledger: Ledger, ledger_path: Path
):
    """
    There, a transaction that reads and then writes fails at once when another one wrote between.
    Here every decision is made under the write lock, and a second writer waits for the first.
    """

    def read_then_write() -> None:
        with theirs.datastore.transaction(commit=True) as cursor:
            cursor.execute("SELECT * FROM stored_events")
            cursor.fetchall()
            other = SQLiteDatastore(theirs.datastore.pool.db_name)
            with other.transaction(commit=True) as writer:
                writer.execute("INSERT INTO stored_events VALUES ('b', 1, 'topic', '{}')")
            other.close()
            cursor.execute("INSERT INTO stored_events VALUES ('a', 1, 'topic', '{}')")

    with pytest.raises(OperationalError, match="database is locked"):
        read_then_write()

    let_go = threading.Event()
    holding = threading.Event()

    def hold() -> None:
        database = SQLiteDatabase(ledger_path)
        with database.writing():
            holding.set()
            let_go.wait()
        database.close()

    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait()
    threading.Timer(0.1, let_go.set).start()
    action = take_action(file_ledger)
    holder.join()
    assert [action] == [known.action for known in file_ledger.restrictions()]


def test_a_position_is_never_used_twice(
    theirs: SQLiteApplicationRecorder, staffed: Ledger, database: SQLiteDatabase
):
    """
    There, the number of a deleted last event is given to the next one. Here deleting is refused,
    and were it done by force, the next position would still be a new one.
    """
    theirs.insert_events([stored(1), stored(2)])
    with theirs.datastore.transaction(commit=True) as cursor:
        cursor.execute("DELETE FROM stored_events WHERE originator_version = 2")
    assert [2] == theirs.insert_events([stored(2)])

    staffed.note(ACCOUNT, "the first", by="op-7")
    staffed.note(ACCOUNT, "the last", by="op-7")
    (*_, last) = staffed.entries(account=ACCOUNT)
    edited(database, "DELETE FROM entries WHERE log = ? AND position = ?", last.log, last.position)
    staffed.note(ACCOUNT, "another", by="op-7")
    (*_, after) = staffed.entries(account=ACCOUNT)
    assert last.position + 1 == after.position
    with pytest.raises(Tampered):
        staffed.rebuild()


def test_positions_survive_a_dump(file_ledger: Ledger, ledger_path: Path, tmp_path: Path):
    """
    There, ids are row numbers that a dump and restore may change. Here they are a column.
    """
    take_action(file_ledger)
    entries = [*file_ledger.entries()]
    restored = tmp_path / "restored.db"
    source, target = sqlite3.connect(ledger_path), sqlite3.connect(restored)
    target.executescript("\n".join(source.iterdump()))
    for connection in (source, target):
        connection.close()
    with Ledger.open(f"sqlite:///{restored}", create=False) as copy:
        assert entries == [*copy.entries()]
        assert not any(difference.differed for difference in copy.rebuild())


def test_large_batches_are_recorded_whole(staffed: Ledger):
    """
    A batch of several megabytes commits as one.
    """
    told = {"reason": "x" * 8_000}
    names = staffed.record_many(action_command(f"account-{n}", **told) for n in range(400))

    assert 400 == len(set(names))
    assert 400 == staffed.count_restrictions()


def test_the_store_can_be_followed(
    theirs: SQLiteApplicationRecorder, file_ledger: Ledger, ledger_path: Path
):
    """
    There, following the default store is not implemented. Here it is.
    """
    with pytest.raises(NotImplementedError):
        theirs.subscribe()

    database = SQLiteDatabase(ledger_path)
    with LedgerRecorder(database, file_ledger.settings).subscribe() as subscription:
        assert "ledger.opened" == next(subscription).topic
    database.close()
