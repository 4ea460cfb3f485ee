"""
What a database can be instead of a ledger that answers: each has its own error, and nothing is
written.
"""

import ctypes
import os
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ledger import Ledger, Malformed, Unavailable
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.rules import RULES
from ledger.moderation.vocabulary import BUILT_IN
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.schema import FORMAT
from ledger.store.sqlite import SQLiteDatabase
from tests.conftest import ACCOUNT, HandSetClock, action_command, enrol_staff, take_action
from tests.store.conftest import on

MS_NODEV_NOSUID = 6
TINY_BYTES = 1_500_000


def of_file(path: Path) -> str:
    """
    Return the URL of the ledger at *path*.
    """
    return f"sqlite:///{path}"


def impatient(path: Path, clock: HandSetClock) -> Ledger:
    """
    Return the ledger at *path*, which waits a twentieth of a second for another writer.
    """
    database = SQLiteDatabase(path, busy_seconds_max=0.05)
    fixed = settings.read(database)
    assert fixed is not None
    return Ledger(database, fixed, clock, Rulebook(BUILT_IN, RULES), timedelta(minutes=5))


def changed(url: str, statement: str) -> None:
    """
    Run *statement* in the database at *url*, as whoever owns it could.
    """
    database = urls.connect(url, create=False)
    with database.writing() as connection:
        connection.execute(statement)
    database.close()


def test_a_locked_ledger_says_so(file_ledger: Ledger, ledger_path: Path, clock: HandSetClock):
    """
    While another program holds the write lock for long, commands fail and questions answer.
    """
    entries = file_ledger.status().entries
    with impatient(ledger_path, clock) as ledger:
        other = sqlite3.connect(ledger_path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked by another writer") as caught:
            take_action(ledger)
        assert entries == ledger.status().entries
        other.execute("ROLLBACK")
        other.close()
        take_action(ledger)

    assert "try again" in (caught.value.expected or "")
    assert entries + 1 == file_ledger.status().entries


@on("sqlite", "postgres")
def test_a_newer_format_is_not_guessed_at(ledger: Ledger, ledger_url: str):
    """
    A ledger that a later version wrote is opened by no earlier one.
    """
    ledger.close()
    changed(ledger_url, f"UPDATE settings SET value = '{FORMAT + 1}' WHERE name = 'format'")  # noqa: S608
    with pytest.raises(Unavailable, match=f"format {FORMAT + 1}, which is newer"):
        Ledger.open(ledger_url)


@on("sqlite", "postgres")
@pytest.mark.parametrize("missing", ["settings", "heads", "claims"])
def test_a_ledger_that_lacks_a_table_is_none(ledger: Ledger, ledger_url: str, missing: str):
    """
    A database with some of the tables is not completed, it is refused.
    """
    ledger.close()
    changed(ledger_url, f"DROP TABLE {missing}")
    for make in (Ledger.open, Ledger.create):
        with pytest.raises(Unavailable, match="is not a ledger"):
            make(ledger_url)


@on("sqlite", "postgres")
@pytest.mark.parametrize(
    "edit",
    [
        "DELETE FROM settings WHERE name = 'format'",
        "DELETE FROM settings WHERE name = 'logs'",
        "DELETE FROM settings WHERE name = 'origin'",
        "UPDATE settings SET value = 'one' WHERE name = 'format'",
        "UPDATE settings SET value = 'many' WHERE name = 'logs'",
        "UPDATE settings SET value = '0' WHERE name = 'logs'",
        "UPDATE settings SET value = '2' WHERE name = 'logs'",
        "DELETE FROM heads",
    ],
)
def test_settings_that_make_no_sense_are_no_ledger(ledger: Ledger, ledger_url: str, edit: str):
    """
    A setting that is missing, is no number, or is not the number of heads is not guessed at.
    """
    ledger.close()
    changed(ledger_url, edit)
    with pytest.raises(Unavailable, match="is not a ledger"):
        Ledger.open(ledger_url)


def test_a_database_of_something_else_is_left_alone(ledger_path: Path):
    """
    A database with other tables is neither opened nor made a ledger of.
    """
    with sqlite3.connect(ledger_path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    for make in (Ledger.open, Ledger.create):
        with pytest.raises(Unavailable, match="is not a ledger"):
            make(of_file(ledger_path))

    with sqlite3.connect(ledger_path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert [("recipes",)] == tables


@pytest.mark.parametrize("content", [b"a letter, not a database" * 100, b"SQLite format 3\0" * 100])
def test_a_file_of_something_else_is_left_alone(ledger_path: Path, content: bytes):
    """
    A file that is no database is refused and keeps its bytes.
    """
    ledger_path.write_bytes(content)
    for make in (Ledger.open, Ledger.create):
        with pytest.raises(Unavailable, match="not a ledger"):
            make(of_file(ledger_path))

    assert content == ledger_path.read_bytes()


def test_a_directory_is_malformed(tmp_path: Path):
    """
    The path of a folder is wrong input, not a broken database.
    """
    for make in (Ledger.open, Ledger.create):
        with pytest.raises(Malformed, match="is a directory"):
            make(of_file(tmp_path))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    """
    No folder is made on the way to a ledger.
    """
    with pytest.raises(Unavailable, match="cannot be opened") as caught:
        Ledger.open(of_file(tmp_path / "nowhere" / "ledger.db"))

    assert "a folder that exists" in (caught.value.expected or "")
    assert not (tmp_path / "nowhere").exists()


def test_opening_without_creating_creates_nothing(ledger_path: Path):
    """
    Whoever asks for a ledger that must be there leaves no empty file behind.
    """
    with pytest.raises(Unavailable, match="there is no ledger"):
        Ledger.open(of_file(ledger_path), create=False)
    assert not ledger_path.exists()

    ledger_path.touch()
    with pytest.raises(Unavailable, match="there is no ledger"):
        Ledger.open(of_file(ledger_path), create=False)


def test_a_closed_ledger_answers_nothing(staffed: Ledger):
    """
    Every command and question to a closed ledger says that it is closed.
    """
    staffed.close()
    staffed.close()
    uses = [
        lambda: take_action(staffed),
        lambda: staffed.record_many([action_command()]),
        lambda: staffed.standing(ACCOUNT),
        lambda: [*staffed.entries()],
        lambda: [*staffed.restrictions()],
        lambda: staffed.authority("a-1"),
        staffed.status,
        staffed.rebuild,
        lambda: staffed.fence("2017-11-02T22:00:00Z"),
    ]
    for use in uses:
        with pytest.raises(Unavailable, match="is closed"):
            use()


def fill(ledger: Ledger) -> int:
    """
    Record until the disk is full, and return how many entries were acknowledged before.
    """
    first = ledger.status().entries
    acknowledged: list[str] = []

    def record() -> None:
        while True:
            acknowledged.append(take_action(ledger, f"a-{len(acknowledged)}", reason="x" * 20_000))

    with pytest.raises(Unavailable, match="is full"):
        record()
    return first + len(acknowledged)


def assert_unharmed(ledger: Ledger, acknowledged: int) -> None:
    """
    Assert that all that was acknowledged is there, and nothing else.
    """
    assert acknowledged == ledger.status().entries
    assert acknowledged == len([*ledger.entries()])


@on("memory", "sqlite")
def test_a_full_database_loses_nothing(staffed: Ledger, database: SQLiteDatabase):
    """
    When there is no page left, the command fails, what was acknowledged stays, and it goes on
    where there is room again.
    """
    with database.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 60}")
    acknowledged = fill(staffed)
    with pytest.raises(Unavailable):
        staffed.record_many(action_command(f"b-{n}", reason="y" * 20_000) for n in range(5))
    assert_unharmed(staffed, acknowledged)

    with database.writing() as connection:
        connection.execute(f"PRAGMA max_page_count = {pages + 6000}")
    take_action(staffed, "room again", reason="x" * 20_000)
    assert not any(difference.differed for difference in staffed.rebuild())


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """
    Return a folder on a disk of its own that is soon full.
    """
    folder = tmp_path / "tiny"
    folder.mkdir()
    system = ctypes.CDLL(None, use_errno=True)
    size = f"size={TINY_BYTES}".encode()
    if system.mount(b"tmpfs", bytes(folder), b"tmpfs", MS_NODEV_NOSUID, size) != 0:
        pytest.skip(f"a small disk cannot be mounted: {os.strerror(ctypes.get_errno())}")
    yield folder
    assert 0 == system.umount(bytes(folder))


def test_a_full_disk_loses_nothing(tiny_disk: Path):
    """
    The same on a real disk without space: also the log of writes has no room left.
    """
    with Ledger.create(of_file(tiny_disk / "ledger.db")) as ledger:
        acknowledged = fill(enrol_staff(ledger))
        assert_unharmed(ledger, acknowledged)
    with Ledger.open(of_file(tiny_disk / "ledger.db")) as ledger:
        assert_unharmed(ledger, acknowledged)
