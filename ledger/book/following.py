"""
Following the ledger: its entries as they come.
"""

from ledger.store.database import Database
from ledger.store.follow import Follower
from ledger.store.settings import Settings


class Following:
    """
    What can follow its ledger.
    """

    _database: Database
    settings: Settings

    def follow(
        self, after: str | None = None, *, once: bool = False, look_seconds: float | None = None
    ) -> Follower:
        """
        Return the entries behind a cursor in the order of each log, and wait for more.

        Each is given out once, and none is left out, whichever process recorded it. The follower
        knows the cursor to go on from (`Follower.cursor`), can be stopped from any thread, and is
        a context manager. Of several logs only the order within each is promised.

        Args:
            after: `Follower.cursor` of an earlier one; in a ledger with one log `Entry.cursor` is
                as good. None for the beginning.

            once: Whether it ends behind what is committed now, instead of waiting.

            look_seconds: How often it looks for more: 0.02 where it is None, and 0.1 where the
                ledger is on a server.

        Raises:
            Malformed: When *after* is no cursor of this ledger, or *look_seconds* no time to wait.
        """
        return Follower(
            self._database, self.settings.logs, after, once=once, look_seconds=look_seconds
        )
