"""
The notary: it signs what goes on from what it signed before, and nothing else.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger import Ledger, Malformed, Tampered, Unavailable
from ledger.notary.notary import Notary
from ledger.notary.state import read_state, write_state
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.note import Algorithm, Note, open_note
from ledger.proofs.tree import encode_frontier, extend_many, record_hash
from ledger.store import url as urls
from ledger.store.database import Connection, Database
from ledger.store.leaves import Leaf, leaves, log_heads
from tests.conftest import HandSetClock
from tests.notary.conftest import ORIGIN, Sign, key_of, write


@contextmanager
def connected(url: str) -> Iterator[Database]:
    """
    Give the database at *url*.
    """
    opened = urls.connect(url, create=False)
    yield opened
    opened.close()


def signed(state: Path, clock: HandSetClock, database: Database) -> Note:
    """
    Return what a notary signs that comes and goes.
    """
    with Notary(state, ORIGIN, 1, [key_of(1)], clock) as notary:
        return notary.sign(database)


def edit(database: Database, *statements: tuple[str, tuple[object, ...]]) -> None:
    """
    Change rows as one who owns the database can: without the triggers.
    """
    with database.writing() as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement, parameters in statements:
            connection.execute(statement, parameters)


def rebuilt(database: Database) -> None:
    """
    Compute every leaf and the head anew from the bytes that are there, as a forger would.
    """
    with database.writing() as connection:
        (head,) = log_heads(connection)
        hashes = []
        for position, body, _ in [*leaves(connection, 0, 0, head.size)]:
            hashes.append(record_hash(body))
            connection.execute(
                "UPDATE entries SET leaf = ? WHERE log = 0 AND position = ?",
                (hashes[-1], position),
            )
        connection.execute(
            "UPDATE heads SET size = ?, frontier = ?",
            (len(hashes), encode_frontier(len(hashes), extend_many((), 0, hashes))),
        )


def test_a_note_states_what_the_ledger_is(ledger: Ledger, sign: Sign):
    """
    Origin, size and root of the log, signed by the key that names it.
    """
    note = sign()

    checkpoint = parse_checkpoint(note.text)
    (log,) = ledger.status().logs
    assert (f"{ORIGIN}/0", log.size, log.root) == (
        checkpoint.origin,
        checkpoint.size,
        checkpoint.root,
    )
    assert (key_of(1).verifier,) == open_note(note, [key_of(1).verifier, key_of(2).verifier])


def test_a_ledger_without_entries_can_be_signed(clock: HandSetClock, tmp_path: Path, state: Path):
    """
    Its root is that of no entries; and the notary goes on from there.
    """
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    with Ledger.create(url, origin=ORIGIN, clock=clock) as ledger, connected(url) as database:
        empty = parse_checkpoint(signed(state, clock, database).text)
        ledger.enrol_operator("op-7", kind="human")
        some = parse_checkpoint(signed(state, clock, database).text)

    assert (0, 2) == (empty.size, some.size)


def test_only_what_is_new_is_read(ledger: Ledger, sign: Sign, monkeypatch: pytest.MonkeyPatch):
    """
    The notary goes on from its own frontier; what it signed before is not read again.
    """
    sign()
    write(ledger, 3)
    read: list[int] = []

    def noted(connection: Connection, log: int, after: int, up_to: int) -> Iterator[Leaf]:
        for leaf in leaves(connection, log, after, up_to):
            read.append(leaf.position)
            yield leaf

    monkeypatch.setattr("ledger.notary.notary.leaves", noted)

    sign()

    assert [8, 9, 10] == read


def test_nothing_new_is_the_same_note(sign: Sign, state: Path):
    """
    Signed again without a new entry, the note and the state are the same to the last byte.
    """
    first, kept = sign(), state.read_bytes()

    assert first == sign()
    assert kept == state.read_bytes()


def test_both_keys_sign_during_an_overlap(
    database: Database, state: Path, clock: HandSetClock, sign: Sign
):
    """
    A second key signs the same text; whoever knows only the first one is not left alone.
    """
    first = sign()
    both = [key_of(1), key_of(2), key_of(3, algorithm=Algorithm.ML_DSA_44)]

    with Notary(state, ORIGIN, 1, both, clock) as notary:
        note = notary.sign(database)

    assert first.text == note.text
    assert [key.verifier.key_id for key in both] == [line.key_id for line in note.signatures]
    assert (key_of(1).verifier,) == open_note(note, [key_of(1).verifier])


@pytest.mark.parametrize(
    "key",
    [key_of(1, "other.example/0"), key_of(1, ORIGIN), key_of(1, algorithm=Algorithm.COSIGNATURE)],
)
def test_a_key_of_something_else_signs_nothing(state: Path, clock: HandSetClock, key):
    """
    The key of another log, of the ledger's name without its log, or of a cosigner is refused.
    """
    with pytest.raises(Malformed, match=f"--name {ORIGIN}/0"):
        Notary(state, ORIGIN, 1, [key], clock)

    assert not state.exists()


EDITS = {
    "the bytes of an entry": (
        [
            (
                "UPDATE entries SET body = CAST(body || ' ' AS BLOB) WHERE position = 9",
                (),
            )
        ],
        9,
        "do not give its leaf",
    ),
    "the leaf of an entry": (
        [("UPDATE entries SET leaf = zeroblob(32) WHERE position = 8", ())],
        8,
        "do not give its leaf",
    ),
    "an entry is gone": ([("DELETE FROM entries WHERE position = 9", ())], 9, "is missing"),
    "the last entry is gone": ([("DELETE FROM entries WHERE position = 10", ())], 10, "is missing"),
    "the frontier": (
        [("UPDATE heads SET frontier = zeroblob(64)", ())],
        None,
        "is not that of its 10 entries",
    ),
    "the size": ([("UPDATE heads SET size = 9", ())], None, "is not that of its 9 entries"),
    "the log is cut": (
        [
            ("DELETE FROM entries WHERE position > 6", ()),
            ("UPDATE heads SET size = 6", ()),
        ],
        7,
        "has 6 entries, and had 7",
    ),
    "the heads are gone": ([("DELETE FROM heads", ())], None, "there are 0 heads"),
}


@pytest.mark.parametrize("edited", EDITS.values(), ids=EDITS)
def test_what_does_not_go_on_is_not_signed(ledger: Ledger, database: Database, sign: Sign, edited):
    """
    The first bad position is named, now and whenever it is tried again.
    """
    statements, position, why = edited
    before = sign()
    write(ledger, 3)
    edit(database, *statements)

    for _ in range(2):
        with pytest.raises(Tampered, match=why) as raised:
            sign()
        assert position == raised.value.position

    assert 7 == parse_checkpoint(before.text).size


@pytest.mark.parametrize(("changed", "found"), [(2, 1), (5, 5), (7, 7)])
def test_a_rewritten_history_is_not_signed(
    ledger: Ledger, database: Database, sign: Sign, changed: int, found: int
):
    """
    Even where the whole tree was computed anew: the subtree in which what was signed differs is
    named by its first position.
    """
    sign()
    write(ledger, 3)
    statement = "UPDATE entries SET body = CAST(body || ' ' AS BLOB) WHERE position = ?"
    edit(database, (statement, (changed,)))
    rebuilt(database)

    with pytest.raises(Tampered, match="what was signed of log 0") as raised:
        sign()

    assert found == raised.value.position


def test_a_restored_backup_is_not_signed(
    ledger: Ledger, sign: Sign, tmp_path: Path, clock: HandSetClock, state: Path
):
    """
    A copy from before is too short; and once it has grown as long again, its root is another one.
    """
    ledger.backup(tmp_path / "copy.db")
    write(ledger, 3)
    sign()

    url = f"sqlite:///{tmp_path / 'copy.db'}"
    with Ledger.open(url, clock=clock) as restored, connected(url) as database:
        with pytest.raises(Tampered, match="restored copy"):
            signed(state, clock, database)
        clock.advance(seconds=1)
        for notes in (3, 30):
            write(restored, notes)
            with pytest.raises(Tampered, match="what was signed of log 0"):
                signed(state, clock, database)


def test_another_ledger_is_not_signed(state: Path, clock: HandSetClock, sign: Sign):
    """
    Where the settings say another origin or number of logs, the state is not that ledger's.
    """
    sign()

    with pytest.raises(Tampered, match="state of this ledger"):
        Notary(state, "other.example", 1, [key_of(1, "other.example/0")], clock)
    with pytest.raises(Tampered, match="with 2 logs"):
        Notary(state, ORIGIN, 2, [key_of(1, f"{ORIGIN}/roots")], clock)


def test_two_notaries_do_not_have_one_state(
    database: Database, state: Path, clock: HandSetClock, sign: Sign
):
    """
    While one is at work another one is told so.
    """
    with (
        Notary(state, ORIGIN, 1, [key_of(1)], clock),
        pytest.raises(Unavailable, match="another notary"),
    ):
        sign()
    assert isinstance(sign(), Note)
    assert database.tables()


def test_another_name_is_no_other_state(
    database: Database, state: Path, clock: HandSetClock, sign: Sign
):
    """
    Through a link it is the same file with the same lock.
    """
    sign()
    link = state.with_name("link")
    link.symlink_to(state)
    with Notary(link, ORIGIN, 1, [key_of(1)], clock) as notary:
        assert not notary.is_new
        with pytest.raises(Unavailable, match="another notary"):
            sign()

    assert link.is_symlink()
    assert database.tables()


def test_a_copied_state_goes_on_from_where_it_was(sign: Sign, state: Path, ledger: Ledger):
    """
    What it remembers is all in the file: moved elsewhere it is the same notary.
    """
    sign()
    moved = state.with_name("moved")
    shutil.move(state, moved)
    found = read_state(moved)
    assert found is not None
    write_state(state, found)
    write(ledger, 1)

    assert 8 == parse_checkpoint(sign().text).size
