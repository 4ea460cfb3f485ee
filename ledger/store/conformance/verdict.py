"""
What a conformance run says of a database: a verdict a property, and how fast it was.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import attrs

_BROKEN_NAMED_MAX: Final = 3


@attrs.frozen
class Verdict:
    """
    What was found of one property.

    Args:
        holds: None where it cannot be told.

        what: What was tried; where the property does not hold, the evidence.
    """

    property: str
    holds: bool | None
    what: str


def judged(
    name: str, broken: Iterable[str], what: str, *, given: int = 1, turned_away: int = 0
) -> Verdict:
    """
    Return the verdict of the property *name*: it holds where nothing is *broken*.

    Args:
        broken: A sentence for each thing that is not as it should be.

        what: What was tried.

        given: How many commands were given for it.

        turned_away: How many of them found the database unavailable. It is its right to say so, as
            long as nothing is written; but where most were, nothing can be told.
    """
    told = f"{what}, {turned_away} of them turned away" if turned_away else what
    each = iter(broken)
    named = [*islice(each, _BROKEN_NAMED_MAX)]
    more = sum(1 for _ in each)
    if named:
        evidence = "; ".join(named) + (f"; and {more} more" if more else "")
        return Verdict(name, holds=False, what=f"{evidence} (of {told})")
    return Verdict(name, holds=True if 2 * turned_away < given else None, what=told)


@attrs.frozen(kw_only=True)
class Throughput:
    """
    How fast a database was, while nothing else was measured: no bar, and no verdict.

    Args:
        writers: How many wrote together, each with a connection of its own.

        outstanding: How many acts each of them kept outstanding.

        alone: Acts a second of one writer who waits for each.

        together: Acts a second of all writers together.

        batch_median: How many acts shared a transaction then.
    """

    writers: int
    outstanding: int
    alone: int
    together: int
    batch_median: int


@attrs.frozen
class Conformance:
    """
    What a conformance run found.

    Args:
        ledger: The database, without a secret.

        logs: How many logs the ledger had that was made there.

        throughput: None where it could not be measured, since acts failed.
    """

    ledger: str
    logs: int
    properties: tuple[Verdict, ...]
    throughput: Throughput | None

    def holds(self) -> bool:
        """
        Return whether no property was found not to hold.
        """
        return all(verdict.holds is not False for verdict in self.properties)
