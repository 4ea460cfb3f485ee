"""
The questions of the front door: one method a question, no logic of its own.

Every question takes *known_at*: a moment, or a cut of an earlier answer. Without it the answer
rests on all that is committed, and says which moment that is.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ledger.book.revealing import Revealing, revealed
from ledger.errors import Malformed, NotFound
from ledger.forensics.authority import AuthorityAnswer, OperatorAnswer, authority_of
from ledger.forensics.who import Answers, answers
from ledger.forensics.witnesses import Witnesses, assert_known, no_account, no_operator
from ledger.moderation.claims import ACTION
from ledger.moderation.cursor import parse_cursor
from ledger.moderation.entry import Entry
from ledger.moderation.identity import account_stream, identifier, operator_stream
from ledger.moderation.moment import moment
from ledger.moderation.operator import authority
from ledger.moderation.vocabulary import Vocabulary
from ledger.store.cuts import KnownAt
from ledger.store.reader import Question, Reader
from ledger.store.search import Filters, filters
from ledger.timeline.dossier import Dossier, dossier_of
from ledger.timeline.occurrences import Occurrence, occurrences
from ledger.timeline.restrictions import Restriction
from ledger.timeline.standing import Standing, standing

Time = datetime | str
Lasting = str | timedelta | tuple[str | timedelta, str | timedelta | None]
Window = str | tuple[Time, Time]


class Asking(Revealing):
    """
    What can be asked.

    Raises:
        NotFound: When a question is about an account without entries or an unknown operator.

        Malformed: When *known_at* is later than now, or an argument has the wrong shape.
    """

    _reader: Reader
    _measures: Vocabulary
    _now: Callable[[], datetime]

    @revealed
    def standing(self, account: str, at: Time | None = None, known_at: KnownAt = None) -> Standing:
        """
        Return where an account stands at a moment, and the restrictions in force then.

        Args:
            at: The moment that is asked about; None is now.
        """
        now = self._now()
        asked = None if at is None else moment(at, "at")
        stream = account_stream(identifier(account, "account"))
        seen = self._reader.in_force(account, asked, known_at, now)
        if seen is not None:
            return standing(account, seen.in_force, seen.at, seen.cut)
        with self._reader.question(known_at, now, [stream]) as question:
            self._assert_account(question, account)
            # A clock that was set back must not hide what was just recorded.
            asked_at = asked or max(now, question.cut.known_at)
            in_force = self._reader.restrictions(
                question, filters(account=account, in_force_at=asked_at)
            )
            return standing(account, in_force, asked_at, question.cut)

    @revealed
    def account(self, account: str, known_at: KnownAt = None) -> Dossier:
        """
        Return all that is on record of an account: reports, actions, restrictions, findings.
        """
        now = self._now()
        stream = account_stream(identifier(account, "account"))
        seen = self._reader.short_history(account, known_at, now)
        if seen is not None:
            history, cut = seen
            return dossier_of(history, now, cut)
        with self._reader.question(known_at, now, [stream]) as question:
            self._assert_account(question, account)
            return dossier_of(self._reader.history(question, account), now, question.cut)

    @revealed
    def timeline(self, account: str, known_at: KnownAt = None) -> list[Occurrence]:
        """
        Return the entries of an account in order, and between them what follows from them.
        """
        stream = account_stream(identifier(account, "account"))
        with self._reader.question(known_at, self._now(), [stream]) as question:
            self._assert_account(question, account)
            return occurrences(account, self._reader.entries(question, stream=stream))

    @revealed
    def restrictions(
        self,
        *,
        account: str | None = None,
        measure: str | None = None,
        opened_by: str | None = None,
        closed_by: str | None = None,
        ended_by: str | None = None,
        lasting: Lasting | None = None,
        during: Window | None = None,
        in_force_at: Time | None = None,
        known_at: KnownAt = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Restriction]:
        """
        Return the restrictions for which everything that is given holds, by (from, log, position).

        Args:
            ended_by: ``reversal``, ``superseded``, ``expiry``, or ``open`` for no end.

            lasting: ``11m..12m`` or a pair: at least the first and less than the second; ``11m``
                is the whole minute.

            during: A window that it overlaps.

            after: The cursor of an earlier restriction (`Restriction.cursor`).
        """
        asked = filters(
            account=account,
            measure=measure,
            opened_by=opened_by,
            closed_by=closed_by,
            ended_by=ended_by,
            lasting=lasting,
            during=during,
            in_force_at=in_force_at,
            after=after,
            limit=limit,
        )
        streams = _streams(asked)

        def read(question: Question) -> Iterator[Restriction]:
            assert_known(self._reader, question, asked, self._measures)
            return self._reader.restrictions(question, asked)

        return self._reader.streamed(known_at, self._now(), streams, read)

    @revealed
    def count_restrictions(
        self,
        *,
        account: str | None = None,
        measure: str | None = None,
        opened_by: str | None = None,
        closed_by: str | None = None,
        ended_by: str | None = None,
        lasting: Lasting | None = None,
        during: Window | None = None,
        in_force_at: Time | None = None,
        known_at: KnownAt = None,
    ) -> int:
        """
        Return how many restrictions `restrictions` would return.
        """
        asked = filters(
            account=account,
            measure=measure,
            opened_by=opened_by,
            closed_by=closed_by,
            ended_by=ended_by,
            lasting=lasting,
            during=during,
            in_force_at=in_force_at,
        )
        with self._reader.question(known_at, self._now(), _streams(asked)) as question:
            assert_known(self._reader, question, asked, self._measures)
            return self._reader.count_restrictions(question, asked)

    @revealed
    def who(
        self,
        account: str,
        *,
        measure: str | None = None,
        at: Time | None = None,
        lasting: Lasting | None = None,
        during: Window | None = None,
        known_at: KnownAt = None,
    ) -> Answers:
        """
        Return who put an account under each matching restriction, why, with what right, and who
        ended it.

        Args:
            at: A moment at which it is in force.
        """
        now = self._now()
        identifier(account, "account")
        asked = filters(
            account=account, measure=measure, in_force_at=at, lasting=lasting, during=during
        )
        with self._reader.question(known_at, now) as question:
            assert_known(self._reader, question, asked, self._measures)
            found = answers(self._reader, question, account, asked)
            return Answers(found, asked.in_force_at or now, question.cut)

    @revealed
    def operator(
        self, operator: str, at: Time | None = None, known_at: KnownAt = None
    ) -> OperatorAnswer:
        """
        Return an operator's roles, contract, leaving time and bars at a moment.
        """
        now = self._now()
        asked = None if at is None else moment(at, "at")
        stream = operator_stream(identifier(operator, "operator"))
        with self._reader.question(known_at, now, [stream]) as question:
            known = Witnesses(self._reader, question).operator(operator)
            if known.kind is None:
                raise no_operator(self._reader, question, operator)
            asked_at = asked or max(now, question.cut.known_at)
            return OperatorAnswer(
                operator=operator,
                kind=known.kind,
                name=known.name,
                account=known.account,
                imported=known.imported,
                at=asked_at,
                cut=question.cut,
                authority=authority(known, asked_at),
                spans=tuple(known.spans),
            )

    @revealed
    def authority(self, action: str, known_at: KnownAt = None) -> AuthorityAnswer:
        """
        Return what was permitted at the request, the act and the effect of an action.
        """
        now = self._now()
        stream = self._reader.stream_of([ACTION], identifier(action, "action"))
        with self._reader.question(known_at, now) as question:
            found = stream and authority_of(
                self._reader, question, stream.partition("/")[2], action, now
            )
        if not found:
            raise NotFound(
                f"there is no action {action!r}",
                where="action",
                expected="the id of an action that was on record then",
            )
        return found

    @revealed
    def entries(
        self,
        *,
        account: str | None = None,
        stream: str | None = None,
        after: str | None = None,
        known_at: KnownAt = None,
    ) -> Iterator[Entry]:
        """
        Return entries in stored order; several logs are merged by (recorded_at, log, position).

        Args:
            account: Only those of an account; or *stream*: only those of a stream.

            after: Only those behind the cursor of an earlier entry (`Entry.cursor`).

        Raises:
            Malformed: When what is asked for cannot be an account, a stream or a cursor.
        """
        if account is not None and stream is not None:
            raise Malformed(
                "account and stream are both given", where="stream", expected="one of them"
            )
        wanted = None if stream is None else _stream(stream)
        if account is not None:
            wanted = account_stream(identifier(account, "account"))
        seen = None if after is None else parse_cursor(after, "after")

        def read(question: Question) -> Iterator[Entry]:
            if account is not None:
                self._assert_account(question, account)
            return self._reader.entries(question, stream=wanted, after=seen)

        streams = None if wanted is None else [wanted]
        return self._reader.streamed(known_at, self._now(), streams, read)

    def _assert_account(self, question: Question, account: str) -> None:
        if not self._reader.exists(question, account_stream(account)):
            raise no_account(self._reader, question, account)


def _stream(value: object) -> str:
    """
    Return *value* when it may be the name of a stream.
    """
    if not isinstance(value, str) or not value:
        return identifier(value, "stream")
    # An id may be as long as one may be, whatever stands before it.
    for part in filter(None, value.partition("/")):
        identifier(part, "stream")
    return value


def _streams(asked: Filters) -> list[str] | None:
    """
    Return the streams that a question about restrictions reads; None when it reads every log.

    Whether an operator is enrolled is asked at the same cut.
    """
    if asked.account is None:
        return None
    operators = [name for name in (asked.opened_by, asked.closed_by) if name is not None]
    return [account_stream(asked.account), *map(operator_stream, operators)]
