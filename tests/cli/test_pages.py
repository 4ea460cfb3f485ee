"""
The pages for people: what they say, at 80 columns, and colour on terminals alone.
"""

import os
import pty
import re

import pytest

ACCOUNT = "25073877"
OWNER = "User:A name as long as some people give to themselves, and then a little longer still"
QUESTIONS = (
    f"who {ACCOUNT}",
    f"who {ACCOUNT} --known-at 2017-11-02T22:55:00Z",
    f"who {ACCOUNT} --measure suspend",
    f"standing {ACCOUNT} --at 2017-11-02T23:01:00Z",
    f"timeline {ACCOUNT}",
    f"account {ACCOUNT}",
    "restrictions",
    "operator op-417 --at 2017-11-02T22:52:00Z",
    "authority a-1",
    "entries",
    "status",
)

pytestmark = pytest.mark.usefixtures("kept")


def words(text):
    """
    Return *text* with single spaces, so that a line break matters as little as it does to a reader.
    """
    return " ".join(text.split())


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_page_fits_80_columns(ask, question):
    """
    Without a terminal there is no colour, no line over 80 columns, and no space at a line's end.
    """
    said = ask(*question.split())

    assert (0, "") == (said.code, said.err)
    assert "\x1b" not in said.out
    for line in said.out.splitlines():
        assert 80 >= len(line)
        assert line.rstrip() == line


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        (
            f"who {ACCOUNT}",
            [
                f"deactivate · {ACCOUNT} · 11 min (660 seconds)",
                "in force 2 Nov 2017 22:52 until 23:03",
                "opened by op-417, human, contractor of Acme Support, role support",
                "last day yes, leaves 23:00",
                "asked for 22:10, 42 min before it took effect",
                "because of report r-1: impersonation, from user, filed 2 Nov 2017 22:00",
                "ended reversal by op-7, human",
                "comms error, revised since; company statement",
                "from 15 entries",
            ],
        ),
        (
            f"who {ACCOUNT} --known-at 2017-11-02T22:55:00Z",
            ["no end known", "22:52 until further notice", "from 9 entries"],
        ),
        (f"who {ACCOUNT} --measure suspend", ["No restriction matches."]),
        (
            f"standing {ACCOUNT} --at 2017-11-02T23:01:00Z",
            [f"{ACCOUNT} · deactivated", "op-417 reversal by op-7"],
        ),
        (f"standing {ACCOUNT}", [f"{ACCOUNT} · active"]),
        (
            f"timeline {ACCOUNT}",
            ["22:52 · a-1 takes effect", "23:03 op-7 reverses a-1: reactivate “error”"],
        ),
        (f"account {ACCOUNT}", ["protected as head-of-state", "deactivate; ended; a-1"]),
        (
            "restrictions",
            ["2017-11-02 22:52:00 11 min 25073877 deactivate op-417 reversal by op-7"],
        ),
        (
            "operator op-417 --at 2017-11-02T22:52:00Z",
            ["is human, contractor of Acme Support, role support", "last day yes", "may act yes"],
        ),
        ("operator op-417", ["may act no: left at 2017-11-02T23:00:00Z"]),
        (
            "authority a-1",
            ["request 2 Nov 2017 22:10, permitted: yes, last day; stored the same"],
        ),
        ("entries", ["0:9 2017-11-02 22:10:00 account/25073877 account.action_taken op-417"]),
    ],
)
def test_a_page_says_what_its_answer_has(ask, question, facts):
    """
    Times are UTC in a readable form, durations are said as people say them, nothing is cut off.
    """
    page = words(ask(*question.split()).out)

    for fact in facts:
        assert fact in page


def test_a_list_that_is_too_wide_has_two_lines_a_row(ask):
    """
    Names that would not fit beside each other stand above each other, whole.
    """
    act = ["--by", "op-7", "--because-of", "own-initiative", "--reason", "spam"]
    ask("act", "suspend", "User:Somebody With A Longer Name", *act)

    head, *_, first, second = ask("restrictions").out.splitlines()

    assert "from (UTC)           lasting  account · measure; opened by · ended" == head
    assert first.endswith("  User:Somebody With A Longer Name · suspend")
    assert "op-7 · no end known" == second.strip()


def test_long_names_are_folded_and_never_cut(ask):
    """
    A name that is longer than the page is there, letter for letter.
    """
    act = ["--by", "op-7", "--because-of", "own-initiative", "--reason", "spam"]
    ask("act", "suspend", OWNER, *act, "--expires-at", "2099-01-01T00:00:00Z")

    for question in (["who", OWNER], ["standing", OWNER], ["account", OWNER], ["restrictions"]):
        page = ask(*question).out
        assert 80 >= max(map(len, page.splitlines()))
        assert "".join(OWNER.split()) in "".join(page.split())


def test_what_was_written_cannot_steer_the_terminal(ask):
    """
    Characters that move the cursor, colour, turn or hide what stands beside them are escaped.
    """
    ask("note", ACCOUNT, "seen\x1b[2J\u202ekcolb\u200b", "--by", "op-7")

    for question in ("timeline", "account"):
        page = ask(question, ACCOUNT).out
        assert "“seen\\x1b[2J\\u202ekcolb\\u200b”" in page
        assert page.replace("\n", "").isprintable()


def test_a_list_of_any_length_is_drawn_in_pieces(ask, folder):
    """
    A list that is longer than one table goes on in another.
    """
    note = '{"command": "note", "account": "25073877", "text": "seen", "by": "op-7"}\n'
    (folder / "notes.jsonl").write_text(note * 600)
    ask("record", "notes.jsonl")

    page = ask("entries").out

    assert 615 == len(re.findall(r"^0:\d+ ", page, re.MULTILINE))
    assert 2 == page.count("recorded (UTC)")


@pytest.mark.parametrize("no_color", [None, "1"], ids=["color", "NO_COLOR"])
def test_colour_is_for_terminals(started, monkeypatch, no_color):
    """
    On a terminal a page is coloured, unless NO_COLOR is set.
    """
    monkeypatch.setenv("TERM", "xterm")
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    terminal, its_end = pty.openpty()

    running = started("standing", ACCOUNT, stdout=its_end)

    _, said = running.communicate()
    os.close(its_end)
    shown = os.read(terminal, 65_536)
    os.close(terminal)
    assert (0, b"") == (running.returncode, said)
    assert ACCOUNT.encode() in shown
    assert (no_color is None) == (b"\x1b[" in shown)


def test_everything_that_can_happen_has_a_sentence(ask):
    """
    A timeline says in words whatever was recorded on an account, refusals and what had no effect
    included.
    """
    by, act = ["--by", "op-7"], ["--because-of", "own-initiative", "--reason", "spam"]
    later = "2099-01-01T00:00:00Z"
    for line in (
        ["act", "suspend", "eve", *by, *act, "--action", "a-2", "--expires-at", later],
        ["act", "warn", "eve", *by, *act, "--action", "a-3", "--effective-at", later],
        ["withdraw", "a-3", *by, "--reason", "too early"],
        ["amend", "a-2", *by, "--reason", "for good", "--expires-at", "none"],
        ["correct", "a-2", *by, "--reason", "log", "--effective-at", "2018-01-01T00:00:00Z"],
        ["file-report", "eve", "--category", "spam", "--source", "user", "--report", "r-2"],
        ["assign-report", "r-2", "--to", "queue", *by],
        ["resolve-report", "r-2", "--outcome", "duplicate", *by],
        ["reopen-report", "r-2", "--reason", "it is none", *by],
        ["protect-account", "eve", "--tier", "press", "--by", "op-1", "--reason", "office"],
        ["unprotect-account", "eve", "--by", "op-1", "--reason", "left"],
        ["note", "eve", "the owner has called", *by],
        ["reverse", "a-2", *by, "--reason", "error"],
    ):
        assert 0 == ask(*line).code
    assert 3 == ask("note", "eve", "seen", "--by", "op-417").code

    page = words(ask("timeline", "eve").out)

    for said in (
        "a-2: suspend, until 1 Jan 2099 00:00, own-initiative “spam”",
        "a-3: warn, to take effect 1 Jan 2099 00:00, own-initiative (never in force)",
        "withdraws a-3 “too early”",
        "lets a-2 expire no more “for good”",
        "corrects a-2: effective 1 Jan 2018 00:00 “log”",
        "files report r-2: spam, from user",
        "gives report r-2 to queue",
        "closes report r-2: duplicate",
        "opens report r-2 again “it is none”",
        "protects the account as press “office”",
        "ends the protection “left”",
        "notes “the owner has called”",
        "reverses a-2: unsuspend “error”",
        "op-417 is refused note; authority: left at 2017-11-02T23:00:00Z",
    ):
        assert said in page
