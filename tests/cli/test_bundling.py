"""
Evidence on the command line: a bundle is written from a ledger, and checked where there is none.
"""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import Ask

WRITTEN = ("bundle", "--account", "25073877", "--out", "evidence.json")
CHECKED = ("check", "evidence.json", "--policy", "trusted.policy")


@pytest.fixture
def signed(ask: Ask, kept: Path) -> Callable[..., None]:
    """
    Return what signs the ledger of the folder into a file; the auditor trusts its key.
    """
    ask("generate-key", "log.key")
    key = ask("show-key", "log.key").out.strip()
    kept.with_name("trusted.policy").write_text(f"log {key}\nquorum none\n")

    def checkpoint(name: str) -> None:
        kept.with_name(name).write_text(ask("checkpoint", "--key", "log.key").out)

    checkpoint("first.note")
    return checkpoint


@pytest.mark.usefixtures("signed")
def test_a_bundle_is_checked_without_the_ledger(ask, kept):
    """
    Where the ledger is gone the story is still told, with the positions that prove it.
    """
    said = ask(*WRITTEN)
    kept.unlink()
    checked = ask(*CHECKED)

    digest = sha256(Path("evidence.json").read_bytes()).hexdigest()
    assert (0, f"12 entries, SHA-256 of what was written:\n{digest}  evidence.json\n") == said[:2]
    assert 0 == checked.code
    for words in ("verified", "11 min, reversal", "op-417 (human, contractor", "position 9"):
        assert words in checked.out


@pytest.mark.usefixtures("signed")
def test_the_checker_beside_it_says_the_same(ask, folder):
    """
    The file that is written with ``--with-checker`` is the one that the digest is said of, and
    comes to the same answer by itself.
    """
    written = ask(*WRITTEN, "--with-checker", "--json").document

    bundle, checker = written["files"]
    assert (12, "check_evidence.py") == (written["entries"], checker["path"])
    assert checker["sha256"] == sha256((folder / "check_evidence.py").read_bytes()).hexdigest()
    program = [sys.executable, "-I", "-S", checker["path"], bundle["path"]]
    alone = subprocess.run(
        [*program, *CHECKED[2:], "--json"], capture_output=True, text=True, check=True
    )
    assert ask(*CHECKED, "--json").document == json.loads(alone.stdout)


def test_what_came_since_an_earlier_checkpoint_is_shown(ask, signed):
    """
    A bundle made with the auditor's last checkpoint shows that nothing before it was changed.
    """
    ask("note", "25073877", "seen", "--by", "op-7")
    signed("second.note")

    ask(*WRITTEN, "--since", "first.note")
    ask("bundle", "--account", "25073877", "--out", "without.json")
    old = ("--checkpoint", "first.note", "--out", "old.json")
    ask("bundle", "--action", "a-1", *old)

    with_proof = ask(*CHECKED, "--since", "first.note", "--json")
    without = ask("check", "without.json", *CHECKED[2:], "--since", "first.note", "--json")
    older = ask("check", "old.json", *CHECKED[2:], "--since", "second.note", "--json")
    assert (0, 15, 13) == (
        with_proof.code,
        with_proof.document["since"],
        with_proof.document["entries"],
    )
    assert [(2, "not-continued")] * 2 == [
        (said.code, said.document["findings"][0]["what"]) for said in (without, older)
    ]


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(
    ("narrowed", "actions"),
    [
        (("--who", "25073877", "--lasting", "11m"), ["a-1"]),
        (("--account", "25073877", "--measure", "deactivate"), ["a-1"]),
        (("--account", "25073877", "--at", "2017-11-02T22:55:00Z"), ["a-1"]),
        (("--account", "25073877", "--during", "2017-11-02T00:00Z..2017-11-03T00:00Z"), ["a-1"]),
        (("--action", "a-1"), ["a-1"]),
        (("--account", "25073877"), None),
    ],
)
def test_a_story_is_narrowed_as_an_answer_is(ask, narrowed, actions):
    """
    The filters of ``who`` say which restrictions are told; the entries are the same.
    """
    ask("bundle", *narrowed, "--out", "evidence.json")

    bundle = json.loads(Path("evidence.json").read_bytes())
    assert (actions, 12) == (bundle["subject"]["actions"], len(bundle["entries"]))
    assert 0 == ask(*CHECKED).code


@pytest.mark.usefixtures("signed")
def test_a_forged_bundle_is_said_to_be_one_by_the_exit_code(ask):
    """
    1 where something contradicts what was signed, 2 where it is not shown; no story is told then.
    """
    ask(*WRITTEN)
    good = Path("evidence.json").read_bytes()
    Path("evidence.json").write_bytes(good.replace(b'"index":8', b'"index":9', 1))
    malformed = ask(*CHECKED)
    Path("evidence.json").write_bytes(good.replace(b"\\n15\\n", b"\\n16\\n", 1))
    tampered = ask(*CHECKED)

    assert ([2, 1], True, False) == (
        [malformed.code, tampered.code],
        "checkpoint-forged" in tampered.out,
        "11 min" in malformed.out + tampered.out,
    )


REFUSED = {
    "nobody": (("bundle", "--out", "x.json"), 6),
    "two": (("bundle", "--account", "25073877", "--action", "a-1", "--out", "x.json"), 6),
    "an unknown account": (("bundle", "--account", "2507387", "--out", "x.json"), 5),
    "an unknown action": (("bundle", "--action", "a-2", "--out", "x.json"), 5),
    "no such restriction": (
        ("bundle", "--account", "25073877", "--lasting", "2d", "--out", "x.json"),
        5,
    ),
    "a file that is there": ((*WRITTEN[:-1], "first.note"), 6),
    "no checkpoint": ((*WRITTEN, "--checkpoint", "nowhere.note"), 6),
    "another file": ((*WRITTEN, "--checkpoint", "trusted.policy"), 6),
    "no state": ((*WRITTEN, "--state", "elsewhere"), 6),
    "no policy": (("check", "first.note", "--policy", "nowhere.policy"), 6),
    "a policy that is none": (("check", "first.note", "--policy", "first.note"), 6),
    "no bundle": (("check", "nowhere.json", "--policy", "trusted.policy"), 6),
    "what is no bundle": (("check", "first.note", "--policy", "trusted.policy"), 2),
}


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize(("arguments", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_says_why(ask, arguments, code):
    """
    What is missing or of the wrong shape has the exit code of its family, and nothing is written.
    """
    said = ask(*arguments)

    assert (code, False) == (said.code, Path("x.json").exists())
    assert said.err or code == 2


@pytest.mark.usefixtures("signed")
def test_no_bundle_is_made_of_a_ledger_that_was_changed(ask, kept):
    """
    Who asks for evidence is told at which entry the ledger is not what was signed; no file is left.
    """
    with sqlite3.connect(kept) as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute(
            "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'error', 'haste') AS BLOB)"
            " WHERE position = 10"
        )
    connection.close()

    said = ask(*WRITTEN, "--json")

    assert (1, False) == (said.code, Path("evidence.json").exists())
    assert "Tampered" == said.error["family"]
    assert "index 9" in said.error["message"]
