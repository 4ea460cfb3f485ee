"""
What a PostgreSQL server can do to a ledger: each has its own error and nothing is written; and what
it can be told, in its configuration or by the shell, that changes nothing.
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from ledger import Ledger, Unavailable
from ledger.store.postgres_url import PostgresURL
from tests.conftest import Backend, HandSetClock, action_command, enrol_staff, take_action
from tests.postgres import Databases
from tests.store.conftest import EVERY
from tests.store.gate import Caller, until

Other = psycopg.Connection[tuple[object, ...]]

SERVERS = [backend for backend in EVERY if backend.engine == "postgres"]
TEXTS = "b\N{LATIN SMALL LETTER O WITH DIAERESIS}se \N{SNOWMAN} \N{PILE OF POO} \\ ' \" % ? \x7f"


@pytest.fixture(params=SERVERS, ids=lambda backend: backend.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    """
    Return each backend that is a server.
    """
    given: Backend = request.param
    return given


def asking(url: str, setting: str) -> str:
    """
    Return *url* with a setting that the server is asked for at the start of a session.
    """
    return url.replace("options=", f"options={quote(f'-c{setting} ')}")


def direct(url: str) -> Other:
    """
    Return a connection of another program to the database at *url*.
    """
    return psycopg.connect(PostgresURL.parsed(url).conninfo)


@pytest.fixture
def made(staffed: Ledger, ledger_url: str) -> str:
    """
    Return the URL of a ledger with operators.
    """
    assert staffed.status().entries
    return ledger_url


@pytest.fixture
def blocker(made: str) -> Iterator[Other]:
    """
    Return another program's connection to the database, which holds every head.
    """
    with direct(made) as connection:
        connection.execute("UPDATE heads SET size = size")
        yield connection
        connection.rollback()


def test_a_head_that_is_held_for_long_is_locked(made: str, blocker: Other, clock: HandSetClock):
    """
    While another program holds the heads, commands fail and questions answer; then they go on.
    """
    with Ledger.open(f"{made}&lock_timeout=1s", clock=clock) as ledger:
        entries = ledger.status().entries
        with pytest.raises(Unavailable, match="locked by another writer") as caught:
            take_action(ledger)
        assert entries == ledger.status().entries
        blocker.rollback()
        take_action(ledger)

        assert "lock_timeout" in (caught.value.expected or "")
        assert entries + 1 == ledger.status().entries


def test_a_writer_waits_for_another_one(made: str, blocker: Other, clock: HandSetClock):
    """
    Who is let through before his time is up has waited, and that is all.
    """
    with Ledger.open(f"{made}&lock_timeout=60s", clock=clock) as ledger:
        threading.Timer(0.1, blocker.rollback).start()
        action = take_action(ledger)

        assert [action] == [known.action for known in ledger.restrictions()]


def test_the_longest_wait_is_one_that_the_server_takes(made: str, clock: HandSetClock):
    """
    What a URL may ask for at most is no time that the first command fails at.
    """
    with Ledger.open(f"{made}&lock_timeout=24d20h31m23s", clock=clock) as ledger:
        assert take_action(ledger)


def test_a_server_that_is_read_only_is_told_so(made: str, clock: HandSetClock):
    """
    Questions are answered; a command fails, and not for want of a server.
    """
    url = asking(f"{made}&tries=2", "default_transaction_read_only=on")
    with Ledger.open(url, clock=clock) as ledger:
        entries = ledger.status().entries
        with pytest.raises(Unavailable, match="is read-only, or a standby: ") as caught:
            take_action(ledger)

        assert "a server that takes writes" in (caught.value.expected or "")
        assert entries == ledger.status().entries


def test_a_statement_that_takes_too_long_says_so(made: str, blocker: Other, clock: HandSetClock):
    """
    A time limit of the server ends what waits for a lock, and the message says which limit.
    """
    with Ledger.open(asking(made, "statement_timeout=50"), clock=clock) as ledger:
        with pytest.raises(Unavailable, match="took too long") as caught:
            take_action(ledger)

        assert "statement_timeout" in (caught.value.expected or "")
        blocker.rollback()
        take_action(ledger)


def end_sessions(url: str, application: str) -> int:
    """
    Let the server end every session of *application*, and return how many there were.
    """
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
    with direct(url) as connection:
        return len(connection.execute(ending, (application,)).fetchall())


def test_connections_that_the_server_ended_are_replaced(made: str, clock: HandSetClock):
    """
    Between two commands or questions nobody notices.
    """
    with Ledger.open(f"{made}&application_name=ended", clock=clock) as ledger:
        for number in range(3):
            action = take_action(ledger, f"account-{number}")
            assert action in [known.action for known in ledger.restrictions()]
            assert end_sessions(made, "ended")
            (known,) = ledger.standing(f"account-{number}").in_force
            assert action == known.action
            assert end_sessions(made, "ended")
        ledger.record_many([action_command("b"), action_command("c")])
        assert end_sessions(made, "ended")
        assert not any(difference.differed for difference in ledger.rebuild())

        assert 5 == ledger.count_restrictions()


def test_a_command_whose_connection_is_ended_is_recorded_once(
    made: str, blocker: Other, clock: HandSetClock
):
    """
    A writer that waits for the heads loses its connection, and goes on over another one.
    """
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        " AND wait_event_type = 'Lock'"
    )

    def waits() -> bool:
        with direct(made) as connection:
            return (1,) == connection.execute(waiting, ("cut-off",)).fetchone()

    url = f"{made}&application_name=cut-off&lock_timeout=60s"
    with Ledger.open(url, clock=clock) as ledger:
        caller = Caller(lambda: take_action(ledger))
        until(waits)
        assert end_sessions(made, "cut-off")
        until(waits)
        blocker.rollback()

        assert [caller.result] == [known.action for known in ledger.restrictions()]
        assert not any(difference.differed for difference in ledger.rebuild())


def test_a_database_without_a_ledger_is_not_made_one_by_opening(ledger_url: str):
    """
    A schema belongs to others too, so a ledger in it is made by `create` and nothing else.
    """
    for create in (True, False):
        with pytest.raises(Unavailable, match="there is no ledger"):
            Ledger.open(ledger_url, create=create)
    with direct(ledger_url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
        )
        assert (0,) == found.fetchone()


def test_tables_of_something_else_are_left_alone(ledger_url: str, backend: Backend):
    """
    A ledger is made beside them, and they keep their rows.
    """
    with direct(ledger_url) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
        connection.execute("INSERT INTO recipes VALUES ('soup')")
    with Ledger.create(ledger_url, logs=backend.logs) as ledger:
        take_action(enrol_staff(ledger))
        ledger.rebuild()

    with direct(ledger_url) as connection:
        assert [("soup",)] == connection.execute("SELECT * FROM recipes").fetchall()


def test_a_database_that_is_not_there_is_named(postgres_server: Databases):
    """
    Nobody makes a database on the way to a ledger.
    """
    with pytest.raises(Unavailable, match="nowhere"):
        Ledger.create(postgres_server.url("nowhere"))


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path):
    """
    And that is said at once.
    """
    with pytest.raises(Unavailable, match="No such file"):
        Ledger.open(f"postgresql:///ledger?host={tmp_path}")


@pytest.mark.parametrize(
    "setting",
    [
        "bytea_output=escape",
        "client_encoding=latin1",
        "client_encoding=sql_ascii",
        "standard_conforming_strings=off",
        "datestyle=german",
        "enable_seqscan=off",
        "default_transaction_isolation=serializable",
        "default_transaction_deferrable=on",
        "plan_cache_mode=force_generic_plan",
        "transform_null_equals=on",
    ],
)
def test_how_a_server_is_configured_changes_nothing(made: str, clock: HandSetClock, setting: str):
    """
    Whatever a session is told to begin with, what is recorded is what was said, to the byte.
    """
    with Ledger.open(asking(made, setting), clock=clock) as ledger:
        take_action(ledger, TEXTS.replace("\x7f", ""), reason=TEXTS, action="a-1")
        clock.advance(minutes=1)
        ledger.reverse("a-1", by="op-7", reason=TEXTS)
        ledger.record_many(action_command(f"account-{n}", reason=TEXTS) for n in range(300))

    with Ledger.open(made, clock=clock) as ledger:
        reasons = [getattr(entry.event, "reason", TEXTS) for entry in ledger.entries()]
        assert {TEXTS} == {*reasons[-302:]}
        assert not any(difference.differed for difference in ledger.rebuild())


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PGCLIENTENCODING", "latin1"),
        ("PGDATESTYLE", "german"),
        ("PGDATABASE", "elsewhere"),
        ("PGTZ", "Asia/Tokyo"),
    ],
)
def test_no_variable_of_the_shell_has_a_say(
    made: str, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
):
    """
    Variables that libpq knows lead a ledger nowhere else, and change no byte of it.
    """
    monkeypatch.setenv(variable, value)
    with Ledger.open(made, clock=clock) as ledger:
        take_action(ledger, reason=TEXTS)
        (entry,) = ledger.entries(account="25073877")

        assert TEXTS == getattr(entry.event, "reason", None)
        assert not any(difference.differed for difference in ledger.rebuild())
