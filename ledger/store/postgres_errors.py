"""
What PostgreSQL says, in the ledger's words: what is to be run again, and what cannot be helped.
"""

import re
from typing import Any, Final

import psycopg

from ledger.errors import Conflict, LedgerError, Malformed, Unavailable
from ledger.store.database import Made, RunAgain, Taken
from ledger.store.postgres_url import PostgresURL
from ledger.store.schema import KEYS

# SQLSTATE, PostgreSQL's manual, appendix A.
_RACES: Final = {"40001", "40P01"}
_TAKEN: Final = "23505"
_NO_TABLE: Final = "42P01"
# Of a table, and of the type that comes with it.
_MADE: Final = {"42P07", "42710"}
# A statement that was prepared is so no more.
UNPREPARED: Final = "26000"
_READ_ONLY: Final = "25006"
# The server goes or has gone, or has become a standby: another connection may find one that is up.
_GONE: Final = re.compile(f"08...|57P01|57P02|57P03|{_READ_ONLY}")
# What is raised without SQLSTATE before anything is sent: the server has no part in it.
_UNSENT: Final = (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError)
_OUR_TABLES: Final = {"settings", "heads", *KEYS, "key_settings", "subjects"}
# Where a race may be lost: our tables, on Citus with the number of a shard, and the server's own,
# where two make a table at once. Any other is a service's.
_RACED_AT: Final = re.compile(rf"({'|'.join(_OUR_TABLES)}|projections)(_\d+)?|pg_.*")
# What libpq says of a value that it cannot read, in its own words.
_UNREADABLE: Final = re.compile(
    r'invalid ("?\w+"? value: |port number: |integer value )|definition of service '
)
_SAID: Final = {
    "55P03": (
        "is locked by another writer",
        "the lock within lock_timeout; try again, or set lock_timeout in the URL",
    ),
    "57014": ("took too long", "an answer within statement_timeout"),
    "53100": ("has no space left", "free space; nothing is lost"),
    "53300": ("has no connection left", "a smaller pool_size, or a larger max_connections"),
    "42501": (
        "does not permit that to this role",
        "its owner, or a role that `ledger init --roles` grants it to",
    ),
    _NO_TABLE: ("is not a ledger", "a database that `ledger init` has made"),
    "3D000": ("does not exist", "a database that was created"),
    "28P01": ("refuses the role or its password", "a role that may connect"),
    "28000": ("refuses the role", "a role that may connect"),
}


_LASTING: Final = {
    **_SAID,
    _READ_ONLY: (
        "is read-only, or a standby",
        "a server that takes writes; target_session_attrs=read-write finds it among several hosts",
    ),
}
# What the server says to a connection that it refuses: libpq passes its words on, and no SQLSTATE.
_REFUSING: Final = {
    re.compile(r'database ".*" does not exist'): "3D000",
    re.compile("password authentication failed"): "28P01",
    re.compile(r'role ".*" does not exist|no pg_hba\.conf entry'): "28000",
    re.compile("too many clients|too many connections|connection slots are reserved"): "53300",
}


def is_lost(error: psycopg.Error, connection: "psycopg.Connection[Any]") -> bool:
    """
    Return whether *error* says that the server is not, or no longer, there to be written to.
    """
    state = error.sqlstate
    return connection.closed if state is None else bool(_GONE.fullmatch(state))


def in_our_words(error: psycopg.Error, url: PostgresURL) -> LedgerError | RunAgain:
    """
    Return what the driver raised as the ledger says it; no secret of *url* is in it.
    """
    state = error.sqlstate or ""
    said = _first_line(str(error), url)
    if state in _RACES:
        return RunAgain(
            Conflict(
                f"{url.shown}: another writer was faster in every one of {url.tries} tries",
                expected="the same command again",
            )
        )
    if not state and isinstance(error, _UNSENT):
        return Malformed(
            f"the statement cannot be sent: {said}",
            where=url.shown,
            expected="a ? for each parameter and nowhere else, and values that PostgreSQL can hold",
        )
    if _is_of_a_service(error, said):
        return Unavailable(f"{url.shown}: {said}", where="ledger")
    if state == _TAKEN:
        return Taken(
            Conflict(
                f"{url.shown}: somebody else recorded it first: {said}",
                expected="the same command again",
            )
        )
    if state in _MADE:
        return Made(Unavailable(f"{url.shown}: {said}", where="ledger"))
    if state in _SAID:
        what, expected = _SAID[state]
        return Unavailable(f"{url.shown} {what}: {said}", where="ledger", expected=expected)
    if state and state != UNPREPARED and not _GONE.fullmatch(state):
        return Unavailable(f"{url.shown}: {said}", where="ledger")
    what, expected = _lasting(state, said)
    return RunAgain(Unavailable(f"{url.shown}{what}: {said}", where="ledger", expected=expected))


def _lasting(state: str, said: str) -> tuple[str, str]:
    """
    Return what is the matter where running again did not help, and what would.
    """
    if not state:
        refusing = (refused for words, refused in _REFUSING.items() if words.search(said))
        state = next(refusing, "")
    if state in _LASTING:
        what, expected = _LASTING[state]
        return f" {what}", expected
    return "", "a server that can be reached, and lets this role in"


def _is_of_a_service(error: psycopg.Error, said: str) -> bool:
    """
    Return whether a key that is taken, or a table that is missing, is none of ours.
    """
    if error.sqlstate == _TAKEN:
        table = error.diag.table_name
        return table is not None and not _RACED_AT.fullmatch(table)
    return error.sqlstate == _NO_TABLE and _OUR_TABLES.isdisjoint(re.findall(r"\w+", said))


def no_connection(error: psycopg.Error | UnicodeError, url: PostgresURL) -> LedgerError:
    """
    Return why there is no connection: libpq cannot read what *url* asks of it, or the server cannot
    be reached, or refuses.
    """
    said = _first_line(str(error), url)
    if isinstance(error, psycopg.OperationalError) and not _UNREADABLE.search(said):
        reason = in_our_words(error, url)
        return reason.reason if isinstance(reason, RunAgain) else reason
    return Malformed(
        f"{url.shown}: {said}",
        where="ledger",
        expected="parameters and values that libpq knows, beside pool_size, tries, lock_timeout and"
        " pool_timeout",
    )


def _first_line(said: str, url: PostgresURL) -> str:
    for secret in url.secrets:
        said = said.replace(secret, "***")
    return said.strip().partition("\n")[0]
