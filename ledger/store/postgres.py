"""
PostgreSQL under the ledger: connections, transactions, and its errors in the ledger's words.

Readers see one snapshot. The writer keeps a connection of its own and works under whatever
isolation the server has as default: under READ COMMITTED writers wait for each other at the head,
under stricter ones the second is rolled back and runs again. Nothing here is set for a session,
so that a pooler between may give each transaction another one.
"""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger.errors import LedgerError, Malformed, Unavailable
from ledger.store.database import Dialect, InDoubt, Row, RunAgain, assert_free, waits
from ledger.store.postgres_errors import in_our_words, is_lost, no_connection
from ledger.store.postgres_url import PostgresURL
from ledger.store.postgres_wire import Prepared, Statement, run_script, run_together
from ledger.store.rows import inserting
from ledger.store.schema import TAKE_HEAD, look_at_heads

Raw = psycopg.Connection[Row]

# What the driver notes of a connection that broke is raised, too; without a handler of the
# program's own it would go to stderr, where the command line has one JSON document.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

ROWS_A_TIME: Final = 500
_UPDATES_A_TIME: Final = 100
# Up to here statements go over the wire in one go; behind it COPY is faster, and a pipeline of
# more than the sockets hold can hang (psycopg, issue 685).
BYTES_TOGETHER_MAX: Final = 16_384
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

# Whatever the shell or the URL says of it, since texts are sent as UTF-8.
_CONNECTING: Final[dict[str, Any]] = {"autocommit": True, "client_encoding": "utf8"}
_BINARY: Final = {psycopg.postgres.types[name].oid for name in ("int4", "int8", "text", "bytea")}

# libpq's manual, section 32.1.2: where a default is no text, and an empty one is refused.
_DEFAULTS: Final = {
    "sslcertmode": "allow",
    "min_protocol_version": "3.0",
    "max_protocol_version": "3.0",
    # Every method that there is, but for OAuth, which came later.
    "require_auth": "none,password,md5,gss,sspi,scram-sha-256",
}
# The shell may have a password. A service cannot be turned off, but all that it may say is said.
_ASKED_OF_THE_SHELL: Final = {"password", "passfile", "service", "servicefile"}

DIALECT: Final = Dialect(text='TEXT COLLATE "C"', bytes="BYTEA", is_ours_alone=False)


@lru_cache(maxsize=1024)
def _marked(statement: str) -> str:
    """
    Return *statement* with the marks of this driver.

    Raises:
        Malformed: When it has a mark of the driver's own.
    """
    if "%" in statement:
        raise Malformed("a statement holds a %", where="statement", expected="% in a parameter")
    return statement.replace("?", "%s")


def _connecting(conninfo: str) -> dict[str, Any]:
    """
    Return what is said beside *conninfo*, so that libpq asks the shell for none of it.
    """
    said = {*conninfo_to_dict(conninfo), *_ASKED_OF_THE_SHELL}
    options = {option.keyword.decode(): option for option in pq.Conninfo.get_defaults()}
    defaults = {
        name: _DEFAULTS.get(name, (option.compiled or b"").decode())
        for name, option in options.items()
        if option.envvar and name not in said
    }
    if "require_auth" in defaults and "oauth_issuer" in options:
        defaults["require_auth"] += ",oauth"
    return {**defaults, **_CONNECTING}


@lru_cache
def _copying(table: str, columns: str, *, is_binary: bool) -> str:
    return f"COPY {table} ({columns}) FROM STDIN" + (" (FORMAT BINARY)" if is_binary else "")


class PostgresConnection:
    """
    A connection within a transaction, which begins with its first statement.

    Args:
        opening: The statements that begin the transaction; they go together with the first one.

    Attributes:
        committing: Whether the commit was sent.
    """

    def __init__(self, database: "PostgresDatabase", raw: Raw, opening: Sequence[str]) -> None:
        self.raw = raw
        self.committing = False
        self._database = database
        self._opening = opening
        self._numbers = itertools.count()
        # What waits to be sent, within `together`.
        self._waiting: list[Statement] | None = None

    def _begin(self, *statements: str) -> list[PGresult]:
        """
        Begin the transaction and return the results of its first *statements*.

        Nothing was done in it yet, so a connection that was lost meanwhile is replaced.
        """
        script = ";".join((*self._opening, *statements))
        for wait in itertools.chain(waits(self._database.tries), (None,)):
            try:
                results = run_script(self.raw, script)
            except psycopg.OperationalError as error:
                if wait is None or not is_lost(error, self.raw):
                    raise
                time.sleep(wait)
                self.raw = self._database.replaced(self.raw)
            else:
                break
        begun, self._opening = len(self._opening), ()
        return results[begun:]

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Any:
        """
        Run a statement whose answer fits into memory.
        """
        if self._opening:
            self._begin()
        return self.raw.execute(_marked(statement), parameters, binary=True)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        """
        Run a statement that returns nothing once for each of *rows*, in their order.
        """
        if self._waiting is not None:
            self._waiting += [(statement, row) for row in rows]
            return
        if self._opening:
            self._begin()
        marked, left = _marked(statement), iter(rows)
        cursor = self.raw.cursor()
        while some := [*itertools.islice(left, _UPDATES_A_TIME)]:
            cursor.executemany(marked, some)

    def take_heads(
        self, logs: Sequence[int], read: Sequence[int] = ()
    ) -> tuple[list[Row], list[Row]]:
        """
        Take the heads of *logs* in the order given, and look at those of *read*.
        """
        asked = [TAKE_HEAD.replace("?", str(int(log))) for log in logs]
        if read:
            asked.append(look_at_heads(read))
        if not asked:
            return [], []
        results = self._begin(*asked) if self._opening else run_script(self.raw, ";".join(asked))
        return [_head(result) for result in results[: len(logs)]], [
            (int(log), int(size), recorded_at.decode())
            for result in results[len(logs) :]
            for log, size, recorded_at in _cells(result)
        ]

    def insert(self, table: str, columns: str, rows: Sequence[Row]) -> None:
        """
        Insert *rows* into *table*.

        Raises:
            Taken: When the key of one of them is; at the end of `together`, where within it.
        """
        if not rows:
            return
        if self._waiting is not None:
            statement = inserting(table, columns)
            self._waiting += [(statement, row) for row in rows]
            return
        if self._opening:
            self._begin()
        try:
            if len(rows) == 1:
                self.raw.execute(_marked(inserting(table, columns)), rows[0])
            else:
                self._copy(table, columns, rows)
        except psycopg.errors.UniqueViolation as error:
            raise self._database.in_our_words(error) from error

    def _copy(self, table: str, columns: str, rows: Sequence[Row]) -> None:
        types = self._types(table, columns)
        # Faster, and no setting of the server changes how bytes are read.
        is_binary = _BINARY.issuperset(types)
        with (
            self.raw.cursor() as cursor,
            cursor.copy(_copying(table, columns, is_binary=is_binary)) as copy,
        ):
            if is_binary:
                copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def _types(self, table: str, columns: str) -> list[int]:
        """
        Return the types of *columns* as the server numbers them, which is asked once.
        """
        known = self._database.types
        if (table, columns) not in known:
            described = self.raw.execute(f"SELECT {columns} FROM {table} LIMIT 0").description
            assert described is not None
            known[table, columns] = [column.type_code for column in described]
        return known[table, columns]

    def stream(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """
        Yield the rows that a statement returns, some at a time.
        """
        if self._opening:
            self._begin()
        name = f"ledger_{next(self._numbers)}"
        fetch = f"FETCH {ROWS_A_TIME} FROM {name}"
        with self.raw.pipeline():
            self.raw.execute(f"DECLARE {name} CURSOR FOR {_marked(statement)}", parameters)
            rows = self.raw.execute(fetch, binary=True).fetchall()
        while True:
            yield from rows
            if len(rows) < ROWS_A_TIME:
                break
            rows = self.raw.execute(fetch, binary=True).fetchall()
        self.raw.execute(f"CLOSE {name}")

    @contextmanager
    def together(self, size: Callable[[], int]) -> Iterator[None]:
        """
        Let the statements within go to the database together, where their *size* allows it.
        """
        if size() > BYTES_TOGETHER_MAX:
            yield
            return
        if self._opening:
            self._begin()
        waiting: list[Statement] = []
        self._waiting = waiting
        try:
            yield
        finally:
            self._waiting = None
        run_together(self.raw, waiting, self._database.prepared)

    def commit(self) -> None:
        """
        Commit the transaction.
        """
        self.committing = True
        if self._waiting is not None:
            self._waiting.append(("COMMIT", ()))
        else:
            self.raw.execute("COMMIT")

    def is_under_way(self) -> bool:
        """
        Return whether there is a transaction to commit.
        """
        return not self.committing and self.raw.info.transaction_status != TransactionStatus.IDLE


def _head(result: PGresult) -> Row:
    """
    Return the row of a head that was taken, which came as text.
    """
    ((size, recorded_at, frontier),) = _cells(result)
    return int(size), recorded_at.decode(), pq.Escaping().unescape_bytea(frontier)


def _cells(result: PGresult) -> Iterator[list[bytes]]:
    """
    Yield the cells of each row of a result that has no null.
    """
    for row in range(result.ntuples):
        cells = [result.get_value(row, column) for column in range(result.nfields)]
        yield [cell for cell in cells if cell is not None]


class PostgresDatabase:
    """
    One PostgreSQL database, or a schema of it.

    Args:
        url: Where it is, as libpq has it, with `PostgresURL`'s own parameters.

    Raises:
        Malformed: When the URL asks for what libpq does not know.

        Unavailable: When it cannot be reached, or refuses the role.
    """

    dialect = DIALECT
    readers_block = False

    def __init__(self, url: str) -> None:
        self.url = PostgresURL.parsed(url)
        self.tries = self.url.tries
        self._write_lock = threading.RLock()
        self._is_writing = False
        self._closed = False
        self._writing = (
            "BEGIN",
            f"SET LOCAL lock_timeout = {self.url.lock_timeout_ms}",
        )
        # The statements that the writer's connection has prepared.
        self.prepared = Prepared()
        self.types: dict[tuple[str, str], list[int]] = {}
        self._connecting: dict[str, Any] = {}
        self._writer = self._opened()
        self._pool = ConnectionPool(
            self.url.conninfo,
            kwargs=self._connecting,
            min_size=0,
            max_size=self.url.pool_size,
            timeout=self.url.wait_seconds_max,
            reconnect_timeout=self.url.wait_seconds_max,
            open=True,
        )

    def __str__(self) -> str:
        """
        Return how messages name the database: without a secret.
        """
        return self.url.shown

    def _opened(self) -> Raw:
        try:
            self._connecting = _connecting(self.url.conninfo)
            return self._connected()
        except (psycopg.Error, UnicodeError) as error:
            reason = no_connection(error, self.url)
        raise reason

    def _connected(self) -> Raw:
        try:
            return psycopg.connect(self.url.conninfo, **self._connecting)
        except psycopg.Error as error:
            failed = type(error)(str(error))
        # Not from within: the driver's own keeps what it connected with, the password too, and
        # would be kept as what came before this one.
        raise failed

    def replaced(self, lost: Raw) -> Raw:
        """
        Return a connection in the place of one that was *lost*.
        """
        lost.close()
        if lost is self._writer:
            self._writer = self._connected()
            self.prepared.forget()
            return self._writer
        self._pool.putconn(lost)
        return self._lent()

    @contextmanager
    def reading(self) -> Iterator[PostgresConnection]:
        """
        Give a connection whose statements all see the same committed state.
        """
        self._assert_open()
        try:
            connection = PostgresConnection(self, self._lent(), (_READ,))
            try:
                yield connection
            finally:
                self._ended(connection)
                self._pool.putconn(connection.raw)
        except psycopg.Error as error:
            raise self._given_up(error) from error

    def ask(self, statement: str, parameters: Sequence[Any]) -> list[Row]:
        """
        Return the answer to one statement, which sees one committed state without a transaction.
        """
        self._assert_open()
        for wait in itertools.chain(waits(self.tries), (None,)):
            raw = self._lent()
            try:
                return raw.execute(_marked(statement), parameters, binary=True).fetchall()
            except psycopg.Error as error:
                if wait is None or not isinstance(self.in_our_words(error), RunAgain):
                    raise self._given_up(error) from error
            finally:
                self._pool.putconn(raw)
            time.sleep(wait)
        raise AssertionError

    def _lent(self) -> Raw:
        """
        Return a connection of the pool.

        Raises:
            Unavailable: When there is none within `pool_timeout`, with the reason.
        """
        try:
            return self._pool.getconn()
        except PoolTimeout:
            # Nothing of it is of use: it knows no reason.
            pass
        except psycopg.Error as error:
            raise self._given_up(error) from error
        raise self._none_lent()

    def _none_lent(self) -> LedgerError:
        """
        Return why the pool had no connection: one more, beside it, tells whether there is any.
        """
        try:
            self._connected().close()
        except (psycopg.Error, UnicodeError) as error:
            return no_connection(error, self.url)
        return Unavailable(
            f"{self}: no connection was free for {self.url.wait_seconds_max:g} seconds; questions"
            f" share {self.url.pool_size}",
            where="ledger",
            expected="one within pool_timeout; try again, or set pool_size or pool_timeout in the"
            " URL",
        )

    @contextmanager
    def writing(self) -> Iterator[PostgresConnection]:
        """
        Give the connection that writes, in a transaction that commits at the end, unless it was
        committed before.

        Raises:
            RunAgain: When the transaction was rolled back and may be run again.

            InDoubt: When the answer to its commit was lost.

            Conflict: Within a transaction of the same thread.
        """
        with self._write_lock:
            self._assert_open()
            assert_free(self, is_writing=self._is_writing)
            connection = PostgresConnection(self, self._writer, self._writing)
            try:
                self._is_writing = True
                self._ended(connection)
                yield connection
                if connection.is_under_way():
                    connection.commit()
            except psycopg.Error as error:
                raise self._outcome(connection, error) from error
            finally:
                self._is_writing = False
                self._ended(connection)

    def _outcome(self, connection: PostgresConnection, error: psycopg.Error) -> Exception:
        reason = self.in_our_words(error)
        if not isinstance(reason, RunAgain):
            return reason
        if is_lost(error, connection.raw):
            return InDoubt(reason.reason) if connection.committing else reason
        if error.sqlstate:
            return reason
        # What the driver says of a connection that is there, it says the next time too.
        return Unavailable(reason.reason.message, where="ledger")

    def _ended(self, connection: PostgresConnection) -> None:
        """
        Roll back what is left of a transaction; a connection that cannot is closed.
        """
        raw = connection.raw
        if raw.closed or raw.info.transaction_status == TransactionStatus.IDLE:
            return
        try:
            # The driver would forget what it has prepared, and what the writer has with it.
            run_script(raw, "ROLLBACK")
        except psycopg.Error:
            # The server rolls back what a closed connection left.
            raw.close()

    def in_our_words(self, error: psycopg.Error) -> LedgerError | RunAgain:
        """
        Return what the driver raised as the ledger says it.
        """
        return in_our_words(error, self.url)

    def _given_up(self, error: psycopg.Error) -> LedgerError:
        said = self.in_our_words(error)
        return said.reason if isinstance(said, RunAgain) else said

    def tables(self) -> set[str]:
        """
        Return the names of the tables that are committed.
        """
        with self.reading() as connection:
            # Also those that this role may do nothing with: to it they are no free place.
            rows = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            )
            return {name for (name,) in rows}

    def backup(self, path: Path) -> None:
        """
        Write a consistent copy to a SQLite file at *path* while the ledger goes on.

        Raises:
            Malformed: When *path* exists.
        """
        from ledger.store.copy import copy  # noqa: PLC0415, it needs SQLite

        copy(self, path)

    def _assert_open(self) -> None:
        if self._closed:
            raise Unavailable(f"{self} is closed", expected="an open ledger")

    def overwrite(self) -> None:
        """
        Do nothing: when old versions of rows go, and how long its log is kept, is the server's
        matter.
        """

    def close(self) -> None:
        """
        Close every connection that is not in use; those in use close when they are given back.
        """
        with self._write_lock:
            if not self._closed:
                self._closed = True
                self._writer.close()
                self._pool.close()
