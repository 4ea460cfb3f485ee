"""
Small block logs as CSV, for tests to write; every cell can be said, and has a plain default.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

COLUMNS = (
    "logid",
    "ns",
    "title",
    "pageid",
    "logpage",
    "params",
    "type",
    "action",
    "user",
    "timestamp",
    "comment",
)
START = datetime(2017, 11, 2, 22, tzinfo=UTC)

Event = dict[str, str]


def moment(second: int) -> str:
    """
    Return the time that many seconds after `START`, as a block log has it.
    """
    return f"{START + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"


def event(
    logid: int | str, action: str, second: int, expiry: int | str | None = None, **cells: str
) -> Event:
    """
    Return a line about User:Ada by Grace, *second* seconds after `START`.

    An *expiry* is a number of seconds after `START`, or its text; *cells* say others verbatim.
    """
    params: dict[str, object] = {}
    if action != "unblock":
        params = {"duration": "infinity" if expiry is None else "1 hour", "flags": ["nocreate"]}
    if expiry is not None:
        params["expiry"] = moment(expiry) if isinstance(expiry, int) else expiry
    return {
        "logid": str(logid),
        "ns": "2",
        "title": "User:Ada",
        "pageid": "0",
        "logpage": "0",
        "params": str(params),
        "type": "block",
        "action": action,
        "user": "Grace",
        "timestamp": moment(second),
        "comment": "spam",
        **cells,
    }


def block_log(events: Iterable[Event], columns: Sequence[str] = COLUMNS) -> str:
    """
    Return *events* as CSV under a header of *columns*; columns that an event lacks are empty.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(events)
    return text.getvalue()
