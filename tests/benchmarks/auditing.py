"""
Whether what was measured was also right: each action stored once, no gaps, nothing derived that
does not follow from the entries.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, Final

import attrs
import msgspec

from ledger import Ledger, Tampered
from ledger.store import url as urls
from tests.benchmarks.measurement import Bar, Measurement

NO_FAULTS: Final = Bar(at_most=0, of="value")

# The id in an entry that the caller got, by the kind of the entry.
_RESULTS: Final = {"account.action_taken": "action", "account.action_reversed": "reversal"}
_ENTRIES: Final = (
    "SELECT log, position, stream, version, kind, body FROM entries ORDER BY log, position"
)
_decode: Final = msgspec.json.decode


def root(leaves: list[bytes]) -> bytes:
    """
    Return the root of the tree over the hashed *leaves*, by the recursion of RFC 6962.
    """
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


@attrs.define
class _Count:
    """
    How many were looked at, and how many of them were not as they must be.
    """

    looked_at: int = 0
    faults: int = 0

    def add(self, looked_at: int, faults: int) -> None:
        self.looked_at += looked_at
        self.faults += faults


class Audit:
    """
    What was found wrong with the ledgers that a bench has written.
    """

    def __init__(self) -> None:
        self._ledgers = 0
        self._counts: dict[str, _Count] = defaultdict(_Count)

    def look(self, url: str, acknowledged: Iterable[str]) -> None:
        """
        Look at the ledger at *url*, which nobody has open.

        Args:
            acknowledged: The ids that callers got.
        """
        self._ledgers += 1
        stored: Counter[str] = Counter()
        leaves: dict[int, list[bytes]] = defaultdict(list)
        versions: Counter[str] = Counter()
        gaps = 0
        for log, position, stream, version, kind, body in _entries(url):
            leaves[log].append(hashlib.sha256(b"\x00" + body).digest())
            versions[stream] += 1
            gaps += position != len(leaves[log]) or version != versions[stream]
            if kind in _RESULTS:
                stored[_decode(body)["data"][_RESULTS[kind]]] += 1
        ids = Counter(acknowledged)
        count = self._counts
        count["acknowledged and not stored once"].add(
            ids.total(), sum(stored[each] != times for each, times in ids.items())
        )
        count["gaps in positions and versions"].add(versions.total(), gaps)
        with Ledger.open(url, create=False) as ledger:
            logs = ledger.status().logs
            count["roots unlike those recomputed"].add(
                len(leaves),
                sum(log.size > 0 and log.root != root(leaves[log.log]) for log in logs),
            )
            count["derived rows unlike those rebuilt"].add(*_rebuilt(ledger))

    def rows(self, number: str) -> list[Measurement]:
        """
        Return what was found, a row for each thing that must hold, below the *number* of a bar.
        """
        return [
            Measurement(
                name=f"{number} {what}",
                value=count.faults,
                unit="faults",
                floor=count.looked_at,
                size=f"{self._ledgers} ledgers; the floor is how many were looked at",
                bar=NO_FAULTS,
            )
            for what, count in self._counts.items()
        ]


def _entries(url: str) -> Iterator[tuple[Any, ...]]:
    with closing(urls.connect(url, create=False)) as database, database.reading() as connection:
        yield from connection.stream(_ENTRIES)


def _rebuilt(ledger: Ledger) -> tuple[int, int]:
    """
    Return how many derived rows there are, and how many of them were missing or unfounded.
    """
    try:
        found = ledger.rebuild()
    except Tampered:
        return 1, 1
    rows = sum(table.rows for table in found)
    return rows, sum(table.missing + table.unfounded for table in found)
