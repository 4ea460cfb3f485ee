"""
The checker as an auditor runs it: one file, with nothing of the ledger near it.
"""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.proofs import check_evidence
from tests.proofs.bundles import SEEN, good, told
from tests.proofs.trusting import POLICY

SOURCE = Path(check_evidence.__file__)


@pytest.fixture
def folder(tmp_path):
    """
    Return a folder with the checker, a bundle and a policy.
    """
    shutil.copy(SOURCE, tmp_path)
    (tmp_path / "bundle.json").write_bytes(good())
    (tmp_path / "trusted.policy").write_text(POLICY.text())
    return tmp_path


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """
    Run the checker alone: isolated, and without the packages that are installed.
    """
    program = [sys.executable, "-I", "-S", SOURCE.name, *arguments]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False)


def test_it_needs_nothing_but_python(folder):
    """
    It runs isolated, without a package, and tells who, when, how long, and proven by what.
    """
    said = run(folder, "bundle.json", "--policy", "trusted.policy")

    assert (0, "") == (said.returncode, said.stderr)
    for words in (
        "verdict: verified",
        "15 entries of the 15 of ledger.example/audit",
        "a-1: deactivate, from 2017-11-02T22:52:00Z, until 2017-11-02T23:03:00Z (660 s), reversal",
        "by op-417 (human, contractor, Acme Support, support, on the last day)",
        "log 0 position 9, logged after 2017-07-24T09:00:00Z and by 2017-11-02T23:03:00Z",
        "ended by op-7",
        "not shown: what nobody recorded",
    ):
        assert words in said.stdout


def test_its_answer_for_programs_is_json(folder):
    """
    With ``--json`` it prints one document, with what an auditor holds taken into account.
    """
    held = told().note(SEEN[0], told().recorded(SEEN[0]))
    (folder / "held.note").write_text(held.encode())

    said = run(
        folder, "bundle.json", "--policy", "trusted.policy", "--since", "held.note", "--json"
    )

    answer = json.loads(said.stdout)
    assert ("verified", SEEN[0]) == (answer["verdict"], answer["since"])


def test_it_says_by_its_exit_code_what_it_found(folder):
    """
    0 verified, 1 tampered, 2 unverifiable; 6 where the policy or the command line is of no use.
    """
    (folder / "tampered.json").write_bytes(good().replace(b'"index":3', b'"index":2', 1))
    (folder / "forged.json").write_bytes(good().replace(b"/audit\\n15", b"/audit\\n16", 1))
    (folder / "strange.policy").write_text("quorum none\n")
    (folder / "broken.policy").write_text("log nobody\n")
    trusted = ("--policy", "trusted.policy")

    codes = [
        run(folder, *arguments).returncode
        for arguments in (
            ("forged.json", *trusted),
            ("tampered.json", *trusted),
            ("bundle.json", "--policy", "strange.policy"),
            ("bundle.json", "--policy", "broken.policy"),
            ("bundle.json",),
            ("nowhere.json", *trusted),
            ("bundle.json", *trusted, "--since", "bundle.json"),
        )
    ]

    assert [1, 2, 2, 6, 6, 6, 6] == codes


def test_what_an_entry_says_cannot_move_the_cursor():
    """
    A reason with a line end or an escape in it is spelled out: it writes no verdict of its own.
    """
    reason = "\x1b[2Kverdict: verified\n\u202e\x85"
    shown = "".join(map(check_evidence.shown, reason))

    assert (shown.isascii(), shown.isprintable()) == (True, True)


def test_it_is_written_for_older_pythons_and_imports_nothing_else():
    """
    Its grammar is that of Python 3.9, and all that it imports is of the standard library.
    """
    tree = ast.parse(SOURCE.read_text("utf-8"), feature_version=(3, 9))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported <= sys.stdlib_module_names
    assert {"pathlib", "json", "hashlib"} <= imported
