"""
What the checker that stands alone is made of agrees with the ledger's own: policies, notes, keys,
signatures and trees, good and hostile.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Malformed, Tampered
from ledger.proofs import check_evidence as alone
from ledger.proofs import ed25519
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.consistency import check_consistency, consistency_proof
from ledger.proofs.inclusion import check_inclusion, inclusion_proof
from ledger.proofs.note import parse_note
from ledger.proofs.policy import parse_policy
from tests.proofs.definition import LEAVES, checkpoint_at, flipped, subtrees
from tests.proofs.hostile import CASES
from tests.proofs.signing import LOG, published
from tests.proofs.trusting import POLICY
from tests.strategies import trust_policies

SIZES = (*range(1, 34), 127, 128, 129)
TRUSTED = f"log {LOG.key}\nquorum none\n".encode()


def accepted(octets: bytes) -> bool:
    """
    Tell whether the checker trusts the bytes as a checkpoint of the log.
    """
    try:
        note = alone.Note(octets.decode("utf-8", "surrogateescape"), "the checkpoint")
        alone.Policy(TRUSTED).vouched(note, "the checkpoint")
    except alone.Finding:
        return False
    return True


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_checkpoint_has_its_verdict(name):
    """
    The corpus that the ledger's parsers are held to has the same verdicts here.
    """
    note, expected = CASES[name]

    assert expected == accepted(note)


@settings(max_examples=60)
@given(trust_policies(), st.data())
def test_both_understand_the_same_policies(policy, data):
    """
    Whatever a policy says, both accept it; whatever becomes of its text, both do or neither does.
    """
    written = bytearray(policy.text().encode("utf-8", "surrogateescape"))
    assert policy == parse_policy(bytes(written))
    assert policy.quorum == alone.Policy(bytes(written)).quorum

    for _ in range(data.draw(st.integers(1, 2))):
        start = data.draw(st.integers(0, len(written)))
        end = start + data.draw(st.integers(0, 6))
        written[start:end] = data.draw(
            st.sampled_from([b"", b"\n", b" ", b"\t", b"#", b"1", b"none"])
        )

    assert is_read(parse_policy, bytes(written)) == is_read(alone.Policy, bytes(written))


@given(st.data())
def test_both_read_the_same_notes(data):
    """
    Whatever becomes of a checkpoint's note, both read it or neither does.
    """
    written = bytearray(published().encode().encode())
    for _ in range(data.draw(st.integers(1, 2))):
        start = data.draw(st.integers(0, len(written)))
        end = start + data.draw(st.integers(0, 6))
        changes = [
            b"",
            b"\n",
            b" ",
            b"\x85",
            b"\x00",
            b"=",
            b"+",
            b"0",
            "\u2014 ".encode(),
            b"\r\n",
        ]
        written[start:end] = data.draw(st.sampled_from(changes))

    def read(octets: bytes) -> None:
        parse_checkpoint(parse_note(octets).text)

    def read_alone(octets: bytes) -> None:
        alone.Note(octets.decode("utf-8", "surrogateescape"), "the note")

    assert is_read(read, bytes(written)) == is_read(read_alone, bytes(written))


def is_read(read: Any, octets: bytes) -> bool:
    """
    Tell whether what reads them takes the bytes.
    """
    try:
        read(octets)
    except (Malformed, alone.Finding):
        return False
    return True


@pytest.mark.parametrize("size", SIZES)
def test_both_follow_the_same_paths_in_a_tree(size):
    """
    Each proof leads where it should; with a hash changed, left out or added it leads nowhere.
    """
    checkpoint = checkpoint_at(size)
    for index in {0, size // 3, size // 2, size - 1}:
        proof = inclusion_proof(index, size, subtrees)
        for path in variants(proof):
            root = alone.root_with(index, size, LEAVES[index], path)
            try:
                check_inclusion(checkpoint, index, LEAVES[index], path)
            except Tampered:
                assert checkpoint.root != root
            else:
                assert checkpoint.root == root


@pytest.mark.parametrize("size", SIZES)
def test_both_see_whether_a_log_only_grew(size):
    """
    The growth from each earlier size is shown by its proof, and by no other.
    """
    new = checkpoint_at(size)
    for earlier in {0, 1, size // 3, size // 2, size - 1, size}:
        old = checkpoint_at(earlier)
        stated = [(each.origin, each.size, each.root) for each in (old, new)]
        for path in variants(consistency_proof(earlier, size, subtrees)):
            grew = alone.extends(stated[0], stated[1], path)
            try:
                check_consistency(old, new, path)
            except Tampered:
                assert not grew
            else:
                assert grew


def variants(proof: tuple[bytes, ...]) -> list[list[bytes]]:
    """
    Return a proof and what an attacker might make of it.
    """
    whole = [*proof]
    changed = [[*proof[:n], flipped(one, n), *proof[n + 1 :]] for n, one in enumerate(proof)]
    return [whole, whole[1:], whole[:-1], [*whole, bytes(32)], [bytes(32), *whole], *changed]


@settings(max_examples=60)
@given(st.data())
def test_both_come_to_one_verdict_on_a_signature(data):
    """
    A bit of the key, the message or the signature that is another one is seen by both.
    """
    message = data.draw(st.binary(max_size=20))
    parts = [LOG.key.public_key, message, LOG._plain.sign(message)]  # noqa: SLF001, its own tests
    for number in data.draw(st.sets(st.integers(0, 2), max_size=2)):
        if parts[number]:
            parts[number] = flipped(parts[number], data.draw(st.integers(0, 511)))

    assert ed25519.holds(*parts) == alone.holds(*parts)


LOW_ORDER = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
)


@pytest.mark.parametrize("key", LOW_ORDER)
def test_no_key_is_trusted_that_signs_many_messages_at_once(key):
    """
    Points of low order, and second spellings of points, are no keys.
    """
    octets = bytes.fromhex(key)

    assert not ed25519.is_public_key(octets)
    assert alone.point_of(octets) is None


def test_the_policy_of_the_tests_is_understood():
    """
    Logs, witnesses and the quorum are the same for both.
    """
    read = alone.Policy(POLICY.text().encode())

    assert ({"w1"}, "w1", 1) == (set(read.witnesses), read.quorum, len(read.logs))
