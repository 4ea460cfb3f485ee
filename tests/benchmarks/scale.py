"""
How large the benches are.
"""

from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class Scale:
    """
    The sizes of one run.

    Args:
        actions, accounts: The ledger that questions are asked of.

        streamed, generated: How many actions are streamed where memory is measured, out of a ledger
            and into one; a quarter of it is the floor, since what streams needs the same memory for
            both.

        singles: How many actions a round are recorded one by one.

        batches: How many batches of `batch` actions a round are recorded.

        together: How many actions a round are recorded by `threads` threads, by so many processes
            of so many threads, or with so many outstanding.

        sample: How many of those the floor inserts one by one.

        logs: How many the ledgers have that are written to at once.

        questions: How many questions a round are asked.

        entries: How many entries the accounts have that are asked about; the last has a ledger of
            its own.

        repeats: How often the same is asked again beside a writer.

        vast: How many actions the ledger has beside which that of `actions` is small; 0 for none.
    """

    actions: int = 200_000
    accounts: int = 20_000
    streamed: int = 200_000
    generated: int = 40_000
    singles: int = 400
    batch: int = 1_000
    batches: int = 3
    together: int = 4_000
    sample: int = 1_000
    threads: int = 32
    processes: tuple[int, int] = (4, 8)
    outstanding: int = 256
    logs: tuple[int, ...] = (1, 256)
    questions: int = 50
    entries: tuple[int, ...] = (10, 1_000, 100_000)
    repeats: int = 500
    vast: int = 0

    @property
    def quarter(self) -> int:
        """
        Return the smaller of the two ledgers that are streamed.
        """
        return self.streamed // 4

    @property
    def longest(self) -> int:
        """
        Return how many entries the account has that is alone in its ledger.
        """
        return self.entries[-1]


SCALES: Final = {
    "tiny": Scale(
        actions=400,
        accounts=40,
        streamed=400,
        generated=400,
        singles=4,
        batch=10,
        batches=1,
        together=24,
        sample=12,
        threads=3,
        processes=(2, 2),
        outstanding=8,
        logs=(1, 4),
        questions=2,
        entries=(10, 20, 60),
        repeats=20,
        vast=800,
    ),
    "small": Scale(),
    "full": Scale(streamed=1_000_000, generated=1_000_000, repeats=10_000, vast=5_000_000),
}
