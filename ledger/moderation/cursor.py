"""
Cursors: where a list was left, as an opaque text.
"""

import base64
import binascii
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec

from ledger.errors import Malformed
from ledger.moderation.moment import canonical

# What a database can compare a log or a position with.
_Whole = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class Place(NamedTuple):
    """
    A place in a list that is ordered by a time, then log, then position.

    Args:
        time: In its canonical text.
    """

    time: str
    log: int
    position: int


def write_cursor(time: datetime, log: int, position: int) -> str:
    """
    Return the cursor behind what stands at *time*, *log* and *position*.
    """
    written = msgspec.json.encode([canonical(time), log, position])
    return base64.urlsafe_b64encode(written).decode()


def parse_cursor(value: object, name: str) -> Place:
    """
    Return the place that `write_cursor` wrote.

    Raises:
        Malformed: When it is no cursor of ours.
    """
    try:
        written = base64.b64decode(str(value).encode(), altchars=b"-_", validate=True)
        return Place(*msgspec.json.decode(written, type=tuple[str, _Whole, _Whole]))
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise Malformed(
            f"{value!r} is no cursor", where=name, expected="the cursor of an earlier answer"
        ) from None
