"""
What can happen to the keys that sign what a ledger is: another one takes its place, one is revoked.

A key stands here as others check by it, never the private one. Nothing here is sealed: reasons name
cases and rules, never persons.
"""

from ledger.moderation.authority import Authority
from ledger.moderation.events.record import Context, event


@event("ledger.key_rotated")
class KeyRotated:
    """
    A key signs from here on; for a while the one before it signs too, so that whoever knows only
    that one is not left alone.

    Args:
        new: The key, as a policy names it: ``NAME+ID+KEY``.

        old: The one whose place it takes; None for the first.

        from_size: The first size of the signed log that it may sign; None for the first checkpoint
            that includes this entry.
    """

    new: str
    old: str | None = None
    from_size: int | None = None
    reason: str
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("ledger.key_revoked")
class KeyRevoked:
    """
    Nothing that a key signs from here on counts.

    Args:
        key: The key, as a policy names it.

        last_size: The last size of the signed log of which its signature counts; None where
            nothing that it signed before is in doubt.
    """

    key: str
    last_size: int | None = None
    reason: str
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None
