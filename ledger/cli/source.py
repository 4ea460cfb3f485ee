"""
What a verb reads beside its options: a file, or standard input.
"""

import sys
from pathlib import Path
from typing import Final

from ledger.errors import Malformed

STANDARD_INPUT: Final = "-"


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
