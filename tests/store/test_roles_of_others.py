"""
Nobody can change an entry after roles are granted: no other role, and no member of one.
"""

from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest

from ledger import Ledger, Malformed
from tests.store.granted import House


@pytest.fixture
def house(postgres_url: str) -> Iterator[House]:
    """
    Return a schema with an owner's ledger, nothing granted.
    """
    with House.built(postgres_url) as built:
        built.create().close()
        yield built


@pytest.fixture
def other(house: House) -> Iterator[str]:
    """
    Return a role that is neither the writer nor the auditor.
    """
    name = f"other_{house.owner}"
    house.execute("CREATE ROLE {}", name)
    house.execute("GRANT USAGE ON SCHEMA {} TO {}", house.schema, name)
    yield name
    house.execute("DROP OWNED BY {} CASCADE", name)
    house.execute("DROP ROLE {}", name)


def run_by_owner(house: House, statement: LiteralString, *names: str) -> None:
    """
    Run *statement* about what has these *names* as the owner.
    """
    with psycopg.connect(house.url_of(house.owner), autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL(statement).format(*map(psycopg.sql.Identifier, names)))


def grant(house: House) -> list[str]:
    """
    Let the owner grant the roles what they should have, and return the statements that did it.
    """
    with Ledger.open(house.url_of(house.owner)) as ledger:
        return ledger.grant(**house.names)


CHANGES: list[LiteralString] = [
    "GRANT UPDATE, DELETE ON entries TO {}",
    "GRANT TRUNCATE ON entries TO {} WITH GRANT OPTION",
    "GRANT UPDATE (body) ON entries TO {}",
]
CHANGES_TRIED: list[LiteralString] = [
    "UPDATE entries SET body = body WHERE false",
    "DELETE FROM entries WHERE false",
    "TRUNCATE entries",
]


def can_change_entries(house: House, role: str) -> bool:
    """
    Return whether *role* is found to be able to change entries, by trying.
    """
    for statement in CHANGES_TRIED:
        with psycopg.connect(house.url_of(role)) as connection:
            try:
                connection.execute(statement.encode())
            except psycopg.errors.InsufficientPrivilege:
                continue
            finally:
                connection.rollback()
            return True
    return False


@pytest.mark.parametrize("change", CHANGES)
def test_the_right_to_change_entries_is_taken_from_every_role(
    house: House, other: str, change: LiteralString
):
    """
    A third role that was granted it has it no more, and the statement that took it is told.
    """
    run_by_owner(house, "GRANT SELECT ON entries TO {}", other)
    run_by_owner(house, change, other)
    run_by_owner(house, "GRANT SELECT ON heads TO {}", other)
    with Ledger.open(house.url_of(house.owner)) as ledger:
        printed = ledger.grants(**house.names)
    assert can_change_entries(house, other)

    said = grant(house)

    assert not can_change_entries(house, other)
    assert said == printed
    assert 1 == sum(f'FROM "{other}" CASCADE' in statement for statement in said)
    assert "S" == house.privileges(other)["entries"] == house.privileges(other)["heads"]
    assert not any("CASCADE" in statement for statement in grant(house))


def test_what_was_granted_on_by_another_role_is_taken_too(house: House, other: str):
    """
    Whoever was given the right with the option to grant it, and did, took nobody with him.
    """
    house.execute("CREATE ROLE {}", house.auditor)
    run_by_owner(house, "GRANT DELETE ON entries TO {} WITH GRANT OPTION", other)
    with psycopg.connect(house.url_of(other), autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("GRANT DELETE ON entries TO {}").format(
                psycopg.sql.Identifier(house.auditor)
            )
        )

    grant(house)

    assert not can_change_entries(house, other)
    assert not can_change_entries(house, house.auditor)


MORE: dict[LiteralString, str] = {
    "GRANT UPDATE (value) ON settings TO {}": "UPDATE on settings",
    "GRANT INSERT (name, value) ON settings TO {}": "INSERT on settings",
    "GRANT DELETE ON heads TO {}": "DELETE on heads",
}


@pytest.mark.parametrize("inherits", ["INHERIT", "NOINHERIT"])
@pytest.mark.parametrize("more", MORE)
def test_a_member_of_a_role_that_could_do_more_is_not_granted_to(
    house: House, other: str, more: LiteralString, inherits: LiteralString
):
    """
    What that role may do to single columns counts, and so does what has to be asked for first; the
    refusal names both roles and the right, and nothing is granted.
    """
    house.execute("CREATE ROLE {} " + inherits, house.writer)
    run_by_owner(house, more, other)
    house.execute("GRANT {} TO {}", other, house.writer)

    with pytest.raises(Malformed, match="whatever is granted") as caught:
        grant(house)

    assert "writer" == caught.value.where
    assert f"{house.writer!r} could {MORE[more]}" in caught.value.message
    assert [] == house.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", value=house.auditor)


def test_a_member_of_a_role_that_could_do_no_more_is_granted_to(house: House, other: str):
    """
    A role that may ask what a writer may ask is no reason to refuse.
    """
    house.execute("CREATE ROLE {}", house.writer)
    run_by_owner(house, "GRANT SELECT ON entries TO {}", other)
    run_by_owner(house, "GRANT UPDATE (body) ON entries TO {}", other)
    house.execute("GRANT {} TO {}", other, house.writer)

    grant(house)

    assert "SI" == house.privileges(house.writer)["entries"]
    assert not can_change_entries(house, house.writer)


SERVERS = [
    "pg_write_all_data",
    "pg_write_server_files",
    "pg_execute_server_program",
    "pg_maintain",
]


@pytest.mark.parametrize("server", SERVERS)
def test_a_member_of_a_role_of_the_server_that_could_do_more_is_refused(house: House, server: str):
    """
    Whoever writes all tables, writes the server's files, runs its programs or maintains its tables
    could do more than is granted; a server that has no such role has no such members.
    """
    said = "SELECT 1 FROM pg_roles WHERE rolname = %s"
    if not house.execute(said, value=server):
        pytest.skip(f"this server has no {server}")
    house.execute("CREATE ROLE {}", house.writer)
    house.execute("GRANT {} TO {}", server, house.writer)

    with pytest.raises(Malformed, match="whatever is granted") as caught:
        grant(house)

    assert "writer" == caught.value.where
    assert [] == house.execute(said, value=house.auditor)
