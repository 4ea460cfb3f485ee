"""
What can happen to the ledger itself: it is opened, and history is imported into it.
"""

import attrs

from ledger.moderation.events.record import Context, event


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
