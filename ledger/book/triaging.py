"""
The questions of those who sort what comes in, and of those who look after how it was sorted.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from ledger.book.asking import Time
from ledger.book.revealing import Revealing, revealed
from ledger.forensics.comparison import Compared, Comparison, comparison_of
from ledger.forensics.triage import (
    PendingAnswer,
    ReportAnswer,
    StrikesAnswer,
    pending_of,
    report_of,
    strikes_of,
)
from ledger.moderation.claims import REPORT
from ledger.moderation.identity import account_stream, identifier, identifier_or_none
from ledger.moderation.moment import moment_or_none
from ledger.moderation.rulebook import Rulebook
from ledger.store.cuts import KnownAt
from ledger.store.reader import Reader


class Triaging(Revealing):
    """
    What can be asked about reports, about what is pending, and about equal treatment.

    Raises:
        NotFound: When a report is not on record, an operator is not enrolled, or an account has no
            entry.

        Malformed: When *known_at* is later than now, or an argument has the wrong shape.
    """

    _reader: Reader
    _rulebook: Rulebook
    _now: Callable[[], datetime]

    @revealed
    def report(self, report: str, at: Time | None = None, known_at: KnownAt = None) -> ReportAnswer:
        """
        Return where a report stood at a moment, in whose queue, and what was done because of it.

        Args:
            at: The moment that is asked about; None is now.
        """
        now = self._now()
        asked = moment_or_none(at, "at")
        stream = self._reader.stream_of([REPORT], identifier(report, "report"))
        with self._reader.question(known_at, now, stream and [stream]) as question:
            # A clock that was set back must not hide what was just recorded.
            asked_at = asked or max(now, question.cut.known_at)
            return report_of(self._reader, question, stream, report, asked_at)

    @revealed
    def pending(
        self, *, operator: str | None = None, at: Time | None = None, known_at: KnownAt = None
    ) -> PendingAnswer:
        """
        Return the requests and deferred acts that were pending at a moment, and what each lacked.

        Args:
            operator: Only what he answered for; without it everybody's.

            at: The moment that is asked about; None is now.
        """
        now = self._now()
        asked = moment_or_none(at, "at")
        keeper = identifier_or_none(operator, "operator")
        with self._reader.question(known_at, now) as question:
            asked_at = asked or max(now, question.cut.known_at)
            return pending_of(self._reader, question, self._rulebook, keeper, asked_at)

    @revealed
    def strikes(
        self, account: str, at: Time | None = None, known_at: KnownAt = None
    ) -> StrikesAnswer:
        """
        Return the strikes against an account that were in force at a moment.

        Args:
            at: The moment that is asked about; None is now.
        """
        now = self._now()
        asked = moment_or_none(at, "at")
        stream = account_stream(identifier(account, "account"))
        with self._reader.question(known_at, now, [stream]) as question:
            asked_at = asked or max(now, question.cut.known_at)
            return strikes_of(self._reader, question, account, asked_at)

    @revealed
    def compare(
        self,
        accounts: Iterable[str],
        *,
        since: Time | None = None,
        until: Time | None = None,
        known_at: KnownAt = None,
    ) -> Comparison:
        """
        Return how two accounts or more were treated, act by act, and in what they were treated
        differently.

        Args:
            since, until: The half-open window in which the acts took effect.

        Raises:
            Malformed: When fewer than two accounts are given.
        """
        compared = Compared(accounts, since, until)
        now = self._now()
        with self._reader.question(known_at, now) as question:
            asked_at = max(now, question.cut.known_at)
            return comparison_of(self._reader, question, compared, asked_at)
