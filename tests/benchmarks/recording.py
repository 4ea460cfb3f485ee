"""
The ways in which a ledger is given actions: one by one, by threads and processes at once, with many
outstanding, in batches, from a file.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final, Protocol

import attrs
import msgspec

from ledger import Ledger
from tests.benchmarks.actions import MANY, Action
from tests.benchmarks.foundation import Clock
from tests.benchmarks.processes import another

Hand = list[Action]


@attrs.frozen
class Desk:
    """
    A ledger that actions are recorded in.

    Args:
        clock: The ledger's.

        lines: A file that a way may use.

        ending: Calls what a way leaves to be done at the end.
    """

    url: str
    ledger: Ledger
    clock: Clock
    lines: Path
    ending: ExitStack


class Way(Protocol):
    """
    A way to record actions.
    """

    def prepare(self, some: Sequence[Action]) -> None:
        """
        Make ready what is not measured.
        """

    def record(self) -> list[str]:
        """
        Record them and return the ids that were acknowledged.
        """


def act(ledger: Ledger, action: Action) -> str:
    """
    Record *action* by its method and return the id that was acknowledged.
    """
    given: dict[str, Any] = dict(action.command)
    method: Callable[..., str] = getattr(ledger, given.pop("command"))
    return method(**given)


def dealt(some: Iterable[Action], hands: int) -> list[Hand]:
    """
    Return *some* dealt to so many hands, in order and about as many to each.

    What can be held once is done to an account by one hand, since its order matters; all else that
    is done to the same account by any.
    """
    dealt_to: list[Hand] = [[] for _ in range(hands)]
    of_account: dict[str, Hand] = {}
    for action in some:
        hand = min(dealt_to, key=len)
        if action.command["measure"] not in MANY:
            hand = of_account.setdefault(action.account, hand)
        hand.append(action)
    return dealt_to


class OneByOne:
    """
    One thread that waits for each.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._some: Sequence[Action] = ()

    def prepare(self, some: Sequence[Action]) -> None:
        """
        Do nothing but keep them.
        """
        self._some = some

    def record(self) -> list[str]:
        """
        Record them.
        """
        ids = []
        for action in self._some:
            self._desk.clock.now = action.recorded_at
            ids.append(act(self._desk.ledger, action))
        return ids


class Threads:
    """
    As many threads as *hands*, each of which waits for each of its own.
    """

    def __init__(self, desk: Desk, hands: int) -> None:
        self.desk = desk
        self._pool = desk.ending.enter_context(ThreadPoolExecutor(hands))
        self._hands: list[Hand] = [[] for _ in range(hands)]

    def prepare(self, some: Sequence[Action]) -> None:
        """
        Deal them.
        """
        self.take(dealt(some, len(self._hands)), some[-1].recorded_at)

    def take(self, hands: list[Hand], now: datetime) -> None:
        """
        Take what was dealt.
        """
        self._hands, self.desk.clock.now = hands, now

    def record(self) -> list[str]:
        """
        Record them at once.
        """
        return [*chain.from_iterable(self._pool.map(self._play, self._hands))]

    def _play(self, hand: Hand) -> list[str]:
        return [act(self.desk.ledger, action) for action in hand]


# Of a process that records beside others.
_threads: Final[list[Threads]] = []


def _sit(url: str, threads: int, nth: int, processes: int) -> None:
    clock, ending = Clock(tick_us=processes, ahead_us=nth), ExitStack()
    ledger = ending.enter_context(Ledger.open(url, clock=clock, create=False))
    _threads.append(Threads(Desk(url, ledger, clock, Path(), ending), threads))


def _take(hands: list[Hand], now: datetime) -> None:
    _threads[0].take(hands, now)


def _record() -> list[str]:
    return _threads[0].record()


def _rise() -> None:
    _threads.pop().desk.ending.close()


class Processes:
    """
    As many processes, each with its own `Threads`.
    """

    def __init__(self, desk: Desk, processes: int, threads: int) -> None:
        self._threads = threads
        self._processes = [desk.ending.enter_context(another()) for _ in range(processes)]
        for nth, process in enumerate(self._processes):
            process.submit(_sit, desk.url, threads, nth, processes).result()
            desk.ending.callback(process.submit, _rise)

    def prepare(self, some: Sequence[Action]) -> None:
        """
        Deal them, and send each process its own.
        """
        hands, size = dealt(some, self._threads * len(self._processes)), self._threads
        for nth, process in enumerate(self._processes):
            own = hands[nth * size : (nth + 1) * size]
            process.submit(_take, own, some[-1].recorded_at).result()

    def record(self) -> list[str]:
        """
        Record them at once.
        """
        recording = [process.submit(_record) for process in self._processes]
        return [*chain.from_iterable(each.result() for each in recording)]


class Outstanding:
    """
    One thread that submits, and waits only where *outstanding* are not acknowledged yet.
    """

    def __init__(self, desk: Desk, outstanding: int) -> None:
        self._desk, self._outstanding = desk, outstanding
        self._some: Sequence[Action] = ()

    def prepare(self, some: Sequence[Action]) -> None:
        """
        Set the clock behind all of them.
        """
        self._some, self._desk.clock.now = some, some[-1].recorded_at

    def record(self) -> list[str]:
        """
        Record them.
        """
        ids: list[str] = []
        waited_for: deque[Future[str]] = deque()
        for action in self._some:
            if len(waited_for) == self._outstanding:
                ids.append(waited_for.popleft().result())
            waited_for.append(self._desk.ledger.submit(action.command))
        return ids + [future.result() for future in waited_for]


class Batches:
    """
    One thread, which gives *size* of them at once.
    """

    def __init__(self, desk: Desk, size: int) -> None:
        self._desk, self._size = desk, size
        self._some: Sequence[Action] = ()

    def prepare(self, some: Sequence[Action]) -> None:
        """
        Do nothing but keep them.
        """
        self._some = some

    def record(self) -> list[str]:
        """
        Record them.
        """
        ids: list[str] = []
        for start in range(0, len(self._some), self._size):
            some = self._some[start : start + self._size]
            self._desk.clock.now = some[-1].recorded_at
            ids += self._desk.ledger.record_many([action.command for action in some])
        return ids


class File:
    """
    A file of them that is imported.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ids: list[str] = []

    def prepare(self, some: Sequence[Action]) -> None:
        """
        Write the file.
        """
        lines = [
            msgspec.json.encode({**action.command, "recorded_at": action.recorded_at})
            for action in some
        ]
        self._desk.lines.write_bytes(b"\n".join(lines))
        self._desk.clock.now = some[-1].recorded_at
        acts = [action.command for action in some if action.command["command"] == "act"]
        self._ids = [str(given["action"]) for given in acts if "action" in given]

    def record(self) -> list[str]:
        """
        Import it; the ids are those that it gives.
        """
        self._desk.ledger.import_history("actions", [self._desk.lines])
        return self._ids
