"""
Params of block logs: the quick way of reading them says what reading them as Python says.
"""

import ast
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger import Malformed
from ledger.exchange.params import NEVER, assert_readable, expires_at

TEXTS = st.sampled_from(["", "1 hour", "expiry", "it's", "\\", "é", "\n", "'expiry': '"])
EXPIRIES = st.sampled_from(["2017-11-03T00:00:00Z", "infinity", "soon", None, 5, ["infinity"]])
VALUES = TEXTS | st.booleans() | st.integers() | st.none() | st.lists(TEXTS, max_size=2)
DICTS = st.dictionaries(
    st.sampled_from(["duration", "flags", "sitewide", "it's", "a b"]),
    VALUES | st.dictionaries(TEXTS, VALUES, max_size=2),
    max_size=3,
)


def as_python_reads_it(params: str) -> datetime | None:
    """
    Return the expiry in *params* as Python reads them; raise ValueError where there is no telling.
    """
    try:
        literal = ast.literal_eval(params)
    except (SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError(params) from None
    if not isinstance(literal, dict):
        raise ValueError(params)  # noqa: TRY004, every fault is one to the caller
    expiry = literal.get("expiry", "never")
    if not isinstance(expiry, str):
        raise ValueError(params)  # noqa: TRY004, every fault is one to the caller
    if expiry in NEVER:
        return None
    if expiry[10:11] not in ("T", " "):
        # Python takes any character between date and time; a time has one of these.
        raise ValueError(params)
    return datetime.fromisoformat(expiry)


@given(DICTS, st.none() | EXPIRIES.map(lambda expiry: {"expiry": expiry}), st.data())
def test_any_params_are_read_as_python_reads_them(params, expiry, data):
    """
    Whole or with a character changed, params give the expiry that Python's own reading gives, or
    cannot be read in either way.
    """
    written = str(params | (expiry or {}))
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(written) - 1))
        written = written[:at] + data.draw(st.sampled_from("'\" ,:{}[]x0")) + written[at + 1 :]

    try:
        expected = as_python_reads_it(written)
    except ValueError:
        with pytest.raises(Malformed):
            expires_at(written)
    else:
        assert expected == expires_at(written)


@given(st.text("{}[]',: 0a", max_size=12))
@example("{}")
@example("{'a': [']}")
@example("{'a': 007}")
def test_what_is_readable_is_what_python_can_read(params):
    """
    An unblock's params need only be a dict.
    """
    try:
        readable = isinstance(ast.literal_eval(params), dict)
    except (ValueError, SyntaxError, TypeError):
        readable = False

    if readable:
        assert_readable(params)
    else:
        with pytest.raises(Malformed):
            assert_readable(params)


@pytest.mark.parametrize("params", ["[" * 10_000, "-" * 50_000 + "1", "{'a': 1" + "0" * 5000 + "}"])
def test_params_made_to_break_a_reader_are_unreadable(params):
    """
    Depth and length beyond any reason are a fault of the params, not of the reader.
    """
    with pytest.raises(Malformed):
        assert_readable(params)
