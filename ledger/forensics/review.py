"""
The review of a ledger: every act on every account is looked at by every check.

Acts are read in stored order, each beside its restriction. Only an account of which more is on
record (a correction, a protection, an act that was withdrawn or handed over) is folded, one at a
time, and each operator once. What is kept of an act is a few numbers, for the checks that look at
all acts of an operator, and of a finding its own row, since they are listed in the order of time.
"""

import difflib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, overload

import attrs

from ledger.errors import Malformed
from ledger.forensics.checks import Case, Check, Overtaken
from ledger.forensics.conduct import Conduct, ConductCheck, Deed, Remark
from ledger.forensics.witnesses import Witnesses
from ledger.moderation.account import Account
from ledger.moderation.cursor import Place
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.identity import identifiers
from ledger.moderation.moment import MICROSECOND, assert_window, moment, moment_or_none, within
from ledger.moderation.operator import Operator, terms
from ledger.moderation.vocabulary import RANK, Effect, Severity
from ledger.store.acts import accounts_beyond, acts
from ledger.store.reader import Question, Reader
from ledger.store.search import filters
from ledger.timeline.restrictions import History, Restriction

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOCKED: Final = RANK[Effect.LOCKED]
# What can be on record of an account while the entry of an act and its restriction tell all that
# there is to tell of the act. Where anything else is, the account is folded.
_PLAIN: Final = (
    "account.action_amended",
    "account.action_reversed",
    "account.action_taken",
    "account.act_requested",
    "account.anomaly_recorded",
    "account.appeal_decided",
    "account.appeal_filed",
    "account.command_refused",
    "account.finding_asserted",
    "account.finding_retracted",
    "account.finding_revised",
    "account.noted",
    "account.notified",
    "account.report_assigned",
    "account.report_filed",
    "account.report_reopened",
    "account.report_resolved",
    "account.request_approved",
    "account.reversal_withdrawn",
)
# How many numbers are kept of an act, and where among them those stand that it is sorted by.
_NUMBERS: Final = 6
_ACTED, _LOG, _POSITION = 0, 2, 3


class ReviewFinding(NamedTuple):
    """
    What a check found; in this order findings are listed.

    Args:
        at: The effective time of the action, as corrected.

        log, position: Where the entry stands that took it.

        operator: Who took it, as corrected.

        imported: Whether what it rests on came from a source's history.
    """

    at: datetime
    log: int
    position: int
    check: str
    severity: Severity
    operator: str
    account: str
    action: str
    why: str
    imported: bool = False

    @property
    def recorded_by(self) -> str:
        """
        Return ``source`` when it rests on imported entries, else ``ledger``.
        """
        return "source" if self.imported else "ledger"


@attrs.frozen
class Assignment:
    """
    What a review looks for.

    Args:
        cases, conducts: The checks of one act, and those of all acts of an operator.

        since, until: The half-open window of the effective time; None is open.
    """

    cases: tuple[Check, ...]
    conducts: tuple[ConductCheck, ...]
    since: datetime | None
    until: datetime | None

    def covers(self, at: datetime) -> bool:
        """
        Return whether *at* lies in the window.
        """
        return within(at, self.since, self.until)


def assignment(
    known: Sequence[Check | ConductCheck],
    *,
    checks: Iterable[str] | None = None,
    since: datetime | str | None = None,
    until: datetime | str | None = None,
) -> Assignment:
    """
    Return what to look for.

    Args:
        known: All checks that there are.

        checks: The names of those that are asked for; None for all.

    Raises:
        Malformed: When a check is unknown, which names the closest one; when a time is none; when
            the window is empty.
    """
    by_name = {check.name: check for check in known}
    chosen = []
    for name in by_name if checks is None else identifiers(checks, "checks"):
        if name not in by_name:
            (closest,) = difflib.get_close_matches(name, by_name, n=1, cutoff=0)
            raise Malformed(
                f"there is no check {name!r}; the closest is {closest!r}",
                where="checks",
                expected="one of " + ", ".join(by_name),
            )
        chosen.append(by_name[name])
    from_, before = moment_or_none(since, "since"), moment_or_none(until, "until")
    assert_window(from_, before)
    return Assignment(
        cases=tuple(check for check in chosen if isinstance(check, Check)),
        conducts=tuple(check for check in chosen if isinstance(check, ConductCheck)),
        since=from_,
        until=before,
    )


def reviewed(reader: Reader, question: Question, asked: Assignment) -> Iterator[ReviewFinding]:
    """
    Return what *asked* finds at the cut, by (at, log, position, check).
    """
    examination = _Examination(reader, question, asked)
    more = accounts_beyond(question, _PLAIN)
    for entry, restriction in acts(question):
        if entry.stream not in more:
            examination.look_at(entry, restriction)
    for stream in sorted(more):
        history = History(Account(stream.partition("/")[2]))
        for entry in reader.entries(question, stream=stream):
            history.take(entry)
        for action in history.account.actions.values():
            known = history.current.get(action.action)
            examination.look_at(action.entry, known, history.account)
    examination.look_at_conducts()
    return examination.findings()


@attrs.define
class _Actor:
    """
    An operator who acted.

    Args:
        own: What his own account was ever put under that locks it or worse.
    """

    operator: Operator
    own: tuple[Restriction, ...]
    deeds: "_Deeds"


class _Examination:
    """
    What was found so far.
    """

    def __init__(self, reader: Reader, question: Question, asked: Assignment) -> None:
        self._reader = reader
        self._question = question
        self._asked = asked
        self._witnesses = Witnesses(reader, question)
        self._actors: dict[str, _Actor] = {}
        self._closers = _Names()
        self._versions: dict[str, list[Place]] = {}
        self._overtaken: dict[tuple[str, ...], tuple[Overtaken, ...]] = {(): ()}
        # The fields of findings as plain tuples of plain values, which are small, and which the
        # garbage collector leaves alone.
        self._rows: list[tuple[Any, ...]] = []

    def look_at(
        self, entry: Entry, restriction: Restriction | None, account: Account | None = None
    ) -> None:
        """
        Let every check of one act look at the act that *entry* took, and keep what the other
        checks need of it.

        Args:
            account: Folded, where more is on record of the act than its entry and its restriction
                tell.
        """
        taken = entry.event
        assert isinstance(taken, ActionTaken)
        action = None if account is None else account.actions[taken.action]
        name = entry.operator if action is None else action.operator
        effective_at = entry.took_effect_at if action is None else action.effective_at
        acted_at = min(entry.recorded_at, effective_at)
        actor = self._actors.get(name) or self._met(name)
        if self._asked.conducts:
            actor.deeds.add(acted_at, effective_at, entry, restriction)
        if not self._asked.cases or not self._asked.covers(effective_at):
            return
        then = terms(actor.operator, acted_at)
        overtaken = self._overtaken.get(taken.relied_on)
        case = Case(
            entry.stream.partition("/")[2],
            taken,
            entry,
            actor.operator,
            effective_at,
            acted_at,
            restriction,
            then,
            then if effective_at == acted_at else terms(actor.operator, effective_at),
            actor.operator if action is None else self._witnesses.operator(action.keeper),
            None if account is None else account.protection(acted_at),
            None if action is None else action.withdrawn,
            None if action is None else action.override_review,
            actor.own,
            self._behind(taken.relied_on) if overtaken is None else overtaken,
        )
        for check in self._asked.cases:
            if (why := check.function(case)) is not None:
                self._found(case, check, why)

    def _found(self, case: Case, check: Check, why: str) -> None:
        entry, restriction = case.entry, case.restriction
        imported = entry.import_id is not None
        self._rows.append(
            (
                case.effective_at,
                entry.log,
                entry.position,
                check.name,
                str(check.severity_of(case)),
                case.operator.operator,
                case.account,
                case.taken.action,
                why,
                imported if restriction is None else restriction.imported,
            )
        )

    def _met(self, name: str) -> _Actor:
        operator = self._witnesses.operator(name)
        own: tuple[Restriction, ...] = ()
        if operator.account is not None:
            known = self._reader.restrictions(self._question, filters(account=operator.account))
            own = tuple(one for one in known if RANK[one.effect or Effect.ACTIVE] >= _LOCKED)
        actor = self._actors[name] = _Actor(operator, own, _Deeds(self._closers))
        return actor

    def _behind(self, relied_on: tuple[str, ...]) -> tuple[Overtaken, ...]:
        """
        Return the versions in *relied_on* that are not the last of their stream.
        """
        found = []
        for read in relied_on:
            stream, _, number = read.rpartition("@")
            version = int(number)
            places = self._versions.get(stream)
            if places is None:
                rows = self._reader.rows(
                    self._question, "recorded_at, log, position", stream=stream
                )
                places = self._versions[stream] = [Place(*row) for row in rows]
            if version < len(places):
                time, log, position = places[version]
                found.append(Overtaken(stream, version, moment(time, "entry"), log, position))
        self._overtaken[relied_on] = tuple(found)
        return self._overtaken[relied_on]

    def look_at_conducts(self) -> None:
        """
        Let every check of all acts of an operator look at each operator who acted.
        """
        ends = [
            self._reader.entry(self._question, log, position).recorded_at
            for log, position in self._question.cut.positions.items()
            if position
        ]
        for actor in self._actors.values() if self._asked.conducts else ():
            actor.deeds.sort()
            conduct = Conduct(actor.operator, actor.deeds, max(ends))
            for check in self._asked.conducts:
                for remark in check.function(conduct):
                    if self._asked.covers(remark.deed.at):
                        self._remark(check, actor.operator.operator, remark)

    def _remark(self, check: ConductCheck, operator: str, remark: Remark) -> None:
        deed = remark.deed
        entry = self._reader.entry(self._question, deed.log, deed.position)
        assert isinstance(entry.event, ActionTaken)
        self._rows.append(
            (
                deed.at,
                deed.log,
                deed.position,
                check.name,
                str(check.severity),
                operator,
                entry.stream.partition("/")[2],
                entry.event.action,
                remark.why,
                entry.import_id is not None,
            )
        )

    def findings(self) -> Iterator[ReviewFinding]:
        """
        Return what was found, in order.
        """
        self._rows.sort()
        for at, log, position, check, severity, *others in self._rows:
            yield ReviewFinding(at, log, position, check, Severity(severity), *others)


class _Names:
    """
    Names by number, from 1 on.
    """

    def __init__(self) -> None:
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """
        Return the number of *name*, the next one when it is new.
        """
        known = self._numbers.get(name)
        if known is None:
            self._names.append(name)
            known = self._numbers[name] = len(self._names)
        return known

    def __getitem__(self, number: int) -> str:
        """
        Return the name of a number.
        """
        return self._names[number - 1]


class _Deeds(Sequence[Deed]):
    """
    The acts of one operator at 48 bytes each, which become deeds when they are looked at.

    Args:
        closers: Of all who ended acts of anybody.
    """

    def __init__(self, closers: _Names) -> None:
        self._closers = closers
        # When he acted, when it took effect, log, position, closer (or 0) and end of each in turn.
        self._numbers = array("q")
        self._order = array("q")

    def add(
        self,
        acted_at: datetime,
        effective_at: datetime,
        entry: Entry,
        restriction: Restriction | None,
    ) -> None:
        """
        Add an act, which stands in its place once all are sorted.
        """
        acted = at = (acted_at - _EPOCH) // MICROSECOND
        if effective_at != acted_at:
            at = (effective_at - _EPOCH) // MICROSECOND
        closer = until = 0
        if restriction is not None and restriction.closed_by is not None:
            assert restriction.until is not None
            closer = self._closers.number(restriction.closed_by)
            until = (restriction.until - _EPOCH) // MICROSECOND
        self._numbers.extend((acted, at, entry.log, entry.position, closer, until))

    def sort(self) -> None:
        """
        Put all that were added in order.
        """
        order = list(range(len(self._numbers) // _NUMBERS))
        # Sorting is stable, and keys that are numbers take less memory than triples.
        for key in (_POSITION, _LOG, _ACTED):
            order.sort(key=self._numbers[key::_NUMBERS].__getitem__)
        self._order = array("q", order)

    def __len__(self) -> int:
        """
        Return how many there are.
        """
        return len(self._order)

    @overload
    def __getitem__(self, index: int) -> Deed: ...

    @overload
    def __getitem__(self, index: slice) -> list[Deed]: ...

    def __getitem__(self, index: int | slice) -> Deed | list[Deed]:
        """
        Return one of them, or some.
        """
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        start = self._order[index] * _NUMBERS
        acted, at, log, position, closer, until = self._numbers[start : start + _NUMBERS]
        acted_at = _EPOCH + timedelta(microseconds=acted)
        return Deed(
            acted_at,
            acted_at if at == acted else _EPOCH + timedelta(microseconds=at),
            log,
            position,
            self._closers[closer] if closer else None,
            _EPOCH + timedelta(microseconds=until) if closer else None,
        )
