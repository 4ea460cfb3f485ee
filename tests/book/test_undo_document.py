"""
What would have been and what an undo would do, as documents.
"""

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book.document import document
from ledger.forensics.replay import Replay
from ledger.forensics.undo import UndoAnswer
from ledger.moderation.moment import shortest
from ledger.timeline.plan import Fate, Plan
from tests.strategies import of

RESTS_ON = ["at", "known_at", "cut", "settled"]


@settings(max_examples=40)
@given(of(UndoAnswer))
def test_an_undo_has_the_contracts_fields(answer):
    """
    The plan with its lists, whether it was carried out, and the parent where it was.
    """
    told = document(answer)

    assert told == json.loads(msgspec.json.encode(told))
    assert ["plan", "applied", "parent", *RESTS_ON] == list(told)
    assert (answer.parent is not None, answer.parent) == (told["applied"], told["parent"])
    plan = told["plan"]
    lists = ["reversible", "pending", "restored", "ended", "irreversible", "changed_since"]
    assert ["digest", *RESTS_ON, "selection", *lists, "left"] == list(plan)
    assert (answer.plan.digest, shortest(answer.at)) == (plan["digest"], plan["at"])


@settings(max_examples=40)
@given(of(Plan))
def test_each_member_stands_in_the_list_of_its_fate(plan):
    """
    With the contract's four fields first, its term and what is said of it behind them.
    """
    told = document(plan)

    for fate in Fate:
        assert [m.action for m in plan.of(fate)] == [m["action"] for m in told[fate.value]]
    for member in (member for fate in Fate for member in told[fate.value]):
        fields = "action account measure operator from until ended_by by why superseded"
        assert fields.split() == list(member)
    assert sorted(plan.asked.operators) == told["selection"]["operators"]


@given(of(Replay), st.data())
def test_a_replay_has_the_contracts_fields(answer, data):
    """
    What was removed, and every difference with two standings as texts.
    """
    told = document(answer)

    assert told == json.loads(msgspec.json.encode(told))
    assert ["removed", "differences", *RESTS_ON] == list(told)
    assert [*answer.removed] == told["removed"]
    assert len(answer.differences) == len(told["differences"])
    if answer.differences:
        index = data.draw(st.integers(0, len(answer.differences) - 1))
        one, other = answer.differences[index], told["differences"][index]
        assert {
            "account": one.account,
            "from": shortest(one.from_),
            "until": one.until and shortest(one.until),
            "was": one.was.value,
            "would_have_been": one.would_have_been.value,
        } == other
