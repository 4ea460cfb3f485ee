"""
The snapshots of an account on which everything happened that can happen on one.

Run as a program it prints their SHA-256.
"""

import hashlib
from collections.abc import Iterator

from ledger.moderation.account import Account
from ledger.moderation.codec import CODEC
from ledger.moderation.entry import Entry
from ledger.timeline.restrictions import History
from ledger.timeline.snapshot import Recent, Snapshot
from tests.moderation.golden_leaves import leaves

ACCOUNT = "x"


def entries() -> list[Entry]:
    """
    Return the samples of an account, told twice.
    """
    told = [leaf for kind, _, leaf in leaves() if kind.startswith("account.")]
    return numbered([CODEC.decode_entry(leaf, 1) for leaf in (*told, *told)])


def numbered(told: list[Entry]) -> list[Entry]:
    """
    Return *told* as the entries of one account in a log of its own.
    """
    return [
        entry._replace(log=0, position=number, version=number, stream=f"account/{ACCOUNT}")
        for number, entry in enumerate(told, start=1)
    ]


def snapshots(told: list[Entry]) -> Iterator[Snapshot]:
    """
    Yield the snapshots of an account, from its entries.
    """
    history, recent = History(Account(ACCOUNT)), Recent()
    for entry in told:
        snapshot = recent.take(entry, history.take(entry), entry.body)
        if snapshot is not None:
            yield snapshot


if __name__ == "__main__":
    made = b"".join(snapshot.state for snapshot in snapshots(entries()))
    print(hashlib.sha256(made).hexdigest())  # noqa: T201, it is what the program is for
