"""
History in and out on the command line: summaries, skipped lines, places, and a progress bar.
"""

import json
import os
import pty
import re

import pytest

from tests.cli.conftest import entries_in

HEAD = b"logid,ns,title,pageid,logpage,params,type,action,user,timestamp,comment\n"
BLOCKED = (
    b"1,2,User:Eve,0,0,{},block,block,Ada,2004-12-23T03:38:56Z,vandalism\n"
    b"2,2,User:Eve,0,0,{},block,unblock,Bob,2004-12-23T03:50:00Z,\n"
    b"2,2,User:Eve,0,0,{},block,unblock,Bob,2004-12-23T03:50:00Z,\n"
    b"3,2,User:Max,0,0,{},block,unblock,Bob,2004-12-23T04:00:00Z,\n"
)
NOTE = {
    "command": "note",
    "account": "25073877",
    "text": "seen",
    "by": "op-7",
    "recorded_at": "2018-01-01T00:00:00Z",
}


@pytest.fixture
def blocks(folder):
    """
    A block log of four rows: a block, its end, the same row again, and an end without a block.
    """
    (folder / "blocks.csv").write_bytes(HEAD + BLOCKED)
    return "blocks.csv"


def test_a_block_log_is_imported(ask, blocks):
    """
    The summary has the counts of the contract; what was imported says that a source recorded it.
    """
    said = ask("--json", "import", "block-log", blocks)

    assert (0, "") == (said.code, said.err)
    assert {
        "rows": 4,
        "usable": 3,
        "unusable": 0,
        "duplicates": 1,
        "accounts": 2,
        "operators": 2,
        "anomalies": {
            "unblock_without_block": 1,
            "reblock_without_block": 0,
            "never_in_force": 0,
        },
    } == said.document
    (line,) = ask("--json", "restrictions", "--lasting", "11m").documents
    assert ("source", 664.0, "Ada", "Bob") == tuple(
        line[name] for name in ("recorded_by", "seconds", "opened_by", "closed_by")
    )
    for question in (["who", "User:Eve"], ["account", "User:Eve"], ["operator", "Ada"]):
        assert "source" == ask("--json", *question).document["recorded_by"]


def test_the_summary_is_a_table_for_people(ask, blocks):
    """
    Each count has a line.
    """
    said = ask("import", "block-log", blocks)

    assert ["rows", "4"] == said.out.splitlines()[0].split()
    assert re.search(r"^unblock without block +1$", said.out, re.MULTILINE)


@pytest.mark.usefixtures("nothing_written")
def test_a_bad_line_imports_nothing(ask, folder):
    """
    The error names the file and line 17.
    """
    lines = [json.dumps(NOTE | {"text": f"note {number}"}) for number in range(20)]
    lines[16] = lines[16].replace("recorded_at", "recorded")
    (folder / "notes.jsonl").write_text("\n".join(lines))

    said = ask("--json", "import", "actions", "notes.jsonl")

    assert 6 == said.code
    assert said.error["where"].startswith("notes.jsonl, line 17")


@pytest.mark.usefixtures("kept")
def test_bad_lines_are_skipped_when_asked_and_reported(ask, folder):
    """
    ``--skip-bad`` records the others, and says on standard error which line was left out and why.
    """
    good, bad = json.dumps(NOTE), json.dumps(NOTE | {"by": ""})
    (folder / "notes.jsonl").write_text(f"{good}\n{bad}\n")

    said = ask("--json", "import", "actions", "notes.jsonl", "--skip-bad")

    assert {"rows": 2, "recorded": 1, "duplicates": 0, "skipped": 1} == said.document
    assert said.err.startswith("skipped: notes.jsonl, line 2: ")
    assert "the id is empty" in said.err


def test_late_history_is_recorded_only_when_asked(ask, kept, folder):
    """
    What is older than the last entry is refused, and ``--as-late`` records it now.
    """
    late = NOTE | {"recorded_at": "2017-11-04T00:00:00Z"}
    (folder / "notes.jsonl").write_text(json.dumps(late) + "\n")
    verb = ["import", "actions", "notes.jsonl"]

    refused = ask("--json", *verb)

    assert 6 == refused.code
    assert "--as-late" in refused.error["expected"]
    assert 15 == len(entries_in(kept))
    assert 0 == ask(*verb, "--as-late", "--by", "op-1").code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "csv", "blocks.csv"], "csv"),
        (["import", "block-log"], "FILE"),
        (["import", "block-log", "."], "directory"),
        (["import", "block-log", "none.csv"], "No such file"),
        (["export", "block-log"], "block-log"),
        (["export", "actions", "--out", "blocks.csv"], "File exists"),
        (["export", "actions", "--out", "none/copy.jsonl"], "No such file"),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("nothing_written", "blocks")
def test_what_cannot_be_imported_or_exported_is_malformed(ask, arguments, message):
    """
    An unknown format, a file that is none, and a path that is taken change nothing.
    """
    said = ask("--json", *arguments)

    assert 6 == said.code
    assert message in said.error["message"]


@pytest.mark.usefixtures("kept")
def test_an_export_is_imported_again(ask):
    """
    What is exported to a file or to standard output are the same lines, and they make the ledger.
    """
    told = ask("export", "actions")
    to_file = ask("--json", "export", "actions", "--out", "copy.jsonl")
    new = ["--ledger", "sqlite:///new.db"]

    assert 14 == len(told.out.splitlines())
    assert "14 lines; left out, being no commands: 1 ledger.opened\n" == told.err
    assert {"out": "copy.jsonl", "lines": 14, "left_out": {"ledger.opened": 1}} == to_file.document
    with open("copy.jsonl", encoding="utf-8") as copy:  # noqa: PTH123
        assert told.out == copy.read()
    assert 0 == ask(*new, "import", "actions", "copy.jsonl").code
    (before,) = ask("--json", "restrictions").documents
    (after,) = ask("--json", *new, "restrictions").documents
    assert 660.0 == before["seconds"] == after["seconds"]
    assert "source" == after["recorded_by"]


def test_progress_is_shown_on_a_terminal_alone(started, blocks):
    """
    On a terminal standard error says how far the import is; standard output has the answer alone.
    """
    terminal, its_end = pty.openpty()
    running = started("--json", "import", "block-log", blocks, stderr=its_end)
    out, _ = running.communicate()
    os.close(its_end)
    shown = os.read(terminal, 65_536)
    os.close(terminal)

    assert 4 == json.loads(out)["rows"]
    assert b"recording" in shown
