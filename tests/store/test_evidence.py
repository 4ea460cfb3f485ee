"""
The entry is the evidence: kept as hashed, append-only, summed up in the head, durable.
"""

import hashlib
import sqlite3

import pytest

from ledger import Ledger, Tampered
from ledger.moderation.codec import CODEC
from ledger.moderation.moment import canonical
from ledger.store.database import Database
from ledger.store.sqlite import SQLiteDatabase
from tests.conftest import Backend, HandSetClock
from tests.store.conftest import live, on

# The version of another position's entry is taken over by a new one.
MOVED = (
    "REPLACE INTO entries SELECT log, position + 1000, stream, version, kind, recorded_at,"
    " effective_at, operator, body, leaf FROM entries WHERE position = 1"
)


def naive_root(bodies: list[bytes]) -> bytes:
    """
    Return the root hash over *bodies* as RFC 6962 defines it, by recursion.
    """
    if not bodies:
        return hashlib.sha256().digest()
    if len(bodies) == 1:
        return hashlib.sha256(b"\x00" + bodies[0]).digest()
    split = 1 << (len(bodies) - 1).bit_length() - 1
    left, right = naive_root(bodies[:split]), naive_root(bodies[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def bodies(database: Database, log: int) -> list[bytes]:
    """
    Return the bytes of every entry of *log*, in order.
    """
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT body FROM entries WHERE log = ? ORDER BY position", (log,)
        )
        return [body for (body,) in rows]


def test_the_root_is_the_root_of_the_bodies(
    staffed: Ledger, database: Database, clock: HandSetClock
):
    """
    After every command the root that the head states is the one computed from the bytes alone.
    """
    for _ in live(staffed, clock, commands=25):
        for log in staffed.status().logs:
            if log.size:
                assert naive_root(bodies(database, log.log)) == log.root


def test_an_empty_log_has_the_empty_root(ledger: Ledger):
    """
    A log without entries has the root hash of nothing.
    """
    assert {naive_root([])} == {log.root for log in ledger.status().logs}


def test_leaf_hashes_are_those_of_the_bodies(lively: Ledger, database: Database):
    """
    Each row has the hash of its own bytes beside them.
    """
    with database.reading() as connection:
        rows = connection.execute("SELECT body, leaf FROM entries").fetchall()

    assert lively.status().entries == len(rows)
    assert [hashlib.sha256(b"\x00" + body).digest() for body, _ in rows] == [
        leaf for _, leaf in rows
    ]


def test_columns_equal_the_fields_of_the_body(lively: Ledger, database: Database):
    """
    Every column but the position is a field of the bytes, and says the same.
    """
    columns = "log, position, stream, version, kind, recorded_at, effective_at, operator, body"
    with database.reading() as connection:
        rows = connection.execute(f"SELECT {columns} FROM entries").fetchall()  # noqa: S608

    assert lively.status().entries == len(rows)
    for *row, body in rows:
        entry = CODEC.decode_entry(body, row[1])
        effective_at = entry.effective_at and canonical(entry.effective_at)
        said = [entry.log, entry.position, entry.stream, entry.version, entry.kind]
        assert row == [*said, canonical(entry.recorded_at), effective_at, entry.operator]


@on("memory", "sqlite")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET operator = 'op-8'",
        "UPDATE entries SET body = body WHERE position = 1",
        "UPDATE OR REPLACE entries SET position = 1",
        "DELETE FROM entries",
        "DELETE FROM entries WHERE log = 0 AND position = 1",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE position = 1",
        MOVED,
    ],
    ids=lambda statement: " ".join(statement.split()[:3]),
)
def test_the_database_refuses_to_change_an_entry(
    staffed: Ledger, database: Database, statement: str
):
    """
    Whoever writes SQL by hand cannot update, replace or delete an entry: the database says no.
    """
    before = list(staffed.entries())
    with pytest.raises(Tampered, match="append-only"), database.writing() as connection:
        connection.execute(statement)

    assert before == list(staffed.entries())


def test_any_other_tool_is_refused_as_well(file_ledger: Ledger, ledger_path):
    """
    The refusal is in the file, not in this program.
    """
    before = list(file_ledger.entries())
    tool = sqlite3.connect(ledger_path)
    for statement in ("UPDATE entries SET operator = 'op-8'", "DELETE FROM entries"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            tool.execute(statement)
    tool.close()

    assert before == list(file_ledger.entries())


@on("memory", "sqlite")
def test_every_connection_commits_durably(ledger: Ledger, database: SQLiteDatabase):
    """
    Writers and readers alike run in WAL mode with synchronous=FULL; memory has no disk to sync.
    """
    assert ledger.status().entries == 0
    for give in (database.writing, database.reading):
        with give() as connection:
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
        assert ("memory" if database.path is None else "wal", 2) == (mode, synchronous)


@on("postgres")
def test_every_connection_to_a_server_commits_durably(database: Database, backend: Backend):
    """
    Neither the ledger's connections nor its transactions trade what was acknowledged for speed; a
    question sees one state, and a writer has the isolation that the server gives.
    """
    asked = ["synchronous_commit", "transaction_isolation", "transaction_read_only"]
    found = []
    for give in (database.writing, database.reading):
        with give() as connection:
            told = [connection.execute(f"SHOW {name}").fetchone()[0] for name in asked]
        found.append(told)

    given = backend.isolation.replace("\\", "")
    assert [["on", given, "off"], ["on", "repeatable read", "on"]] == found


def test_a_failed_transaction_leaves_no_trace(staffed: Ledger, database: Database):
    """
    When anything fails while a transaction is under way, none of it is kept.
    """
    before = list(staffed.entries())

    def fail() -> None:
        with database.writing() as connection:
            connection.execute("UPDATE heads SET size = size + 1")
            connection.execute("INSERT INTO claims VALUES (0, 'action', 'a', 'account/x', 1, '')")
            raise EOFError

    with pytest.raises(EOFError):
        fail()

    assert before == list(staffed.entries())
    assert not any(difference.differed for difference in staffed.rebuild())
