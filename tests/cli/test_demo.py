"""
The demo: the page that people see first, and the ledger that it leaves.

The two golden files are the page without and with colour; they are made by
``ledger demo --no-color`` and ``ledger demo --color`` and read before they are kept.
"""

import json
import re
from pathlib import Path

import pytest

from ledger import Ledger
from tests.cli.conftest import entries_in

GOLDEN = Path(__file__).parent / "golden"
PLAIN = (GOLDEN / "demo.txt").read_text("utf-8")
COLORED = (GOLDEN / "demo.color.txt").read_text("utf-8")
WIDTH = 80


@pytest.mark.parametrize(
    ("options", "page"),
    [(["--no-color"], PLAIN), (["--color"], COLORED), ([], PLAIN)],
    ids=["plain", "color", "not a terminal"],
)
def test_the_demo_prints_the_page_that_was_read_and_kept(ask, options, page):
    """
    The page is the same to the byte every time; without a terminal it has no colour.
    """
    said = ask("demo", *options)

    assert (0, page, "") == said


def test_the_page_fits_a_terminal():
    """
    It has 60 to 120 lines of at most 80 columns and no spaces behind them; colour changes nothing.
    """
    lines = PLAIN.splitlines()

    assert 60 <= len(lines) <= 120
    assert WIDTH >= max(map(len, lines))
    assert [line.rstrip() for line in lines] == lines
    assert re.sub(r"\x1b\[[0-9;]*m", "", COLORED) == PLAIN


def test_the_page_tells_the_case():
    """
    It says how long, who, under what contract, on the last day, on which report, under which
    protection, past which safeguards, who ended it, and what was believed when.
    """
    told = " ".join(PLAIN.split())

    for fact in (
        "11 min (660 seconds)",
        "op-417, human, contractor of Acme Support, role support",
        "last day yes, leaves 23:00",
        "report r-1: impersonation",
        "as head-of-state",
        "not adopted: protected-account, two-person, last-day",
        "reversal by op-7",
        "reversed already: by 'op-7'",
        "3 Nov 2017 00:30 11 min error",
        "3 Nov 2017 02:30 11 min deliberate (was error)",
        "3 Nov 2017 16:00 11 min deliberate (was error) deliberate",
        "30 Nov 2017 00:00 11 min deliberate (was error) deliberate, error",
        "13 Dec 2017 00:00 11 min deliberate (was error) deliberate, error ×2",  # noqa: RUF001
        "now 11 min deliberate (was error) deliberate, error ×2",  # noqa: RUF001
    ):
        assert fact in told


def test_the_demo_keeps_its_ledger(ask, folder):
    """
    The kept ledger answers as the page does, and is the same to the byte every time.
    """
    assert 0 == ask("demo", "--keep", "first.db").code
    assert 0 == ask("demo", "--keep", str(folder / "second.db")).code

    first, second = (entries_in(folder / name) for name in ("first.db", "second.db"))
    assert 15 == len(first)
    assert first == second
    with Ledger.open("sqlite:///first.db", create=False) as ledger:
        (answer,) = ledger.who("25073877", lasting="11m")
    assert 660 == answer.restriction.seconds


def test_the_page_of_a_kept_ledger_says_how_to_ask_it(ask):
    """
    The command lines at its end name the file that was kept.
    """
    said = ask("demo", "--keep", "it is kept.db")

    assert "$ export LEDGER_URL='sqlite:///it is kept.db'\n" in said.out
    assert "ledger demo --keep" not in said.out


@pytest.mark.usefixtures("nothing_written")
def test_the_demo_overwrites_nothing(ask, kept):
    """
    A path that is taken is refused.
    """
    said = ask("demo", "--keep", str(kept))

    assert (6, "") == (said.code, said.out)
    assert f"malformed: keep: {kept} exists\n" in said.err


def test_the_demo_answers_programs_too(ask):
    """
    With ``--json`` it is one document: timeline, who, what was refused, what was believed.
    """
    said = ask("--json", "demo")

    answer = json.loads(said.out)
    assert ["Refused"] == [refused["error"]["family"] for refused in answer["refused"]]
    assert [0, 1, 2, 3, 4, 5, 5] == [
        len(then["answers"][0]["findings"]) for then in answer["believed"]
    ]
    assert 660.0 == answer["who"]["answers"][0]["seconds"]
    assert "takes_effect" in [line["what"] for line in answer["timeline"]]
