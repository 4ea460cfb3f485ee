"""
What the decisions allow is what plain rules allow that were written by another hand.
"""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.moderation.account import Account, fold
from ledger.moderation.commands import command_from
from ledger.moderation.decisions import decide
from ledger.moderation.events.account import ActionReversed, ActionTaken
from tests.model import Model
from tests.moderation.decisions.desk import situation
from tests.strategies import ACCOUNT, NEAR, Step, grid, told_twice

SLOTS = [("suspend", None), ("suspend", "posts"), ("restrict", None), ("restrict", "dm")]
SLOTS += [("warn", None), ("terminate", None), ("revoke_credentials", None)]


@st.composite
def lines(draw: st.DrawFn, steps: list[Step]) -> dict[str, Any]:
    """
    Return a command by ann about account "x" with that history, allowed or not.
    """
    events = [step.entry.event for step in steps]
    actions = [event.action for event in events if isinstance(event, ActionTaken)]
    reversals = [event.reversal for event in events if isinstance(event, ActionReversed)]
    names = ["act", "reverse", "withdraw", "amend"] if actions else ["act"]
    line: dict[str, Any] = {"command": draw(st.sampled_from(names)), "by": "ann", "reason": "why"}
    time = st.none() | grid(0, 45)
    if line["command"] == "act":
        measure, scope = draw(st.sampled_from(SLOTS))
        line |= {"account": ACCOUNT, "measure": measure, "scope": scope, "action": "new"}
        line |= {"because_of": "own-initiative", "effective_at": draw(time)}
        line |= {"supersedes": draw(st.sampled_from([None, None, "unheard-of", *actions]))}
        return line | {"expires_at": draw(time)}
    if line["command"] == "withdraw":
        return line | {"id": draw(st.sampled_from([*actions, *reversals]))}
    line |= {"action": draw(st.sampled_from(actions))}
    if line["command"] == "reverse":
        return line | {"effective_at": draw(time)}
    return line | {"expires_at": draw(time)}


@settings(max_examples=300)
@given(st.data())
def test_rules_8_to_11_a_command_is_allowed_exactly_when_the_model_allows_it(data):
    """
    After any history and at any time, whether a command may be done is no matter of taste.
    """
    steps = data.draw(told_twice())
    line = data.draw(lines(steps))
    now = steps[-1].entry.recorded_at + timedelta(minutes=1)
    model = Model()
    for operator in ("ann", "bob"):
        model.record({"command": "enrol_operator", "operator": operator}, recorded_at=NEAR)
    for step in steps:
        model.record(step.fact, recorded_at=step.entry.recorded_at)
    account = fold(Account(ACCOUNT), [step.entry for step in steps])

    try:
        decision = decide(command_from(line), situation(line=line, account=account, now=now))
        family = decision.refusal and decision.refusal.family
    except LedgerError as error:
        family = error.family

    expected = model.would_refuse(line, now=now)
    assert (expected is None) == (family is None), (expected, family, line)
