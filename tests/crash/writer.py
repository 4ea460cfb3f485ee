"""
A writing process as its parent sees it: started, listened to, killed, and started again.
"""

import multiprocessing
import random
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from types import TracebackType
from typing import Self

import attrs

from tests.crash.writing import run

PATIENCE_SECONDS = 120.0
# About as long as a transaction.
MOMENT_SECONDS_MAX = 0.005

# A process that has imported all that a writer needs begins at once.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([run.__module__, "ledger.store.sqlite", "ledger.store.postgres"])


@attrs.define
class Span:
    """
    The time from when a transaction held its heads until its caller was told, in nanoseconds.
    """

    began: int
    ended: int | None = None


class Writer:
    """
    A writer that outlives its processes: each takes up the commands where the last one fell.

    Args:
        threads: How many commands are under way at once.

        has_ids: Whether commands carry request ids and are repeated until they are acknowledged.

    Attributes:
        failures: What the ledger raised instead.
    """

    def __init__(self, name: str, *, threads: int = 1, has_ids: bool = True) -> None:
        self.name = name
        self._has_ids = has_ids
        self._acknowledged: dict[str, str] = {}
        self.failures: list[str] = []
        self._firsts = [0] * threads
        self._spans: list[Span] = []
        self._open: dict[str, Span] = {}
        self._heard = threading.Condition()
        self._process: ForkServerProcess | None = None
        self._stop: Connection | None = None
        self._listener: threading.Thread | None = None

    def __enter__(self) -> Self:
        """
        Return the writer, whose process does not outlive the block.
        """
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """
        Kill what still runs.
        """
        if self._process is not None and self._process.pid is not None:
            self.kill()

    def start(self, url: str) -> None:
        """
        Start a process that writes to the ledger at *url*.
        """
        assert self._process is None
        self._open.clear()
        told, self._stop = CONTEXT.Pipe(duplex=False)
        heard, said = CONTEXT.Pipe(duplex=False)
        given = (url, self.name, [*self._firsts], told, said)
        self._process = CONTEXT.Process(
            target=run, args=given, kwargs={"has_ids": self._has_ids}, daemon=True
        )
        self._process.start()
        # What is left open here would never end.
        told.close()
        said.close()
        self._listener = threading.Thread(target=self._listen, args=[heard])
        self._listener.start()

    def kill(self) -> None:
        """
        Kill the process, and return when all that it said was heard.
        """
        assert self._process is not None
        self._process.kill()
        self._ended()

    def stop(self) -> None:
        """
        Let the process finish the commands that are under way.

        Raises:
            RuntimeError: When it failed; it has said why.

            TimeoutError: When it takes too long.
        """
        assert self._stop is not None
        self._stop.close()
        code = self._ended()
        if code:
            raise RuntimeError(f"the writer {self.name} ended with {code}")

    def _ended(self) -> int:
        """
        Return the exit code of the process.
        """
        assert self._process is not None
        assert self._stop is not None
        assert self._listener is not None
        self._process.join(PATIENCE_SECONDS)
        if (code := self._process.exitcode) is None:
            raise TimeoutError(f"the writer {self.name} does not end")
        self._listener.join()
        self._stop.close()
        self._process.close()
        self._process = None
        return code

    @property
    def acknowledged(self) -> dict[str, str]:
        """
        Return the ids that the ledger returned up to now, by request id.
        """
        with self._heard:
            return dict(self._acknowledged)

    def wait_for(self, count: int) -> None:
        """
        Return when *count* more commands were acknowledged.

        Raises:
            RuntimeError: When the process ended before.

            TimeoutError: When it takes too long.
        """
        process = self._process
        assert process is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self._heard:
            wanted = sum(self._firsts) + count
            while sum(self._firsts) < wanted:
                if process.exitcode is not None:
                    raise RuntimeError(f"the writer {self.name} ended with {process.exitcode}")
                if time.monotonic() > deadline:
                    said = self.failures[-1:] or ["nothing"]
                    raise TimeoutError(f"the writer {self.name} is stuck; it said {said[0]}")
                self._heard.wait(1)

    def wait_for_moment(self, chance: random.Random) -> None:
        """
        Return at any moment of a transaction or soon after it.
        """
        with self._heard:
            if not self._heard.wait_for(lambda: self._open, PATIENCE_SECONDS):
                raise TimeoutError(f"the writer {self.name} begins nothing")
        time.sleep(chance.uniform(0, MOMENT_SECONDS_MAX))

    def wait_for_failure(self) -> str:
        """
        Return what the ledger raised next.

        Raises:
            TimeoutError: When nothing was raised for long.
        """
        with self._heard:
            before = len(self.failures)
            if not self._heard.wait_for(lambda: len(self.failures) > before, PATIENCE_SECONDS):
                raise TimeoutError(f"the writer {self.name} did not fail")
            return self.failures[before]

    def was_writing(self, moment: int) -> bool:
        """
        Return whether a transaction had its heads at *moment*, in nanoseconds, and was acknowledged
        after it or not at all.
        """
        return any(
            span.began < moment and (span.ended is None or span.ended > moment)
            for span in self._spans
        )

    def _listen(self, heard: Connection) -> None:
        with heard, suppress(EOFError):
            while True:
                line = heard.recv_bytes().decode()
                with self._heard:
                    self._hear(line)
                    self._heard.notify_all()

    def _hear(self, line: str) -> None:
        moment, word, thread, *rest = line.split(" ")
        if word == "began":
            if thread not in self._open:
                self._open[thread] = Span(int(moment))
                self._spans.append(self._open[thread])
            return
        if thread in self._open:
            self._open.pop(thread).ended = int(moment)
        if word == "failed":
            self.failures.append(" ".join(rest))
            return
        number, *pairs = rest
        self._firsts[int(thread)] = int(number) + 1
        for pair in pairs:
            request, _, result = pair.partition("=")
            self._acknowledged[request] = result
