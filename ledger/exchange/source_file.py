"""
A file of a source: read once from first to last, compressed or not, and its hash taken on the way.
"""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from typing_extensions import Buffer, override

from ledger.errors import Malformed
from ledger.moderation.events.book import ImportedFile

_GZIP: Final = b"\x1f\x8b"


class SourceFile:
    """
    The file at *path*.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._sha256 = hashlib.sha256()

    def place(self, line: int) -> str:
        """
        Return how messages name a line of it, counted from 1.
        """
        return f"{self.path}, line {line}"

    @property
    def imported(self) -> ImportedFile:
        """
        Return its name and hash, once it was read.
        """
        return ImportedFile(name=self.path.name, sha256=self._sha256.hexdigest())

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """
        Give its content, decompressed if it is gzip, to be read to the end.

        Raises:
            Malformed: When it is no file, cannot be read, or ends before the compressed data do.
        """
        try:
            with self.path.open("rb", buffering=0) as raw:
                stream = io.BufferedReader(_Fingerprinted(raw, self._sha256))
                if stream.peek(len(_GZIP)).startswith(_GZIP):
                    with gzip.GzipFile(fileobj=stream) as content:
                        yield content  # type: ignore[misc]
                else:
                    yield stream
        except IsADirectoryError:
            raise Malformed("it is a directory", where=str(self.path), expected="a file") from None
        except (EOFError, zlib.error) as error:
            raise Malformed(
                f"the compressed data are cut off or damaged: {error}",
                where=str(self.path),
                expected="the whole file",
            ) from error
        except OSError as error:
            raise Malformed(
                f"it cannot be read: {error.strerror or error}",
                where=str(self.path),
                expected="a file that can be read",
            ) from error


class _Fingerprinted(io.RawIOBase):
    """
    The bytes of *raw* on their way to the reader, hashed as they pass.
    """

    def __init__(self, raw: io.RawIOBase | io.FileIO, sha256: "hashlib._Hash") -> None:
        self._raw = raw
        self._hash = sha256

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int | None:
        count = self._raw.readinto(buffer)
        if count:
            self._hash.update(memoryview(buffer)[:count])
        return count
