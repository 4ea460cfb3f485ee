"""
What a notary signed, as JSON has it.
"""

from ledger.book.document.value import Document, document
from ledger.book.notarising import Vouched
from ledger.proofs.checkpoint import parse_checkpoint


@document.register
def _(vouched: Vouched) -> Document:
    checkpoint = parse_checkpoint(vouched.note.text)
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": document(checkpoint.root),
        "signatures": [
            {"name": line.name, "key": document(line.key_id)} for line in vouched.note.signatures
        ],
        "began": vouched.began,
        "witnesses": document(vouched.witnesses),
        "failed": [str(error) for error in vouched.failed],
        "stamped_at": document(vouched.stamped_at),
        "note": vouched.note.encode(),
        "receipt": None if vouched.receipt is None else vouched.receipt.encode(),
    }
