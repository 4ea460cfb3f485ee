"""
What a verb reads beside its options: a file, or standard input.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

import attrs

from ledger.errors import Malformed

STANDARD_INPUT: Final = "-"
KEPT_BYTES_MAX: Final = 16_000_000


@attrs.frozen
class Lines:
    """
    The lines of a file, which can be read again and again.
    """

    file: BinaryIO

    def __iter__(self) -> Iterator[bytes]:
        """
        Yield them from the first one on, without their ends.
        """
        self.file.seek(0)
        for line in self.file:
            yield line.removesuffix(b"\n")


@contextmanager
def lines_of(file: str, name: str, expected: str) -> Iterator[Lines]:
    """
    Give the lines of *file*; what can be read only once is kept in a temporary file meanwhile.

    Args:
        name: The argument that names the file, for an error.

    Raises:
        Malformed: When it cannot be read.
    """
    with ExitStack() as files:
        try:
            is_named = file != STANDARD_INPUT
            read = files.enter_context(Path(file).open("rb")) if is_named else sys.stdin.buffer
            if not (is_named and read.seekable()):
                kept = files.enter_context(SpooledTemporaryFile(KEPT_BYTES_MAX))
                shutil.copyfileobj(read, kept)
                read = cast("BinaryIO", kept)
        except OSError as error:
            raise Malformed(
                f"{file} cannot be read: {error.strerror}", where=name, expected=expected
            ) from None
        yield Lines(read)


def assert_there(path: str | Path, name: str, expected: str) -> None:
    """
    Check that there is something at *path*, before it is left to others to use it.

    Args:
        name: The argument that names it, for an error.

    Raises:
        Malformed: When there is nothing, or it cannot be reached.
    """
    try:
        Path(path).stat()
    except OSError as error:
        raise Malformed(
            f"{path} cannot be used: {error.strerror}", where=name, expected=expected
        ) from None


def content(file: str, name: str, expected: str) -> bytes:
    """
    Return the bytes of *file*; `STANDARD_INPUT` is standard input.

    Args:
        name: The argument that names the file, for an error.

    Raises:
        Malformed: When it cannot be read.
    """
    if file == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Malformed(
            f"{file} cannot be read: {error.strerror}", where=name, expected=expected
        ) from None


def written(file: str, name: str, expected: str) -> str:
    """
    Return the text of *file*.

    Raises:
        Malformed: When it cannot be read, or is not text in UTF-8.
    """
    return decoded(content(file, name, expected), name)


def decoded(written_as: bytes, name: str | None = None) -> str:
    """
    Return bytes as text.

    Raises:
        Malformed: When they are not UTF-8; the first byte that is not is named.
    """
    try:
        return written_as.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(
            f"byte {error.start + 1} is not valid UTF-8", where=name, expected="text in UTF-8"
        ) from None
