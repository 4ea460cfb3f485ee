"""
A straight computation of four checks over block logs, for a review to be compared with.

It shares no code with the package under test: CSV rows in, plain lists and dictionaries in between,
tuples out. The four are those that need nothing but the block log: who ended their own blocks, who
blocked themselves, who blocked while blocked by another, and whose blocks of their last day another
ended.
"""

import ast
import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

NEVER = ("infinity", "infinite", "indefinite", "never")


class Row(NamedTuple):
    """
    A usable line; rows are taken in the order of (time, logid).
    """

    at: datetime
    logid: int
    kind: str
    account: str
    operator: str
    expiry: datetime | None


@dataclass
class Block:
    """
    A block, or a reblock that began one.

    Args:
        ends: What else is known to end it: when, how, by whom. The expiry counts only as it was
            amended last.
    """

    account: str
    operator: str
    begins: datetime
    expiry: datetime | None
    ends: list[tuple[datetime, str, str]]

    def ending(self) -> tuple[datetime | None, str, str | None]:
        """
        Return until when it lasts, what ends it, and who does; at a tie the expiry wins, then the
        next block.
        """
        until, how, by = min(self.ends, key=lambda end: end[0], default=(None, "", None))
        if self.expiry is not None and (until is None or self.expiry <= until):
            return self.expiry, "expiry", None
        return until, how, by

    def lasts_at(self, at: datetime) -> bool:
        """
        Tell whether *at* lies in it: from its beginning up to its end, which is not in it.
        """
        until = self.ending()[0]
        return self.begins <= at and (until is None or at < until)


class Found(NamedTuple):
    """
    What was found: which check, whose act, on which account, when.
    """

    check: str
    operator: str
    account: str
    at: datetime


def compute(paths: Sequence[Path]) -> list[Found]:
    """
    Return what the four checks find in the block logs *paths*, taken together, sorted.
    """
    rows = sorted(_rows(paths))
    blocks = _blocks(rows)
    found = [Found(check, b.operator, b.account, b.begins) for check, b in _each(blocks)]
    ended_at = rows[-1].at if rows else datetime.max.replace(tzinfo=UTC)
    found += [
        Found("last-active-day", b.operator, b.account, b.begins)
        for b in _undone_on_the_last_day(blocks, ended_at)
    ]
    return sorted(found)


def _each(blocks: Sequence[Block]) -> Iterator[tuple[str, Block]]:
    on = defaultdict(list)
    for block in blocks:
        on[block.account].append(block)
    for block in blocks:
        until, how, by = block.ending()
        if how == "reversal" and by == block.operator and until != block.begins:
            yield "self-reversal", block
        own = "User:" + block.operator
        if block.account == own:
            yield "own-account", block
        if any(o.operator != block.operator and o.lasts_at(block.begins) for o in on[own]):
            yield "acted-while-restricted", block


def _undone_on_the_last_day(blocks: Sequence[Block], ended_at: datetime) -> Iterator[Block]:
    """
    Yield what others ended of the last day of everyone with 20 blocks who then was idle for a
    month.
    """
    by = defaultdict(list)
    for block in blocks:
        by[block.operator].append(block)
    for operator, own in by.items():
        last = max(block.begins for block in own)
        if len(own) < 20 or ended_at - last < timedelta(days=30):
            continue
        for block in own:
            until, _, closer = block.ending()
            lasted = until is None or until > block.begins
            if block.begins.date() == last.date() and lasted and closer not in (None, operator):
                yield block


def _blocks(rows: Sequence[Row]) -> list[Block]:
    blocks: list[Block] = []
    latest: dict[str, Block] = {}
    for row in rows:
        known = latest.get(row.account)
        held = known if known is not None and known.lasts_at(row.at) else None
        if row.kind == "unblock":
            if held is not None:
                held.ends.append((row.at, "reversal", row.operator))
        elif row.kind == "reblock" and held is not None:
            held.expiry = row.expiry
        else:
            if held is not None:
                held.ends.append((row.at, "superseded", row.operator))
            latest[row.account] = Block(row.account, row.operator, row.at, row.expiry, [])
            blocks.append(latest[row.account])
    return blocks


def _rows(paths: Sequence[Path]) -> Iterator[Row]:
    seen = set()
    for path in paths:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as lines:
            header: list[str] = []
            for cells in csv.reader(lines):
                if "logid" in cells:
                    header = cells
                    continue
                line = dict(zip(header, cells, strict=True))
                if line["logid"] in seen:
                    continue
                seen.add(line["logid"])
                row = _row(line)
                if row is not None:
                    yield row


def _row(line: dict[str, str]) -> Row | None:
    if not line["title"] or not line["user"]:
        return None
    try:
        params = ast.literal_eval(line["params"])
        expiry = params.get("expiry", "never") if line["action"] != "unblock" else "never"
        until = None if expiry in NEVER else _moment(expiry)
    except (ValueError, SyntaxError, AttributeError):
        return None
    at = _moment(line["timestamp"])
    return Row(at, int(line["logid"]), line["action"], line["title"], line["user"], until)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
