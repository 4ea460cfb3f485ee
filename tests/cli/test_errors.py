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
from typing import NamedTuple

import pytest

from ledger.cli.story import played
from tests.cli.conftest import entries_in

ACCOUNT = "25073877"
ACT = ["act", "suspend", ACCOUNT, "--by", "op-7", "--because-of", "r-1", "--reason", "spam"]
REVERSE = ["reverse", "a-1", "--by", "op-7", "--reason", "error"]
LONG = "x" * 300
FUTURE = "2099-01-01T00:00:00Z"

pytestmark = pytest.mark.usefixtures("kept")

CODES = {
    "Refused": 3,
    "Conflict": 4,
    "NotFound": 5,
    "Malformed": 6,
    "Unavailable": 7,
}


def without(arguments, option):
    """
    Return *arguments* without *option* and its value.
    """
    place = arguments.index(option)
    return [*arguments[:place], *arguments[place + 2 :]]


class Wrong(NamedTuple):
    """
    What is given, and the family of the error, its place, and what its message says.
    """

    arguments: list[str]
    family: str
    where: str | None
    message: str


WRONG = {
    "a naive time": Wrong(
        ["standing", ACCOUNT, "--at", "2017-11-02T22:55:00"],
        "Malformed",
        "at",
        "has no offset",
    ),
    "a naive time of an act": Wrong(
        [*ACT, "--effective-at", "2017-11-02 22:52"],
        "Malformed",
        "effective_at",
        "has no offset",
    ),
    "a time to come as knowledge": Wrong(
        ["who", ACCOUNT, "--known-at", FUTURE],
        "Malformed",
        "known_at",
        "later than now",
    ),
    "a cut that is none": Wrong(
        ["who", ACCOUNT, "--known-at", '{"0": "x"}'],
        "Malformed",
        "known_at",
        "is no cut",
    ),
    "no duration": Wrong(
        ["restrictions", "--lasting", "eleven"],
        "Malformed",
        "lasting",
        "not a duration",
    ),
    "an unknown account": Wrong(["standing", "nobody"], "NotFound", "account", "has no entry"),
    "an unknown operator": Wrong(["operator", "op-42"], "NotFound", "operator", "'op-417'"),
    "an operator who is not enrolled": Wrong(
        ["note", ACCOUNT, "seen", "--by", "op-42"],
        "NotFound",
        "by",
        "not enrolled",
    ),
    "an unknown action": Wrong(["authority", "a-9"], "NotFound", "action", "no action 'a-9'"),
    "an unknown measure": Wrong(
        ["act", "delete", *ACT[2:]],
        "Malformed",
        "measure",
        "'delete' is unknown",
    ),
    "an inverse as a measure": Wrong(
        ["act", "reactivate", *ACT[2:]],
        "Malformed",
        "measure",
        "'deactivate'",
    ),
    "an action reversed twice": Wrong(REVERSE, "Refused", None, "reversed already: by 'op-7'"),
    "an operator who has left": Wrong(
        [*without(ACT, "--by"), "--by", "op-417", "--effective-at", FUTURE],
        "Refused",
        None,
        "left at 2017-11-02T23:00:00Z",
    ),
    "an empty reason": Wrong(
        [*without(ACT, "--reason"), "--reason", ""],
        "Malformed",
        "reason",
        "text is empty",
    ),
    "an id of 300 characters": Wrong(
        ["file-report", LONG, "--category", "spam", "--source", "user"],
        "Malformed",
        "account",
        "300 characters",
    ),
    "an id of another command": Wrong(
        [*ACT, "--action", "a-1"],
        "Conflict",
        "action",
        "another command",
    ),
    "bytes that are no text": Wrong(
        ["note", ACCOUNT, "\udcff", "--by", "op-7"],
        "Malformed",
        "text",
        "not valid Unicode",
    ),
    "a percentage beyond 100": Wrong(
        [
            *("assert-finding", "a-1", "--cause", "error", "--by", "comms", "--source", "memo"),
            *("--statement", "a slip", "--confidence", "101"),
        ],
        "Malformed",
        "confidence",
        "no percentage",
    ),
    "a verb that is none": Wrong(["stand", ACCOUNT], "Malformed", "ledger", "no verb 'stand'"),
    "a verb that is missing": Wrong([], "Malformed", "ledger", "issing"),
    "an option that is none": Wrong(
        ["standing", ACCOUNT, "--when", "now"],
        "Malformed",
        "ledger standing",
        "--when",
    ),
    "an option before the verb that is none": Wrong(
        ["--jsno", "status"],
        "Malformed",
        "ledger",
        "--jsno",
    ),
    "an argument that is missing": Wrong(["standing"], "Malformed", "ledger standing", "ACCOUNT"),
    "an operator that is missing": Wrong(
        without(ACT, "--by"),
        "Malformed",
        "ledger act",
        "--by",
    ),
    "a number that is none": Wrong(
        ["restrictions", "--limit", "many"],
        "Malformed",
        "ledger restrictions",
        "many",
    ),
    "a page of a count": Wrong(
        ["restrictions", "--count", "--limit", "3"],
        "Malformed",
        "ledger restrictions",
        "--limit",
    ),
    "a shell that is none": Wrong(["completion", "cmd"], "Malformed", "ledger completion", "cmd"),
    "a path that is taken": Wrong(["backup", "ledger.db"], "Malformed", "path", "exists"),
    "a ledger that is there": Wrong(["init"], "Malformed", "ledger", "a ledger already"),
    "a URL that is none": Wrong(
        ["--ledger", "ledger.db", "status"],
        "Malformed",
        "ledger",
        "names no ledger",
    ),
    "a ledger that is a directory": Wrong(
        ["--ledger", "sqlite:///.", "status"],
        "Malformed",
        "ledger",
        "is a directory",
    ),
    "a ledger that is not there": Wrong(
        ["--ledger", "sqlite:///none.db", "status"],
        "Unavailable",
        "ledger",
        "there is no ledger",
    ),
}
# Only what an authority check stopped is on record.
ON_RECORD = {"an operator who has left"}

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
        newer.execute("UPDATE settings SET value = '2' WHERE name = 'format'")

    for name, message in (
        ("other.db", "is not a ledger"),
        ("text.db", "is not a ledger"),
        ("newer.db", "which is newer than 1"),
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
