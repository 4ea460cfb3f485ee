"""
Statements that go to PostgreSQL together: the few that every transaction of the writer consists of.

Sent one by one through the driver each waits for the one before it, and its pipeline costs more of
the client's time than all that the ledger decides. Here libpq is told directly: what begins a
transaction is one query of several statements, what ends it is one pipeline of prepared ones.
While something is sent, what the server answers is read, so that neither waits for the other
(a pipeline that only sends hangs once the sockets are full: psycopg, issue 685).

Whoever is interrupted in between leaves a connection that nobody knows the state of: it is closed.
"""

import hashlib
import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import psycopg
from psycopg import pq

from ledger.store.database import Row
from ledger.store.postgres_errors import UNPREPARED

_NAME_DIGITS: Final = 16
_DONE: Final = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}

Statement = tuple[str, Sequence[Any]]
"""A statement and its parameters."""


class Prepared:
    """
    The statements that a connection has prepared, as far as this process knows.

    Others may take them away: the driver, which forgets all of them after some statements, or a
    pooler, which gives the next transaction another connection. Then all are prepared anew, under
    new names, since nobody knows which of the old ones are left.
    """

    def __init__(self) -> None:
        self._names: set[bytes] = set()
        self._generation = 0

    def name(self, statement: str) -> tuple[bytes, bool]:
        """
        Return the name of *statement*, and whether it is prepared.
        """
        name = b"ledger_%d_%s" % (self._generation, _numbered(statement)[0])
        return name, name in self._names

    def add(self, name: bytes) -> None:
        """
        Take note that what *name* stands for is prepared.
        """
        self._names.add(name)

    def forget(self) -> None:
        """
        Take note that nothing is.
        """
        self._names.clear()
        self._generation += 1


def run_script(connection: "psycopg.Connection[Row]", script: str) -> list[pq.abc.PGresult]:
    """
    Run statements without parameters, parted by semicolons, and return the result of each.

    Raises:
        psycopg.Error: The first one's that failed.
    """
    with _closed_on_interrupt(connection) as server:
        server.send_query(script.encode())
        _send(server)
        found = list(_results(server))
    for result in found:
        if result.status not in _DONE:
            raise _error(connection, result)
    return found


def run_together(
    connection: "psycopg.Connection[Row]", statements: Sequence[Statement], prepared: Prepared
) -> None:
    """
    Run *statements*, which return nothing, in one pipeline.

    Args:
        prepared: What the connection has prepared; is added to.

    Raises:
        psycopg.Error: The first one's that failed; those behind it were not run.
    """
    failed: pq.abc.PGresult | None = None
    # What each answer belongs to: the name of a statement that was prepared, or none.
    sent: list[bytes | None] = []
    with _closed_on_interrupt(connection) as server:
        server.enter_pipeline_mode()
        for statement, parameters in statements:
            name, is_prepared = prepared.name(statement)
            if not is_prepared and name not in sent:
                server.send_prepare(name, _numbered(statement)[1])
                sent.append(name)
            values = [_written(value) for value in parameters]
            server.send_query_prepared(name, values, [type(value) is bytes for value in parameters])
            sent.append(None)
        server.pipeline_sync()
        _send(server)
        for name_prepared in sent:
            for result in _results(server):
                if result.status not in _DONE:
                    failed = failed or result
                elif name_prepared is not None:
                    prepared.add(name_prepared)
        if server.status != pq.ConnStatus.BAD:
            # The mark behind the last one.
            _wait(server)
            server.get_result()
            server.exit_pipeline_mode()
    if failed is not None:
        error = _error(connection, failed)
        if error.sqlstate == UNPREPARED:
            prepared.forget()
        raise error


@contextmanager
def _closed_on_interrupt(connection: "psycopg.Connection[Row]") -> Iterator[pq.abc.PGconn]:
    is_whole = False
    try:
        if connection.closed:
            raise psycopg.OperationalError("the connection is closed")
        yield connection.pgconn
        is_whole = True
    finally:
        if not is_whole:
            connection.close()


def _send(server: pq.abc.PGconn) -> None:
    while server.flush():
        if _polled(server, select.POLLIN | select.POLLOUT) & select.POLLIN:
            server.consume_input()


def _results(server: pq.abc.PGconn) -> Iterator[pq.abc.PGresult]:
    """
    Yield the results of the next query.
    """
    while True:
        _wait(server)
        if (result := server.get_result()) is None:
            return
        yield result


def _wait(server: pq.abc.PGconn) -> None:
    while server.is_busy():
        _polled(server, select.POLLIN)
        server.consume_input()


def _polled(server: pq.abc.PGconn, events: int) -> int:
    poll = select.poll()
    poll.register(server.socket, events)
    ((_, found),) = poll.poll()
    return found


@lru_cache(maxsize=256)
def _numbered(statement: str) -> tuple[bytes, bytes]:
    """
    Return a digest of *statement*, and it with parameters as the server numbers them.
    """
    parts = statement.split("?")
    text = parts[0] + "".join(f"${number}{part}" for number, part in enumerate(parts[1:], start=1))
    return hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS].encode(), text.encode()


def _written(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else b"%d" % value


def _error(connection: "psycopg.Connection[Row]", result: pq.abc.PGresult) -> psycopg.Error:
    state = result.error_field(pq.DiagnosticField.SQLSTATE)
    said = result.error_message or connection.pgconn.error_message
    message = said.decode("utf-8", "replace")
    if state is None:
        return psycopg.OperationalError(message)
    try:
        # With the result, which names the constraint.
        return psycopg.errors.lookup(state.decode())(message, info=result)
    except KeyError:
        return psycopg.DatabaseError(message)
