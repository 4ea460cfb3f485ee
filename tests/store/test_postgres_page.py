"""
The page about PostgreSQL says what the code says.
"""

import re
from datetime import timedelta
from pathlib import Path

import attrs

import ledger.store
from ledger.store import postgres_url, queue
from ledger.store.database import WAIT_SECONDS_MAX, WAIT_SECONDS_MIN
from ledger.store.postgres_url import CONNECT_SECONDS, PostgresURL
from ledger.store.roles import Owned, Roles, grantable, statements
from ledger.store.schema import FORMAT, KEYS

PAGE = Path(ledger.store.__file__).with_name("POSTGRES.md")
TABLES = grantable(FORMAT)


def part(name: str) -> str:
    """
    Return the paragraph of the page behind the mark *name*.
    """
    (found,) = re.findall(
        rf"<!-- {name} -->\n\n(.+?\n)(?:\n|\Z)", PAGE.read_text("utf-8"), re.DOTALL
    )
    return str(found)


def parameters_table() -> str:
    """
    Return the table of our own parameters.
    """
    (found,) = re.findall(r"(?m)(?:^\|.*\n)+", postgres_url.__doc__ or "")
    return str(found)


def privileges_table() -> str:
    """
    Return the table of what each role may do.
    """
    roles = Roles()
    head = ("table", f"`{roles.writer}`", f"`{roles.auditor}`")
    rows = [head, ("---",) * len(head)]
    for table in TABLES:
        may = roles.privileges(table)
        rows.append((f"`{table}`", ", ".join(may[roles.writer]), ", ".join(may[roles.auditor])))
    return (
        "".join(f"| {' | '.join(row)} |\n" for row in rows)
        .replace("| --- ", "|---")
        .replace("--- |", "---|")
    )


def granting() -> str:
    """
    Return the statements that grant, as SQL.
    """
    told = statements(Owned("audit", "ledger_owner"), FORMAT, Roles())
    return as_sql(told)


def distributing() -> str:
    """
    Return the calls that distribute the tables that have a log.
    """
    first, *others = [table for table in TABLES if table == "heads" or table in KEYS]
    return as_sql(
        [
            "SELECT create_reference_table('settings')",
            f"SELECT create_distributed_table('{first}', 'log')",
            *(
                f"SELECT create_distributed_table('{table}', 'log', colocate_with => '{first}')"
                for table in others
            ),
        ]
    )


def as_sql(told: list[str]) -> str:
    """
    Return statements as a block of the page.
    """
    return "```sql\n" + "".join(f"{statement};\n" for statement in told) + "```\n"


def test_the_page_has_our_parameters_as_the_code_has_them():
    """
    The table that people read is the one beside the code, and each default is the one that holds.
    """
    table = parameters_table()
    defaults = {
        field.name: field.default
        for field in attrs.fields(PostgresURL)
        if field.default is not attrs.NOTHING
    }
    shown = {
        name: f"`{default.seconds}s`" if isinstance(default, timedelta) else str(default)
        for name, default in defaults.items()
    }

    assert table == part("parameters")
    assert shown == dict(re.findall(r"(?m)^\| `(\w+)` \| (.+?) \|", table))


def test_the_page_has_the_privileges_as_they_are_granted():
    """
    What people read a role may do is what it is granted, by the statements that are shown.
    """
    assert privileges_table() == part("privileges")
    assert granting() == part("statements")


def test_the_page_distributes_every_table_that_has_a_log():
    """
    And each by its log, which every key begins with.
    """
    assert distributing() == part("citus")
    assert all(key.startswith("log") for key in KEYS.values())


def test_the_page_has_the_figures_of_the_code():
    """
    How long is waited, how often, and for how many.
    """
    page = " ".join(PAGE.read_text("utf-8").split())
    tries = PostgresURL.parsed("postgresql:///x").tries
    longest = sum(min(WAIT_SECONDS_MAX, WAIT_SECONDS_MIN * 2**nth) for nth in range(tries))

    assert f"with {tries} tries {longest / 2:.0f} to {longest:.0f} seconds in all" in page
    assert f"{WAIT_SECONDS_MIN * 1000:.0f} ms later, then {WAIT_SECONDS_MIN * 2000:.0f}" in page
    assert f"more than {queue.WAITING_MAX:,} commands" in page
    assert f"in seconds; {CONNECT_SECONDS} where the URL has none" in page
    assert all(f"`{table}`" in page for table in TABLES)
