"""
Backtests over a ledger: which acts a policy would have stopped, and what became of those.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger import Ledger, Malformed
from ledger.book.document import document
from ledger.cli.story import ACCOUNT, ACTION, played
from ledger.moderation.moment import moment
from tests.conftest import file_report, take_action

EXAMPLE = Path(__file__).parents[2] / "examples/policies/heads_of_state.toml"
GROUND = {"rule": "ground-required"}


def asking(*safeguards: dict[str, Any]) -> dict[str, object]:
    """
    Return a policy of those safeguards.
    """
    return {"policy": 1} | ({"safeguards": list(safeguards)} if safeguards else {})


def outcomes(ledger: Ledger, *asked: Any, **told: Any) -> dict[str, str]:
    """
    Return by action what would have become of it.
    """
    return {row.action: row.judgement.value for row in ledger.backtest(*asked, **told).rows}


def written(answer: object) -> bytes:
    """
    Return the bytes of an answer's document.
    """
    return msgspec.json.encode(document(answer))


def test_the_example_stops_the_eleven_minutes():
    """
    The policy that ships as an example would have stopped the one act of the demo, by more than one
    safeguard; it was reversed later, so this is no cost.
    """
    with played() as told:
        answer = document(told.ledger.backtest(EXAMPLE.read_text()))

    counts = {
        name: answer[name] for name in answer if name not in ("rows", "at", "known_at", "cut")
    }
    assert {
        "policy": "Nobody takes a head of state down alone",
        "settled": True,
        "actions": 1,
        "stopped": 1,
        "delayed": 0,
        "stopped_later_reversed": 1,
        "stopped_stood": 0,
    } == counts
    (row,) = answer["rows"]
    stopped = {
        said["name"]: said["why"] for said in row["verdicts"] if said["outcome"] == "stopped"
    }
    assert {"action": ACTION, "verdicts": row["verdicts"]} == row
    assert all(list(said) == ["name", "outcome", "why"] for said in row["verdicts"])
    assert "leaves at 2017-11-02T23:00:00Z" == stopped["nobody on the last day"]
    assert "heads of state need two" in stopped


def test_where_nothing_happened_there_is_nothing_to_judge(ledger):
    """
    An empty ledger has no acts, and the policy that is built in.
    """
    answer = ledger.backtest()

    assert ("builtin@0", 0, 0, ()) == (answer.policy, answer.actions, answer.stopped, answer.rows)
    assert "builtin@0" == ledger.policy().policy.version


def test_before_the_reversal_was_known_it_had_stood():
    """
    What became of an act is as known at the cut.
    """
    with played() as told:
        then = told.ledger.backtest(EXAMPLE.read_text(), known_at="2017-11-02T22:55:00Z")

    assert (1, 0, 1) == (then.stopped, then.stopped_later_reversed, then.stopped_stood)


def test_without_a_policy_it_is_the_one_in_force_at_the_cut(staffed, clock):
    """
    None asks the policy in force, and says its version.
    """
    take_action(staffed, action="a-1")
    before = clock.advance(minutes=1)
    clock.advance(minutes=1)
    staffed.adopt_policy(asking(GROUND))

    then, now = staffed.backtest(known_at=before), staffed.backtest()
    assert ("builtin@0", 0) == (then.policy, then.stopped)
    assert ("default@1", 1) == (now.policy, now.stopped)
    assert "untitled" == staffed.backtest(asking(GROUND)).policy


def test_hits_and_costs_are_told_apart(staffed, clock):
    """
    Ended by a reversal that was not withdrawn is a hit; expired, superseded, withdrawn, in force or
    beyond reversal is a cost.
    """
    for name in ("reversed", "reversal withdrawn", "in force", "deferred"):
        later = clock.now.replace(hour=23) if name == "deferred" else None
        take_action(staffed, name, action=name, effective_at=later)
    expires_at = clock.now.replace(minute=5)
    take_action(staffed, "expired", action="expired", expires_at=expires_at)
    take_action(staffed, "irreversible", "terminate", action="irreversible")
    take_action(staffed, "superseded", action="superseded")
    clock.advance(minutes=10)
    take_action(staffed, "superseded", action="superseder", supersedes="superseded", ground="law")
    staffed.reverse("reversed", by="op-7", reason="error")
    later = clock.now.replace(hour=23)
    reversal = staffed.reverse("reversal withdrawn", by="op-7", reason="error", effective_at=later)
    staffed.withdraw(reversal, by="op-7", reason="no error")
    staffed.withdraw("deferred", by="op-7", reason="no need")

    answer = staffed.backtest(asking(GROUND))
    assert (8, 7, 0) == (answer.actions, answer.stopped, answer.delayed)
    assert (1, 6) == (answer.stopped_later_reversed, answer.stopped_stood)


def test_what_would_only_have_come_later_is_delayed(staffed, clock):
    """
    A cooling-off that was not kept delays; it stops nothing, and is no hit and no cost.
    """
    take_action(staffed, "a", action="a-1")
    take_action(staffed, "b", action="a-2", effective_at=clock.now.replace(day=3))
    waits = {"rule": "cooling-off", "wait": "1h"}

    assert {"a-1": "delayed", "a-2": "allowed"} == outcomes(staffed, asking(waits))
    answer = staffed.backtest(asking(waits))
    assert (0, 1, 0) == (answer.stopped, answer.delayed, answer.stopped_stood)


def test_the_window_is_half_open_and_limits_count_from_before_it(staffed, clock):
    """
    What was recorded at its beginning is in it and at its end is not; acts before it count.
    """
    recorded = []
    for number in range(4):
        recorded.append(clock.advance(minutes=1))
        take_action(staffed, f"x-{number}", action=f"a-{number}")
    limit = {"rule": "rate-limit", "limit": 2, "window": "1h"}

    found = outcomes(staffed, asking(limit), since=recorded[1], until=recorded[3])
    assert {"a-1": "allowed", "a-2": "stopped"} == found


@pytest.mark.parametrize("until", ["2017-11-02T22:00:00Z", "2017-11-02T21:00:00Z"])
def test_a_window_without_room_is_malformed(staffed, until):
    """
    A window that ends when it begins, or before, is a slip.
    """
    with pytest.raises(Malformed, match="is empty") as raised:
        staffed.backtest(since="2017-11-02T22:00:00Z", until=until)

    assert "until" == raised.value.where


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (asking({"rule": "two-persons"}), "safeguards[0].rule"),
        (asking({"rule": "last-day", "measures": ["banish"]}), "safeguards[0].measures[0]"),
        ("policy = 1\npolicy =", "line 2"),
        (17, "policy"),
    ],
)
def test_a_policy_that_could_not_be_adopted_cannot_be_tried(staffed, asked, where):
    """
    It is read as strictly as one that is adopted, and the defect is told with its place.
    """
    with pytest.raises(Malformed) as tried:
        staffed.backtest(asked)
    with pytest.raises(Malformed) as adopted:
        staffed.adopt_policy(asked)

    assert where == tried.value.where == adopted.value.where


def test_history_is_judged_too(ledger, tmp_path):
    """
    Imported acts are judged as any, by the operators that the import met, and the answer says so.
    """
    act = {"command": "act", "measure": "suspend", "by": "ann", "reason": None}
    lines = [
        {**act, "account": "x", "action": "a-1", "because_of": "own-initiative"},
        {**act, "account": "x", "action": "a-2", "because_of": "order:7"},
    ]
    timed = [
        {**line, "recorded_at": f"2017-11-01T22:0{n}:00Z"} for n, line in enumerate(lines, start=1)
    ]
    path = tmp_path / "actions.jsonl"
    path.write_text("\n".join(map(json.dumps, timed)))
    ledger.import_history("actions", [path])

    asked = asking({"rule": "report-required"})
    assert {"a-1": "stopped", "a-2": "allowed"} == outcomes(ledger, asked)
    assert "source" == document(ledger.backtest(asked))["recorded_by"]
    assert {"a-1": "allowed", "a-2": "allowed"} == outcomes(ledger)


def test_whoever_is_held_to_have_acted_is_judged(staffed, clock):
    """
    A corrected operator, and a bar that began before the act and was told after it, count from when
    they are known.
    """
    take_action(staffed, action="a-1", by="op-1")
    clock.advance(minutes=5)
    staffed.correct("a-1", by="op-1", operator="op-417", reason="shared screen")
    known = clock.advance(minutes=5)
    staffed.bar_operator("op-1", reason="fraud", by="system", effective_at="2017-11-01T00:00:00Z")
    asked = asking({"rule": "role-required", "roles": ["admin"]})

    then = moment("2017-11-02T22:01:00Z", "then")
    assert {"a-1": "allowed"} == outcomes(staffed, asked, known_at=then)
    assert {"a-1": "stopped"} == outcomes(staffed, asked, known_at=known)
    assert {"a-1": "allowed"} == outcomes(staffed, asking(), known_at=known)
    staffed.correct("a-1", by="system", operator="op-1", reason="it was not")
    assert {"a-1": "stopped"} == outcomes(staffed, asking())


def test_a_granted_act_is_judged_by_its_approvals(staffed, clock):
    """
    What was approved by one passes where one is asked for, and not where two are.
    """
    request = staffed.request(
        "suspend", "x", by="op-7", because_of="own-initiative", reason="spam", action="a-1"
    )
    clock.advance(minutes=1)
    staffed.approve(request, by="op-1")
    take_action(staffed, "y", action="a-2")

    def by(approvals: int) -> dict[str, object]:
        return asking({"rule": "two-person", "approvals": [{"approvals": approvals}]})

    assert {"a-1": "allowed", "a-2": "stopped"} == outcomes(staffed, by(1))
    assert {"a-1": "stopped", "a-2": "stopped"} == outcomes(staffed, by(2))


def test_no_policy_changes_an_earlier_answer(staffed, clock):
    """
    Adopting, tightening and loosening a policy leaves every answer as of a cut as it was, to the
    byte.
    """
    staffed.protect_account(ACCOUNT, tier="press", by="op-1", reason="office")
    take_action(staffed, action="a-1", because_of=[file_report(staffed)])
    cut = staffed.backtest().cut
    cuts = [cut]

    def answers() -> list[bytes]:
        return [
            written(answer)
            for known in cuts
            for answer in (
                staffed.backtest(known_at=known),
                staffed.backtest(EXAMPLE.read_text(), known_at=known),
                staffed.safeguards("a-1", known_at=known),
                staffed.policy(known_at=known),
                staffed.who(ACCOUNT, at="2017-11-02T22:01:00Z", known_at=known),
            )
        ]

    earlier = answers()
    for policy in (asking(GROUND), EXAMPLE.read_text(), asking()):
        clock.advance(hours=1)
        staffed.adopt_policy(policy)
        assert earlier == answers()
        cuts.append(staffed.backtest().cut)
        earlier = answers()
