"""
Lines of actions that come in: what each may name, what is told apart, and what is refused where.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import Conflict, Ledger, LedgerError, Malformed, NotFound, Refused
from ledger.book.history import ImportSummary
from tests.conftest import enrol_staff, file_report, take_action

Line = dict[str, Any]

ACT: Line = {
    "command": "act",
    "measure": "suspend",
    "account": "x",
    "by": "ann",
    "action": "a-1",
    "because_of": "own-initiative",
    "reason": "spam",
}
REVERSE: Line = {"command": "reverse", "action": "a-1", "by": "bob", "reason": "error"}
NOTE: Line = {"command": "note", "account": "x", "text": "seen", "by": "ann"}
FILE: Line = {"command": "file_report", "account": "x", "category": "c", "source": "s"}
RESOLVE: Line = {"command": "resolve_report", "report": "r-0"}
REQUEST: Line = {name: value for name, value in ACT.items() if name != "action"}
REQUEST["command"] = "request"


@pytest.fixture(autouse=True)
def _years_later(clock) -> None:
    """
    Let all of it lie in the past.
    """
    clock.set("2026-01-01T00:00:00Z")


@pytest.fixture
def bring(ledger: Ledger, tmp_path: Path):
    """
    Return a function that imports lines, of which those that have no time are a minute apart.
    """

    def imported(*lines: Line | bytes) -> ImportSummary:
        file = tmp_path / "actions.jsonl"
        file.write_bytes(b"".join(_written(lines)))
        return ledger.import_history("actions", [file])

    return imported


def _written(lines: Iterable[Line | bytes]) -> Iterator[bytes]:
    for minute, line in enumerate(lines):
        if isinstance(line, bytes):
            yield line + b"\n"
        else:
            timed = {"recorded_at": f"2017-11-02T22:{minute:02}:00Z", **line}
            yield json.dumps(timed).encode() + b"\n"


def test_lines_name_what_lines_before_them_gave(ledger, bring):
    """
    Reports, actions, reversals and findings of the source keep their ids, and nobody is enrolled
    but by being met.
    """
    summary = bring(
        {"command": "file_report", "account": "x", "category": "c", "source": "s", "report": "r"},
        ACT | {"because_of": ["r"]},
        REVERSE | {"id": "rev", "effective_at": "2017-11-05T00:00:00Z"},
        {"command": "withdraw", "id": "rev", "by": "bob", "reason": "not yet"},
        {
            "command": "assert_finding",
            "id": "f-1",
            "action": "a-1",
            "cause": "error",
            "by": "bob",
            "source": "press",
            "statement": "a mistake",
        },
        {"command": "retract_finding", "finding": "f-1", "by": "bob", "reason": "no source"},
        {"command": "grant_role", "operator": "ann", "role": "support"},
    )
    [answer] = ledger.who("x")
    [action] = ledger.account("x").actions

    assert {"rows": 7, "recorded": 7, "duplicates": 0, "skipped": 0} == summary.document()
    assert ("ann", None) == (answer.restriction.opened_by, answer.restriction.until)
    assert ["r"] == [report.report for report in answer.opened.because_of]
    assert ["rev"] == [reversal.reversal for reversal in action.action.reversals]
    assert ["retracted"] == [finding.status for finding in answer.findings]
    assert ("unknown", ("support",)) == (
        ledger.operator("ann").kind,
        ledger.operator("ann").authority.roles,
    )


def test_lines_name_what_is_on_record(clock, ledger, bring):
    """
    Actions and reports of the ledger itself can be named as well.
    """
    clock.set("2017-11-02T21:00:00Z")
    enrol_staff(ledger)
    report = file_report(ledger, "x")
    action = take_action(ledger, "x")
    clock.set("2026-01-01T00:00:00Z")

    bring(REVERSE | {"action": action}, ACT | {"because_of": [report]})

    assert ["deactivate", "suspend"] == sorted(r.measure for r in ledger.restrictions())


REFUSED: dict[str, tuple[type[LedgerError], Line | bytes, str]] = {
    "bytes": (Malformed, b'{"command": "note", "text": "\xff"}', "it is not JSON: 'utf-8' codec"),
    "half a line": (Malformed, b'{"command": "note", ', "it is not JSON"),
    "two objects": (Malformed, b"{} {}", "it is not JSON"),
    "depth": (Malformed, b"[" * 50_000, "it is not JSON"),
    "no object": (Malformed, b"[1, 2]", "it is no JSON object"),
    "no time": (Malformed, b'{"command": "note"}', "it has no 'recorded_at'"),
    "size": (Malformed, NOTE | {"text": "x" * 60_000}, "it has 60"),
    "command": (Malformed, {"command": "banish"}, "command: the command 'banish' is unknown"),
    "history's own": (Malformed, {"command": "reverse_in_force"}, "is unknown"),
    "argument": (Malformed, NOTE | {"because": "x"}, "note takes no 'because'"),
    "id of its own": (Malformed, ACT | {"id": "a-1"}, "act takes no 'id'"),
    "missing": (Malformed, {"command": "note", "text": "x"}, "note needs 'account'"),
    "measure": (Malformed, ACT | {"measure": "banish"}, "measure: the measure 'banish' is unknown"),
    "scope": (Malformed, ACT | {"measure": "restrict"}, "scope: 'restrict' needs a scope"),
    "naive time": (Malformed, NOTE | {"recorded_at": "2017-11-02T23:00:00"}, "has no offset"),
    "to come": (Malformed, NOTE | {"recorded_at": "2030-01-01T00:00:00Z"}, "is later than now"),
    "earlier": (Malformed, NOTE | {"recorded_at": "2017-11-02T22:00:00Z"}, "is earlier than"),
    "source id": (Malformed, NOTE | {"source_id": ""}, "source_id: the id is empty"),
    "nothing amended": (Malformed, {"command": "amend", "action": "a-0"}, "nothing is amended"),
    "nothing corrected": (Malformed, {"command": "correct", "id": "a-0"}, "nothing is corrected"),
    "nothing changed": (
        Malformed,
        {"command": "change_contract", "operator": "ann"},
        "nothing is changed",
    ),
    "action": (NotFound, REVERSE | {"action": "a-9"}, "action: there is no action 'a-9'"),
    "withdrawn": (
        NotFound,
        {"command": "withdraw", "id": "rev", "reason": "no"},
        "id: there is no action or reversal or request 'rev'",
    ),
    "report": (
        NotFound,
        {"command": "assign_report", "report": "r-9", "to": "ann"},
        "report: there is no report 'r-9'",
    ),
    "finding": (
        NotFound,
        {"command": "retract_finding", "finding": "f-9", "reason": "no"},
        "finding: there is no finding 'f-9'",
    ),
    "cause": (
        NotFound,
        ACT | {"because_of": ["r-0"], "account": "y"},
        "because_of: account 'y' has no report 'r-0'",
    ),
    "operator": (
        NotFound,
        {"command": "bar_operator", "operator": "eve", "reason": "no"},
        "operator: operator 'eve' is not enrolled",
    ),
    "met by somebody": (
        Malformed,
        {"command": "enrol_operator", "operator": "eve", "kind": "unknown", "by": "ann"},
        "by: nobody enrols whom an import meets",
    ),
    "system": (
        Refused,
        {"command": "grant_role", "operator": "system", "role": "x"},
        "'system' is reserved",
    ),
    "action again": (Conflict, ACT | {"action": "a-0"}, "the action id 'a-0' stands for something"),
    "request again": (Conflict, NOTE | {"request_id": "q-0"}, "the request id 'q-0' stands for"),
    "reversal again": (
        Conflict,
        REVERSE | {"action": "a-0", "id": "rev-0"},
        "the reversal id 'rev-0' stands for something",
    ),
    "supersedes": (
        NotFound,
        ACT | {"supersedes": "a-0", "account": "y"},
        "supersedes: account 'y' has no action 'a-0'",
    ),
    "closes": (NotFound, ACT | {"closes": ["r-9"]}, "closes: account 'x' has no report 'r-9'"),
    "repeated report": (
        NotFound,
        RESOLVE | {"outcome": "duplicate", "duplicate_of": "r-9"},
        "duplicate_of: there is no report 'r-9'",
    ),
    "no repeated report": (
        Malformed,
        RESOLVE | {"outcome": "duplicate", "duplicate_of": "r-0"},
        "duplicate_of: report 'r-0' is said to repeat 'r-0'",
    ),
    "closing action": (
        NotFound,
        RESOLVE | {"outcome": "actioned", "action": "a-9"},
        "action: there is no action 'a-9'",
    ),
    "request": (
        NotFound,
        {"command": "approve", "request": "a-0", "by": "bob"},
        "request: there is no request 'a-0'",
    ),
    "cause of a request": (
        NotFound,
        REQUEST | {"because_of": ["r-0"], "account": "y"},
        "because_of: account 'y' has no report 'r-0'",
    ),
    "measure of a request": (Malformed, REQUEST | {"measure": "banish"}, "'banish' is unknown"),
    "needs": (Malformed, REQUEST | {"needs": [{"approvals": 2}]}, "needs[0]: it needs 'safeguard'"),
    "appeal": (
        NotFound,
        {"command": "decide_appeal", "appeal": "p-9", "outcome": "upheld", "reason": "no"},
        "appeal: there is no appeal 'p-9'",
    ),
    "whoever appeals": (
        NotFound,
        {"command": "bar_operator", "operator": "the owner", "reason": "no"},
        "operator: operator 'the owner' is not enrolled",
    ),
    "training": (
        Malformed,
        {"command": "mark_training", "operator": "ann", "training": "t"}
        | {"expires_at": "2017-11-02T22:00:00Z"},
        "expires_at: the training expires at 2017-11-02T22:00:00Z",
    ),
    "policy": (
        Malformed,
        {"command": "adopt_policy", "policy": {"policy": 1, "safeguards": [{"rule": "pray"}]}},
        "safeguards[0].rule: the rule 'pray' is unknown",
    ),
    "request id again": (
        Conflict,
        REQUEST | {"request": "w-0", "action": "a-8"},
        "the request id 'w-0' stands for something",
    ),
    "action of a request again": (
        Conflict,
        REQUEST | {"action": "a-0"},
        "the action id 'a-0' stands for something",
    ),
    "requested action again": (
        Conflict,
        ACT | {"action": "a-w"},
        "the action id 'a-w' stands for something",
    ),
    "appeal again": (
        Conflict,
        {"command": "file_appeal", "action": "a-0", "appeal": "p-0"},
        "the appeal id 'p-0' stands for something",
    ),
    "report of its source again": (
        Conflict,
        FILE | {"report": "r-1", "external_id": "T-0"},
        "stands for something else already",
    ),
}
BEFORE = (
    FILE | {"report": "r-0", "external_id": "T-0"},
    ACT | {"action": "a-0"},
    REVERSE | {"action": "a-0", "id": "rev-0"},
    NOTE | {"request_id": "q-0"},
    REQUEST | {"request": "w-0", "action": "a-w"},
    {"command": "file_appeal", "action": "a-0", "appeal": "p-0", "by": "the owner"},
)


@pytest.mark.parametrize(("family", "line", "message"), REFUSED.values(), ids=REFUSED)
def test_a_line_that_cannot_be_recorded_is_named_and_keeps_all_out(
    clock, tmp_path, family, line, message
):
    """
    The error is of its own family and names the line, and nothing of the file is written. When bad
    lines are skipped it is reported, and the others are recorded.
    """
    file = tmp_path / "actions.jsonl"
    file.write_bytes(b"".join(_written((*BEFORE, line))))
    with Ledger.open("memory:", clock=clock) as ledger:
        with pytest.raises(family) as error:
            ledger.import_history("actions", [file])
        assert 0 == ledger.status().entries
        skipping = ledger.import_history("actions", [file], skip_bad=True)

        assert str(error.value).startswith(f"{file}, line 7")
        assert message in str(error.value)
        assert [f"{file}, line 7"] == [skipped.place for skipped in skipping.skipped]
        assert message in skipping.skipped[0].reason
        assert {"rows": 7, "recorded": 6, "duplicates": 0, "skipped": 1} == skipping.document()
