"""
What stands beside the one who did it: the policy, the approvals, the queue, the reports that the
act closed, how each fact is known, and which findings contradict each other.
"""

import pytest

from ledger import Ledger
from ledger.book.document import document
from ledger.forensics.who import Known
from ledger.timeline.belief import contradictions
from tests.conftest import enrol_staff, file_report, take_action

TWO = {
    "policy": 1,
    "safeguards": [{"rule": "two-person", "protected": True, "approvals": [{"approvals": 1}]}],
}


@pytest.fixture
def ledger(clock):
    """
    Return a ledger in memory with operators, at 22:00.
    """
    with Ledger.create("memory:", clock=clock) as created:
        yield enrol_staff(created)


def test_in_whose_queue_the_report_was_when_the_act_was_asked_for(ledger, clock):
    """
    A report that was in another one's queue by then, or in none, is told so.
    """
    mine, nobodys = file_report(ledger, "a"), file_report(ledger, "a")
    ledger.assign_report(mine, to="op-7", by="op-1")
    clock.advance(minutes=5)
    take_action(ledger, "a", because_of=[mine, nobodys])
    clock.advance(minutes=5)
    ledger.assign_report(mine, to="comms", by="op-1")

    (answer,) = ledger.who("a")

    assert ["op-7", None] == [cause.queue for cause in answer.opened.because_of]


def test_which_reports_an_act_closed(ledger):
    """
    An act says which reports it closes, and every other one stays open.
    """
    closed, stays = file_report(ledger, "a"), file_report(ledger, "a")

    action = take_action(ledger, "a", because_of=[closed, stays], closes=[closed])

    (answer,) = ledger.who("a")
    reports = {report.report: report for report in ledger.account("a").reports}
    assert (closed,) == answer.opened.closed_reports
    assert ("actioned", action) == (reports[closed].outcome, reports[closed].action)
    assert reports[stays].outcome is None


def test_under_which_policy_and_on_whose_approval(ledger, clock):
    """
    The policy is told with who adopted it when, and what it does not ask for as not adopted; a
    later policy changes nothing of that.
    """
    ledger.protect_account("a", tier="press", by="op-1", reason="journalist")
    version = ledger.adopt_policy(TWO, by="op-1")
    adopted_at = clock.now
    told = {"because_of": "own-initiative", "reason": "spam"}
    request = ledger.request("lock", "a", by="op-7", **told)
    clock.advance(minutes=1)
    ledger.approve(request, by="comms")
    ledger.adopt_policy({"policy": 1, "safeguards": [{"rule": "own-account"}]}, by="op-1")

    (answer,) = ledger.who("a")

    assert (request, ("comms",)) == (answer.opened.request, answer.opened.approved_by)
    assert answer.policy is not None
    assert (version, "op-1") == (answer.policy.version, answer.policy.adopted_by)
    assert answer.policy.adopted_at is not None
    assert adopted_at <= answer.policy.adopted_at
    outcomes = {each.name: each.outcome for each in answer.safeguards}
    assert ("passed", "not-adopted") == (outcomes["two-person"], outcomes["last-day"])
    assert {version} == {each.policy for each in answer.safeguards}


def test_how_each_fact_is_known(ledger, clock):
    """
    What the ledger saw happen is observed; a time or an operator that somebody gave is reported; an
    expiry and a deferred effect are computed.
    """
    seen = take_action(ledger, "a")
    take_action(ledger, "b", effective_at="2017-11-02T21:00:00Z", expires_at="2017-11-02T23:00:00Z")
    later = take_action(ledger, "c", effective_at="2017-11-02T22:30:00Z")
    clock.advance(hours=1)
    ledger.reverse(seen, by="op-1", reason="error")
    ledger.reverse(later, by="op-1", reason="error", effective_at="2017-11-02T22:45:00Z")
    ledger.correct(later, by="op-1", reason="shared session", operator="comms")

    known = [ledger.who(account)[0].known for account in "abc"]

    observed, computed, reported = Known.OBSERVED, Known.COMPUTED, Known.REPORTED
    assert [
        {"from": observed, "opened_by": observed, "until": observed, "closed_by": observed},
        {"from": reported, "opened_by": observed, "until": computed},
        {"from": computed, "opened_by": reported, "until": reported, "closed_by": observed},
    ] == known


def test_which_earlier_statements_a_finding_contradicts(case):
    """
    Every earlier claim of another cause, those that were revised since among them; and only what
    was known at the moment that is asked about.
    """
    (answer,) = case.ledger.who("25073877")
    first, second, third, fourth, fifth = case.findings

    assert [
        (second, first),
        (third, first),
        (fourth, second),
        (fourth, third),
        (fifth, second),
        (fifth, third),
    ] == [(each.finding, each.contradicts) for each in contradictions(answer.findings)]
    (then,) = case.ledger.who("25073877", known_at="2017-11-03T02:00:00Z")
    (only,) = document(then)["contradictions"]
    assert (second, first, False) == (only["finding"], only["contradicts"], only["both_standing"])


def test_an_act_for_somebody_who_acts_for_another_has_the_whole_chain(ledger):
    """
    The chain is kept in order, the nearest first; a chain of one is that one.
    """
    take_action(ledger, "a", on_behalf_of=["vendor", "court"])
    take_action(ledger, "b", on_behalf_of=["vendor"])

    chains = [ledger.who(account)[0].opened.on_behalf_of for account in "ab"]

    assert [("vendor", "court"), "vendor"] == chains
