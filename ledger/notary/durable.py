"""
Files that outlive a crash: written whole or not at all, and by one process at a time.

A power cut leaves the old file or the new one, never a part: the new one is written beside it and
flushed, takes its name in one step, and the folder is flushed too.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path

from ledger.errors import Malformed, Unavailable

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]


def created(path: Path, octets: bytes, mode: int) -> None:
    """
    Write a file that is not there yet, with exactly that *mode*.

    Raises:
        Malformed: When *path* exists.

        Unavailable: When it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise Malformed(
            "it exists already and is not overwritten",
            where=str(path),
            expected="a path where there is nothing",
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(octets)
            _flush(file)
        flush_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None


def replaced(path: Path, octets: bytes) -> None:
    """
    Write a file in the place of the one that is there, if any; a crash leaves either of them.

    Raises:
        Unavailable: When it cannot be written.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(octets)
            _flush(file)
        beside.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None


def appended(path: Path, length: int, octets: bytes) -> None:
    """
    Write *octets* behind the first *length* bytes of a file; what stood there, an append that
    nobody heard of any more, is cut off.

    Raises:
        Unavailable: When it cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.truncate(length)
            file.seek(length)
            file.write(octets)
            _flush(file)
        flush_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None


def read_if_there(path: Path) -> bytes | None:
    """
    Return the bytes of a file; None when there is none.

    Raises:
        Unavailable: When it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"it cannot be read: {error.strerror}", where=str(path)) from None


def made_folder(folder: Path) -> None:
    """
    Make a folder, unless it is there.

    Raises:
        Unavailable: When it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None


@contextmanager
def alone(path: Path, who: str) -> Iterator[None]:
    """
    Be the only process on this machine that has *path*, by a lock on the file ``PATH.lock``.

    Args:
        who: What the other one is, if there is one.

    Raises:
        Unavailable: When another process has it.
    """
    beside = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(beside, error) from None
    try:
        try:
            if fcntl is None:
                raise Unavailable("this system has no file locks", where=str(beside))
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Unavailable(
                f"another {who} is at work with it",
                where=str(path),
                expected=f"one {who} at a time; try again when it has ended",
            ) from None
        yield
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """
    Let the names in *folder* outlive a power cut.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(file: BufferedWriter) -> None:
    file.flush()
    os.fsync(file.fileno())


def _unwritable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(f"it cannot be written: {error.strerror}", where=str(path))
