"""
Cursors: where a list was left, as an opaque text.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from ledger.errors import Malformed
from ledger.moderation.moment import canonical

# What a database can compare a log or a position with.
_Whole = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
_Position = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]

# The first number of a cursor of positions, so that another way to write them can be told apart.
_POSITIONS_VERSION: Final = 1
_CHECKSUM_BYTES: Final = 4


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
        return Place(*msgspec.json.decode(_bytes(value), type=tuple[str, _Whole, _Whole]))
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise Malformed(
            f"{value!r} is no cursor", where=name, expected="the cursor of an earlier answer"
        ) from None


def write_positions(positions: Mapping[int, int]) -> str:
    """
    Return the cursor behind *positions*, the last one seen of each log: 2 kB for 256 logs.
    """
    seen = {log: position for log, position in sorted(positions.items()) if position}
    written = msgspec.msgpack.encode((_POSITIONS_VERSION, seen))
    return base64.urlsafe_b64encode(written + _checksum(written)).decode()


def parse_positions(value: object, name: str, logs: int) -> dict[int, int]:
    """
    Return the positions that `write_positions` wrote, in a ledger of *logs* logs.

    In a ledger with one log the cursor of an entry says as much, and is taken as well. In others
    it says too little: of another log, more may be recorded under an earlier time.

    Raises:
        Malformed: When it is no cursor of ours, or names a log that there is not.
    """
    positions = _positions(value)
    if positions is None and logs == 1:
        place = parse_cursor(value, name)
        positions = {place.log: place.position} if place.position else {}
    if positions is None or max(positions, default=0) >= logs:
        raise Malformed(
            f"{value!r} is no cursor of what is followed in a ledger with {logs} logs",
            where=name,
            expected="the cursor of an earlier `follow`",
        )
    return positions


def _positions(value: object) -> dict[int, int] | None:
    """
    Return the positions of a cursor; None when it is something else.
    """
    try:
        read = _bytes(value)
        written, checksum = read[:-_CHECKSUM_BYTES], read[-_CHECKSUM_BYTES:]
        if checksum != _checksum(written):
            return None
        _, positions = msgspec.msgpack.decode(
            written, type=tuple[Literal[1], dict[_Whole, _Position]]
        )
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        return None
    return positions


def _checksum(written: bytes) -> bytes:
    """
    Return what tells a cursor that lost a part on its way from a whole one.
    """
    return binascii.crc32(written).to_bytes(_CHECKSUM_BYTES)


def _bytes(value: object) -> bytes:
    return base64.b64decode(str(value).encode(), altchars=b"-_", validate=True)
