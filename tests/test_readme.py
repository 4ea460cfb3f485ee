"""
The README says what is true: its session and its commands are run as they stand there.
"""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
LINES_MAX = 120


def test_the_readme_fits_on_two_screens() -> None:
    """
    Whoever wants to know what this is has read it in a few minutes.
    """
    assert LINES_MAX > len(README.read_text("utf-8").splitlines())


def test_the_session_answers_as_the_readme_shows() -> None:
    """
    The success and the refusal that the README shows are what a reader gets.
    """
    document = Sybil([PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS)]).parse(README)
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    document.namespace["ledger"].close()

    assert "Refused" in "".join(example.parsed.want for example in examples)


def test_the_commands_answer_as_the_readme_shows(tmp_path: Path) -> None:
    """
    A reader who types the commands of the README, in order, sees no error and what stands there.
    """
    (block,) = re.findall(r"```console\n(\$ ledger .+?)```", README.read_text("utf-8"), re.DOTALL)
    _, *told = re.split(r"^\$ ledger (.+)\n", block, flags=re.MULTILINE)
    for command, shown in zip(told[::2], told[1::2], strict=True):
        run = subprocess.run(
            [sys.executable, "-m", "ledger", *shlex.split(command)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
            capture_output=True,
            check=False,
            text=True,
        )
        assert (0, "") == (run.returncode, run.stderr), command
        assert shown in ("", run.stdout), command


def test_the_evidence_of_the_readme_is_checked_as_it_stands_there(tmp_path: Path) -> None:
    """
    A reader who then signs, verifies and hands over evidence as the README shows comes to its end,
    and the checker that stands alone says that it holds.
    """
    (script,) = re.findall(r"```sh\n(.+?)```", README.read_text("utf-8"), re.DOTALL)
    folder = Path(sys.executable).parent
    run = subprocess.run(
        ["/bin/bash", "-e", "-c", f"ledger demo --keep case.db > demo.txt\n{script}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        check=False,
        text=True,
    )

    assert 0 == run.returncode, run.stderr
    assert "verdict: verified" in run.stdout


def test_the_targets_of_the_readme_exist() -> None:
    """
    What the README tells a reader to make is in the Makefile.
    """
    targets = re.findall(r"^\$ make (\w+)$", README.read_text("utf-8"), re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert ["demo", "test"] == [name for name in targets if f"\n{name}:" in makefile]


def test_the_links_of_the_readme_lead_somewhere() -> None:
    """
    No link of the README is dead.
    """
    links = re.findall(r"\]\(([^)]+)\)", README.read_text("utf-8"))

    assert [] == [link for link in links if not (ROOT / link).exists()]
