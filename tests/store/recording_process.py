"""
A process that records, for tests of several at once: ``python -m … URL TASK NAME COUNT``.

It says "ready" when it could begin, begins when it is told to, and prints what came of each
command: an id, or the family and rule of the error.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TextIO

from ledger import Ledger, LedgerError, Refused

ACCOUNTS = 5
BATCH = 20
BATCHED = 100
CONTESTED = "contested"
THREADS = 8


def strikes(ledger: Ledger, name: str, count: int) -> Iterator[str]:
    """
    Record *count* strikes on accounts that others strike as well, the last ones in batches.
    """
    told = {"by": "op-7", "because_of": "own-initiative", "reason": name}
    for number in range(count - BATCHED):
        account = f"shared-{number % ACCOUNTS}"
        request_id = f"{name}-{number}"
        yield ledger.act("issue_strike", account, **told, request_id=request_id)
    for first in range(0, BATCHED, BATCH):
        yield from ledger.record_many(
            {"command": "act", "measure": "issue_strike", "account": f"shared-{n % ACCOUNTS}"}
            | told
            for n in range(first, first + BATCH)
        )


def reversals(ledger: Ledger, name: str, count: int) -> Iterator[str]:
    """
    Reverse the actions ``a-0``, ``a-1`` … that others are about to reverse as well.
    """
    for number in range(count):
        try:
            yield ledger.reverse(f"a-{number}", by=name, reason="error")
        except Refused as refused:
            yield f"Refused {refused.rule} {refused.by}"


def contests(
    ledger: Ledger, name: str, count: int, threads: int = THREADS
) -> Iterator[tuple[str, str]]:
    """
    Let *threads* at once try to open *count* slots of one account and to end as many restrictions
    of it, and yield what each try was about, and "won" or the rule that it broke.
    """
    told = {"by": name, "reason": "first come"}

    def outcome(attempt: Callable[..., str], *what: str, **how: str) -> str:
        try:
            attempt(*what, **how, **told)
        except Refused as refused:
            return refused.rule
        return "won"

    def tried(_thread: int) -> list[tuple[str, str]]:
        found = []
        for number in range(count):
            slot, action = f"slot-{number}", f"a-{number}"
            act = partial(ledger.act, because_of="own-initiative")
            found.append((slot, outcome(act, "restrict", CONTESTED, scope=slot)))
            found.append((action, outcome(ledger.reverse, action)))
        return found

    with ThreadPoolExecutor(threads) as pool:
        for found in pool.map(tried, range(threads)):
            yield from found


def contested(ledger: Ledger, name: str, count: int) -> Iterator[str]:
    """
    Do the same, for one process among several.
    """
    yield from map(" ".join, contests(ledger, name, count))


def limited(ledger: Ledger, name: str, count: int) -> Iterator[str]:
    """
    Try *count* acts of an operator whose rate is limited, and who acts elsewhere as well.
    """
    for number in range(count):
        told = {"by": "op-7", "because_of": "own-initiative", "reason": name}
        try:
            yield ledger.act("issue_strike", f"{name}-{number % ACCOUNTS}", **told)
        except Refused as refused:
            yield f"Refused {refused.rule}"


def adoptions(ledger: Ledger, name: str, count: int) -> Iterator[str]:
    """
    Adopt *count* policies, no two of which are alike.
    """
    for number in range(count):
        safeguards = [{"rule": "reason-required"}]
        policy = {"policy": 1, "title": f"{name} {number}", "safeguards": safeguards}
        yield ledger.adopt_policy(policy, by="op-1")


def openings(ledger: Ledger, name: str, count: int) -> Iterator[str]:
    """
    Enrol *count* operators.
    """
    for number in range(count):
        yield ledger.enrol_operator(f"{name}-{number}", kind="human")


TASKS = {
    "strikes": strikes,
    "reversals": reversals,
    "contested": contested,
    "limited": limited,
    "adoptions": adoptions,
    "openings": openings,
}


def run(arguments: list[str], told: TextIO, say: TextIO) -> None:
    """
    Do the task of *arguments* once a line is *told*, and *say* what came of it. The task
    ``creations`` makes the ledger, of COUNT logs; all others find it there.
    """
    url, task, name, count = arguments
    print("ready", file=say, flush=True)
    told.readline()
    try:
        if task == "creations":
            Ledger.create(url, logs=int(count)).close()
            print("created", file=say)
            return
        with Ledger.open(url) as ledger:
            for result in TASKS[task](ledger, name, int(count)):
                print(result, file=say)
    except LedgerError as error:
        print(f"{error.family}: {error}", file=say)


if __name__ == "__main__":
    run(sys.argv[1:], sys.stdin, sys.stdout)
