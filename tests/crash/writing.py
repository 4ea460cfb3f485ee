"""
What a process does that writes until it is killed or told to stop.

It has a thread for each number that it is given, of that thread's first command. A command follows
from its name, thread and number alone, so whoever takes the place of a process that was killed
repeats what nobody acknowledged, and finds it done or does it.

What it says is a line each, with the machine's monotonic clock in front: ``began THREAD`` when a
transaction has taken its heads, ``done THREAD NUMBER REQUEST=ID …`` when a command was
acknowledged, ``failed THREAD …`` when the database did not answer.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from ledger import Ledger, Unavailable

ACCOUNTS = 5
BATCH = 3
PAUSE_SECONDS = 0.02
OPERATOR = "op-7"

# So much goes into a pipe in one piece, whoever is killed meanwhile.
LINE_MAX = 1000

Say = Callable[[str], None]


def commands(name: str, thread: int, number: int) -> list[dict[str, Any]]:
    """
    Return what the command of that *number* does: strikes on accounts that others strike too, one
    by one or three at once, and now and then a suspension and its reversal.

    Each says for its reason which request it is.
    """
    request = f"{name}-{thread}-{number}"
    told = {"by": OPERATOR, "reason": request, "request_id": request}
    act = {"command": "act", "because_of": "own-initiative", **told}
    strike = {"measure": "issue_strike", "account": f"shared-{number % ACCOUNTS}", **act}
    match number % 6:
        case 3:
            account = f"{name}-{thread}"
            return [{"measure": "suspend", "account": account, "action": f"a-{request}", **act}]
        case 4:
            return [{"command": "reverse", "action": f"a-{name}-{thread}-{number - 1}", **told}]
        case 5:
            parts = [f"{request}.{part}" for part in range(BATCH)]
            return [strike | {"reason": part, "request_id": part} for part in parts]
        case _:
            return [strike]


def perform(ledger: Ledger, asked: list[dict[str, Any]]) -> dict[str, str]:
    """
    Give *ledger* one command, or several in one transaction, and return by request id what it
    acknowledged.
    """
    if len(asked) == 1:
        (told,) = asked
        arguments = {name: value for name, value in told.items() if name != "command"}
        results = [getattr(ledger, told["command"])(**arguments)]
    else:
        results = ledger.record_many(asked)
    requests = [told["reason"] for told in asked]
    return dict(zip(requests, results, strict=True))


class Clock:
    """
    The machine's clock, which says when it was asked by a thread that writes.

    The ledger asks once a transaction holds the heads that it writes to.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._writing = threading.local()

    def belongs_to(self, thread: int) -> None:
        """
        Say from now on when this thread, which is *thread* to others, asks.
        """
        self._writing.thread = thread

    def __call__(self) -> datetime:
        """
        Return the time.
        """
        thread = getattr(self._writing, "thread", None)
        if thread is not None:
            self._say(f"began {thread}")
        return datetime.now(UTC)


class Writing:
    """
    The threads of a process that write to one ledger.

    Args:
        name: Whose commands these are.

        has_ids: Whether commands carry their request ids; without, none is ever repeated.

        say: Takes a line.
    """

    def __init__(self, name: str, say: Say, *, has_ids: bool) -> None:
        self._name = name
        self._say = say
        self._has_ids = has_ids
        self._clock = Clock(say)
        self.stopping = threading.Event()

    def run(self, url: str, firsts: list[int]) -> None:
        """
        Write to the ledger at *url*, with a thread for each of *firsts*, until it is `stopping`.
        """
        with (
            Ledger.open(url, clock=self._clock, create=False) as ledger,
            ThreadPoolExecutor(len(firsts)) as pool,
        ):
            for serving in [
                pool.submit(self._serve, ledger, thread, first)
                for thread, first in enumerate(firsts)
            ]:
                serving.result()

    def _serve(self, ledger: Ledger, thread: int, first: int) -> None:
        self._clock.belongs_to(thread)
        try:
            self._write(ledger, thread, first)
        finally:
            # No thread goes on beside one that failed.
            self.stopping.set()

    def _write(self, ledger: Ledger, thread: int, number: int) -> None:
        """
        Give one command after the other, each until it is acknowledged.
        """
        while not self.stopping.is_set():
            asked = commands(self._name, thread, number)
            if not self._has_ids:
                asked = [told | {"request_id": None} for told in asked]
            try:
                results = perform(ledger, asked)
            except Unavailable as error:
                self._say(f"failed {thread} {error}")
                self.stopping.wait(PAUSE_SECONDS)
                number += not self._has_ids
            else:
                pairs = " ".join(f"{request}={result}" for request, result in results.items())
                self._say(f"done {thread} {number} {pairs}")
                number += 1


def run(  # noqa: PLR0913, what a process is told when it begins
    url: str, name: str, firsts: list[int], told: Connection, said: Connection, *, has_ids: bool
) -> None:
    """
    Write to the ledger at *url* until *told* ends, as it does when whoever holds its other end is
    gone.
    """
    # The driver tells of each connection that it lost, which here is the point.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())

    def say(line: str) -> None:
        said.send_bytes(f"{time.monotonic_ns()} {line}"[:LINE_MAX].encode())

    writing = Writing(name, say, has_ids=has_ids)

    def listen() -> None:
        with suppress(EOFError):
            told.recv_bytes()
        writing.stopping.set()

    threading.Thread(target=listen, daemon=True).start()
    writing.run(url, firsts)
