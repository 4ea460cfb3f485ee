"""
What is wrong is said in two lines for people and one document for programs, with its exit code,
and nothing is written.
"""

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from shutil import which

import pytest

from ledger.cli.story import played
from ledger.store.schema import FORMAT
from tests.cli.conftest import entries_in
from tests.cli.wrong import ACCOUNT, ACT, FUTURE, ON_RECORD, WRONG

pytestmark = pytest.mark.usefixtures("kept")

CODES = {
    "Refused": 3,
    "Conflict": 4,
    "NotFound": 5,
    "Malformed": 6,
    "Unavailable": 7,
}


every_wrong = pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)


@every_wrong
def test_programs_get_one_document(ask, wrong):
    """
    With ``--json`` the error is one document on standard error, and standard output is empty.
    """
    said = ask("--json", *wrong.arguments)

    assert CODES[wrong.family] == said.code
    assert {"family", "message", "where", "expected"} == set(said.error)
    assert (wrong.family, wrong.where) == (said.error["family"], said.error["where"])
    assert wrong.message in said.error["message"]


@every_wrong
def test_people_get_what_is_wrong_and_what_would_work(ask, wrong):
    """
    The first line says what is wrong and where, the second one what was expected.
    """
    said = ask(*wrong.arguments)

    first, *others = said.err.splitlines()
    assert (CODES[wrong.family], "") == (said.code, said.out)
    assert first.replace(" ", "").lower().startswith(f"{wrong.family.lower()}:")
    assert wrong.message in first
    assert all(line.startswith("expected ") for line in others)
    assert len(others) <= 1


@every_wrong
def test_nothing_is_written(ask, kept, request, wrong):
    """
    The ledger has the entries that it had; a refusal by an authority check adds itself.
    """
    before = entries_in(kept)

    ask(*wrong.arguments)

    after = entries_in(kept)
    assert before == after[: len(before)]
    assert (request.node.callspec.id in ON_RECORD) == (len(after) - len(before))


def test_a_reversal_before_the_effect_is_refused(ask, kept):
    """
    A deferred act cannot be reversed before it took effect; it can be withdrawn.
    """
    ask(*ACT, "--action", "a-2", "--effective-at", FUTURE)
    before = entries_in(kept)

    said = ask("--json", "reverse", "a-2", "--by", "op-7", "--reason", "error")

    assert 3 == said.code
    assert "2099-01-01T00:00:00Z" in said.error["message"]
    assert "withdraw" in said.error["expected"]
    assert before == entries_in(kept)
    assert 0 == ask("withdraw", "a-2", "--by", "op-7", "--reason", "error").code


def test_what_is_no_ledger_is_left_alone(ask, folder):
    """
    Another database, a text and a ledger of a newer format are unavailable, each for its reason.
    """
    with closing(sqlite3.connect("other.db")) as other, other:
        other.execute("CREATE TABLE shopping (item TEXT)")
    (folder / "text.db").write_text("This is a text and no database. " * 100)
    with played(folder / "newer.db"):
        pass
    with closing(sqlite3.connect("newer.db")) as newer, newer:
        newer.execute("UPDATE settings SET value = ? WHERE name = 'format'", (str(FORMAT + 1),))

    for name, message in (
        ("other.db", "is not a ledger"),
        ("text.db", "is not a ledger"),
        ("newer.db", f"which is newer than {FORMAT}"),
    ):
        said = ask("--json", "--ledger", f"sqlite:///{name}", *ACT)
        assert (7, "Unavailable") == (said.code, said.error["family"])
        assert message in said.error["message"]
    with closing(sqlite3.connect("other.db")) as other:
        assert [("shopping",)] == other.execute("SELECT name FROM sqlite_master").fetchall()
    with closing(sqlite3.connect("newer.db")) as newer:
        assert [(15,)] == newer.execute("SELECT count(*) FROM entries").fetchall()


@pytest.fixture
def small_disk(tmp_path):
    """
    A file system of half a megabyte.
    """
    disk = tmp_path / "disk"
    disk.mkdir()
    mount, unmount = which("mount"), which("umount")
    if not mount or not unmount:
        pytest.skip("there is no mount here")
    mounting = [mount, "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here: that takes root and its rights")
    yield disk
    subprocess.run([unmount, str(disk)], check=True)


def test_a_full_disk_is_unavailable(ask, folder, told, small_disk):
    """
    What does not fit is not written at all; what was there before still answers.
    """
    ledger = small_disk / "ledger.db"
    shutil.copy(told, ledger)
    before = entries_in(ledger)
    line = {"command": "note", "account": ACCOUNT, "text": "x" * 1000, "by": "op-7"}
    (folder / "notes.jsonl").write_text((json.dumps(line) + "\n") * 1000)

    said = ask("--json", "--ledger", f"sqlite:///{ledger}", "record", "notes.jsonl")

    assert (7, "Unavailable") == (said.code, said.error["family"])
    assert "is full" in said.error["message"]
    assert before == entries_in(ledger)


@pytest.mark.usefixtures("nothing_written")
def test_a_locked_ledger_is_unavailable(ask, kept):
    """
    A ledger that another program holds is waited for, and then said to be locked.
    """
    other = sqlite3.connect(kept, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    said = ask("--json", *ACT)

    other.rollback()
    other.close()
    assert (7, "Unavailable") == (said.code, said.error["family"])
    assert "locked by another writer" in said.error["message"]
    assert "try again" in said.error["expected"]


def test_an_error_is_valid_json_whatever_it_quotes(ask):
    """
    Quotation marks, new lines and bytes that are no text are escaped.
    """
    said = ask("--json", "standing", '"\n\udcff')

    assert 6 == said.code
    assert "not allowed" in json.loads(said.err)["error"]["message"]


@pytest.mark.parametrize("known_at", ["0:5", '{"0": "x"}', "{0: 5}", "2017-11-02T22:55:00"])
def test_how_a_cut_is_written_is_told(ask, known_at):
    """
    What is neither a time nor a cut is answered with one that a shell takes as it is; so does help.
    """
    written = """'{"0": 5}'"""
    said = ask("--json", "who", ACCOUNT, "--known-at", known_at)

    assert (6, "known_at") == (said.code, said.error["where"])
    assert said.error["expected"].endswith(f"a cut such as {written}")
    for verb in ("who", "standing", "restrictions", "entries"):
        assert written in ask(verb, "--help").out
    assert 0 == ask("restrictions", "--known-at", written.strip("'")).code
