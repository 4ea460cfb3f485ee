"""
The examples run as their page says, and print what it shows.
"""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "examples" / "README.md"
EXAMPLES = sorted(path.name for path in PAGE.parent.glob("*.py"))
LINES_MAX = 60

HEADER = "logid,ns,title,pageid,logpage,params,type,action,user,timestamp,comment\n"
BLOCKED = '1,2,User:Ada,0,0,"{}",block,block,Mallory,2017-11-02T22:52:00Z,spam\n'
UNBLOCKED = '2,2,User:Ada,0,0,"{}",block,unblock,Grace,2017-11-02T23:03:00Z,error\n'


def shown() -> dict[str, str]:
    """
    Return what the page shows of each example: its output, by the name of its file.
    """
    block = r"```console\n\$ \.venv/bin/python examples/(\w+\.py)\n(.*?)```"
    return dict(re.findall(block, PAGE.read_text("utf-8"), re.DOTALL))


def printed(example: str, *arguments: Path) -> str:
    """
    Return what an example prints; a warning is an error.
    """
    run = subprocess.run(
        [sys.executable, "-W", "error", PAGE.with_name(example), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (0, "") == (run.returncode, run.stderr)
    return run.stdout


def test_the_page_shows_every_example() -> None:
    """
    No example is left out of the page, and the page shows none that is not there.
    """
    assert EXAMPLES == sorted(shown())


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_fits_on_one_screen(example: str) -> None:
    """
    An example is read before it is run.
    """
    assert LINES_MAX > len(PAGE.with_name(example).read_text("utf-8").splitlines())


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_prints_what_the_page_shows(example: str) -> None:
    """
    Who runs an example sees what the page has.
    """
    assert shown()[example] == printed(example)


def test_the_replay_script_asks_the_files_it_is_given(tmp_path: Path) -> None:
    """
    A block in one file that is ended in another, compressed one is found.
    """
    first, second = tmp_path / "1.csv", tmp_path / "2.csv.gz"
    first.write_text(HEADER + BLOCKED, "utf-8")
    second.write_bytes(gzip.compress((HEADER + UNBLOCKED).encode()))

    _, began, ended = printed("replay_script.py", first, second).splitlines()

    assert "2017-11-02 22:52:00+00:00 User:Ada blocked by Mallory" == began
    assert "2017-11-02 23:03:00+00:00 reversal by Grace, after 0:11:00" == ended
