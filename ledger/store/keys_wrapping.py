"""
The key that encrypts keys (KEK): from a file, from the environment, or from a service that has it.

It wraps every key of a key store and nothing else, so another one can take its place without an
entry being touched.
"""

import os
import re
import stat
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Protocol

import attrs

from ledger.errors import Malformed, Unavailable

KEY_BYTES: Final = 32
_OWNER_ONLY: Final = 0o600
_OF_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_HEX: Final = re.compile(f"[0-9a-f]{{{2 * KEY_BYTES}}}").fullmatch
_EXPECTED: Final = f"{2 * KEY_BYTES} lower-case hex digits"


class KEK(Protocol):
    """
    What wraps keys: one of those below, or what asks a key management service to do it.
    """

    def wrap(self, key: bytes, /) -> bytes:
        """
        Return *key* wrapped.
        """

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """
        Return the key that was wrapped.

        Raises:
            Unavailable: When another key wrapped it.
        """


def installed() -> None:
    """
    Raise unless the library that encrypts is installed.

    Raises:
        Unavailable: With what installs it.
    """
    try:
        import cryptography  # noqa: F401, PLC0415, for its users alone
    except ModuleNotFoundError as error:
        raise Unavailable(
            "the library that encrypts is not installed",
            where="keys",
            expected="pip install 'moderation-ledger[sign]'",
        ) from error


class _Wrapping:
    """
    Wraps keys under a key that is at hand.

    Source: RFC 3394; NIST SP 800-38F.
    """

    def __init__(self, key: bytes) -> None:
        installed()
        from cryptography.hazmat.primitives import keywrap  # noqa: PLC0415, for its users alone

        self._keywrap: Any = keywrap
        self._key = key

    def wrap(self, key: bytes) -> bytes:
        wrapped: bytes = self._keywrap.aes_key_wrap(self._key, key)
        return wrapped

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            key: bytes = self._keywrap.aes_key_unwrap(self._key, wrapped)
        except self._keywrap.InvalidUnwrap:
            raise not_its_key() from None
        return key


def not_its_key() -> Unavailable:
    """
    Return the error that the keys were wrapped with another key.
    """
    return Unavailable(
        "the keys were wrapped with another key", where="kek", expected="the key that wrapped them"
    )


@attrs.frozen
class FileKEK:
    """
    The KEK in a file that its owner alone may read: 64 hex digits.
    """

    path: Path = attrs.field(converter=Path)
    _wrapping: _Wrapping = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """
        Read the file.

        Raises:
            Unavailable: When it cannot be read.

            Malformed: When others may read it, or it holds no key.
        """
        try:
            with self.path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                written = file.read(4 * KEY_BYTES)
        except OSError as error:
            raise Unavailable(
                f"{self.path} cannot be read: {error.strerror}",
                where="kek",
                expected="the file of the key that encrypts keys",
            ) from None
        if mode & _OF_OTHERS:
            raise Malformed(
                f"{self.path} has mode {stat.S_IMODE(mode):04o}: others may read the key",
                where="kek",
                expected=f"mode {_OWNER_ONLY:04o}",
            )
        key = _parsed(written.decode("ascii", "replace").strip(), str(self.path))
        object.__setattr__(self, "_wrapping", _Wrapping(key))

    @classmethod
    def generate(cls, path: str | Path) -> "FileKEK":
        """
        Make a new key in a file that its owner alone may read, and return it.

        Raises:
            Malformed: When *path* exists.
        """
        try:
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        except FileExistsError:
            raise Malformed(f"{path} exists", where="kek", expected="a path that is free") from None
        except OSError as error:
            raise Unavailable(f"{path} cannot be made: {error.strerror}", where="kek") from None
        with os.fdopen(made, "w") as file:
            file.write(token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return cls(path)

    def wrap(self, key: bytes) -> bytes:
        """
        Return *key* wrapped.
        """
        return self._wrapping.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """
        Return the key that was wrapped.
        """
        return self._wrapping.unwrap(wrapped)


@attrs.frozen
class EnvironmentKEK:
    """
    The KEK in a variable of the environment: 64 hex digits.
    """

    name: str
    _wrapping: _Wrapping = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        """
        Read the variable.

        Raises:
            Unavailable: When it is not set.

            Malformed: When it holds no key.
        """
        written = os.environ.get(self.name)
        if written is None:
            raise Unavailable(
                f"the variable {self.name} is not set", where="kek", expected=f"it, as {_EXPECTED}"
            )
        wrapping = _Wrapping(_parsed(written.strip(), f"the variable {self.name}"))
        object.__setattr__(self, "_wrapping", wrapping)

    def wrap(self, key: bytes) -> bytes:
        """
        Return *key* wrapped.
        """
        return self._wrapping.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """
        Return the key that was wrapped.
        """
        return self._wrapping.unwrap(wrapped)


def _parsed(written: str, place: str) -> bytes:
    """
    Return the key that is *written*, which no error repeats.
    """
    if not _HEX(written):
        raise Malformed(f"{place} holds no key", where="kek", expected=_EXPECTED)
    return bytes.fromhex(written)
