"""
A witness: each answer of the protocol, and that it never cosigns two histories of one log.
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from ledger import Malformed, Tampered, Unavailable
from ledger.notary.primitives import ml_dsa_44_holds
from ledger.notary.request import parse_request
from ledger.notary.witness import SIZE, TEXT, Answer, Verdict, Witness
from ledger.proofs.cosignature import cosignature_times
from ledger.proofs.note import Algorithm, Note, Signature, open_note, parse_note
from ledger.proofs.policy import TrustPolicy
from tests.conftest import HandSetClock
from tests.notary.conftest import key_of
from tests.notary.logs import Log
from tests.notary.test_request import HOSTILE

KEYS = [
    key_of(8, "witness.example/w1", Algorithm.COSIGNATURE),
    key_of(9, "witness.example/w1", Algorithm.ML_DSA_44),
]
LOG, OTHER = Log(), Log("log.example/other")
FORKED = Log(history=" forked")
POLICY = TrustPolicy(
    (
        key_of(1, LOG.origin).verifier,
        key_of(2, LOG.origin).verifier,
        key_of(3, OTHER.origin).verifier,
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    Return where the witness keeps what it saw.
    """
    return tmp_path / "seen"


@pytest.fixture
def witness(folder: Path, clock: HandSetClock) -> Iterator[Witness]:
    """
    Return a witness for two logs that has seen neither.
    """
    with Witness(folder, KEYS, POLICY, clock) as made:
        yield made


def verdict(answer: Answer) -> tuple[Verdict, str]:
    """
    Return what a witness said, and the size that it told with it.
    """
    assert (answer.content == SIZE) == (answer.verdict is Verdict.STALE)
    return answer.verdict, answer.body if answer.content == SIZE else ""


def test_it_cosigns_a_log_that_goes_on(witness: Witness, clock: HandSetClock):
    """
    From nothing, step by step, and once more where it is: both keys sign the text and the time.
    """
    for old, size in [(0, 5), (5, 6), (6, 33), (33, 33)]:
        clock.advance(seconds=5)
        answer = witness.add(LOG.body(old, size))
        note = LOG.note(size)
        cosigned = parse_note(f"{note.encode()}{answer.body}")
        keys = [key.verifier for key in KEYS]

        assert (Verdict.COSIGNED, TEXT) == (answer.verdict, answer.content)
        assert tuple(keys) == open_note(cosigned, keys, ml_dsa_44_holds)
        time = int(clock().timestamp())
        assert {"witness.example/w1": time} == cosignature_times(cosigned, keys, ml_dsa_44_holds)
    assert {LOG.origin: 33, OTHER.origin: 0} == witness.sizes()


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_400_what_is_no_request(witness: Witness, body: bytes):
    """
    It is told what was expected, and nothing changes.
    """
    assert Verdict.UNREADABLE == witness.add(body).verdict
    assert {LOG.origin: 0, OTHER.origin: 0} == witness.sizes()


def test_400_a_log_that_would_shrink(witness: Witness):
    """
    The size before is larger than that of the checkpoint.
    """
    assert Verdict.UNREADABLE == witness.add(LOG.body(9, 8)).verdict


def test_403_a_checkpoint_that_its_log_has_not_signed(witness: Witness):
    """
    Signed by nobody who is known, by another log's key, or with a signature that does not hold.
    """
    request = LOG.request(0, 5)
    (line,) = request.note.signatures
    other = key_of(3, LOG.origin).signature(request.note.text, 0)
    spoilt = attrs.evolve(request, note=Note(request.note.text, (spoil(line),)))
    stranger = attrs.evolve(request, note=Note(request.note.text, (other,)))
    one_bad = attrs.evolve(request, note=Note(request.note.text, (line, spoil(line))))

    for each in (spoilt, stranger, one_bad):
        assert Verdict.NOT_SIGNED == witness.add(each.encode().encode()).verdict
    assert 0 == witness.sizes()[LOG.origin]


def spoil(line: Signature) -> Signature:
    """
    Return a signature with its last byte changed.
    """
    return Signature(line.name, line.key_id, line.value[:-1] + bytes([line.value[-1] ^ 1]))


def test_a_signature_of_somebody_unknown_is_passed_over(witness: Witness, folder: Path):
    """
    It neither hinders nor is kept; the log's other key counts as its first one does.
    """
    note = LOG.note(5, key=2)
    more = note.signed_also(Signature("stranger", b"1234", b"junk"))
    request = attrs.evolve(LOG.request(0, 5), note=more)

    assert Verdict.COSIGNED == witness.add(request.encode().encode()).verdict
    (kept,) = folder.glob("*.checkpoint")
    assert note == parse_note(kept.read_bytes())


def test_404_a_log_that_it_does_not_know(witness: Witness):
    """
    Even if a key that it knows has signed it.
    """
    assert Verdict.UNKNOWN == witness.add(Log("log.example/unknown").body(0, 5)).verdict


def test_409_a_size_that_it_has_not_seen_last(witness: Witness):
    """
    It tells the size that it has, so that the client can prove from there.
    """
    assert (Verdict.STALE, "0\n") == verdict(witness.add(LOG.body(4, 5)))
    witness.add(LOG.body(0, 7))
    assert (Verdict.STALE, "7\n") == verdict(witness.add(LOG.body(0, 9)))
    assert (Verdict.STALE, "7\n") == verdict(witness.add(LOG.body(5, 6)))


def test_409_another_root_at_the_size_that_it_has(witness: Witness, folder: Path):
    """
    Two histories: the second one is kept beside the first, each signed by the log, as proof.
    """
    witness.add(LOG.body(0, 7))

    assert (Verdict.STALE, "7\n") == verdict(witness.add(FORKED.body(7, 7)))

    (kept,) = folder.glob("*.checkpoint")
    (other,) = folder.glob("*.contradiction")
    both = [parse_note(path.read_bytes()) for path in (kept, other)]
    assert [LOG.note(7), FORKED.note(7)] == both
    for note in both:
        assert open_note(note, POLICY.logs)


@pytest.mark.parametrize("body", [FORKED.body(7, 20), FORKED.body(7, 8), FORKED.body(7, 7)])
def test_422_a_log_that_does_not_go_on(witness: Witness, body: bytes):
    """
    A proof that fits another history is no proof; and neither is none, or one hash too many.
    """
    witness.add(LOG.body(0, 7))
    request = LOG.request(7, 20)
    cut = attrs.evolve(request, proof=request.proof[:-1])
    none = attrs.evolve(request, proof=())
    more = attrs.evolve(request, proof=(*request.proof, request.proof[0]))
    same = attrs.evolve(LOG.request(7, 7), proof=request.proof[:1])

    assert witness.add(body).verdict in (Verdict.NOT_CONSISTENT, Verdict.STALE)
    for each in (cut, none, more, same):
        assert Verdict.NOT_CONSISTENT == witness.add(each.encode().encode()).verdict
    assert 7 == witness.sizes()[LOG.origin]


def test_422_a_proof_from_nothing(witness: Witness):
    """
    From size 0 there is nothing to prove.
    """
    request = attrs.evolve(LOG.request(0, 5), proof=LOG.proof(2, 5))

    assert Verdict.NOT_CONSISTENT == witness.add(request.encode().encode()).verdict


def test_it_goes_on_after_a_restart(folder: Path, clock: HandSetClock):
    """
    What it cosigned is on disk before it answers.
    """
    with Witness(folder, KEYS, POLICY, clock) as before:
        before.add(LOG.body(0, 7))
    with Witness(folder, KEYS, POLICY, clock) as after:
        assert (Verdict.STALE, "7\n") == verdict(after.add(LOG.body(0, 9)))
        assert Verdict.NOT_CONSISTENT == after.add(FORKED.body(7, 20)).verdict
        assert Verdict.COSIGNED == after.add(LOG.body(7, 9)).verdict


def test_one_process_has_what_it_saw(witness: Witness, folder: Path, clock: HandSetClock):
    """
    A second witness on the same folder could cosign another history.
    """
    assert witness.sizes()
    with pytest.raises(Unavailable, match="another witness"):
        Witness(folder, KEYS, POLICY, clock)


@pytest.mark.parametrize(
    ("written", "why"),
    [(b"nothing", "no checkpoint"), (Log("x/0").note(1).encode().encode(), "checkpoint of 'x/0'")],
)
def test_what_it_saw_is_looked_at(folder: Path, clock: HandSetClock, written: bytes, why: str):
    """
    A file that was changed is named, and the witness does not begin anew.
    """
    with Witness(folder, KEYS, POLICY, clock) as before:
        before.add(LOG.body(0, 7))
    (kept,) = folder.glob("*.checkpoint")
    kept.write_bytes(written)

    with pytest.raises(Tampered, match=why):
        Witness(folder, KEYS, POLICY, clock)


def test_a_key_of_a_log_cosigns_nothing(folder: Path, clock: HandSetClock):
    """
    One key must not both sign and cosign; and a witness without a key is none.
    """
    with pytest.raises(Malformed, match="signs for a log"):
        Witness(folder, [key_of(1)], POLICY, clock)
    with pytest.raises(Malformed, match="no key"):
        Witness(folder, [], POLICY, clock)


def test_two_requests_at_once_do_not_take_it_back(witness: Witness):
    """
    Many clients at the same moment with all sizes: whatever it answered, it goes up, and the
    cosigned sizes are each consistent with the last.
    """
    sizes: list[int] = []
    begin = threading.Barrier(6)

    def client(first: int) -> None:
        begin.wait()
        for size in range(first, 40, 6):
            old = witness.sizes()[LOG.origin]
            if old <= size and witness.add(LOG.body(old, size)).verdict is Verdict.COSIGNED:
                sizes.append(size)

    threads = [threading.Thread(target=client, args=(first,)) for first in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(sizes) == witness.sizes()[LOG.origin]
    assert len(sizes) == len(set(sizes))
    assert parse_request(LOG.body(0, 1)).checkpoint.size == 1
