"""
The databases of a PostgreSQL server, and empty ones for the asking.
"""

import itertools
import secrets
from collections.abc import Sequence
from typing import Any, LiteralString
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composed, Identifier


class Databases:
    """
    The databases of the server that *dsn* leads to, as somebody who may create more of them.
    """

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._names = map(f"ledger_test_{secrets.token_hex(4)}_{{}}".format, itertools.count())
        self._made: list[str] = []
        self._home: str | None = None

    def url(self, database: str | None = None, **parameters: str) -> str:
        """
        Return the URL of *database*, or without a name of the one that *dsn* leads to, with
        *parameters* of libpq that go before those of *dsn*.
        """
        told = {key: str(value) for key, value in conninfo_to_dict(self.dsn, **parameters).items()}
        name = told.pop("dbname", "")
        path = quote(name if database is None else database, safe="")
        return f"postgresql:///{path}?{urlencode(told, quote_via=quote, safe='/')}"

    def execute(
        self,
        statement: LiteralString | SQL | Composed,
        parameters: Sequence[Any] = (),
        *,
        database: str | None = None,
    ) -> list[tuple[Any, ...]]:
        """
        Return the answer to *statement*, which is a transaction of its own.
        """
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def create_database(self, name: str, template: str = "template1") -> str:
        """
        Create a database as a copy of *template*, and return its URL.
        """
        statement = SQL("CREATE DATABASE {} TEMPLATE {}")
        self.execute(statement.format(Identifier(name), Identifier(template)))
        self._made.append(name)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """
        Drop a database that was created here, whoever is connected to it.
        """
        self.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
        self._made.remove(name)

    def fresh_database_url(self) -> str:
        """
        Return the URL of a new database.
        """
        return self.create_database(next(self._names))

    def fresh_url(self) -> str:
        """
        Return the URL of a new schema, the only one on its search path: to its user an empty
        database, made sooner, but its advisory locks and channels are those of its neighbours.
        """
        if self._home is None:
            self._home = next(self._names)
            self.create_database(self._home)
        schema = next(self._names)
        self.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)), database=self._home)
        return self.url(self._home, options=f"-csearch_path={schema}")

    def leave(self) -> None:
        """
        Drop every database that was created here.
        """
        for name in list(self._made):
            self.drop_database(name)
        self._home = None
