"""
All that is stored agrees with itself, and where something does not, it is told what and where.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from ledger import Ledger
from ledger.proofs.tile import TILE_WIDTH
from ledger.proofs.verdict import Verdict
from ledger.store import url as urls
from ledger.store.database import Database
from ledger.store.verification.finding import Finding, What
from tests.attacks.attacker import leaf_of
from tests.conftest import HandSetClock, enrol_staff, take_action
from tests.store.conftest import on
from tests.store.test_tiles import write_until

TRIGGERS = ("entries_no_update", "entries_no_delete", "entries_no_replace")
LONG = 40


@pytest.fixture(scope="session")
def full_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    Return the file of a ledger with restrictions, accounts that have snapshots, and a full tile.
    """
    path, clock = tmp_path_factory.mktemp("full") / "ledger.db", HandSetClock()
    with Ledger.create(f"sqlite:///{path}", clock=clock, origin="example.org/log") as ledger:
        enrol_staff(ledger)
        action = take_action(ledger)
        clock.advance(minutes=11)
        ledger.reverse(action, by="op-7", reason="error")
        note = {"command": "note", "account": "long", "text": "seen", "by": "op-7"}
        ledger.record_many([note] * LONG)
        write_until(ledger, TILE_WIDTH + 4)
    return path


@pytest.fixture
def altered(full_path: Path, ledger_path: Path) -> Iterator[Database]:
    """
    Return the database of a copy of it.
    """
    opened = urls.connect(f"sqlite:///{shutil.copy(full_path, ledger_path)}", create=False)
    yield opened
    opened.close()


def scrubbed(database: Database) -> tuple[Finding, ...]:
    """
    Return what a scrub finds of the ledger in *database*, opened anew.
    """
    with Ledger.open(f"sqlite:///{database}", create=False) as ledger:
        return found(ledger)


def found(ledger: Ledger) -> tuple[Finding, ...]:
    """
    Return what a scrub finds; nothing is verified where anything is.
    """
    answer = ledger.verify(scrub=True)
    assert answer.scrub is not None
    assert (answer.prefix, answer.suffix) == (None, None)
    expected = Verdict.TAMPERED if answer.findings else Verdict.VERIFIED
    assert expected is answer.verdict is answer.scrub.verdict
    return answer.findings


def changed(database: Database, *statements: str) -> None:
    """
    Run statements that the ledger itself would not let anybody run.
    """
    with database.writing() as connection:
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            connection.execute(statement)


def test_a_ledger_that_was_left_alone_is_verified(lively: Ledger):
    """
    On every engine, in one log and in many, after commands of every kind.
    """
    answer = lively.verify(scrub=True)

    assert (Verdict.VERIFIED, ()) == (answer.verdict, answer.findings)
    assert answer.scrub is not None
    assert (lively.status().entries, 100) == (answer.scrub.entries, answer.scrub.coverage)
    assert sum(len(entry.body) for entry in lively.entries()) == answer.scrub.bytes


@on("sqlite", "postgres", logs=1)
def test_without_entries_nothing_is_verified(ledger: Ledger):
    """
    An empty ledger is no evidence of anything.
    """
    answer = ledger.verify()

    assert answer.verdict is Verdict.UNVERIFIABLE
    assert answer.scrub is not None
    assert answer.scrub.verdict is Verdict.UNVERIFIABLE
    assert "no entry" in (answer.scrub.why or "")


def test_without_a_checkpoint_all_is_unverifiable_and_findings_are_told(altered: Database):
    """
    Nothing vouches for the ledger; what contradicts itself is tampered with all the same.
    """
    with Ledger.open(f"sqlite:///{altered}", create=False) as ledger:
        assert ledger.verify().verdict is Verdict.UNVERIFIABLE

        changed(altered, "UPDATE heads SET size = size + 1")

        answer = ledger.verify()
    assert answer.verdict is Verdict.TAMPERED
    assert answer.prefix is not None
    assert answer.prefix.verdict is Verdict.UNVERIFIABLE


@attrs.frozen
class Change:
    """
    What is changed, and what is found: where only a part may be known, None.
    """

    statement: str
    what: What
    position: int | None


CHANGES = [
    Change("UPDATE entries SET operator = 'op-1' WHERE position = 6", What.COLUMNS_DIFFER, 6),
    Change("UPDATE entries SET kind = 'account.noted' WHERE position = 6", What.COLUMNS_DIFFER, 6),
    Change("UPDATE entries SET version = 9 WHERE position = 6", What.COLUMNS_DIFFER, 6),
    Change("UPDATE entries SET body = x'00' WHERE position = 9", What.LEAF_DIFFERS, 9),
    Change("UPDATE entries SET leaf = body WHERE position = 9", What.LEAF_DIFFERS, 9),
    Change("DELETE FROM entries WHERE position = 9", What.ENTRY_MISSING, 9),
    Change("DELETE FROM entries WHERE position = 260", What.ENTRY_MISSING, 260),
    Change("DELETE FROM entries WHERE position = 20", What.VERSION_MISSING, 21),
    Change("UPDATE heads SET size = size - 1", What.HEAD_DIFFERS, 260),
    Change("UPDATE heads SET recorded_at = '2001'", What.HEAD_DIFFERS, 260),
    Change("UPDATE heads SET frontier = zeroblob(64)", What.TREE_DIFFERS, 1),
    Change("DELETE FROM restrictions", What.RESTRICTION_DIFFERS, 6),
    Change("UPDATE restrictions SET opened_by = 'op-1'", What.RESTRICTION_DIFFERS, 6),
    Change("UPDATE restrictions SET account = 'aaa'", What.RESTRICTION_DIFFERS, 6),
    Change("UPDATE restrictions SET account = 'zzz'", What.RESTRICTION_DIFFERS, 6),
    Change("UPDATE restrictions SET log = 5", What.RESTRICTION_DIFFERS, None),
    Change("DELETE FROM claims WHERE kind = 'action'", What.CLAIM_DIFFERS, 6),
    Change("UPDATE claims SET digest = 'x' WHERE kind = 'action'", What.CLAIM_DIFFERS, 6),
    Change(
        "INSERT INTO claims (log, kind, id, stream, version, digest)"
        " VALUES (0, 'action', 'a-9', 'account/long', 3, 'x')",
        What.CLAIM_DIFFERS,
        10,
    ),
    Change("UPDATE snapshots SET state = x'00' WHERE version = 32", What.SNAPSHOT_DIFFERS, 39),
    Change(
        "UPDATE snapshots SET stream = 'account/zzz' WHERE stream = 'account/long'",
        What.SNAPSHOT_DIFFERS,
        39,
    ),
    Change("UPDATE tiles SET hashes = zeroblob(8192)", What.TILE_DIFFERS, 1),
    Change("UPDATE tiles SET root = zeroblob(32)", What.TILE_DIFFERS, 1),
    Change("UPDATE tiles SET n = 3", What.TILE_DIFFERS, 769),
    Change("UPDATE settings SET value = 'x' WHERE name = 'origin'", What.SETTINGS_DIFFER, 1),
    Change("UPDATE settings SET value = 'True' WHERE name = 'sealed'", What.SETTINGS_DIFFER, 1),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: f"{each.what}-{each.statement[:32]}")
def test_what_does_not_agree_is_found(altered: Database, change: Change):
    """
    Whatever is changed by hand contradicts something else, which is told with its place.
    """
    changed(altered, change.statement)

    places = [(each.what, each.position) for each in scrubbed(altered)]
    assert (change.what, change.position) in places


def test_an_entry_that_was_changed_with_its_leaf_is_found_by_its_tile(altered: Database):
    """
    Of a subtree of 256 entries it is known which one was changed, since the tile was left alone.
    """
    forge(altered, 77)

    places = [(each.what, each.position) for each in scrubbed(altered)]
    assert (What.TREE_DIFFERS, 77) in places


def forge(database: Database, position: int) -> None:
    """
    Let an entry say something else, its leaf hash with it.
    """
    with database.reading() as connection:
        (body,) = connection.execute(
            "SELECT body FROM entries WHERE position = ?", (position,)
        ).fetchone()
    forged = bytes(body).replace(b'"text":"seen"', b'"text":"gone"')
    with database.writing() as connection:
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(
            "UPDATE entries SET body = ?, leaf = ? WHERE position = ?",
            (forged, leaf_of(forged), position),
        )


@pytest.mark.parametrize("table", ["tiles", "snapshots"])
def test_what_may_be_missing_is_told_and_no_fault(altered: Database, table: str):
    """
    Tiles and snapshots save time; without them nothing is lost, and `rebuild` makes them again.
    """
    changed(altered, f"DELETE FROM {table}")  # noqa: S608, one of two names

    with Ledger.open(f"sqlite:///{altered}", create=False) as ledger:
        answer = ledger.verify(scrub=True)
        ledger.rebuild()
        again = ledger.verify(scrub=True).scrub
    assert (Verdict.VERIFIED, ()) == (answer.verdict, answer.findings)
    assert answer.scrub is not None
    assert again is not None
    missing = {"tiles": answer.scrub.missing_tiles, "snapshots": answer.scrub.missing_snapshots}
    assert missing[table] > 0
    assert (0, 0) == (again.missing_tiles, again.missing_snapshots)
