"""
What is wrong with a ledger that was measured is found, whatever it is.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.benchmarks.actions import actions
from tests.benchmarks.auditing import Audit
from tests.benchmarks.foundation import Clock, opened
from tests.benchmarks.sqlite_site import SQLiteSite

LEDGER = "audited"
ACKNOWLEDGED = "B1 acknowledged and not stored once"
GAPS = "B1 gaps in positions and versions"
ROOTS = "B1 roots unlike those recomputed"
DERIVED = "B1 derived rows unlike those rebuilt"


@pytest.fixture
def site(tmp_path: Path) -> SQLiteSite:
    """
    A place for a ledger.
    """
    return SQLiteSite(tmp_path)


@pytest.fixture
def ids(site: SQLiteSite) -> list[str]:
    """
    The ids of some actions and reversals that are on record there.
    """
    clock, some = Clock(), [*islice(actions(5), 200)]
    with opened(site, LEDGER, clock, 1) as ledger:
        clock.now = some[-1].recorded_at
        return ledger.record_many([action.command for action in some])


def faults(site: SQLiteSite, ids: list[str]) -> Iterator[str]:
    """
    Yield what is wrong.
    """
    audit = Audit()
    audit.look(site.url(LEDGER), ids)
    for row in audit.rows("B1"):
        assert row.floor > 0
        assert ("held" if row.value == 0 else "MISSED") == row.held
        if row.value:
            yield row.name


def test_nothing_is_wrong_with_a_ledger_that_is_right(site: SQLiteSite, ids: list[str]) -> None:
    """
    A ledger that was left alone has no fault.
    """
    assert 200 == len(set(ids))
    assert [] == [*faults(site, ids)]


@pytest.mark.parametrize("more", [["never-stored"], ["twice"]])
def test_an_acknowledgement_without_an_entry_is_found(
    site: SQLiteSite, ids: list[str], more: list[str]
) -> None:
    """
    An id that no entry has is found, and so is one that two callers got for one entry.
    """
    extra = ids[:1] if more == ["twice"] else more

    assert [ACKNOWLEDGED] == [*faults(site, ids + extra)]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM restrictions WHERE rowid = 1", [DERIVED]),
        ("UPDATE heads SET frontier = zeroblob(length(frontier))", [ROOTS, DERIVED]),
        ("DELETE FROM entries WHERE position = 2", [GAPS, ROOTS, DERIVED]),
        ("UPDATE entries SET body = CAST(body || ' ' AS BLOB) WHERE version = 2", [ROOTS, DERIVED]),
    ],
)
def test_what_was_changed_is_found(
    site: SQLiteSite, ids: list[str], statement: str, found: list[str]
) -> None:
    """
    An entry that is missing or altered is found, a head that is another, and a derived row.
    """
    bare = site.connect(LEDGER)
    for (trigger,) in bare.select("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        bare.select(f"DROP TRIGGER {trigger}")
    bare.select(statement)
    bare.close()

    assert found == [*faults(site, ids)]
