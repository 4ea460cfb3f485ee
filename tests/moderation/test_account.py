"""
The account: what its entries make of it, whatever they say and in whatever order.
"""

import copy
from functools import reduce
from typing import Any

from hypothesis import given, settings

from ledger.moderation import operator as operators
from ledger.moderation.account import Account, Slot, advance, evolve, fold, successor
from ledger.moderation.events import KINDS
from ledger.moderation.events.account import (
    AccountCommandRefused,
    AccountProtected,
    AccountUnprotected,
    AnomalyRecorded,
    Cause,
    FindingAsserted,
    FindingRetracted,
    FindingRevised,
    NoteAdded,
    ReportAssigned,
    ReportFiled,
    ReportOutcome,
    ReportReopened,
    ReportResolved,
)
from ledger.moderation.operator import Operator
from ledger.moderation.term import ends, term
from tests.moderation.by_hand import (
    DAY,
    account,
    act,
    amend,
    at,
    correct,
    recorded,
    reverse,
    withdraw,
    withdraw_reversal,
)
from tests.strategies import (
    account_histories,
    accounts,
    entries,
    events,
    events_of,
    senseless_histories,
)

CLAIM: dict[str, Any] = {"action": "a", "source": "press", "statement": "said so"}
CLAIM["stated_at"] = DAY


@given(senseless_histories("account"))
def test_evolve_takes_every_event_in_any_order(told):
    """
    No entry that was ever recorded, however little sense it makes, is refused when it is read.
    """
    folded = fold(Account("x"), told)

    for action in folded.actions.values():
        list(ends(folded, action))
        term(folded, action)
        successor(folded, action)
    assert (told[-1].version if told else 0) == folded.version


@given(events("account."))
def test_evolve_knows_every_kind_of_the_aggregate(event):
    """
    A kind that can be recorded on an account has a meaning for it.
    """
    (entry,) = recorded(("01:00", event))

    assert 1 == evolve(Account("x"), entry).version


@given(account_histories() | senseless_histories("account"))
def test_a_fold_is_one_evolve_after_the_other(told):
    """
    Reading a history at once, entry by entry, or in place gives the same account.
    """
    in_place = Account("x")
    for entry in told:
        advance(in_place, entry)

    assert fold(Account("x"), told) == in_place
    assert reduce(evolve, told, Account("x")) == in_place


@settings(max_examples=50)
@given(accounts(), entries(events("account.")))
def test_evolve_leaves_its_argument_as_it_is(folded, entry):
    """
    An account that somebody holds does not change under his hands.
    """
    before = copy.deepcopy(folded)

    evolve(folded, entry)

    assert before == folded


@settings(max_examples=50)
@given(senseless_histories("operator"), entries(events("operator.")))
def test_an_operator_is_folded_by_the_same_rules(told, entry):
    """
    Every event of an operator is taken in any order, and evolve changes only what it returns.
    """
    folded = operators.fold(Operator("ann"), told)
    before = copy.deepcopy(folded)

    after = operators.evolve(folded, entry)

    assert before == folded
    assert reduce(operators.evolve, [*told, entry], Operator("ann")) == after
    assert (entry.version, "ann") == (after.version, after.operator)


@given(account_histories(), entries(events_of(KINDS["account.noted"])))
def test_a_note_changes_no_action(told, noted):
    """
    What is written about an account beside actions leaves its actions and slots alone.
    """
    before, after = fold(Account("x"), told), fold(Account("x"), [*told, noted])

    assert (before.actions, before.slots) == (after.actions, after.slots)
    assert [*before.notes, noted] == after.notes


def test_a_report_is_filed_assigned_resolved_and_reopened():
    """
    Each change is kept with its entry; a reopened report has no outcome any more.
    """
    told = recorded(
        ("01:00", ReportFiled(report="r", category="spam", source="user", filed_at=DAY)),
        ("02:00", ReportAssigned(report="r", to="queue-1")),
        ("03:00", ReportAssigned(report="r", to="bob")),
        ("04:00", ReportResolved(report="r", outcome=ReportOutcome.NO_ACTION)),
        ("05:00", ReportReopened(report="r", reason="appealed")),
        ("06:00", ReportAssigned(report="unheard-of", to="bob")),
        ("07:00", ReportResolved(report="unheard-of", outcome=ReportOutcome.INVALID)),
    )

    assert ReportOutcome.NO_ACTION is account(told[:4]).reports["r"].outcome
    report = account(told).reports["r"]
    assert None is report.outcome
    assert (told[0], tuple(told[1:3]), tuple(told[3:5])) == (
        report.entry,
        report.assigned,
        report.changes,
    )
    assert ["r"] == list(account(told).reports)


def test_findings_are_revised_and_retracted_and_never_overwritten():
    """
    Every claim stays as it was made; its status says what became of it.
    """
    told = recorded(
        ("01:00", FindingAsserted(finding="f", cause=Cause.ERROR, **CLAIM)),
        ("02:00", FindingRevised(finding="g", revises="f", cause=Cause.DELIBERATE, **CLAIM)),
        ("03:00", FindingAsserted(finding="h", cause=Cause.CORRECT, **CLAIM)),
        ("04:00", FindingRetracted(finding="h", action="a", reason="unfounded")),
        ("05:00", FindingRetracted(finding="unheard-of", action="a", reason="unfounded")),
    )
    findings = account(told).findings

    statuses = [(name, known.cause, known.status) for name, known in findings.items()]
    assert [
        ("f", Cause.ERROR, "revised"),
        ("g", Cause.DELIBERATE, "standing"),
        ("h", Cause.CORRECT, "retracted"),
    ] == statuses
    assert ("g", told[3]) == (findings["f"].revised_by, findings["h"].retracted)
    assert "standing" == account(told[:1]).findings["f"].status


def test_protection_is_a_half_open_time():
    """
    A tier takes the place of an earlier one; at its end the account is no longer protected.
    """
    told = recorded(
        ("01:00", AccountProtected(tier="press", reason="journalist")),
        ("02:00", AccountProtected(tier="head-of-state", reason="elected"), {"operator": "bob"}),
        ("03:00", AccountUnprotected(reason="term ended"), {"operator": "eve"}),
        ("04:00", AccountUnprotected(reason="again")),
    )
    folded = account(told)

    times = ("00:59", "01:00", "01:59", "02:00", "02:59", "03:00")
    tiers = {time: folded.tier(at(time)) for time in times}
    assert {
        "00:59": None,
        "01:00": "press",
        "01:59": "press",
        "02:00": "head-of-state",
        "02:59": "head-of-state",
        "03:00": None,
    } == tiers
    assert [("ann", "bob"), ("bob", "eve")] == [(p.by, p.ended_by) for p in folded.protections]


def test_refusals_anomalies_and_notes_are_kept_beside():
    """
    A refused command and a source's anomaly are on record and change no action.
    """
    told = recorded(
        ("01:00", AccountCommandRefused(command="act", arguments={}, verdicts=())),
        ("02:00", AnomalyRecorded(anomaly="unblock_without_block", measure="suspend", reason=None)),
        ("03:00", NoteAdded(note="n", text="seen")),
    )
    folded = account(told)

    assert (told[:1], told[1:]) == (folded.refusals, folded.notes)
    assert {} == folded.actions


def test_what_later_entries_say_of_an_action_stands_beside_its_own_entry():
    """
    Corrected, amended, reversed: the entry that took the action is never touched.
    """
    told = recorded(
        ("01:00", act("a", expires_at=at("09:00"))),
        ("02:00", amend("a", at("10:00"))),
        ("03:00", reverse("a"), {"effective_at": "08:00"}),
        ("04:00", correct("r-a", operator="bob", effective_at=at("07:00"))),
        ("05:00", correct("a", operator="eve", effective_at=at("01:30"))),
        ("06:00", withdraw_reversal("a")),
    )
    action = account(told).actions["a"]
    (reversal,) = action.reversals

    assert ("eve", at("01:30"), at("10:00")) == (
        action.operator,
        action.effective_at,
        action.expires_at,
    )
    assert ("ann", at("01:00"), at("09:00")) == (
        action.entry.operator,
        action.entry.took_effect_at,
        action.taken.expires_at,
    )
    assert ("bob", at("07:00"), told[5]) == (
        reversal.operator,
        reversal.effective_at,
        reversal.withdrawn,
    )
    assert (told[2], told[0]) == (reversal.entry, action.entry)
    assert (told[1], told[3], told[4], told[5]) == action.changes


def test_a_slot_holds_the_placements_of_what_was_not_withdrawn():
    """
    Withdrawing takes an action out of its slot, correcting moves it, and the rest stays in order.
    """
    told = recorded(
        ("01:00", act("a")),
        ("02:00", act("b"), {"effective_at": "05:00"}),
        ("02:30", act("c"), {"effective_at": "06:00"}),
        ("03:00", withdraw("b")),
        ("03:30", correct("a", effective_at=at("07:00"))),
    )

    placed = [
        [placement.action for placement in account(told[:size]).slots[Slot("suspend", None)]]
        for size in (3, 4, 5)
    ]
    assert [["a", "b", "c"], ["a", "c"], ["c", "a"]] == placed


def test_entries_about_what_is_not_on_record_change_nothing():
    """
    A reversal, an amendment or a correction of an unknown action leaves the account as it was.
    """
    told = recorded(
        ("01:00", reverse("unheard-of")),
        ("02:00", withdraw("unheard-of")),
        ("03:00", withdraw_reversal("unheard-of")),
        ("04:00", amend("unheard-of", None)),
        ("05:00", correct("unheard-of", operator="bob")),
    )

    assert Account("x", version=5) == account(told)
