"""
What a reader of history is given, and what it gives back.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, Protocol

import attrs

from ledger.errors import LedgerError
from ledger.moderation.events.book import ImportedFile
from ledger.moderation.rules import Rule
from ledger.moderation.vocabulary import Vocabulary
from ledger.store.order import Order, Statement

Step = Order | Statement

# The anomaly that no entry tells: an action whose effect was never in force.
NEVER_IN_FORCE: Final = "never_in_force"


class Claimed(Protocol):
    """
    The ids that are on record.
    """

    def claimed(self, kind: str, names: Iterable[str]) -> set[str]:
        """
        Return those of *names* that are on record as ids of *kind*.
        """

    def stream_of(self, kinds: Iterable[str], name: str) -> str | None:
        """
        Return the stream that the id *name* of one of *kinds* stands in; None when there is none.
        """


@attrs.frozen
class SkippedLine:
    """
    A line that was not imported: where it stands, and what is wrong with it.
    """

    place: str
    reason: str


@attrs.frozen
class Intake:
    """
    What a reader needs to know of the ledger, and what it does with a line that it must refuse.

    Args:
        now: No source can have recorded anything later.

        is_enrolled: Tells whether an operator is enrolled.

        measures, rules: What acts and policies may use.

        skip_bad: Whether a line that must be refused is left out and reported; otherwise it is
            raised, and nothing is imported.
    """

    now: datetime
    on_record: Claimed
    is_enrolled: Callable[[str], bool]
    measures: Vocabulary
    rules: Mapping[str, Rule]
    skip_bad: bool = False
    skipped: list[SkippedLine] = attrs.field(factory=list)

    def refuse(self, error: LedgerError, place: str) -> None:
        """
        Report *error*, or raise it with its place.
        """
        if not self.skip_bad:
            raise error.at(place)
        self.skipped.append(SkippedLine(place, str(error)))


@attrs.frozen
class Reading:
    """
    All that files hold which is new, read and checked.

    Args:
        steps: In the order in which they are recorded; each knows its place and its time.

        counts: What was counted, by name, as the format's summary has it.

        new: How many steps there are.

        anomalies: The names of what is counted while it is recorded; empty for a format that has
            no anomalies.
    """

    files: tuple[ImportedFile, ...]
    counts: dict[str, int]
    steps: Iterable[Step]
    new: int
    anomalies: tuple[str, ...] = ()
