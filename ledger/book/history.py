"""
History that comes in from other systems, and goes out.

An import reads and checks all that it is given before it writes anything. Then it writes in
transactions of about `CHUNK_STEPS` steps. The first one says that an import begins and the last
one that it ended; in between it is unfinished, and running it again goes on where it stopped,
since what is on record already is known by its source ids.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final

import attrs

from ledger.book import arguments
from ledger.book.revealing import Revealing, sealed_report
from ledger.errors import Malformed, NotFound, Refused
from ledger.exchange.actions import Export, read_actions
from ledger.exchange.block_log import read_block_log
from ledger.exchange.intake import NEVER_IN_FORCE, Intake, Reading, SkippedLine, Step
from ledger.exchange.source_file import SourceFile
from ledger.forensics.witnesses import Witnesses
from ledger.moderation.claims import EXTERNAL_REPORT
from ledger.moderation.commands import UNCHANGED
from ledger.moderation.commands.request import RequestAct
from ledger.moderation.commands.sealed import OPERATOR
from ledger.moderation.entry import Draft
from ledger.moderation.events.account import ActionTaken, AnomalyRecorded
from ledger.moderation.events.book import ImportBegan, ImportedFile, ImportEnded
from ledger.moderation.identity import SYSTEM, identifier, made_id, operator_stream
from ledger.moderation.moment import shortest
from ledger.moderation.operator import authority
from ledger.moderation.rulebook import Rulebook
from ledger.store.order import Recorded, Statement
from ledger.store.reader import Reader
from ledger.store.revealing import Revealer
from ledger.store.writer import Writer

CHUNK_STEPS: Final = 1000

_IMPORTS: Final = "ledger/imports"
_NOISE_BYTES: Final = 8
# The arguments that say when something was so, and that mean the recording where they are absent.
_TIMES: Final = ("effective_at", "requested_at", "filed_at", "stated_at")

Read = Callable[[Sequence[SourceFile], Intake], AbstractContextManager[Reading]]
Progress = Callable[[int, int], None]

FORMATS: Final[Mapping[str, Read]] = {"actions": read_actions, "block-log": read_block_log}


@attrs.frozen
class ImportSummary:
    """
    What an import found in its files.

    Args:
        import_id: The import that its entries name; None when there was nothing new to record.

        counts: By name. Of a block log: rows, usable, unusable, duplicates, accounts, operators;
            of actions: rows, recorded, duplicates, skipped.

        anomalies: How many of each were met while it was recorded; None for a format without any.

        skipped: The lines that were refused and left out, in the order in which they were met.
    """

    format: str
    import_id: str | None
    counts: Mapping[str, int]
    anomalies: Mapping[str, int] | None
    skipped: tuple[SkippedLine, ...]

    def document(self) -> dict[str, Any]:
        """
        Return the counts as JSON has them.
        """
        anomalies = {} if self.anomalies is None else {"anomalies": dict(self.anomalies)}
        return {**self.counts, **anomalies}


class Histories(Revealing):
    """
    Imports and exports.
    """

    _reader: Reader
    _writer: Writer
    _rulebook: Rulebook
    _now: Callable[[], datetime]

    def import_history(
        self,
        format: str,  # noqa: A002, it is what the command line calls it
        files: str | Path | Iterable[str | Path],
        *,
        by: str = SYSTEM,
        skip_bad: bool = False,
        as_late: bool = False,
        progress: Progress | None = None,
    ) -> ImportSummary:
        """
        Record what *files* of another system hold, under the times at which it recorded them.

        All of it is checked before anything is written. What was imported before is counted and
        left alone, and an import that was interrupted is resumed by running it again.

        Args:
            format: ``block-log`` or ``actions``.

            by: The operator who imports.

            skip_bad: Whether a line that cannot be imported is left out and reported.

            as_late: Whether history that is older than the ledger's last entry is recorded now,
                and the source's times kept as effective.

            progress: Called with how many new steps are on record and how many there are.

        Raises:
            Malformed: When the format is unknown, or a file or a line of it cannot be read, is to
                come, or is older than the ledger's last entry.

            NotFound: When *by* is not enrolled, or a line names what is not on record.

            Conflict: When a line gives an id that stands for something else.

            Refused: When *by* may not act, or a line is about the reserved operator.
        """
        if not isinstance(format, str) or format not in FORMATS:
            raise Malformed(
                f"the format {format!r} is unknown",
                where="format",
                expected=" or ".join(sorted(FORMATS)),
            )
        paths = [files] if isinstance(files, str | Path) else files
        sources = [SourceFile(each) for each in arguments.paths(paths, "files")]
        if not sources:
            raise Malformed("there is nothing to import", where="files", expected="a file")
        self._assert_may_import(by)
        intake = Intake(
            now=self._now(),
            on_record=self._reader if self._revealer is None else self._on_record(),
            is_enrolled=self._is_enrolled,
            measures=self._rulebook.measures,
            rules=self._rulebook.rules,
            skip_bad=skip_bad,
        )
        with FORMATS[format](sources, intake) as reading:
            recording = _Recording(self._reader, self._writer, reading, format)
            recording.record(by, as_late=as_late, progress=progress)
        return ImportSummary(
            format=format,
            import_id=recording.import_id,
            counts=reading.counts,
            anomalies=dict(recording.anomalies) if reading.anomalies else None,
            skipped=tuple(intake.skipped),
        )

    def export_actions(self) -> Export:
        """
        Return every command on record as a line of actions, in stored order.

        Returns:
            An iterator of lines, which also counts what is no command and so left out.
        """
        entries = self._reader.streamed(None, self._now(), None, self._reader.entries)
        revealer = self._shown("export", {})
        return Export(entries if revealer is None else revealer.stream(entries))

    def _on_record(self) -> "_SealedRecord":
        assert self._revealer is not None
        return _SealedRecord(self._reader, self._revealer)

    def _is_enrolled(self, operator: str) -> bool:
        kept = self._as_kept(OPERATOR, operator)
        with self._reader.question(None, self._now(), [operator_stream(kept)]) as question:
            return Witnesses(self._reader, question).operator(kept).enrolled

    def _assert_may_import(self, by: str) -> None:
        if identifier(by, "by") == SYSTEM:
            return
        now, kept = self._now(), self._as_kept(OPERATOR, by)
        with self._reader.question(None, now, [operator_stream(kept)]) as question:
            operator = Witnesses(self._reader, question).operator(kept)
        if not operator.enrolled:
            raise NotFound(
                f"operator {by!r} is not enrolled", where="by", expected="an enrolled operator"
            )
        held = authority(operator, now)
        if not held.permitted:
            raise Refused(
                f"operator {by!r} may not import: {held.why}",
                rule="authority",
                by=by,
                expected="an enrolled operator who is present and not barred",
            )


@attrs.frozen
class _SealedRecord:
    """
    The ids that are on record in a sealed ledger, as whoever imports into it says them.
    """

    reader: Reader
    revealer: Revealer

    def claimed(self, kind: str, names: Iterable[str]) -> set[str]:
        """
        Return those of *names* that are on record as ids of *kind*.
        """
        if kind != EXTERNAL_REPORT or self.revealer.keys is None:
            return self.reader.claimed(kind, names)
        kept = {sealed_report(self.revealer.keys, name): name for name in names}
        return {kept[name] for name in self.reader.claimed(kind, kept)}

    def stream_of(self, kinds: Iterable[str], name: str) -> str | None:
        """
        Return the stream that the id *name* of one of *kinds* stands in; None when there is none.
        """
        stream = self.reader.stream_of(kinds, name)
        if stream is None:
            return None
        aggregate, slash, about = stream.partition("/")
        (shown,) = self.revealer.named([about])
        return f"{aggregate}{slash}{shown}"


class _Recording:
    """
    The recording of one import: what *reading* gives, under the id of the import.

    Attributes:
        import_id: None while nothing was recorded.

        anomalies: How many of each were met so far.
    """

    def __init__(self, reader: Reader, writer: Writer, reading: Reading, format_name: str) -> None:
        self._reader = reader
        self._writer = writer
        self._reading = reading
        self._format = format_name
        self.import_id: str | None = None
        self.anomalies = Counter(dict.fromkeys(reading.anomalies, 0))

    def record(self, by: str, *, as_late: bool, progress: Progress | None) -> None:
        """
        Record all that is new; where nothing is, at most that an interrupted import has ended.

        Raises:
            Malformed: When it is older than the last entry and may not be recorded late.
        """
        unfinished = self._unfinished()
        if not self._reading.new:
            if unfinished is not None:
                self.import_id = unfinished
                self._write([self._ended(by, self._reader.last_recorded())])
            return
        self.import_id = unfinished or made_id(
            self._writer.now(), secrets.token_bytes(_NOISE_BYTES), 0
        )
        done, new = 0, self._reading.new
        for chunk in _chunks(self._steps(as_late=as_late)):
            steps = list(chunk)
            if not done and unfinished is None:
                steps.insert(0, self._began(by, chunk[0]))
            done += len(chunk)
            if done == new:
                steps.append(self._ended(by, chunk[-1].recorded_at))
            self._write(steps)
            if progress is not None:
                progress(done, new)

    def _unfinished(self) -> str | None:
        """
        Return the id of the interrupted import of the same files, if there is one.
        """
        hashes = _hashes(self._reading.files)
        for entry in self._reader.unfinished_imports():
            began = entry.event
            assert isinstance(began, ImportBegan)
            if began.format == self._format and _hashes(began.files) == hashes:
                return began.import_id
        return None

    def _steps(self, *, as_late: bool) -> Iterator[Step]:
        """
        Return the steps, recorded late if they are and may be.
        """
        steps = iter(self._reading.steps)
        first = next(steps)
        last = self._reader.last_recorded()
        assert first.recorded_at is not None
        if last is None or first.recorded_at >= last:
            return chain([first], steps)
        if not as_late:
            raise Malformed(
                f"its source recorded it at {shortest(first.recorded_at)}, before the last entry"
                f" of the ledger at {shortest(last)}",
                where=first.place,
                expected="later history; late history is recorded with --as-late",
            )
        return map(_late, chain([first], steps))

    def _began(self, by: str, first: Step) -> Statement:
        assert self.import_id is not None
        event = ImportBegan(
            import_id=self.import_id, format=self._format, files=self._reading.files
        )
        return Statement(Draft(_IMPORTS, event, by), first.recorded_at, first.place)

    def _ended(self, by: str, at: datetime | None) -> Statement:
        assert self.import_id is not None
        event = ImportEnded(import_id=self.import_id, counts=self._reading.counts)
        return Statement(Draft(_IMPORTS, event, by), at)

    def _write(self, steps: Sequence[Step]) -> None:
        assert self.import_id is not None
        for recorded in self._writer.record_history(steps, self.import_id):
            if recorded is not None and self._reading.anomalies:
                self._count(recorded)

    def _count(self, recorded: Recorded) -> None:
        for entry in recorded.entries:
            if isinstance(entry.event, AnomalyRecorded):
                # A format counts its own. That an operator was not permitted is none of a source's.
                if entry.event.anomaly in self.anomalies:
                    self.anomalies[entry.event.anomaly] += 1
            elif isinstance(entry.event, ActionTaken):
                self.anomalies[NEVER_IN_FORCE] += 1
        for change in recorded.changes:
            if change.ended is None:
                self.anomalies[NEVER_IN_FORCE] -= 1
            elif change.began is None:
                self.anomalies[NEVER_IN_FORCE] += 1


def _hashes(files: Iterable[ImportedFile]) -> list[str]:
    return sorted(file.sha256 for file in files)


def _chunks(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """
    Yield *steps* in lists of about `CHUNK_STEPS`, none of which ends within one moment: two
    transactions cannot have the same time of recording.
    """
    chunk: list[Step] = []
    for step in steps:
        at = step.recorded_at
        if len(chunk) >= CHUNK_STEPS and (at is None or at != chunk[-1].recorded_at):
            yield chunk
            chunk = []
        chunk.append(step)
    yield chunk


def _late(step: Step) -> Step:
    """
    Return *step* as it is recorded now: its source's time is when it was so.
    """
    if isinstance(step, Statement):
        return attrs.evolve(step, recorded_at=None)
    command, at = step.command, step.recorded_at
    # A request without a time asks for its act to take effect with the last approval.
    timed = set(_TIMES) - ({"effective_at"} if isinstance(command, RequestAct) else set())
    times: dict[str, Any] = {
        name: at for name in timed if getattr(command, name, UNCHANGED) is None
    }
    return attrs.evolve(
        step,
        command=attrs.evolve(command, **times),
        recorded_at=None,
        source_recorded_at=at,
    )
