"""
Decisions about what follows an action: notices, appeals and their outcomes, reviews of overrides.
"""

from typing import Any

import pytest

from ledger.errors import Malformed, Refused
from ledger.moderation.decisions import Decision
from ledger.moderation.events import Event, Outcome, Verdict, kind_of
from ledger.moderation.events.account import ActionReversed, ActionWithdrawn
from ledger.moderation.events.appeal import (
    AppealDecided,
    AppealFiled,
    AppealOutcome,
    NoticeDelivered,
    OverrideOutcome,
    OverrideReviewed,
)
from ledger.moderation.moment import MICROSECOND
from ledger.moderation.term import EndedBy, Term, term
from tests.moderation.by_hand import (
    Line,
    account,
    act,
    appeal,
    approve,
    ask,
    at,
    correct,
    hand_over,
    recorded,
    reverse,
    withdraw,
)
from tests.moderation.decisions.desk import adopted, decided, event
from tests.strategies import entry_of

HELD: Line = ("02:00", act("a"))
PENDING: Line = ("02:00", act("a"), {"effective_at": "15:00"})
FILED: Line = ("04:00", appeal("a"))
OVERRIDDEN = Verdict(name="last-day", policy="default@1", outcome=Outcome.OVERRIDDEN)
URGENT: Line = ("02:00", act("a", verdicts=(OVERRIDDEN,)))
NOTICE = {"command": "notify", "action": "a", "channel": "mail", "text_hash": "h", "by": "bob"}


def notice(delivered_at: str, action: str = "a") -> Event:
    """
    Return a notice of an action at a time of the day.
    """
    return NoticeDelivered(
        notice="n", action=action, channel="mail", delivered_at=at(delivered_at), text_hash="h"
    )


def outcome(said: AppealOutcome, name: str = "p") -> Event:
    """
    Return the decision of an appeal.
    """
    return AppealDecided(appeal=name, action="a", outcome=said, reason="why")


def filing(*lines: Line, by: str = "x", **terms: Any) -> Decision:
    """
    Return the decision about an appeal against action "a", at noon.
    """
    policy = terms.pop("policy", {})
    line = {"command": "file_appeal", "action": "a", "by": by, **terms}
    return decided(line, *lines, **policy)


def deciding(*lines: Line, by: str = "bob", said: str = "overturned", **changes: Any) -> Decision:
    """
    Return the decision, at noon, about the outcome of appeal "p".
    """
    line = {"command": "decide_appeal", "appeal": "p", "outcome": said, "reason": "why", "by": by}
    return decided(line, *lines, **changes)


def reviewing(*lines: Line, by: str = "bob") -> Decision:
    """
    Return the decision about the review of action "a", at noon.
    """
    line = {"command": "review_override", "action": "a", "outcome": "justified", "reason": "fire"}
    return decided({**line, "by": by}, *lines)


def rule_of(decide: Any, *lines: Line, **terms: Any) -> tuple[str, bool, str | None]:
    """
    Return the rule that refuses a command, whether that is recorded, and who stands in its way.
    """
    try:
        refusal = decide(*lines, **terms).refusal
    except Refused as error:
        refusal = error
    assert refusal is not None
    return refusal.rule, refusal.recorded, refusal.by


def test_a_notice_says_of_what_by_which_way_and_when():
    """
    Its text is kept as a hash.
    """
    told = event(decided({**NOTICE, "delivered_at": "2017-11-02T11:00Z"}, HELD))

    assert isinstance(told, NoticeDelivered)
    assert ("made-id", "a", "mail", at("11:00"), "h") == (
        told.notice,
        told.action,
        told.channel,
        told.delivered_at,
        told.text_hash,
    )


def test_nobody_was_told_in_time_to_come():
    """
    A delivery later than now is malformed, unless a source says so.
    """
    line = {**NOTICE, "delivered_at": "2017-11-02T12:00:00.000001Z"}
    with pytest.raises(Malformed) as raised:
        decided(line, HELD)

    assert "delivered_at" == raised.value.where
    assert isinstance(event(decided(line, HELD, imported=True)), NoticeDelivered)


@pytest.mark.parametrize(
    ("by", "operator"), [("x", "system"), ("notifier-7", "system"), ("bob", "bob"), ("ann", "ann")]
)
def test_whoever_appeals_need_be_no_operator(by, operator):
    """
    The entry of an outsider's appeal is the system's, and names who appealed.
    """
    (draft,) = filing(HELD, by=by, appeal="p-1", statement="it was me").drafts

    assert isinstance(draft.event, AppealFiled)
    assert (operator, by) == (draft.operator, draft.event.appellant)
    assert ("p-1", "a", "it was me") == (
        draft.event.appeal,
        draft.event.action,
        draft.event.statement,
    )


def test_an_operator_who_may_not_act_does_not_appeal():
    """
    The attempt is on record, as any of his is.
    """
    assert ("authority", True, "barred") == rule_of(filing, HELD, by="barred")


@pytest.mark.parametrize(
    ("lines", "window", "informed", "closes"),
    [
        ([], "1h", None, None),
        ([("03:00", notice("11:30"))], "1h", "11:30", "12:30"),
        ([("03:00", notice("11:30")), ("03:00", notice("11:10"))], "1h", "11:10", "12:10"),
        ([("03:00", notice("08:00", "other"))], "1h", None, None),
        ([("03:00", notice("11:00"))], "3601s", "11:00", "12:00"),
    ],
)
def test_the_clock_of_appeals_starts_with_the_first_notice(lines, window, informed, closes):
    """
    Of this action; where nobody was told the window does not close.
    """
    policy = adopted({"appeals": {"window": window}})
    filed = event(filing(HELD, *lines, policy=policy))

    assert isinstance(filed, AppealFiled)
    assert (at(informed) if informed else None) == filed.informed_at
    closes_at = filed.closes_at and filed.closes_at.replace(second=0)
    assert (at(closes) if closes else None) == closes_at


def test_after_the_window_an_appeal_is_refused():
    """
    At the very moment at which it closes; without a policy it is open for half a year.
    """
    told: Line = ("03:00", notice("11:00"))
    policy = adopted({"appeals": {"window": "1h"}})

    assert ("appeal-window", False, None) == rule_of(filing, HELD, told, policy=policy)
    assert None is filing(HELD, told).refusal


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([HELD, FILED], ("appealed-already", False, None)),
        (
            [HELD, FILED, ("05:00", outcome(AppealOutcome.UPHELD), {"operator": "bob"})],
            ("decided-already", False, "bob"),
        ),
        ([PENDING, ("03:00", withdraw("a"))], ("withdrawn-already", False, None)),
    ],
)
def test_one_appeal_at_a_time_and_one_for_each_appellant(lines, expected):
    """
    While one is open, or after the same one's was decided; what was withdrawn did nothing.
    """
    assert expected == rule_of(filing, *lines)


def test_another_appellant_appeals_after_the_decision_and_an_ended_action_may_be_appealed():
    """
    Two parties each have their appeal; so has whoever was suspended until yesterday.
    """
    over: Line = ("05:00", outcome(AppealOutcome.UPHELD))
    elsewhere: list[Line] = [("02:00", act("b", "lock")), ("03:00", appeal("b"))]

    assert None is filing(HELD, FILED, over, by="notifier").refusal
    assert None is filing(HELD, ("03:00", reverse("a"))).refusal
    assert None is filing(HELD, *elsewhere).refusal


@pytest.mark.parametrize(
    ("lines", "by", "why"),
    [
        ([HELD, FILED], "ann", "own act"),
        ([HELD, ("03:00", correct("a", operator="bob")), FILED], "ann", "own act"),
        ([HELD, ("03:00", correct("a", operator="bob")), FILED], "bob", "own act"),
        ([PENDING, ("03:00", hand_over("a", "bob")), FILED], "bob", "own act"),
        ([("02:00", act("a", approved_by=("bob", "lead"))), FILED], "lead", "approved"),
        ([HELD, ("04:00", appeal("a", appellant="bob"))], "bob", "own appeal"),
        ([HELD, FILED], "owner", "own account"),
    ],
)
def test_another_operator_decides(lines, by, why):
    """
    Nobody who had a part in it: acted, answered for it, approved it, appealed, or owns the account.
    """
    decision = deciding(*lines, by=by)

    assert decision.refusal is not None
    assert ("another-operator", True) == (decision.refusal.rule, decision.refusal.recorded)
    assert why in str(decision.refusal)
    assert "account.command_refused" == kind_of(event(decision))


def test_an_appeal_is_decided_once():
    """
    Who decided it, and how, is named.
    """
    over: Line = ("05:00", outcome(AppealOutcome.DISMISSED), {"operator": "lead"})

    assert ("decided-already", False, "lead") == rule_of(deciding, HELD, FILED, over)


@pytest.mark.parametrize("said", ["upheld", "dismissed"])
def test_an_appeal_that_is_not_overturned_ends_nothing(said):
    """
    The decision is one entry, with its reason and what it was judged by.
    """
    (draft,) = deciding(HELD, FILED, said=said).drafts

    assert isinstance(draft.event, AppealDecided)
    assert (said, "why", None) == (draft.event.outcome, draft.event.reason, draft.event.reversal)
    assert ["authority"] == [verdict.name for verdict in draft.event.verdicts]
    assert draft.event.authority is not None


def test_what_is_in_force_is_reversed_in_the_same_transaction():
    """
    The decision names the reversal, and the reversal the appeal; it takes effect now.
    """
    over, reversal = deciding(HELD, FILED).drafts

    assert isinstance(over.event, AppealDecided)
    assert isinstance(reversal.event, ActionReversed)
    assert ("p", "a", "unsuspend", "why") == (
        reversal.event.appeal,
        reversal.event.action,
        reversal.event.inverse,
        reversal.event.reason,
    )
    assert over.event.reversal == reversal.event.reversal
    assert ("bob", at("12:00")) == (reversal.operator, reversal.effective_at)


def test_rule_20_an_appeal_reverses_what_could_not_be_reversed_any_more():
    """
    After `reversible_until`, and before a reversal that is still to come.
    """
    late: Line = ("02:00", act("a", reversible_until=at("03:00")))
    scheduled: Line = ("03:00", reverse("a"), {"effective_at": "18:00"})

    for lines in ([late], [HELD, scheduled]):
        assert isinstance(deciding(*lines, FILED).drafts[1].event, ActionReversed)


def test_what_is_pending_is_withdrawn():
    """
    It never takes effect; there is no reversal to name.
    """
    over, taken_back = deciding(PENDING, FILED).drafts

    assert isinstance(over.event, AppealDecided)
    assert isinstance(taken_back.event, ActionWithdrawn)
    assert (None, "a", None) == (
        over.event.reversal,
        taken_back.event.action,
        taken_back.effective_at,
    )


@pytest.mark.parametrize(
    "lines",
    [
        [("02:00", act("a", "terminate"))],
        [("02:00", act("a", "revoke_credentials"))],
        [HELD, ("03:00", reverse("a"))],
        [("02:00", act("a", expires_at=at("12:00")))],
        [HELD, ("03:00", act("next"))],
        [PENDING, ("03:00", withdraw("a"))],
    ],
)
def test_rule_20_what_cannot_or_need_not_be_ended_is_overturned_without_a_reversal(lines):
    """
    Irreversible, reversed, expired at that very moment, superseded or withdrawn: the decision says
    none.
    """
    over = event(deciding(*lines, FILED))

    assert isinstance(over, AppealDecided)
    assert (AppealOutcome.OVERTURNED, None) == (over.outcome, over.reversal)


def test_what_begins_at_the_very_moment_ends_one_microsecond_later():
    """
    It cannot be withdrawn any more, and nothing that was overturned stays in force.
    """
    beginning: Line = ("02:00", act("a"), {"effective_at": "12:00"})
    entries = recorded(beginning, FILED)
    for version, draft in enumerate(deciding(beginning, FILED).drafts, start=3):
        told = {"recorded_at": at("12:00"), "effective_at": draft.effective_at}
        entries.append(entry_of(draft.event, draft.stream, version, operator="bob", **told))
    folded = account(entries)

    expected = Term(at("12:00"), at("12:00") + MICROSECOND, EndedBy.REVERSAL, "bob", 4)
    assert expected == term(folded, folded.actions["a"])


def test_of_history_a_decision_appends_no_reversal():
    """
    A source tells its reversal itself; who decided is not asked about.
    """
    over = event(deciding(HELD, FILED, by="ann", imported=True))

    assert isinstance(over, AppealDecided)
    assert (AppealOutcome.OVERTURNED, None) == (over.outcome, over.reversal)


def test_an_override_is_reviewed_by_another_operator():
    """
    The review closes the obligation, and says what was found.
    """
    review = event(reviewing(URGENT))

    assert isinstance(review, OverrideReviewed)
    assert ("a", OverrideOutcome.JUSTIFIED, "fire") == (
        review.action,
        review.outcome,
        review.statement,
    )
    assert review.authority is not None


REVIEWED = OverrideReviewed(action="a", outcome=OverrideOutcome.UNJUSTIFIED, statement="no fire")


@pytest.mark.parametrize(
    ("lines", "by", "expected"),
    [
        ([URGENT], "ann", ("another-operator", True, "ann")),
        ([URGENT], "owner", ("another-operator", True, "owner")),
        ([HELD], "bob", ("no-override", False, None)),
        (
            [URGENT, ("03:00", REVIEWED, {"operator": "lead"})],
            "bob",
            ("reviewed-already", False, "lead"),
        ),
    ],
)
def test_what_is_not_reviewed(lines, by, expected):
    """
    One's own act, an act that overrode nothing, and one whose review is on record.
    """
    assert expected == rule_of(reviewing, *lines, by=by)


def test_who_approved_an_act_does_not_review_it():
    """
    He had a part in it as much as who acted.
    """
    approved: list[Line] = [("01:00", ask(action="a")), ("02:00", approve(), {"operator": "bob"})]
    approved += [("02:00", act("a", verdicts=(OVERRIDDEN,), request="q", approved_by=("bob",)))]

    assert ("another-operator", True, "bob") == rule_of(reviewing, *approved)
    assert None is reviewing(*approved, by="lead").refusal
