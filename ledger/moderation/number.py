"""
Whole numbers: what is accepted where something is counted.
"""

from typing import Final

from ledger.errors import Malformed

# What every JSON reader can tell exactly, and every database can hold.
WHOLE_MAX: Final = 2**53 - 1


def whole(value: object, name: str, *, least: int = 0) -> int:
    """
    Return *value* when it is a whole number of *least* or more.

    Raises:
        Malformed: When it is none, or greater than anything that is counted.
    """
    if type(value) is int and least <= value <= WHOLE_MAX:
        return value
    raise Malformed(
        f"{value!r} is no {name}",
        where=name,
        expected=f"a whole number from {least} to {WHOLE_MAX}",
    )
