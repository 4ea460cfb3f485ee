"""
What a verification found and what was proved, as JSON has it.
"""

from ledger.book.document.value import Document, document, fields
from ledger.book.verifying import ProvenEntry, ProvenGrowth
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.note import Note
from ledger.proofs.receipt import Receipt
from ledger.proofs.spelling import encode_octets
from ledger.store.verification.report import Verification


@document.register
def _(answer: Verification) -> Document:
    return {"verdict": answer.verdict, **fields(answer)}


@document.register
def _(checkpoint: Checkpoint) -> Document:
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": document(checkpoint.root),
    }


@document.register
def _(note: Note) -> str:
    return note.encode()


@document.register
def _(receipt: Receipt) -> str:
    return receipt.encode()


@document.register
def _(proven: ProvenEntry) -> Document:
    return {
        "log": proven.log,
        "position": proven.position,
        "entry": encode_octets(proven.body),
        "hashes": [encode_octets(each) for each in proven.hashes],
        "checkpoint": document(proven.checkpoint),
        "evidence": document(proven.evidence),
    }


@document.register
def _(grown: ProvenGrowth) -> Document:
    return {
        "from": document(grown.old),
        "to": document(grown.new),
        "hashes": [encode_octets(each) for each in grown.hashes],
        "evidence": document(grown.note),
    }
