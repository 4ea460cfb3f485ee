"""
Actions as JSON Lines, both ways: files of lines in, and all commands on record out.

What one line names must be on record, or be given by a line before it, and no line is recorded
earlier than the one before it. Every line of every file is checked before the first step comes
out, so nothing is written when one of them is wrong.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, pairwise
from typing import Any, Final, NamedTuple, Self

from ledger.errors import Conflict, LedgerError, Malformed, NotFound
from ledger.exchange.action_line import (
    ActionLine,
    action_line,
    fields_of,
    is_told_before,
    line_of,
    may_recur,
    source_id_of,
)
from ledger.exchange.intake import Intake, Reading
from ledger.exchange.numbers import Numbers, number_of
from ledger.exchange.source_file import SourceFile
from ledger.exchange.spool import Spool
from ledger.moderation import claims
from ledger.moderation.account import Account, changed
from ledger.moderation.commands import UNCHANGED, Command
from ledger.moderation.commands.account import ActTerms, Amend, Correct, FileReport, ResolveReport
from ledger.moderation.commands.appeal import FileAppeal
from ledger.moderation.commands.operator import EnrolOperator, OffboardOperator
from ledger.moderation.commands.policy import AdoptPolicy
from ledger.moderation.commands.request import HandOver
from ledger.moderation.decisions import Situation, decide
from ledger.moderation.decisions.account import assert_repeats
from ledger.moderation.entry import Entry
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.identity import SYSTEM, account_stream
from ledger.moderation.moment import shortest
from ledger.moderation.operator import Operator, system_operator

_LINES_A_TIME: Final = 1000
# Of so many lines what they say is kept until they are recorded; where there are more, all are read
# a second time, for memory has no room for them.
KEPT_MAX: Final = 5_000

Name = tuple[str, str]


class _Line(NamedTuple):
    """
    A line as it is kept until it is recorded; lines are ordered as they came.
    """

    number: int
    file: int
    line: int
    source_id: str
    written: bytes


@contextmanager
def read_actions(files: Sequence[SourceFile], intake: Intake) -> Iterator[Reading]:
    """
    Give what *files* hold, one after the other.

    Raises:
        Malformed: When a line is no command of the past, or its time is earlier than the one of
            the line before it; and it is not to be skipped.

        NotFound: When it names what is neither on record nor given by a line before it.

        Conflict: When it gives an id that stands for something else already.

        Refused: When it is about the reserved operator.
    """
    with Spool(_Line) as spool:
        sieve = _Sieve(files, intake, spool)
        counts = sieve.counted()
        yield Reading(
            files=tuple(file.imported for file in files),
            counts=counts,
            steps=(
                said.step(line.source_id, files[line.file].place(line.line))
                for line, said in sieve.kept()
            ),
            new=len(spool),
        )


class _Sieve:
    """
    Puts the new lines of *files* into *spool* and counts all of them.
    """

    def __init__(self, files: Sequence[SourceFile], intake: Intake, spool: Spool[_Line]) -> None:
        self._files = files
        self._intake = intake
        self._spool = spool
        self._rows = self._duplicates = 0
        self._source_ids = Numbers()
        # Of the file that is being read: its lines, and how often those came again that did.
        self._in_file = Numbers()
        self._recurred: Counter[str] = Counter()
        self._last: datetime | None = None
        # What lines gave: their ids, and reports and actions together with their account's stream.
        self._given = Numbers()
        self._operators = {SYSTEM}
        # What the lines in the spool say; nothing where there are too many.
        self._said: list[ActionLine] | None = []
        self._blank = Situation(
            now=intake.now,
            account=None,
            by=system_operator(),
            subject=None,
            new_id=str,
            measures=intake.measures,
            rules=intake.rules,
            imported=True,
        )

    def counted(self) -> dict[str, int]:
        """
        Read everything, and return what was counted: ``rows = recorded + duplicates + skipped``.
        """
        some: list[tuple[_Line, dict[str, Any]]] = []
        for number, file in enumerate(self._files):
            self._in_file = Numbers()
            self._recurred.clear()
            with file.opened() as content:
                for line, written in enumerate(content, start=1):
                    if not written.isspace():
                        self._rows += 1
                        some.extend(self._fresh(number, line, written))
                    if len(some) == _LINES_A_TIME:
                        self._sift(some)
                        some.clear()
        self._sift(some)
        return {
            "rows": self._rows,
            "recorded": len(self._spool),
            "duplicates": self._duplicates,
            "skipped": len(self._intake.skipped),
        }

    def kept(self) -> Iterator[tuple[_Line, ActionLine]]:
        """
        Yield the lines in the spool in order, with what they say.
        """
        if self._said is not None:
            yield from zip(self._spool, self._said, strict=True)
            return
        for line in self._spool:
            yield line, action_line(fields_of(line.written))

    def _fresh(
        self, file: int, line: int, written: bytes
    ) -> Iterator[tuple[_Line, dict[str, Any]]]:
        """
        Yield the line and its fields unless it is unreadable, or repeats one before it.
        """
        try:
            fields = fields_of(written)
            source_id = source_id_of(fields)
        except Malformed as error:
            self._intake.refuse(error, self._files[file].place(line))
            return
        if not self._in_file.add(number_of(source_id)) and may_recur(fields):
            self._recurred[source_id] += 1
            source_id = f"{source_id}#{self._recurred[source_id] + 1}"
        if self._source_ids.add(number_of(source_id)):
            yield _Line(self._rows, file, line, source_id, written), fields
        else:
            self._duplicates += 1

    def _sift(self, lines: Sequence[tuple[_Line, dict[str, Any]]]) -> None:
        """
        Keep those of *lines* that are not on record, each checked with what stands before it.
        """
        on_record = self._intake.on_record.claimed(
            claims.SOURCE, [line.source_id for line, _ in lines]
        )
        told: list[tuple[_Line, ActionLine]] = []
        for line, fields in lines:
            if line.source_id in on_record:
                self._duplicates += 1
                continue
            try:
                told.append((line, action_line(fields)))
            except Malformed as error:
                self._refuse(error, line)
        held = self._held(said for _, said in told)
        for line, said in told:
            if said.met and self._knows(getattr(said.command, "operator", "")):
                self._duplicates += 1
                continue
            try:
                self._check(said, held)
            except LedgerError as error:
                self._refuse(error, line)
                continue
            self._keep(line, said)

    def _refuse(self, error: LedgerError, line: _Line) -> None:
        self._intake.refuse(error, self._files[line.file].place(line.line))

    def _held(self, told: Iterable[ActionLine]) -> set[Name]:
        """
        Return which of the ids that lines name or give are on record.
        """
        wanted: dict[str, set[str]] = {}
        for said in told:
            mentioned = [(kind, name) for _, kind, name in said.mentions()]
            for kind, name in (*said.names(), *said.gives(), *mentioned):
                wanted.setdefault(kind, set()).add(name)
        return {
            (kind, name)
            for kind, names in wanted.items()
            for name in self._intake.on_record.claimed(kind, names)
        }

    def _check(self, said: ActionLine, held: set[Name]) -> None:
        """
        Raise when the line cannot be recorded behind those before it.
        """
        at, command, names = said.recorded_at, said.command, said.names()
        if at > self._intake.now:
            raise Malformed(f"{shortest(at)} is later than now", where="recorded_at")
        if self._last is not None and at < self._last:
            raise Malformed(
                f"{shortest(at)} is earlier than {shortest(self._last)} before it",
                where="recorded_at",
                expected="times that do not decrease",
            )
        for kind, name in said.gives():
            if (kind, name) in held or number_of((kind, name)) in self._given:
                raise Conflict(
                    f"the {claims.either([kind])} id {name!r} stands for something else already",
                    where="request_id" if kind == claims.REQUEST else kind,
                    expected="an id that is new",
                )
        if names and not any(name in held or number_of(name) in self._given for name in names):
            raise NotFound(
                f"there is no {claims.either(kind for kind, _ in names)} {names[0][1]!r}",
                where=claims.TARGETS[command.NAME].argument,
                expected="an id that is on record, or that a line before gives",
            )
        for argument, kind, name in said.mentions():
            if (kind, name) not in held and number_of((kind, name)) not in self._given:
                raise NotFound(
                    f"there is no {kind} {name!r}",
                    where=argument,
                    expected="an id that is on record, or that a line before gives",
                )
        if isinstance(command, ActTerms):
            self._assert_on_account(command)
        elif not names and command.ABOUT == "operator":
            self._assert_operator(command)
        self._assert_decidable(command, at)

    def _assert_decidable(self, command: Command, at: datetime) -> None:
        """
        Raise when *command* is refused for what it says itself, whatever the history before it.

        The decision is asked, about an account and an operator of whom nothing else is known. What
        concerns something on record is not decided so; it can only lack what it would change.

        Raises:
            Malformed: When its measure is unknown, say, nothing is changed, or a policy has a
                defect.

            Refused: When it is about the reserved operator.
        """
        if isinstance(command, Amend) and command.expires_at is UNCHANGED:
            raise Malformed("nothing is amended", where="expires_at", expected="a time, or none")
        if isinstance(command, Correct) and command.effective_at is command.operator is UNCHANGED:
            raise Malformed(
                "nothing is corrected", where="effective_at", expected="effective_at or operator"
            )
        if isinstance(command, ResolveReport):
            assert_repeats(command)
        if command.NAME in claims.TARGETS:
            return
        if isinstance(command, ActTerms):
            command = changed(command, because_of=(), closes=(), supersedes=None)
        about = "" if isinstance(command, AdoptPolicy) else getattr(command, command.ABOUT)
        situation = changed(
            self._blank,
            now=at,
            account=Account(about),
            by=Operator(command.by, kind=OperatorKind.UNKNOWN),
            subject=Operator(about, kind=OperatorKind.UNKNOWN),
            new_id=lambda: about,
        )
        decide(command, situation)

    def _assert_on_account(self, command: ActTerms) -> None:
        stream = account_stream(command.account)
        reports = () if isinstance(command.because_of, str) else command.because_of
        named = [("because_of", claims.REPORT, report) for report in reports]
        named += [("closes", claims.REPORT, report) for report in command.closes]
        if command.supersedes is not None:
            named.append(("supersedes", claims.ACTION, command.supersedes))
        for argument, kind, name in named:
            given = number_of((kind, name, stream)) in self._given
            if not given and self._intake.on_record.stream_of([kind], name) != stream:
                raise NotFound(
                    f"account {command.account!r} has no {kind} {name!r}",
                    where=argument,
                    expected=f"the id of a {kind} on this account",
                )

    def _assert_operator(self, command: Command) -> None:
        operator: str = getattr(command, command.ABOUT)
        if isinstance(command, EnrolOperator) or self._knows(operator) or operator == command.by:
            return
        raise NotFound(
            f"operator {operator!r} is not enrolled",
            where="operator",
            expected="an operator on record, or one that a line before names",
        )

    def _knows(self, operator: str) -> bool:
        return operator in self._operators or self._intake.is_enrolled(operator)

    def _keep(self, line: _Line, said: ActionLine) -> None:
        """
        Keep *line*, and note what lines behind it may name.
        """
        command = said.command
        self._spool.add(line)
        if self._said is not None:
            self._said.append(said)
            if len(self._said) > KEPT_MAX:
                self._said = None
        self._last = said.recorded_at
        for kind, name in said.gives():
            self._given.add(number_of((kind, name)))
            if isinstance(command, ActTerms | FileReport):
                self._given.add(number_of((kind, name, account_stream(command.account))))
        self._operators.update(_met(command))


def _met(command: Command) -> Iterator[str]:
    """
    Yield the operators who are enrolled once *command* is recorded: it names them as such.
    """
    if not isinstance(command, FileAppeal):
        # Whoever appeals need be no operator.
        yield command.by
    if isinstance(command, EnrolOperator | Correct) and isinstance(command.operator, str):
        yield command.operator
    elif isinstance(command, HandOver):
        yield command.to
    elif isinstance(command, OffboardOperator):
        yield from command.successors()


class Export:
    """
    Lines of actions, each with its end, for the entries of a ledger in order.

    Imported into an empty ledger they give the same restrictions, standings, reports, findings,
    requests, appeals, notices, policies and operators. What is no command is left out: refusals,
    anomalies, and entries of the ledger itself, undo among them; what was recorded with an undo is
    told by lines of its own.

    Attributes:
        lines: How many were given.

        left_out: How many entries were left out, by kind.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._pairs = pairwise(chain(entries, (None,)))
        self.lines = 0
        self.left_out: Counter[str] = Counter()

    def __iter__(self) -> Self:
        """
        Return the lines.
        """
        return self

    def __next__(self) -> bytes:
        """
        Return the next line.
        """
        for entry, behind in self._pairs:
            assert entry is not None
            if is_told_before(entry):
                continue
            line = line_of(entry, behind)
            if line is None:
                self.left_out[entry.kind] += 1
                continue
            self.lines += 1
            return line + b"\n"
        raise StopIteration
