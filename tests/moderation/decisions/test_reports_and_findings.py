"""
Decisions about reports, findings and protection: what each says, and what it may not say again.
"""

from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, Refused
from ledger.moderation.events.account import (
    AccountProtected,
    AccountUnprotected,
    Cause,
    FindingAsserted,
    FindingRetracted,
    FindingRevised,
    ReportFiled,
    ReportOutcome,
    ReportReopened,
    ReportResolved,
)
from tests.moderation.by_hand import Line, act, at
from tests.moderation.decisions.desk import decided, event

CLAIM: dict[str, Any] = {"action": "a", "source": "press", "statement": "said so"}
FILED: Line = ("01:00", ReportFiled(report="r", category="c", source="s", filed_at=at("00:00")))
CLOSED: Line = ("02:00", ReportResolved(report="r", outcome=ReportOutcome.DUPLICATE))
REOPENED: Line = ("03:00", ReportReopened(report="r", reason="appealed"))
ACTED: Line = ("01:00", act("a"))
CLAIMED: Line = (
    "02:00",
    FindingAsserted(finding="f", cause=Cause.ERROR, stated_at=at("01:30"), **CLAIM),
)
REVISED: Line = (
    "03:00",
    FindingRevised(
        finding="g", revises="f", cause=Cause.DELIBERATE, stated_at=at("03:00"), **CLAIM
    ),
)
RETRACTED: Line = ("03:00", FindingRetracted(finding="f", action="a", reason="unfounded"))
FILE = {"command": "file_report", "account": "x", "category": "spam", "source": "user"}
ASSERT = {"command": "assert_finding", "cause": "error", **CLAIM}
REVISE = {"command": "revise_finding", "finding": "f", "cause": "deliberate"}
REVISE |= {"source": "press", "statement": "said otherwise"}
RETRACT = {"command": "retract_finding", "finding": "f", "reason": "unfounded"}


def test_a_report_keeps_the_id_and_the_time_that_it_was_given():
    """
    Who files a report may name it and say when it came in; else the ledger does both.
    """
    named = event(decided({**FILE, "report": "r-1", "filed_at": "2017-11-02T11:00Z"}))
    made = event(decided(FILE))

    assert isinstance(named, ReportFiled)
    assert isinstance(made, ReportFiled)
    assert ("r-1", at("11:00")) == (named.report, named.filed_at)
    assert ("made-id", at("12:00")) == (made.report, made.filed_at)


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ({**FILE, "filed_at": "2017-11-02T12:00:00.000001Z"}, "filed_at"),
        ({**ASSERT, "stated_at": "2017-11-02T12:01Z"}, "stated_at"),
        ({**REVISE, "stated_at": "2017-11-02T12:01Z"}, "stated_at"),
    ],
)
def test_what_was_said_was_not_said_in_time_to_come(line, where):
    """
    A report filed, a finding stated later than now is malformed, unless a source says so.
    """
    with pytest.raises(Malformed) as raised:
        decided(line, ACTED, CLAIMED)

    assert where == raised.value.where
    assert event(decided(line, ACTED, CLAIMED, imported=True))


ASSIGN = {"command": "assign_report", "report": "r", "to": "queue-1"}
RESOLVE = {"command": "resolve_report", "report": "r", "outcome": "no-action"}
REOPEN = {"command": "reopen_report", "report": "r", "reason": "appealed"}


@pytest.mark.parametrize(
    ("line", "lines", "rule"),
    [
        (ASSIGN, [FILED], None),
        (RESOLVE, [FILED], None),
        (REOPEN, [FILED], "open-already"),
        (ASSIGN, [FILED, CLOSED], "resolved-already"),
        (RESOLVE, [FILED, CLOSED], "resolved-already"),
        (REOPEN, [FILED, CLOSED], None),
        (ASSIGN, [FILED, CLOSED, REOPENED], None),
        (RESOLVE, [FILED, CLOSED, REOPENED], None),
        (REOPEN, [FILED, CLOSED, REOPENED], "open-already"),
        (REVISE, [ACTED, CLAIMED], None),
        (RETRACT, [ACTED, CLAIMED], None),
        (REVISE, [ACTED, CLAIMED, REVISED], "revised-already"),
        (RETRACT, [ACTED, CLAIMED, REVISED], "revised-already"),
        (REVISE, [ACTED, CLAIMED, RETRACTED], "retracted-already"),
        (RETRACT, [ACTED, CLAIMED, RETRACTED], "retracted-already"),
    ],
)
def test_what_may_follow_what(line, lines, rule):
    """
    A report is open or closed, a finding standing, revised or retracted; history may say anything.
    """
    try:
        told = None if event(decided(line, *lines)) else "nothing"
    except Refused as refusal:
        told = refusal.rule

    assert rule == told
    assert event(decided(line, *lines, imported=True))


def test_whoever_resolves_a_closed_report_is_told_who_did():
    """
    Outcome, operator and time of what stands in the way are named.
    """
    with pytest.raises(Refused, match="duplicate by 'ann'") as raised:
        decided(RESOLVE, FILED, CLOSED)

    assert ("ann", "2017-11-02T02:00:00Z") == (raised.value.by, raised.value.at_time)


def test_whoever_revises_a_revised_finding_is_told_the_newer_one():
    """
    What would work is to revise the finding that replaced it.
    """
    with pytest.raises(Refused) as raised:
        decided(REVISE, ACTED, CLAIMED, REVISED)

    assert "finding 'g'" == raised.value.expected


def test_a_revised_finding_concerns_the_same_action():
    """
    The revision names what it revises, and takes over the action that it is about.
    """
    revised = event(decided({**REVISE, "confidence": 60}, ACTED, CLAIMED))

    assert isinstance(revised, FindingRevised)
    assert ("made-id", "f", "a", Cause.DELIBERATE, 60, at("12:00")) == (
        revised.finding,
        revised.revises,
        revised.action,
        revised.cause,
        revised.confidence,
        revised.stated_at,
    )


def test_a_finding_may_have_been_stated_before_it_was_recorded():
    """
    The time of the claim is kept beside the time of the record.
    """
    asserted = event(decided({**ASSERT, "stated_at": "2017-11-02T09:00Z"}, ACTED))

    assert isinstance(asserted, FindingAsserted)
    assert (at("09:00"), None) == (asserted.stated_at, asserted.confidence)


PROTECT = {"command": "protect_account", "account": "x", "tier": "press", "reason": "elected"}
UNPROTECT = {"command": "unprotect_account", "account": "x", "reason": "term ended"}
PROTECTED: Line = ("01:00", AccountProtected(tier="press", reason="journalist"))
UNPROTECTED: Line = ("02:00", AccountUnprotected(reason="retired"))


@pytest.mark.parametrize(
    ("lines", "protected"), [([], False), ([PROTECTED], True), ([PROTECTED, UNPROTECTED], False)]
)
def test_only_what_is_protected_is_unprotected(lines, protected):
    """
    Ending a protection that is not there is refused; protecting anew is always possible.
    """
    assert isinstance(event(decided(PROTECT, *lines)), AccountProtected)
    if protected:
        assert isinstance(event(decided(UNPROTECT, *lines)), AccountUnprotected)
    else:
        with pytest.raises(Refused, match="is not protected"):
            decided(UNPROTECT, *lines)
    assert event(decided(UNPROTECT, *lines, imported=True))


@pytest.mark.parametrize("line", [RESOLVE, REOPEN, REVISE, RETRACT])
def test_what_stands_in_the_way_is_judged_before_authority(line):
    """
    Who has left and asks for what is so already is told that it is so; nothing is recorded.
    """
    lines = [FILED, REOPENED] if line is REOPEN else [FILED, CLOSED, ACTED, CLAIMED, REVISED]
    with pytest.raises(LedgerError) as raised:
        decided({**line, "by": "gone"}, *lines)

    assert isinstance(raised.value, Refused)
    assert not raised.value.recorded
