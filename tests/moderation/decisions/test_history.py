"""
What a source's history says without naming an action: end, or amend, whatever is in force.
"""

from typing import Any

import pytest

from ledger.errors import Malformed
from ledger.moderation.claims import SOURCE, claims
from ledger.moderation.commands import command_from
from ledger.moderation.decisions import Decision
from ledger.moderation.events import kind_of
from ledger.moderation.events.account import ActionAmended, ActionReversed, AnomalyRecorded
from tests.moderation.by_hand import Line, act, at, reverse
from tests.moderation.decisions.desk import decided, event
from tests.strategies import entry_of

BLOCKED: Line = ("02:00", act("block-1", expires_at=at("20:00")))
UNBLOCK = {"command": "reverse_in_force", "anomaly": "unblock_without_block"}
REBLOCK = {"command": "amend_in_force", "anomaly": "reblock_without_block"}


def told(line: dict[str, str], *lines: Line, **terms: Any) -> Decision:
    """
    Return what is recorded of a row of a block log about account "x", at noon.
    """
    asked = {"measure": "suspend", "account": "x", "by": "ann", "effective_at": at("12:00")}
    return decided({**line, **asked, **terms}, *lines, imported=True, source_id="block-log:17")


def test_rule_25_an_unblock_reverses_what_is_in_force():
    """
    The row names only the account; the reversal names the action.
    """
    reversal = event(told(UNBLOCK, BLOCKED, reason="done"))

    assert isinstance(reversal, ActionReversed)
    assert ("block-1", "unsuspend", "done") == (reversal.action, reversal.inverse, reversal.reason)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [BLOCKED, ("03:00", reverse("block-1"))],
        [("02:00", act("block-1", expires_at=at("12:00")))],
        [("02:00", act("elsewhere", scope="posts"))],
        [("02:00", act("other", "lock"))],
    ],
)
def test_rule_25_an_unblock_with_none_in_force_is_an_anomaly(lines):
    """
    At or after the end there is nothing to end: the row is kept as what it is, and opens nothing.
    """
    decision = told(UNBLOCK, *lines)
    anomaly = event(decision)

    assert isinstance(anomaly, AnomalyRecorded)
    assert ("unblock_without_block", "suspend", None) == (
        anomaly.anomaly,
        anomaly.measure,
        anomaly.scope,
    )
    assert "unblock_without_block" == decision.result


@pytest.mark.parametrize("expires_at", [None, at("23:00"), at("11:00")])
def test_rule_25_a_reblock_amends_what_is_in_force(expires_at):
    """
    Its expiry takes the place of the old one; without one it removes it.
    """
    amended = event(told(REBLOCK, BLOCKED, expires_at=expires_at))

    assert isinstance(amended, ActionAmended)
    assert ("block-1", expires_at) == (amended.action, amended.expires_at)


def test_rule_25_a_reblock_with_none_in_force_opens_one():
    """
    The anomaly and the block that it opens are two entries of one row, effective when it was.
    """
    decision = told(REBLOCK, expires_at=at("23:00"), reason="again")
    anomaly, opened = decision.drafts

    assert ["account.anomaly_recorded", "account.action_taken"] == [
        kind_of(draft.event) for draft in decision.drafts
    ]
    assert at("12:00") == anomaly.effective_at == opened.effective_at
    assert "made-id" == decision.result


@pytest.mark.parametrize("line", [UNBLOCK, REBLOCK])
@pytest.mark.parametrize("lines", [[], [BLOCKED]])
def test_rule_5_each_row_is_claimed_once(line, lines):
    """
    Whatever becomes of a row, exactly one entry bears its id, so that it is known when it comes
    again.
    """
    entries = [
        entry_of(draft.event, draft.stream, version, recorded_at=at("12:00"))
        for version, draft in enumerate(told(line, *lines).drafts, start=1)
    ]

    found = [claim.id for entry in entries for claim in claims(entry) if claim.kind == SOURCE]
    assert ["block-log:17"] == found


@pytest.mark.parametrize("line", [UNBLOCK, REBLOCK])
def test_nobody_may_ask_for_it_live(line):
    """
    Where a command is given now, an action is always named.
    """
    with pytest.raises(Malformed, match="is unknown"):
        command_from({**line, "measure": "suspend", "account": "x"})
