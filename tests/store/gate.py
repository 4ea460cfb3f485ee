"""
A writer that can be held up, and callers in threads, for the queue before the writer.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from ledger.errors import Malformed, Unavailable
from ledger.store.queue import Done, Failed, Outcomes, Queue

T = TypeVar("T")

# A test that waits longer has found a deadlock, and says so instead of hanging.
SECONDS_MAX = 30.0


class Gate:
    """
    A writer that answers in capitals, and writes nothing until it is opened.

    Items that begin with ``alone`` share no batch; those that begin with ``bad`` fail; one that
    begins with ``breaks`` fails its batch from there on.
    """

    def __init__(self, *, opened: bool = False) -> None:
        self.batches: list[list[str]] = []
        self.threads: list[threading.Thread] = []
        self.begun = threading.Event()
        self._opened = threading.Event()
        self._one_at_a_time = threading.Lock()
        if opened:
            self.open()

    def open(self) -> None:
        """
        Let everything through from now on.
        """
        self._opened.set()

    def shut(self) -> None:
        """
        Hold up what begins from now on.
        """
        self._opened.clear()

    def __call__(self, items: Sequence[str], outcomes: Outcomes[str]) -> None:
        """
        Keep the batch and who writes it, and answer when the gate is open.
        """
        assert not self._one_at_a_time.locked()
        with self._one_at_a_time:
            self.batches.append([*items])
            self.threads.append(threading.current_thread())
            self.begun.set()
            assert self._opened.wait(SECONDS_MAX)
        for number, item in enumerate(items):
            if item.startswith("breaks"):
                raise Unavailable(item)
            failed = item.startswith("bad")
            outcomes[number] = Failed(Malformed(item)) if failed else Done(item.upper())

    @property
    def items(self) -> list[str]:
        """
        Return all that was written, in order.
        """
        return [item for batch in self.batches for item in batch]


class Caller(threading.Thread, Generic[T]):
    """
    A thread that does one thing, and keeps what came of it.
    """

    def __init__(self, what: Callable[[], T]) -> None:
        super().__init__(daemon=True)
        self._what = what
        self._results: list[T] = []
        self._errors: list[BaseException | None] = []
        self.start()

    def run(self) -> None:
        """
        Do it.
        """
        with self:
            self._results.append(self._what())

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        self._errors.append(error)
        return True

    @property
    def error(self) -> BaseException | None:
        """
        Return what it raised, when it is done.
        """
        self.join(SECONDS_MAX)
        assert not self.is_alive(), "it waits for ever"
        return self._errors[0]

    @property
    def result(self) -> T:
        """
        Return what it returned, when it is done; raise what it raised.
        """
        if self.error is not None:
            raise self.error
        return self._results[0]


def queue_of(
    write: Callable[[Sequence[str], Outcomes[str]], None],
    *,
    batch_max: int = 256,
    waiting_max: int = 1_000,
    idle_seconds_max: float = 0.01,
) -> Queue[str, str]:
    """
    Return a queue before *write*.
    """
    return Queue(
        write,
        alone=lambda item: item.startswith("alone"),
        name="the book",
        batch_max=batch_max,
        waiting_max=waiting_max,
        idle_seconds_max=idle_seconds_max,
    )


def clerks() -> list[threading.Thread]:
    """
    Return the clerks that are there.
    """
    return [thread for thread in threading.enumerate() if thread.name == "queue of the book"]


def until(holds: Callable[[], bool]) -> None:
    """
    Return as soon as *holds* does.
    """
    pause = threading.Event()
    late = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < late, "it never comes to that"
        pause.wait(0.0005)


def called(queue: Queue[str, str], item: str) -> Caller[str]:
    """
    Return the caller of *item*, who is in the queue by then.
    """
    before = queue.waiting
    caller = Caller(lambda: queue.call(item))
    until(lambda: queue.waiting > before)
    return caller
