"""
The review of the front door, no logic of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from ledger.book.asking import Time
from ledger.book.revealing import Revealing, revealed
from ledger.forensics.checks import BUILT_IN, Check
from ledger.forensics.conduct import ConductCheck
from ledger.forensics.review import ReviewFinding, assignment, reviewed
from ledger.store.cuts import KnownAt
from ledger.store.reader import Question, Reader


class Reviewing(Revealing):
    """
    What can be looked through.
    """

    _reader: Reader
    _now: Callable[[], datetime]
    _checks: Sequence[Check | ConductCheck] = BUILT_IN

    @revealed
    def review(
        self,
        *,
        since: Time | None = None,
        until: Time | None = None,
        checks: Iterable[str] | None = None,
        known_at: KnownAt = None,
    ) -> Iterator[ReviewFinding]:
        """
        Return the acts that deserve a second look, each with why, by (effective time, log,
        position).

        Args:
            since, until: Only acts that take effect in this half-open window.

            checks: The names of those to run, such as ``self-reversal``; all if omitted.

        Raises:
            Malformed: When a check is unknown, *known_at* is later than now, or the window is
                empty.
        """
        asked = assignment(self._checks, checks=checks, since=since, until=until)

        def read(question: Question) -> Iterator[ReviewFinding]:
            return reviewed(self._reader, question, asked)

        return self._reader.streamed(known_at, self._now(), None, read)
