"""
The trials by name, and how often each of them strikes.
"""

import random
import time
from collections.abc import Callable
from typing import Final

import attrs

from tests.crash.failover import fail_over
from tests.crash.full_disk import fill_disk
from tests.crash.killing import kill_writers
from tests.crash.network import cut_network
from tests.crash.place import Place
from tests.crash.powercut import cut_power
from tests.crash.server_kill import kill_server
from tests.crash.toll import Toll


@attrs.frozen(kw_only=True)
class Scale:
    """
    How often each trial strikes.
    """

    writer_kills: int = 60
    server_kills: int = 3
    failovers: int = 3
    network_cuts: int = 60
    power_cuts: int = 300
    disks_filled: int = 6


LONG: Final = Scale()
SHORT: Final = Scale(
    writer_kills=4, server_kills=1, failovers=1, network_cuts=4, power_cuts=25, disks_filled=1
)

Trial = Callable[[Place, Scale, random.Random], Toll]

TRIALS: Final[dict[str, Trial]] = {
    "writer-sqlite": lambda place, scale, chance: kill_writers(
        place, "sqlite", scale.writer_kills, chance
    ),
    "writer-postgresql": lambda place, scale, chance: kill_writers(
        place, "postgresql", scale.writer_kills, chance
    ),
    "server": lambda place, scale, chance: kill_server(place, scale.server_kills, chance),
    "failover": lambda place, scale, chance: fail_over(place, scale.failovers, chance),
    "network": lambda place, scale, chance: cut_network(
        place, "network cut", scale.network_cuts, chance
    ),
    "commit": lambda place, scale, chance: cut_network(
        place, "commit unanswered", scale.network_cuts, chance
    ),
    "power": lambda place, scale, chance: cut_power(place, scale.power_cuts, chance),
    "disk-sqlite": lambda _, scale, __: fill_disk("sqlite", scale.disks_filled),
    "disk-postgresql": lambda _, scale, __: fill_disk("postgresql", scale.disks_filled),
}

ON_POSTGRES: Final = {
    "writer-postgresql",
    "server",
    "failover",
    "network",
    "commit",
    "disk-postgresql",
}


def run(name: str, place: Place, scale: Scale, seed: int) -> Toll:
    """
    Return what the trial *name* took; what kept it from its end is broken too.
    """
    begin = time.perf_counter()
    try:
        toll = TRIALS[name](place, scale, random.Random(seed))
    except (RuntimeError, TimeoutError) as error:
        toll = Toll(trial=name, engine="-", broken=[str(error)])
    toll.seconds = time.perf_counter() - begin
    return toll
