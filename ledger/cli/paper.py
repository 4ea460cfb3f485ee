"""
What pages are printed on and made of: a console, facts, columns, quotations, and few colours.

Colour is for terminals, and NO_COLOR turns it off; pages are as wide as the terminal, else 80
columns, and nothing is cut off.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

WIDTH: Final = 80
# Columns are filled up with spaces, among which styles begin and end.
_LINE_ENDS: Final = re.compile(r"(?:\x1b\[[0-9;]*m| )+$", re.MULTILINE)
# Control characters but the end of a line, and those that turn or hide what stands beside them.
_STEERING: Final = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
_INDENT: Final = (0, 0, 0, 2)
_GAP: Final = 2
_LABEL_WIDTH: Final = 11
_NAME_WIDTH_MIN: Final = 6
_NAME_WIDTH_MAX: Final = 24

HEAD: Final = "bold"
BACK: Final = "dim"
WHO: Final = "cyan"
ALARM: Final = "red"
CALM: Final = "green"

Fact = tuple[str, RenderableType]
Line = tuple[RenderableType, RenderableType, RenderableType]
Page = Iterable[RenderableType]


def page_width() -> int:
    """
    Return how wide a page is: as wide as the terminal, 80 columns where there is none.
    """
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH


def print_page(page: Page, *, width: int | None = None, color: bool | None = None) -> None:
    """
    Print the parts of *page* to standard output, without spaces at the end of lines.

    Args:
        width: In columns; None means `page_width`.

        color: Whether to colour; None means on a terminal, unless NO_COLOR is set.
    """
    console = _console(width or page_width(), color=color)
    for part in page:
        with console.capture() as drawn:
            console.print(_Harmless(part))
        sys.stdout.write(_LINE_ENDS.sub(lambda end: end[0].replace(" ", ""), drawn.get()))


class _Harmless:
    """
    A part of a page in which characters that would steer a terminal, or hide, are shown escaped.
    """

    def __init__(self, part: RenderableType) -> None:
        self._part = part

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for drawn in console.render(self._part, options):
            yield Segment(_STEERING.sub(_escaped, drawn.text), drawn.style, drawn.control)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _console(width: int, *, color: bool | None) -> Console:
    if color is None:
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return Console(
        file=sys.stdout,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def facts(rows: Iterable[Fact]) -> RenderableType:
    """
    Return labels and what they stand for, one below the other.
    """
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style=BACK, no_wrap=True, min_width=_LABEL_WIDTH)
    grid.add_column(overflow="fold")
    for label, value in rows:
        grid.add_row(label, value)
    return Padding(grid, _INDENT)


def columns(*heads: str) -> Table:
    """
    Return an empty table without lines; only its last column is folded where width is short.
    """
    table = Table(box=None, header_style=BACK, padding=(0, 2, 0, 0), pad_edge=False)
    for head in heads[:-1]:
        table.add_column(head, no_wrap=True)
    table.add_column(heads[-1], overflow="fold")
    return table


class Row(NamedTuple):
    """
    One row of a list, or its head.

    Args:
        lead: What stands in columns always.

        above, below: What follows: in columns of its own where the page is wide enough, else
            above each other.
    """

    lead: tuple[str, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """
        Return all of it, a column each.
        """
        return (*self.lead, *self.above, *self.below)

    def folded(self, between: str) -> tuple[str, ...]:
        """
        Return it with all that follows the lead in one column.
        """
        return (*self.lead, between.join(map(" · ".join, (self.above, self.below))))


def listing(head: Row, rows: Sequence[Row]) -> Table:
    """
    Return rows in a line each where all of them fit the page, else in two lines each.
    """
    in_columns = zip(*(row.cells for row in (head, *rows)), strict=True)
    widths = (max(map(cell_len, column)) for column in in_columns)
    fits = sum(widths) + _GAP * (len(head.cells) - 1) <= page_width()
    table = columns(*(head.cells if fits else head.folded("; ")))
    for row in rows:
        table.add_row(*(row.cells if fits else row.folded("\n")))
    return table


def lines(rows: Iterable[Line], name_width: int = 0) -> RenderableType:
    """
    Return what happened when and by whom, one below the other.

    Args:
        name_width: How wide the names are to be, so that several such lists stand alike.
    """
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    width = min(max(name_width, _NAME_WIDTH_MIN), _NAME_WIDTH_MAX)
    grid.add_column(style=WHO, min_width=width, max_width=_NAME_WIDTH_MAX, overflow="fold")
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return Padding(grid, _INDENT)


def quoted(text: str) -> Text:
    """
    Return what somebody wrote, in quotation marks.
    """
    return Text(f"“{text}”", "italic")
