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

        streamed: How many actions are streamed where memory is measured; a quarter of it is the
            floor, since what streams needs the same memory for both.

        singles: How many actions a round are recorded one by one.

        batches: How many batches of `batch` actions a round are recorded.

        questions: How many questions a round are asked.
    """

    actions: int = 200_000
    accounts: int = 20_000
    streamed: int = 200_000
    singles: int = 400
    batch: int = 1_000
    batches: int = 3
    questions: int = 50

    @property
    def quarter(self) -> int:
        """
        Return the smaller of the two ledgers that are streamed.
        """
        return self.streamed // 4


SCALES: Final = {
    "tiny": Scale(
        actions=400, accounts=40, streamed=400, singles=4, batch=10, batches=1, questions=2
    ),
    "small": Scale(),
    "full": Scale(streamed=1_000_000),
}
