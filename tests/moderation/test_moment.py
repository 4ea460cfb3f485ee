"""
Times and durations: what is accepted, what is refused, and how they are spelled.
"""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.moderation.moment import (
    assert_window,
    canonical,
    duration,
    lasting,
    moment,
    moment_or_none,
    shortest,
    shortest_text,
    window,
    within,
)
from tests.strategies import durations, moments, windows

NOV_2 = datetime(2017, 11, 2, 22, 52, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    """
    Return that many minutes.
    """
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-11-02T22:52:00Z", NOV_2),
        ("2017-11-02T22:52Z", NOV_2),
        ("2017-11-02 22:52:00Z", NOV_2),
        ("2017-11-02T22:52:00.000001Z", NOV_2 + timedelta(microseconds=1)),
        ("2017-11-02T22:52:00.5Z", NOV_2 + timedelta(milliseconds=500)),
        ("2017-11-02T22:52:00+00:00", NOV_2),
        ("2017-11-02T22:52:00-00:00", NOV_2),
        ("2017-11-03T04:22:00+05:30", NOV_2),
        ("2017-11-02T15:52:00-0700", NOV_2),
        ("0001-01-01T00:00:00Z", datetime.min.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_a_time_with_an_offset_is_read_as_utc(text, expected):
    """
    However it is written, one moment is one moment.
    """
    assert expected == moment(text, "at")
    assert UTC is moment(text, "at").tzinfo


@pytest.mark.parametrize(
    "value",
    [
        "2017-11-02T22:52:00",
        "2017-11-02T22:52",
        datetime(2017, 11, 2, 22, 52),  # noqa: DTZ001, that is what is refused
    ],
)
def test_a_naive_time_is_refused_and_never_assumed(value):
    """
    Without an offset nobody knows which moment is meant, and the message says that.
    """
    with pytest.raises(Malformed, match=r"naive|has no offset") as raised:
        moment(value, "effective_at")

    assert "effective_at" == raised.value.where


@pytest.mark.parametrize(
    "value",
    [
        "",
        "now",
        "2017-11-02",
        "2017-11-02Z",
        "20171102T225200Z",
        "2017-11-02T22:52:60Z",
        "2017-06-30T23:59:60Z",
        "2017-02-29T00:00:00Z",
        "2017-11-02T24:00:00Z",
        "2017-11-02T22:52:00z",
        "2017-11-02T22:52:00,5Z",
        "2017-11-02T22:52:00.1234567Z",
        "2017-11-02T22:52:00Z\n",
        " 2017-11-02T22:52:00Z",
        "2017-W44-4T22:52:00Z",
        "\u0662\u0660\u0661\u0667-11-02T22:52:00Z",
        "2017-11-02T22:52:00+25:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        1509663120,
        1509663120.0,
        None,
        b"2017-11-02T22:52:00Z",
        NOV_2.date(),
    ],
)
def test_what_is_no_time_is_refused(value):
    """
    A leap second, a bare date, a number, a day that never was: each is malformed, never a guess.
    """
    with pytest.raises(Malformed) as raised:
        moment(value, "at")

    assert "at" == raised.value.where


@pytest.mark.parametrize(("year", "hours"), [(1, 1), (9999, -1)])
def test_a_time_that_has_no_utc_is_refused(year, hours):
    """
    An offset that leads out of the years 1 to 9999 names no moment.
    """
    edge = datetime(year, 1, 1) if year == 1 else datetime(year, 12, 31, 23, 59)  # noqa: DTZ001
    with pytest.raises(Malformed, match="outside the years"):
        moment(edge.replace(tzinfo=timezone(timedelta(hours=hours))), "at")


@given(moments(), st.integers(-1439, 1439))
def test_one_moment_in_another_offset_is_the_same(expected, offset):
    """
    A caller's time zone never changes what is recorded.
    """
    try:
        elsewhere = expected.astimezone(timezone(minutes(offset)))
    except OverflowError:
        return
    assert expected == moment(elsewhere, "at")
    assert UTC is moment(elsewhere, "at").tzinfo


@given(moments())
def test_both_spellings_are_read_back(expected):
    """
    The canonical text has six decimals and Z, the shortest none that it can do without.
    """
    text = canonical(expected)

    assert len("2017-11-02T22:52:00.000000Z") == len(text)
    assert expected == moment(text, "at")
    assert expected == moment(shortest(expected), "at")
    assert shortest(expected) == shortest_text(text)
    assert not shortest(expected).endswith(("0.Z", ".Z"))


@given(st.lists(moments(), max_size=8))
def test_text_order_is_time_order(times):
    """
    A database that sorts canonical texts sorts moments, of all years.
    """
    assert [canonical(time) for time in sorted(times)] == sorted(map(canonical, times))


def test_none_is_no_time_where_one_may_be_missing():
    """
    An omitted time stays omitted; a wrong one is refused all the same.
    """
    assert None is moment_or_none(None, "at")
    with pytest.raises(Malformed):
        moment_or_none("", "at")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11m", minutes(11)),
        ("90s", minutes(1.5)),
        ("1h30m", minutes(90)),
        ("2d", timedelta(days=2)),
        ("1d1h1m1s", timedelta(days=1, hours=1, minutes=1, seconds=1)),
        ("0s", minutes(0)),
        ("007m", minutes(7)),
        (minutes(11), minutes(11)),
    ],
)
def test_durations_are_days_hours_minutes_seconds(text, expected):
    """
    Each unit stands at most once, the largest first.
    """
    assert expected == duration(text, "lasting")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "11",
        "m",
        "11 m",
        "11M",
        "-11m",
        "1.5h",
        "30m1h",
        "1m1m",
        "1w",
        "\u0661\u0661m",
        "999999999d",
        "1000000000s",
        timedelta(-1),
        timedelta.max,
        11,
        None,
    ],
)
def test_what_is_no_duration_is_refused(value):
    """
    A negative one, a number without a unit, one that is longer than all of time: malformed.
    """
    with pytest.raises(Malformed) as raised:
        duration(value, "max_skew")

    assert "max_skew" == raised.value.where


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("11m", (minutes(11), minutes(12))),
        ("90s", (timedelta(seconds=90), timedelta(seconds=91))),
        ("1h30m", (minutes(90), minutes(91))),
        ("1h", (minutes(60), minutes(120))),
        ("0s", (minutes(0), timedelta(seconds=1))),
        ("11m..12m", (minutes(11), minutes(12))),
        ("90s..1h", (minutes(1.5), minutes(60))),
        ("11m..", (minutes(11), None)),
        (("11m", "12m"), (minutes(11), minutes(12))),
        ((minutes(11), None), (minutes(11), None)),
        (["11m", minutes(12)], (minutes(11), minutes(12))),
        (minutes(11), (minutes(11), minutes(11) + timedelta(microseconds=1))),
    ],
)
def test_rule_24_a_bare_duration_covers_one_of_its_smallest_unit(asked, expected):
    """
    Eleven minutes are eleven to twelve minutes, ninety seconds ninety to ninety-one.
    """
    assert expected == lasting(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "..12m",
        "12m..11m",
        "11m..11m",
        "..",
        "11m...12m",
        "",
        "999999999d..",
        ("11m",),
        ("1m", "2m", "3m"),
        ("12m", "11m"),
        ("11m", "11m"),
        timedelta.max,
        11,
        None,
    ],
)
def test_bounds_that_hold_no_duration_are_refused(asked):
    """
    An empty or endless question about durations is malformed, not answered with nothing.
    """
    with pytest.raises(Malformed):
        lasting(asked)


@given(durations())
def test_any_duration_can_be_asked_for(length):
    """
    A duration bounds itself from below and is within its own bounds.
    """
    least, below = lasting(length)

    assert length == least
    assert below is not None
    assert least < below


@given(windows())
def test_a_window_is_read_from_a_pair_and_from_text(expected):
    """
    Both spellings of a window are the same window.
    """
    first, last = expected

    assert expected == window(expected)
    assert expected == window([shortest(first), last])
    assert expected == window(f"{canonical(first)}..{shortest(last)}")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2017-11-02T22:52:00Z",
        "2017-11-02T22:52:00Z..",
        "2017-11-02T22:52:00Z..2017-11-02T22:52:00Z",
        "2017-11-03T00:00:00Z..2017-11-02T00:00:00Z",
        (NOV_2,),
        (NOV_2, NOV_2),
        (NOV_2, None),
        None,
    ],
)
def test_a_window_that_holds_no_moment_is_refused(value):
    """
    A window has two ends, the first before the last.
    """
    with pytest.raises(Malformed):
        window(value)


@given(st.lists(moments(), min_size=2, max_size=6, unique=True).map(sorted))
def test_the_shortest_spelling_is_unique(times):
    """
    Two moments never share a spelling, however close they are.
    """
    for earlier, later in pairwise(times):
        assert shortest(earlier) != shortest(later)


@given(moments(), st.none() | moments(), st.none() | moments())
def test_a_half_open_window_holds_what_is_in_none_of_its_complements(at, since, until):
    """
    A moment is before a window, in it or behind it, and a window that holds none is refused.
    """
    if since is not None and until is not None and until <= since:
        with pytest.raises(Malformed, match="is empty") as raised:
            assert_window(since, until)
        assert "until" == raised.value.where
        return

    assert_window(since, until)
    before, behind = since is not None and at < since, until is not None and at >= until
    assert [before, within(at, since, until), behind].count(True) == 1
