"""
A ledger on PostgreSQL that is owned by one role, and asked by others what they may do to it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString, Self, cast
from urllib.parse import quote

import attrs
import psycopg
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier

from ledger import Ledger

Privileges = dict[str, str]
"""The first letters of what a role may do to each table."""

# Each takes its privilege alone, and changes nothing where it is allowed.
TRIES: dict[str, LiteralString] = {
    "S": "SELECT count(*) FROM {table}",
    "I": "INSERT INTO {table} DEFAULT VALUES",
    "U": "UPDATE {table} SET {column} = NULL WHERE false",
    "D": "DELETE FROM {table} WHERE false",
    "T": "TRUNCATE {table}",
}


def acting_as(url: str, role: str) -> str:
    """
    Return *url* for a session whose rights are those of *role*.
    """
    escaped = role.replace(" ", "\\ ")
    return url.replace("options=", f"options={quote(f'-crole={escaped} ', safe='-')}")


@attrs.frozen
class House:
    """
    A schema of an owner who is no superuser, and the names of the roles that he may grant to.

    Args:
        url: Where it is, for a superuser.
    """

    url: str
    schema: str
    owner: str
    writer: str
    auditor: str

    @classmethod
    @contextmanager
    def built(cls, url: str) -> Iterator[Self]:
        """
        Give a house in the schema that *url* leads to; its roles go at the end.
        """
        mark = secrets.token_hex(4)
        owner, writer, auditor = (f"{name}_{mark}" for name in ("owner", "writer", "auditor"))
        house = cls(url, "", owner, writer, auditor)
        ((schema,),) = house.execute("SELECT current_schema()")
        house.execute("CREATE ROLE {} CREATEROLE", owner)
        house.execute("ALTER SCHEMA {} OWNER TO {}", str(schema), owner)
        yield attrs.evolve(house, schema=str(schema))
        for role in (auditor, writer, owner):
            if house.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", value=role):
                house.execute("DROP OWNED BY {} CASCADE", role)
                house.execute("DROP ROLE {}", role)

    @property
    def names(self) -> dict[str, str]:
        """
        Return what `Ledger.grant` takes.
        """
        return {"writer": self.writer, "auditor": self.auditor}

    def url_of(self, role: str) -> str:
        """
        Return where the ledger is for *role*.
        """
        return acting_as(self.url, role)

    def create(self) -> Ledger:
        """
        Return a new ledger of the owner, nothing granted.
        """
        return Ledger.create(self.url_of(self.owner))

    def execute(
        self, statement: LiteralString, *names: str, value: str | None = None
    ) -> list[tuple[object, ...]]:
        """
        Return the answer to *statement*, about what has these *names*, given by a superuser.
        """
        with psycopg.connect(self.url, autocommit=True) as connection:
            said = SQL(statement).format(*map(Identifier, names))
            cursor = connection.execute(said, None if value is None else (value,))
            return cursor.fetchall() if cursor.description else []

    def tables(self) -> list[str]:
        """
        Return the tables of the ledger.
        """
        rows = self.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return sorted(cast("str", name) for (name,) in rows)

    def privileges(self, role: str) -> Privileges:
        """
        Return what *role* is found to be able to do to each table, by trying.
        """
        with psycopg.connect(self.url_of(role)) as connection:
            return {
                table: "".join(
                    letter
                    for letter, statement in TRIES.items()
                    if self._is_allowed(connection, statement, table)
                )
                for table in self.tables()
            }

    def _is_allowed(
        self,
        connection: "psycopg.Connection[tuple[object, ...]]",
        statement: LiteralString,
        table: str,
    ) -> bool:
        column = "name" if table == "settings" else "log"
        said = SQL(statement).format(table=Identifier(table), column=Identifier(column))
        try:
            connection.execute(said)
        except InsufficientPrivilege:
            return False
        except psycopg.errors.NotNullViolation:
            # The row was not as it should be, so it was looked at.
            return True
        finally:
            connection.rollback()
        return True
