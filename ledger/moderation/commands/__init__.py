"""
The commands: what may be asked of the ledger, as values that are checked when they are made.

`COMMANDS` is the one list of them: the methods of the front door, the lines of ``ledger record``
and the verbs of the command line all have their names and arguments from here.
"""

from collections.abc import Mapping

from ledger.errors import Malformed
from ledger.moderation.commands import account, appeal, keys, operator, policy, privacy, request
from ledger.moderation.commands.command import COMMANDS, UNCHANGED, Command, Unchanged, command_of

__all__ = [
    "COMMANDS",
    "UNCHANGED",
    "Command",
    "Unchanged",
    "account",
    "appeal",
    "command_from",
    "command_of",
    "keys",
    "operator",
    "policy",
    "privacy",
    "request",
]


def command_from(fields: Mapping[str, object]) -> Command:
    """
    Return the command of one JSON object: ``{"command": "act", "measure": …}``.

    Raises:
        Malformed: When it is no object, the command or one of its arguments is unknown, an argument
            is missing, or one has the wrong shape.
    """
    if not isinstance(fields, Mapping):
        raise Malformed(
            f"{type(fields).__name__} is no command",
            where="command",
            expected='a command, or an object such as {"command": "note", …}',
        )
    given = dict(fields)
    name = given.pop("command", None)
    cls = COMMANDS.get(name) if isinstance(name, str) else None
    if cls is None:
        raise Malformed(
            f"the command {name!r} is unknown",
            where="command",
            expected="one of " + ", ".join(COMMANDS),
        )
    return command_of(cls, given)
