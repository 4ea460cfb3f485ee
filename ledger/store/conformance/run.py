"""
The run: every property of a database is tried, one after the other, and each has a verdict.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ledger.errors import LedgerError, Malformed
from ledger.store import url as urls
from ledger.store.conformance.asking import as_of_stability
from ledger.store.conformance.ground import SEED, Ground
from ledger.store.conformance.keeping import durability, hash_tree
from ledger.store.conformance.place import Place, made, made_origin
from ledger.store.conformance.racing import append_race, gap_check
from ledger.store.conformance.retrying import conflict_and_retry, idempotency
from ledger.store.conformance.speed import throughput
from ledger.store.conformance.verdict import Conformance, Throughput, Verdict
from ledger.store.settings import Settings

LOGS: Final = 4
SECONDS: Final = 10.0
_FILE: Final = "sqlite:///"

# The last one looks at all that the others have left.
PROPERTIES: Final[dict[str, Callable[[Ground], Verdict]]] = {
    "append-race": append_race,
    "gap-check": gap_check,
    "conflict-and-retry": conflict_and_retry,
    "idempotency": idempotency,
    "as-of-stability": as_of_stability,
    "durability": durability,
    "hash-tree": hash_tree,
}


def check_store(
    url: str, *, logs: int = LOGS, seconds: float = SECONDS, keep: bool = False
) -> Conformance:
    """
    Return what a ledger with *logs* logs finds of the database that *url* names, which is left as
    empty as it was.

    Args:
        seconds: How long it may take, about; every property is tried once at least.

        keep: Whether the ledger that was made is left there.

    Raises:
        Malformed: When there is a ledger already, which is left as it is; or when the URL names no
            database that several may use.

        Unavailable: When it cannot be reached.
    """
    path = Path(url.removeprefix(_FILE)) if url.startswith(_FILE) else None
    place = Place(
        lambda: urls.connect(url, create=True),
        urls.shown(url),
        None if path is None or path.exists() else path,
    )
    return run(place, logs=logs, seconds=seconds, keep=keep)


def run(
    place: Place,
    *,
    logs: int = LOGS,
    seconds: float = SECONDS,
    keep: bool = False,
    seed: int = SEED,
) -> Conformance:
    """
    Return what a ledger with *logs* logs finds of a *place*.

    Args:
        seed: What is done follows from it.

    Raises:
        Malformed, Unavailable: As `check_store` does.
    """
    if not 0 < seconds < math.inf:
        raise Malformed(
            f"{seconds:g} is no time to take", where="seconds", expected="seconds, more than 0"
        )
    fixed = Settings(origin=made_origin(), logs=logs)
    with (
        made(place, fixed, keep=keep),
        Ground(place.connect, fixed, seconds=seconds, seed=seed) as ground,
    ):
        *before, last = PROPERTIES
        found = [_verdict(ground, name) for name in before]
        speed = _speed(ground)
        return Conformance(place.name, logs, (*found, _verdict(ground, last)), speed)


def _verdict(ground: Ground, name: str) -> Verdict:
    """
    Return the verdict of the property *name*.

    Raises:
        Unavailable: When the database cannot be reached any more.
    """
    try:
        return PROPERTIES[name](ground)
    except LedgerError as error:
        ground.reach()
        return Verdict(name, holds=False, what=str(error))


def _speed(ground: Ground) -> Throughput | None:
    """
    Return how fast the database is; None where acts fail.

    Raises:
        Unavailable: When it cannot be reached any more.
    """
    try:
        return throughput(ground)
    except LedgerError:
        ground.reach()
        return None
