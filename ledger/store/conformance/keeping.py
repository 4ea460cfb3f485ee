"""
What is kept: through a crash, as far as the engine says how it is set; and as the hash tree and
what is derived have it.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Final

from ledger.errors import LedgerError, Tampered
from ledger.proofs.tree import extend_many, record_hash, root_hash
from ledger.store.conformance.ground import Ground
from ledger.store.conformance.verdict import Verdict, judged
from ledger.store.database import Database
from ledger.store.rebuild import rebuild

# What a server is asked, by setting; and what loses acknowledged commits when it crashes.
_SERVER: Final = {
    "fsync": "SELECT current_setting('fsync')",
    "synchronous_commit": "SELECT current_setting('synchronous_commit')",
    "full_page_writes": "SELECT current_setting('full_page_writes')",
}
_SERVER_LOSES: Final = {"off"}
# The same of a file: numbers are what SQLite calls OFF and NORMAL.
_FILE: Final = {"journal_mode": "PRAGMA journal_mode", "synchronous": "PRAGMA synchronous"}
_FILE_LOSES: Final = {"off", "memory", "0", "1"}
_ENGINES: Final = ((_SERVER, _SERVER_LOSES), (_FILE, _FILE_LOSES))


def durability(ground: Ground) -> Verdict:
    """
    Ask the engine how it is set: a commit is on disk before it is acknowledged. An engine that has
    none of the settings that are asked for says nothing of it.
    """
    for questions, losing in _ENGINES:
        said = _said(ground.auditor.database, questions)
        if said is not None:
            told = {name: f"{name}={value}" for name, value in said.items()}
            broken = [
                f"{told[name]} loses what was acknowledged when the machine stops"
                for name, value in said.items()
                if value in losing
            ]
            return judged("durability", broken, ", ".join(told.values()))
    return Verdict("durability", holds=None, what="the engine does not say how it is set")


def _said(database: Database, questions: dict[str, str]) -> dict[str, str] | None:
    """
    Return what the engine says to *questions*; None when it does not know one of them.
    """
    try:
        with database.reading() as connection:
            return {
                name: str(connection.execute(question).fetchone()[0])
                for name, question in questions.items()
            }
    except (LedgerError, TypeError):
        return None


def hash_tree(ground: Ground) -> Verdict:
    """
    Hash every entry anew and make what is derived anew: the roots of the heads are those of the
    entries, and claims and restrictions are as rebuilt.
    """
    leaves: dict[int, list[bytes]] = defaultdict(list)
    for entry in ground.read():
        leaves[entry.log].append(record_hash(entry.body))
    broken = chain(_wrong_roots(ground, leaves), _wrong_rows(ground))
    entries = sum(map(len, leaves.values()))
    return judged("hash-tree", broken, f"{entries} entries in {ground.settings.logs} logs")


def _wrong_roots(ground: Ground, leaves: dict[int, list[bytes]]) -> Iterator[str]:
    for log, (size, root) in ground.auditor.reader.roots().items():
        if size != len(leaves[log]):
            yield f"the head of log {log} has {size} entries for {len(leaves[log])}"
        elif root != root_hash(extend_many((), 0, leaves[log])):
            yield f"the root of log {log} is not that of its entries"


def _wrong_rows(ground: Ground) -> Iterator[str]:
    try:
        for table in rebuild(ground.auditor.database, ground.settings):
            if table.differed:
                yield (
                    f"of {table.rows} {table.table} {table.missing} were missing, and"
                    f" {table.unfounded} were there that no entry calls for"
                )
    except Tampered as error:
        yield str(error)
