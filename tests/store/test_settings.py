"""
What a ledger is, fixed for ever when it is made.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import attrs
import pytest

from ledger import Keys, Ledger, Malformed, Unavailable
from ledger.store import url as urls
from ledger.store.schema import FORMAT
from ledger.store.settings import Settings
from tests.conftest import ACCOUNT, Backend, HandSetClock, enrol_staff, take_action
from tests.store.conftest import on


def test_settings_are_read_back(backend: Backend, ledger_url: str):
    """
    Origin and number of logs are what was asked for, also when the file is opened again.
    """
    with Ledger.create(ledger_url, origin="example.org/x", logs=backend.logs) as made:
        fixed = made.settings
    assert ("example.org/x", backend.logs, False, FORMAT) == attrs.astuple(fixed)
    if backend.is_kept:
        with Ledger.open(ledger_url) as opened:
            assert fixed == opened.settings


def test_settings_do_not_change(ledger: Ledger):
    """
    Nothing that has the settings can write to them.
    """
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ledger.settings.logs = 2  # type: ignore[misc]


@pytest.mark.parametrize("logs", [1, 2, 65_536])
def test_a_ledger_has_1_to_65536_logs(clock: HandSetClock, logs: int):
    """
    The bounds are themselves allowed, and work.
    """
    with Ledger.create("memory:", logs=logs, clock=clock) as ledger:
        enrol_staff(ledger)
        action = take_action(ledger)
        clock.advance(minutes=1)
        ledger.reverse(action, by="op-7", reason="error")
        assert logs == len(ledger.status().logs)
        assert "active" == ledger.standing("25073877").standing


@pytest.mark.parametrize("logs", [0, -1, 65_537, 1.0, "1", True, None])
def test_any_other_number_of_logs_is_malformed(ledger_path: Path, logs):
    """
    What is no number of logs makes no ledger.
    """
    with pytest.raises(Malformed) as caught:
        Ledger.create(f"sqlite:///{ledger_path}", logs=logs)

    assert "logs" == caught.value.where
    with pytest.raises(Unavailable, match="no ledger"):
        Ledger.open(f"sqlite:///{ledger_path}", create=False)


NO_ORIGINS = {
    "nothing": "",
    "too long": "x" * 256,
    "a line's end": "a\nb",
    "a space": "has space.example",
    "a no-break space": "has\N{NO-BREAK SPACE}space.example",
    "a plus sign": "x+y",
}


@pytest.mark.parametrize("origin", NO_ORIGINS.values(), ids=NO_ORIGINS)
def test_an_origin_is_the_name_of_a_key(ledger_path: Path, origin: str):
    """
    An origin that could not stand in a checkpoint, or that no key which signs one could be called,
    is refused, one that is empty too: a variable of a shell was not set. Not even a file is made.
    """
    with pytest.raises(Malformed) as caught:
        Ledger.create(f"sqlite:///{ledger_path}", origin=origin)

    assert "origin" == caught.value.where
    assert not ledger_path.exists()


@pytest.mark.parametrize("origin", NO_ORIGINS.values(), ids=NO_ORIGINS)
def test_no_keys_are_made_for_an_origin_that_is_none(
    ledger_path: Path, tmp_path: Path, sealing_keys: Keys, origin: str
):
    """
    Of a sealed ledger not even the key store is there.
    """
    url = f"sqlite:///{ledger_path}"
    with pytest.raises(Malformed, match=r"^origin: "):
        Ledger.create(url, origin=origin, sealed=True, keys=sealing_keys)

    assert not (tmp_path / "keys.db").exists()


def test_a_ledger_that_has_a_space_in_its_origin_is_opened(ledger_path: Path):
    """
    One that was made when it was allowed is read and written to like any other.
    """
    url = f"sqlite:///{ledger_path}"
    Ledger.create(url, origin="example.org").close()
    with closing(sqlite3.connect(ledger_path)) as database, database:
        database.execute("UPDATE settings SET value = 'has space' WHERE name = 'origin'")

    with Ledger.open(url) as ledger:
        assert "has space" == ledger.settings.origin
        enrol_staff(ledger)


def test_an_origin_is_made_where_none_is_given():
    """
    Two ledgers without a name have different ones all the same.
    """
    origins = set()
    for _ in range(5):
        with Ledger.create("memory:") as ledger:
            origins.add(ledger.settings.origin)

    assert 5 == len(origins)


@on("sqlite", "postgres")
def test_a_ledger_is_created_once(staffed: Ledger, backend: Backend, ledger_url: str):
    """
    Creating one where there is one is refused, with other settings and with the same; it stays.
    """
    before = staffed.status()
    for logs in (backend.logs, 2):
        with pytest.raises(Malformed, match="is a ledger already"):
            Ledger.create(ledger_url, origin="other", logs=logs)

    assert before == staffed.status()
    assert Settings(origin="example.org/log", logs=backend.logs) == before.settings


@on("sqlite", "postgres")
def test_a_ledger_opened_again_goes_on(staffed: Ledger, ledger_url: str, clock: HandSetClock):
    """
    What was recorded is there, versions go on, and the first entry is not written again.
    """
    action = take_action(staffed)
    before = [*staffed.entries()]
    staffed.close()
    clock.advance(minutes=11)
    with Ledger.open(ledger_url, clock=clock) as again:
        assert before == [*again.entries()]
        again.reverse(action, by="op-7", reason="error")
        acted, reversal = again.entries(account=ACCOUNT)
        assert len(before) + 1 == again.status().entries

    assert (acted.position + 1, 2) == (reversal.position, reversal.version)


def test_an_empty_path_becomes_a_ledger(ledger_path: Path):
    """
    Opening what is not there makes a ledger with one log; it is the same when opened again.
    """
    with Ledger.open(f"sqlite:///{ledger_path}") as first:
        fixed = first.settings
    with Ledger.open(f"sqlite:///{ledger_path}", create=False) as second:
        assert fixed == second.settings

    assert 1 == fixed.logs


@pytest.mark.parametrize("url", ["ledger.db", "sqlite:///", "mysql:///x", "", "sqlite://x"])
def test_a_url_that_names_no_ledger_is_malformed(url: str):
    """
    The message says which forms there are.
    """
    with pytest.raises(Malformed, match="names no ledger") as caught:
        Ledger.open(url)

    assert "sqlite:///" in (caught.value.expected or "")


@on("sqlite", "postgres", logs=1)
@pytest.mark.parametrize("call", [Ledger.create, Ledger.open])
def test_a_table_that_is_called_as_one_of_ours_is_named(backend: Backend, ledger_url: str, call):
    """
    Whoever would make a ledger where a name of its tables is taken is told which, and where else.
    """
    database = urls.connect(ledger_url, create=True)
    with database.writing() as connection:
        connection.execute("CREATE TABLE settings (x integer)")
    database.close()

    with pytest.raises(Unavailable, match=r"is not a ledger, but has .*: 'settings' ") as caught:
        call(ledger_url)

    free = "a file of its own" if backend.engine == "sqlite" else "another schema, as by options="
    assert free in (caught.value.expected or "")
