"""
A cosignature says when a witness saw the log, in the bytes that C2SP prescribes.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed, Tampered
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.cosignature import (
    cosignature_times,
    cosigned_message,
    encode_timed,
    parse_timed,
    subtree_message,
)
from ledger.proofs.note import Algorithm, Note, Signature
from ledger.proofs.spelling import COUNT_MAX
from tests.proofs.definition import ORIGIN, checkpoint_at
from tests.proofs.signing import COSIGNER, LOG, TIME, WITNESS, Signer, published, verify_mldsa

POST_QUANTUM = Signer(6, "witness.example/pq", Algorithm.ML_DSA_44)
TEXT = checkpoint_at(300).text()


def test_the_signed_message_is_the_prescribed_one() -> None:
    """
    An Ed25519 cosigner signs a header, the time, and the checkpoint's whole text.
    """
    expected = f"cosignature/v1\ntime 1700000000\n{TEXT}".encode()

    assert expected == cosigned_message(TIME, TEXT)


def test_the_post_quantum_message_is_the_prescribed_one() -> None:
    """
    An ML-DSA-44 cosigner signs its name, the time, and the log's origin, size and root.
    """
    checkpoint = checkpoint_at(300)
    expected = (
        b"subtree/v1\n\x00"
        b"\x12witness.example/pq"
        b"\x00\x00\x00\x00\x65\x53\xf1\x00"
        b"\x14ledger.example/audit"
        b"\x00\x00\x00\x00\x00\x00\x00\x00"
        b"\x00\x00\x00\x00\x00\x00\x01\x2c" + checkpoint.root
    )

    assert expected == subtree_message("witness.example/pq", TIME, checkpoint)


@pytest.mark.parametrize(("name", "origin"), [("", "a"), ("a" * 256, "a"), ("a", "\u00e9" * 128)])
def test_a_name_that_the_message_has_no_room_for_is_refused(name: str, origin: str) -> None:
    """
    Names of more than 255 bytes are not cut off: nothing can be signed for them.
    """
    with pytest.raises(Malformed, match="cannot be signed with ML-DSA-44"):
        subtree_message(name, TIME, Checkpoint(origin, 300, checkpoint_at(300).root))


@given(st.integers(0, COUNT_MAX), st.binary(min_size=1, max_size=64))
def test_a_time_is_read_as_it_is_written(time: int, signature: bytes) -> None:
    """
    The time and the signature behind it are read back, for any time.
    """
    assert (time, signature) == parse_timed(encode_timed(time, signature))


@pytest.mark.parametrize("value", [b"", bytes(8), b"\x80" + bytes(71)])
def test_a_value_without_a_time_is_refused(value: bytes) -> None:
    """
    A value too short for a time and a signature, or with a time beyond 2**63, is malformed.
    """
    with pytest.raises(Malformed, match="not the time of a cosignature"):
        parse_timed(value)


def test_each_witness_says_when_it_saw_the_log() -> None:
    """
    Times are told by the names of the witnesses that are known; the log's own key tells none.
    """
    keys = [LOG.key, COSIGNER.key, POST_QUANTUM.key]
    note = published().signed_also(POST_QUANTUM.sign(TEXT, TIME + 5))

    expected = {WITNESS: TIME, "witness.example/pq": TIME + 5}
    assert expected == cosignature_times(note, keys, verify_mldsa)
    assert {WITNESS: TIME} == cosignature_times(note, keys)
    assert {} == cosignature_times(note, [LOG.key])


def test_the_earliest_of_two_times_counts() -> None:
    """
    A witness that cosigned twice had seen the log at the earlier of the times.
    """
    note = Note(TEXT, tuple(COSIGNER.sign(TEXT, time) for time in (TIME + 9, TIME, TIME + 3)))

    assert {WITNESS: TIME} == cosignature_times(note, [COSIGNER.key])


@pytest.mark.parametrize("signer", [COSIGNER, POST_QUANTUM], ids=lambda signer: signer.key.name)
def test_no_time_is_no_moment(signer: Signer) -> None:
    """
    A cosignature whose time is 0 says nothing about the time, and is not taken for 1970.
    """
    note = Note(TEXT, (signer.sign(TEXT, 0),))

    assert {} == cosignature_times(note, [signer.key], verify_mldsa)


@pytest.mark.parametrize("signer", [COSIGNER, POST_QUANTUM], ids=lambda signer: signer.key.name)
def test_a_changed_time_is_noticed(signer: Signer) -> None:
    """
    The time is signed: with another one the cosignature does not hold.
    """
    line = signer.sign(TEXT)
    _, value = parse_timed(line.value)
    for time in (0, TIME - 1, TIME + 1, COUNT_MAX):
        moved = Signature(line.name, line.key_id, encode_timed(time, value))
        with pytest.raises(Tampered, match="does not hold"):
            cosignature_times(Note(TEXT, (moved,)), [signer.key], verify_mldsa)


def test_a_post_quantum_cosignature_is_of_one_cosigner() -> None:
    """
    ML-DSA-44 signs the cosigner's name, so a signature cannot be passed off under another; Ed25519
    does not, which is why one key must never serve two.
    """
    other = Signer(6, "witness.example/other", Algorithm.ML_DSA_44)
    lent = Signature(other.key.name, other.key.key_id, POST_QUANTUM.sign(TEXT).value)
    with pytest.raises(Tampered):
        cosignature_times(Note(TEXT, (lent,)), [other.key], verify_mldsa)

    twin = Signer(2, "witness.example/twin", Algorithm.COSIGNATURE)
    lent = Signature(twin.key.name, twin.key.key_id, COSIGNER.sign(TEXT).value)
    assert {twin.key.name: TIME} == cosignature_times(Note(TEXT, (lent,)), [twin.key])


def test_a_post_quantum_cosignature_of_another_log_does_not_hold() -> None:
    """
    The origin is signed: the same size and root of another log is another statement.
    """
    text = TEXT.replace(ORIGIN, "ledger.example/other")
    with pytest.raises(Tampered):
        cosignature_times(Note(text, (POST_QUANTUM.sign(TEXT),)), [POST_QUANTUM.key], verify_mldsa)
