"""
The rows that the ledger wrote, by transaction: what the database takes for them without the ledger
shows how much of an act is the database's and how much ours.
"""

from collections.abc import Callable
from typing import Final

from ledger.store.rows import CLAIM_COLUMNS, RESTRICTION_COLUMNS
from tests.benchmarks.site import WRITTEN, Bare, Row, Rows

_RECORDED_AT = 5
# Of a claim, and of a restriction.
_STREAM, _VERSION = 3, 4
_KNOWN_FROM_POSITION = 16
# As large as the frontier of a log of a million entries.
_FRONTIER: Final = bytes(20 * 32)


def transactions(
    entries: Rows, reading: Bare, written_at: Callable[[Row], str]
) -> list[dict[str, Rows]]:
    """
    Return what was written with *entries*, a transaction each, in order.

    A restriction that ended is there as it ended; that it was written without an end first is left
    out.

    Args:
        entries: Rows of `ENTRY_COLUMNS`.

        reading: Where the ledger is.

        written_at: Returns what all entries of one transaction have alone.
    """
    claims: dict[tuple[str, int], Rows] = {}
    for row in reading.select(f"SELECT {CLAIM_COLUMNS} FROM claims"):  # noqa: S608, a constant
        claims.setdefault((row[_STREAM], row[_VERSION]), []).append(row)
    restrictions: dict[tuple[int, int], Rows] = {}
    for row in reading.select(
        f"SELECT {RESTRICTION_COLUMNS} FROM restrictions"  # noqa: S608, a constant
    ):
        restrictions.setdefault((row[0], row[_KNOWN_FROM_POSITION]), []).append(row)
    found: dict[str, dict[str, Rows]] = {}
    for entry in entries:
        log, position, stream, version = entry[:4]
        written = found.setdefault(written_at(entry), {table: [] for table in WRITTEN})
        written["entries"].append(entry)
        written["claims"] += claims.get((stream, version), [])
        written["restrictions"] += restrictions.get((log, position), [])
    for written in found.values():
        last = {entry[0]: entry for entry in written["entries"]}
        written["heads"] = [
            (row[1], row[_RECORDED_AT], _FRONTIER, log) for log, row in last.items()
        ]
    return [*found.values()]
