"""
Snapshots of long accounts: derived, checked by `rebuild`, and never what an answer hangs on.
"""

from collections.abc import Callable

import attrs
import pytest

from ledger import Ledger
from ledger.moderation.identity import account_stream, log_of_stream
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.rules import RULES
from ledger.moderation.vocabulary import BUILT_IN
from ledger.store import streams
from ledger.store.database import Database
from ledger.timeline.dossier import Dossier, dossier
from ledger.timeline.snapshot import SPACING
from tests.conftest import HandSetClock, action_command
from tests.store.conftest import MAX_SKEW
from tests.store.test_rebuild import edited

ACCOUNT = "acct-1"
STREAM = account_stream(ACCOUNT)
ENTRIES = 3 * SPACING + 7

Again = Callable[[], Ledger]


def acts(first: int, last: int) -> list[dict[str, object]]:
    """
    Return commands of which each is one entry: acts that supersede one another, some undone.
    """
    told: list[dict[str, object]] = []
    for number in range(first, last + 1):
        if number % 4:
            instead = {} if number % 4 == 1 else {"supersedes": f"a-{number - 1}"}
            told.append(action_command(ACCOUNT, "suspend", action=f"a-{number}", **instead))
        else:
            undone = {"command": "reverse", "action": f"a-{number - 1}", "by": "op-7"}
            told.append({**undone, "reason": "appeal"})
    return told


def lengthen(ledger: Ledger, clock: HandSetClock, first: int, last: int) -> None:
    """
    Give the account the entries from *first* to *last*, each at a time of its own.
    """
    for command in acts(first, last):
        clock.advance(seconds=1)
        ledger.record_many([command])


@pytest.fixture
def long(staffed: Ledger, clock: HandSetClock) -> Ledger:
    """
    Return a ledger with an account that has three snapshots and some entries behind them.
    """
    lengthen(staffed, clock, 1, ENTRIES)
    return staffed


@pytest.fixture
def again(long: Ledger, database: Database, clock: HandSetClock) -> Again:
    """
    Return what opens the ledger as a process does that has seen nothing of it.
    """
    return lambda: Ledger(database, long.settings, clock, Rulebook(BUILT_IN, RULES), MAX_SKEW)


def versions(database: Database) -> list[int]:
    """
    Return the versions of the account that have a snapshot.
    """
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT version FROM snapshots WHERE stream = ? ORDER BY version", (STREAM,)
        )
        return [version for (version,) in rows.fetchall()]


def from_entries(ledger: Ledger, told: Dossier) -> Dossier:
    """
    Return what *told* would be, had it been read from the first entry on.
    """
    return dossier(ACCOUNT, ledger.entries(stream=STREAM, known_at=told.cut), told.at, told.cut)


def test_a_long_account_has_a_snapshot_every_so_many_entries(long: Ledger, database: Database):
    """
    The writer makes them as it goes, and they are those that the entries make.
    """
    assert [SPACING, 2 * SPACING, 3 * SPACING] == versions(database)
    assert not any(difference.differed for difference in long.rebuild())


def test_a_short_account_has_none(staffed: Ledger, clock: HandSetClock, database: Database):
    """
    Most accounts are short, and cost nothing more.
    """
    lengthen(staffed, clock, 1, SPACING - 1)

    assert [] == versions(database)


@pytest.mark.parametrize("version", [1, SPACING - 1, SPACING, 2 * SPACING + 1, ENTRIES])
def test_an_answer_from_a_snapshot_is_that_of_the_entries(long: Ledger, version: int):
    """
    As of any entry, asked once or again, and with the bytes of the entries.
    """
    at = [*long.entries(stream=STREAM)][version - 1].recorded_at
    told = long.account(ACCOUNT, known_at=at)

    assert version == told.version
    assert from_entries(long, told) == told
    assert told == attrs.evolve(long.account(ACCOUNT, known_at=at), at=told.at)


def test_a_writer_goes_on_from_a_snapshot(
    long: Ledger, again: Again, clock: HandSetClock, database: Database
):
    """
    What it then records is what a writer records that has seen every entry.
    """
    lengthen(again(), clock, ENTRIES + 1, 4 * SPACING + 1)

    assert [SPACING, 2 * SPACING, 3 * SPACING, 4 * SPACING] == versions(database)
    assert not any(difference.differed for difference in long.rebuild())


@pytest.mark.parametrize("version", [SPACING, 2 * SPACING, 3 * SPACING])
def test_a_forged_snapshot_is_found_and_misleads_nobody(
    long: Ledger, again: Again, clock: HandSetClock, database: Database, version: int
):
    """
    Answers and what is recorded rest on the entries behind the last good one, until `rebuild` says
    what differed and puts it right.
    """
    edited(database, "UPDATE snapshots SET state = ? WHERE version = ?", b"forged" * 20, version)
    fresh = again()
    told = fresh.account(ACCOUNT)
    lengthen(fresh, clock, ENTRIES + 1, 4 * SPACING + 1)

    assert from_entries(long, told) == told
    differed = {found.table: (found.missing, found.unfounded) for found in long.rebuild()}
    assert (2, 1) == differed.pop("snapshots")
    assert {(0, 0)} == set(differed.values())
    assert [SPACING, 2 * SPACING, 3 * SPACING, 4 * SPACING] == versions(database)
    assert not any(difference.differed for difference in long.rebuild())


def test_snapshots_that_are_missing_are_made_up(
    long: Ledger, again: Again, clock: HandSetClock, database: Database
):
    """
    A ledger that was brought to the format that has them gets them when an account is written to.
    """
    edited(database, "DELETE FROM snapshots")
    lengthen(again(), clock, ENTRIES + 1, ENTRIES + 1)

    assert [SPACING, 2 * SPACING, 3 * SPACING] == versions(database)
    assert not any(difference.differed for difference in long.rebuild())


def test_very_many_that_are_missing_are_left_to_rebuild(
    long: Ledger,
    again: Again,
    clock: HandSetClock,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
):
    """
    One command is not held up by what a whole history lacks.
    """
    monkeypatch.setattr(streams, "MADE_UP_MAX", 2 * SPACING)
    edited(database, "DELETE FROM snapshots")
    lengthen(again(), clock, ENTRIES + 1, 4 * SPACING + 1)

    assert [] == versions(database)
    assert {"snapshots": 4} == {d.table: d.missing for d in long.rebuild() if d.differed}
    assert [SPACING, 2 * SPACING, 3 * SPACING, 4 * SPACING] == versions(database)


def test_a_long_account_is_not_read_anew_by_every_command(
    long: Ledger, clock: HandSetClock, database: Database, monkeypatch: pytest.MonkeyPatch
):
    """
    What the last transaction touched is kept, however much it is.
    """
    monkeypatch.setattr(streams, "ENTRIES_KEPT_MAX", SPACING)
    lengthen(long, clock, ENTRIES + 1, ENTRIES + 1)
    with database.writing() as connection:
        log = log_of_stream(STREAM, long.settings.logs)
        kept = long._writer._streams  # noqa: SLF001
        kept.trim({STREAM})
        before = kept.history(STREAM)
        (head,) = connection.execute(
            "SELECT size, recorded_at FROM heads WHERE log = ?", (log,)
        ).fetchall()
        assert kept.catch_up(connection, {log: head})
        kept.load(connection, [STREAM])

        assert before is kept.history(STREAM)
