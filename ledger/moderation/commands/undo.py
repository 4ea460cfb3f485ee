"""
The command to carry out a plan of an undo. The plan goes beside it: nobody writes one by hand.
"""

from ledger.moderation.commands.command import (
    Command,
    historical,
    optional_id,
    required_id,
    required_text,
)


@historical("undo")
class Undo(Command):
    """
    Do exactly what a plan says, or nothing.

    Args:
        plan: SHA-256 of the plan in hex.

        undoes: The undo that the plan undoes, where it undoes one.
    """

    plan: str = required_id()
    reason: str = required_text()
    undoes: str | None = optional_id()
