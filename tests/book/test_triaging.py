"""
Reports, what is pending, strikes and comparisons as documents: what each says of itself.
"""

from hypothesis import given, settings

from ledger.book.document import document
from ledger.forensics.comparison import Comparison
from ledger.forensics.triage import Outstanding, ReportAnswer
from tests.conftest import file_report, take_action
from tests.strategies import of


@settings(max_examples=40)
@given(of(ReportAnswer))
def test_a_report_says_what_others_call_its_category(answer):
    """
    All of them under the version of the taxonomy, or nothing for a word that is no row.
    """
    told, category = document(answer), answer.category

    expected = category and {"version": answer.report.taxonomy, **category._asdict()}
    assert expected == told["taxonomy"]
    assert len(answer.report.assigned) == len(told["assignments"])


@given(of(Outstanding))
def test_what_is_pending_says_until_when_it_can_be_taken_back(known):
    """
    A request until it lapses, a deferred act until its effect.
    """
    told = document(known)

    named = "lapses_at" if told["is_request"] else "effective_at"
    assert told[named] == told["withdrawable_until"]


@settings(max_examples=40)
@given(of(Comparison))
def test_what_was_imported_is_said_of_the_act_and_of_the_answer(comparison):
    """
    One act that a source recorded is enough; the answer has it under no other name.
    """
    told = document(comparison)

    imported = [treated.imported for treated in comparison.treatments]
    assert imported == [act.get("recorded_by") == "source" for act in told["actions"]]
    assert any(imported) == (told.get("recorded_by") == "source")
    assert not any("imported" in act for act in told["actions"])


def test_a_clock_that_was_set_back_hides_nothing(staffed, clock):
    """
    Without a moment, a question is about now, or about the last entry where that is later.
    """
    report = file_report(staffed, "x")
    staffed.assign_report(report, to="op-7", by="op-1")
    take_action(staffed, "x", "issue_strike")
    take_action(staffed, "y", "warn", action="a-1", effective_at="2017-11-02T22:30:00Z")
    clock.advance(minutes=-2)

    assert "op-7" == staffed.report(report).queue
    assert 1 == staffed.strikes("x").count
    assert ["a-1"] == [known.pending.id for known in staffed.pending().pending]
    asked = (staffed.report(report), staffed.strikes("x"), staffed.pending())
    for answer in (*asked, staffed.compare(["x", "y"])):
        assert answer.at == answer.cut.known_at > clock.now
