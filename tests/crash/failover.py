"""
Killing a PostgreSQL server whose synchronous standby takes over.
"""

import random
import time

from tests.crash.audit import NOTHING, audit
from tests.crash.place import Place, begin
from tests.crash.toll import Toll
from tests.crash.writers import Writers
from tests.postgres import Server

WRITERS = 8
DATABASE = "ledger"


def either(primary: Server, standby: Server) -> str:
    """
    Return the URL of the database on whichever of the two takes writes.
    """
    hosts = f"{primary.run},{standby.run}"
    return primary.url(DATABASE, host=hosts, target_session_attrs="read-write")


def fail_over(place: Place, times: int, chance: random.Random) -> Toll:
    """
    Return what it took to kill the primary that many times; who takes over gets a standby too.
    """
    toll = Toll(trial="failover", engine="postgresql")
    primary, found = place.new_server(), NOTHING
    begin(primary.create_database(DATABASE))
    with Writers.of(WRITERS) as writers:
        while toll.is_short_of(times):
            standby = place.kept(primary.standby())
            url = either(primary, standby)
            with writers.writing(url):
                writers.wait_for_any_moment(chance)
                primary.kill()
                moment = time.monotonic_ns()
                standby.promote()
                hit = writers.were_writing(moment)
            found = audit(url, writers.acknowledged)
            toll.struck(found, in_a_write=hit)
            primary = standby
    return toll.ended(found)
