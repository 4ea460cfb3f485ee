"""
Lines of actions that come again: by the same import, by another one, in the same file.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger import Conflict, Ledger
from ledger.book import history

NOTE = {"command": "note", "account": "x", "text": "seen", "by": "ann"}
ACT = {"command": "act", "measure": "suspend", "account": "x", "by": "ann", "action": "a-1"}
FILED = {"command": "file_report", "account": "x", "category": "c", "source": "s"}
ASKED: dict[str, Any] = {
    "command": "request",
    "measure": "suspend",
    "account": "x",
    "by": "ann",
    "because_of": [],
}
APPROVED: dict[str, Any] = {"command": "approve", "request": "w", "by": "bob"}
GIVING: list[tuple[dict[str, Any], bool]] = [
    (FILED, True),
    (FILED | {"external_id": "T-1"}, False),
    (ASKED, True),
    (ASKED | {"request": "w-1"}, False),
    (ASKED | {"action": "a-2"}, False),
    ({"command": "file_appeal", "action": "a-1", "by": "x"}, True),
    ({"command": "file_appeal", "action": "a-1", "by": "x", "appeal": "p"}, False),
    (APPROVED, True),
    ({"command": "notify", "action": "a-1", "channel": "mail", "text_hash": "h"}, True),
    ({"command": "notify", "action": "a-1", "channel": "mail", "text_hash": "h", "id": "n"}, False),
]


@pytest.fixture(autouse=True)
def _years_later(clock) -> None:
    """
    Let all of it lie in the past.
    """
    clock.set("2026-01-01T00:00:00Z")


def lines(path: Path, *told: dict[str, Any]) -> Path:
    """
    Return *path* with the lines *told*, recorded at one moment where they do not say when.
    """
    timed = [{"recorded_at": "2017-11-02T22:00:00Z", **line} for line in told]
    path.write_text("".join(json.dumps(line) + "\n" for line in timed), "utf-8")
    return path


def notes(ledger: Ledger) -> list[str | None]:
    """
    Return the source ids of the notes on account x.
    """
    contexts = [note.event.context for note in ledger.account("x").notes]
    return [context.source_id if context else None for context in contexts]


def test_a_second_import_of_the_same_lines_writes_nothing(ledger, tmp_path):
    """
    Lines are known again by what they say, however they are spelled.
    """
    file = lines(tmp_path / "one.jsonl", ACT, NOTE, NOTE | {"text": "seen again"})
    ledger.import_history("actions", [file])
    before = ledger.status()
    spelled = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    respelled = tmp_path / "two.jsonl"
    respelled.write_text(
        "\n\n".join(json.dumps(dict(reversed(line.items()))) for line in spelled), "utf-8"
    )

    again = ledger.import_history("actions", [respelled])

    assert {"rows": 3, "recorded": 0, "duplicates": 3, "skipped": 0} == again.document()
    assert before == ledger.status()


def test_the_same_line_twice_in_a_file_says_that_it_was_done_twice(ledger, tmp_path):
    """
    Two notes of one moment are two, and both are known when they come again.
    """
    file = lines(tmp_path / "one.jsonl", NOTE, NOTE, NOTE | {"text": "other"}, NOTE)

    summary = ledger.import_history("actions", [file])
    first, second, _, third = notes(ledger)

    assert 4 == summary.counts["recorded"]
    assert first is not None
    assert [f"{first}#2", f"{first}#3"] == [second, third]
    assert 4 == ledger.import_history("actions", [file]).counts["duplicates"]


def test_the_same_line_in_two_files_is_one(ledger, tmp_path):
    """
    Files that overlap come to the same together as one after the other.
    """
    one = lines(tmp_path / "one.jsonl", NOTE)
    two = lines(tmp_path / "two.jsonl", NOTE, NOTE | {"text": "other"})

    together = ledger.import_history("actions", [one, two])

    assert (2, 1) == (together.counts["recorded"], together.counts["duplicates"])


def test_a_line_that_gives_its_own_id_is_never_done_twice(ledger, tmp_path):
    """
    An action has one id, so the line again is a repetition; another line under the id is refused.
    """
    file = lines(tmp_path / "one.jsonl", ACT, ACT)

    assert 1 == ledger.import_history("actions", [file]).counts["duplicates"]
    with pytest.raises(Conflict):
        ledger.import_history("actions", [lines(file, ACT | {"reason": "spam"})])


def test_a_source_id_stands_for_its_line(ledger, tmp_path):
    """
    Where the source gives its lines ids, a line under a known id is a duplicate whatever it says.
    """
    file = tmp_path / "one.jsonl"
    known = NOTE | {"source_id": "n-1"}
    summary = ledger.import_history("actions", [lines(file, known, known | {"text": "other"})])
    again = ledger.import_history("actions", [lines(file, {"source_id": "n-1"})])

    assert (1, 1) == (summary.counts["recorded"], summary.counts["duplicates"])
    assert ["n-1"] == notes(ledger)
    assert 1 == again.counts["duplicates"]


def test_a_line_that_changed_nothing_is_a_duplicate_when_it_comes_again(ledger, tmp_path):
    """
    A role that was granted twice was granted twice: what happened is on record, changed or not.
    """
    grant = {"command": "grant_role", "operator": "ann", "role": "support"}
    later = {"recorded_at": "2017-11-02T23:00:00Z"}
    file = lines(tmp_path / "one.jsonl", NOTE, grant, NOTE | later, grant | later, NOTE | later)
    ledger.import_history("actions", [file])

    assert 5 == ledger.import_history("actions", [file]).counts["duplicates"]


def test_an_operator_who_is_known_is_not_met_again(ledger, tmp_path):
    """
    A line that tells only that somebody acted says nothing new of him once more is known.
    """
    enrol = {"command": "enrol_operator", "operator": "ann"}
    file = lines(
        tmp_path / "one.jsonl",
        enrol | {"kind": "unknown", "account": "User:ann"},
        enrol | {"kind": "human"},
        enrol | {"kind": "unknown", "account": "User:other"},
    )

    summary = ledger.import_history("actions", file)

    assert (2, 1) == (summary.counts["recorded"], summary.counts["duplicates"])
    assert "human" == ledger.operator("ann").kind
    assert 3 == ledger.import_history("actions", [file]).counts["duplicates"]


def test_an_interrupted_import_of_lines_is_resumed(ledger, tmp_path, monkeypatch):
    """
    Lines behind the interruption may name what the lines before it gave.
    """
    monkeypatch.setattr(history, "CHUNK_STEPS", 2)
    minutes = [{"recorded_at": f"2017-11-02T22:{minute:02}:00Z"} for minute in range(6)]
    told: list[dict[str, Any]] = [
        {"command": "file_report", "account": "x", "category": "c", "source": "s", "report": "r"},
        NOTE,
        ACT | {"because_of": ["r"]},
        {"command": "reverse", "action": "a-1", "by": "bob", "id": "rev"},
        {"command": "correct", "id": "rev", "by": "bob", "operator": "eve"},
        {"command": "grant_role", "operator": "ann", "role": "support"},
    ]
    file = lines(tmp_path / "one.jsonl", *(a | b for a, b in zip(told, minutes, strict=True)))

    def stop(done: int, _new: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.import_history("actions", [file], progress=stop)
    resumed = ledger.import_history("actions", [file])

    assert (2, 4) == (resumed.counts["recorded"], resumed.counts["duplicates"])
    assert () == ledger.status().unfinished_imports
    assert ["eve"] == [restriction.closed_by for restriction in ledger.restrictions()]


@pytest.mark.parametrize(("line", "recurs"), GIVING)
def test_a_line_without_an_id_may_come_twice(ledger, tmp_path, line, recurs):
    """
    Two approvals may be alike; a report has one id at its source, an appeal one id here.
    """
    at = {"delivered_at": "2017-11-02T22:00:00Z"} if line["command"] == "notify" else {}
    before = [ACT, ASKED | {"request": "w"}]
    file = lines(tmp_path / "one.jsonl", *before, line | at, line | at)

    summary = ledger.import_history("actions", [file])

    assert (4 if recurs else 3, 0 if recurs else 1) == (
        summary.counts["recorded"],
        summary.counts["duplicates"],
    )
    assert 4 == ledger.import_history("actions", [file]).counts["duplicates"]


def test_a_request_that_was_interrupted_goes_on(ledger, tmp_path, monkeypatch):
    """
    Approvals behind the interruption grant what was asked for before it.
    """
    monkeypatch.setattr(history, "CHUNK_STEPS", 1)
    minutes = [{"recorded_at": f"2017-11-02T22:{minute:02}:00Z"} for minute in range(3)]
    needs = {"request": "w", "needs": [{"safeguard": "two", "approvals": 2}]}
    told = [ASKED | needs, APPROVED, APPROVED | {"by": "eve"}]
    file = lines(tmp_path / "one.jsonl", *(a | b for a, b in zip(told, minutes, strict=True)))

    def stop(done: int, _new: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.import_history("actions", [file], progress=stop)
    assert "active" == ledger.standing("x").standing
    ledger.import_history("actions", [file])

    assert ("bob", "eve") == ledger.account("x").actions[0].action.taken.approved_by
