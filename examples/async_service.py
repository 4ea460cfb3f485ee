"""
An asyncio service that keeps many acts outstanding: they share transactions, and each has an
outcome of its own.
"""

import asyncio
import tempfile
from collections import Counter

from ledger import Ledger, LedgerError

ACCOUNTS, OUTSTANDING_MAX = 100, 64
# The second of two moderators is too late, and nobody has enrolled the third.
MODERATORS = ("op-1", "op-2", "op-3")


async def decide(ledger: Ledger, slots: asyncio.Semaphore, account: str, by: str) -> str:
    """
    Record a decision while the loop goes on, and return what became of it.
    """
    command = {
        "command": "act",
        "measure": "suspend",
        "account": account,
        "by": by,
        "because_of": "own-initiative",
        "reason": "spam",
    }
    # What waits has a bound, here as in the ledger, which raises `Unavailable` at its own.
    async with slots:
        try:
            await asyncio.wrap_future(ledger.submit(command))
        except LedgerError as error:
            return error.family
        return "durable"


async def serve(ledger: Ledger) -> list[str]:
    """
    Let every moderator decide on every account, all at once, and return the outcomes in order.
    """
    slots = asyncio.Semaphore(OUTSTANDING_MAX)
    decisions = (
        decide(ledger, slots, f"account-{n}", by) for n in range(ACCOUNTS) for by in MODERATORS
    )
    return await asyncio.gather(*decisions)


with tempfile.TemporaryDirectory() as folder, Ledger.open(f"sqlite:///{folder}/l.db") as ledger:
    for operator in MODERATORS[:2]:
        ledger.enrol_operator(operator, kind="human")
    outcomes = asyncio.run(serve(ledger))
    for nth, operator in enumerate(MODERATORS):
        print(operator, dict(Counter(outcomes[nth :: len(MODERATORS)])))
    # What is recorded together has one time.
    times = {known.known_from for known in ledger.restrictions(measure="suspend")}
    print(f"{ACCOUNTS} acts took fewer than {ACCOUNTS} transactions: {len(times) < ACCOUNTS}")
