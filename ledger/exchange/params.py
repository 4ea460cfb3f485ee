"""
The params of a block log's row: a Python dict literal, of which the expiry matters.
"""

import ast
import re
from datetime import datetime
from typing import Final

from ledger.errors import Malformed
from ledger.moderation.moment import moment

NEVER: Final = frozenset({"infinity", "infinite", "indefinite", "never"})

_TEXT: Final = r"'[^'\\\n\r\x00]*'"
_VALUE: Final = rf"(?:{_TEXT}|True|False|None|0|[1-9][0-9]{{0,17}}|\[(?:{_TEXT}(?:, {_TEXT})*)?\])"
_ITEM: Final = rf"'\w+': {_VALUE}"
# Nearly every row is such a flat dict, as Python writes it, and `literal_eval` takes ten times
# as long to say the same of it.
_FLAT: Final = re.compile(rf"\{{(?:{_ITEM}(?:, {_ITEM})*)?\}}", re.ASCII)
_KEY: Final = "'expiry'"
_KEY_AND_QUOTE: Final = "'expiry': '"
_UNREADABLE: Final = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError)


def expires_at(params: str) -> datetime | None:
    """
    Return when a block with *params* expires, None for never.

    Raises:
        Malformed: When *params* is no dict literal, or its expiry no time and no word for never.
    """
    expiry = _expiry(params)
    return None if expiry is None or expiry in NEVER else moment(expiry, "expiry")


def assert_readable(params: str) -> None:
    """
    Raise when *params* is no dict literal.

    Raises:
        Malformed: When it is not.
    """
    if not _FLAT.fullmatch(params):
        _literal(params)


def _expiry(params: str) -> str | None:
    """
    Return the text of the expiry in *params*, None where there is none.
    """
    if _FLAT.fullmatch(params):
        if _KEY not in params:
            return None
        _, found, behind = params.partition(_KEY_AND_QUOTE)
        if found and params.count(_KEY) == 1:
            return behind[: behind.index("'")]
    literal = _literal(params)
    if "expiry" not in literal:
        return None
    expiry = literal["expiry"]
    if not isinstance(expiry, str):
        raise Malformed(f"the expiry {expiry!r} is no text", where="params")
    return expiry


def _literal(params: str) -> dict[object, object]:
    try:
        literal = ast.literal_eval(params)
    except _UNREADABLE as error:
        raise Malformed(f"the params cannot be read: {error}", where="params") from None
    if not isinstance(literal, dict):
        raise Malformed("the params are no dict", where="params")
    return literal
