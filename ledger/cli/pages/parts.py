"""
What several pages have in common.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, TypeVar

from rich.console import RenderableType

from ledger.cli.paper import Fact, Line, Page, Row, lines, listing
from ledger.cli.wording import listed, when
from ledger.timeline.cut import Cut

# A list is drawn from so many rows at a time, so that one of any length takes little memory.
ROWS_A_TABLE: Final = 500
# How many ids are named in a sentence.
NAMED_MAX: Final = 12

R = TypeVar("R")


def rests_on(cut: Cut) -> Fact:
    """
    Return what an answer rests on.
    """
    entries = sum(cut.positions.values())
    settled = "" if cut.settled else ", not settled yet"
    unfinished = ", while an import is unfinished" if cut.import_unfinished else ""
    return "as known", f"{when(cut.known_at)} UTC, from {entries} entries{settled}{unfinished}"


def table(head: Row, rows: Iterable[Row]) -> Page:
    """
    Yield a table, or several where there are many rows.
    """
    return _in_pieces(rows, lambda some: listing(head, some))


def told(rows: Iterable[Line]) -> Page:
    """
    Yield what happened when and by whom, in several lists where there is much.
    """
    return _in_pieces(rows, lines)


def _in_pieces(rows: Iterable[R], drawn: Callable[[Sequence[R]], RenderableType]) -> Page:
    left = iter(rows)
    while some := list(islice(left, ROWS_A_TABLE)):
        yield drawn(some)


def some_of(names: Sequence[str]) -> str:
    """
    Return names with commas between them; how many more there are where they are many.
    """
    more = len(names) - NAMED_MAX
    return listed(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def counted(number: int, thing: str) -> str:
    """
    Return how many of a thing there are: ``1 action``, ``no actions``.
    """
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"
