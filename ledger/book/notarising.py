"""
Who vouches for a ledger: its notary signs what it is, and witnesses cosign that.
"""

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from ledger.book import arguments
from ledger.errors import LedgerError, Malformed, Tampered, Unavailable
from ledger.moderation.keys import KEYS_STREAM
from ledger.moderation.keys import fold as fold_keys
from ledger.proofs.note import Note
from ledger.proofs.policy import TrustPolicy
from ledger.proofs.receipt import Receipt
from ledger.proofs.roots import signed_origin
from ledger.store.database import Database
from ledger.store.reader import Reader
from ledger.store.settings import Settings

if TYPE_CHECKING:
    from ledger.notary.keys import SigningKey
    from ledger.notary.notary import Notary

STATE: Final = "ledger.notary"
"""Where the notary keeps its state, if nothing else is said."""


@attrs.frozen
class Vouched:
    """
    The note that a notary has signed.

    Args:
        note: The checkpoint, the log's signatures and the cosignatures under it.

        began: Whether the notary had signed nothing before, and so read the ledger from its first
            entry on.

        receipt: Where the ledger has several logs: the note with what it states of each of them.

        witnesses: Who cosigned it, as the policy calls them.

        failed: Why other witnesses did not.

        stamped_at: When an authority of timestamps saw it, where one was asked.
    """

    note: Note
    began: bool
    receipt: Receipt | None = None
    witnesses: tuple[str, ...] = ()
    failed: tuple[LedgerError, ...] = ()
    stamped_at: datetime | None = None


class Notarising:
    """
    What can be asked of the ledger's notary. It takes the extra `sign`.
    """

    settings: Settings
    _database: Database
    _reader: Reader
    _now: Callable[[], datetime]

    @property
    def signed_origin(self) -> str:
        """
        Return the name of the log whose checkpoint is signed, and so of the keys that sign it.
        """
        return signed_origin(self.settings.origin, self.settings.logs)

    def checkpoint(
        self,
        *,
        keys: Iterable[str | Path] = (),
        state: str | Path = STATE,
        policy: TrustPolicy | None = None,
        witnesses: Iterable[str] = (),
        tsa: str | None = None,
        tsa_roots: bytes | None = None,
    ) -> Vouched:
        """
        Sign what the ledger is now, let witnesses cosign it, and return the note.

        All that was recorded since the last time is read, and its tree computed from its bytes.

        Args:
            keys: Files of private keys that sign; those in ``$LEDGER_SIGNING_KEY`` if omitted.

            state: The file that the notary remembers by what it has signed; not beside the
                database, where whoever can change that could change this.

            policy: Whom to trust: its witnesses that have a URL are asked, and its quorum must
                cosign.

            witnesses: Only those of the policy that are at these URLs.

            tsa: The URL of an authority that is asked for a timestamp (RFC 3161, the extra `tsa`),
                which is kept beside the state, as its name with the size and ``.tsr``.

            tsa_roots: The certificates, in PEM, that the timestamp must hold by.

        Raises:
            Tampered: When the ledger does not go on from what was signed before; nothing is signed.
                Or when too few witnesses cosign because one has seen another history.

            Malformed: When a key cannot be read by its owner alone, is revoked, or is that of
                another log.

            Unavailable: When another notary has the state, `cryptography` is missing, or too few
                witnesses answer: the note is signed and kept, and the next time they are asked
                again.
        """
        from ledger.notary.keys import keys_of  # noqa: PLC0415, it takes an extra
        from ledger.notary.notary import Notary  # noqa: PLC0415
        from ledger.notary.roots import receipt  # noqa: PLC0415

        signing = keys_of(arguments.paths(keys, "keys"), os.environ)
        self._assert_not_revoked(signing)
        urls = tuple(arguments.members(witnesses, "witnesses"))
        if policy is not None:
            arguments.given(policy, TrustPolicy, "policy", "what `parse_policy` returned")
        if urls and policy is None:
            raise Malformed(
                "a witness is trusted by its key alone",
                where="witness",
                expected="a policy with a line `witness NAME KEY URL`",
            )
        origin, logs = self.settings.origin, self.settings.logs
        with Notary(arguments.path(state, "state"), origin, logs, signing, self._now) as notary:
            note = notary.sign(self._database)
            vouched = Vouched(note, notary.is_new)
            if policy is not None:
                vouched = self._witnessed(notary, vouched, policy, urls)
            if tsa is not None:
                vouched = _stamped(notary.path, vouched, tsa, tsa_roots)
            return attrs.evolve(vouched, receipt=receipt(notary.path, notary.state))

    def _witnessed(
        self, notary: "Notary", vouched: Vouched, policy: TrustPolicy, urls: tuple[str, ...]
    ) -> Vouched:
        """
        Return *vouched* with the cosignatures of the witnesses of a policy.

        Raises:
            Tampered, Unavailable: When its quorum has not cosigned.
        """
        from ledger.notary.primitives import ml_dsa_44_holds  # noqa: PLC0415, it takes an extra
        from ledger.notary.submitting import places, posted  # noqa: PLC0415
        from ledger.proofs.note import signers  # noqa: PLC0415

        asked = notary.ask(places(policy, urls), self._database, self.settings.format, posted)
        cosigners = signers(asked.note, [one.key for one in policy.witnesses], ml_dsa_44_holds)
        seen = tuple(one.name for one in policy.witnesses if one.key in cosigners)
        if not policy.seen_by(seen):
            contradicting = [error for error in asked.failed if isinstance(error, Tampered)]
            if contradicting:
                raise contradicting[0]
            why = "; ".join(map(str, asked.failed)) or "no other witness has a URL"
            raise Unavailable(
                f"the checkpoint is signed and kept, but only {', '.join(seen) or 'no witness'}"
                f" cosigned it: {why}",
                where="witnesses",
                expected=f"the quorum {policy.quorum!r} of the policy; try again",
            )
        return attrs.evolve(vouched, note=asked.note, witnesses=seen, failed=asked.failed)

    def _assert_not_revoked(self, keys: "Iterable[SigningKey]") -> None:
        with self._reader.question(None, self._now(), [KEYS_STREAM]) as question:
            known = fold_keys(self._reader.entries(question, stream=KEYS_STREAM)).known
        for key in keys:
            found = known.get(str(key.verifier))
            if found is not None and found.revoked is not None:
                raise Malformed(
                    f"the key {key.name}+{key.verifier.key_id.hex()} was revoked by"
                    f" {found.revoked.operator!r}",
                    where="key",
                    expected="a key that is not revoked",
                )


def _stamped(state: Path, vouched: Vouched, url: str, pem: bytes | None) -> Vouched:
    from ledger.notary import timestamps  # noqa: PLC0415, it takes an extra
    from ledger.notary.submitting import posted  # noqa: PLC0415

    if pem is None:
        raise Malformed(
            "a timestamp is trusted by the certificate of its authority alone",
            where="tsa-roots",
            expected="the certificates of the authorities, in PEM",
        )
    arguments.given(pem, bytes, "tsa-roots", "certificates as bytes, in PEM")
    return attrs.evolve(vouched, stamped_at=timestamps.kept(state, vouched.note, url, pem, posted))
