"""
SQLite keeps in a column whatever is put there: a text where bytes belong, half a position.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ledger import Ledger, Tampered
from ledger.notary.keys import generate
from ledger.proofs.verdict import Verdict
from tests.store.golden import make_format_3, make_format_3_sealed

STRANGE = ("x", b"x", 7, -1, 1.5, 2**62)
# The one that is large enough for tiles and snapshots, and the one that has payloads.
PLAIN, SEALED = make_format_3.DATABASE, make_format_3_sealed.DATABASE


def columns() -> list[tuple[str, str]]:
    """
    Return each column of each table of a ledger.
    """
    with closing(sqlite3.connect(f"file:{SEALED}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [
            (table, column[1])
            for (table,) in tables.fetchall()
            for column in connection.execute(f"PRAGMA table_info({table})")
            if table != "settings"
        ]


@contextmanager
def broken_into(path: Path, database: Path) -> Iterator[sqlite3.Connection]:
    """
    Give a connection to a copy of *database* that nothing keeps from writing.
    """
    shutil.copy(database, path)
    with closing(sqlite3.connect(path)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (trigger,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        yield connection
        connection.commit()


def put(path: Path, table: str, column: str, value: object) -> bool:
    """
    Put *value* into one row of a copy of a stored ledger, and return whether that could be done.
    """
    key = {"claims": "id"}.get(table, "rowid")
    middle = f"SELECT {key} FROM {table} LIMIT 1 OFFSET (SELECT count(*) / 2 FROM {table})"  # noqa: S608
    with broken_into(path, SEALED if table == "sealed" else PLAIN) as connection:
        try:
            changed = connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE {key} = ({middle})",  # noqa: S608
                (value,),
            )
        except sqlite3.IntegrityError:
            return False
        return changed.rowcount > 0


@pytest.mark.parametrize(("table", "column"), columns())
def test_what_does_not_belong_into_a_column_is_found(tmp_path: Path, table: str, column: str):
    """
    Whatever stands in a column that no ledger writes there, the ledger is not taken for whole: it
    is tampered with.
    """
    there = [
        (value, path)
        for number, value in enumerate(STRANGE)
        if put(path := tmp_path / f"{number}.db", table, column, value)
    ]
    assert there
    for value, path in there:
        with Ledger.open(f"sqlite:///{path}", create=False) as opened:
            try:
                verdict = opened.verify(scrub=True).verdict
            except Tampered:
                continue
        assert verdict is Verdict.TAMPERED, value


def test_a_later_entry_that_became_a_text_is_found_behind_a_checkpoint(tmp_path: Path):
    """
    What came after the held checkpoint is read like all else, and the entry is named.
    """
    path, key = tmp_path / "ledger.db", tmp_path / "log.key"
    with Ledger.open(f"sqlite:///{path}") as opened:
        for number in range(3):
            opened.note("25073877", f"call {number}", by="system")
        policy = f"log {generate(key, opened.signed_origin).verifier}\nquorum none\n"
        held = opened.checkpoint(keys=[key], state=tmp_path / "state").note.encode()
        opened.note("25073877", "call 3", by="system")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute("UPDATE entries SET body = CAST(body AS TEXT) WHERE position = 5")
        connection.commit()
    with Ledger.open(f"sqlite:///{path}", create=False) as opened:
        found = opened.verify(policy=policy, suffix=held).findings
        (before,) = opened.verify(policy=policy, prefix=held).prefix.held  # type: ignore[union-attr]

    assert (4, True) == (before.size, before.holds)
    assert [("leaf-differs", 5)] == [(finding.what, finding.position) for finding in found]


def test_bytes_that_became_a_text_are_found_where_they_stand(tmp_path: Path):
    """
    An entry that was edited as a text, as a shell for SQLite does, is found at its position.
    """
    path = tmp_path / "ledger.db"
    with broken_into(path, SEALED) as connection:
        connection.execute(
            "UPDATE entries SET body = replace(CAST(body AS TEXT), 'a-1', 'a-9') WHERE position = 5"
        )
    with Ledger.open(f"sqlite:///{path}", create=False) as opened:
        found = opened.verify(scrub=True).findings

    assert (0, 5) == (found[0].log, found[0].position)
    assert 5 in [finding.position for finding in found if finding.what == "leaf-differs"]
