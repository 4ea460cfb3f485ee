"""
The page of the formats says what is written: its examples are read from it, and hold.
"""

import json
import re
from pathlib import Path

import rfc8785
from hypothesis import given

import ledger.proofs
from ledger.moderation.events import Event
from ledger.proofs.consistency import consistency_proof
from ledger.proofs.note import parse_note
from ledger.proofs.policy import check_note, parse_policy
from ledger.proofs.receipt import check_receipt, parse_receipt
from ledger.proofs.spelling import encode_octets
from ledger.proofs.tree import record_hash
from tests import strategies
from tests.moderation.samples import leaf_of
from tests.proofs.definition import ORIGIN, RECORDS, subtrees
from tests.proofs.signing import COSIGNER, LOG, TIME, WITNESS, published

PAGE = Path(ledger.proofs.__file__).with_name("FORMAT.md").read_text("utf-8")


def block(language: str) -> str:
    """
    Return the first block of the page in that language.
    """
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_example_of_an_entry_has_its_leaf_hash() -> None:
    """
    The entry's bytes hash to the leaf that the page states, and are canonical JSON.
    """
    body = block("json").rstrip("\n").encode()

    assert f"`{record_hash(body).hex()}`" in PAGE
    assert body == rfc8785.dumps(json.loads(body))
    golden = Path(__file__).parent.parent / "moderation/golden/entries-2.jsonl"
    assert body in golden.read_bytes().split(b"\n")


@given(strategies.events())
def test_an_entry_is_canonical_json(event: Event) -> None:
    """
    Whatever is recorded, the bytes are those that RFC 8785 prescribes, so that any program's parser
    of JSON reads in them what this one does.
    """
    body = leaf_of(event)

    assert body == rfc8785.dumps(json.loads(body))


def test_the_example_of_a_checkpoint_is_what_is_written() -> None:
    """
    The page's keys signed the page's checkpoint, and the page's policy trusts it.
    """
    note = parse_note(block("note"))
    vouched = check_note(parse_policy(block("policy")), ORIGIN, note)

    assert published() == note
    assert f"{LOG.key}\n{COSIGNER.key}\n" == block("vkey")
    assert {WITNESS: TIME} == vouched.times


def test_the_example_of_a_receipt_is_what_is_written() -> None:
    """
    The page's receipt proves the record that it says, and its consistency proof is the one made.
    """
    receipt = parse_receipt(block("receipt"))
    check_receipt(receipt, RECORDS[273], parse_policy(block("policy")), ORIGIN)

    proof = consistency_proof(256, 300, subtrees)
    assert block("consistency") == "".join(f"{encode_octets(one)}\n" for one in proof)
