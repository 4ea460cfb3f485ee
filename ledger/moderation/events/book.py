"""
What can happen to the ledger itself: it is opened, history is imported into it, much is undone.
"""

import attrs

from ledger.moderation.authority import Authority
from ledger.moderation.events.record import Context, Verdict, event
from ledger.moderation.schema import personal


@event("ledger.opened")
class LedgerOpened:
    """
    The first entry of every ledger: what it is, for ever.

    Args:
        format: The number of the stored format.

        origin: The name under which its log is known to others.

        logs: How many logs it has.

        sealed: Whether personal fields are sealed.
    """

    format: int
    origin: str
    logs: int
    sealed: bool
    context: Context | None = None


@attrs.frozen(kw_only=True, slots=False)
class ImportedFile:
    """
    One file of an import: its name without a folder, and SHA-256 of its bytes in hex.
    """

    name: str
    sha256: str


@event("ledger.import_began")
class ImportBegan:
    """
    An import begins: the entries that name it have the source's times.
    """

    import_id: str
    format: str
    files: tuple[ImportedFile, ...]
    context: Context | None = None


@event("ledger.import_ended")
class ImportEnded:
    """
    An import is complete, with what was counted.
    """

    import_id: str
    counts: dict[str, int]
    context: Context | None = None


@event("ledger.undo_applied")
class UndoApplied:
    """
    A plan of an undo was carried out: the parent of all that was recorded with it.

    Args:
        undo: Its id, which everything recorded with it has as its correlation id.

        digest: SHA-256 of the plan in hex.

        cut: The last position of each log that the plan rested on, by log.

        undoes: The undo that was itself undone, where that was planned.

        reversed, withdrawn, restored: How many actions were.
    """

    undo: str
    digest: str
    cut: dict[str, int]
    undoes: str | None = None
    reversed: int
    withdrawn: int
    restored: int
    reason: str = personal()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("ledger.command_refused")
class BookCommandRefused:
    """
    An authority check stopped a command about the ledger itself: a policy, an undo.

    Args:
        command: The command's name.

        arguments: The command as it was given, under the names of its arguments.

        expected: What would have made it pass.
    """

    command: str
    arguments: dict[str, object]
    verdicts: tuple[Verdict, ...]
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    expected: str | None = None
    context: Context | None = None
