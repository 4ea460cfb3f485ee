"""
Every entry is proved by what leads to a signed note, and nothing is proved that does not hold.
"""

import pytest

from ledger import Ledger, Malformed, NotFound, Tampered
from ledger.proofs.consistency import check_consistency
from ledger.proofs.inclusion import check_inclusion
from ledger.proofs.note import parse_note
from ledger.proofs.policy import parse_policy
from ledger.proofs.receipt import check_receipt, parse_receipt
from ledger.proofs.tile import TILE_WIDTH
from ledger.proofs.tree import record_hash
from ledger.store.database import Database
from ledger.store.proving import Place, inclusion
from tests.conftest import HandSetClock, file_report, take_action
from tests.store.conftest import on
from tests.store.test_tiles import write_until
from tests.store.tracing import statements_on
from tests.store.verification.holding import Holder

OF_ONE_LOG = on("memory", "sqlite", "postgres", logs=1)
ON_SQLITE = on("sqlite", logs=1)
SIZE = TILE_WIDTH + 40


@pytest.fixture
def holder(staffed: Ledger, database: Database) -> Holder:
    """
    Return who holds what the ledger with operators was.
    """
    return Holder(staffed, database)


@ON_SQLITE
def test_every_entry_is_proved_at_every_size(staffed: Ledger, holder: Holder):
    """
    The receipt stands by itself: with the policy and the entry's bytes it is checked without a
    ledger.
    """
    write_until(staffed, 20)
    policy, origin = parse_policy(holder.policy()), f"{staffed.settings.origin}/0"
    bodies = [entry.body for entry in staffed.entries()]
    for size in range(1, 21):
        note = holder.note(size)
        for position in range(1, size + 1):
            (proven,) = staffed.prove(note, position=position)
            receipt = parse_receipt(proven.receipt().encode())

            assert (position, bodies[position - 1]) == (receipt.index + 1, proven.body)
            assert size == check_receipt(receipt, proven.body, policy, origin).checkpoint.size


@OF_ONE_LOG
def test_growth_is_proved_between_any_two_sizes(staffed: Ledger, holder: Holder):
    """
    Given as notes or as sizes, for which the ledger's own word is taken.
    """
    write_until(staffed, 12)
    for old in range(13):
        for new in range(old, 13):
            sizes = staffed.prove_growth(old=old, new=new)
            check_consistency(sizes.old, sizes.new, sizes.hashes)
    notes = staffed.prove_growth(old=holder.note(5), new=holder.note(12))

    assert staffed.prove_growth(old=5, new=12).hashes == notes.hashes
    assert notes.note is not None
    first, *_, last = notes.encode().split("\n\n")
    assert "old 5" == first.splitlines()[0]
    assert 1 + len(notes.hashes) == len(first.splitlines())
    assert parse_note(notes.encode().partition("\n\n")[2]) == notes.note
    assert last.startswith("\N{EM DASH} ")


@OF_ONE_LOG
def test_an_action_and_both_ends_of_a_restriction_are_proved(
    staffed: Ledger, holder: Holder, clock: HandSetClock
):
    """
    The entry that took the action; and for a restriction that one and the one that ended it, if an
    entry did.
    """
    file_report(staffed)
    action = take_action(staffed)
    (opened,) = staffed.restrictions()
    open_note = holder.note(staffed.status().entries)
    clock.advance(minutes=11)
    staffed.reverse(action, by="op-7", reason="error")
    closed_note = holder.note(staffed.status().entries)

    taken = staffed.prove(closed_note, action=action)
    ends = staffed.prove(closed_note, restriction=action)

    at = opened.opened_at_position
    assert [at] == [each.position for each in taken]
    assert [at, at + 1] == [each.position for each in ends]
    for each in ends:
        leaf = record_hash(each.body)
        check_inclusion(each.checkpoint, each.position - 1, leaf, each.hashes)
    with pytest.raises(Malformed, match=f"has {at} entries"):
        staffed.prove(open_note, restriction=action)


@ON_SQLITE
def test_a_restriction_that_no_entry_ended_has_one_end(
    staffed: Ledger, holder: Holder, clock: HandSetClock
):
    """
    It is in force still, or it expired: the opener says both.
    """
    standing = take_action(staffed, "one")
    expiring = take_action(staffed, "two", "suspend", expires_at=clock.now.replace(hour=23))
    warned = take_action(staffed, "three", "revoke_credentials")
    note = holder.note(staffed.status().entries)

    assert [1, 1] == [len(staffed.prove(note, restriction=each)) for each in (standing, expiring)]
    with pytest.raises(NotFound, match="no restriction"):
        staffed.prove(note, restriction=warned)


@on("sqlite", logs=256)
def test_of_several_logs_both_proofs_are_given(staffed: Ledger, holder: Holder):
    """
    The entry is proved in its log, and its log in the roots that were signed; no receipt of the one
    stands by itself, which is said.
    """
    action = take_action(staffed)
    held = holder.receipt([log.size for log in staffed.status().logs])

    (proven,) = staffed.prove(held, action=action)

    leaf = record_hash(proven.body)
    check_inclusion(proven.checkpoint, proven.position - 1, leaf, proven.hashes)
    assert f"{staffed.settings.origin}/{proven.log}" == proven.checkpoint.origin
    with pytest.raises(Malformed, match="roots are signed together"):
        proven.receipt()


@ON_SQLITE
def test_what_cannot_be_proved_is_told(staffed: Ledger, holder: Holder):
    """
    No entry, no action, no log, an older note, one of another ledger, no note, and nothing asked.
    """
    size = staffed.status().entries
    note = holder.note(size)
    with pytest.raises(NotFound, match="no position 99"):
        staffed.prove(note, position=99)
    with pytest.raises(NotFound, match="no action"):
        staffed.prove(note, action="none")
    with pytest.raises(NotFound, match="no log 3"):
        staffed.prove(note, log=3, position=1)
    with pytest.raises(Malformed, match="not the one at position 3"):
        staffed.prove(holder.note(2), position=3)
    with pytest.raises(Malformed, match="checkpoint of"):
        staffed.prove(note.replace(staffed.settings.origin, "example.org/other"), position=1)
    with pytest.raises(Malformed):
        staffed.prove("no note", position=1)
    with pytest.raises(Malformed, match="one entry"):
        staffed.prove(note)
    with pytest.raises(Malformed, match="older one first"):
        staffed.prove_growth(old=3, new=2)
    with pytest.raises(Malformed, match="never had 99"):
        staffed.prove_growth(old=3, new=99)


@ON_SQLITE
@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("UPDATE entries SET body = x'7b7d' WHERE position = 2", 2),
        ("UPDATE entries SET leaf = zeroblob(32) WHERE position = 3", 2),
        ("DELETE FROM entries WHERE position = 3", 3),
        ("UPDATE heads SET size = 4", 5),
    ],
)
def test_what_was_changed_is_not_proved(
    staffed: Ledger, holder: Holder, database: Database, statement: str, position: int
):
    """
    Nobody is given a proof that does not hold: it is checked before.
    """
    write_until(staffed, 8)
    note = holder.note(8)
    with database.writing() as connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER entries_no_{verb}")
        connection.execute(statement)

    with pytest.raises(Tampered) as raised:
        staffed.prove(note, position=2)
    assert (0, position) == (raised.value.log, raised.value.position)
    with pytest.raises(Tampered) as raised:
        staffed.prove_growth(old=holder_checkpoint(note, 5), new=note)
    assert raised.value.log == 0


def holder_checkpoint(note: str, size: int) -> str:
    """
    Return a note of another size, whose root is that of *note*: of no tree that there was.
    """
    return note.replace("\n8\n", f"\n{size}\n", 1)


@on("sqlite", "postgres", logs=1)
def test_a_proof_reads_a_few_tiles(staffed: Ledger, holder: Holder, database: Database):
    """
    However long the log is: an entry, the head, a tile or its leaves at each level; no scan.
    """
    write_until(staffed, SIZE)
    note = holder.note(SIZE)
    (proven,) = staffed.prove(note, position=77)
    with database.reading() as connection, statements_on(connection) as heard:
        found = inclusion(connection, staffed.settings, Place(0, 77), proven.checkpoint)

    assert found.hashes == proven.hashes
    assert 6 >= len([each for each in heard if "SELECT" in each])
