"""
Who vouches for a ledger: its notary signs what it is, and witnesses cosign that.
"""

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs

from ledger.proofs.note import Note
from ledger.proofs.roots import signed_origin
from ledger.store.database import Database
from ledger.store.settings import Settings

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
    """

    note: Note
    began: bool


class Notarising:
    """
    What can be asked of the ledger's notary. It takes the extra `sign`.
    """

    settings: Settings
    _database: Database
    _now: Callable[[], datetime]

    @property
    def signed_origin(self) -> str:
        """
        Return the name of the log whose checkpoint is signed, and so of the keys that sign it.
        """
        return signed_origin(self.settings.origin, self.settings.logs)

    def checkpoint(self, *, keys: Iterable[str | Path] = (), state: str | Path = STATE) -> Vouched:
        """
        Sign what the ledger is now, and return the note.

        All that was recorded since the last time is read, and its tree computed from its bytes.

        Args:
            keys: Files of private keys that sign; those in ``$LEDGER_SIGNING_KEY`` if omitted.

            state: The file that the notary remembers by what it has signed; not beside the
                database, where whoever can change that could change this.

        Raises:
            Tampered: When the ledger does not go on from what was signed before; nothing is signed.

            Malformed: When a key cannot be read by its owner alone, or is that of another log.

            Unavailable: When another notary has the state, or `cryptography` is missing.
        """
        from ledger.notary.keys import keys_of  # noqa: PLC0415, it takes an extra
        from ledger.notary.notary import Notary  # noqa: PLC0415

        signing = keys_of(map(Path, keys), os.environ)
        origin, logs = self.settings.origin, self.settings.logs
        with Notary(Path(state), origin, logs, signing, self._now) as notary:
            note = notary.sign(self._database)
            return Vouched(note, notary.is_new)
