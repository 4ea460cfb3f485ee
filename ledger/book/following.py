"""
Following the ledger: its entries as they come.
"""

import threading

from typing_extensions import override

from ledger.book.revealing import Revealing
from ledger.errors import Malformed
from ledger.moderation.entry import Entry
from ledger.store.database import Database
from ledger.store.follow import Follower
from ledger.store.revealing import Revealer
from ledger.store.settings import Settings


class RevealedFollower(Follower):
    """
    The entries of a sealed ledger, revealed to who has the keys.
    """

    def __init__(
        self,
        revealer: Revealer,
        database: Database,
        logs: int,
        after: str | None,
        *,
        once: bool,
        look_seconds: float | None,
    ) -> None:
        super().__init__(database, logs, after, once=once, look_seconds=look_seconds)
        self._revealer = revealer

    @override
    def _shown(self, entry: Entry) -> Entry:
        return self._revealer.reveal(entry)


class Following(Revealing):
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
        _assert_short(look_seconds)
        logs, database = self.settings.logs, self._database
        revealer = self._shown("follow", {})
        if revealer is not None:
            return RevealedFollower(
                revealer, database, logs, after, once=once, look_seconds=look_seconds
            )
        return Follower(database, logs, after, once=once, look_seconds=look_seconds)


def _assert_short(look_seconds: float | None) -> None:
    """
    Raise when *look_seconds* is longer than a thread can wait.
    """
    if isinstance(look_seconds, int | float) and look_seconds > threading.TIMEOUT_MAX:
        raise Malformed(
            f"{look_seconds!r} is too long a time to wait",
            where="look_seconds",
            expected=f"seconds, at most {threading.TIMEOUT_MAX:.0f}",
        )
