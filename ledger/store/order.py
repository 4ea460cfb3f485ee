"""
What goes into the writer, and what comes out of it.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

import attrs

from ledger.moderation.commands import Command
from ledger.moderation.entry import Draft, Entry
from ledger.timeline.plan import Plan
from ledger.timeline.restrictions import Change


class Disclosed(NamedTuple):
    """
    What a command said of a person, where the ledger is sealed.

    Args:
        subject: The alias of whom it is about; None for whom its entry is about.
    """

    subject: str | None
    disclosure: bytes


# By token.
NOTHING_DISCLOSED: Final[Mapping[str, Disclosed]] = MappingProxyType({})


@attrs.frozen(slots=False)
class Order:
    """
    A command on its way to the ledger.

    Args:
        place: Where it came from, for messages: ``line 17``.

        recorded_at: When the source recorded it; None for a command that is given now.

        source_id: What the source calls it, after its format.

        source_recorded_at: Kept with a command of the past that is recorded now.

        given_id: The id that the source gave to what it records, where a later line names it.

        operator_account: The operator's own account, for an operator whom an import meets.

        plan: What an undo is to do.

        digest: Of the command as it was given, where it is sealed and gives an id.

        disclosures: What the tokens of a sealed command stand for.
    """

    command: Command
    place: str | None = None
    recorded_at: datetime | None = None
    source_id: str | None = None
    source_recorded_at: datetime | None = None
    given_id: str | None = None
    operator_account: str | None = None
    plan: Plan | None = None
    digest: str | None = None
    disclosures: Mapping[str, Disclosed] = NOTHING_DISCLOSED


@attrs.frozen(slots=False)
class Statement:
    """
    An event of the ledger itself on its way in: nobody decides it.
    """

    draft: Draft
    recorded_at: datetime | None = None
    place: str | None = None


@attrs.frozen(slots=False)
class Recorded:
    """
    What became of an order.

    Args:
        result: The id that its command returns.

        entries: What was recorded; none when it was so already, or was recorded before.

        changes: What this changed of restrictions.
    """

    result: str
    entries: tuple[Entry, ...] = ()
    changes: tuple[Change, ...] = ()
