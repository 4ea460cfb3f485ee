"""
What was held to be the cause of an action: which findings contradict which.

No finding overwrites another one. Two of them on one action contradict each other when they name
different causes; the later one contradicts the earlier.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.moderation.account import Finding
from ledger.moderation.events.account import Cause


class Contradiction(NamedTuple):
    """
    A finding, and an earlier one about the same action that it contradicts.

    Args:
        cause, contradicted_cause: What each of them names.

        both_standing: Whether neither was revised or retracted.
    """

    finding: str
    cause: Cause
    contradicts: str
    contradicted_cause: Cause
    both_standing: bool


def contradictions(findings: Iterable[Finding]) -> tuple[Contradiction, ...]:
    """
    Return the contradictions among *findings*, which are in recorded order, in that order.
    """
    told: list[Finding] = []
    found: list[Contradiction] = []
    for later in findings:
        found.extend(
            Contradiction(
                later.finding,
                later.cause,
                earlier.finding,
                earlier.cause,
                both_standing=later.status == earlier.status == "standing",
            )
            for earlier in told
            if earlier.action == later.action and earlier.cause is not later.cause
        )
        told.append(later)
    return tuple(found)
