"""
Backups: consistent copies, made while the ledger goes on.
"""

import threading
from pathlib import Path

import pytest

from ledger import Ledger, Malformed, NotFound, Tampered
from ledger.store.sqlite import SQLiteDatabase
from tests.conftest import HandSetClock, take_action
from tests.store.conftest import on


def test_a_backup_is_the_ledger(lively: Ledger, tmp_path: Path, clock: HandSetClock):
    """
    The copy has the same settings, entries and roots, gives the same answers, and can go on.
    """
    path = tmp_path / "copy.db"
    lively.backup(path)
    with Ledger.open(f"sqlite:///{path}", create=False, clock=clock) as copy:
        assert lively.status() == copy.status()
        assert [*lively.entries()] == [*copy.entries()]
        assert [*lively.restrictions()] == [*copy.restrictions()]
        assert not any(difference.differed for difference in copy.rebuild())
        take_action(copy, "only in the copy")

    with pytest.raises(NotFound):
        lively.standing("only in the copy")


def test_a_backup_is_a_ledger_in_every_respect(lively: Ledger, tmp_path: Path):
    """
    The copy is append-only and durable too.
    """
    path = tmp_path / "copy.db"
    lively.backup(path)
    database = SQLiteDatabase(path)
    with pytest.raises(Tampered), database.writing() as connection:
        connection.execute("DELETE FROM entries")
    with database.reading() as connection:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]

    assert "wal" == mode
    database.close()


def test_a_backup_replaces_nothing(staffed: Ledger, tmp_path: Path):
    """
    A path that is taken is refused, and what is there stays as it is.
    """
    path = tmp_path / "copy.db"
    path.write_text("mine")
    with pytest.raises(Malformed, match="exists"):
        staffed.backup(path)

    assert "mine" == path.read_text()


@on("sqlite", "postgres", logs=1)
def test_a_backup_under_way_waits_for_nobody(staffed: Ledger, tmp_path: Path):
    """
    While one thread records, copies are whole: as many entries as their heads say, in order.
    """
    done = threading.Event()

    def record() -> None:
        for number in range(400):
            take_action(staffed, f"account-{number}")
        done.set()

    writer = threading.Thread(target=record)
    writer.start()
    sizes: list[int] = []
    while not (done.is_set() and sizes):
        path = tmp_path / f"copy-{len(sizes)}.db"
        staffed.backup(path)
        with Ledger.open(f"sqlite:///{path}", create=False) as copy:
            sizes.append(copy.status().entries)
            assert [*range(1, sizes[-1] + 1)] == [entry.position for entry in copy.entries()]
            assert not any(difference.differed for difference in copy.rebuild())
    writer.join()

    assert sizes == sorted(sizes)
    assert 400 == staffed.count_restrictions()
