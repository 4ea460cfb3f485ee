"""
Killing the process that writes, at any moment.
"""

import random
import time

from tests.crash.audit import NOTHING, audit
from tests.crash.place import Place
from tests.crash.toll import Toll
from tests.crash.writer import Writer

THREADS = 4
LOGS = 4
COMMANDS_MAX = 40


def kill_writers(place: Place, engine: str, kills: int, chance: random.Random) -> Toll:
    """
    Return what it took to kill one writing process after the other; each goes on where the last
    one fell.
    """
    toll = Toll(trial="writer killed", engine=engine)
    url, found = place.new_url(engine, logs=LOGS), NOTHING
    with Writer("w", threads=THREADS) as writer:
        while toll.is_short_of(kills):
            writer.start(url)
            writer.wait_for(chance.randint(1, COMMANDS_MAX))
            writer.wait_for_moment(chance)
            writer.kill()
            hit = writer.was_writing(time.monotonic_ns())
            found = audit(url, writer.acknowledged)
            toll.struck(found, in_a_write=hit)
    return toll.ended(found)
