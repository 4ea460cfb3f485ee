"""
What an import answered and what the straight computation says, in one shape to be compared.
"""

from collections import Counter
from typing import Any

from ledger import Ledger
from ledger.book.history import ImportSummary
from tests.exchange.block_log_oracle import Outcome

COUNTS = ("rows", "usable", "unusable", "duplicates", "accounts", "operators", "anomalies")


def answered(ledger: Ledger, summary: ImportSummary) -> dict[str, Any]:
    """
    Return what *ledger* holds and *summary* counted after an import into an empty ledger.
    """
    restrictions = [
        (held.account, held.from_, held.until, held.ended_by, held.opened_by, held.closed_by)
        for held in ledger.restrictions(measure="suspend")
    ]
    return summary.document() | {
        "endings": Counter(held[3] for held in restrictions),
        "restrictions": _ordered(restrictions, ledger.settings.logs),
    }


def computed(outcome: Outcome, logs: int = 1) -> dict[str, Any]:
    """
    Return what *outcome* says; with several logs, restrictions of one moment have no order.
    """
    restrictions = [tuple(held) for held in outcome.restrictions]
    return {name: getattr(outcome, name) for name in COUNTS} | {
        "endings": Counter(outcome.endings),
        "restrictions": _ordered(restrictions, logs),
    }


def _ordered(restrictions: list[tuple[Any, ...]], logs: int) -> list[tuple[Any, ...]]:
    return restrictions if logs == 1 else sorted(restrictions, key=lambda held: [*map(str, held)])
