"""
Sealed payloads against what the leaves of their entries say of them: no key is needed for that.

A payload that is missing is in order where an entry says that its subject was erased, and nowhere
else. One that is still there after that was kept: no evidence is broken, and it is told.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

from ledger.errors import LedgerError
from ledger.moderation.events.privacy import SubjectErased
from ledger.moderation.sealing import Part, encoded
from ledger.store.database import Connection, Row
from ledger.store.leaves import octets
from ledger.store.rows import READ_COLUMNS, entry_from
from ledger.store.schema import added
from ledger.store.verification.finding import Finding, Findings, What

ERASED: Final = "ledger.subject_erased"


def erased_subjects(connection: Connection, logs: Iterable[int]) -> set[str]:
    """
    Return the subjects whose erasure is on record in *logs*.
    """
    found: set[str] = set()
    for log in logs:
        rows = connection.stream(
            f"SELECT {READ_COLUMNS} FROM entries WHERE log = ? AND kind = ?", (log, ERASED)
        )
        for row in rows:
            try:
                event = entry_from(row).event
            except LedgerError:
                # That it cannot be read is told where entries are.
                continue
            if isinstance(event, SubjectErased):
                found.add(event.subject)
    return found


class Payloads:
    """
    Takes what the entries of a log say of their payloads, in order, and compares it with those.

    Attributes:
        retained: How many payloads are there though their subject was erased.
    """

    def __init__(
        self,
        connection: Connection,
        log: int,
        format_: int,
        erased: Iterable[str],
        findings: Findings,
    ) -> None:
        self.retained = 0
        self._log = log
        self._erased = frozenset(erased)
        self._findings = findings
        self._rows: Iterator[Row] = iter(())
        if "sealed" in added(format_):
            self._rows = connection.stream(
                "SELECT position, subject, payload FROM sealed WHERE log = ?"
                " ORDER BY position, subject",
                (log,),
            )
        self._next = next(self._rows, None)

    def take(self, position: int, parts: Iterable[Part], stream: str, version: int) -> None:
        """
        Compare the payloads of one entry with what its leaf says of them.
        """
        found = dict(self._until(position))
        for part in parts:
            payload = found.pop(part.subject, None)
            if payload is None:
                if part.subject not in self._erased:
                    why = f"of {part.subject}, and no entry says that it was erased"
                    self._add(What.PAYLOAD_MISSING, why, position, stream, version)
            elif encoded(sha256(payload).digest()) != part.ct:
                why = f"of {part.subject} does not have the digest that the entry says"
                self._add(What.PAYLOAD_DIFFERS, why, position, stream, version)
            elif part.subject in self._erased:
                self.retained += 1
        for subject in found:
            why = f"of {subject}, of whom the entry says nothing"
            self._add(What.PAYLOAD_UNFOUNDED, why, position, stream, version)

    def end(self) -> None:
        """
        Take note that the log has no more entries.
        """
        while self._next is not None:
            position, subject, _ = self._next
            self._add(What.PAYLOAD_UNFOUNDED, f"of {subject}, without an entry", position)
            self._next = next(self._rows, None)

    def _until(self, position: int) -> Iterator[tuple[str, bytes]]:
        # What is no position stands behind them all.
        while self._is_at_most(position):
            assert self._next is not None
            at, subject, payload = self._next
            if at == position:
                yield subject, octets(payload)
            else:
                self._add(What.PAYLOAD_UNFOUNDED, f"of {subject}, whom no entry there names", at)
            self._next = next(self._rows, None)

    def _is_at_most(self, position: int) -> bool:
        return self._next is not None and type(self._next[0]) is int and self._next[0] <= position

    def _add(
        self,
        what: What,
        why: str,
        position: int,
        stream: str | None = None,
        version: int | None = None,
    ) -> None:
        self._findings.add(
            Finding(what, f"the payload {why}", self._log, position, stream, version)
        )
