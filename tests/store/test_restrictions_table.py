"""
The table of restrictions says on both axes what the entries say.
"""

from collections import defaultdict
from itertools import pairwise

import pytest

from ledger import Entry, Ledger, LedgerError, Restriction
from ledger.store.database import Database
from ledger.store.rows import RESTRICTION_COLUMNS, restriction_from
from ledger.timeline.restrictions import versions
from tests.conftest import ACCOUNT, HandSetClock, action_command, take_action
from tests.store.conftest import live


def stored(database: Database) -> list[Restriction]:
    """
    Return every version of every restriction in the table.
    """
    with database.reading() as connection:
        rows = connection.execute(f"SELECT {RESTRICTION_COLUMNS} FROM restrictions")  # noqa: S608
        return sorted(map(restriction_from, rows.fetchall()), key=key)


def folded(ledger: Ledger) -> list[Restriction]:
    """
    Return the same, folded from the entries alone.
    """
    accounts: dict[str, list[Entry]] = defaultdict(list)
    for entry in ledger.entries():
        if entry.stream.startswith("account/"):
            accounts[entry.stream.removeprefix("account/")].append(entry)
    return sorted((v for name, held in accounts.items() for v in versions(name, held)), key=key)


def key(version: Restriction) -> tuple[int, int, int]:
    """
    Return what tells one version from all others.
    """
    return version.log, version.opened_at_position, version.known_from_position


def test_the_table_is_the_fold_of_the_entries_after_every_command(
    staffed: Ledger, database: Database, clock: HandSetClock
):
    """
    Late acts, deferred acts, expiries, corrections and withdrawals: table and fold agree always.
    """
    for _ in live(staffed, clock, commands=150):
        assert folded(staffed) == stored(database)

    assert {None, "reversal", "superseded", "expiry"} == {row.ended_by for row in stored(database)}


def test_a_batch_leaves_the_table_that_its_commands_one_by_one_would(
    staffed: Ledger, database: Database
):
    """
    Rows are worked out entry by entry within a batch, those that live in it alone included.
    """
    staffed.record_many(
        [
            action_command("a", action="a-1", effective_at="2017-11-02T20:00:00Z"),
            action_command("a", action="a-2", effective_at="2017-11-02T19:00:00Z"),
            {"command": "reverse", "action": "a-1", "by": "op-7", "reason": "error"},
            {"command": "correct", "id": "a-1", "by": "op-7", "reason": "typo"}
            | {"effective_at": "2017-11-02T20:30:00Z"},
        ]
    )

    assert folded(staffed) == stored(database)
    within = [v for v in stored(database) if v.known_until == v.known_from]
    assert 3 == len(within)
    assert all((v.known_until_position or 0) > v.known_from_position for v in within)


def test_what_lived_within_a_transaction_answers_to_a_cut_by_position(staffed: Ledger):
    """
    Between two entries of one batch a restriction was open; a cut there says so, no time does.
    """
    staffed.record_many(
        [
            action_command("a", action="a-1", effective_at="2017-11-02T20:00:00Z"),
            {"command": "reverse", "action": "a-1", "by": "op-7", "reason": "error"},
        ]
    )
    acted, reversed_ = staffed.entries(account="a")
    log = acted.log

    (between,) = staffed.restrictions(account="a", known_at={log: acted.position})
    (after,) = staffed.restrictions(account="a", known_at={log: reversed_.position})
    (by_time,) = staffed.restrictions(account="a", known_at=acted.recorded_at)
    assert (None, "reversal", "reversal") == (between.ended_by, after.ended_by, by_time.ended_by)


def test_versions_of_a_restriction_follow_each_other(lively: Ledger, database: Database):
    """
    On the known axis the versions of a restriction do not overlap, and one at most is current.
    """
    assert lively.status().entries
    held: dict[str, list[Restriction]] = defaultdict(list)
    for version in stored(database):
        held[version.action].append(version)
    for known in held.values():
        for before, after in pairwise(known):
            assert before.known_until_position is not None
            assert before.known_until_position <= after.known_from_position
        assert sum(version.known_until is None for version in known) <= 1

    assert any(len(known) > 2 for known in held.values())


def test_a_refused_or_failed_command_changes_no_restriction(
    staffed: Ledger, database: Database, clock: HandSetClock
):
    """
    Only what is recorded and changes a term touches the table.
    """
    take_action(staffed)
    clock.set("2017-11-03T00:00:00Z")
    before = stored(database)
    for account, by in (("another", "op-417"), ("another", "nobody"), (ACCOUNT, "op-7")):
        with pytest.raises(LedgerError):
            take_action(staffed, account, by=by)
    staffed.note(ACCOUNT, "a word", by="op-7")

    assert before == stored(database)
