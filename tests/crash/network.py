"""
Cutting the wire between writers and a PostgreSQL server: at any moment, and between a commit and
its answer.
"""

import random
from urllib.parse import urlsplit

from tests.crash.audit import NOTHING, audit
from tests.crash.place import Place
from tests.crash.proxy import Proxy
from tests.crash.toll import Toll
from tests.crash.writer import PATIENCE_SECONDS
from tests.crash.writers import Writers

WRITERS = 3
LOGS = 4
CUTS_A_ROUND = 10
# In plain words, which a proxy can follow.
PLAIN = "sslmode=disable&gssencmode=disable"


def cut_at_any_moment(proxy: Proxy, writers: Writers, chance: random.Random) -> bool:
    """
    Cut every wire, and return whether one of *writers* was within a transaction.
    """
    writers.wait_for_any_moment(chance)
    return writers.were_writing(proxy.cut())


def cut_at_commit(proxy: Proxy, writers: Writers, chance: random.Random) -> bool:
    """
    Cut the wire of a writer whose transaction the server has just committed, before he hears of
    it; return whether that came to pass.

    His commands carry no ids by which the ledger could tell that it has them already.
    """
    writers.wait_for_any_moment(chance)
    return proxy.cut_at_commit(PATIENCE_SECONDS)


AT_COMMIT = "commit unanswered"
KINDS = {"network cut": cut_at_any_moment, AT_COMMIT: cut_at_commit}


def cut_network(place: Place, kind: str, cuts: int, chance: random.Random) -> Toll:
    """
    Return what it took to cut the network that many times, which may be done in two *kinds*.
    """
    toll = Toll(trial=kind, engine="postgresql")
    database = urlsplit(place.new_url("postgresql", logs=LOGS)).path.removeprefix("/")
    parts, found = urlsplit(place.server.tcp_url(database)), NOTHING
    user, _, _ = parts.netloc.rpartition("@")
    with (
        Proxy(parts.port or 0, chance) as proxy,
        Writers.of(WRITERS, has_ids=kind != AT_COMMIT) as writers,
    ):
        url = parts._replace(netloc=f"{user}@127.0.0.1:{proxy.port}", query=PLAIN).geturl()
        while toll.is_short_of(cuts):
            number = min(CUTS_A_ROUND, max(cuts - toll.faults, 1))
            with writers.writing(url):
                hits = sum([KINDS[kind](proxy, writers, chance) for _ in range(number)])
            found = audit(parts.geturl(), writers.acknowledged)
            toll.struck(found, faults=number, in_a_write=hits)
    return toll.ended(found)
