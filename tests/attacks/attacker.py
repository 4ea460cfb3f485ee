"""
Somebody who owns the database, has the program, and writes a tree of his own.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import attrs

from ledger import Ledger
from ledger.store import url as urls
from ledger.store.database import Connection, Row
from ledger.store.rows import ENTRY_COLUMNS

Body = dict[str, Any]
_TRIGGERS = ("entries_no_update", "entries_no_delete", "entries_no_replace")
# The columns that repeat a field of the bytes, in the order of the table.
_REPEATED = ("stream", "version", "kind", "recorded_at", "effective_at", "operator")


def leaf_of(octets: bytes) -> bytes:
    """
    Return the hash of a leaf.
    """
    return hashlib.sha256(b"\x00" + octets).digest()


def frontier_of(leaves: Sequence[bytes]) -> bytes:
    """
    Return the frontier over *leaves*, made the simple way.
    """
    hashes, found, start = [*leaves], b"", 0
    while start < len(hashes):
        width = 1 << ((len(hashes) - start).bit_length() - 1)
        found += _perfect(hashes[start : start + width])
        start += width
    return found


def _perfect(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = len(hashes) // 2
    both = b"\x01" + _perfect(hashes[:half]) + _perfect(hashes[half:])
    return hashlib.sha256(both).digest()


@attrs.frozen
class Attacker:
    """
    Has the database at *url*, whose triggers he has dropped.
    """

    url: str

    @classmethod
    def of(cls, url: str) -> Self:
        """
        Return who attacks the ledger at *url*.
        """
        attacker = cls(url)
        if url.startswith("sqlite"):
            for trigger in _TRIGGERS:
                attacker.execute(f"DROP TRIGGER {trigger}")
        return attacker

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """
        Give a connection that may do everything.
        """
        database = urls.connect(self.url, create=False)
        try:
            with database.writing() as connection:
                yield connection
        finally:
            database.close()

    def execute(self, statement: str, *parameters: object) -> list[Row]:
        """
        Run one statement, and return the rows that it answers.
        """
        with self.writing() as connection:
            cursor: Any = connection.execute(statement, parameters)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def bodies(self) -> list[Body]:
        """
        Return what the entries say, in their order.
        """
        rows = self.execute("SELECT body FROM entries ORDER BY position")
        return [json.loads(body) for (body,) in rows]

    def position_of(self, kind: str, nth: int = 0) -> int:
        """
        Return where the *nth* entry of a kind is.
        """
        found = [at for at, body in enumerate(self.bodies(), 1) if body["kind"] == kind]
        return found[nth]

    def edit(self, position: int, change: Callable[[Body], None], *, leaf: bool = False) -> None:
        """
        Change what an entry says, and its columns with it; its leaf hash only where asked.
        """
        body = self.bodies()[position - 1]
        change(body)
        octets = written(body)
        columns = ", ".join(f"{name} = ?" for name in (*_REPEATED, "body"))
        self.execute(
            f"UPDATE entries SET {columns} WHERE position = ?",  # noqa: S608
            *(body[name] for name in _REPEATED),
            octets,
            position,
        )
        if leaf:
            self.execute(
                "UPDATE entries SET leaf = ? WHERE position = ?", leaf_of(octets), position
            )

    def replace_all(self, bodies: Sequence[Body]) -> None:
        """
        Write the whole log anew, positions, leaves and head; then let the program derive the rest.
        """
        octets = [written(body) for body in bodies]
        leaves = [leaf_of(each) for each in octets]
        rows = [
            (0, position, *(body[name] for name in _REPEATED), each, leaf)
            for position, (body, each, leaf) in enumerate(
                zip(bodies, octets, leaves, strict=True), start=1
            )
        ]
        with self.writing() as connection:
            connection.execute("DELETE FROM entries")
            connection.insert("entries", ENTRY_COLUMNS, rows)
            connection.execute(
                "UPDATE heads SET size = ?, recorded_at = ?, frontier = ?",
                (len(rows), bodies[-1]["recorded_at"], frontier_of(leaves)),
            )

    def rederive(self) -> None:
        """
        Let the program itself make anew what follows from the entries.
        """
        with Ledger.open(self.url, create=False) as ledger:
            ledger.rebuild()


def written(body: Body) -> bytes:
    """
    Return the bytes of what an entry says, as the ledger writes them.
    """
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
