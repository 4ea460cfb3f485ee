"""
``ledger follow``: a line for each entry as soon as it is there, with the cursor to go on from.
"""

import json

import pytest

from ledger import Ledger

ACCOUNT = "25073877"

pytestmark = pytest.mark.usefixtures("kept")


def test_it_shows_what_is_on_record(ask):
    """
    With ``--once`` it ends with the last entry, each on a line of its own.
    """
    said = ask("follow", "--once")

    assert (0, "") == (said.code, said.err)
    lines = said.out.splitlines()
    assert 15 == len(lines)
    assert "2017-11-02 22:10:00  op-417  0:9 account.action_taken" in lines[8]


def test_each_line_has_the_cursor_to_go_on_from(ask):
    """
    With ``--json`` a line has what a line of ``entries`` has, and the cursor behind it.
    """
    lines = ask("--json", "follow", "--once").documents
    entries = ask("--json", "entries").documents

    for place, (line, entry) in enumerate(zip(lines, entries, strict=True), start=1):
        assert entry | {"cursor": line["cursor"]} == line
        for after in (line["cursor"], entry["cursor"]):
            assert lines[place:] == ask("--json", "follow", "--once", "--after", after).documents


def test_an_entry_is_shown_as_soon_as_it_is_recorded(started, kept):
    """
    Whoever reads the lines has the next one while the program waits for another.
    """
    running = started("--json", "follow")
    lines = [json.loads(running.stdout.readline()) for _ in range(15)]
    with Ledger.open(f"sqlite:///{kept}") as ledger:
        ledger.note(ACCOUNT, "seen", by="op-7")
        line = json.loads(running.stdout.readline())
        running.kill()
        running.communicate()

    assert [*range(1, 17)] == [each["position"] for each in (*lines, line)]
    assert "seen" == line["data"]["text"]


@pytest.mark.parametrize("frame", [[], ["--json"]], ids=["page", "json"])
def test_it_ends_with_whoever_reads_it(started, frame):
    """
    When the reader goes away, as `head` does, it ends quietly, though there is nothing to write.
    """
    running = started(*frame, "follow", "--look-seconds", "3600")
    for _ in range(15):
        running.stdout.readline()
    running.stdout.close()

    _, said = running.communicate()
    assert (0, b"") == (running.returncode, said)


@pytest.mark.parametrize(
    ("option", "value", "where"),
    [
        ("--after", "nonsense", "after"),
        ("--look-seconds", "0", "look_seconds"),
        ("--look-seconds", "1e308", "look_seconds"),
        ("--look-seconds", "inf", "look_seconds"),
        ("--look-seconds", "often", "ledger follow"),
    ],
)
def test_what_it_cannot_take_is_malformed(ask, option, value, where):
    """
    A cursor that is none and a time that is none end it before it begins.
    """
    said = ask("--json", "follow", option, value)

    assert (6, where) == (said.code, said.error["where"])
