"""
The three questions, each with its own report, about one moment of a ledger.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from typing import Final

import attrs

from ledger.errors import Tampered
from ledger.proofs.checkpoint import Checkpoint
from ledger.proofs.inclusion import frontier_at
from ledger.proofs.tree import encode_frontier, extend_many, root_hash
from ledger.proofs.verdict import Verdict
from ledger.store.database import Connection, Database
from ledger.store.leaves import LogHead, log_heads
from ledger.store.settings import Settings
from ledger.store.tiles import Tiles
from ledger.store.verification.brackets import SLACK, Brackets
from ledger.store.verification.columns import COLUMNS, Envelopes, read_columns
from ledger.store.verification.derived import Derived
from ledger.store.verification.finding import Finding, Findings, What
from ledger.store.verification.fixed import (
    compare_logs,
    compare_settings,
    compare_time,
    logs_with,
    opened,
)
from ledger.store.verification.hashing import Hashed, compared, hashed, in_octets
from ledger.store.verification.held import Held
from ledger.store.verification.payloads import Payloads, erased_subjects
from ledger.store.verification.report import (
    HeldSize,
    LogSize,
    PrefixReport,
    ScrubReport,
    SuffixReport,
)

NO_ENTRY: Final = "the ledger has no entry, so there is nothing to verify"
_ENTRIES_A_TIME: Final = 2048
Roots = Mapping[tuple[int, int], bytes]
"""The root of a log at a size, as the bytes of its entries give it; where an entry is missing, not
there."""


@contextmanager
def verifying(database: Database, settings: Settings) -> Iterator["Verifier"]:
    """
    Give what verifies the ledger in *database* as it is at one moment.
    """
    with database.reading() as connection:
        yield Verifier(connection, settings)


@attrs.define
class Verifier:
    """
    Verifies a ledger at one moment, and writes nothing.

    Attributes:
        findings: All that was found.

        heads: The head of every log.

        roots: What `scrub` computed, once it has.
    """

    connection: Connection
    settings: Settings
    findings: Findings = attrs.field(factory=Findings)
    heads: list[LogHead] = attrs.field(init=False)
    roots: Roots | None = attrs.field(default=None, init=False)
    # Up to which position each log was found to be what is held outside.
    _good: dict[int, int] = attrs.field(factory=dict, init=False)
    _frontiers: dict[tuple[int, int], tuple[bytes, ...]] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        """
        Read the heads.
        """
        self.heads = log_heads(self.connection)

    @property
    def size(self) -> int:
        """
        Return how many entries the heads have.
        """
        return sum(head.size for head in self.heads)

    def _verdict(self, findings: Findings) -> Verdict:
        self.findings.take(findings)
        return Verdict.TAMPERED if len(findings) else Verdict.VERIFIED

    def _is_of(self, held: Held, findings: Findings) -> bool:
        """
        Return whether *held* is of this ledger, which its first entry says, and not its settings.
        """
        first = opened(self.connection)
        origin = self.settings.origin if first is None else first.origin
        if (held.origin, len(held.checkpoints)) == (origin, len(self.heads)):
            return True
        why = (
            f"it is of {held.origin} with {len(held.checkpoints)} logs, the ledger is {origin} with"
            f" {len(self.heads)}"
        )
        findings.add(Finding(What.CHECKPOINT_DIFFERS, why))
        return False

    def prefix(self, held: Sequence[Held]) -> PrefixReport:
        """
        Say whether each of *held*, of which there is at least one, is the beginning of the ledger.
        """
        if not self.size and not any(each.size for one in held for each in one.checkpoints):
            return PrefixReport(verdict=Verdict.UNVERIFIABLE, why=NO_ENTRY)
        findings, sizes = Findings(), []
        own = [one for one in held if self._is_of(one, findings)]
        for head in self.heads:
            checkpoints = {one.checkpoints[head.log] for one in own}
            for checkpoint in sorted(checkpoints, key=lambda each: each.size):
                holds = self._begins(head, checkpoint, findings)
                if holds:
                    self._good[head.log] = checkpoint.size
                sizes.append(HeldSize(head.log, checkpoint.size, holds))
        verdict = self._verdict(findings)
        covered = max((sum(each.size for each in one.checkpoints) for one in own), default=0)
        why = None
        if verdict is Verdict.VERIFIED and not covered:
            verdict, why = Verdict.UNVERIFIABLE, "the checkpoint covers no entry"
        return PrefixReport(
            verdict=verdict,
            why=why,
            from_bytes=self.roots is not None,
            held=tuple(sizes),
            covered=covered,
            entries=self.size,
        )

    def _begins(self, head: LogHead, checkpoint: Checkpoint, findings: Findings) -> bool:
        """
        Return whether a log begins as *checkpoint* says.
        """
        size, good = checkpoint.size, self._good.get(head.log, 0)
        if size > head.size:
            why = (
                f"the log had {size} entries and has {head.size}: it was cut off or is an old copy"
            )
            findings.add(Finding(What.CHECKPOINT_LONGER, why, head.log, head.size + 1))
            return False
        try:
            root = self._root(head, size)
        except Tampered as error:
            findings.add_error(What.ENTRY_MISSING, error, head.log, None)
            return False
        if root == checkpoint.root:
            return True
        changed = self.findings.first_changed(head.log, good + 1, size)
        if root is None and changed is not None:
            # An entry is missing there, which is told already.
            return False
        place = f"one of the entries {good + 1} to {size} was changed"
        why = f"the root at size {size} is another one: {place}"
        position = good + 1 if changed is None else changed
        findings.add(Finding(What.CHECKPOINT_DIFFERS, why, head.log, position))
        return False

    def _root(self, head: LogHead, size: int) -> bytes | None:
        if self.roots is not None and size:
            return self.roots.get((head.log, size))
        return root_hash(self._frontier(head, size))

    def _frontier(self, head: LogHead, size: int) -> tuple[bytes, ...]:
        place = head.log, size
        if place not in self._frontiers:
            tiles = Tiles(self.connection, head.log, self.settings.format)
            self._frontiers[place] = frontier_at(size, tiles.subtrees(size))
        return self._frontiers[place]

    def suffix(
        self, held: Held, slack: timedelta = SLACK, seen: Sequence[Held] = ()
    ) -> SuffixReport:
        """
        Say whether what came after *held* follows from it; the cost is that of what came.

        Args:
            slack: How far clocks may be apart.

            seen: When others saw the ledger.
        """
        if not self.size:
            return SuffixReport(verdict=Verdict.UNVERIFIABLE, why=NO_ENTRY)
        findings, count = Findings(), 0
        checkpoints = held.checkpoints if self._is_of(held, findings) else ()
        for head, checkpoint in zip(self.heads, checkpoints, strict=False):
            if self._begins_in_tree(head, checkpoint, findings):
                brackets = self._brackets(head.log, [held, *seen], slack)
                count += self._read_on(head, checkpoint.size, brackets, findings)
        return SuffixReport(
            verdict=self._verdict(findings),
            since=tuple(LogSize(log, each.size) for log, each in enumerate(checkpoints)),
            entries=count,
        )

    def _begins_in_tree(self, head: LogHead, checkpoint: Checkpoint, findings: Findings) -> bool:
        kept, self.roots = self.roots, None
        try:
            return self._begins(head, checkpoint, findings)
        finally:
            self.roots = kept

    def _read_on(self, head: LogHead, size: int, brackets: Brackets, findings: Findings) -> int:
        """
        Hash what stands behind the first *size* entries, compare it with its columns and the head,
        and return how many entries it was.
        """
        before = self.connection.execute(
            "SELECT recorded_at FROM entries WHERE log = ? AND position = ?", (head.log, size)
        ).fetchone()
        last = before[0] if before is not None and isinstance(before[0], str) else ""
        envelopes = Envelopes(head.log, brackets, findings, last)
        frontier, read = self._frontier(head, size), 0
        rows = self.connection.stream(
            f"SELECT {COLUMNS}, leaf FROM entries WHERE log = ? AND position > ? ORDER BY position",
            (head.log, size),
        )
        is_whole = True
        while some := [*islice(rows, _ENTRIES_A_TIME)]:
            triples = in_octets([(row[0], row[-2], row[-1]) for row in some])
            leaves = [sha256(b"\x00" + body).digest() for _, body, _ in triples]
            first = size + read + 1
            is_whole = compared(triples, leaves, first, head.log, findings) and is_whole
            for row in some:
                envelopes.take(row[:-1])
            frontier = extend_many(frontier, size + read, leaves)
            read += len(some)
        if size + read != head.size:
            why = f"the head has {head.size} entries, the log {size + read}"
            what = What.ENTRY_MISSING if size + read < head.size else What.HEAD_DIFFERS
            position = min(size + read, head.size) + 1
            findings.add(Finding(what, why, head.log, position))
        elif is_whole and encode_frontier(head.size, frontier) != head.frontier:
            why = f"what came after {size} entries does not lead to the head"
            if not findings.is_between(head.log, size + 1, head.size):
                findings.add(Finding(What.TREE_DIFFERS, why, head.log, size + 1))
        return read

    def _brackets(self, log: int, seen: Iterable[Held], slack: timedelta) -> Brackets:
        return Brackets((each for one in seen for each in one.anchors(log)), slack)

    def scrub(self, seen: Sequence[Held] = (), slack: timedelta = SLACK) -> ScrubReport:
        """
        Say whether all that is stored agrees with itself.

        Args:
            seen: When others saw the ledger; at these sizes the roots are kept for `prefix`.

            slack: How far clocks may be apart.

        Raises:
            Unavailable: When an entry is of a newer format than this code.
        """
        findings = Findings()
        own = [one for one in seen if self._is_of(one, Findings())]
        entered = logs_with(self.connection, "entries")
        heads = [head for head in self.heads if head.size or head.log in entered]
        logs = [self._hashed(head, own, findings) for head in heads]
        self.roots = {(log.log, size): root for log in logs for size, root in log.roots.items()}
        erased = erased_subjects(self.connection, sorted(entered))
        retained = anchored = 0
        for head, log in zip(heads, logs, strict=True):
            brackets = self._brackets(head.log, own, slack)
            anchored += brackets.covered(log.size)
            format_ = self.settings.format
            payloads = Payloads(self.connection, head.log, format_, erased, findings)
            envelopes = Envelopes(head.log, brackets, findings)
            for row in read_columns(self.connection, head.log):
                if (read := envelopes.take(row)) is not None:
                    payloads.take(row[0], read.sealed or (), row[1], row[2])
            payloads.end()
            retained += payloads.retained
            compare_time(head, envelopes.last_recorded_at, findings)
        if self.size:
            compare_settings(self.connection, self.settings, findings)
        compare_logs(self.connection, self.settings, {head.log for head in heads}, findings)
        missing = Derived(self.connection, self.settings, findings).compare(logs)
        count = sum(log.size for log in logs)
        verdict, why = self._verdict(findings), None
        if not count and verdict is Verdict.VERIFIED:
            verdict, why = Verdict.UNVERIFIABLE, NO_ENTRY
        return ScrubReport(
            verdict=verdict,
            why=why,
            entries=count,
            bytes=sum(log.octets for log in logs),
            coverage=min(100, 100 * count // self.size) if self.size else 0,
            anchored=anchored,
            missing_tiles=missing.tiles,
            missing_snapshots=missing.snapshots,
            retained_payloads=retained,
        )

    def _hashed(self, head: LogHead, seen: Iterable[Held], findings: Findings) -> Hashed:
        sizes = {one.checkpoints[head.log].size for one in seen}
        return hashed(self.connection, head, sizes, self.settings.format, findings)
