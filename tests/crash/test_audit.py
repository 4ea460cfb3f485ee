"""
The audit finds what a crash could do: commands lost, stored in part or twice, gaps, wrong heads.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Ledger
from tests.crash.audit import audit, look
from tests.crash.place import begin
from tests.crash.writing import commands, perform

COMMANDS = 12


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """
    Return the path of a ledger that a writer wrote to.
    """
    begin(f"sqlite:///{tmp_path / 'ledger.db'}")
    return tmp_path / "ledger.db"


@pytest.fixture
def acknowledged(path: Path) -> dict[str, str]:
    """
    Return what the writer was told.
    """
    with Ledger.open(f"sqlite:///{path}") as ledger:
        return {
            request: result
            for number in range(COMMANDS)
            for request, result in perform(ledger, commands("w", 0, number)).items()
        }


def test_a_whole_ledger_has_nothing_broken(path: Path, acknowledged: dict[str, str]):
    """
    What was not touched passes, again and again, and the audit's own acts are not counted.
    """
    for _ in range(2):
        found = audit(f"sqlite:///{path}", acknowledged)
        assert ([], [], 0) == (found.broken, found.lost, found.unacknowledged)
        assert acknowledged == found.stored
    assert 16 == len(acknowledged)


def test_what_was_acknowledged_and_is_not_there_is_lost(path: Path, acknowledged: dict[str, str]):
    """
    So is what is there under another id than the caller's.
    """
    told = {**acknowledged, "w-0-0": "another", "w-0-99": "nowhere"}

    assert ["w-0-0", "w-0-99"] == audit(f"sqlite:///{path}", told).lost


def test_what_is_there_and_was_not_acknowledged_is_counted(
    path: Path, acknowledged: dict[str, str]
):
    """
    A caller who has no answer yet has lost nothing.
    """
    del acknowledged["w-0-7"]
    found = audit(f"sqlite:///{path}", acknowledged)

    assert ([], [], 1) == (found.broken, found.lost, found.unacknowledged)


def test_a_ledger_that_is_not_there_has_lost_everything(tmp_path: Path):
    """
    What does not open is as good as gone.
    """
    found = audit(f"sqlite:///{tmp_path / 'nowhere.db'}", {"w-0-0": "a"})

    assert ["w-0-0"] == found.lost
    assert "there is no ledger" in found.broken[0]


@pytest.mark.parametrize(
    ("edit", "said", "lost"),
    [
        ("DELETE FROM entries WHERE position = 5", "position 5 of log 0 is 6", ["w-0-2"]),
        ("DELETE FROM entries WHERE position = 6", "version 1 of account/w-0 is 2", ["w-0-3"]),
        ("DELETE FROM entries WHERE position = 18", "has 18 entries for 17", ["w-0-11.2"]),
        ("UPDATE heads SET size = size + 1", "cannot be the frontier of 19 entries", []),
        ("DELETE FROM restrictions WHERE opened_at_position = 4", "not as rebuilt", []),
        ("DELETE FROM claims WHERE id = 'w-0-3'", "not as rebuilt", []),
        (
            "UPDATE entries SET body = CAST(body || ' ' AS BLOB) WHERE position = 4",
            "the root of log 0 is not that of its entries",
            [],
        ),
    ],
)
def test_what_does_not_fit_is_said(
    path: Path, acknowledged: dict[str, str], edit: str, said: str, lost: list[str]
):
    """
    A gap, a head that is behind or ahead, a row too few, other bytes; and what is lost with it.
    """
    with closing(sqlite3.connect(path)) as connection:
        for trigger in ("update", "delete", "replace"):
            connection.execute(f"DROP TRIGGER entries_no_{trigger}")
        connection.execute(edit)
        connection.commit()

    found = audit(f"sqlite:///{path}", acknowledged)
    assert lost == found.lost
    assert any(said in sentence for sentence in found.broken)


def test_a_transaction_that_is_there_in_part_is_said(path: Path):
    """
    Three commands of one transaction are there or none of them.
    """
    with Ledger.open(f"sqlite:///{path}") as ledger:
        for asked in commands("w", 0, 5)[:2]:
            perform(ledger, [asked])

    assert ["of the 3 commands of w-0-5 there are 2"] == audit(f"sqlite:///{path}", {}).broken


def test_a_request_that_is_stored_twice_is_said(path: Path, acknowledged: dict[str, str]):
    """
    A repeated request whose claim was lost would be recorded again.
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM claims WHERE id = 'w-0-2'")
        connection.commit()
    with Ledger.open(f"sqlite:///{path}") as ledger:
        perform(ledger, commands("w", 0, 2))

    assert ["w-0-2 is stored twice"] == look(f"sqlite:///{path}", acknowledged).broken
