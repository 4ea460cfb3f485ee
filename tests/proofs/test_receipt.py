"""
A receipt carries its proof and its checkpoint, and is trusted only through the auditor's policy.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed, Tampered
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.inclusion import inclusion_proof
from ledger.proofs.note import Unvouched
from ledger.proofs.policy import TrustPolicy
from ledger.proofs.receipt import PROOF_HASHES_MAX, Receipt, check_receipt, parse_receipt
from tests import strategies
from tests.proofs.definition import (
    LEAVES,
    ORIGIN,
    RECORDS,
    checkpoint_at,
    flipped,
    subtrees,
)
from tests.proofs.signing import COSIGNER, LOG, TIME, WITNESS, Signer, published, signed
from tests.proofs.trusting import POLICY


def receipt_of(index: int, size: int = 300, extra: bytes | None = None) -> Receipt:
    """
    Return the receipt of a numbered record.
    """
    return Receipt(index, inclusion_proof(index, size, subtrees), published(size), extra)


@given(strategies.of(Receipt))
def test_a_receipt_is_read_as_it_is_written(receipt: Receipt) -> None:
    """
    Any receipt is read back, from text and from bytes.
    """
    assert receipt == parse_receipt(receipt.encode()) == parse_receipt(receipt.encode().encode())


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 300), (255, 256), (299, 300), (6, 7)])
def test_a_receipt_proves_its_entry(index: int, size: int) -> None:
    """
    With the entry's bytes and the policy, a receipt tells the log, its size, and who saw it when.
    """
    vouched = check_receipt(receipt_of(index, size), RECORDS[index], POLICY, ORIGIN)

    assert checkpoint_at(size) == vouched.checkpoint
    assert {WITNESS: TIME} == vouched.times


def test_a_receipt_proves_no_other_entry() -> None:
    """
    Another entry's bytes, one byte changed, another index or a changed hash are refused.
    """
    receipt = receipt_of(273)
    hashes = (flipped(receipt.proof[0], 5), *receipt.proof[1:])
    for other, record in (
        (receipt, RECORDS[272]),
        (receipt, RECORDS[273] + b" "),
        (Receipt(272, receipt.proof, receipt.checkpoint), RECORDS[273]),
        (Receipt(273, hashes, receipt.checkpoint), RECORDS[273]),
        (Receipt(273, receipt.proof[1:], receipt.checkpoint), RECORDS[273]),
    ):
        with pytest.raises(Tampered) as refused:
            check_receipt(other, record, POLICY, ORIGIN)
        assert other.index + 1 == refused.value.position


def test_a_receipt_brings_no_trust_of_its_own() -> None:
    """
    A whole tree with an entry that never was, signed by a key of its maker's, is not trusted.
    """
    forger = Signer(66)
    invented = signed(Checkpoint(ORIGIN, 1, LEAVES[9]), forger, COSIGNER)
    with pytest.raises(Unvouched):
        check_receipt(Receipt(0, (), invented), RECORDS[9], POLICY, ORIGIN)
    with pytest.raises(Unvouched):
        check_receipt(receipt_of(3), RECORDS[3], TrustPolicy((forger.key,)), ORIGIN)


def test_extra_data_is_kept_and_proves_nothing() -> None:
    """
    Extra data is read back; with any other the receipt is as good.
    """
    receipt = receipt_of(3, extra=b"anything")

    assert b"anything" == parse_receipt(receipt.encode()).extra
    assert "c2sp.org/tlog-proof@v1\nextra YW55dGhpbmc=\nindex 3\n" == receipt.encode()[:50]
    check_receipt(receipt_of(3, extra=b"other"), RECORDS[3], POLICY, ORIGIN)


GOOD = receipt_of(5, 7).encode()
HASH = GOOD.split("\n")[2]

MISSPELT = {
    "empty": "",
    "another version": GOOD.replace("@v1", "@v2"),
    "a byte order mark": f"\ufeff{GOOD}",
    "CRLF": GOOD.replace("\n", "\r\n"),
    "no index": GOOD.replace("index 5\n", ""),
    "an index below zero": GOOD.replace("index 5", "index -1"),
    "an index with a leading zero": GOOD.replace("index 5", "index 05"),
    "an index with a space": GOOD.replace("index 5", "index  5"),
    "an index with a plus": GOOD.replace("index 5", "index +5"),
    "an index beyond any log": GOOD.replace("index 5", f"index {2**63}"),
    "the index behind the hashes": GOOD.replace(f"index 5\n{HASH}\n", f"{HASH}\nindex 5\n"),
    "two indices": GOOD.replace("index 5\n", "index 5\nindex 5\n"),
    "extra behind the index": GOOD.replace("index 5\n", "index 5\nextra YQ==\n"),
    "extra twice": GOOD.replace("index 5\n", "extra YQ==\nextra YQ==\nindex 5\n"),
    "extra that is empty": GOOD.replace("index 5\n", "extra \nindex 5\n"),
    "extra that is no base64": GOOD.replace("index 5\n", "extra !\nindex 5\n"),
    "extra with spare bits": GOOD.replace("index 5\n", "extra YR==\nindex 5\n"),
    "a short hash": GOOD.replace(HASH, "AQ=="),
    "a hash with a space": GOOD.replace(HASH, f" {HASH}"),
    "two empty lines": GOOD.replace("\n\n", "\n\n\n", 1),
    "no empty line": GOOD.replace("\n\n", "\n", 1),
    "no checkpoint": GOOD.partition("\n\n")[0] + "\n\n",
    "no final newline": GOOD[:-1],
    "a line behind": f"{GOOD}\n",
    "too many hashes": GOOD.replace(HASH, "\n".join([HASH] * (PROOF_HASHES_MAX + 1))),
}


@pytest.mark.parametrize("defect", MISSPELT)
def test_a_receipt_has_one_spelling(defect: str) -> None:
    """
    Whatever is spelled otherwise than it would be written is refused.
    """
    assert GOOD == parse_receipt(GOOD).encode()
    assert GOOD != MISSPELT[defect]
    with pytest.raises(Malformed):
        parse_receipt(MISSPELT[defect])


@given(st.data())
def test_a_receipt_with_one_character_changed_is_refused(data: st.DataObject) -> None:
    """
    No character of a receipt can be another one, wherever it stands.
    """
    place = data.draw(st.integers(0, len(GOOD) - 1))
    other = data.draw(st.sampled_from([" ", "\n", "0", "A", "/", "=", "\u2014", "\u00e9"]))
    changed = GOOD[:place] + other + GOOD[place + 1 :]
    if changed != GOOD:
        with pytest.raises((Malformed, Tampered)):
            check_receipt(parse_receipt(changed), RECORDS[5], POLICY, ORIGIN)


@pytest.mark.parametrize(
    ("index", "proof", "extra"),
    [
        (-1, (), None),
        (2**63, (), None),
        (0, (b"",), None),
        (0, (LEAVES[0],) * 64, None),
        (0, (), b""),
    ],
)
def test_a_receipt_that_could_not_be_read_back_is_not_made(
    index: int, proof: tuple[bytes, ...], extra: bytes | None
) -> None:
    """
    What cannot be written so that it is read as the same is refused when it is made.
    """
    with pytest.raises(Malformed):
        Receipt(index, proof, signed(checkpoint_at(7), LOG), extra)
