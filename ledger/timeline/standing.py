"""
The standing of an account: the worst restriction in force at a moment, as known at another.
"""

from collections.abc import Iterable
from datetime import datetime

import attrs

from ledger.moderation.vocabulary import Effect, worst
from ledger.timeline.cut import Cut
from ledger.timeline.restrictions import Restriction


@attrs.frozen
class Standing:
    """
    Where an account stood.

    Args:
        at: The moment asked about.

        cut: What was known.

        in_force: The restrictions in force, by (from, log, position).
    """

    account: str
    at: datetime
    cut: Cut
    standing: Effect
    in_force: tuple[Restriction, ...]


def standing(account: str, known: Iterable[Restriction], at: datetime, cut: Cut) -> Standing:
    """
    Return the standing of *account* at *at* from the restrictions *known* at *cut*.
    """
    in_force = sorted(
        (restriction for restriction in known if restriction.covers(at)),
        key=lambda restriction: (restriction.from_, restriction.opened_at_position),
    )
    return Standing(account, at, cut, worst(r.effect for r in in_force), tuple(in_force))
