"""
Who did it, beyond the case: other causes, other ends, corrected records, rights that changed.
"""

from typing import Any

import pytest

from ledger import Ledger, NotFound, Refused
from ledger.forensics.who import Occasion
from ledger.moderation.moment import moment
from ledger.moderation.term import EndedBy
from tests.conftest import enrol_staff, take_action


def at(text: str):
    """
    Return a moment of 2 November, "22:52".
    """
    return moment(f"2017-11-02T{text}:00Z", "at")


@pytest.fixture
def ledger(clock):
    """
    Return a ledger in memory with operators, at 22:00.
    """
    with Ledger.create("memory:", clock=clock) as created:
        yield enrol_staff(created)


def test_what_an_act_was_taken_because_of(ledger):
    """
    An order by its reference, an idea of the operator's own, or the reports that were named.
    """
    take_action(ledger, "a", because_of="order:court 17/4")
    take_action(ledger, "b")
    told: dict[str, Any] = {"category": "spam", "source": "trusted flagger"}
    report = ledger.file_report("c", **told, filed_at=at("21:00"))
    take_action(ledger, "c", because_of=[report])

    causes = [ledger.who(account)[0].opened.because_of for account in "abc"]
    assert [
        (Occasion(order="court 17/4"),),
        (Occasion(own_initiative=True),),
        (Occasion(report, filed_at=at("21:00"), **told),),
    ] == causes


def test_an_expiry_is_closed_by_nobody_and_by_the_entry_that_set_it(ledger, clock):
    """
    No operator, no authority; the recording is that of the act, or of the last amendment.
    """
    for account in "ab":
        take_action(ledger, account, expires_at=at("23:00"), action=f"act-{account}")
    clock.set(at("22:10"))
    ledger.amend("act-b", by="op-1", expires_at=at("23:30"), reason="reviewed")

    first, second = (ledger.who(account)[0].closed for account in "ab")
    ends = [(closed.ended_by, closed.effective_at) for closed in (first, second)]
    assert [(EndedBy.EXPIRY, at("23:00")), (EndedBy.EXPIRY, at("23:30"))] == ends
    assert (None, None, None, None) == (first.by, first.authority, second.by, second.authority)
    assert first.recorded_at < at("22:10") == second.recorded_at
    assert "reviewed" == second.reason


def test_what_was_superseded_is_closed_by_the_next_one(ledger, clock):
    """
    Operator, reason, session and rights are those of the act that took its place.
    """
    take_action(ledger, "a", "suspend", action="first")
    clock.set(at("22:30"))
    take_action(ledger, "a", "suspend", by="op-1", reason="worse", supersedes="first", session="s")

    first, second = ledger.who("a")
    closed = first.closed
    assert ("op-1", EndedBy.SUPERSEDED, at("22:30"), at("22:30"), "worse", "s") == (
        closed.by,
        closed.ended_by,
        closed.effective_at,
        closed.recorded_at,
        closed.reason,
        closed.session,
    )
    assert ("admin",) == closed.authority.roles
    assert (None, "worse") == (second.closed, second.opened.reason)


def test_rule_11_a_corrected_operator_is_told_beside_the_recorded_one(ledger, clock):
    """
    Opened and closed by whom is held right; the stored verdicts are marked as the original's.
    """
    action = take_action(ledger, "a", by="op-417")
    clock.set(at("22:30"))
    reversal = ledger.reverse(action, by="op-7", reason="error")
    clock.set(at("22:40"))
    ledger.correct(action, by="op-1", operator="comms", reason="shared screen")
    ledger.correct(reversal, by="op-1", operator="op-1", reason="typed wrong")

    before = ledger.who("a", known_at=at("22:35"))[0]
    after = ledger.who("a")[0]
    assert ("op-417", "op-417", "op-7") == (
        before.opened.by,
        before.opened.recorded_operator,
        before.closed.by,
    )
    assert ("comms", "op-417", "op-1") == (
        after.opened.by,
        after.opened.recorded_operator,
        after.closed.by,
    )
    assert [{False}, {True}] == [
        {known.of_original for known in answer.safeguards} for answer in (before, after)
    ]
    assert ("contractor", None) == (
        before.opened.authority.contract,
        after.opened.authority.contract,
    )
    assert ("comms", "op-1") == (after.restriction.opened_by, after.restriction.closed_by)


def test_rule_11_a_corrected_time_marks_the_verdicts_too(ledger, clock):
    """
    Authority is computed for the corrected moment; what was stored was given for another.
    """
    action = take_action(ledger, "a", by="op-417", effective_at=at("22:50"))
    clock.set(at("23:30"))
    ledger.correct(action, by="op-1", effective_at=at("23:10"), reason="wrong clock")

    opened = ledger.who("a")[0].opened
    assert (at("23:10"), True, False) == (
        opened.effective_at,
        opened.permitted,
        opened.authority.permitted,
    )
    assert {True} == {known.of_original for known in ledger.who("a")[0].safeguards}


def test_rule_13_a_deferred_act_outlives_its_authors_rights(ledger):
    """
    Permitted when it was recorded, not at its effect: he had left by then, and it took effect.
    """
    take_action(ledger, "a", by="op-417", effective_at=at("23:30"))

    opened = ledger.who("a")[0].opened
    authority = opened.authority
    assert (True, False) == (opened.permitted, authority.permitted)
    assert ("left at 2017-11-02T23:00:00Z", False) == (
        authority.why,
        authority.last_day,
    )


def test_rule_13_rights_at_the_effect_are_as_known_at_the_cut(ledger, clock):
    """
    A bar that is found out later counts for whoever asks later, and not for whoever asked before.
    """
    clock.set(at("22:30"))
    take_action(ledger, "a")
    clock.set(at("22:45"))
    ledger.bar_operator("op-7", by="op-1", reason="found out", effective_at=at("22:15"))

    then = ledger.who("a", known_at=at("22:40"))[0].opened
    now = ledger.who("a")[0].opened
    assert [(True, True, False), (True, False, True)] == [
        (known.permitted, known.authority.permitted, known.authority.barred)
        for known in (then, now)
    ]


def test_refused_reversals_are_part_of_the_story(ledger, clock):
    """
    Who tried to end it, when, and why he was stopped.
    """
    action = take_action(ledger, "a")
    other = take_action(ledger, "a", "lock")
    clock.set(at("23:10"))
    for refused in (action, other):
        with pytest.raises(Refused):
            ledger.reverse(refused, by="op-417", reason="error")

    found = {answer.restriction.measure: answer.reversals_refused for answer in ledger.who("a")}
    (refusal,) = found["deactivate"]
    assert ("op-417", at("23:10"), "authority: left at 2017-11-02T23:00:00Z") == (
        refusal.by,
        refusal.recorded_at,
        refusal.why,
    )
    assert 1 == len(found["lock"])


def test_protection_is_that_of_the_beginning(ledger, clock):
    """
    What protected the account when the restriction began, not what protects it now.
    """
    ledger.protect_account("a", tier="press", by="op-1", reason="journalist")
    clock.set(at("22:10"))
    take_action(ledger, "a")
    clock.set(at("22:20"))
    ledger.unprotect_account("a", by="op-1", reason="retired")
    take_action(ledger, "a", "lock")

    assert ["press", None] == [
        answer.protected and answer.protected.tier for answer in ledger.who("a")
    ]


def test_what_was_never_in_force_has_no_answer(ledger):
    """
    A withdrawn suspension was done by nobody to nobody; the account is known all the same.
    """
    action = take_action(ledger, "a", effective_at=at("23:00"))
    ledger.withdraw(action, by="op-7", reason="mistaken")

    assert 0 == len(ledger.who("a"))


def test_answers_are_in_order_and_can_be_taken_by_index(ledger):
    """
    By beginning, then position: a sequence with its cut.
    """
    take_action(ledger, "a", "lock", effective_at=at("22:30"))
    take_action(ledger, "a", "limit", effective_at=at("22:20"))
    take_action(ledger, "a", "suspend", effective_at=at("22:30"))
    answers = ledger.who("a")

    assert ["limit", "lock", "suspend"] == [answer.restriction.measure for answer in answers]
    assert (answers[0], tuple(answers[1:])) == (answers[-3], tuple(answers)[1:])
    assert repr(answers).startswith("Answers([Answer(")


def test_an_unknown_account_is_not_found_and_the_closest_operator_named(ledger):
    """
    Whoever mixes up accounts and operators is shown the operator.
    """
    with pytest.raises(NotFound, match="closest known operator is 'op-417'") as raised:
        ledger.who("op-41")

    assert "account" == raised.value.where


def test_an_account_is_unknown_before_its_first_entry(ledger, clock):
    """
    With the knowledge of a time before anything happened to it there is no such account.
    """
    clock.set(at("22:30"))
    take_action(ledger, "a")

    with pytest.raises(NotFound):
        ledger.who("a", known_at=at("22:29"))
    assert 1 == len(ledger.who("a", known_at=at("22:30")))
