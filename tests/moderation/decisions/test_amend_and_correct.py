"""
Decisions about terms and records: amend says that the terms changed, correct that the record was
wrong.
"""

from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, Refused
from ledger.moderation.commands import UNCHANGED
from ledger.moderation.decisions import Decision
from ledger.moderation.events.account import ActionAmended, RecordCorrected
from ledger.moderation.operator import Operator
from tests.moderation.by_hand import Line, act, at, reverse, withdraw
from tests.moderation.decisions.desk import decided, event

HELD: Line = ("02:00", act("held", expires_at=at("20:00")))
PENDING: Line = ("03:00", act("pending", "lock"), {"effective_at": "15:00"})
ENDED: list[Line] = [("02:00", act("ended")), ("03:00", reverse("ended"), {"operator": "eve"})]


def amending(*lines: Line, imported: bool = False, **terms: Any) -> Decision:
    """
    Return the decision of bob, at noon, to change when an action expires.
    """
    told = {"command": "amend", "by": "bob", "action": "held", "reason": "reviewed"}
    return decided({**told, **terms}, *lines, imported=imported)


@pytest.mark.parametrize(
    ("lines", "terms", "expected"),
    [
        ([HELD], {"expires_at": None}, None),
        ([HELD], {"expires_at": "2017-11-02T12:00:00.000001Z"}, at("12:00").replace(microsecond=1)),
        ([HELD], {"expires_at": "2017-11-02T23:00Z"}, at("23:00")),
        ([PENDING], {"action": "pending", "expires_at": "2017-11-02T15:01Z"}, at("15:01")),
        (
            [HELD, ("03:00", reverse("held"), {"effective_at": "12:01"})],
            {"expires_at": "2017-11-02T23:00Z"},
            at("23:00"),
        ),
    ],
)
def test_rule_11_an_action_in_force_or_pending_is_amended(lines, terms, expected):
    """
    The expiry moves to a time to come, or is removed.
    """
    amended = event(amending(*lines, **terms))

    assert isinstance(amended, ActionAmended)
    assert expected == amended.expires_at


@pytest.mark.parametrize(
    ("lines", "terms", "family", "rule"),
    [
        ([HELD], {}, Malformed, None),
        ([HELD], {"expires_at": "2017-11-02T12:00Z"}, Malformed, None),
        ([HELD], {"expires_at": "2017-11-02T01:00Z"}, Malformed, None),
        ([PENDING], {"action": "pending", "expires_at": "2017-11-02T15:00Z"}, Malformed, None),
        (ENDED, {"action": "ended", "expires_at": None}, Refused, "ended-already"),
        (
            [("02:00", act("held", expires_at=at("12:00")))],
            {"expires_at": None},
            Refused,
            "ended-already",
        ),
        (
            [HELD, ("03:00", act("next"), {"effective_at": "11:00"})],
            {"expires_at": None},
            Refused,
            "ended-already",
        ),
        (
            [PENDING, ("04:00", withdraw("pending"))],
            {"action": "pending", "expires_at": None},
            Refused,
            "withdrawn-already",
        ),
        ([("02:00", act("held", "terminate"))], {"expires_at": None}, Refused, "irreversible"),
        (
            [("02:00", act("held", "revoke_credentials"))],
            {"expires_at": None},
            Refused,
            "irreversible",
        ),
    ],
)
def test_rule_11_what_has_no_term_left_is_not_amended(lines, terms, family, rule):
    """
    Nothing amended, an expiry that has passed, an action that is over: nothing is recorded.
    """
    with pytest.raises(LedgerError) as raised:
        amending(*lines, **terms)

    assert (family, rule) == (type(raised.value), getattr(raised.value, "rule", None))


def test_of_history_an_amendment_in_the_past_is_taken():
    """
    A source may change the expiry of what is over, to any time.
    """
    amended = event(amending(*ENDED, action="ended", expires_at="2017-01-01T00:00Z", imported=True))

    assert isinstance(amended, ActionAmended)
    with pytest.raises(Malformed, match="nothing is amended"):
        amending(HELD, imported=True)


def correcting(*lines: Line, subject: Operator | None = None, **terms: Any) -> Decision:
    """
    Return the decision of bob, at noon, to say what was right about a record.
    """
    told = {"command": "correct", "by": "bob", "reason": "typed wrong"}
    return decided({**told, **terms}, *lines, subject=subject)


@pytest.mark.parametrize(
    ("terms", "action", "effective_at", "operator"),
    [
        ({"id": "ended", "operator": "ann"}, "ended", None, "ann"),
        ({"id": "ended", "effective_at": "2017-11-02T01:00Z"}, "ended", at("01:00"), None),
        ({"id": "r-ended", "effective_at": "2017-11-02T04:00Z"}, "ended", at("04:00"), None),
        (
            {"id": "r-ended", "effective_at": "2017-11-02T04:00Z", "operator": "ann"},
            "ended",
            at("04:00"),
            "ann",
        ),
    ],
)
def test_rule_11_an_action_or_a_reversal_is_corrected(terms, action, effective_at, operator):
    """
    What was right is said; what is omitted was right already.
    """
    decision = correcting(*ENDED, subject=Operator("ann", version=3), **terms)
    corrected = event(decision)

    assert isinstance(corrected, RecordCorrected)
    assert (terms["id"], terms["id"]) == (decision.result, corrected.corrects)
    assert (action, effective_at, operator) == (
        corrected.action,
        corrected.effective_at,
        corrected.operator,
    )
    assert ("operator/bob@1", "operator/ann@3") == corrected.relied_on


def test_rule_11_a_correction_that_corrects_nothing_is_malformed():
    """
    Neither time nor operator: the message names both.
    """
    with pytest.raises(Malformed, match="nothing is corrected") as raised:
        correcting(*ENDED, id="ended")

    assert "effective_at or operator" == raised.value.expected
    assert "unchanged" == UNCHANGED.value


SHAPE = {"measure": "restrict", "supersedes": "unheard-of"}
NAME = {"supersedes": "unheard-of"}
ACT = {"command": "act", "measure": "suspend", "account": "x", "reason": "spam", "by": "gone"}


@pytest.mark.parametrize(
    ("terms", "family"),
    [
        ({**SHAPE, "because_of": ["unheard-of"]}, "Malformed"),
        ({**NAME, "because_of": ["unheard-of"]}, "NotFound"),
        ({"because_of": "own-initiative"}, "Refused"),
    ],
)
def test_rule_16_shape_is_judged_before_names_and_names_before_history(terms, family):
    """
    With every fault at once, the first that is met writes nothing and says its own family.
    """
    with pytest.raises(LedgerError) as raised:
        decided({**ACT, **terms}, HELD)

    assert family == raised.value.family
    assert not getattr(raised.value, "recorded", False)


def test_rule_16_authority_is_judged_last():
    """
    Only where nothing else is wrong is the operator's authority asked, and its refusal recorded.
    """
    decision = decided({**ACT, "because_of": "own-initiative"})

    assert decision.refusal is not None
    assert decision.refusal.recorded


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ({"command": "reverse", "action": "ended"}, "already-reversed"),
        ({"command": "withdraw", "id": "ended"}, "in-effect-already"),
        ({"command": "amend", "action": "ended", "expires_at": None}, "ended-already"),
    ],
)
def test_rule_16_history_is_judged_before_authority(line, rule):
    """
    Whoever has left and reverses, withdraws or amends what is over is told that it is over.
    """
    with pytest.raises(Refused) as raised:
        decided({**line, "reason": "why", "by": "gone"}, *ENDED)

    assert (rule, False) == (raised.value.rule, raised.value.recorded)
