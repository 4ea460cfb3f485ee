"""
The commands of the front door about the keys that sign what the ledger is.
"""

from typing import Unpack

from ledger.book.doing import Doing, Surroundings
from ledger.moderation.commands import keys as about_keys


class Signing(Doing):
    """
    What can be asked to be put on record about signing keys. Private keys are not asked for.
    """

    def rotate_key(
        self,
        new: str,
        *,
        reason: str,
        old: str | None = None,
        from_size: int | None = None,
        by: str = "system",
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Put on record that a key signs from here on, and return it.

        Args:
            new: The key as `ledger key show` prints it.

            old: The key whose place it takes; None for the first one. Both sign for a while.

            from_size: The first size of the signed log that it may sign; the first one that
                includes this entry if omitted.
        """
        return self._do(
            about_keys.RotateKey,
            new=new,
            old=old,
            from_size=from_size,
            by=by,
            reason=reason,
            **surroundings,
        )

    def revoke_key(
        self,
        key: str,
        *,
        reason: str,
        last_size: int | None = None,
        by: str = "system",
        **surroundings: Unpack[Surroundings],
    ) -> str:
        """
        Put on record that a key counts no more, and return it; no checkpoint is signed with it.

        Args:
            key: The key as `ledger key show` prints it.

            last_size: The last size of the signed log of which its signature counts, where what it
                signed before is in doubt.
        """
        return self._do(
            about_keys.RevokeKey,
            key=key,
            last_size=last_size,
            by=by,
            reason=reason,
            **surroundings,
        )
