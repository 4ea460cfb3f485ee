"""
What others have published is accepted, and what they refuse is refused.
"""

import base64
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import Malformed, Tampered
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.consistency import check_consistency, consistency_proof
from ledger.proofs.inclusion import check_inclusion, inclusion_proof
from ledger.proofs.note import open_note, parse_note, parse_verifier_key
from ledger.proofs.receipt import check_receipt, parse_receipt
from ledger.proofs.spelling import encode_octets
from tests.proofs.definition import ORIGIN, RECORDS, checkpoint_at, flipped, subtrees
from tests.proofs.published import (
    CONSISTENCIES,
    INCLUSIONS,
    NOTES,
    PETER_SEED,
    published_note,
)
from tests.proofs.signing import COSIGNER, LOG, TIME, published
from tests.proofs.trusting import POLICY

EXAMPLE = """\
ledger.example/audit
300
56/ILTiUT8eTBUUygJHUWCMojB9zTL2sBjlnE+vUtdU=

\u2014 ledger.example/audit 0mhBVETQXrDEKWkuPAF6S786jxM/hzJ9T+A7JPXF4Y4RsyWk3OU6q8Rhj3Br1FFBA8sg\
x0+JsKQlFPQoarh0hUUFBAQ=
\u2014 witness.example/w1 3xwKNQAAAABlU/EAjGpXhvabFAsNJVaDHRuD7Tya/lfV0MJrPIAafaDGsLcnxB4gqHkJ\
+8Yr5xudpjLpVxyVpdU0VyJvDJInWGrlCQ==
"""

PROOF = """\
c2sp.org/tlog-proof@v1
index 273
VP/AVflaXExqNOLib2mJF1EDIdAwo8GV3uYR4/NIrbo=
1jkHfFhra0MWGdzvet72+HeW64+/ZVISIWaUADPSUKg=
ZXJuuZF28xACMNQf/c3vC0l2SvsWT9clr86fRcSzeNc=
RDndqMD94BQouvirEb7VXD1n9/llJPlv8SMOEh8ZOJI=
hBpTZ6zuSzTck+vNgwRct6KMRwrM0UXezBoTRGE5DzM=
qHK6c4Th/5/0dM2zA13xVe8+ZGLJT8o0VzrT6YTOVCI=
z17/2xHQknou31Ow5zx4N/ZZQU4AU32l2Q61xMSf8nQ=

"""


@pytest.mark.parametrize("name", NOTES)
def test_a_published_note_is_signed_by_its_published_key(name: str) -> None:
    """
    Notes that others signed years ago hold here, and not with a bit of their text changed.
    """
    key, note = published_note(name)

    assert (key,) == open_note(note, [key])
    assert note == parse_note(note.encode())
    changed = parse_note(note.encode().replace("database", "databese").replace("This", "That"))
    if changed != note:
        with pytest.raises(Tampered, match="does not hold"):
            open_note(changed, [key])


def test_the_published_seed_signs_the_published_bytes() -> None:
    """
    What is signed is the text, byte for byte: the same seed gives the same signature.
    """
    key, note = published_note("the notes of Go")
    private = Ed25519PrivateKey.from_private_bytes(PETER_SEED)

    assert key.public_key == private.public_key().public_bytes_raw()
    assert note.signatures[0].value == private.sign(note.text.encode())


def test_the_checksum_database_is_a_log_whose_key_has_another_name() -> None:
    """
    The tree of Go's checksum database is read as a checkpoint; its origin is not its key's name.
    """
    key, note = published_note("the checksum database of Go")
    checkpoint = parse_checkpoint(note.text)

    assert ("go.sum database tree", 35225469) == (checkpoint.origin, checkpoint.size)
    assert key.name != checkpoint.origin


@pytest.mark.parametrize(
    "vkey",
    [
        # transparency-dev/tessera, testdata
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
        *(vkey for vkey, *_ in NOTES.values()),
    ],
)
def test_a_published_key_is_read_and_written_as_it_is(vkey: str) -> None:
    """
    A key that others have published has here the same name, id and text.
    """
    assert vkey == str(parse_verifier_key(vkey))


def test_the_example_is_written_byte_for_byte() -> None:
    """
    From the seeds of the format's example come its keys, its checkpoint and its cosignature.
    """
    assert EXAMPLE == published().encode()
    assert "ledger.example/audit+d2684154+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c" == str(
        LOG.key
    )
    assert "witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU" == str(
        COSIGNER.key
    )


def test_the_example_proofs_are_written_byte_for_byte() -> None:
    """
    The example's receipt is read, holds, and is what the ledger would write; so is its growth.
    """
    receipt = parse_receipt(PROOF + EXAMPLE)

    assert {COSIGNER.key.name: TIME} == check_receipt(receipt, RECORDS[273], POLICY, ORIGIN).times
    assert inclusion_proof(273, 300, subtrees) == receipt.proof
    assert PROOF + EXAMPLE == receipt.encode()
    assert ["d3QiiY7L9//1QBZZ1AvIEHfvfsF/o9uNqPnP6JKjWfg="] == [
        encode_octets(one) for one in consistency_proof(256, 300, subtrees)
    ]


def decoded(*texts: str) -> tuple[bytes, ...]:
    """
    Return the bytes of published base64.
    """
    return tuple(base64.b64decode(text) for text in texts)


Inclusion = tuple[int, int, bytes, bytes, tuple[bytes, ...]]
Consistency = tuple[int, int, bytes, bytes, tuple[bytes, ...]]


def other_proofs(proof: tuple[bytes, ...], *roots: bytes) -> Iterator[tuple[bytes, ...]]:
    """
    Yield what transparency-dev/merkle makes of a proof that is then to be refused.
    """
    yield (b"", *proof)
    yield (*proof, b"")
    yield (bytes(32), *proof)
    yield (*proof, bytes(32))
    for root in roots:
        yield (root, *proof)
        yield (*proof, root)
    if proof:
        yield ()
        yield proof[:-1]
        yield (proof[0], *proof)
    for place, octets in enumerate(proof):
        for bit in (3, 4):
            yield (*proof[:place], flipped(octets, bit), *proof[place + 1 :])


def other_inclusions(case: Inclusion) -> Iterator[Inclusion]:
    """
    Yield the published case with one thing wrong, in every way in which its authors make it wrong.
    """
    index, size, leaf, root, proof = case
    for other in {index - 1, index + 1, index ^ 2} - {index}:
        yield other, size, leaf, root, proof
    for other in {size * 2, size // 2} - {size}:
        yield index, other, leaf, root, proof
    yield index, size, bytes(32), root, proof
    yield index, size, leaf, bytes(32), proof
    yield index, size, b"", root, proof
    for other_proof in other_proofs(proof, root):
        yield index, size, leaf, root, other_proof


def other_consistencies(case: Consistency) -> Iterator[Consistency]:
    """
    Yield the published case with one thing wrong, in every way in which its authors make it wrong.
    """
    old, new, old_root, new_root, proof = case
    for other in {old - 1, old + 1, old ^ 2} - {old}:
        yield other, new, old_root, new_root, proof
    for other in {new * 2, new // 2} - {new}:
        yield old, other, old_root, new_root, proof
    yield old, new, bytes(32), new_root, proof
    yield old, new, old_root, bytes(32), proof
    if old_root != new_root:
        yield old, new, new_root, old_root, proof
    for other_proof in other_proofs(proof, old_root, new_root):
        yield old, new, old_root, new_root, other_proof


def included(case: Inclusion) -> bool:
    """
    Tell whether an inclusion is accepted.
    """
    index, size, leaf, root, proof = case
    try:
        check_inclusion(Checkpoint(ORIGIN, size, root), index, leaf, proof)
    except (Malformed, Tampered):
        return False
    return True


def grown(case: Consistency) -> bool:
    """
    Tell whether a consistency is accepted.
    """
    old, new, old_root, new_root, proof = case
    try:
        check_consistency(
            Checkpoint(ORIGIN, old, old_root), Checkpoint(ORIGIN, new, new_root), proof
        )
    except (Malformed, Tampered):
        return False
    return True


@pytest.mark.parametrize("number", range(len(INCLUSIONS)))
def test_published_inclusion_proofs_have_their_published_verdicts(number: int) -> None:
    """
    The reference proofs are accepted; with an index, size, leaf, root or hash changed they are not.
    """
    index, size, leaf, root, proof = INCLUSIONS[number]
    (leaf_hash, root_hash), hashes = decoded(leaf, root), decoded(*proof)
    case = (index, size, leaf_hash, root_hash, hashes)

    assert included(case)
    assert [] == [other for other in other_inclusions(case) if included(other)]


@pytest.mark.parametrize("number", range(len(CONSISTENCIES)))
def test_published_consistency_proofs_have_their_published_verdicts(number: int) -> None:
    """
    The reference proofs are accepted; with a size, a root or a hash changed they are not.
    """
    old, new, old_root, new_root, proof = CONSISTENCIES[number]
    (old_hash, new_hash), hashes = decoded(old_root, new_root), decoded(*proof)
    case = (old, new, old_hash, new_hash, hashes)

    assert grown(case)
    assert [] == [other for other in other_consistencies(case) if grown(other)]


def test_the_roots_at_two_sizes_of_the_example_are_consistent() -> None:
    """
    The example's log at 256 entries is the beginning of it at 300.
    """
    check_consistency(checkpoint_at(256), checkpoint_at(300), consistency_proof(256, 300, subtrees))
