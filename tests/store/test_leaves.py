"""
What a proof rests on, read as it is stored.
"""

from pathlib import Path

import pytest

from ledger import Ledger, Tampered
from ledger.proofs.tree import encode_frontier, extend_many, record_hash
from ledger.store import url as urls
from ledger.store.database import Connection, Database
from ledger.store.leaves import leaves, log_heads
from tests.conftest import take_action


def test_heads_follow_from_the_bytes_of_the_entries(staffed: Ledger, database: Database):
    """
    From the bytes alone every leaf, and from the leaves the frontier of every head, is computed.
    """
    sizes = {log.log: log.size for log in staffed.status().logs}

    with database.reading() as connection:
        heads = log_heads(connection)
        for head in heads:
            stored = list(leaves(connection, head.log, 0, head.size))
            hashes = [record_hash(each.body) for each in stored]
            assert list(range(1, head.size + 1)) == [each.position for each in stored]
            assert hashes == [each.leaf for each in stored]
            assert head.frontier == encode_frontier(head.size, extend_many((), 0, hashes))

    assert sizes == {head.log: head.size for head in heads}


SPOILT = {
    "UPDATE entries SET body = 'text' WHERE position = 2": 2,
    "UPDATE entries SET leaf = 7 WHERE position = 2": 2,
    "UPDATE heads SET frontier = 'text'": None,
    "UPDATE heads SET size = 'many'": None,
}


@pytest.mark.parametrize(("statement", "position"), SPOILT.items())
def test_what_is_no_bytes_is_tampered(
    file_ledger: Ledger, ledger_path: Path, statement: str, position: int | None
):
    """
    SQLite keeps in a column whatever is put there; it is told, not tripped over.
    """
    assert file_ledger.status().entries > 2
    opened = urls.connect(f"sqlite:///{ledger_path}", create=False)
    with opened.writing() as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute(statement)

    def read(connection: Connection) -> None:
        list(leaves(connection, 0, 0, log_heads(connection)[0].size))

    with opened.reading() as connection, pytest.raises(Tampered) as raised:
        read(connection)

    assert (0, position) == (raised.value.log, raised.value.position)
    opened.close()


def test_a_part_of_a_log_is_read(staffed: Ledger, database: Database):
    """
    What is asked for is read: behind one position, up to another one, and nothing beyond.
    """
    for text in "abcd":
        staffed.note("anna", text, by="op-7")
    log = max(staffed.status().logs, key=lambda each: each.size)

    with database.reading() as connection:
        whole = list(leaves(connection, log.log, 0, log.size + 10))
        part = list(leaves(connection, log.log, 1, log.size - 1))
        none = list(leaves(connection, log.log, log.size, log.size))

    assert whole[1:-1] == part
    assert [] == none


@pytest.mark.parametrize("head", ["frontier = 'text'", "frontier = 7", "size = 'many'"])
def test_whoever_asks_or_acts_is_told_of_a_head_that_is_none(
    file_ledger: Ledger, ledger_path: Path, head: str
):
    """
    What was put into the head of a log by hand is tampered for a question and for a command, and
    the command writes nothing.
    """
    (log,) = file_ledger.status().logs
    opened = urls.connect(f"sqlite:///{ledger_path}", create=False)
    with opened.writing() as connection:
        connection.execute(f"UPDATE heads SET {head}")  # noqa: S608

    with pytest.raises(Tampered) as raised:
        file_ledger.status()
    assert (log.log, f"log {log.log}") == (raised.value.log, raised.value.where)
    with pytest.raises(Tampered, match="a head holds"):
        take_action(file_ledger)
    with opened.reading() as connection:
        assert (log.size,) == connection.execute("SELECT count(*) FROM entries").fetchone()


def test_a_frontier_of_another_size_is_tampered(file_ledger: Ledger, ledger_path: Path):
    """
    It is named by its log.
    """
    assert file_ledger.status().entries
    opened = urls.connect(f"sqlite:///{ledger_path}", create=False)
    with opened.writing() as connection:
        connection.execute("UPDATE heads SET frontier = x'00'")

    with pytest.raises(Tampered, match="cannot be the frontier") as raised:
        file_ledger.status()
    assert (0, "log 0, frontier") == (raised.value.log, raised.value.where)
