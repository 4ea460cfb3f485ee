"""
A checkpoint: what a log was at one size, in three lines of text.

The text alone proves nothing: it is trusted when it is the text of a note whose signatures hold.

Source: C2SP tlog-checkpoint, "Note text".
"""

from dataclasses import dataclass

from ledger.errors import Malformed
from ledger.proofs.spelling import (
    COUNT_MAX,
    encode_octets,
    parse_count,
    parse_hash,
    parse_text,
)
from ledger.proofs.tree import EMPTY_ROOT, HASH_SIZE

CHECKPOINT_SIZE_MAX = 100_000
"""Bytes in a checkpoint's text; three lines are a few hundred."""

_LINES_MIN = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """
    What a log was at one size.

    Args:
        origin: The log's name for ever, such as ``ledger.example/audit``; not empty, one line.

        size: How many entries it had.

        root: Its root hash then, `HASH_SIZE` bytes; `EMPTY_ROOT` when it had none.

        extensions: Further lines, which mean nothing here; kept so that the text can be written
            again. The ledger writes none.

    Raises:
        Malformed: A field holds what the text could not say.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """
        Check that the text of this checkpoint would be read as this checkpoint.
        """
        for number, line in enumerate((self.origin, *self.extensions)):
            where = f"checkpoint extension {number}" if number else "checkpoint origin"
            parse_text(line, CHECKPOINT_SIZE_MAX, where)
            if not line or "\n" in line:
                raise Malformed(
                    f"{line[:80]!r} is not one line", where=where, expected="one line, not empty"
                )
        if not 0 <= self.size <= COUNT_MAX:
            raise Malformed(
                f"no log has {self.size} entries",
                where="checkpoint size",
                expected=f"0 to {COUNT_MAX}",
            )
        if len(self.root) != HASH_SIZE or (self.size == 0 and self.root != EMPTY_ROOT):
            raise Malformed(
                f"{self.root.hex()} is not the root of a log of {self.size} entries",
                where="checkpoint root",
                expected=f"{HASH_SIZE} bytes; of a log without entries {EMPTY_ROOT.hex()}",
            )

    def text(self) -> str:
        """
        Return the text that is signed: origin, size and root, each ended by a newline.
        """
        lines = (self.origin, f"{self.size:d}", encode_octets(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """
    Return the checkpoint whose text is exactly this.

    Args:
        text: The text of a note, with its last newline.

    Raises:
        Malformed: It is not a checkpoint, or not the one spelling of it.
    """
    lines = parse_text(text, CHECKPOINT_SIZE_MAX, "checkpoint").split("\n")
    if lines.pop() != "" or len(lines) < _LINES_MIN:
        raise Malformed(
            f"{len(lines)} lines are not a checkpoint",
            where="checkpoint",
            expected="origin, size and root, each on a line that ends in a newline",
        )
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin,
        parse_count(size, "checkpoint size"),
        parse_hash(root, HASH_SIZE, "checkpoint root"),
        tuple(extensions),
    )
