"""
A cut: how much of each log a question looks at.

A moment of knowledge is resolved to a cut once; the same cut gives the same answer for ever.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs
import msgspec

from ledger.errors import Malformed

CUT_EXPECTED: Final = 'a time with offset, or a cut such as {"0": 12}'
_CUT: Final = re.compile(r"\s*\{.*\}\s*", re.DOTALL)


def _positions(value: Mapping[int, int]) -> Mapping[int, int]:
    return dict(sorted(value.items()))


@attrs.frozen
class Cut:
    """
    The last position of each log that an answer rests on.

    Args:
        positions: By log; 0 for a log without entries.

        known_at: The moment that was asked for, or of the last entry.

        settled: Whether no later entry can be recorded at or before `known_at`, so that the same
            `known_at` will always give this cut (semantics, rule 4).

        import_unfinished: Whether an import has begun and not ended when this is asked, so that
            its history is in part still to come (semantics, rule 5).
    """

    positions: Mapping[int, int] = attrs.field(converter=_positions)
    known_at: datetime
    settled: bool
    import_unfinished: bool = False


def parse_positions(text: str) -> dict[int, int] | None:
    """
    Return the positions of a cut in JSON, ``{"0": 12}``, or None when *text* is something else.

    Raises:
        Malformed: When it looks like a cut and is none.
    """
    if not _CUT.fullmatch(text):
        return None
    try:
        return msgspec.json.decode(text, type=dict[int, int])
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise Malformed(
            f"{text!r} is no cut: {error}", where="known_at", expected=CUT_EXPECTED
        ) from None
