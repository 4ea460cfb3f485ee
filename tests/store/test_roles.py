"""
Each role can do to a ledger what it should, and nothing else; the database sees to it.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import LiteralString

import attrs
import psycopg
import pytest

from ledger import Ledger, Malformed, Unavailable
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.roles import grantable
from ledger.store.schema import FORMAT
from ledger.store.settings import Settings
from tests.conftest import enrol_staff, take_action
from tests.store.granted import House, Privileges

KEPT = {"settings": "S", "heads": "SU", "entries": "SI", "sealed": "SID"}
DERIVED = "SIUD"
AT_ONCE = 6


@pytest.fixture
def house(postgres_url: str) -> Iterator[House]:
    """
    Return a schema with an owner and no ledger yet.
    """
    with House.built(postgres_url) as built:
        yield built


@pytest.fixture
def granted(house: House) -> House:
    """
    Return a house with a ledger whose roles have what they should.
    """
    with house.create() as ledger:
        ledger.grant(**house.names)
    return house


def may_write(house: House) -> Privileges:
    """
    Return what a writer may do to each table.
    """
    return {table: KEPT.get(table, DERIVED) for table in house.tables()}


def may_ask(house: House) -> Privileges:
    """
    Return what an auditor may do to each table.
    """
    return dict.fromkeys(house.tables(), "S")


def assert_exact(house: House) -> None:
    """
    Assert that each role may do what it should and no more.
    """
    assert may_write(house) == house.privileges(house.writer)
    assert may_ask(house) == house.privileges(house.auditor)


def test_each_role_can_do_exactly_what_it_should(granted: House):
    """
    Every verb on every table, tried by every role: nobody updates, deletes or truncates entries,
    the owner not excepted; whoever has no role can do nothing.
    """
    everything = dict.fromkeys(granted.tables(), "SIUDT")
    stranger = f"stranger_{granted.owner}"
    granted.execute("CREATE ROLE {}", stranger)
    granted.execute("GRANT USAGE ON SCHEMA {} TO {}", granted.schema, stranger)

    assert {*grantable(FORMAT)} == {*everything}
    assert_exact(granted)
    assert everything | {"entries": "SI"} == granted.privileges(granted.owner)
    assert dict.fromkeys(everything, "") == granted.privileges(stranger)
    granted.execute("DROP OWNED BY {}", stranger)
    granted.execute("DROP ROLE {}", stranger)


def test_without_grants_the_owner_can_do_everything(house: House):
    """
    So what is found above comes from the grants.
    """
    house.create().close()

    assert dict.fromkeys(house.tables(), "SIUDT") == house.privileges(house.owner)


def test_what_is_printed_does_the_same(house: House):
    """
    The statements, run by hand, grant what `grant` grants; printing them grants nothing.
    """
    with house.create() as ledger:
        printed = ledger.grants(**house.names)
        assert [] == house.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", value=house.writer)
        with psycopg.connect(house.url_of(house.owner), autocommit=True) as connection:
            for statement in printed:
                connection.execute(statement.encode())
        assert_exact(house)
        assert printed[2:] == ledger.grants(**house.names) == ledger.grant(**house.names)


SLIPS: list[LiteralString] = [
    "GRANT UPDATE, DELETE, TRUNCATE ON entries TO {writer}",
    "GRANT UPDATE (body) ON entries TO {writer}",
    "GRANT UPDATE ON settings TO {writer}",
    "GRANT INSERT ON entries TO {auditor}",
    "GRANT ALL ON entries, heads, settings TO PUBLIC",
    "REVOKE ALL ON entries FROM {writer}",
    "REVOKE SELECT ON heads FROM {auditor}",
]


@pytest.mark.parametrize("slip", SLIPS)
def test_granting_again_puts_right_what_was_granted_otherwise(granted: House, slip: LiteralString):
    """
    What a role was given or lost meanwhile is as it should be afterwards.
    """
    with psycopg.connect(granted.url_of(granted.owner), autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL(slip).format(
                writer=psycopg.sql.Identifier(granted.writer),
                auditor=psycopg.sql.Identifier(granted.auditor),
            )
        )
    with Ledger.open(granted.url_of(granted.owner)) as ledger:
        ledger.grant(**granted.names)

    assert_exact(granted)


def test_roles_are_made_without_a_login_and_left_as_they_are(house: House):
    """
    A role that is there keeps what it is; one that is made is for members.
    """
    house.execute("CREATE ROLE {} LOGIN", house.writer)
    with house.create() as ledger:
        ledger.grant(**house.names)

    said = "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s"
    assert [(True,)] == house.execute(said, value=house.writer)
    assert [(False,)] == house.execute(said, value=house.auditor)


def test_those_who_grant_at_once_all_succeed(house: House):
    """
    One waits for the other, and what is granted is the same.
    """
    house.create().close()

    def grant(_number: int) -> None:
        with Ledger.open(house.url_of(house.owner)) as ledger:
            ledger.grant(**house.names)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert [None] * AT_ONCE == [*threads.map(grant, range(AT_ONCE))]
    assert_exact(house)


def test_a_migration_grants_on_what_it_makes(house: House):
    """
    Whoever could write what is derived before can write what the new format adds, and whoever
    could ask can ask; no service has to wait for somebody to grant it anew.
    """
    database = urls.connect(house.url_of(house.owner), create=True)
    settings.create(database, Settings(origin="example.org/log", format=1))
    database.close()
    with Ledger.open(house.url_of(house.owner)) as ledger:
        ledger.grant(**house.names)
        before = house.tables()
        ledger.migrate()

    made = [table for table in house.tables() if table not in before]
    assert ["sealed", "snapshots", "tiles"] == made
    assert_exact(house)


@pytest.mark.parametrize(
    "more",
    ["ALTER ROLE {} SUPERUSER", "GRANT pg_write_all_data TO {}", "GRANT {owner} TO {}"],
)
def test_a_role_that_could_do_more_is_not_granted_to(house: House, more: LiteralString):
    """
    A superuser, a member of the owner, a member of a role that writes everything: it would only
    look as if it could not. Nothing is granted then.
    """
    house.execute("CREATE ROLE {}", house.writer)
    house.execute(more.replace("{owner}", f'"{house.owner}"'), house.writer)
    with house.create() as ledger, pytest.raises(Malformed, match="whatever is granted") as caught:
        ledger.grant(**house.names)

    assert "writer" == caught.value.where
    assert [] == house.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", value=house.auditor)


def test_the_owner_is_no_writer(house: House):
    """
    He could give himself whatever he lacks.
    """
    with house.create() as ledger, pytest.raises(Malformed, match="owns the ledger") as caught:
        ledger.grant(writer=house.auditor, auditor=house.owner)

    assert "auditor" == caught.value.where


def test_a_schema_that_stays_closed_is_told(house: House):
    """
    Whoever owns the ledger and not its schema cannot let others in; the server would only warn.
    """
    house.create().close()
    house.execute("ALTER SCHEMA {} OWNER TO CURRENT_USER", house.schema)
    house.execute("GRANT USAGE ON SCHEMA {} TO {}", house.schema, house.owner)
    with Ledger.open(house.url_of(house.owner)) as ledger:
        with pytest.raises(Unavailable, match="was not granted USAGE"):
            ledger.grant(**house.names)
        for role in (house.writer, house.auditor):
            house.execute("CREATE ROLE {}", role)
            house.execute("GRANT USAGE ON SCHEMA {} TO {}", house.schema, role)
        ledger.grant(**house.names)

    assert_exact(house)


def test_only_the_owner_grants(granted: House):
    """
    A writer, an auditor, and an owner who may not make roles are told that they may not.
    """
    for role in (granted.writer, granted.auditor):
        with Ledger.open(granted.url_of(role)) as ledger:
            with pytest.raises(Unavailable, match="does not permit that"):
                ledger.grant(**granted.names)
            with pytest.raises(Unavailable, match="does not permit that"):
                ledger.migrate()
    granted.execute("ALTER ROLE {} NOCREATEROLE", granted.owner)
    with Ledger.open(granted.url_of(granted.owner)) as ledger:
        ledger.grant(**granted.names)
        with pytest.raises(Unavailable, match="does not permit that"):
            ledger.grant(writer=f"other_{granted.writer}")


@pytest.mark.parametrize("call", [Ledger.open, Ledger.create])
def test_a_ledger_that_may_not_be_read_is_not_said_to_be_missing(granted: House, call):
    """
    A role without grants is told what it lacks; it is not invited to make a ledger there.
    """
    stranger = f"stranger_{granted.owner}"
    granted.execute("CREATE ROLE {}", stranger)
    granted.execute("GRANT USAGE ON SCHEMA {} TO {}", granted.schema, stranger)
    try:
        with pytest.raises(Unavailable, match="does not permit that") as caught:
            call(granted.url_of(stranger))
        assert "ledger init --roles" in (caught.value.expected or "")
    finally:
        granted.execute("DROP OWNED BY {}", stranger)
        granted.execute("DROP ROLE {}", stranger)


def test_a_login_that_is_a_member_is_a_writer(granted: House):
    """
    A service logs in with a role of its own.
    """
    login = f"service_{granted.writer}"
    granted.execute("CREATE ROLE {} LOGIN PASSWORD 'service'", login)
    granted.execute("GRANT {} TO {}", granted.writer, login)
    try:
        url = granted.url.replace("user=", f"password=service&user={login}&was=").split("&was=")
        behind = url[1].partition("&")[2]
        with Ledger.open(f"{url[0]}&{behind}") as ledger:
            take_action(enrol_staff(ledger))
            assert 1 == ledger.count_restrictions()
    finally:
        granted.execute("DROP ROLE {}", login)


NAMES = {
    "no name": "",
    "a name that is too long": "x" * 64,
    "a name that is too long in bytes": "\N{SNOWMAN}" * 22,
    "a name with a line's end": "a\nb",
    "a name that marks a parameter": "a%b",
    "a name of the server's": "pg_monitor",
    "everybody": "public",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_what_is_no_name_of_a_role_is_malformed(granted: House, name: str):
    """
    It is refused before the database is asked for anything, also where it is only printed.
    """
    with Ledger.open(granted.url_of(granted.owner)) as ledger:
        for call in (ledger.grants, ledger.grant):
            for where in ("writer", "auditor"):
                with pytest.raises(Malformed) as caught:
                    call(**{where: name})
                assert where == caught.value.where
            with pytest.raises(Malformed, match="is the writer already"):
                call(writer="same", auditor="same")


def test_an_awkward_name_is_a_name(house: House):
    """
    Quotation marks, spaces and capitals are quoted.
    """
    awkward = attrs.evolve(house, writer=f'W"{house.writer} x', auditor=f"O'{house.auditor};--")
    try:
        with awkward.create() as ledger:
            ledger.grant(**awkward.names)
        assert_exact(awkward)
    finally:
        for role in awkward.names.values():
            house.execute("DROP OWNED BY {}", role)
            house.execute("DROP ROLE {}", role)


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/ledger.db"])
def test_a_database_without_roles_says_so(url: str, tmp_path: Path):
    """
    On SQLite triggers do what privileges do elsewhere; what would work is told.
    """
    with Ledger.create(url.format(tmp_path)) as ledger:
        for call in (ledger.grants, ledger.grant):
            with pytest.raises(Malformed, match="has no roles") as caught:
                call()
            assert "PostgreSQL" in (caught.value.expected or "")
