"""
Cursors: opaque texts that say where a list was left.
"""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.moderation.cursor import parse_cursor, write_cursor
from ledger.moderation.moment import canonical
from tests.strategies import moments


def written(text: str) -> str:
    """
    Return a cursor that says *text*.
    """
    return base64.urlsafe_b64encode(text.encode()).decode()


@given(moments(), st.integers(0, 255), st.integers(0, 2**53 - 1))
def test_a_cursor_is_read_back(time, log, position):
    """
    The place behind which a page ended is the place at which the next one begins.
    """
    cursor = write_cursor(time, log, position)

    assert (canonical(time), log, position) == parse_cursor(cursor, "after")
    assert cursor.isascii()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "12",
        "\u00e9",
        "\ud800",
        None,
        7,
        written("[]"),
        written("null"),
        written('["2017-11-02T22:52:00.000000Z",0]'),
        written('["2017-11-02T22:52:00.000000Z",0,1,2]'),
        written("[1,2,3]"),
        written('["2017-11-02T22:52:00.000000Z",-1,1]'),
        written('["2017-11-02T22:52:00.000000Z",0,99999999999999999999]'),
        written('["2017-11-02T22:52:00.000000Z",0,1.5]'),
    ],
)
def test_what_is_no_cursor_of_ours_is_refused(value):
    """
    A cursor that was cut, made up or taken from elsewhere is malformed, never a wrong page.
    """
    with pytest.raises(Malformed) as raised:
        parse_cursor(value, "after")

    assert "after" == raised.value.where


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_is_a_cursor_or_malformed(value):
    """
    No text whatever makes reading a cursor fail in another way.
    """
    try:
        place = parse_cursor(value, "after")
    except Malformed:
        return
    assert 0 <= place.position
