"""
How fast a database is beneath the ledger, by one writer and by all together.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from statistics import median
from typing import Final

from ledger.errors import Unavailable
from ledger.store.conformance.ground import WRITERS, Client, Ground, act, at_once
from ledger.store.conformance.verdict import Throughput
from ledger.store.order import Order

SHARE: Final = 0.1
OUTSTANDING: Final = 32
ACCOUNTS: Final = 101


def throughput(ground: Ground) -> Throughput:
    """
    Return how many acts a second one writer records who waits for each, and all writers together
    who keep several outstanding.
    """
    began = time.monotonic()
    alone = _alone(ground)
    turned = time.monotonic()
    tasks = [
        partial(_outstanding, ground, client, nth) for nth, client in enumerate(ground.clients)
    ]
    together = sum(at_once(tasks))
    ended = time.monotonic()
    # The entries of a transaction share their time.
    batches = Counter(entry.recorded_at for entry in ground.read("together"))
    return Throughput(
        writers=WRITERS,
        outstanding=OUTSTANDING,
        alone=round(alone / (turned - began)),
        together=round(together / (ended - turned)),
        batch_median=round(median(batches.values() or [0])),
    )


def _alone(ground: Ground) -> int:
    """
    Return how many acts one writer recorded.
    """
    record = ground.clients[0].writer.record_one
    return sum(
        _was_recorded(partial(record, _strike(f"alone-{number % ACCOUNTS}")))
        for number in ground.rounds(SHARE)
    )


def _outstanding(ground: Ground, client: Client, nth: int) -> int:
    """
    Return how many acts *client* recorded who kept several outstanding.
    """
    waiting: deque[Future[str]] = deque()
    recorded = 0
    for number in ground.rounds(SHARE):
        waiting.append(client.writer.submit(_strike(f"together-{nth}-{number % ACCOUNTS}")))
        if len(waiting) == OUTSTANDING:
            recorded += _was_recorded(waiting.popleft().result)
    return recorded + sum(_was_recorded(left.result) for left in waiting)


def _strike(account: str) -> Order:
    return Order(act("issue_strike", account))


def _was_recorded(answer: Callable[[], str]) -> bool:
    """
    Return whether there is an answer; the database may have been unavailable.
    """
    try:
        answer()
    except Unavailable:
        return False
    return True
