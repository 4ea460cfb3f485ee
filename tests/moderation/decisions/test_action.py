"""
Decisions about actions: act, reverse, withdraw; what is allowed, and what is forbidden and why.
"""

from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, NotFound, Refused
from ledger.moderation.decisions import Decision
from ledger.moderation.events.account import ActionReversed, ActionTaken, ReportFiled
from ledger.moderation.vocabulary import BUILT_IN
from tests.moderation.by_hand import (
    Line,
    act,
    at,
    reverse,
    withdraw,
    withdraw_reversal,
)
from tests.moderation.decisions.desk import decided, event

FILED: Line = ("01:00", ReportFiled(report="r", category="c", source="s", filed_at=at("00:00")))
HELD: Line = ("02:00", act("held", expires_at=at("20:00")))
SCHEDULED: list[Line] = [HELD, ("03:00", reverse("held"), {"effective_at": "19:00"})]
PENDING: Line = ("03:00", act("pending", "lock"), {"effective_at": "15:00"})


def acting(*lines: Line, imported: bool = False, **terms: Any) -> Decision:
    """
    Return the decision of ann, at noon, to suspend account "x".
    """
    told = {"measure": "suspend", "account": "x", "because_of": "own-initiative", "reason": "spam"}
    return decided({"command": "act", "by": "ann", **told, **terms}, *lines, imported=imported)


def stopped(decide: Any, *lines: Line, **terms: Any) -> LedgerError:
    """
    Return the error of a decision that records nothing.
    """
    with pytest.raises(LedgerError) as raised:
        decide(*lines, **terms)
    assert not getattr(raised.value, "recorded", False)
    return raised.value


def refusal(decide: Any, *lines: Line, **terms: Any) -> tuple[str, str | None, str | None]:
    """
    Return rule, operator and time of the refusal of a decision that records nothing.
    """
    error = stopped(decide, *lines, **terms)
    assert isinstance(error, Refused)
    return error.rule, error.by, error.at_time


@pytest.mark.parametrize("measure", [*BUILT_IN], ids=lambda measure: measure.name)
def test_an_act_says_what_its_measure_meant(measure):
    """
    Inverse, effect and holding are written into the event, so that no vocabulary is needed later.
    """
    taken = event(acting(measure=measure.name, scope="posts"))

    assert isinstance(taken, ActionTaken)
    assert (measure.inverse, measure.effect, measure.holding) == (
        taken.inverse,
        taken.effect,
        taken.holding,
    )
    assert ("posts", "spam", "own-initiative") == (taken.scope, taken.reason, taken.because_of)


def test_an_act_now_is_asked_decided_and_effective_now():
    """
    Without times there is one moment, and authority is stored once.
    """
    (draft,) = acting().drafts
    taken = draft.event

    assert isinstance(taken, ActionTaken)
    assert at("12:00") == draft.effective_at == taken.requested_at
    assert taken.authority is not None
    assert (True, None) == (taken.authority.permitted, taken.authority_at_request)


def test_rule_13_an_act_that_was_asked_for_earlier_stores_both_authorities():
    """
    What the operator was entitled to at the request stands beside what he was at the act.
    """
    taken = event(acting(requested_at="2017-11-02T09:00Z", effective_at="2017-11-02T15:00Z"))

    assert isinstance(taken, ActionTaken)
    assert at("09:00") == taken.requested_at
    assert taken.authority == taken.authority_at_request


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"effective_at": "2017-11-02T10:59Z"}, "starts at"),
        ({"requested_at": "2017-11-02T10:59Z"}, "starts at"),
        ({"effective_at": "2017-11-02T11:00Z"}, None),
        ({"effective_at": "2017-11-03T11:00Z"}, None),
    ],
)
def test_rule_13_authority_is_checked_at_every_time_that_has_come(terms, why):
    """
    Nobody acts for a time at which he was not there; a time to come is judged when it comes.
    """
    decision = acting(by="newcomer", **terms)

    assert (why is None) == (decision.refusal is None)
    assert why is None or why in str(decision.refusal)


@pytest.mark.parametrize(
    ("terms", "where"),
    [
        ({"measure": "banish"}, "measure"),
        ({"measure": "unsuspend"}, "measure"),
        ({"measure": "restrict"}, "scope"),
        ({"measure": "take_down"}, "scope"),
        ({"requested_at": "2017-11-02T12:00:00.000001Z"}, "requested_at"),
        ({"expires_at": "2017-11-02T12:00Z"}, "expires_at"),
        ({"expires_at": "2017-11-02T09:00Z"}, "expires_at"),
        (
            {"effective_at": "2017-11-02T15:00Z", "expires_at": "2017-11-02T15:00Z"},
            "expires_at",
        ),
        ({"measure": "terminate", "expires_at": "2017-11-03T09:00Z"}, "expires_at"),
    ],
)
def test_rule_9_contradictory_terms_are_malformed(terms, where):
    """
    An unknown measure, a missing scope, an expiry at or before the effect: nothing is written.
    """
    error = stopped(acting, **terms)

    assert (Malformed, where) == (type(error), error.where)


@pytest.mark.parametrize(
    ("terms", "where"),
    [
        ({"because_of": ["r", "unheard-of"]}, "because_of"),
        ({"supersedes": "unheard-of"}, "supersedes"),
    ],
)
def test_rule_16_what_an_act_names_must_be_on_record(terms, where):
    """
    A report or an action that the account does not have is not found.
    """
    error = stopped(acting, FILED, **terms)

    assert (NotFound, where) == (type(error), error.where)


def test_rule_8_a_slot_that_is_held_is_refused_and_the_holder_named():
    """
    Who holds it, since when, and what would work.
    """
    error = stopped(acting, HELD)

    assert isinstance(error, Refused)
    assert ("in-force-already", "held", "ann", "2017-11-02T02:00:00Z") == (
        error.rule,
        error.action,
        error.by,
        error.at_time,
    )
    assert "supersedes='held', or to reverse it first" == error.expected


@pytest.mark.parametrize(
    ("lines", "terms"),
    [
        ([HELD], {"supersedes": "held"}),
        ([HELD], {"scope": "posts"}),
        ([HELD], {"measure": "lock"}),
        ([HELD], {"measure": "warn"}),
        ([HELD], {"effective_at": "2017-11-02T20:00Z"}),
        ([HELD], {"effective_at": "2017-11-02T01:59Z"}),
        ([HELD, ("03:00", reverse("held"))], {}),
        ([PENDING], {"measure": "lock"}),
        ([("02:00", act("w", "warn"))], {"measure": "warn"}),
    ],
)
def test_rule_8_a_slot_that_is_free_at_the_effective_time_is_taken(lines, terms):
    """
    Superseding by name, another scope or measure, a time before or behind: all are allowed.
    """
    assert isinstance(event(acting(*lines, **terms)), ActionTaken)


@pytest.mark.parametrize(
    ("terms", "holder"),
    [
        ({"supersedes": "pending"}, "held"),
        ({"supersedes": "held", "scope": "posts"}, None),
        ({"supersedes": "held", "measure": "warn"}, None),
        ({"supersedes": "held", "effective_at": "2017-11-02T20:00Z"}, None),
    ],
)
def test_rule_8_only_what_holds_the_slot_can_be_superseded(terms, holder):
    """
    Naming another action than the one in force is refused, and the right one is named.
    """
    error = stopped(acting, HELD, PENDING, **terms)

    assert isinstance(error, Refused)
    assert ("not-in-force", holder) == (error.rule, error.action)


def test_an_import_supersedes_without_saying_so():
    """
    A source's block over one still in force happened, whatever would be allowed today.
    """
    terms: dict[str, Any] = {"expires_at": "2017-11-02T09:00Z", "requested_at": "2018-01-01T00:00Z"}

    assert isinstance(event(acting(HELD, imported=True, **terms)), ActionTaken)
    with pytest.raises(Malformed):
        acting(imported=True, measure="banish")
    with pytest.raises(NotFound):
        acting(imported=True, because_of=["unheard-of"])


def reversing(*lines: Line, action: str = "held", **terms: Any) -> Decision:
    """
    Return the decision of bob, at noon, to reverse an action.
    """
    told = {"command": "reverse", "by": "bob", "action": action, "reason": "error"}
    return decided({**told, **terms}, *lines)


@pytest.mark.parametrize(
    ("lines", "terms", "expected"),
    [
        (
            [HELD, ("03:00", reverse("held"), {"operator": "eve"})],
            {},
            ("already-reversed", "eve", "2017-11-02T03:00:00Z"),
        ),
        (
            [HELD, ("03:00", reverse("held"), {"effective_at": "19:00"})],
            {},
            ("already-reversed", "ann", "2017-11-02T19:00:00Z"),
        ),
        ([PENDING], {"action": "pending"}, ("before-effect", None, None)),
        ([HELD], {"effective_at": "2017-11-02T02:00Z"}, ("before-effect", None, None)),
        (
            [HELD],
            {"effective_at": "2017-11-02T20:00Z"},
            ("ended-already", None, "2017-11-02T20:00:00Z"),
        ),
        (
            [HELD, ("05:00", act("next"), {"operator": "eve"})],
            {},
            ("ended-already", "eve", "2017-11-02T05:00:00Z"),
        ),
        (
            [PENDING, ("04:00", withdraw("pending"), {"operator": "eve"})],
            {"action": "pending"},
            ("withdrawn-already", "eve", "2017-11-02T04:00:00Z"),
        ),
        ([("02:00", act("t", "terminate"))], {"action": "t"}, ("irreversible", None, None)),
        (
            [("02:00", act("c", "revoke_credentials"))],
            {"action": "c"},
            ("irreversible", None, None),
        ),
        (
            [("02:00", act("held", reversible_until=at("11:59")))],
            {},
            ("irreversible", None, "2017-11-02T11:59:00Z"),
        ),
    ],
)
def test_rule_10_a_reversal_that_reverses_nothing_is_refused_and_the_cause_named(
    lines, terms, expected
):
    """
    Reversed or withdrawn already, not yet begun, over by then, or irreversible: by whom and when.
    """
    assert expected == refusal(reversing, *lines, **terms)


def test_rule_10_before_the_effect_the_way_is_to_withdraw():
    """
    The message names what would work.
    """
    assert "withdraw" in str(stopped(reversing, PENDING, action="pending").expected)


@pytest.mark.parametrize(
    ("lines", "terms"),
    [
        ([HELD], {"effective_at": "2017-11-02T02:00:00.000001Z"}),
        ([HELD], {"effective_at": "2017-11-02T19:59:59.999999Z"}),
        ([*SCHEDULED, ("04:00", withdraw_reversal("held"))], {}),
        ([PENDING], {"action": "pending", "effective_at": "2017-11-02T15:01Z"}),
        ([("02:00", act("held", reversible_until=at("12:00")))], {}),
    ],
)
def test_rule_10_what_is_in_force_at_that_time_is_reversed(lines, terms):
    """
    Strictly behind the start and strictly before the end, once, the inverse chosen by the ledger.
    """
    decision = reversing(*lines, **terms)
    reversal = event(decision)

    assert isinstance(reversal, ActionReversed)
    taken = lines[0][1]
    assert ("made-id", taken.action, taken.inverse) == (
        decision.result,
        reversal.action,
        reversal.inverse,
    )


def withdrawing(*lines: Line, name: str = "pending") -> Decision:
    """
    Return the decision of bob, at noon, to withdraw an action or a reversal.
    """
    return decided({"command": "withdraw", "by": "bob", "id": name, "reason": "mistaken"}, *lines)


@pytest.mark.parametrize(
    ("lines", "name", "expected"),
    [
        ([HELD], "held", ("in-effect-already", None, "2017-11-02T02:00:00Z")),
        (
            [("03:00", act("pending"), {"effective_at": "12:00"})],
            "pending",
            ("in-effect-already", None, "2017-11-02T12:00:00Z"),
        ),
        (
            [PENDING, ("04:00", withdraw("pending"))],
            "pending",
            ("withdrawn-already", "ann", "2017-11-02T04:00:00Z"),
        ),
        (
            [HELD, ("03:00", reverse("held"))],
            "r-held",
            ("in-effect-already", None, "2017-11-02T03:00:00Z"),
        ),
        (
            [*SCHEDULED, ("04:00", withdraw_reversal("held"))],
            "r-held",
            ("withdrawn-already", "ann", "2017-11-02T04:00:00Z"),
        ),
    ],
)
def test_rule_10_withdrawing_is_refused_after_the_effect(lines, name, expected):
    """
    What took effect, to the very moment, is reversed or acted anew, not withdrawn.
    """
    assert expected == refusal(withdrawing, *lines, name=name)


def test_rule_10_a_deferred_action_and_a_scheduled_reversal_are_withdrawn():
    """
    Before their effect both can be taken back, and the id of what was withdrawn is returned.
    """
    assert ["pending", "r-held"] == [
        withdrawing(PENDING).result,
        withdrawing(*SCHEDULED, name="r-held").result,
    ]
