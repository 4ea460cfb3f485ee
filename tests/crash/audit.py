"""
What must hold of a ledger after it was hit: all that was acknowledged is there once, nothing has a
gap, what is derived fits the entries, and it goes on.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime

import attrs

from ledger import Ledger, LedgerError, Tampered
from ledger.store import url as urls
from ledger.store.database import Row
from tests.crash.writing import BATCH, OPERATOR

# The id in an entry that the caller got, by the kind of the entry.
RESULT = {"account.action_taken": "action", "account.action_reversed": "reversal"}
AUDIT = "it goes on"
ENTRIES = "SELECT log, position, stream, version, kind, body FROM entries ORDER BY log, position"


@attrs.frozen
class Found:
    """
    What an audit found.

    Args:
        acknowledged: The ids that callers got, by request id.

        stored: The ids that the entries hold, by request id.

        broken: What does not hold, a sentence each.
    """

    acknowledged: Mapping[str, str]
    stored: Mapping[str, str]
    broken: list[str]

    @property
    def lost(self) -> list[str]:
        """
        Return the requests that were acknowledged and are not stored with the id that callers got.
        """
        return [
            request
            for request, result in self.acknowledged.items()
            if self.stored.get(request) != result
        ]

    @property
    def unacknowledged(self) -> int:
        """
        Return how many requests are stored of which no caller knows it yet.
        """
        return len(self.stored.keys() - self.acknowledged.keys())


NOTHING = Found({}, {}, [])


def naive_root(leaves: list[bytes]) -> bytes:
    """
    Return the root of the tree over the hashed *leaves*, by the recursion of RFC 6962.
    """
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = naive_root(leaves[:split]), naive_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@attrs.define
class Story:
    """
    The entries of a ledger as they are read one by one.
    """

    positions: dict[int, int] = attrs.field(factory=lambda: defaultdict(int))
    versions: dict[str, int] = attrs.field(factory=lambda: defaultdict(int))
    leaves: dict[int, list[bytes]] = attrs.field(factory=lambda: defaultdict(list))
    stored: dict[str, str] = attrs.field(factory=dict)
    broken: list[str] = attrs.field(factory=list)

    @property
    def entries(self) -> int:
        """
        Return how many entries there are.
        """
        return sum(map(len, self.leaves.values()))

    def add(self, row: Row) -> None:
        """
        Read the next entry.
        """
        log, position, stream, version, kind, body = row
        expected, following = self.positions[log] + 1, self.versions[stream] + 1
        if position != expected:
            self.broken.append(f"position {expected} of log {log} is {position}")
        if version != following:
            self.broken.append(f"version {following} of {stream} is {version}")
        self.positions[log], self.versions[stream] = position, version
        self.leaves[log].append(hashlib.sha256(b"\x00" + body).digest())
        if kind not in RESULT:
            return
        told = json.loads(body)["data"]
        request = told["reason"]
        if request in self.stored:
            self.broken.append(f"{request} is stored twice")
        if request != AUDIT:
            self.stored[request] = told[RESULT[kind]]


def read(url: str) -> Story:
    """
    Return the entries of the ledger at *url*, read without the ledger's own questions.
    """
    story = Story()
    with closing(urls.connect(url, create=False)) as database, database.reading() as connection:
        for row in connection.stream(ENTRIES):
            story.add(row)
        if url.startswith("sqlite:"):
            ((verdict,),) = connection.execute("PRAGMA integrity_check").fetchall()
            if verdict != "ok":
                story.broken.append(f"the file does not hold together: {verdict}")
    story.broken.extend(partial_batches(story.stored))
    return story


def partial_batches(stored: Mapping[str, str]) -> Iterator[str]:
    """
    Yield what is wrong where one transaction was stored in part.
    """
    batches = Counter(request.partition(".")[0] for request in stored if "." in request)
    for batch, parts in batches.items():
        if parts != BATCH:
            yield f"of the {BATCH} commands of {batch} there are {parts}"


def differing(ledger: Ledger, story: Story) -> Iterator[str]:
    """
    Yield what of *ledger*'s heads and derived tables does not fit its entries.
    """
    for log in ledger.status().logs:
        leaves = story.leaves[log.log]
        if log.size != len(leaves):
            yield f"the head of log {log.log} has {log.size} entries for {len(leaves)}"
        elif leaves and log.root != naive_root(leaves):
            yield f"the root of log {log.log} is not that of its entries"
    try:
        for difference in ledger.rebuild():
            if difference.differed:
                yield f"not as rebuilt: {difference}"
    except Tampered as error:
        yield str(error)


def stalled(ledger: Ledger, entries: int) -> Iterator[str]:
    """
    Yield what is wrong when *ledger*, which has that many *entries*, is to go on.
    """
    told: dict[str, str] = {"by": OPERATOR, "because_of": "own-initiative", "reason": AUDIT}
    request = f"audit-{entries}"
    first, again = (
        ledger.act("issue_strike", "audited", **told, request_id=request) for _ in range(2)
    )
    if first != again or ledger.status().entries != entries + 1:
        yield f"after {entries} entries it does not go on"


def look(url: str, acknowledged: Mapping[str, str]) -> Found:
    """
    Return what is wrong with the entries of the ledger at *url*; nothing is written.
    """
    story = read(url)
    return Found(acknowledged, story.stored, story.broken)


def audit(url: str, acknowledged: Mapping[str, str]) -> Found:
    """
    Return what is wrong with the ledger at *url*, which nobody but the auditor writes to.

    Args:
        acknowledged: The ids that callers got, by request id.
    """
    story, broken = Story(), []
    try:
        with Ledger.open(url, create=False) as ledger:
            # A server may still be at what a client sent before it was killed.
            ledger.fence(datetime.now(UTC))
            story = read(url)
            broken = [*differing(ledger, story), *stalled(ledger, story.entries)]
    except LedgerError as error:
        # What cannot be read is lost.
        broken = [str(error)]
    return Found(acknowledged, story.stored, [*story.broken, *broken])
