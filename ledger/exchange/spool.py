"""
A spool: more rows than memory should hold, put in order on disk.
"""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Any, Final, Generic, Self, TypeVar

import attrs
import msgspec

from ledger.errors import Unavailable

R = TypeVar("R", bound=tuple[Any, ...])

# A run is sorted in memory; of each run one block is read at a time while they are merged.
RUN_ROWS: Final = 10_000
BLOCK_ROWS: Final = 64


@attrs.define
class _Run(Generic[R]):
    """
    Rows in order: their last one, and the offset and size of every block.
    """

    last: R
    blocks: list[tuple[int, int]] = attrs.field(factory=list)


class Spool(Generic[R]):
    """
    Rows of one `NamedTuple` class that go in as they come and come out in their order.

    Up to `RUN_ROWS` of them stay in memory; more go to a temporary file, which is gone when the
    spool is closed.
    """

    def __init__(self, row: type[R]) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[row]).decode  # type: ignore[valid-type]
        self._fresh: list[R] = []
        self._runs: list[_Run[R]] = []
        self._file: IO[bytes] | None = None
        self._count = 0

    def __len__(self) -> int:
        """
        Return how many rows there are.
        """
        return self._count

    def add(self, row: R) -> None:
        """
        Take *row* in.

        Raises:
            Unavailable: When the temporary file cannot be written.
        """
        self._fresh.append(row)
        self._count += 1
        if len(self._fresh) >= RUN_ROWS:
            self._spill()

    def __iter__(self) -> Iterator[R]:
        """
        Return all rows in order; nothing is added meanwhile.
        """
        self._fresh.sort()
        return heapq.merge(self._fresh, *map(self._read, self._runs))

    def _spill(self) -> None:
        """
        Write the rows in memory behind the first run that they continue, or as a new one.
        """
        self._fresh.sort()
        run = next((run for run in self._runs if run.last <= self._fresh[0]), None)
        if run is None:
            run = _Run(self._fresh[-1])
            self._runs.append(run)
        with _on_disk():
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115, it is closed on exit
            for start in range(0, len(self._fresh), BLOCK_ROWS):
                block = self._encode(self._fresh[start : start + BLOCK_ROWS])
                run.blocks.append((self._file.tell(), len(block)))
                self._file.write(block)
        run.last = self._fresh[-1]
        self._fresh.clear()

    def _read(self, run: _Run[R]) -> Iterable[R]:
        assert self._file is not None
        for offset, size in run.blocks:
            with _on_disk():
                self._file.seek(offset)
                block = self._file.read(size)
            yield from self._decode(block)

    def __enter__(self) -> Self:
        """
        Return the spool, which is closed at the end.
        """
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """
        Drop all rows.
        """
        if self._file is not None:
            self._file.close()


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"the rows cannot be sorted in a temporary file: {error.strerror}",
            where=tempfile.gettempdir(),
            expected="a temporary folder with free space",
        ) from error
