"""
Commands that share a transaction, one of which the database itself refuses: whichever it is, it is
told so, and the others are recorded once each.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from ledger import Conflict, Entry, Ledger, LedgerError, Tampered, Unavailable
from ledger.moderation.commands import command_from
from ledger.moderation.identity import log_of_id
from ledger.moderation.rules import Rule
from ledger.store.database import Database
from ledger.store.order import Order
from ledger.store.postgres_url import PostgresURL
from ledger.store.queue import Done, Failed, Outcomes
from ledger.store.writer import Work
from tests.conftest import Backend, HandSetClock, action_command, take_action
from tests.store.conftest import on
from tests.store.test_processes import assert_whole
from tests.store.test_rebuild import edited

TOGETHER = 5
TAKEN = "2017-11-02T20:00:00Z"


def write(ledger: Ledger, commands: list[dict[str, Any]]) -> list[str | LedgerError]:
    """
    Let the writer record *commands* as if they had waited at the same moment, and return what each
    caller is told.
    """
    works = [Work((Order(command_from(command).complete()),)) for command in commands]
    outcomes: Outcomes[Any] = [None] * len(works)
    ledger._writer._write(works, outcomes)  # noqa: SLF001, no two threads can be made to meet
    told: list[str | LedgerError] = []
    for outcome in outcomes:
        if isinstance(outcome, Failed):
            assert isinstance(outcome.error, LedgerError)
            told.append(outcome.error)
        else:
            assert isinstance(outcome, Done)
            told.append(outcome.value)
    return told


def accounts(place: int) -> list[str]:
    """
    Return the accounts of the commands of which the one at *place* is refused.
    """
    return [f"account-{place}-{number}" for number in range(TOGETHER)]


def assert_others_recorded(
    ledger: Ledger, place: int, told: list[str | LedgerError], family: type[LedgerError]
) -> None:
    """
    Assert that the command at *place* failed, and that each of the others took its action, once.
    """
    assert isinstance(told[place], family)
    recorded = [(known.account, known.action) for known in ledger.restrictions()]
    expected = dict(zip(accounts(place), told, strict=True))
    del expected[accounts(place)[place]]
    assert sorted(expected.items()) == sorted(
        (account, action) for account, action in recorded if account in accounts(place)
    )


@on("memory", "sqlite", "postgres")
def test_a_row_that_breaks_a_constraint_fails_its_command_alone(
    staffed: Ledger, database: Database, clock: HandSetClock
):
    """
    A rule of the database that the ledger does not know of, and that one of five breaks.
    """
    database.tries = 2
    take_action(staffed, "first", effective_at=TAKEN)
    with database.writing() as connection:
        connection.execute("CREATE UNIQUE INDEX one_at_a_time ON entries (effective_at)")
    for place in range(TOGETHER):
        times = [clock.now - timedelta(seconds=10 * place + n) for n in range(TOGETHER)]
        given: list[Any] = [*times[:place], TAKEN, *times[place + 1 :]]
        told = write(
            staffed,
            [
                action_command(account, effective_at=at)
                for account, at in zip(accounts(place), given, strict=True)
            ],
        )

        assert_others_recorded(staffed, place, told, Conflict)
    assert_whole(staffed)
    take_action(staffed, "account-0-0", effective_at=clock.now - timedelta(hours=1))


@on("sqlite", "postgres")
def test_an_id_that_somebody_else_took_fails_its_command_alone(
    staffed: Ledger, backend: Backend, other: Ledger
):
    """
    An action of that name is on record by the time that one of five gives it.
    """
    for place in range(TOGETHER):
        take_action(other, f"other-{place}", action=f"a-{place}")
        commands = [action_command(account) for account in accounts(place)]
        commands[place]["action"] = f"a-{place}"
        told = write(staffed, commands)

        assert_others_recorded(staffed, place, told, Conflict)
    assert backend.is_kept
    assert_whole(staffed)


class Intruder:
    """
    Takes ids of actions behind the writer's back, just when it has seen that they are free.

    Attributes:
        ids: What is taken when the next command of such an account is decided, by account.
    """

    def __init__(self, url: str, logs: int) -> None:
        self.ids: dict[str, str] = {}
        self._logs = logs
        self._connection = psycopg.connect(PostgresURL.parsed(url).conninfo, autocommit=True)

    def intrude(self, considered: Any, _asked: object) -> None:
        """
        Commit a claim of the id that the command under consideration gives.
        """
        name = self.ids.pop(considered.account, None)
        if name is not None:
            row = (log_of_id(name, self._logs), "action", name, "account/elsewhere", 1, "")
            self._connection.execute("INSERT INTO claims VALUES (%s, %s, %s, %s, %s, %s)", row)

    def leave(self) -> None:
        """
        Take back what was taken.
        """
        self._connection.execute("DELETE FROM claims WHERE stream = 'account/elsewhere'")

    def close(self) -> None:
        """
        Close the connection.
        """
        self._connection.close()


@pytest.fixture
def intruder(staffed: Ledger, ledger_url: str, backend: Backend) -> Iterator[Intruder]:
    """
    Return somebody who knows when a command is decided.
    """
    assert staffed.status().entries
    made = Intruder(ledger_url, backend.logs)
    yield made
    made.close()


@on("postgres")
def test_an_id_that_is_taken_between_decision_and_commit_fails_its_command_alone(
    staffed: Ledger, ledger_url: str, intruder: Intruder, clock: HandSetClock
):
    """
    Another program writes a claim while five are decided; the transaction breaks at the last
    moment, and is run again.
    """
    rule = Rule("intruded", check=intruder.intrude)
    with Ledger.open(ledger_url, clock=clock, rules=[rule]) as ledger:
        policy = {"policy": 1, "safeguards": [{"rule": "intruded"}]}
        ledger.adopt_policy(policy, by="op-1")
        for place in range(TOGETHER):
            names = accounts(place)
            intruder.ids = {names[place]: f"a-{place}"}
            commands = [action_command(account) for account in names]
            commands[place]["action"] = f"a-{place}"
            told = write(ledger, commands)

            assert {} == intruder.ids
            assert_others_recorded(staffed, place, told, Conflict)
        intruder.leave()
        assert_whole(ledger)


def damage(database: Database, entry: Entry, kind: str) -> None:
    """
    Let the stored *entry* say that it is of another *kind*, in its bytes too.
    """
    old, new = f'"kind":"{entry.kind}"', f'"kind":"{kind}"'
    edited(
        database,
        "UPDATE entries SET kind = ?, body = ? WHERE log = ? AND position = ?",
        kind,
        entry.body.replace(old.encode(), new.encode()),
        entry.log,
        entry.position,
    )


# A kind that a note is not, and one that there is not yet.
UNREADABLE = {"account.action_taken": Tampered, "account.levitated": Unavailable}


@on("sqlite", "postgres")
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_history_that_cannot_be_read_fails_its_command_alone(
    staffed: Ledger, database: Database, ledger_url: str, clock: HandSetClock, kind: str
):
    """
    What is on record of one of five accounts was edited, or is of a newer version of the ledger.
    """
    for place in range(TOGETHER):
        account = accounts(place)[place]
        staffed.note(account, "a word", by="op-7")
        (entry,) = staffed.entries(account=account)
        damage(database, entry, kind)
    with Ledger.open(ledger_url, clock=clock) as ledger:
        for place in range(TOGETHER):
            told = write(ledger, [action_command(account) for account in accounts(place)])

            assert_others_recorded(ledger, place, told, UNREADABLE[kind])
