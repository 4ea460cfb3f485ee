"""
Words for people: durations and times as they are said, and something to say of any history.
"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.cli import pages
from ledger.cli.wording import clock, sentence, span, stamp, when
from ledger.moderation.moment import moment
from tests.cli.answers import ANSWERS, timelines


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (660, "11 min"),
        (659.9, "10 min 59 s"),
        (90, "1 min 30 s"),
        (5400, "1 h 30 min"),
        (5401, "1 h 30 min"),
        (172800, "2 d"),
        (93784, "1 d 2 h"),
        (86401, "1 d"),
        (1, "1 s"),
        (0.25, "250 ms"),
        (0.000001, "1 \N{MICRO SIGN}s"),
        (1.5, "1 s 500 ms"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds, said):
    """
    A duration has its largest unit and the one below it, and is never rounded up.
    """
    assert said == span(timedelta(seconds=seconds))


@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=10_000)))
def test_no_duration_is_said_to_be_nothing(length):
    """
    What lasted, however shortly, is said to have lasted.
    """
    number = span(length).split()[0]

    assert int(number) > 0


def test_times_are_said_with_what_is_needed():
    """
    Seconds are said where there are some, the day where it is another one, and columns are even.
    """
    at, later = (moment(f"2017-11-0{day}T22:52:{s}Z", "at") for day, s in ((2, "00"), (3, "07")))

    assert ("22:52", "22:52:07") == (clock(at), clock(later))
    assert ("22:52", "3 Nov 2017 22:52:07") == (when(at, at), when(later, at))
    assert "2017-11-03 22:52:07" == stamp(later)


@given(timelines)
def test_every_line_of_every_history_is_said(lines):
    """
    Whatever was recorded, in whatever order, has a sentence of its own, never just a wire name.
    """
    for line in lines:
        said = sentence(line)
        assert said.what
        assert not said.what.startswith("account.")


@given(timelines)
def test_every_history_has_a_page(lines):
    """
    A timeline names each of its days once, in order.
    """
    headings = [str(part) for part in pages.timeline(lines)][::2]

    assert len({line.at.date() for line in lines}) == len(headings)


@pytest.mark.parametrize("question", ANSWERS)
def test_every_answer_has_a_page(question):
    """
    Whatever an answer holds, there is something to print.
    """

    @given(ANSWERS[question])
    def holds(answer) -> None:
        assert list(pages.PAGES[question](answer)) or not answer

    holds()
