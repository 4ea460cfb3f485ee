"""
Following evidence that does not hold: the follower says where, and goes no further.
"""

from itertools import islice

import pytest

from ledger import Entry, Ledger, Tampered
from ledger.store.database import Database
from tests.conftest import ACCOUNT

NOTES = 20


@pytest.fixture
def noted(staffed: Ledger) -> tuple[int, int]:
    """
    Return the log of an account with some notes, and the position of one in their middle.
    """
    for number in range(NOTES):
        staffed.note(ACCOUNT, f"note {number}", by="op-7")
    entry = [*staffed.entries(account=ACCOUNT)][NOTES // 2]
    return entry.log, entry.position


def tamper(database: Database, statement: str, log: int, position: int) -> None:
    """
    Run a statement about one entry behind the back of the ledger, as an owner of its file can.
    """
    with database.writing() as connection:
        if database.dialect.append_only:
            connection.execute("DROP TRIGGER entries_no_update")
            connection.execute("DROP TRIGGER entries_no_delete")
        connection.execute(f"{statement} WHERE log = ? AND position = ?", (log, position))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entries",
        "UPDATE entries SET position = position + 1000",
        "UPDATE entries SET recorded_at = '2999-01-01T00:00:00.000000Z'",
    ],
    ids=["removed", "moved", "dated later"],
)
def test_an_entry_that_is_not_in_its_place_is_missed(
    staffed: Ledger, database: Database, noted: tuple[int, int], statement: str
):
    """
    Where an entry was taken out of its place the follower names the place, again and again, and
    its cursor does not pass it.
    """
    tamper(database, statement, *noted)
    follower = staffed.follow()
    for _ in range(2):
        with pytest.raises(Tampered) as caught:
            [*islice(follower, staffed.status().entries)]
        assert noted == (caught.value.log, caught.value.position)

    assert 0 < follower.lag


def test_an_entry_with_other_bytes_is_not_passed_over(
    staffed: Ledger, database: Database, noted: tuple[int, int]
):
    """
    All before it are given out, and then it is named, however often it is asked for.
    """
    tamper(database, "UPDATE entries SET version = version + 1000", *noted)
    seen: list[Entry] = []
    follower = staffed.follow()
    for _ in range(2):
        with pytest.raises(Tampered) as caught:
            seen.extend(iter(follower.__next__, None))
        assert noted == (caught.value.log, caught.value.position)

    log, position = noted
    assert [*range(1, position)] == [entry.position for entry in seen if entry.log == log]
    with pytest.raises(Tampered):
        next(staffed.follow(follower.cursor))


def test_a_log_that_got_shorter_is_named(
    staffed: Ledger, database: Database, noted: tuple[int, int]
):
    """
    A follower who has seen more than there is says so, instead of waiting until there is more.
    """
    follower, log = staffed.follow(), noted[0]
    size = staffed.status().entries
    assert size == len([*islice(follower, size)])
    with database.writing() as connection:
        connection.execute("UPDATE heads SET size = size - 3 WHERE log = ?", (log,))

    with pytest.raises(Tampered, match="were followed") as caught:
        next(follower)
    assert log == caught.value.log
