"""
Decisions about reports and triage: what a source calls one, which one repeats which, which an act
closed.
"""

from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, NotFound, Refused
from ledger.moderation.account import Account, fold
from ledger.moderation.decisions import Decision
from ledger.moderation.events import Context, kind_of
from ledger.moderation.events.account import (
    ActionTaken,
    ReportAssigned,
    ReportFiled,
    ReportOutcome,
    ReportReopened,
    ReportResolved,
)
from ledger.moderation.taxonomy import TAXONOMY, VERSION
from tests.moderation.by_hand import Line, act, at, recorded
from tests.moderation.decisions.desk import decided, event


def filed(report: str) -> Line:
    """
    Return the line of a report.
    """
    told = ReportFiled(report=report, category="spam", source="user", filed_at=at("00:00"))
    return ("01:00", told)


def assigned(time: str, to: str) -> Line:
    """
    Return the line of an assignment of report "r".
    """
    return (time, ReportAssigned(report="r", to=to))


FILED, OTHER = filed("r"), filed("o")
CLOSED: Line = ("03:00", ReportResolved(report="r", outcome=ReportOutcome.NO_ACTION))
ACTED: Line = ("02:00", act("a"))
REOPENED: Line = ("04:00", ReportReopened(report="r", reason="appealed"))


def filing(**terms: Any) -> ReportFiled:
    """
    Return what is recorded of a report on account "x".
    """
    line = {"command": "file_report", "account": "x", "category": "spam", "source": "user"}
    told = event(decided({**line, **terms}))
    assert isinstance(told, ReportFiled)
    return told


def resolving(*lines: Line, **terms: Any) -> Decision:
    """
    Return the decision about the outcome of report "r".
    """
    line = {"command": "resolve_report", "report": "r", "outcome": "duplicate", "by": "bob"}
    return decided({**line, **terms}, *lines)


def acting(*lines: Line, imported: bool = False, **terms: Any) -> Decision:
    """
    Return the decision of bob to warn account "x" because of report "r".
    """
    line = {"command": "act", "measure": "warn", "account": "x", "by": "bob", "reason": "spam"}
    return decided({**line, "because_of": ["r"], **terms}, *lines, imported=imported)


def test_a_report_keeps_what_its_source_calls_it():
    """
    Beside the ledger's own id.
    """
    told = filing(external_id="T-17", evidence="sha256:00")

    assert ("T-17", "made-id", "sha256:00") == (told.external_id, told.report, told.evidence)
    assert None is filing().external_id


@pytest.mark.parametrize("category", [*TAXONOMY][:3])
def test_a_category_of_the_taxonomy_is_marked_with_its_version(category):
    """
    Another word is kept as it is, and is no row of any version.
    """
    assert (category, VERSION) == (
        filing(category=category).category,
        filing(category=category).taxonomy,
    )
    assert ("bad manners", None) == (
        filing(category="bad manners").category,
        filing(category="bad manners").taxonomy,
    )


def test_a_duplicate_names_the_report_that_it_repeats():
    """
    An action may be named that closed it.
    """
    told = event(resolving(FILED, OTHER, ACTED, duplicate_of="o", action="a", reason="same post"))

    assert (
        ReportResolved(
            report="r",
            outcome=ReportOutcome.DUPLICATE,
            reason="same post",
            duplicate_of="o",
            action="a",
        )
        == told
    )


@pytest.mark.parametrize(
    ("terms", "family", "where"),
    [
        ({"duplicate_of": "o", "outcome": "invalid"}, Malformed, "duplicate_of"),
        ({"duplicate_of": "r"}, Malformed, "duplicate_of"),
        ({"duplicate_of": "unheard-of"}, NotFound, "duplicate_of"),
        ({"action": "unheard-of"}, NotFound, "action"),
    ],
)
def test_rule_16_what_a_resolution_names_must_fit_and_be_on_record(terms, family, where):
    """
    Only a duplicate repeats another report, of the same account; nothing is written.
    """
    with pytest.raises(LedgerError) as raised:
        resolving(FILED, OTHER, **terms)

    assert (family, where) == (type(raised.value), raised.value.where)


def test_an_act_closes_the_reports_that_it_names_in_their_order():
    """
    In the same transaction, each as actioned by this action, by whoever acted.
    """
    taken, *closed = acting(FILED, OTHER, closes=["o", "r"]).drafts

    assert isinstance(taken.event, ActionTaken)
    assert [
        ReportResolved(report=name, outcome=ReportOutcome.ACTIONED, action="made-id")
        for name in ("o", "r")
    ] == [draft.event for draft in closed]
    assert {("account/x", "bob")} == {(draft.stream, draft.operator) for draft in closed}


def test_what_an_act_closes_need_not_be_what_it_is_because_of():
    """
    An act on one's own initiative may close a report; one that is because of a report may leave it.
    """
    own = acting(FILED, because_of="own-initiative", closes=["r"])

    assert ["account.action_taken", "account.report_resolved"] == [
        kind_of(draft.event) for draft in own.drafts
    ]
    assert 1 == len(acting(FILED).drafts)


def test_rule_16_an_act_that_closes_what_is_closed_is_refused_and_writes_nothing():
    """
    It may be reopened first; a source's history may close it all the same.
    """
    with pytest.raises(Refused) as raised:
        acting(FILED, CLOSED, closes=["r"])

    assert ("resolved-already", "closes", False) == (
        raised.value.rule,
        raised.value.where,
        raised.value.recorded,
    )
    assert None is acting(FILED, CLOSED, REOPENED, closes=["r"]).refusal
    assert None is acting(FILED, CLOSED, closes=["r"], imported=True).refusal
    with pytest.raises(NotFound):
        acting(FILED, closes=["unheard-of"])


def test_a_report_that_is_closed_twice_in_one_act_is_closed_once():
    """
    The same id given twice is one report.
    """
    assert 2 == len(acting(FILED, closes=["r", "r"]).drafts)


@pytest.mark.parametrize(
    ("lines", "time", "queue"),
    [
        ([assigned("02:00", "q-1")], "01:59", None),
        ([assigned("02:00", "q-1")], "18:40", "q-1"),
        ([assigned("02:00", "q-1"), assigned("05:00", "bob")], "04:59", "q-1"),
        ([assigned("02:00", "q-1"), assigned("05:00", "bob")], "05:00", "bob"),
        ([assigned("02:00", "q-1"), CLOSED], "02:59", "q-1"),
        ([assigned("02:00", "q-1"), CLOSED], "03:00", None),
        ([assigned("02:00", "q-1"), CLOSED, REOPENED], "05:00", None),
        ([assigned("02:00", "q-1"), CLOSED, REOPENED, assigned("05:00", "bob")], "05:00", "bob"),
    ],
)
def test_in_whose_queue_a_report_was_is_a_function_of_the_moment(lines, time, queue):
    """
    Half-open intervals: an assignment ends with the next one, or when the report is closed.
    """
    report = fold(Account("x"), recorded(FILED, *lines)).reports["r"]

    assert queue == report.queue(at(time))


def test_what_closed_a_report_is_forgotten_when_it_is_reopened():
    """
    Outcome, original and action are those of the last end.
    """
    duplicate = ReportResolved(
        report="r", outcome=ReportOutcome.DUPLICATE, duplicate_of="o", action="a", context=Context()
    )
    lines: list[Line] = [FILED, OTHER, ACTED, ("03:00", duplicate)]
    closed, opened = (
        fold(Account("x"), recorded(*told)).reports["r"] for told in (lines, [*lines, REOPENED])
    )

    assert ("duplicate", "o", "a") == (closed.outcome, closed.duplicate_of, closed.action)
    assert (None, None, None) == (opened.outcome, opened.duplicate_of, opened.action)
