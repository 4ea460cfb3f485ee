"""
Tallies: how many acts there were lately, for safeguards that limit a rate.

They are counted from the entries of all logs when a policy first asks, and kept up with what is
written from then on. With one log they are exact under its head; with several they know of what
others wrote to a log since then only once a transaction has taken its head (semantics, rule 18).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from ledger.moderation.codec import CODEC
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.moment import canonical
from ledger.moderation.rates import Rates
from ledger.moderation.safeguards import Policy
from ledger.store.database import Connection

_KIND: Final = "account.action_taken"


class Tallies:
    """
    The acts that count for the safeguards of one policy, by safeguard and operator.
    """

    def __init__(self) -> None:
        self._version = ""
        self._rates = Rates(())
        self._seen: dict[int, int] = {}

    def forget(self) -> None:
        """
        Drop all that was counted; it is counted again when a policy asks.
        """
        self._version = ""

    def catch_up(  # noqa: PLR0913, PLR0917, what was counted and what was not
        self,
        connection: Connection,
        policy: Policy,
        committed: Mapping[int, int],
        flushed: Mapping[int, int],
        now: datetime,
        staged: Sequence[Entry],
    ) -> None:
        """
        Count what *policy* asks for, as far as the logs of *committed* have come; all logs where
        the policy is a new one, with what this transaction has written.

        Args:
            committed: How many entries of the logs that are held are committed.

            flushed: How many there are with those that this transaction has written.

            staged: The acts behind them.
        """
        anew = policy.version != self._version
        sizes = committed
        if anew:
            self._version = policy.version
            self._rates = Rates(policy.rated)
            self._seen = {}
            sizes = {
                **dict(connection.execute("SELECT log, size FROM heads").fetchall()),
                **flushed,
            }
        since = now - max(each.rate.window for each in policy.rated if each.rate is not None)
        for log, size in sizes.items():
            if (seen := self._seen.get(log, 0)) < size:
                rows = connection.stream(
                    "SELECT position, body FROM entries WHERE log = ? AND recorded_at > ?"
                    " AND position > ? AND position <= ? AND kind = ?"
                    " ORDER BY recorded_at, position",
                    (log, canonical(since), seen, size, _KIND),
                )
                self._count(CODEC.decode_entry(body, at, _KIND) for at, body in rows)
            # What is written here is noted by `wrote`.
            self._seen[log] = committed.get(log, size)
        if anew:
            self._count(staged)

    def take(self, entry: Entry) -> None:
        """
        Count an act that is staged; `forget` follows where it is not written.
        """
        self._count((entry,))

    def wrote(self, log: int, before: int, size: int) -> None:
        """
        Take note that what was staged brought *log* from *before* to *size*.

        A transaction that no policy was asked in has not looked at what others wrote before it.
        """
        if self._seen.get(log, 0) == before:
            self._seen[log] = size
        elif size > before:
            self.forget()

    def within(self, operator: str, now: datetime) -> dict[str, int]:
        """
        Return, by safeguard, how many acts of *operator* there were in its time until *now*.
        """
        return self._rates.within(operator, now)

    def _count(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            event = entry.event
            assert isinstance(event, ActionTaken)
            self._rates.count(event.measure, event.tier, entry.operator, entry.recorded_at)
