"""
A straight computation over block logs, for the import to be compared with.

It shares no code with the package under test: CSV rows in, plain dictionaries and lists
in between, counts and restrictions out. Three readings that are decided here:

* A row is hidden when its title or its user is empty. The columns ``actionhidden``,
  ``suppressed`` and ``commenthidden`` are not looked at: in the block-log samples they are empty
  in every row of a chunk that has them, hidden rows or not.

* An expiry that is neither a word for "never" nor a time with an offset that `datetime` can
  hold (a 14-digit form, a year after 9999, a value that is not text) makes params unreadable.

* A block supersedes only what is still in force when it comes. One that an unblock of the same
  second has just ended stays ended by that reversal.
"""

import ast
import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "block-log"

HEADER_NAMES = {"logid", "title", "user", "action", "params", "timestamp"}
NEVER = {"infinity", "infinite", "indefinite", "never"}


class Restriction(NamedTuple):
    """
    A time in which an account was blocked, `[from_at, until_at)`; it equals the plain tuple.
    """

    account: str
    from_at: datetime
    until_at: datetime | None
    ended_by: str | None
    opened_by: str
    closed_by: str | None


@dataclass(frozen=True)
class Outcome:
    """
    What the import of some block logs must answer.

    `restrictions` are in order of (from, recorded order) and leave out what was never in force.
    `endings` counts them under "reversal", "superseded", "expiry" and None, zeros included.
    """

    rows: int
    usable: int
    unusable: int
    duplicates: int
    accounts: int
    operators: int
    anomalies: dict[str, int]
    endings: dict[str | None, int]
    restrictions: list[Restriction]


@dataclass
class Row:
    """
    A usable row; `expires_at` is None without an expiry, and is not read for an unblock.
    """

    at: datetime
    logid: int
    account: str
    operator: str
    action: str
    expires_at: datetime | None


@dataclass
class Block:
    """
    A block, or a reblock that opened one, with what is known to end it: (moment, operator).
    """

    account: str
    operator: str
    from_at: datetime
    expires_at: datetime | None
    superseded: tuple[datetime, str] | None = None
    reversed: tuple[datetime, str] | None = None

    def end(self) -> tuple[datetime | None, str | None, str | None]:
        """
        Return until, ended by and closed by; at a tie expiry, then supersession, then reversal.
        """
        ends: list[tuple[datetime, str, str | None]] = []
        if self.expires_at is not None:
            ends.append((self.expires_at, "expiry", None))
        if self.superseded is not None:
            ends.append((self.superseded[0], "superseded", self.superseded[1]))
        if self.reversed is not None:
            ends.append((self.reversed[0], "reversal", self.reversed[1]))
        return min(ends, key=lambda end: end[0], default=(None, None, None))

    def in_force(self, at: datetime) -> bool:
        """
        Tell whether *at* lies in `[from, until)`.
        """
        until = self.end()[0]
        return self.from_at <= at and (until is None or at < until)


def compute(paths: Sequence[Path]) -> Outcome:
    """
    Return what the block logs *paths* say, taken together, in whatever order they are given.

    Raises:
        ValueError: A logid, a row's time or the number of its cells cannot be read; the import
            rejects such a file, so there is nothing to compare.
    """
    rows = duplicates = 0
    seen: set[int] = set()
    usable: list[Row] = []
    for path in paths:
        for cells in _cells(path):
            rows += 1
            logid = int(cells["logid"])
            if logid in seen:
                duplicates += 1
                continue
            seen.add(logid)
            row = _usable(logid, cells)
            if row is not None:
                usable.append(row)
    usable.sort(key=lambda row: (row.at, row.logid))

    blocks, anomalies = _walk(usable)
    restrictions = []
    for block in blocks:
        until, ended_by, closed_by = block.end()
        if until is not None and until <= block.from_at:
            anomalies["never_in_force"] += 1
            continue
        restrictions.append(
            Restriction(block.account, block.from_at, until, ended_by, block.operator, closed_by)
        )
    endings: dict[str | None, int] = {"reversal": 0, "superseded": 0, "expiry": 0, None: 0}
    for restriction in restrictions:
        endings[restriction.ended_by] += 1
    return Outcome(
        rows=rows,
        usable=len(usable),
        unusable=rows - duplicates - len(usable),
        duplicates=duplicates,
        accounts=len({row.account for row in usable}),
        operators=len({row.operator for row in usable}),
        anomalies=anomalies,
        endings=endings,
        restrictions=restrictions,
    )


def _walk(rows: Sequence[Row]) -> tuple[list[Block], dict[str, int]]:
    """
    Return the blocks that *rows*, in order of time, open, and the anomalies met on the way.
    """
    blocks: list[Block] = []
    latest: dict[str, Block] = {}
    anomalies = {"unblock_without_block": 0, "reblock_without_block": 0, "never_in_force": 0}
    for row in rows:
        # What is in force when a block comes is superseded, so only the latest can be in force.
        block = latest.get(row.account)
        current = block if block is not None and block.in_force(row.at) else None
        if row.action == "unblock":
            if current is None:
                anomalies["unblock_without_block"] += 1
            else:
                current.reversed = (row.at, row.operator)
            continue
        if row.action == "reblock":
            if current is not None:
                current.expires_at = row.expires_at
                continue
            anomalies["reblock_without_block"] += 1
        if current is not None:
            current.superseded = (row.at, row.operator)
        latest[row.account] = Block(row.account, row.operator, row.at, row.expires_at)
        blocks.append(latest[row.account])
    return blocks, anomalies


def _cells(path: Path) -> Iterator[dict[str, str]]:
    """
    Yield the data lines of *path* by column name, each under the header line last met.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        header: list[str] = []
        for cells in csv.reader(lines):
            if set(cells) >= HEADER_NAMES:
                header = cells
            elif cells:
                yield dict(zip(header, cells, strict=True))


def _usable(logid: int, cells: dict[str, str]) -> Row | None:
    """
    Return the row in *cells*, or None where the import cannot use it.
    """
    at = _moment(cells["timestamp"])
    account, operator, action = cells["title"], cells["user"], cells["action"]
    if not account or not operator or action not in {"block", "reblock", "unblock"}:
        return None
    try:
        params = ast.literal_eval(cells["params"])
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    if not isinstance(params, dict):
        return None
    expires_at = None
    if action != "unblock" and "expiry" in params:
        try:
            expires_at = None if params["expiry"] in NEVER else _moment(params["expiry"])
        except (ValueError, TypeError, OverflowError):
            return None
    return Row(at, logid, account, operator, action, expires_at)


def _moment(text: str) -> datetime:
    """
    Return the moment that *text* names, ISO 8601 with offset, in UTC.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset; expected a time like 2017-11-01T00:04:59Z")
    return moment.astimezone(UTC)
