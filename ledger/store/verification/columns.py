"""
The columns of every entry against the fields in its bytes, and its time against those around it.

Only what the columns repeat is read of the bytes; that they are an entry at all is seen when
histories are told anew.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from ledger.moderation.sealing import Part
from ledger.store.database import Connection, Row
from ledger.store.verification.brackets import Brackets
from ledger.store.verification.finding import Finding, Findings, What

COLUMNS: Final = "position, stream, version, kind, recorded_at, effective_at, operator, log, body"
_NAMES: Final = COLUMNS.split(", ")[1:-1]
_REPEATED: Final = 1 + len(_NAMES)


class Envelope(msgspec.Struct):
    """
    What the columns of an entry repeat of its bytes, in their order, and what stands beside it.
    """

    stream: str
    version: int
    kind: str
    recorded_at: str
    effective_at: str | None
    operator: str
    log: int
    written_at: str | None
    sealed: list[Part] | None


_decode: Final = msgspec.json.Decoder(Envelope).decode
_as_tuple: Final = msgspec.structs.astuple
# The last of them for what is neither bytes nor text.
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError)


def read_columns(connection: Connection, log: int) -> Iterator[Row]:
    """
    Yield the columns of every entry of a log, in order.
    """
    statement = f"SELECT {COLUMNS} FROM entries WHERE log = ? ORDER BY position"
    return connection.stream(statement, (log,))


class Envelopes:
    """
    Takes the rows of a log in order, and says what does not hold of each.

    Args:
        log: Which log.

        brackets: Between which times each position was recorded, as others saw it.

    Attributes:
        last_recorded_at: What the last entry says of when it was recorded.
    """

    def __init__(
        self, log: int, brackets: Brackets, findings: Findings, last_recorded_at: str = ""
    ) -> None:
        self.last_recorded_at = last_recorded_at
        self._log = log
        self._brackets = brackets
        self._is_bracketed = brackets.are_known
        self._findings = findings

    def take(self, row: Row) -> Envelope | None:
        """
        Compare one row of `COLUMNS`, and return what its bytes say; None where they say nothing.
        """
        try:
            read = _decode(row[_REPEATED])
        except UNREADABLE as error:
            self._add(What.ENTRY_UNREADABLE, f"the bytes are no entry: {error}", row)
            return None
        repeated = _as_tuple(read)[: len(_NAMES)]
        if row[1:_REPEATED] != repeated:
            differing = [
                f"{name} is {column!r}, in the bytes {field!r}"
                for name, column, field in zip(_NAMES, row[1:], repeated, strict=False)
                if column != field
            ]
            self._add(What.COLUMNS_DIFFER, "; ".join(differing), row)
        if read.recorded_at < self.last_recorded_at:
            why = f"it says {read.recorded_at}, the one before {self.last_recorded_at}"
            self._add(What.TIME_DECREASES, why, row)
        self.last_recorded_at = read.recorded_at
        if self._is_bracketed:
            claimed = read.written_at or read.recorded_at
            if (contradicted := self._brackets.contradict(row[0], claimed)) is not None:
                self._add(What.TIME_OUTSIDE, contradicted, row)
        return read

    def _add(self, what: What, why: str, row: Row) -> None:
        position, stream, version = row[:3]
        self._findings.add(Finding(what, why, self._log, position, stream, version))
