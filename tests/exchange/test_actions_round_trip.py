"""
What goes out as lines of actions and comes in elsewhere is the same history.
"""

import json
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Ledger, LedgerError, Refused
from ledger.exchange.actions import Export
from ledger.moderation.events.account import NoteAdded
from tests.conftest import ACCOUNT, HandSetClock, enrol_staff, file_report, take_action
from tests.exchange.block_log_csv import block_log, event

ACCOUNTS = ["a-1", "a-2"]
OPERATORS = ["op-1", "op-7", "comms", "op-417"]
TERMS = [
    "account",
    "measure",
    "scope",
    "action",
    "effect",
    "from_",
    "until",
    "ended_by",
    "opened_by",
    "closed_by",
    "known_from",
    "known_until",
]


def told(ledger: Ledger, *known_at: str) -> dict[str, Any]:
    """
    Return what *ledger* answers, now and as of moments, with everything left out that says where
    it stands in this ledger.
    """
    answer: dict[str, Any] = {}
    streams = {entry.stream for entry in ledger.entries() if "refused" not in entry.kind}
    for name in sorted(stream.partition("/")[2] for stream in streams if "account/" in stream):
        found = ledger.account(name)
        answer[name] = {
            "standings": [ledger.standing(name, at=at).standing for at in known_at],
            "reports": [(r.report, r.category, r.outcome, len(r.assigned)) for r in found.reports],
            "actions": [(a.action.action, a.action.operator, a.status) for a in found.actions],
            "protections": found.protections,
            "notes": [
                (note.event.note, note.event.text)
                for note in found.notes
                if isinstance(note.event, NoteAdded)
            ],
            "findings": [
                (f.finding, f.action, f.cause, f.source, f.statement, f.stated_at, f.status)
                for f in found.findings
            ],
        }
    for name in sorted(stream.partition("/")[2] for stream in streams if "operator/" in stream):
        known = ledger.operator(name)
        answer[name] = known.kind, known.name, known.account, known.authority
    answer["restrictions"] = [_restrictions(ledger, at) for at in (*known_at, None)]
    return answer


def _restrictions(ledger: Ledger, known_at: str | None) -> list[tuple[Any, ...]]:
    return sorted(
        (
            tuple(getattr(restriction, name) for name in TERMS)
            for restriction in ledger.restrictions(known_at=known_at)
        ),
        key=str,
    )


def sent(ledger: Ledger, clock: HandSetClock, logs: int = 1) -> tuple[Ledger, Export]:
    """
    Return another ledger into which all that *ledger* exports was imported a day later, and the
    export.
    """
    clock.advance(days=1)
    other = Ledger.create("memory:", clock=clock, logs=logs)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "actions.jsonl")
        export = ledger.export_actions()
        with file.open("wb") as written:
            written.writelines(export)
        summary = other.import_history("actions", [file])
    assert export.lines == summary.document()["recorded"]
    return other, export


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


@st.composite
def deeds(draw: st.DrawFn) -> tuple[str, dict[str, Any], int]:
    """
    Return the name of a command, its arguments but for ids on record, and seconds until the next.
    """
    by: dict[str, Any] = {"by": draw(st.sampled_from(OPERATORS))}
    why = {"reason": draw(st.sampled_from(["spam", "error"]))}
    when = {"effective_at": draw(st.none() | st.integers(-60, 90))}
    account = {"account": draw(st.sampled_from(ACCOUNTS))}
    operator = {"operator": draw(st.sampled_from(OPERATORS))}
    claim = {
        "cause": draw(st.sampled_from(["error", "deliberate"])),
        "source": "press",
        "statement": "a mistake",
    }
    measure = draw(st.sampled_from(["suspend", "suspend", "label", "revoke_credentials"]))
    expiry = {"expires_at": draw(st.none() | st.integers(-10, 200))}
    scope = {"scope": draw(st.sampled_from([None, "dm"])), "measure": measure}
    cause = {"because_of": draw(st.sampled_from(["own-initiative", "order:7", []]))}
    name, arguments = draw(
        st.sampled_from(
            [
                ("act", account | by | why | when | expiry | scope | cause),
                ("act", account | by | why | when | expiry | scope | cause),
                ("reverse", by | why | when),
                ("reverse", by | why | when),
                ("withdraw", by | why),
                ("amend", by | why | expiry),
                ("correct", by | why | when | operator),
                ("assert_finding", by | claim),
                ("revise_finding", by | claim),
                ("retract_finding", by | why),
                ("file_report", account | by | {"category": "spam", "source": "user"}),
                ("assign_report", by | {"to": "queue"}),
                ("resolve_report", by | {"outcome": "actioned"}),
                ("reopen_report", by | why),
                ("protect_account", account | by | why | {"tier": "press"}),
                ("unprotect_account", account | by | why),
                ("note", account | by | {"text": "seen"}),
                ("grant_role", operator | by | when | {"role": "support"}),
                ("revoke_role", operator | by | when | {"role": "support"}),
                ("bar_operator", operator | by | why | when),
                ("unbar_operator", operator | by | why | when),
                ("change_contract", operator | by | {"vendor": None, "contract": "new"}),
                ("offboard_operator", operator | by | when),
            ]
        )
    )
    return name, arguments, draw(st.sampled_from([0, 1, 30]))


# Which argument of a command names what is on record, and which commands record such things.
NAMING = {
    "reverse": ("action", {"act"}),
    "amend": ("action", {"act"}),
    "withdraw": ("id", {"act", "reverse"}),
    "correct": ("id", {"act", "reverse"}),
    "assert_finding": ("action", {"act"}),
    "revise_finding": ("finding", {"assert_finding", "revise_finding"}),
    "retract_finding": ("finding", {"assert_finding", "revise_finding"}),
    "assign_report": ("report", {"file_report"}),
    "resolve_report": ("report", {"file_report"}),
    "reopen_report": ("report", {"file_report"}),
}


def done(
    ledger: Ledger, clock: HandSetClock, told: list[Any], data: st.DataObject
) -> Iterator[str]:
    """
    Do all that was *told* and can be done, and yield the moments in between.
    """
    results: list[tuple[str, str]] = []
    for name, arguments, seconds in told:
        given = dict(arguments)
        for time in ("effective_at", "expires_at"):
            if isinstance(given.get(time), int):
                given[time] = clock.now + timedelta(seconds=given[time])
        if name in NAMING:
            argument, makers = NAMING[name]
            named = [result for maker, result in results if maker in makers]
            if not named:
                continue
            given[argument] = data.draw(st.sampled_from(named))
        if name == "correct" and given["effective_at"] is None:
            del given["effective_at"]
        try:
            [result] = ledger.record_many([{"command": name, **given}])
        except LedgerError:
            continue
        results.append((name, result))
        yield clock.now.isoformat()
        clock.advance(seconds=seconds)


@settings(max_examples=80, deadline=None)
@given(st.lists(deeds(), min_size=1, max_size=25), st.sampled_from([1, 1, 3]), st.data())
def test_any_history_is_the_same_in_another_ledger(deeds, logs, data):
    """
    Whatever was done, restrictions as of every moment, standings, reports, findings, notes and
    operators are the same after an export and an import; and with one log, where lines have one
    order, so is what the other one exports.
    """
    clock = HandSetClock()
    with Ledger.create("memory:", clock=clock, logs=logs) as ledger:
        enrol_staff(ledger)
        moments = list(done(ledger, clock, deeds, data))[-4:]
        other, _ = sent(ledger, clock, logs=logs)
        with other:
            assert told(ledger, *moments) == told(other, *moments)
            if logs == 1:
                assert _lines(ledger) == _lines(other)


def _lines(ledger: Ledger) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in ledger.export_actions()]
    for line in lines:
        line.pop("source_id", None)
    return lines
