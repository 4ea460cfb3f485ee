"""
Killing the whole PostgreSQL server under its writers.
"""

import random
import time

from tests.crash.audit import NOTHING, audit
from tests.crash.place import Place
from tests.crash.toll import Toll
from tests.crash.writers import Writers

WRITERS = 8


def kill_server(place: Place, kills: int, chance: random.Random) -> Toll:
    """
    Return what it took to kill every process of the server at once, that many times.
    """
    toll = Toll(trial="server killed", engine="postgresql")
    url, found = place.new_url("postgresql"), NOTHING
    with Writers.of(WRITERS) as writers:
        while toll.is_short_of(kills):
            with writers.writing(url):
                writers.wait_for_any_moment(chance)
                place.server.kill()
                moment = time.monotonic_ns()
                place.server.start()
                hit = writers.were_writing(moment)
            found = audit(url, writers.acknowledged)
            toll.struck(found, in_a_write=hit)
    return toll.ended(found)
