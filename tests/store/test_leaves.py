"""
What a proof rests on, read as it is stored.
"""

from ledger import Ledger
from ledger.proofs.tree import encode_frontier, extend_many, record_hash
from ledger.store.database import Database
from ledger.store.leaves import leaves, log_heads


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
