"""
What a bench found, beside its floor and its bar, and how it is printed.
"""

import json
from collections.abc import Iterable

import attrs


@attrs.frozen(kw_only=True)
class Bar:
    """
    What must hold of a measurement.

    Args:
        at_least, at_most: The bound; one of them.

        of: ``ratio``, or ``value`` where the bar is absolute.
    """

    at_least: float | None = None
    at_most: float | None = None
    of: str = "ratio"

    def holds(self, found: "Measurement") -> bool:
        """
        Return whether *found* is within the bound.
        """
        measured = found.ratio if self.of == "ratio" else found.value
        if self.at_least is not None:
            return measured >= self.at_least
        assert self.at_most is not None
        return measured <= self.at_most

    def __str__(self) -> str:
        """
        Return the bound as the table shows it.
        """
        bound = f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:.4g}"
        return f"{bound} x" if self.of == "ratio" else bound


@attrs.frozen(kw_only=True)
class Measurement:
    """
    One row of the table.

    Args:
        name: The number of the bar in front: ``B1 one act, 256 logs``.

        floor: The same unit as `value`, from the same run.

        size: Over what it was measured: how much, in which batches, logs and accounts.

        bar: None where a row is shown for comparison alone.

        memory_peak_mb: The most memory that its process had.
    """

    name: str
    value: float
    unit: str
    floor: float
    size: str
    bar: Bar | None = None
    memory_peak_mb: float = 0.0

    @property
    def ratio(self) -> float:
        """
        Return the value over its floor.
        """
        return self.value / self.floor

    @property
    def held(self) -> str:
        """
        Return whether the bar is held.
        """
        if self.bar is None:
            return "-"
        return "held" if self.bar.holds(self) else "MISSED"


_HEADINGS = ("name", "value", "unit", "floor", "ratio", "bar", "held", "peak MB", "size")
_RIGHT = {"value", "floor", "ratio", "peak MB"}


def table(found: Iterable[Measurement]) -> str:
    """
    Return the rows as a table, headings first.
    """
    rows = [_HEADINGS, *map(_cells, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if heading in _RIGHT else cell.ljust(width)
            for heading, cell, width in zip(_HEADINGS, row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def _cells(row: Measurement) -> tuple[str, ...]:
    return (
        row.name,
        _number(row.value),
        row.unit,
        _number(row.floor),
        f"{row.ratio:.2f}",
        "-" if row.bar is None else str(row.bar),
        row.held,
        f"{row.memory_peak_mb:.0f}",
        row.size,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def as_json(found: Iterable[Measurement]) -> str:
    """
    Return the rows as a JSON list.
    """
    fields = ("name", "value", "unit", "floor", "ratio", "size")
    return json.dumps([{field: getattr(row, field) for field in fields} for row in found], indent=2)
