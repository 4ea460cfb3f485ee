"""
What a witness is asked: to cosign a checkpoint that goes on from one that it cosigned before.

Source: C2SP tlog-witness, "add-checkpoint".
"""

from typing import Final

import attrs

from ledger.errors import Malformed
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.note import NOTE_SIZE_MAX, Note, parse_note
from ledger.proofs.spelling import encode_octets, parse_count, parse_hash, parse_text
from ledger.proofs.tree import HASH_SIZE

HASHES_MAX: Final = 63
"""Hashes in a proof of consistency, at most."""

REQUEST_SIZE_MAX: Final = 64 * 1024
"""Bytes in a request: far more than a note of a log and its proof have."""

_OLD: Final = "old "


@attrs.frozen
class AddCheckpoint:
    """
    The request to cosign a checkpoint.

    Args:
        old_size: The size that the witness cosigned last, as far as the client knows.

        proof: That the log goes on from there.

        note: The checkpoint, signed by its log.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """
        Return what the note says.

        Raises:
            Malformed: When it is no checkpoint.
        """
        return parse_checkpoint(self.note.text)

    def encode(self) -> str:
        """
        Return the request as its body is written.
        """
        lines = [f"{_OLD}{self.old_size}", *map(encode_octets, self.proof), ""]
        return "".join(f"{line}\n" for line in lines) + self.note.encode()


def parse_request(body: bytes) -> AddCheckpoint:
    """
    Return the request that a body is.

    Raises:
        Malformed: When it is none, or not the one spelling of it.
    """
    text = parse_text(body, min(REQUEST_SIZE_MAX, NOTE_SIZE_MAX), "request")
    head, separator, note = text.partition("\n\n")
    old, *hashes = head.split("\n")
    if not separator or not old.startswith(_OLD) or len(hashes) > HASHES_MAX:
        raise Malformed(
            "it asks for no cosignature",
            where="request",
            expected=f"old and a size, at most {HASHES_MAX} hashes, an empty line and a checkpoint",
        )
    proof = tuple(
        parse_hash(line, HASH_SIZE, f"request hash {number}")
        for number, line in enumerate(hashes, start=1)
    )
    request = AddCheckpoint(
        parse_count(old.removeprefix(_OLD), "request old size"), proof, parse_note(note)
    )
    parse_checkpoint(request.note.text)
    return request
