"""
The URL of a ledger: which database it names, and how it is shown without its secrets.
"""

import os
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
_MEMORY: Final = "memory:"

_ANY_BUT_SQLITE: Final = re.compile(r"(?s)\b(?!sqlite:)([\w+]+)://.*")


def shown(url: str) -> str:
    """
    Return *url* without what is secret in it; nothing of one that cannot be read.
    """
    if url == _MEMORY or url.startswith(_SQLITE):
        return url
    if not url.startswith(_POSTGRES):
        return "***"
    try:
        return PostgresURL.parsed(url).shown
    except Malformed:
        return concealed(url)


def concealed(said: str) -> str:
    """
    Return *said* without what is behind the scheme of a URL in it; a path is no secret.
    """
    return _ANY_BUT_SQLITE.sub(r"\1://***", said)


def is_server(url: str) -> bool:
    """
    Return whether *url* names a ledger on a server, not a file.

    Raises:
        Malformed: When it names none.
    """
    if url.startswith(_POSTGRES):
        return True
    _path(url)
    return False


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
    if not isinstance(url, str):
        raise Malformed(f"{type(url).__name__} is no URL", where="ledger", expected=EXPECTED)
    if url.startswith(_POSTGRES):
        return _postgres(url)
    path = _path(url)
    from ledger.store.sqlite import SQLiteDatabase  # noqa: PLC0415, for its users alone

    try:
        if not create and (path is None or not path.exists()):
            raise not_initialised(url)
        return SQLiteDatabase(path)
    except OSError as error:
        raise Unavailable(
            f"the file cannot be looked at: {error.strerror}",
            where="ledger",
            expected="a path that can be reached",
        ) from error


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
    if url == _MEMORY:
        return None
    path = file_path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None
    if path is None:
        # Nothing of it is told: as libpq's other spelling, it may hold a password.
        raise Malformed("the URL names no ledger", where="ledger", expected=EXPECTED)
    return path


def file_path(told: str) -> Path | None:
    """
    Return the path that *told* is; None where no file can be called so.
    """
    try:
        can_be = told and b"\0" not in os.fsencode(told)
    except UnicodeEncodeError:
        return None
    return Path(told) if can_be else None
