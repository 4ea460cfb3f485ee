"""
History that tells what the ledger decides of a live command: needs, grants, what came of it.
"""

from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.moderation.commands import command_from
from ledger.moderation.commands.told import TOLD, command_told
from ledger.moderation.decisions import Decision, decide
from ledger.moderation.events import kind_of
from ledger.moderation.events.account import (
    ActionTaken,
    AnomalyRecorded,
    ReportFiled,
    ReportResolved,
)
from ledger.moderation.events.appeal import AppealDecided, NoticeDelivered
from ledger.moderation.events.operator import Disposition, OperatorOffboarded, PendingAct
from ledger.moderation.events.request import Need, RequestApproved
from tests.moderation.by_hand import Line, act, appeal, approve, ask, at, deny, reverse
from tests.moderation.decisions.desk import event, situation

FILED: Line = ("01:00", ReportFiled(report="r", category="c", source="s", filed_at=at("00:00")))
ASKED: Line = ("02:00", ask(closes=("r",)))
TWO = (Need(safeguard="two-person", approvals=2),)
APPROVE: dict[str, Any] = {"command": "approve", "request": "q", "by": "bob"}
ACTED: Line = ("02:00", act("a"))
APPEALED: Line = ("03:00", appeal("a"))
DEFERRED: Line = ("02:00", act("later"), {"effective_at": "20:00"})


def told(line: dict[str, Any], *lines: Line, imported: bool = True, **changes: Any) -> Decision:
    """
    Return what is recorded of a line of history at noon, account "x" having that history.
    """
    given = situation(*lines, line=line, imported=imported, **changes)
    return decide(command_told(line), given)


def kinds(decision: Decision) -> list[str]:
    """
    Return the kinds of what was decided, in order.
    """
    return [kind_of(draft.event).partition(".")[2] for draft in decision.drafts]


def test_where_a_source_says_nothing_the_last_approval_that_is_needed_grants():
    """
    The act is the asker's, takes effect with the approval, and closes what the request said.
    """
    decision = told(APPROVE, FILED, ASKED)
    _, taken, closed = decision.drafts

    assert ["request_approved", "action_taken", "report_resolved"] == kinds(decision)
    assert isinstance(taken.event, ActionTaken)
    assert isinstance(closed.event, ReportResolved)
    assert ("ann", at("12:00"), ("bob",)) == (
        taken.operator,
        taken.effective_at,
        taken.event.approved_by,
    )
    assert ("r", "granted") == (closed.event.report, closed.event.action)
    assert ["request_approved"] == kinds(told(APPROVE, ("02:00", ask(needs=TWO))))


@pytest.mark.parametrize("needs", [TWO, ()])
def test_an_approval_grants_when_its_source_says_so(needs):
    """
    Whatever was needed: the policy of then may have asked for more or for less; and the reports
    that were closed with it are told by themselves.
    """
    lines = FILED, ("02:00", ask(closes=("r",), needs=needs))

    assert ["request_approved"] == kinds(told(APPROVE | {"grants": False}, *lines))
    assert ["request_approved", "action_taken"] == kinds(told(APPROVE | {"grants": True}, *lines))


@pytest.mark.parametrize(
    "lines",
    [
        [ASKED, ("03:00", deny(), {"operator": "bob"})],
        [ASKED, ("03:00", approve()), ("03:00", act("granted", request="q"))],
        [("02:00", ask(lapses_at=at("12:00")))],
    ],
    ids=["denied", "granted", "lapsed"],
)
def test_a_request_that_is_over_is_granted_by_nothing(lines):
    """
    Approvals of it are on record and take no act, whatever they are said to do.
    """
    for line in (APPROVE, APPROVE | {"grants": True}):
        assert ["request_approved"] == kinds(told(line, FILED, *lines))


def test_an_approval_counts_as_long_as_its_source_says():
    """
    One that had lapsed by the grant is not among those that counted.
    """
    line = APPROVE | {"lapses_at": "2017-11-02T13:00:00Z", "grants": True}
    early = ("03:00", approve(lapses_at="11:00"), {"operator": "root"})
    approved, taken = told(line, ("02:00", ask(needs=TWO)), early).drafts

    assert isinstance(approved.event, RequestApproved)
    assert isinstance(taken.event, ActionTaken)
    assert at("13:00") == approved.event.lapses_at
    assert ("bob",) == taken.event.approved_by


def test_late_history_takes_effect_when_its_source_recorded_it():
    """
    An approval of ten o'clock that is recorded at noon granted the act at ten.
    """
    _, taken = told(APPROVE, ("02:00", ask()), source_recorded_at=at("10:00")).drafts

    assert at("10:00") == taken.effective_at


def test_an_act_that_is_granted_to_a_keeper_who_had_left_is_an_anomaly():
    """
    It is recorded behind the act, and is his.
    """
    granted = told(APPROVE, ("02:00", ask(), {"operator": "gone"}))
    anomaly = granted.drafts[-1]

    assert ["request_approved", "action_taken", "anomaly_recorded"] == kinds(granted)
    assert isinstance(anomaly.event, AnomalyRecorded)
    assert ("acted_after_leaving", "gone") == (anomaly.event.anomaly, anomaly.operator)


def test_what_a_request_needed_is_kept():
    """
    A source that does not say needed the one approval that every request needs.
    """
    line = {"command": "request", "measure": "suspend", "account": "x", "by": "ann"}
    line["because_of"] = "own-initiative"
    needs = [{"safeguard": "heads of state", "approvals": 2, "role": "lead"}]
    asked = event(told({**line, "needs": needs}))

    assert (Need(safeguard="heads of state", approvals=2, role="lead"),) == asked.needs  # type: ignore[attr-defined]
    assert (Need(safeguard="request", approvals=1),) == event(told(line)).needs  # type: ignore[attr-defined]


def test_what_a_denial_takes_back_is_told_by_itself():
    """
    The denial of a request whose act is deferred is one entry.
    """
    lines = ("02:00", ask()), ("04:00", act("granted", request="q"), {"effective_at": "15:00"})
    line = {"command": "deny", "request": "q", "by": "root", "reason": "no spam"}

    assert ["request_denied"] == kinds(told(line, *lines))
    assert ["request_denied", "action_withdrawn"] == kinds(told(line, *lines, imported=False))


def test_what_overturned_an_action_is_told_by_itself():
    """
    The decision names the reversal, and the reversal the appeal.
    """
    line = {
        "command": "decide_appeal",
        "appeal": "p",
        "outcome": "overturned",
        "by": "bob",
        "reason": "no spam",
    }
    decided = event(told({**line, "reversal": "r-a"}, ACTED, APPEALED))
    reversal = {"command": "reverse", "action": "a", "by": "bob", "appeal": "p"}

    assert isinstance(decided, AppealDecided)
    assert "r-a" == decided.reversal
    assert ["appeal_decided"] == kinds(told(line, ACTED, APPEALED))
    assert "p" == event(told(reversal, ACTED)).appeal  # type: ignore[attr-defined]
    assert ["appeal_decided", "action_reversed"] == kinds(
        told(line, ACTED, APPEALED, imported=False)
    )


def test_the_window_of_an_appeal_is_the_one_of_its_source():
    """
    It may have been another one under the policy of then.
    """
    notice = NoticeDelivered(
        notice="n", action="a", channel="mail", delivered_at=at("02:30"), text_hash="h"
    )
    line = {"command": "file_appeal", "action": "a", "by": "x"}
    closes = {"closes_at": "2017-11-02T18:00:00Z"}
    filed = event(told({**line, **closes}, ACTED, ("02:30", notice)))

    assert (at("02:30"), at("18:00")) == (filed.informed_at, filed.closes_at)  # type: ignore[attr-defined]


def test_what_became_of_pending_acts_is_told_by_itself():
    """
    The offboarding lists what its source listed, and else what is pending here; it ends nothing.
    """
    line = {"command": "offboard_operator", "operator": "ann", "by": "root", "pending": "withdraw"}
    row = {"id": "a-0", "account": "y", "disposition": "hand-over", "to": "bob"}
    lists = (
        event(told({**line, "listed": [row]}, DEFERRED)),
        event(told({**line, "dispositions": {"unheard-of": "withdraw"}}, DEFERRED)),
    )

    pending = [listed.pending for listed in lists if isinstance(listed, OperatorOffboarded)]
    assert [
        (PendingAct(id="a-0", account="y", disposition=Disposition.HAND_OVER, to="bob"),),
        (
            PendingAct(
                id="later",
                account="x",
                effective_at=at("20:00"),
                disposition=Disposition.WITHDRAW,
            ),
        ),
    ] == pending


def test_what_an_act_restores_is_kept():
    """
    An undo that was undone is not among the lines, its acts are.
    """
    line = {"command": "act", "measure": "suspend", "account": "x", "by": "ann"}
    line["because_of"] = "own-initiative"
    restored = told({**line, "restores": "a"}, ACTED, ("03:00", reverse("a")))

    assert "a" == event(restored).restores  # type: ignore[attr-defined]


BESIDE: dict[str, dict[str, Any]] = {
    "approve": {"grants": True},
    "act": {"restores": "a"},
    "reverse": {"appeal": "p"},
    "request": {"needs": []},
    "file_appeal": {"closes_at": "2017-11-02T18:00:00Z"},
    "decide_appeal": {"reversal": "r"},
    "offboard_operator": {"listed": []},
}
ASKS: dict[str, dict[str, Any]] = {
    "approve": {"request": "q"},
    "act": {"measure": "warn", "account": "x", "because_of": "own-initiative"},
    "reverse": {"action": "a"},
    "request": {"measure": "warn", "account": "x", "because_of": "own-initiative"},
    "file_appeal": {"action": "a"},
    "decide_appeal": {"appeal": "p", "outcome": "upheld", "reason": "spam"},
    "offboard_operator": {"operator": "ann"},
}


@pytest.mark.parametrize("command", TOLD)
def test_nobody_may_say_so_live(command):
    """
    A command that is given now takes no such argument.
    """
    with pytest.raises(Malformed, match=f"{command} takes no "):
        command_from({"command": command, **ASKS[command], **BESIDE[command]})


@pytest.mark.parametrize("command", TOLD)
def test_a_line_that_tells_nothing_beside_is_the_live_command(command):
    """
    So it is the same command, with the same digest, when it is given live later.
    """
    line = {"command": command, **ASKS[command]}

    assert command_from(line) == command_told(line)
    assert TOLD[command] is type(command_told({**line, **BESIDE[command]}))


def test_a_live_approval_grants_nothing_by_saying_so():
    """
    Who would give the value itself, past the shape that lines have, is not believed.
    """
    asked = ("02:00", ask(needs=TWO))

    assert ["request_approved"] == kinds(told(APPROVE | {"grants": True}, asked, imported=False))


MISSHAPEN = [
    ("approve", "grants", "yes", "grants: 'yes' is neither"),
    ("approve", "lapses_at", "noon", "lapses_at: "),
    ("request", "needs", "two", "needs: 'two' is no list"),
    ("request", "needs", {"safeguard": "s", "approvals": 1}, "is no list"),
    ("request", "needs", ["two"], r"needs\[0\]: 'two' is no object"),
    ("request", "needs", [{"safeguard": "s"}], r"needs\[0\]: it needs 'approvals'"),
    ("request", "needs", [{"safeguard": "s", "approvals": True}], "True is no count"),
    ("request", "needs", [{"safeguard": "s", "approvals": 0}], r"needs\[0\].approvals: 0 is no"),
    ("request", "needs", [{"safeguard": "s", "of": "x"}], "'of' is unknown"),
    (
        "offboard_operator",
        "listed",
        [{"id": "a", "account": "x", "disposition": "sell"}],
        r"listed\[0\].disposition: 'sell' says not",
    ),
    (
        "offboard_operator",
        "listed",
        [{"id": "", "account": "x", "disposition": "withdraw"}],
        r"listed\[0\].id: the id is empty",
    ),
]


@pytest.mark.parametrize(("command", "name", "value", "message"), MISSHAPEN)
def test_what_is_told_has_a_shape(command, name, value, message):
    """
    Each defect is named with its place.
    """
    with pytest.raises(Malformed, match=message):
        command_told({"command": command, **ASKS[command], name: value})
