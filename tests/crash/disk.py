"""
A disk that remembers every write in its order, so that it can be told what a power cut would have
left: all that was synced, and of the rest whatever it likes.

SQLite reaches it through a VFS of APSW, which has an SQLite of its own.
"""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import apsw
import attrs

from ledger.store.database import Row
from ledger.store.sqlite import SQLiteConnection

SECTOR_BYTES = 512
KEPT, TORN = 0.5, 0.2
JOURNALS = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL


@attrs.frozen
class Write:
    """
    Bytes that were written to a file.
    """

    file: int
    data: bytes
    offset: int

    def apply(self, content: bytearray) -> None:
        """
        Write into *content*, which grows as a file does.
        """
        if not self.data:
            return
        end = self.offset + len(self.data)
        content.extend(bytes(max(0, end - len(content))))
        content[self.offset : end] = self.data

    def torn(self, chance: random.Random) -> "Write":
        """
        Return the part of it that got to the disk when the power went: some sectors at its front.
        """
        sectors = chance.randrange(len(self.data) // SECTOR_BYTES + 1)
        return attrs.evolve(self, data=self.data[: sectors * SECTOR_BYTES])


@attrs.frozen
class Truncate:
    """
    A file cut off at a size.
    """

    file: int
    size: int

    def apply(self, content: bytearray) -> None:
        """
        Cut off *content*.
        """
        del content[self.size :]

    def torn(self, _chance: random.Random) -> "Truncate":
        """
        Return it: there is no half of it.
        """
        return self


@attrs.frozen
class Sync:
    """
    What was written to a file is on the disk when this is done.
    """

    file: int


@attrs.frozen
class Link:
    """
    A file got a name in the folder; None where it lost it.
    """

    name: str
    file: int | None


@attrs.frozen
class SyncFolder:
    """
    The names of the folder are on the disk when this is done.
    """


@attrs.frozen
class Said:
    """
    A caller was told the results of his requests.
    """

    results: dict[str, str]


Step = Write | Truncate | Sync | Link | SyncFolder | Said


class Disk(apsw.VFS):
    """
    The files of one folder, and every step that was taken with them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps: list[Step] = []
        self._files: dict[str, int] = {}
        self._made = 0
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802, APSW's name
        """
        Open a file; a temporary one, which has no name, leaves no trace.
        """
        if name is None:
            return apsw.VFSFile("", None, flags)
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        if path.name not in self._files:
            self._made += 1
            self._files[path.name] = self._made
            self.steps.append(Link(path.name, self._made))
        return _File(self, self._files[path.name], name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802, APSW's
        """
        Delete a file.
        """
        if self._files.pop(Path(filename).name, None) is not None:
            self.steps.append(Link(Path(filename).name, None))
            if syncdir:
                self.steps.append(SyncFolder())
        super().xDelete(filename, syncdir)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, file: int, name: Any, flags: list[int]) -> None:
        self._disk, self._file = disk, file
        # SQLite syncs the folder with the first sync of a journal that it made.
        self._folder_is_due = bool(flags[0] & JOURNALS and flags[0] & apsw.SQLITE_OPEN_CREATE)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802, APSW's name
        self._disk.steps.append(Write(self._file, bytes(data), offset))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802, APSW's name
        self._disk.steps.append(Truncate(self._file, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802, APSW's; the real disk keeps power
        self._disk.steps.append(Sync(self._file))
        if self._folder_is_due:
            self._disk.steps.append(SyncFolder())
            self._folder_is_due = False


class Through(apsw.Connection):
    """
    A connection of APSW with the methods that the store asks of one of `sqlite3`.
    """

    take_heads = SQLiteConnection.take_heads
    insert = SQLiteConnection.insert
    together = SQLiteConnection.together

    def execute(  # type: ignore[override]
        self, statement: str, parameters: Sequence[Any] = ()
    ) -> Any:
        """
        Run a statement to its end, as `sqlite3` takes it.
        """
        return _Rows(super().execute(statement, tuple(parameters)))

    def stream(self, statement: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """
        Yield the rows that a statement returns.
        """
        yield from super().execute(statement, tuple(parameters))

    def commit(self) -> None:
        """
        Commit the transaction.
        """
        super().execute("COMMIT")

    def rollback(self) -> None:
        """
        Roll back the transaction, if there is one.
        """
        if self.in_transaction:
            super().execute("ROLLBACK")


class _Rows:
    def __init__(self, cursor: apsw.Cursor) -> None:
        self._rows = iter(cursor.fetchall())

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def fetchone(self) -> Row | None:
        return next(self._rows, None)

    def fetchall(self) -> list[Row]:
        return [*self._rows]


@contextmanager
def connecting_through(disk: Disk) -> Iterator[None]:
    """
    Let the driver open files on *disk*.
    """

    def connect(path: str | Path, *, timeout: float, **_of_the_driver: object) -> Through:
        connection = Through(str(path), vfs=disk.name)
        connection.set_busy_timeout(int(timeout * 1000))
        return connection

    with patch.object(sqlite3, "connect", connect):
        yield


def after_cut(steps: Sequence[Step], chance: random.Random) -> dict[str, bytes]:
    """
    Return the files that are found by name when the power went after *steps*.

    What was synced is there. Names come and go in their order, up to any of them; each other write
    is there or not, or torn, whatever was written after it.
    """
    names: dict[str, int] = {}
    contents: dict[int, bytearray] = {}
    links: list[Link] = []
    pending: dict[int, list[Write | Truncate]] = {}
    for step in steps:
        match step:
            case Write() | Truncate():
                pending.setdefault(step.file, []).append(step)
            case Sync():
                for change in pending.pop(step.file, []):
                    change.apply(contents.setdefault(step.file, bytearray()))
            case Link():
                links.append(step)
            case SyncFolder():
                _linked(names, links)
                links = []
            case Said():
                pass
    _linked(names, links[: chance.randint(0, len(links))])
    for file, changes in pending.items():
        for change in changes:
            fate = chance.random()
            if fate < KEPT:
                change.apply(contents.setdefault(file, bytearray()))
            elif fate < KEPT + TORN:
                change.torn(chance).apply(contents.setdefault(file, bytearray()))
    return {name: bytes(contents.get(file, b"")) for name, file in names.items()}


def _linked(names: dict[str, int], links: Sequence[Link]) -> None:
    for link in links:
        if link.file is None:
            names.pop(link.name, None)
        else:
            names[link.name] = link.file
