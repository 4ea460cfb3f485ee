"""
What goes out as lines of actions and comes in elsewhere is the same history.
"""

import json
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Ledger, Refused
from ledger.exchange import actions
from tests.conftest import ACCOUNT, HandSetClock, enrol_staff, file_report, take_action
from tests.exchange.block_log_csv import block_log, event
from tests.exchange.deeds import Deeds
from tests.exchange.elsewhere import lines_of, sent, told


def test_the_case_is_the_same_in_another_ledger(staffed, clock):
    """
    Reports, protection, the deferred act, its reversal, findings, notes and who the operators were
    come over; a refusal does not, and is counted as left out.
    """
    staffed.protect_account(ACCOUNT, tier="head-of-state", by="op-1", reason="public office")
    report = file_report(staffed, session="s-1")
    clock.advance(minutes=10)
    action = take_action(
        staffed, by="op-417", because_of=[report], effective_at="2017-11-02T22:52:00Z"
    )
    clock.set("2017-11-02T23:03:00Z")
    staffed.reverse(action, by="op-7", reason="error", request_id="q-1")
    first = staffed.assert_finding(
        action, cause="error", by="comms", source="statement", statement="human error"
    )
    clock.advance(hours=2)
    staffed.revise_finding(
        first, cause="deliberate", by="comms", source="statement", statement="by an employee"
    )
    staffed.note(ACCOUNT, "seen", by="op-7")
    with pytest.raises(Refused):
        take_action(staffed, by="op-417", measure="suspend")
    moments = ["2017-11-02T22:30:00Z", "2017-11-02T22:55:00Z", "2017-11-02T23:03:00Z"]

    other, export = sent(staffed, clock)

    with other:
        assert told(staffed, *moments) == told(other, *moments)
    assert {"ledger.opened": 1, "account.command_refused": 1} == export.left_out


def test_operators_of_whom_only_acts_are_known_come_over(ledger, clock, tmp_path):
    """
    A block log's operators are the same in the other ledger, those too who only did what is an
    anomaly; anomalies themselves are left out and counted.
    """
    clock.set("2018-01-01T00:00:00Z")
    file = tmp_path / "blocks.csv"
    rows = [
        event(1, "unblock", 0, user="Nobody"),
        event(2, "reblock", 1, 500),
        event(3, "block", 9, user="Mallory"),
        event(4, "reblock", 12, 400),
        event(5, "unblock", 20),
    ]
    file.write_text(block_log(rows), "utf-8")
    ledger.import_history("block-log", [file])
    ledger.grant_role("Nobody", "support")

    other, export = sent(ledger, clock, logs=3)

    with other:
        assert told(ledger) == told(other)
        again = other.import_history("block-log", [file], as_late=True)
        assert (1, 4) == (again.counts["usable"], again.counts["duplicates"])
    assert 2 == export.left_out["account.anomaly_recorded"]


def test_lines_are_the_lines_of_record_with_their_times(ledger, clock):
    """
    A line has the command's own arguments, leaves out those that say nothing, and names what it
    records where no argument does.
    """
    enrol_staff(ledger)
    action = take_action(ledger)
    clock.advance(minutes=1)
    reversal = ledger.reverse(action, by="op-7", reason="error")
    *_, line = ledger.export_actions()

    assert {
        "command": "reverse",
        "recorded_at": "2017-11-02T22:01:00Z",
        "action": action,
        "reason": "error",
        "effective_at": "2017-11-02T22:01:00Z",
        "id": reversal,
        "by": "op-7",
    } == json.loads(line)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 120),
    st.sampled_from([1, 1, 3]),
    st.sampled_from([0, actions.KEPT_MAX]),
)
def test_any_history_is_the_same_in_another_ledger(seed, count, logs, kept):
    """
    Whatever was done, restrictions as of every moment, standings, reports, findings, notes,
    requests, appeals, policies and operators are the same after an export and an import, also of
    more lines than are kept; and with one log, where lines have one order, so is what the other one
    exports.
    """
    clock = HandSetClock()
    with Ledger.create("memory:", clock=clock, logs=logs) as ledger:
        enrol_staff(ledger)
        moments = list(Deeds(ledger, clock, seed).done(count))[-4:]
        with patch.object(actions, "KEPT_MAX", kept):
            other, _ = sent(ledger, clock, logs=logs)
        with other:
            assert told(ledger, *moments) == told(other, *moments)
            if logs == 1:
                assert lines_of(ledger) == lines_of(other)
