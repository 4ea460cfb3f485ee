"""
Words for people: durations and times as they are said, and something to say of any history.
"""

import contextlib
import io
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ledger.cli.pages import PAGES
from ledger.cli.pages.accounts import timeline
from ledger.cli.paper import print_page
from ledger.cli.wording import chain, clock, sentence, span, stamp, when
from ledger.moderation.events import KINDS
from ledger.moderation.events.privacy import HoldPlaced
from ledger.moderation.moment import moment
from ledger.timeline.occurrences import Occurrence, Told
from tests.cli.answers import A_FEW, ANSWERS, timelines
from tests.strategies import NEAR, entry_of, events_of


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


@A_FEW
@given(timelines)
def test_every_history_has_a_page(lines):
    """
    A timeline names each of its days once, in order.
    """
    headings = [str(part) for part in timeline(lines)][::2]

    assert len({line.at.date() for line in lines}) == len(headings)


TOLD = {kind for kind, cls in KINDS.items() if cls.__module__ == HoldPlaced.__module__}
TOLD |= {kind for kind in KINDS if kind.startswith("account.")}


@pytest.mark.parametrize("kind", sorted(TOLD))
def test_every_kind_of_entry_on_an_account_and_about_personal_data_has_a_sentence(kind):
    """
    Whatever an event holds, what is said of it is more than its wire name, and names nobody wrong.
    """

    @A_FEW
    @given(events_of(KINDS[kind]))
    def holds(event) -> None:
        entry = entry_of(event, "account/x", 1, recorded_at=NEAR)
        said = sentence(Occurrence(NEAR, Told.RECORDED, kind, None, entry))
        assert said.what
        assert kind not in said.what

    holds()


@pytest.mark.parametrize(
    ("on_behalf_of", "said"),
    [("op-1", "op-1"), (("op-1", "vendor-2"), "op-1, for vendor-2")],
)
def test_a_chain_is_said_from_the_nearest_on(on_behalf_of, said):
    """
    Who acted for one that acted for another is said in the order of the chain.
    """
    assert said == chain(on_behalf_of)


def test_there_is_an_answer_of_every_kind_that_has_a_page():
    """
    No page is left out of what is tried below.
    """
    assert set(ANSWERS) == set(PAGES)


@pytest.mark.parametrize("question", ANSWERS)
def test_every_answer_has_a_page(question):
    """
    Whatever an answer holds, there is something to print, in lines of at most 80 columns.
    """

    @A_FEW
    @given(ANSWERS[question])
    def holds(answer) -> None:
        page = list(PAGES[question](answer))
        assert page or not answer
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            print_page(page, width=80, color=False)
        assert 80 >= max(map(cell_len, printed.getvalue().split("\n")))

    holds()
