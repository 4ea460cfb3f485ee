"""
Statements as a database gets them, whichever way the store sends them.
"""

import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
import pytest
from psycopg import pq

from ledger.store import sqlite
from ledger.store.database import Connection
from ledger.store.sqlite import SQLiteConnection

# What libpq writes down of a message: to whom, of how many bytes, which one, and what it holds.
_MESSAGES = re.compile(r"^(?=[FB]\t\d+\t)", re.MULTILINE)
_QUERY = re.compile(r'F\t\d+\tQuery\t "(.*)"\s*\Z', re.DOTALL)
_PARSE = re.compile(r'F\t\d+\tParse\t "[^"]*" "(.*)" \d+(?: \d+)*\s*\Z', re.DOTALL)


@contextmanager
def statements_on(connection: Connection) -> Iterator[list[str]]:
    """
    Give a list of the statements that go over *connection* meanwhile; it is filled at the end.
    """
    heard: list[str] = []
    with ExitStack() as ending:
        if isinstance(connection, sqlite3.Connection):
            _hear(connection, heard, ending)
        else:
            _overhear(connection.raw, heard, ending)  # type: ignore[attr-defined]
        yield heard


@contextmanager
def all_statements(patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """
    Give a list of the statements that go over every connection that is opened meanwhile, to any
    database; it is filled at the end.
    """
    heard: list[str] = []
    with ExitStack() as ending, patch.context() as patched:
        connect = psycopg.Connection.connect

        class Heard(SQLiteConnection):
            def __init__(self, *arguments: Any, **named: Any) -> None:
                super().__init__(*arguments, **named)
                _hear(self, heard, ending)

        def connected(*arguments: Any, **named: Any) -> "psycopg.Connection[Any]":
            connection: psycopg.Connection[Any] = connect(*arguments, **named)
            _overhear(connection, heard, ending)
            return connection

        patched.setattr(sqlite, "SQLiteConnection", Heard)
        patched.setattr(psycopg, "connect", connected)
        patched.setattr(psycopg.Connection, "connect", connected)
        yield heard


def _hear(connection: sqlite3.Connection, heard: list[str], ending: ExitStack) -> None:
    connection.set_trace_callback(heard.append)

    def end() -> None:
        # One that is closed says no more.
        with suppress(sqlite3.ProgrammingError):
            connection.set_trace_callback(None)

    ending.callback(end)


def _overhear(connection: "psycopg.Connection[Any]", heard: list[str], ending: ExitStack) -> None:
    told = ending.enter_context(tempfile.TemporaryFile())  # noqa: SIM115, it does close it
    connection.pgconn.trace(told.fileno())
    connection.pgconn.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)

    def end() -> None:
        if not connection.closed:
            connection.pgconn.untrace()
        told.seek(0)
        for message in _MESSAGES.split(told.read().decode("utf-8", "replace")):
            if found := _QUERY.match(message):
                heard.extend(found[1].split(";"))
            elif found := _PARSE.match(message):
                heard.append(found[1])

    ending.callback(end)
