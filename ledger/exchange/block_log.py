"""
Block logs: what the administrators of a MediaWiki site blocked, reblocked and unblocked, as CSV.

A file is a CSV of log events as the site's API gives them, header lines in its middle included;
each has the order of columns from there on. All files together are read once, checked, and put in
order of (time, logid), in bounded memory; only then does the first command come out. A row names
an account and never the block that it changes or ends, so a reblock and an unblock ask for
whatever is in force by then.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec

from ledger.errors import Malformed
from ledger.exchange.intake import NEVER_IN_FORCE, Intake, Reading
from ledger.exchange.numbers import Numbers, number_of
from ledger.exchange.params import assert_readable, expires_at
from ledger.exchange.source_file import SourceFile
from ledger.exchange.spool import Spool
from ledger.moderation.claims import SOURCE
from ledger.moderation.commands import Command
from ledger.moderation.commands.account import Act
from ledger.moderation.commands.history import AmendInForce, ReverseInForce
from ledger.moderation.identity import ID_CHARACTERS_MAX, identifier
from ledger.moderation.moment import moment, shortest
from ledger.store.order import Order

MEASURE: Final = "suspend"
UNBLOCK_WITHOUT_BLOCK: Final = "unblock_without_block"
REBLOCK_WITHOUT_BLOCK: Final = "reblock_without_block"
# As JSON. A comment has 500 characters in MediaWiki; this much fits into an entry in any case.
COMMENT_BYTES_MAX: Final = 32_768

_COLUMNS: Final = ("logid", "title", "user", "action", "params", "timestamp", "comment")
_ACTIONS: Final = frozenset({"block", "reblock", "unblock"})
_LOGID_DIGITS_MAX: Final = 18
_JSON_BYTES_A_CHARACTER_MAX: Final = 6
_LINES_A_TIME: Final = 5000


class _Line(NamedTuple):
    """
    A data line under its header, its cells as they are written but for the logid.
    """

    logid: int
    file: int
    line: int
    title: str
    user: str
    action: str
    params: str
    timestamp: str
    comment: str


class _Row(NamedTuple):
    """
    A usable line; rows are ordered as they are recorded.
    """

    at: datetime
    logid: int
    file: int
    line: int
    action: str
    account: str
    operator: str
    expires_at: datetime | None
    comment: str | None


@contextmanager
def read_block_log(files: Sequence[SourceFile], intake: Intake) -> Iterator[Reading]:
    """
    Give what *files* hold, taken together, in whatever order they are given.

    Raises:
        Malformed: When a file cannot be read, or a line of it has no logid, no time, or another
            number of cells than its header, and such a line is not to be skipped.
    """
    with Spool(_Row) as spool:
        counts = _Sieve(files, intake, spool).counted()
        yield Reading(
            files=tuple(file.imported for file in files),
            counts=counts,
            steps=(_order(row, files) for row in spool),
            new=len(spool),
            anomalies=(UNBLOCK_WITHOUT_BLOCK, REBLOCK_WITHOUT_BLOCK, NEVER_IN_FORCE),
        )


class _Sieve:
    """
    Puts the usable rows of *files* into *spool* and counts all of them.
    """

    def __init__(self, files: Sequence[SourceFile], intake: Intake, spool: Spool[_Row]) -> None:
        self._files = files
        self._intake = intake
        self._spool = spool
        self._rows = self._unusable = self._duplicates = 0
        self._logids, self._accounts, self._operators = Numbers(), Numbers(), Numbers()

    def counted(self) -> dict[str, int]:
        """
        Read everything, and return what was counted: ``rows = usable + unusable + duplicates``,
        and how many accounts and operators the usable ones name (semantics, rule 25).
        """
        some: list[_Line] = []
        for number, file in enumerate(self._files):
            for line in self._lines(number, file):
                if not self._logids.add(line.logid):
                    self._duplicates += 1
                    continue
                some.append(line)
                if len(some) == _LINES_A_TIME:
                    self._sift(some)
                    some.clear()
        self._sift(some)
        return {
            "rows": self._rows,
            "usable": len(self._spool),
            "unusable": self._unusable,
            "duplicates": self._duplicates,
            "accounts": len(self._accounts),
            "operators": len(self._operators),
        }

    def _lines(self, number: int, file: SourceFile) -> Iterator[_Line]:
        """
        Yield the data lines of *file*, the *number*-th one.
        """
        pick, width, begins = None, 0, 1
        with file.opened() as content:
            # Bytes that are no UTF-8 come through as surrogates, and are refused with their line.
            text = io.TextIOWrapper(content, "utf-8-sig", errors="surrogateescape", newline="")
            cells_of_lines = csv.reader(text)
            while True:
                try:
                    cells = next(cells_of_lines, None)
                except csv.Error as error:
                    raise Malformed(str(error), where=file.place(begins), expected="CSV") from None
                if cells is None:
                    return
                line, begins = begins, cells_of_lines.line_num + 1
                if "logid" in cells and set(cells) >= set(_COLUMNS):
                    pick, width = itemgetter(*map(cells.index, _COLUMNS)), len(cells)
                elif cells:
                    self._rows += 1
                    try:
                        if pick is None or len(cells) != width:
                            raise _misshapen(len(cells), width)
                        logid, *others = pick(cells)
                        yield _Line(_number(logid), number, line, *others)
                    except Malformed as error:
                        self._unusable += 1
                        self._intake.refuse(error, file.place(line))

    def _sift(self, lines: Sequence[_Line]) -> None:
        """
        Take the usable ones of *lines*, whose logids stand in no line before them.
        """
        source_ids = [_source_id(line.logid) for line in lines]
        on_record = self._intake.on_record.claimed(SOURCE, source_ids)
        for line, source_id in zip(lines, source_ids, strict=True):
            if source_id in on_record:
                self._duplicates += 1
                continue
            try:
                row = _usable(line, self._intake.now)
            except Malformed as error:
                self._intake.refuse(error, self._files[line.file].place(line.line))
                row = None
            if row is None:
                self._unusable += 1
                continue
            self._accounts.add(number_of(row.account))
            self._operators.add(number_of(row.operator))
            self._spool.add(row)


def _misshapen(cells: int, width: int) -> Malformed:
    if not width:
        return Malformed("there is no header before it", expected=",".join(_COLUMNS))
    return Malformed(f"it has {cells} cells", expected=f"{width}, as its header has")


def _number(logid: str) -> int:
    """
    Return a logid as a number, which tables that had gaps may write as ``17.0``.
    """
    digits = logid.removesuffix(".0")
    if digits.isascii() and digits.isdigit() and len(digits) <= _LOGID_DIGITS_MAX:
        return int(digits)
    raise Malformed(f"{logid!r} is no logid", where="logid", expected="a whole number")


def _source_id(logid: int) -> str:
    return f"block-log:{logid}"


def _usable(line: _Line, now: datetime) -> _Row | None:
    """
    Return the row of *line*, or None where it does not say who did what to whom until when.

    Raises:
        Malformed: When its time is none or to come, it is no UTF-8, or its comment is too long.
    """
    at = moment(line.timestamp, "timestamp")
    if at > now:
        raise Malformed(f"{shortest(at)} is later than now", where="timestamp")
    _assert_text(line)
    if line.action not in _ACTIONS:
        return None
    expiry = None
    try:
        account, operator = identifier(line.title, "title"), identifier(line.user, "user")
        if line.action == "unblock":
            assert_readable(line.params)
        else:
            expiry = expires_at(line.params)
    except Malformed:
        return None
    comment = line.comment if line.comment.strip() else None
    return _Row(
        at, line.logid, line.file, line.line, line.action, account, operator, expiry, comment
    )


def _assert_text(line: _Line) -> None:
    written = line.title + line.user + line.params + line.comment
    if not written.isascii():
        try:
            written.encode()
        except UnicodeEncodeError:
            raise Malformed("it is not valid UTF-8", expected="UTF-8") from None
    if len(line.comment) > COMMENT_BYTES_MAX // _JSON_BYTES_A_CHARACTER_MAX:
        size = len(msgspec.json.encode(line.comment))
        if size > COMMENT_BYTES_MAX:
            raise Malformed(
                f"the comment has {size} bytes as JSON", expected=f"at most {COMMENT_BYTES_MAX}"
            )


def _order(row: _Row, files: Sequence[SourceFile]) -> Order:
    own_account = f"User:{row.operator}"
    return Order(
        _command(row),
        place=files[row.file].place(row.line),
        recorded_at=row.at,
        source_id=_source_id(row.logid),
        operator_account=own_account if len(own_account) <= ID_CHARACTERS_MAX else None,
    )


def _command(row: _Row) -> Command:
    terms: dict[str, Any] = {
        "measure": MEASURE,
        "account": row.account,
        "by": row.operator,
        "reason": row.comment,
        "effective_at": row.at,
    }
    if row.action == "block":
        return Act(**terms, expires_at=row.expires_at)
    if row.action == "reblock":
        return AmendInForce(**terms, expires_at=row.expires_at, anomaly=REBLOCK_WITHOUT_BLOCK)
    return ReverseInForce(**terms, anomaly=UNBLOCK_WITHOUT_BLOCK)
