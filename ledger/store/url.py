"""
The URL of a ledger: which database it names, and how it is shown without its secrets.
"""

import re
from pathlib import Path
from typing import Final

from ledger.errors import Malformed, Unavailable
from ledger.store.database import Database
from ledger.store.postgres_url import PostgresURL

EXPECTED: Final = (
    "sqlite:///PATH, sqlite:////ABSOLUTE/PATH, memory: or postgresql://USER@HOST/DATABASE"
)
_POSTGRES: Final = ("postgresql://", "postgres://")
_SQLITE: Final = "sqlite:///"

# Everything up to the last @ may be a password that is not encoded.
_CREDENTIALS: Final = re.compile(r"(?s)(?<=://).*@")
_ALL_CREDENTIALS: Final = re.compile(r"(?s)^.*@")
_SECRET: Final = re.compile(r"(?<=password=)[^&#\s]*")


def shown(url: str) -> str:
    """
    Return *url* without what is secret in it.
    """
    if url.startswith(_POSTGRES):
        try:
            return PostgresURL.parsed(url).shown
        except Malformed:
            return f"{_POSTGRES[0]}***"
    return url if url.startswith(_SQLITE) else concealed(_ALL_CREDENTIALS.sub("***@", url))


def concealed(said: str) -> str:
    """
    Return *said*, which may quote URLs, without what may be secret in them.
    """
    return _SECRET.sub("***", _CREDENTIALS.sub("***@", said))


def connect(url: str, *, create: bool) -> Database:
    """
    Return the database that *url* names; nothing is looked for in it.

    Args:
        create: Whether a SQLite path that is free becomes a database.

    Raises:
        Malformed: When the URL names none, or names a directory.

        Unavailable: When there is none at the path and none is to be made, when it cannot be
            reached, or when its driver is not installed.
    """
    if url.startswith(_POSTGRES):
        return _postgres(url)
    path = _path(url)
    if not create and (path is None or not path.exists()):
        raise not_initialised(url)
    from ledger.store.sqlite import SQLiteDatabase  # noqa: PLC0415, for its users alone

    return SQLiteDatabase(path)


def _postgres(url: str) -> Database:
    try:
        from ledger.store.postgres import PostgresDatabase  # noqa: PLC0415, for its users alone
    except ModuleNotFoundError as error:
        if error.name not in ("psycopg", "psycopg_pool"):
            raise
        raise Unavailable(
            "the driver for PostgreSQL is not installed",
            where="ledger",
            expected="pip install 'moderation-ledger[postgres]'",
        ) from error
    return PostgresDatabase(url)


def not_initialised(url: str) -> Unavailable:
    """
    Return the error that there is no ledger at *url*.
    """
    return Unavailable(
        f"there is no ledger at {shown(url)}",
        where="ledger",
        expected="one that `ledger init` has made",
    )


def _path(url: str) -> Path | None:
    if url == "memory:":
        return None
    if not url.startswith(_SQLITE) or url == _SQLITE:
        raise Malformed(f"{shown(url)!r} names no ledger", where="ledger", expected=EXPECTED)
    return Path(url.removeprefix(_SQLITE))
