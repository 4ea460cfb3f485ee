"""
A receipt: all that is needed, besides an entry and a policy, to see that the entry was logged.

Its text is C2SP's *tlog-proof*: the entry's index, the hashes of its inclusion proof, and the
checkpoint with its signatures.

Source: C2SP tlog-proof.
"""

from dataclasses import dataclass

from ledger.errors import Malformed
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.inclusion import check_inclusion
from ledger.proofs.note import NOTE_SIZE_MAX, MLDSAVerifier, Note, parse_note
from ledger.proofs.policy import TrustPolicy, Vouched, check_note
from ledger.proofs.spelling import (
    COUNT_MAX,
    encode_octets,
    parse_count,
    parse_hash,
    parse_octets,
    parse_text,
)
from ledger.proofs.tree import HASH_SIZE, record_hash

PROOF_HASHES_MAX = 63
"""Hashes in a proof: a tree that can be counted is no higher."""

RECEIPT_SIZE_MAX = 2 * NOTE_SIZE_MAX
"""Bytes in a receipt."""

_HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_INDEX = "index "


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    Where an entry is said to be in a log, and the proof.

    Args:
        index: The entry's index: its position - 1.

        proof: The hashes from the leaf's sibling up to the root's child.

        checkpoint: The log's checkpoint, none of its signatures checked.

        extra: Bytes for the application; nobody vouches for them.

    Raises:
        Malformed: The receipt could not be read back.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None

    def __post_init__(self) -> None:
        """
        Check that this receipt, written, would be read as this receipt.
        """
        if not 0 <= self.index <= COUNT_MAX:
            raise Malformed(
                f"{self.index} is not an index", where="receipt", expected=f"0 to {COUNT_MAX}"
            )
        if len(self.proof) > PROOF_HASHES_MAX or {len(one) for one in self.proof} - {HASH_SIZE}:
            raise Malformed(
                "these are not the hashes of a proof",
                where="receipt",
                expected=f"at most {PROOF_HASHES_MAX} of {HASH_SIZE} bytes",
            )
        parse_checkpoint(self.checkpoint.text)
        if self.extra == b"":
            raise Malformed(
                "the extra data is empty", where="receipt", expected="None, or at least a byte"
            )

    def encode(self) -> str:
        """
        Return the receipt as it is stored, in a file of the extension ``.tlog-proof``.
        """
        lines = [
            _HEADER,
            *([] if self.extra is None else [f"{_EXTRA}{encode_octets(self.extra)}"]),
            f"{_INDEX}{self.index:d}",
            *map(encode_octets, self.proof),
        ]
        return "".join(f"{line}\n" for line in (*lines, "")) + self.checkpoint.encode()


def parse_receipt(text: str | bytes) -> Receipt:
    """
    Return the receipt that is written exactly so; nothing of it is checked.

    Args:
        text: The receipt, with its last newline.

    Raises:
        Malformed: It is not a receipt, or not the one spelling of it.
    """
    head, separator, checkpoint = parse_text(text, RECEIPT_SIZE_MAX, "receipt").partition("\n\n")
    header, *lines = head.split("\n")
    extra = None
    if lines and lines[0].startswith(_EXTRA):
        extra = parse_octets(lines.pop(0).removeprefix(_EXTRA), "receipt extra")
    if not separator or header != _HEADER or not lines or not lines[0].startswith(_INDEX):
        raise Malformed(
            "this is not a receipt",
            where="receipt",
            expected=f"{_HEADER!r}, perhaps extra data, an index, hashes, an empty line"
            " and a checkpoint",
        )
    index, *hashes = lines
    if len(hashes) > PROOF_HASHES_MAX:
        raise Malformed(
            f"{len(hashes)} hashes are too many",
            where="receipt",
            expected=f"at most {PROOF_HASHES_MAX}",
        )
    proof = (
        parse_hash(one, HASH_SIZE, f"receipt hash {number}")
        for number, one in enumerate(hashes, start=1)
    )
    return Receipt(
        parse_count(index.removeprefix(_INDEX), "receipt index"),
        tuple(proof),
        parse_note(checkpoint),
        extra,
    )


def check_receipt(
    receipt: Receipt,
    record: bytes,
    policy: TrustPolicy,
    origin: str,
    verify_mldsa: MLDSAVerifier | None = None,
) -> Vouched:
    """
    Check that a log which the policy trusts holds the entry where the receipt says.

    Args:
        receipt: The receipt.

        record: The entry's bytes, from elsewhere.

        policy: Whom the auditor trusts.

        origin: The log that is asked about, from the auditor too.

        verify_mldsa: Checks ML-DSA-44; without it such keys vouch for nothing.

    Returns:
        The checkpoint, and who vouches for it.

    Raises:
        Malformed, Tampered, Unvouched: As `check_note` and `check_inclusion`.
    """
    vouched = check_note(policy, origin, receipt.checkpoint, verify_mldsa)
    check_inclusion(vouched.checkpoint, receipt.index, record_hash(record), receipt.proof)
    return vouched
