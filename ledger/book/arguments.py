"""
Arguments of the front door that are no part of a command or a filter: files, lists, and values that
the ledger gave.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from ledger.errors import Malformed
from ledger.store.url import file_path

T = TypeVar("T")


def path(value: object, name: str) -> Path:
    """
    Return *value* as the path of a file.

    Raises:
        Malformed: When it is neither a text nor a path, or no file can be called so.
    """
    told = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(told, str):
        raise Malformed(f"{type(value).__name__} is no path", where=name, expected="a path")
    found = file_path(told)
    if found is None or not found.name:
        what = "is a directory" if found and told else "names no file"
        raise Malformed(f"{told!r} {what}", where=name, expected="the path of a file")
    return found


def paths(values: Iterable[str | Path], name: str) -> list[Path]:
    """
    Return the members of a list as paths of files.

    Raises:
        Malformed: When it is none, or as `path` does.
    """
    return [path(value, name) for value in members(values, name)]


def members(value: Iterable[T], name: str) -> list[T]:
    """
    Return what is in a list.

    Raises:
        Malformed: When it is none.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise Malformed(f"{type(value).__name__} is no list", where=name, expected="a list")
    return [*value]


def given(value: object, cls: type[T], name: str, expected: str) -> T:
    """
    Return *value* when it is of *cls*.

    Raises:
        Malformed: When it is not.
    """
    if isinstance(value, cls):
        return value
    raise Malformed(f"it is of type {type(value).__name__}", where=name, expected=expected)
