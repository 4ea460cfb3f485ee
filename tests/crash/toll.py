"""
What a trial took and what was left: faults, commands acknowledged, stored and lost.
"""

from collections.abc import Iterable
from typing import Self

import attrs

from tests.crash.audit import Found

HEADINGS = (
    "trial",
    "engine",
    "faults",
    "in a write",
    "acknowledged",
    "stored",
    "unacknowledged",
    "lost",
    "broken",
    "seconds",
)
NAMES = 2
# As many times more faults than wanted until one falls into a write.
TIMES_MAX = 8


@attrs.define(kw_only=True)
class Toll:
    """
    What a trial found; a row of the table.

    Args:
        faults: How often the ledger was hit.

        in_a_write: How many of them fell between the taking of a head and its acknowledgement.

        acknowledged: How many commands the ledger acknowledged.

        stored: How many it holds.

        unacknowledged: How many were stored at a fault and not acknowledged by then; repeated, they
            are found.

        lost: The requests that were acknowledged and are not stored.

        broken: What did not hold afterwards, a sentence each.
    """

    trial: str
    engine: str
    faults: int = 0
    in_a_write: int = 0
    acknowledged: int = 0
    stored: int = 0
    unacknowledged: int = 0
    lost: list[str] = attrs.field(factory=list)
    broken: list[str] = attrs.field(factory=list)
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        """
        Return whether all that was acknowledged is there, and all of it holds.
        """
        return not self.lost and not self.broken

    def is_short_of(self, faults: int) -> bool:
        """
        Return whether there are to be more faults: there are not that many yet, or none of them
        fell into a write; but nothing comes after a loss.
        """
        wanted = faults if self.in_a_write else faults * TIMES_MAX
        return self.held and self.faults < wanted

    def struck(self, found: Found, *, faults: int = 1, in_a_write: int) -> None:
        """
        Take note of faults and of what was *found* after them.
        """
        self.faults += faults
        self.in_a_write += in_a_write
        self.unacknowledged += found.unacknowledged
        self.lost.extend(found.lost)
        self.broken.extend(found.broken)

    def ended(self, found: Found) -> Self:
        """
        Count in a ledger as it was *found* at last, and return this.
        """
        self.acknowledged += len(found.acknowledged)
        self.stored += len(found.stored)
        return self

    @property
    def cells(self) -> tuple[str, ...]:
        """
        Return the row as the table shows it.
        """
        return (
            self.trial,
            self.engine,
            f"{self.faults:,}",
            f"{self.in_a_write:,}",
            f"{self.acknowledged:,}",
            f"{self.stored:,}",
            f"{self.unacknowledged:,}",
            f"{len(self.lost):,}",
            f"{len(self.broken):,}",
            f"{self.seconds:.1f}",
        )


def table(tolls: Iterable[Toll]) -> str:
    """
    Return the rows as a table, headings first.
    """
    rows = [HEADINGS, *(toll.cells for toll in tolls)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number < NAMES else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
