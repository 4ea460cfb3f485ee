"""
A verb: what it does, in one line, and how it is used.
"""

from typing import NamedTuple


class Verb(NamedTuple):
    """
    One verb.

    Args:
        room: The module of `ledger.cli` that makes it.

        line: What it does, in at most 57 characters, so that lists do not wrap.

        examples: Command lines that can be given one after the other.
    """

    name: str
    room: str
    line: str
    examples: tuple[str, ...]


def verbs(room: str, *rows: tuple[str, ...]) -> tuple[Verb, ...]:
    """
    Return verbs of one room from rows of name, line and examples.
    """
    return tuple(Verb(name, room, line, tuple(examples)) for name, line, *examples in rows)
