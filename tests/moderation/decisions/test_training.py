"""
Decisions about trainings: what an operator completed, until when it counts, and what asks for it.
"""

from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.moderation.decisions import Decision
from ledger.moderation.events import kind_of
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.events.operator import TrainingMarked, TrainingRevoked
from ledger.moderation.operator import Operator, authority, fold
from tests.moderation.by_hand import Line, at, recorded
from tests.moderation.decisions.desk import HUMAN, adopted, decided, event

MARKED: Line = ("01:00", TrainingMarked(training="appeals"))
EXPIRING: Line = ("02:00", TrainingMarked(training="minors", expires_at=at("12:00")))


def training(command: str = "mark", operator: str = "bob", **terms: Any) -> Decision:
    """
    Return the decision of root, at noon, about the training "appeals".
    """
    line = {"command": f"{command}_training", "operator": operator, "training": "appeals"}
    return decided({**line, "by": "root", **terms})


def staff(*lines: Line) -> Operator:
    """
    Return an operator, enrolled at midnight, after those lines.
    """
    return fold(Operator("bob"), recorded(("00:00", HUMAN), *lines, stream="operator/bob"))


def test_a_training_is_marked_with_when_it_was_and_until_when_it_counts():
    """
    For ever where no end is said; as of when it was, also where that is found out late.
    """
    told = {"expires_at": "2017-11-03T00:00Z", "effective_at": "2017-11-02T09:00Z"}
    (draft,) = training(reason="course of May", **told).drafts

    expected = TrainingMarked(training="appeals", expires_at=at("24:00"), reason="course of May")
    assert (expected, at("09:00")) == (draft.event, draft.effective_at)
    assert TrainingMarked(training="appeals") == event(training())


@pytest.mark.parametrize(
    "terms",
    [
        {"expires_at": "2017-11-02T12:00Z"},
        {"expires_at": "2017-11-02T13:00Z", "effective_at": "2017-11-02T13:00Z"},
    ],
)
def test_a_training_that_would_never_count_is_malformed(terms):
    """
    It expires after it begins to count.
    """
    with pytest.raises(Malformed) as raised:
        training(**terms)

    assert "expires_at" == raised.value.where


def test_a_training_may_be_marked_again():
    """
    It was repeated: the entry stands, and the later one says until when.
    """
    again = event(training(operator="trained", expires_at="2017-11-02T13:00Z"))

    assert isinstance(again, TrainingMarked)


def test_only_what_counts_is_revoked():
    """
    Else nothing is recorded, unless an id must be.
    """
    revoked = training("revoke", "trained", reason="failed the test")
    nothing = training("revoke", "bob")

    assert TrainingRevoked(training="appeals", reason="failed the test") == event(revoked)
    assert ("bob", ()) == (nothing.result, nothing.drafts)
    assert isinstance(event(training("revoke", "bob", request_id="q")), TrainingRevoked)


@pytest.mark.parametrize("command", ["mark", "revoke"])
def test_rule_17_it_takes_an_admin(command):
    """
    Nobody marks himself as trained without the role; the attempt is on record.
    """
    decision = training(command, "trained", by="trained")

    assert decision.refusal is not None
    assert "operator.command_refused" == kind_of(event(decision))


@pytest.mark.parametrize(
    ("lines", "time", "expected"),
    [
        ([MARKED], "00:59", ()),
        ([MARKED], "01:00", ("appeals",)),
        ([MARKED, EXPIRING], "11:59", ("appeals", "minors")),
        ([MARKED, EXPIRING], "12:00", ("appeals",)),
        ([EXPIRING, ("03:00", TrainingMarked(training="minors"))], "12:00", ("minors",)),
        (
            [("03:00", TrainingMarked(training="minors")), ("04:00", EXPIRING[1])],
            "12:00",
            (),
        ),
        ([MARKED, ("05:00", TrainingRevoked(training="appeals"))], "04:59", ("appeals",)),
        ([MARKED, ("05:00", TrainingRevoked(training="appeals"))], "05:00", ()),
        ([MARKED, ("05:00", TrainingRevoked(training="other"))], "05:00", ("appeals",)),
        (
            [MARKED, ("05:00", TrainingRevoked(training="appeals"), {"effective_at": "00:30"})],
            "12:00",
            ("appeals",),
        ),
    ],
)
def test_trainings_are_a_function_of_the_moment(lines, time, expected):
    """
    Half-open, by effective time; the last mark says until when, whatever one before it said.
    """
    assert expected == authority(staff(*lines), at(time)).trainings


@pytest.mark.parametrize(("by", "is_stopped"), [("trained", False), ("bob", True)])
def test_a_safeguard_asks_for_a_training(by, is_stopped):
    """
    The act says which trainings counted; without it the act is refused, and says which is lacking.
    """
    policy = adopted({"safeguards": [{"rule": "training-required", "trainings": ["appeals"]}]})
    line = {"command": "act", "measure": "warn", "account": "x", "by": by, "reason": "spam"}
    decision = decided({**line, "because_of": "own-initiative"}, **policy)
    taken = event(decision)

    assert is_stopped == (decision.refusal is not None)
    if isinstance(taken, ActionTaken):
        assert taken.authority is not None
        assert ("appeals",) == taken.authority.trainings
    else:
        assert "'appeals'" in str(decision.refusal)
