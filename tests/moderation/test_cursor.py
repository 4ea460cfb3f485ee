"""
Cursors: opaque texts that say where a list was left.
"""

import base64
import binascii

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.moderation.cursor import (
    parse_cursor,
    parse_positions,
    write_cursor,
    write_positions,
)
from ledger.moderation.moment import canonical, moment
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


def packed(told: object) -> str:
    """
    Return a cursor of positions that says whatever is *told*, with its checksum.
    """
    raw = msgspec.msgpack.encode(told)
    return base64.urlsafe_b64encode(raw + binascii.crc32(raw).to_bytes(4)).decode()


positions = st.dictionaries(st.integers(0, 255), st.integers(0, 2**53 - 1), max_size=256)


@given(positions)
def test_a_cursor_of_positions_is_read_back(seen):
    """
    What was seen of each log is where each goes on; a log of which nothing was seen is left out.
    """
    cursor = write_positions(seen)

    assert {log: seen[log] for log in seen if seen[log]} == parse_positions(cursor, "after", 256)
    assert cursor == write_positions(dict(reversed(seen.items())))
    assert cursor.isascii()


def test_a_cursor_of_many_logs_is_short():
    """
    With ten million entries in each of 256 logs it fits into a column, a header or a line.
    """
    cursor = write_positions({log: 10_000_000 + log for log in range(256)})

    assert 2300 > len(cursor)


@given(positions, st.data())
def test_a_cursor_that_was_cut_or_changed_is_no_cursor(seen, data):
    """
    One that lost a part on its way, or a character of it, never leads anywhere else.
    """
    cursor = write_positions(seen)
    place = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.sampled_from([each for each in "Az09-_" if each != cursor[place]]))

    for wrong in (cursor[:place], cursor[:place] + other + cursor[place + 1 :]):
        with pytest.raises(Malformed):
            parse_positions(wrong, "after", 256)


@pytest.mark.parametrize(
    "value",
    [
        *["", "12", None, 7, "\ud800"],
        packed([2, {0: 1}]),
        packed([1, {0: 1}, 3]),
        packed([1, {0: 0}]),
        packed([1, {0: -1}]),
        packed([1, {-1: 1}]),
        packed([1, {"0": 1}]),
        packed([1, [1]]),
        packed([1, {3: 1}]),
        packed(1),
        write_cursor(moment("2017-11-02T22:52:00Z", "time"), 1, 1),
    ],
)
@pytest.mark.parametrize("logs", [1, 3])
def test_what_is_no_cursor_of_positions_is_refused(value, logs):
    """
    Another version, another shape, another ledger's logs: malformed, and it says where.
    """
    with pytest.raises(Malformed) as raised:
        parse_positions(value, "after", logs)

    assert "after" == raised.value.where


@given(moments(), st.integers(1, 2**53 - 1))
def test_where_there_is_one_log_an_entry_has_its_cursor_too(time, position):
    """
    The place of an entry in the one log there is says how far it was read; with two it does not.
    """
    cursor = write_cursor(time, 0, position)

    assert {0: position} == parse_positions(cursor, "after", 1)
    with pytest.raises(Malformed, match="2 logs"):
        parse_positions(cursor, "after", 2)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_is_a_cursor_of_positions_or_malformed(value):
    """
    No text whatever makes reading it fail in another way.
    """
    try:
        found = parse_positions(value, "after", 256)
    except Malformed:
        return
    assert all(0 <= log < 256 and position > 0 for log, position in found.items())
