"""
How long streams are, as far as it was seen: what is in force on a long account is looked for in its
buckets, since to look at all that is on record of it would take longer.
"""

from typing import Final

from ledger.moderation.identity import account_stream, log_of_stream
from ledger.store.database import Connection
from ledger.store.schema import SINCE
from ledger.store.search import Filters
from ledger.store.settings import Settings
from ledger.timeline.cut import Cut

# In entries. There are as many buckets on every account: below this they take longer.
LONG: Final = 2000


class Lengths:
    """
    Which streams were seen to be long.
    """

    def __init__(self, settings: Settings) -> None:
        self._logs = settings.logs
        self._has_buckets = settings.format >= SINCE["restrictions_bucket"]
        # What is long stays so.
        self._long: set[str] = set()

    def first(self, connection: Connection, stream: str) -> int | None:
        """
        Return the position of the first entry of *stream*, None when it has none; and take note of
        whether it is long, which costs no statement of its own.
        """
        rows = connection.execute(
            "SELECT position FROM entries WHERE log = ? AND stream = ? AND version IN (1, ?)"
            " ORDER BY version",
            (log_of_stream(stream, self._logs), stream, LONG),
        ).fetchall()
        if len(rows) > 1 and self._has_buckets:
            self._long.add(stream)
        return int(rows[0][0]) if rows else None

    def position(self, asked: Filters, cut: Cut) -> int | None:
        """
        Return the last position at *cut* of the log of the account whose buckets are to be looked
        through for what *asked* asks for; None where none are.
        """
        if asked.account is None or asked.in_force_at is None:
            return None
        stream = account_stream(asked.account)
        return cut.positions[log_of_stream(stream, self._logs)] if stream in self._long else None
