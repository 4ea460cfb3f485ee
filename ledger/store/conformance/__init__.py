"""
Conformance: whether a database does for a ledger what the store relies on, tried on that database.

It is for engines that speak SQLite's or PostgreSQL's language and were not tried here. A run makes
a ledger in an empty database, lets several writers use it at once, each with connections of its
own, and drops it again. What it finds is evidence and no proof: a property that holds was not seen
to fail.
"""

from ledger.store.conformance.run import LOGS, SECONDS, check_store
from ledger.store.conformance.verdict import Conformance, Throughput, Verdict

__all__ = ["LOGS", "SECONDS", "Conformance", "Throughput", "Verdict", "check_store"]
