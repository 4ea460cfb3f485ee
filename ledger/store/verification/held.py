"""
What an auditor holds from outside: checkpoints that a policy trusts, and when others saw them.

Of a ledger with one log it is the note. Of one with several it is a receipt, whose extra data is
the entry of the log of roots that states what every log was; the note in it vouches for that.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from ledger.errors import Malformed
from ledger.proofs.checkpoint import Checkpoint, parse_checkpoint
from ledger.proofs.note import MLDSAVerifier, Note, Unvouched, parse_note
from ledger.proofs.policy import TrustPolicy, check_note
from ledger.proofs.receipt import Receipt, check_receipt, parse_receipt
from ledger.proofs.roots import log_origin, parse_roots, roots_origin
from ledger.store.verification.brackets import Anchor

Evidence = Note | Receipt
_RECEIPT: Final = "c2sp.org/tlog-proof@v1\n"


@attrs.frozen
class Held:
    """
    What every log was, by someone whom the auditor trusts.

    Args:
        origin: The ledger's.

        checkpoints: Of each log, in their order.

        times: When each cosigner saw it, in seconds since 1970.
    """

    origin: str
    checkpoints: tuple[Checkpoint, ...]
    times: Mapping[str, int] = attrs.field(factory=dict)

    def anchors(self, log: int) -> Iterable[Anchor]:
        """
        Return when others saw a log.
        """
        if log >= len(self.checkpoints):
            return []
        size = self.checkpoints[log].size
        return [Anchor(size, seconds, by) for by, seconds in self.times.items()]


def parse_evidence(text: str | bytes) -> Evidence:
    """
    Return the note or the receipt that a text is; nothing of it is checked.

    Raises:
        Malformed: When it is neither.
    """
    if not isinstance(text, str | bytes):
        raise Malformed(
            f"{type(text).__name__} is neither a note nor a receipt",
            where="checkpoint",
            expected="its text or its bytes",
        )
    start = text[: len(_RECEIPT)]
    is_receipt = (start if isinstance(start, str) else start.decode("ascii", "replace")) == _RECEIPT
    return parse_receipt(text) if is_receipt else parse_note(text)


def trusted(
    evidence: Evidence, policy: TrustPolicy, verify_mldsa: MLDSAVerifier | None = None
) -> Held:
    """
    Return what *evidence* says, if the policy trusts it.

    Raises:
        Malformed: When it is no checkpoint of a ledger's log.

        Tampered: When a signature by a key that is trusted does not hold, or a proof does not.

        Unvouched: When too few of those who are trusted vouch for it.
    """
    note = evidence.checkpoint if isinstance(evidence, Receipt) else evidence
    signed = parse_checkpoint(note.text).origin
    if signed not in {key.name for key in policy.logs}:
        raise Unvouched(
            f"the policy knows no log {signed!r}",
            where="policy",
            expected="a line `log` with its key",
        )
    if isinstance(evidence, Note):
        vouched = check_note(policy, signed, note, verify_mldsa)
        origin = signed.rpartition("/")[0]
        if log_origin(origin, 0) != signed:
            raise Malformed(
                f"a note of {signed!r} does not say what a log was",
                where="checkpoint",
                expected=f"one of {log_origin('ORIGIN', 0)!r}; of a ledger with several logs, a"
                " receipt whose extra data is the entry of the log of roots",
            )
        return Held(origin, (vouched.checkpoint,), vouched.times)
    origin = signed.removesuffix("/roots")
    if roots_origin(origin) != signed or evidence.extra is None:
        raise Malformed(
            f"a receipt of {signed!r} does not say what logs were",
            where="checkpoint",
            expected=f"one of {roots_origin('ORIGIN')!r} with the entry as its extra data",
        )
    vouched = check_receipt(evidence, evidence.extra, policy, signed, verify_mldsa)
    return Held(origin, parse_roots(evidence.extra, origin), vouched.times)
