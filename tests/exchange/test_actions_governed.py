"""
Requests, policies, appeals and the like as lines: how they look, and what comes of them elsewhere.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger, Malformed, Refused
from ledger.moderation.commands import COMMANDS
from ledger.moderation.rules import Rule
from tests.conftest import HandSetClock, enrol_staff, file_report, take_action
from tests.exchange.elsewhere import lines_of, sent, told

Line = dict[str, Any]

TWO: Line = {
    "policy": 1,
    "title": "two of us",
    "break_glass": {"roles": ["admin"]},
    "safeguards": [
        {
            "rule": "two-person",
            "measures": ["deactivate"],
            "approvals": [{"approvals": 2}],
            "approval_lasts": "1h",
        }
    ],
}
LOOSE: Line = {"policy": 1, "safeguards": [{"rule": "reason-required"}]}
ASK: dict[str, Any] = {"by": "op-417", "because_of": "own-initiative", "reason": "spam"}
WISH: Line = {
    "command": "request",
    "measure": "suspend",
    "account": "x",
    "by": "ann",
    "request": "w",
    "action": "a",
    "because_of": ["r"],
    "closes": ["r"],
    "reason": "spam",
}
FILED: Line = {
    "command": "file_report",
    "account": "x",
    "category": "spam",
    "source": "s",
    "report": "r",
}
APPROVE: Line = {"command": "approve", "request": "w", "by": "bob"}


def bring(ledger: Ledger, folder: Path, lines: Iterable[Line], **options: Any) -> None:
    """
    Import *lines*, of which those that have no time are a minute apart.
    """
    timed = [
        {"recorded_at": f"2017-11-02T22:{minute:02}:00Z", **line}
        for minute, line in enumerate(lines)
    ]
    file = folder / "actions.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in timed), "utf-8")
    ledger.import_history("actions", [file], **options)


def governed(ledger: Ledger, clock: HandSetClock) -> None:
    """
    Let every command be given that there is, and undo a little.
    """
    enrol_staff(ledger)
    ledger.enrol_operator("op-8", kind="human")
    ledger.adopt_policy(TWO, by="op-1")
    ledger.mark_training("op-7", "appeals", by="op-1", expires_at="2018-01-01T00:00:00Z")
    ledger.protect_account("x", tier="press", by="op-1", reason="office")
    report = file_report(ledger, "x", external_id="T-1")
    other = file_report(ledger, "x")
    ledger.assign_report(report, to="queue", by="op-1")
    ledger.resolve_report(other, outcome="duplicate", duplicate_of=report, by="op-7")
    ledger.reopen_report(other, by="op-7", reason="it is not")
    asked = ledger.request("deactivate", "x", **(ASK | {"because_of": [report]}), closes=[report])
    ledger.hand_over(asked, to="comms", by="op-1", reason="he leaves")
    ledger.approve(asked, by="op-7")
    clock.advance(minutes=1)
    action = ledger.approve(asked, by="op-1")
    clock.advance(minutes=1)
    denied = ledger.request("deactivate", "y", **ASK, effective_at="2017-11-04T00:00:00Z")
    for by in ("op-7", "op-1"):
        ledger.approve(denied, by=by)
    ledger.deny(denied, by="comms", reason="no spam")
    ledger.notify(action, channel="mail", delivered_at=clock.now, text_hash="h", by="op-7")
    appeal = ledger.file_appeal(action, by="the owner", statement="it is me")
    ledger.decide_appeal(appeal, outcome="overturned", by="op-8", reason="it was")
    broken = ledger.act(
        "deactivate", "z", by="op-1", because_of="own-initiative", reason="r", override="fire"
    )
    ledger.review_override(broken, outcome="justified", by="op-7", reason="it was one")
    mended(ledger, clock, broken)
    ledger.request("warn", "v", **ASK)
    ledger.offboard_operator("op-417", by="op-1", pending="withdraw")
    ledger.undo(ledger.plan_undo(operators=["op-7"]), by="op-1", reason="all mistaken")


def mended(ledger: Ledger, clock: HandSetClock, action: str) -> None:
    """
    Let the rest be done that is no request and no appeal.
    """
    finding = ledger.assert_finding(
        action, cause="error", by="comms", source="s", statement="t", evidence="sha256:0"
    )
    revised = ledger.revise_finding(finding, cause="error", by="comms", source="s", statement="u")
    ledger.retract_finding(revised, by="comms", reason="unconfirmed")
    ledger.correct(action, by="op-1", operator="op-7", reason="shared screen")
    suspended = take_action(ledger, "z", "suspend")
    ledger.amend(suspended, by="op-7", reason="r", expires_at="2018-01-01T00:00:00Z")
    clock.advance(minutes=1)
    ledger.withdraw(
        ledger.reverse(suspended, by="op-7", reason="r", effective_at="2017-11-05T00:00:00Z"),
        by="op-7",
        reason="r",
    )
    take_action(ledger, "z", "lock")
    ledger.note("z", "seen", by="op-7")
    ledger.unprotect_account("x", by="op-1", reason="term ended")
    ledger.revoke_training("op-7", "appeals", by="op-1")
    ledger.grant_role("op-7", "lead", by="op-1")
    ledger.revoke_role("op-7", "lead", by="op-1")
    ledger.bar_operator("op-8", by="op-1", reason="under review")
    ledger.unbar_operator("op-8", by="op-1", reason="cleared")
    ledger.change_contract("op-8", by="op-1", vendor="Acme")


def test_every_command_may_stand_in_a_line_and_comes_over(ledger, clock):
    """
    Whatever was asked has a line, and is the same elsewhere; only the parent of an undo has none,
    and what is about the personal data of this ledger alone.
    """
    governed(ledger, clock)
    written = lines_of(ledger)

    other, export = sent(ledger, clock)

    with other:
        assert told(ledger) == told(other)
        elsewhere = {name for name, cls in COMMANDS.items() if cls.ABOUT != "ledger"}
        assert elsewhere == {line["command"] for line in written}
    assert {"ledger.opened": 1, "ledger.undo_applied": 1} == export.left_out


def test_an_act_that_was_granted_has_no_line_of_its_own(file_ledger, clock):
    """
    The approvals say which of them granted it; what the request needed stands in its line.
    """
    file_ledger.adopt_policy(TWO, by="op-1")
    report = file_report(file_ledger, "x")
    asked = file_ledger.request("deactivate", "x", **ASK, closes=[report])
    file_ledger.approve(asked, by="op-7")
    clock.advance(minutes=1)
    action = file_ledger.approve(asked, by="op-1")
    *_, wish, first, last, closed = lines_of(file_ledger)

    assert [{"safeguard": "two-person", "approvals": 2, "role": None}] == wish["needs"]
    assert (asked, action, [report]) == (wish["request"], wish["action"], wish["closes"])
    assert {
        "command": "approve",
        "recorded_at": "2017-11-02T22:01:00Z",
        "request": asked,
        "lapses_at": "2017-11-02T23:01:00Z",
        "grants": True,
        "by": "op-1",
    } == last
    assert not first["grants"]
    assert ("resolve_report", action) == (closed["command"], closed["action"])


def test_a_request_that_was_pending_needs_elsewhere_what_it_needed(file_ledger, clock):
    """
    It is granted there with the approvals that are left, and approvals lapse there when they would
    have here.
    """
    file_ledger.adopt_policy(TWO, by="op-1")
    first = file_ledger.request("deactivate", "x", **ASK | {"by": "comms"})
    second = file_ledger.request("deactivate", "y", **ASK | {"by": "comms"})
    file_ledger.approve(first, by="op-7")
    file_ledger.adopt_policy(LOOSE, by="op-1")
    file_ledger.approve(second, by="op-7")

    other, _ = sent(file_ledger, clock)

    with other:
        assert first == other.approve(first, by="op-1")
        action = other.approve(second, by="op-1")
        assert ("op-7", "op-1") == other.account("y").actions[0].action.taken.approved_by
        assert action == other.account("y").actions[0].action.action
        assert "active" == other.standing("x").standing


def test_a_source_that_tells_of_requests_and_approvals_alone_tells_of_the_act(
    ledger, clock, tmp_path
):
    """
    It is taken with the last approval that is needed, by whoever asked, and closes its reports.
    """
    clock.set("2026-01-01T00:00:00Z")
    two = {"needs": [{"safeguard": "lead", "approvals": 1, "role": "lead"}]}
    lead = {"command": "enrol_operator", "operator": "eve", "kind": "human", "roles": ["lead"]}
    bring(ledger, tmp_path, [FILED, lead, WISH | two, APPROVE, APPROVE | {"by": "eve"}, APPROVE])
    [answer] = ledger.who("x")
    [report] = ledger.account("x").reports

    assert ("ann", "2017-11-02T22:04:00+00:00") == (
        answer.restriction.opened_by,
        answer.restriction.from_.isoformat(),
    )
    assert ("actioned", "a") == (report.outcome, report.action)
    assert ("bob", "eve") == ledger.account("x").actions[0].action.taken.approved_by


def test_late_approvals_took_effect_when_their_source_says(ledger, clock, tmp_path):
    """
    History that is recorded late is effective when it was, granted acts among it.
    """
    enrol_staff(ledger)
    clock.set("2026-01-01T00:00:00Z")
    ledger.note("x", "seen", by="op-7")
    bring(ledger, tmp_path, [FILED, WISH, APPROVE], as_late=True)
    [answer] = ledger.who("x")
    [asked] = ledger.account("x").requests

    assert "2017-11-02T22:02:00+00:00" == answer.restriction.from_.isoformat()
    assert asked.request.asked.effective_at is None


def test_a_policy_that_came_in_is_in_force(ledger, clock, tmp_path):
    """
    History is asked nothing by it, and the next live act is.
    """
    clock.set("2026-01-01T00:00:00Z")
    act = {"command": "act", "measure": "deactivate", "account": "x", "by": "ann", "reason": "r"}
    act["because_of"] = "own-initiative"
    bring(ledger, tmp_path, [{"command": "adopt_policy", "policy": json.dumps(TWO)}, act])

    assert [1] == [entry.version for entry in ledger.entries(stream="policy/default")]
    assert "deactivated" == ledger.standing("x").standing
    with pytest.raises(Refused, match="two-person"):
        ledger.act("deactivate", "y", **ASK | {"by": "ann"})


def test_a_policy_may_use_the_rules_of_the_service_that_takes_it_in(clock, tmp_path):
    """
    Without them its line is refused, and nothing is written.
    """
    clock.set("2026-01-01T00:00:00Z")
    policy = {"policy": 1, "title": "t", "safeguards": [{"rule": "full-moon"}]}
    lines = [{"command": "adopt_policy", "policy": policy}]
    moon = Rule("full-moon", check=lambda _considered, _asked: None)
    with Ledger.open("memory:", clock=clock) as stranger:
        with pytest.raises(Malformed, match="full-moon"):
            bring(stranger, tmp_path, lines)
        assert 0 == stranger.status().entries
    with Ledger.open("memory:", clock=clock, rules=[moon]) as service:
        bring(service, tmp_path, lines)
        assert [1] == [entry.version for entry in service.entries(stream="policy/default")]


def test_whom_something_is_handed_over_to_is_met(ledger, clock, tmp_path):
    """
    Later lines may be about him, since he answers for it.
    """
    clock.set("2026-01-01T00:00:00Z")
    to = {"command": "hand_over", "id": "w", "to": "eve", "by": "ann"}
    bar = {"command": "bar_operator", "operator": "eve", "reason": "no"}
    bring(ledger, tmp_path, [FILED, WISH, to, bar])

    assert ("unknown", True) == (
        ledger.operator("eve").kind,
        ledger.operator("eve").authority.barred,
    )
    [asked] = ledger.account("x").requests
    assert "eve" == asked.request.keeper


def test_an_act_may_supersede_one_of_a_line_before(ledger, clock, tmp_path):
    """
    The action that it names is one of the same account.
    """
    clock.set("2026-01-01T00:00:00Z")
    act = {"command": "act", "measure": "suspend", "account": "x", "by": "ann", "action": "a-1"}
    act |= {"because_of": "own-initiative", "reason": "spam"}
    bring(ledger, tmp_path, [act, act | {"action": "a-2", "supersedes": "a-1"}])

    assert [("a-1", "superseded"), ("a-2", None)] == [
        (held.action, held.ended_by) for held in ledger.restrictions()
    ]
