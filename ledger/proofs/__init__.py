"""
How anyone checks that nothing changed: pure functions of bytes, on the standard library alone.

What is true of a log follows from its entries' bytes and RFC 6962; no ledger is needed to check it.
The tree is named here, since every entry that is written extends it. What only a check needs is
imported from its module: `inclusion`, `consistency`, `tile`, `note`, `checkpoint`, `cosignature`,
`policy`, `receipt`, `roots`, `evidence`, `bundle`.
"""

from ledger.proofs.tree import (
    EMPTY_ROOT,
    HASH_SIZE,
    decode_frontier,
    encode_frontier,
    extend,
    extend_many,
    node_hash,
    record_hash,
    root_hash,
)

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "decode_frontier",
    "encode_frontier",
    "extend",
    "extend_many",
    "node_hash",
    "record_hash",
    "root_hash",
]
