"""
The decision to approve: whose approval counts, when the act is granted, and what it then says.
"""

from datetime import timedelta
from typing import Any

import pytest

from ledger.errors import Refused
from ledger.moderation.decisions import Decision
from ledger.moderation.events import Context, Outcome, kind_of
from ledger.moderation.events.account import (
    AccountProtected,
    ActionTaken,
    ReportFiled,
    ReportOutcome,
    ReportResolved,
)
from ledger.moderation.events.request import Need, RequestApproved
from ledger.moderation.moment import MICROSECOND
from tests.moderation.by_hand import Line, act, approve, ask, at, hand_over, reverse
from tests.moderation.decisions.desk import adopted, decided

BOB: Line = ("03:00", approve(), {"operator": "bob"})
LEAD: Line = ("03:10", approve("lead"), {"operator": "lead"})
FILED: Line = ("01:00", ReportFiled(report="r", category="c", source="s", filed_at=at("00:00")))
CLOSED: Line = ("04:00", ReportResolved(report="r", outcome=ReportOutcome.INVALID))


def needing(*needs: tuple[int, str | None], **terms: Any) -> Line:
    """
    Return the line of a request that needs so many approvals, each by holders of a role or anyone.
    """
    asked = tuple(
        Need(safeguard="two-person", approvals=approvals, role=role) for approvals, role in needs
    )
    return ("02:00", ask(needs=asked, **terms))


ONE, TWO = needing((1, None)), needing((2, None))


def two_person(*approvals: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """
    Return a policy that asks for approvals and nothing else.
    """
    return {"safeguards": [{"rule": "two-person", "approvals": [*approvals], **terms}]}


def approving(*lines: Line, by: str = "root", **changes: Any) -> Decision:
    """
    Return the decision about an approval of request "q" at noon.
    """
    return decided({"command": "approve", "request": "q", "by": by}, *lines, **changes)


def granted(*lines: Line, **changes: Any) -> ActionTaken | None:
    """
    Return the act that an approval granted; None where it was one of several that are needed.
    """
    decision = approving(*lines, **changes)
    assert None is decision.refusal
    given, *others = decision.drafts
    assert isinstance(given.event, RequestApproved)
    taken = others[0].event if others else None
    assert taken is None or isinstance(taken, ActionTaken)
    return taken


def rule_of(*lines: Line, **changes: Any) -> tuple[str, bool, str | None]:
    """
    Return the rule that refuses an approval, whether that is recorded, and who stands in its way.
    """
    try:
        refusal = approving(*lines, **changes).refusal
    except Refused as error:
        refusal = error
    assert refusal is not None
    return refusal.rule, refusal.recorded, refusal.by


def test_the_last_approval_grants_the_act_in_the_same_transaction():
    """
    The approval by whoever gave it, and behind it the act by whoever asked, under the id it was to
    have; the reports that it closes are closed with it.
    """
    asked: Line = ("02:00", ask(closes=("r",), because_of=("r",), scope="posts"))
    decision = approving(FILED, asked)

    given, taken, closed = (draft.event for draft in decision.drafts)
    assert ["root", "ann", "ann"] == [draft.operator for draft in decision.drafts]
    assert ["account/x"] * 3 == [draft.stream for draft in decision.drafts]
    assert isinstance(given, RequestApproved)
    assert isinstance(taken, ActionTaken)
    assert isinstance(closed, ReportResolved)
    assert ("q", "q", "granted") == (given.request, taken.request, decision.result)
    assert ("granted", "posts", ("r",)) == (taken.action, taken.scope, taken.because_of)
    assert ("r", ReportOutcome.ACTIONED, "granted") == (
        closed.report,
        closed.outcome,
        closed.action,
    )


def test_an_approval_that_is_not_the_last_one_is_recorded_alone():
    """
    It returns the request; the next one, by somebody else, grants the act and names both.
    """
    first, last = approving(TWO, by="bob"), granted(TWO, BOB)

    assert ["account.request_approved"] == [kind_of(draft.event) for draft in first.drafts]
    assert "q" == first.result
    assert last is not None
    assert ("bob", "root") == last.approved_by


@pytest.mark.parametrize(
    ("wanted", "effective"),
    [(None, "12:00"), ("11:00", "12:00"), ("12:00", "12:00"), ("15:00", "15:00")],
)
def test_rule_13_the_act_takes_effect_when_wanted_or_with_the_last_approval(wanted, effective):
    """
    Whichever is later.
    """
    asked: Line = ("02:00", ask(effective_at=at(wanted) if wanted else None))
    _, taken = approving(asked).drafts

    assert at(effective) == taken.effective_at


def test_rule_13_the_act_stores_authority_at_the_request_and_now():
    """
    Both of the operator who asked; roles and times are those of each moment.
    """
    asked = ask(authority=approve("support").authority, requested_at=at("01:00"))
    taken = granted(("02:00", asked))

    assert taken is not None
    assert (at("01:00"), asked.authority) == (taken.requested_at, taken.authority_at_request)
    assert taken.authority is not None
    assert ((), True) == (taken.authority.roles, taken.authority.permitted)
    assert ("operator/root@1", "operator/ann@1") == taken.relied_on


def test_the_act_keeps_what_surrounded_its_request():
    """
    Session, flow and principal are those of the wish; its digest stays with the request alone.
    """
    context = Context(correlation_id="c", digest="d", on_behalf_of="p", session="s", source_id="i")
    taken = granted(("02:00", ask(context=context)))

    assert taken is not None
    assert Context(correlation_id="c", on_behalf_of="p", session="s") == taken.context


@pytest.mark.parametrize(
    ("lines", "by"),
    [
        ([ONE], "ann"),
        ([ONE, ("03:00", hand_over("q", "bob"))], "ann"),
        ([ONE, ("03:00", hand_over("q", "bob"))], "bob"),
        ([ONE], "owner"),
    ],
)
def test_nobody_approves_what_is_his_own(lines, by):
    """
    Not who asked, nor who answers for it since, nor whose account it is: the attempt is recorded.
    """
    decision = approving(*lines, by=by)

    assert decision.refusal is not None
    assert ("approver", True) == (decision.refusal.rule, decision.refusal.recorded)
    (draft,) = decision.drafts
    assert "account.command_refused" == kind_of(draft.event)
    assert "another operator" in str(decision.refusal.expected)


def test_who_answered_for_a_request_once_may_approve_it_when_another_one_does():
    """
    It went from ann to bob and on to lead: bob is neither who asked nor who answers for it.
    """
    handed: list[Line] = [("03:00", hand_over("q", "bob")), ("03:30", hand_over("q", "lead"))]
    decision = approving(ONE, *handed, by="bob")

    assert ["bob", "lead"] == [draft.operator for draft in decision.drafts]


def test_an_approval_by_who_answers_for_it_now_does_not_count():
    """
    Bob approved, and then the request was handed over to him: another approval is needed.
    """
    handed: Line = ("04:00", hand_over("q", "bob"))
    two, three = granted(TWO, BOB, handed), granted(TWO, BOB, handed, LEAD)

    assert None is two
    assert three is not None
    assert ("lead", "root") == three.approved_by


def test_rule_16_an_operator_approves_once():
    """
    A second approval that adds nothing is refused and writes nothing.
    """
    assert ("approved-already", False, "bob") == rule_of(TWO, BOB, by="bob")


def lasting(lapses_at: str) -> Line:
    """
    Return bob's approval until a time of the day.
    """
    return ("03:00", approve(lapses_at=lapses_at), {"operator": "bob"})


def test_an_approval_that_lapsed_does_not_count():
    """
    At the very moment it is over, and may be given again; both stay on record.
    """
    in_time = granted(TWO, lasting("12:01"))
    assert None is granted(TWO, lasting("12:00"))
    again = granted(TWO, lasting("12:00"), LEAD, by="bob")

    assert in_time is not None
    assert ("bob", "root") == in_time.approved_by
    assert again is not None
    assert {"bob", "lead"} == set(again.approved_by)


@pytest.mark.parametrize(
    ("safeguards", "lapses"),
    [
        ([{"approval_lasts": "30m"}], timedelta(minutes=30)),
        (
            [{"approval_lasts": "30m"}, {"approval_lasts": "10m", "name": "b"}],
            timedelta(minutes=10),
        ),
        ([{"approval_lasts": "30m"}, {"name": "b"}], timedelta(minutes=30)),
        ([{"approval_lasts": "30m", "measures": ["lock"]}], None),
        ([{}], None),
    ],
)
def test_how_long_an_approval_counts_is_said_when_it_is_given(safeguards, lapses):
    """
    The shortest time that a safeguard which concerns the act asks for; else as the request does.
    """
    told = [{"rule": "two-person", "approvals": [{"approvals": 2}], **each} for each in safeguards]
    given = approving(TWO, **adopted({"safeguards": told})).drafts[0].event

    assert isinstance(given, RequestApproved)
    assert (None if lapses is None else at("12:00") + lapses) == given.lapses_at


LEADS = needing((1, "lead"), (1, None))


@pytest.mark.parametrize(
    ("lines", "by", "is_granted"),
    [
        ([LEADS], "lead", False),
        ([LEADS, LEAD], "lead-2", True),
        ([LEADS, LEAD], "bob", True),
        ([LEADS, BOB], "lead", True),
        ([LEADS, BOB], "root", False),
        ([needing((2, "lead")), LEAD], "bob", False),
        ([needing((2, "lead")), LEAD], "lead-2", True),
        ([needing((1, "lead"), (1, "lead")), LEAD], "lead-2", True),
        ([needing((1, "lead"), (1, "legal")), LEAD], "lead-2", False),
        ([needing((1, "lead"))], "bob", False),
    ],
)
def test_every_factor_is_served_by_operators_of_its_own(lines, by, is_granted):
    """
    A holder of the role serves its factor or the one that is open to anyone, and never both.
    """
    assert is_granted == (granted(*lines, by=by) is not None)


def test_who_counts_by_a_role_held_it_when_he_approved():
    """
    The roles that an approval counts by are the ones that it says.
    """
    without: Line = ("03:10", approve(), {"operator": "lead"})

    assert None is granted(LEADS, without, by="bob")
    assert granted(LEADS, LEAD, by="bob") is not None


@pytest.mark.parametrize(
    ("asked", "policy", "is_granted"),
    [
        (ONE, two_person({"approvals": 2}), False),
        (ONE, two_person({}), True),
        (ONE, two_person({"role": "lead"}), False),
        (TWO, {}, False),
        (TWO, two_person({}), False),
        (ONE, two_person({"approvals": 2}, measures=["lock"]), True),
        (ONE, two_person({"approvals": 2}, tiers=["press"]), False),
        (ONE, two_person({"approvals": 2}, tiers=["city"]), True),
    ],
)
def test_neither_tightening_nor_loosening_lets_an_act_through_with_fewer(asked, policy, is_granted):
    """
    What the request was to have and what is asked for now: both must hold.
    """
    protected: Line = ("02:30", AccountProtected(tier="press", reason="journalist"))

    assert is_granted == (granted(asked, protected, **adopted(policy)) is not None)


def test_one_approval_serves_the_request_and_the_policy_in_force():
    """
    Of one safeguard an approval serves one need; another safeguard counts it again.
    """
    taken = granted(ONE, LEAD, **adopted(two_person({"role": "lead"}, {"approvals": 1})))

    assert taken is not None
    assert ("lead", "root") == taken.approved_by
    assert [("authority", "passed"), ("two-person", "passed")] == [
        (verdict.name, verdict.outcome) for verdict in taken.verdicts
    ]


def test_safeguards_are_asked_again_with_the_last_approval():
    """
    Of who asked, under the policy in force now; the attempt is recorded, and no approval is.
    """
    policy = adopted({"safeguards": [{"rule": "role-required", "roles": ["support"]}]})

    assert ("role-required", True, "root") == rule_of(ONE, **policy)
    assert 1 == len(approving(ONE, **policy).drafts)
    # Not the last one: the act is not considered yet.
    assert None is approving(TWO, **policy).refusal


def test_what_a_request_overrides_stays_overridden_and_is_said():
    """
    Breaking the glass is not asked of the approvers; the approvals are needed all the same.
    """
    document = {
        "safeguards": [{"rule": "ground-required"}, *two_person({"approvals": 2})["safeguards"]],
        "break_glass": {"roles": ["lead"]},
    }
    asked: Line = ("02:00", ask(override="life in danger"), {"operator": "lead"})
    taken = granted(asked, BOB, **adopted(document))

    assert None is granted(asked, **adopted(document))
    assert taken is not None
    assert "life in danger" == taken.override
    assert [Outcome.PASSED, Outcome.OVERRIDDEN, Outcome.PASSED] == [
        verdict.outcome for verdict in taken.verdicts
    ]


def test_cooling_off_counts_from_the_request():
    """
    What was asked for ten hours ago has waited; what takes effect later may be granted before.
    """
    document = {"safeguards": [{"rule": "cooling-off", "wait": "10h"}]}
    longer = {"safeguards": [{"rule": "cooling-off", "wait": "11h"}]}
    deferred: Line = ("02:00", ask(effective_at=at("13:00")))

    assert granted(ONE, **adopted(document)) is not None
    assert "cooling-off" == rule_of(ONE, **adopted(longer))[0]
    assert granted(deferred, **adopted(longer)) is not None


@pytest.mark.parametrize("keeper", ["gone", "barred"])
def test_nothing_is_granted_to_who_may_not_act_any_more(keeper):
    """
    He left, or was barred: the attempt is recorded, and names the way out.
    """
    asked: Line = ("02:00", ask(), {"operator": keeper})
    refusal = approving(asked).refusal
    handed: Line = ("03:00", hand_over("q", "bob"))

    assert refusal is not None
    assert ("authority", True) == (refusal.rule, refusal.recorded)
    assert keeper in str(refusal)
    assert "hand_over" in str(refusal.expected)
    assert "bob" == approving(asked, handed).drafts[1].operator


HELD: Line = ("04:00", act("held"), {"operator": "eve"})


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ([ONE, HELD], ("in-force-already", False, "eve")),
        ([("02:00", ask(supersedes="held"))], ("not-in-force", False, None)),
        ([needing((1, None), expires_at=at("12:00"))], ("ended-already", False, None)),
        ([FILED, ("02:00", ask(closes=("r",))), CLOSED], ("resolved-already", False, None)),
    ],
)
def test_rule_16_what_the_history_does_not_allow_any_more_writes_nothing(lines, rule):
    """
    The slot was taken meanwhile, what it supersedes is over, it would have ended, or a report that
    it closes is closed: the request stays as it was.
    """
    assert rule == rule_of(*lines)


def test_a_slot_that_is_free_again_is_taken():
    """
    And one that is held until then, where the act takes effect later.
    """
    over: list[Line] = [HELD, ("05:00", reverse("held"))]
    expiring: Line = ("04:00", act("held", expires_at=at("13:00")))
    later: Line = ("02:00", ask(effective_at=at("13:00")))

    assert granted(ONE, *over) is not None
    assert granted(later, expiring) is not None


def test_nothing_is_granted_after_the_request_lapsed():
    """
    Whatever approvals it has; at the microsecond before, it is.
    """
    asked = needing((1, None), lapses_at=at("12:00"))

    assert ("lapsed-already", False, None) == rule_of(asked)
    assert granted(asked, now=at("12:00") - MICROSECOND) is not None


def test_of_history_an_approval_grants_what_it_was_the_last_one_of():
    """
    No safeguard is asked and no authority stored with the act, whoever approved.
    """
    decision = approving(ONE, HELD, by="gone", imported=True)
    _, taken = decision.drafts

    assert isinstance(taken.event, ActionTaken)
    assert (None, ()) == (taken.event.authority, taken.event.verdicts)
    assert 1 == len(approving(TWO, by="bob", imported=True).drafts)
