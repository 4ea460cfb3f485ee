"""
Acts of the past by operators who were not permitted: recorded as they happened, and as anomalies.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.book.history import ImportSummary
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import AnomalyRecorded
from tests.exchange.block_log_csv import block_log, event

Line = dict[str, Any]

STAFF: list[Line] = [
    {
        "command": "enrol_operator",
        "operator": "ann",
        "kind": "human",
        "starts_at": "2017-11-02T12:00:00Z",
        "leaves_at": "2017-11-02T18:00:00Z",
    },
    {"command": "enrol_operator", "operator": "bob", "kind": "human"},
    {"command": "bar_operator", "operator": "bob", "reason": "under review"},
]
ACT: Line = {
    "command": "act",
    "measure": "restrict",
    "scope": "dm",
    "account": "x",
    "action": "a",
    "because_of": "own-initiative",
    "reason": "spam",
}
REVERSE: Line = {"command": "reverse", "action": "a", "reason": "error"}
NOT_PERMITTED = [
    ("ann", "11:59", ("acted_before_starting", "starts at 2017-11-02T12:00:00Z")),
    ("ann", "18:00", ("acted_after_leaving", "left at 2017-11-02T18:00:00Z")),
    ("bob", "13:00", ("acted_while_barred", "is barred: under review")),
]
PERMITTED = [("ann", "12:00"), ("ann", "17:59"), ("met", "13:00"), ("system", "13:00")]


@pytest.fixture(autouse=True)
def _years_later(clock) -> None:
    """
    Let all of it lie in the past.
    """
    clock.set("2026-01-01T00:00:00Z")


@pytest.fixture
def bring(ledger: Ledger, tmp_path: Path):
    """
    Return a function that imports the staff and then lines, each at a time of the day.
    """

    def imported(*told: tuple[str, Line]) -> ImportSummary:
        timed = [("10:00", line) for line in STAFF] + list(told)
        file = tmp_path / "actions.jsonl"
        file.write_text(
            "".join(
                json.dumps({"recorded_at": f"2017-11-02T{time}:00Z", **line}) + "\n"
                for time, line in timed
            ),
            "utf-8",
        )
        return ledger.import_history("actions", [file])

    return imported


def anomalies(ledger: Ledger, account: str = "x") -> list[tuple[Entry, AnomalyRecorded]]:
    """
    Return the entries of anomalies on an account, and their events.
    """
    return [
        (entry, entry.event)
        for entry in ledger.entries(account=account)
        if isinstance(entry.event, AnomalyRecorded)
    ]


@pytest.mark.parametrize(("operator", "time", "wrong"), NOT_PERMITTED)
def test_an_act_of_one_who_was_not_permitted_is_an_anomaly(ledger, bring, operator, time, wrong):
    """
    The act is on record and in force; behind it stands what was wrong, of whom, and since when.
    """
    summary = bring((time, ACT | {"by": operator}))
    [(entry, anomaly)] = anomalies(ledger)

    assert ["account.action_taken", "account.anomaly_recorded"] == [
        known.kind for known in ledger.entries(account="x")
    ]
    assert wrong == (anomaly.anomaly, anomaly.reason)
    assert ("restrict", "dm") == (anomaly.measure, anomaly.scope)
    assert (operator, f"2017-11-02T{time}:00+00:00") == (
        entry.operator,
        entry.took_effect_at.isoformat(),
    )
    assert ["a"] == [held.action for held in ledger.standing("x").in_force]
    assert [entry] == list(ledger.account("x").notes)
    assert {"rows": 4, "recorded": 4, "duplicates": 0, "skipped": 0} == summary.document()


@pytest.mark.parametrize(("operator", "time", "wrong"), NOT_PERMITTED)
def test_a_reversal_of_one_who_was_not_permitted_is_an_anomaly(
    ledger, bring, operator, time, wrong
):
    """
    It ends the action all the same, for it did.
    """
    bring(("11:00", ACT | {"by": "met"}), (time, REVERSE | {"by": operator}))
    [(_, anomaly)] = anomalies(ledger)

    assert wrong == (anomaly.anomaly, anomaly.reason)
    assert [(operator, "reversal")] == [
        (held.closed_by, held.ended_by) for held in ledger.restrictions()
    ]


@pytest.mark.parametrize(("operator", "time"), PERMITTED)
def test_an_act_of_one_who_was_permitted_is_none(ledger, bring, operator, time):
    """
    Nor is one of an operator of whom nothing is known but that he acted.
    """
    bring((time, ACT | {"by": operator}))

    assert [] == anomalies(ledger)


def test_an_act_counts_when_it_was_done(ledger, bring):
    """
    Recorded after the operator left, it was within his time if that is when it took effect; and
    one that takes effect after he left was done while he was there.
    """
    early, late = "2017-11-02T17:00:00Z", "2017-11-02T20:00:00Z"
    bring(
        ("17:30", ACT | {"by": "ann", "action": "b", "scope": "posts", "effective_at": late}),
        ("19:00", ACT | {"by": "ann", "effective_at": early}),
    )

    assert [] == anomalies(ledger)


def test_a_line_that_comes_again_adds_no_anomaly(ledger, bring):
    """
    The act's line is known, and the anomaly came with it.
    """
    told = "18:00", ACT | {"by": "ann"}
    bring(told)
    entries = ledger.status().entries

    assert 4 == bring(told).counts["duplicates"]
    assert entries == ledger.status().entries


def test_the_summary_of_a_block_log_counts_its_own_anomalies_alone(ledger, bring, tmp_path):
    """
    That somebody was not permitted is no matter of the source's: it is on record, and the counts
    are the same as without.
    """
    bring()
    rows = [
        event(1, "block", 0, user="ann"),
        event(2, "unblock", 9, user="bob"),
        event(3, "unblock", 19, user="bob"),
        event(4, "reblock", 29, user="ann"),
    ]
    file = tmp_path / "blocks.csv"
    file.write_text(block_log(rows), "utf-8")
    summary = ledger.import_history("block-log", [file])
    found = [anomaly.anomaly for _, anomaly in anomalies(ledger, "User:Ada")]

    assert {
        "unblock_without_block": 1,
        "reblock_without_block": 1,
        "never_in_force": 0,
    } == summary.document()["anomalies"]
    assert {
        "acted_after_leaving": 2,
        "acted_while_barred": 1,
        "unblock_without_block": 1,
        "reblock_without_block": 1,
    } == {name: found.count(name) for name in found}
