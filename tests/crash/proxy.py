"""
A wire between a client and a PostgreSQL server that can be cut.
"""

import itertools
import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

# PostgreSQL's manual, "Message Formats": a kind, the length with itself, and the rest.
HEADER = struct.Struct("!cI")
COMMITTED = (b"C", b"COMMIT\0")
AT_ONCE = struct.pack("ii", 1, 0)
BYTES_A_TIME = 65_536
LATE_SECONDS_MAX = 0.03


def reset(wire: socket.socket) -> None:
    """
    Cut *wire*, without a word to the other end about what it has not read.
    """
    with suppress(OSError):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        # It ends what waits in another thread, which closing does not.
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()


class Proxy:
    """
    A port of 127.0.0.1 that leads to another port, until it is cut.

    Args:
        target: The port of the server.

        chance: Decides how long after a client the server hears of a cut.
    """

    def __init__(self, target: int, chance: random.Random) -> None:
        self._target = target
        self._chance = chance
        self._entrance = socket.create_server(("127.0.0.1", 0))
        self._wires: dict[int, tuple[socket.socket, socket.socket]] = {}
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._at_commit = threading.Event()
        self._cut_at_commit = threading.Event()
        self._begin(self._admit)

    @property
    def port(self) -> int:
        """
        Return the port that clients connect to.
        """
        port: int = self._entrance.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        """
        Return the proxy.
        """
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """
        Cut everything, and connect nobody any more.
        """
        reset(self._entrance)
        for thread in self._threads[:1]:
            thread.join()
        self.cut()
        for thread in self._threads:
            thread.join()

    def cut(self) -> int:
        """
        Cut every connection; return the moment, in nanoseconds, when no client had one any more.

        The server hears of it a little later, and until then does what has come through.
        """
        with self._lock:
            wires = [*self._wires.values()]
            self._wires.clear()
        for client, _ in wires:
            reset(client)
        moment = time.monotonic_ns()
        time.sleep(self._chance.uniform(0, LATE_SECONDS_MAX))
        for _, server in wires:
            reset(server)
        return moment

    def cut_at_commit(self, patience_seconds: float) -> bool:
        """
        Cut the next connection on which the server says that it has committed, before the client
        hears that, and return whether there was one.
        """
        self._cut_at_commit.clear()
        self._at_commit.set()
        happened = self._cut_at_commit.wait(patience_seconds)
        self._at_commit.clear()
        return happened

    def _begin(self, what: object, *given: object) -> None:
        thread = threading.Thread(target=what, args=given)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _admit(self) -> None:
        while True:
            try:
                client, _ = self._entrance.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                # It is down, and so is what leads to it.
                reset(client)
                continue
            for end in (client, server):
                # Small messages back and forth, which otherwise wait for each other.
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = next(self._numbers)
            with self._lock:
                self._wires[number] = (client, server)
            self._begin(self._ask, number, client, server)
            self._begin(self._answer, number, client, server)

    def _cut(self, number: int) -> None:
        with self._lock:
            wires = self._wires.pop(number, ())
        for wire in wires:
            reset(wire)

    def _ask(self, number: int, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while said := client.recv(BYTES_A_TIME):
                server.sendall(said)
        self._cut(number)

    def _answer(self, number: int, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            for kind, body in messages(server):
                if (kind, body) == COMMITTED and self._at_commit.is_set():
                    self._at_commit.clear()
                    self._cut(number)
                    self._cut_at_commit.set()
                    return
                client.sendall(HEADER.pack(kind, len(body) + 4) + body)
        self._cut(number)


def messages(server: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    """
    Yield what *server* says, a kind and a body each.
    """
    with server.makefile("rb") as said:
        while header := said.read(HEADER.size):
            kind, length = HEADER.unpack(header)
            yield kind, said.read(length - 4)
