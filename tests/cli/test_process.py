"""
The command line as a process: how it starts, is interrupted, and ends when nobody reads on.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Never

import pytest

import ledger
from tests.cli.conftest import ROOT

HEAVY = {"attr", "attrs", "click", "eventsourcing", "msgspec", "rich", "sqlite3"}

pytestmark = pytest.mark.usefixtures("kept")


def loaded_by(*arguments: str):
    """
    Return which of the heavy packages a command line loads.
    """
    program = (
        "import sys\n"
        "from ledger.cli import main\n"
        f"sys.argv = ['ledger', *{arguments!r}]\n"
        "main()\n"
        f"print(*sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    return done.stderr.decode().split()


def test_every_public_name_is_loaded_when_it_is_used():
    """
    ``from ledger import Ledger`` finds each name of the contract in its room, and no other.
    """
    for name in ledger.__all__:
        assert getattr(ledger, name).__module__.startswith("ledger.") or name == "UNCHANGED"
    assert set(ledger.__all__) <= set(dir(ledger))
    with pytest.raises(AttributeError, match="has no attribute 'Ledgr'"):
        getattr(ledger, "Ledgr")  # noqa: B009, it is looked up as a name that a type does not know


def test_the_help_page_loads_no_library():
    """
    ``ledger --help`` is there before any package is.
    """
    assert [] == loaded_by("--help")


def test_json_answers_load_no_tables():
    """
    What draws tables is loaded only where one is drawn.
    """
    assert "rich" not in loaded_by("--json", "who", "25073877")
    assert "rich" in loaded_by("who", "25073877")


def test_the_help_page_starts_fast(started):
    """
    It takes at most five times what Python takes to do nothing; the median of nine is compared.
    """

    def seconds(start) -> float:
        begun = time.perf_counter()
        start().communicate()
        return time.perf_counter() - begun

    def nothing() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", "pass"])

    pairs = [(seconds(nothing), seconds(lambda: started("--help"))) for _ in range(9)]
    floor, taken = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert 5 * floor >= taken


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["who", "--help"], ["demo"], ["--json", "entries"], ["entries"]],
    ids=" ".join,
)
def test_a_closed_pipe_is_no_error(started, arguments):
    """
    When the reader goes away, as `head` does, the program ends quietly with 0.
    """
    running = started(*arguments)
    running.stdout.close()

    _, said = running.communicate()
    assert (0, b"") == (running.returncode, said)


def test_an_interrupt_ends_it(ask, monkeypatch):
    """
    Ctrl-C while it waits for its input gives 130 and no traceback.
    """

    class Keyboard(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer) -> Never:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Keyboard())))

    assert (130, "", "") == ask("record")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_an_answer_that_cannot_be_written_is_an_error(started):
    """
    A full disk under standard output is told, with exit code 7.
    """
    for arguments in (["entries", "--json"], ["entries", "--stream", "account/25073877", "--json"]):
        with Path("/dev/full").open("wb") as full:
            running = started(*arguments, stdout=full)
            _, said = running.communicate()

        assert 7 == running.returncode
        assert "No space left" in json.loads(said)["error"]["message"]


def test_an_id_that_the_terminal_cannot_show_is_escaped(started, monkeypatch):
    """
    In a terminal without UTF-8, what it cannot show is written as an escape.
    """
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")

    out, said = started("demo").communicate()

    assert b"" == said
    assert b"\\u201cparody account\\u201d" in out


def test_an_error_that_nobody_foresaw_does_not_look_like_tampering():
    """
    A crash leaves with 70 and its traceback: 1 is kept for evidence that does not hold.
    """
    program = "import ledger.cli; del ledger.cli.help_page; ledger.cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--help"],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )

    assert 70 == done.returncode
    assert b"NameError" in done.stderr
