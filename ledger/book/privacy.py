"""
What is in force about personal data.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from ledger.book.revealing import Revealing, revealed
from ledger.forensics.privacy import PrivacyAnswer, privacy_of
from ledger.moderation.privacy import PRIVACY_STREAM
from ledger.store.cuts import KnownAt
from ledger.store.reader import Reader

_ANY_TIME: Final = datetime.max.replace(tzinfo=UTC)


class Guarding(Revealing):
    """
    What can be asked about personal data itself.
    """

    _reader: Reader
    _now: Callable[[], datetime]

    @revealed
    def privacy(self, known_at: KnownAt = None) -> PrivacyAnswer:
        """
        Return the legal holds and retention rules that are in force, what is hidden from whom, and
        who was erased.

        Raises:
            Malformed: When *known_at* is later than now.
        """
        return self._guarded(known_at)

    def _guarded(self, known_at: KnownAt = None) -> PrivacyAnswer:
        # What is committed is so by any clock, a wrong one too.
        now = _ANY_TIME if known_at is None else self._now()
        with self._reader.question(known_at, now, [PRIVACY_STREAM]) as question:
            return privacy_of(self._reader, question)
