"""
A ledger of several logs: one signature over what each of them is.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ledger import Ledger, Tampered, Unavailable
from ledger.notary import roots
from ledger.notary.notary import Notary
from ledger.notary.state import read_state
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.consistency import check_consistency
from ledger.proofs.inclusion import check_inclusion
from ledger.proofs.note import Note
from ledger.proofs.policy import TrustPolicy
from ledger.proofs.receipt import check_receipt, parse_receipt
from ledger.proofs.roots import parse_roots
from ledger.proofs.tree import record_hash
from ledger.store import url as urls
from tests.conftest import HandSetClock
from tests.notary.conftest import ORIGIN, Sign, key_of, write

KEY = key_of(1, f"{ORIGIN}/roots")
LOGS = 4


@pytest.fixture
def ledger(url: str, clock: HandSetClock) -> Iterator[Ledger]:
    """
    Return a ledger of four logs.
    """
    with Ledger.create(url, origin=ORIGIN, logs=LOGS, clock=clock) as made:
        made.enrol_operator("op-7", kind="human")
        write(made, 5)
        yield made


@pytest.fixture
def sign(ledger: Ledger, url: str, state: Path, clock: HandSetClock) -> Iterator[Sign]:
    """
    Return what lets a notary come, sign and go.
    """
    database = urls.connect(url, create=False)

    def signed() -> Note:
        with Notary(state, ORIGIN, ledger.settings.logs, [KEY], clock) as notary:
            return notary.sign(database)

    yield signed
    database.close()


def test_one_note_states_every_log(ledger: Ledger, sign: Sign, state: Path):
    """
    The newest entry of the log of roots has the size and the root of each; the receipt proves it to
    whoever trusts the key.
    """
    note = sign()
    found = read_state(state)
    assert found is not None
    receipt = roots.receipt(state, found)
    assert receipt is not None

    policy = TrustPolicy((KEY.verifier,))
    again = parse_receipt(receipt.encode())
    vouched = check_receipt(again, again.extra or b"", policy, f"{ORIGIN}/roots")
    stated = parse_roots(again.extra or b"", ORIGIN)
    assert (f"{ORIGIN}/roots", 1) == (vouched.checkpoint.origin, vouched.checkpoint.size)
    assert note == again.checkpoint
    assert [(log.size, log.root) for log in ledger.status().logs] == [
        (each.size, each.root) for each in stated
    ]


def test_each_new_note_is_a_new_entry(ledger: Ledger, sign: Sign, state: Path):
    """
    The log of roots grows where a log has grown, and only then; each checkpoint goes on from the
    one before.
    """
    notes = []
    for _ in range(5):
        notes.append(sign())
        assert notes[-1] == sign()
        write(ledger, 2)
    found = read_state(state)
    assert found is not None
    assert found.roots is not None
    every = list(roots.entries(state, found.roots))

    checkpoints = [parse_checkpoint(note.text) for note in notes]
    assert [1, 2, 3, 4, 5] == [each.size for each in checkpoints]
    assert 5 == len(set(every))
    assert every[-1] == roots.newest(state, found.roots)
    for old in checkpoints:
        proof = roots.continuation_proof(state, found.roots, old.size)
        check_consistency(old, checkpoints[-1], proof)
    proof = roots.newest_proof(state, found.roots)
    check_inclusion(checkpoints[-1], 4, record_hash(every[-1]), proof)
    for before, after in pairwise(every):
        logs: list[tuple[Checkpoint, Checkpoint]] = list(
            zip(parse_roots(before, ORIGIN), parse_roots(after, ORIGIN), strict=True)
        )
        assert all(one.size <= two.size for one, two in logs)


def test_a_log_that_does_not_go_on_spoils_the_note(ledger: Ledger, sign: Sign, url: str):
    """
    Nothing is signed where one of the logs is cut, and it is named.
    """
    sign()
    longest = max(ledger.status().logs, key=lambda each: each.size)
    database = urls.connect(url, create=False)
    with database.writing() as connection:
        connection.execute(
            "UPDATE heads SET size = size - 1 WHERE log = ? AND size = ?",
            (longest.log, longest.size),
        )
    database.close()

    with pytest.raises(Tampered, match=f"log {longest.log} has") as raised:
        sign()
    assert (longest.log, longest.size) == (raised.value.log, raised.value.position)


@pytest.mark.parametrize("damage", ["gone", "cut", "changed"])
def test_the_entries_are_those_that_were_signed(
    ledger: Ledger, sign: Sign, state: Path, damage: str
):
    """
    Where the file beside the state is another one, no proof is made from it.
    """
    for _ in range(3):
        sign()
        write(ledger, 2)
    found = read_state(state)
    assert found is not None
    path = roots.entries_path(state)
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-5])
    else:
        path.write_bytes(path.read_bytes().replace(b"\n1\n", b"\n2\n"))

    with pytest.raises(Tampered, match="not those that were signed"):
        roots.receipt(state, found)


def test_an_entry_that_was_never_signed_is_written_over(ledger: Ledger, sign: Sign, state: Path):
    """
    What a notary appended before it died, and what is left of it, is not there for the next one.
    """
    sign()
    with roots.entries_path(state).open("ab") as file:
        file.write(b"\0\0\0\x05hel")
    write(ledger, 2)
    sign()

    found = read_state(state)
    assert found is not None
    assert found.roots is not None
    assert 2 == len(list(roots.entries(state, found.roots)))
    assert roots.entries_path(state).stat().st_size == found.roots.length


def test_what_cannot_be_read_is_unavailable(sign: Sign, state: Path):
    """
    A folder in the place of the file, for one.
    """
    sign()
    found = read_state(state)
    assert found is not None
    roots.entries_path(state).unlink()
    roots.entries_path(state).mkdir()

    with pytest.raises(Unavailable, match="Is a directory"):
        roots.receipt(state, found)
