"""
Triage: in whose queue a report was, what was done because of it, and which strikes counted.
"""

from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger, Malformed, NotFound
from ledger.forensics.triage import ReportState
from ledger.moderation.events.account import ReportOutcome
from ledger.moderation.moment import moment
from ledger.moderation.report import Assignment
from tests.conftest import HandSetClock, enrol_staff, file_report, take_action


def at(text: str) -> datetime:
    """
    Return a moment of 3 November, "18:40".
    """
    return moment(f"2017-11-03T{text}:00Z", "at")


@pytest.fixture
def triaged(staffed, clock):
    """
    Return a ledger in which report r-1 on account x was filed at 18:00, put into the queue
    impersonation at 18:10, given to op-7 at 18:35, closed at 18:50 and reopened at 19:00.
    """
    clock.set(at("18:00"))
    file_report(staffed, "x", report="r-1", reporter="user-9")
    clock.set(at("18:10"))
    staffed.assign_report("r-1", to="impersonation", by="op-1")
    clock.set(at("18:35"))
    staffed.assign_report("r-1", to="op-7", by="op-7")
    clock.set(at("18:50"))
    staffed.resolve_report("r-1", outcome="no-action", by="op-7")
    clock.set(at("19:00"))
    staffed.reopen_report("r-1", by="op-1", reason="looked at the wrong account")
    clock.set(at("20:00"))
    return staffed


@pytest.mark.parametrize(
    ("time", "state", "queue", "outcome"),
    [
        ("17:59", ReportState.NOT_FILED, None, None),
        ("18:00", ReportState.OPEN, None, None),
        ("18:10", ReportState.ASSIGNED, "impersonation", None),
        ("18:34", ReportState.ASSIGNED, "impersonation", None),
        ("18:40", ReportState.ASSIGNED, "op-7", None),
        ("18:50", ReportState.CLOSED, None, ReportOutcome.NO_ACTION),
        ("18:59", ReportState.CLOSED, None, ReportOutcome.NO_ACTION),
        ("19:00", ReportState.OPEN, None, None),
    ],
)
def test_in_whose_queue_it_was_at_1840(triaged, time, state, queue, outcome):
    """
    Queue, state and outcome are those of the moment, each from its first moment on.
    """
    answer = triaged.report("r-1", at=at(time))

    assert (state, queue, outcome) == (answer.state, answer.queue, answer.report.outcome)
    assert (at(time), at("19:00"), True) == (answer.at, answer.cut.known_at, answer.cut.settled)


def test_assignments_are_intervals(triaged):
    """
    With whom it was, who put it there, from when until when; whoever filed it is on record.
    """
    answer = triaged.report("r-1", at=at("18:01"))

    assert (
        Assignment("impersonation", "op-1", at("18:10"), at("18:35")),
        Assignment("op-7", "op-7", at("18:35"), at("18:50")),
    ) == answer.report.assignments()
    assert ("x", "user-9", "user", "system") == (
        answer.account,
        answer.report.reporter,
        answer.report.source,
        answer.report.entry.operator,
    )


def test_a_report_is_open_from_its_filing_also_before_it_is_on_record(staffed, clock):
    """
    What was filed elsewhere at 21:00 and put on record at 22:00 was open between the two.
    """
    filed_at = "2017-11-02T21:00:00Z"
    report = file_report(staffed, "x", filed_at=filed_at)
    times = ["2017-11-02T20:59:59Z", filed_at, "2017-11-02T21:30:00Z", clock.now]

    states = [staffed.report(report, at=time).state for time in times]
    assert ["not-filed", "open", "open", "open"] == states


def test_what_others_call_its_category(staffed):
    """
    Each of the other taxonomies has a word for a row of ours; a word that is no row maps to none.
    """
    ours = staffed.report(file_report(staffed, "x")).category
    foreign = staffed.report(file_report(staffed, "x", category="rude-hat")).category

    assert ours is not None
    assert ("SCAMS_AND_FRAUD", "MisleadingImpersonation", "violation") == (
        ours.dsa,
        ours.ozone,
        ours.mastodon,
    )
    assert foreign is None


def test_duplicates_are_told_both_ways_while_they_are_held_to_be_some(staffed, clock):
    """
    The original names what repeats it and the duplicate what it repeats, until it is reopened.
    """
    for name in ("first", "second", "third", "other"):
        file_report(staffed, "x", report=name)
    clock.set(at("18:00"))
    for name in ("third", "second"):
        staffed.resolve_report(name, outcome="duplicate", duplicate_of="first", by="op-7")
    clock.set(at("18:10"))
    staffed.reopen_report("second", by="op-7", reason="it is about something else")

    told = {time: staffed.report("first", at=at(time)).duplicates for time in ("17:59", "18:01")}
    assert {"17:59": (), "18:01": ("second", "third")} == told
    assert ("third",) == staffed.report("first").duplicates
    repeated = [staffed.report("second", at=at(time)) for time in ("17:59", "18:09", "18:10")]
    assert [None, "first", None] == [answer.report.duplicate_of for answer in repeated]
    assert () == staffed.report("other").duplicates


def test_what_was_done_because_of_it(staffed, clock):
    """
    Every act that names it, and none that only mentions its id; one of them closed it.
    """
    file_report(staffed, "x", report="r")
    take_action(staffed, "x", "warn", action="warned", because_of=["r"])
    take_action(staffed, "x", "label", because_of="order:r")
    take_action(staffed, "x", "limit", because_of="own-initiative")
    clock.set(at("18:00"))
    take_action(staffed, "x", "suspend", action="suspended", because_of=["r"], closes=["r"])
    take_action(staffed, "y", "suspend")

    before, after = staffed.report("r", at=at("17:59")), staffed.report("r")
    assert ["warned", "suspended"] == [known.action.action for known in after.actions]
    assert ["in-force", "pending"] == [known.status for known in before.actions]
    assert [(None, None), (ReportOutcome.ACTIONED, "suspended")] == [
        (answer.report.outcome, answer.report.action) for answer in (before, after)
    ]


def test_a_report_is_told_with_the_knowledge_of_a_cut(triaged):
    """
    What became known after the cut is in no answer, and the same cut always gives the same one.
    """
    then = triaged.report("r-1", at=at("18:40"), known_at=at("18:20"))
    take_action(triaged, "x", because_of=["r-1"], closes=["r-1"])

    again = triaged.report("r-1", at=at("18:40"), known_at=then.cut)
    assert ("impersonation", ()) == (then.queue, then.report.changes)
    assert (then.cut.positions, then) == (again.cut.positions, attrs.evolve(again, cut=then.cut))


@pytest.mark.parametrize("known_at", [None, at("17:59")])
def test_a_report_that_is_not_on_record_is_not_found(triaged, known_at):
    """
    Unknown now, or not yet known then.
    """
    with pytest.raises(NotFound) as raised:
        triaged.report("unheard-of" if known_at is None else "r-1", known_at=known_at)

    assert "report" == raised.value.where


@pytest.mark.parametrize("report", ["unheard-of", "r-1"])
def test_what_will_be_known_cannot_be_asked(triaged, report):
    """
    A time that has not come is malformed, whether there is such a report or not.
    """
    with pytest.raises(Malformed) as raised:
        triaged.report(report, known_at=at("20:01"))

    assert "known_at" == raised.value.where


STEPS = st.lists(st.sampled_from(["assign", "resolve", "repeat", "reopen"]), max_size=8)


@given(STEPS)
def test_what_was_answered_then_is_answered_again_for_then(steps):
    """
    Whatever becomes of a report later, where it stood at an earlier moment stays where it stood.
    """
    clock = HandSetClock()
    with Ledger.create("memory:", clock=clock) as ledger:
        enrol_staff(ledger)
        for name in ("r-1", "r-2"):
            file_report(ledger, "x", report=name)
        told = []
        for number, step in enumerate(steps):
            clock.advance(minutes=1)
            _done(ledger, step, number)
            answer = ledger.report("r-1")
            told.append((clock.now, _stood(answer), ledger.report("r-2").duplicates))
        clock.advance(minutes=1)

        assert told == [
            (time, _stood(ledger.report("r-1", at=time)), ledger.report("r-2", at=time).duplicates)
            for time, *_ in told
        ]


def _done(ledger: Ledger, step: str, number: int) -> None:
    """
    Do *step* to report r-1 when it may be done.
    """
    is_open = ledger.report("r-1").state is not ReportState.CLOSED
    if step == "assign" and is_open:
        ledger.assign_report("r-1", to=f"queue-{number}", by="op-7")
    elif step == "resolve" and is_open:
        ledger.resolve_report("r-1", outcome="invalid", by="op-7")
    elif step == "repeat" and is_open:
        ledger.resolve_report("r-1", outcome="duplicate", duplicate_of="r-2", by="op-7")
    elif step == "reopen" and not is_open:
        ledger.reopen_report("r-1", by="op-7", reason="again")


def _stood(answer: Any) -> tuple[object, ...]:
    report = answer.report
    return answer.state, answer.queue, report.outcome, report.duplicate_of
