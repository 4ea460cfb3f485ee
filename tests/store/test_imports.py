"""
Who keeps a ledger in one database does not pay for another, nor for a library he does not use.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import BACKENDS, Backend

# Opens or creates, acts once and asks once; as a service does that has just been started.
PROGRAM = """
import sys
from ledger import Ledger

make, url = sys.argv[1:]
with getattr(Ledger, make)(url) as ledger:
    if make == "create":
        ledger.enrol_operator("op-7", kind="human")
    told = {"by": "op-7", "because_of": "own-initiative", "reason": "spam"}
    action = ledger.act("issue_strike", "25073877", **told)
    assert action in [known.action for known in ledger.restrictions()]
    assert "active" == ledger.standing("25073877").standing
print(*sys.modules)
"""

FOREIGN = {
    "memory": {"psycopg", "psycopg_pool"},
    "sqlite": {"psycopg", "psycopg_pool"},
    "postgres": {"sqlite3", "_sqlite3"},
}
# What neither needs: the library is for `Ledger.application`, the others are for people.
UNUSED = {"eventsourcing", "pytest", "click", "rich", "duckdb", "cryptography", "starlette"}


def imported(*arguments: str) -> set[str]:
    """
    Return the modules that the program had imported at its end.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return {*done.stdout.split()}


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda each: each.name, indirect=True)
def test_a_ledger_imports_one_driver(backend: Backend, ledger_url: str):
    """
    Making a ledger, the first act and the first questions import the driver of its database alone;
    so does opening it again.
    """
    foreign = FOREIGN[backend.engine] | UNUSED
    own = {"memory": "sqlite3", "sqlite": "sqlite3", "postgres": "psycopg"}[backend.engine]
    for make in ("create", "open") if backend.is_kept else ("create",):
        found = imported(make, ledger_url)
        assert own in found
        assert set() == foreign & found
