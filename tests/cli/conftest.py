"""
A command line in a folder of its own, beside the ledger that the demo keeps.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ledger import Ledger
from ledger.cli.shell import run
from ledger.cli.story import played

ROOT = Path(__file__).parent.parent.parent


class Said(NamedTuple):
    """
    What a command line answered.
    """

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """
        Return the one document of its answer.
        """
        return json.loads(self.out)

    @property
    def documents(self) -> list[Any]:
        """
        Return the lines of its answer.
        """
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        """
        Return the error that it answered with ``--json``; then there is no answer beside it.
        """
        assert self.out == ""
        return json.loads(self.err)["error"]


Ask = Callable[..., Said]


@pytest.fixture(scope="session")
def told(tmp_path_factory) -> Path:
    """
    The ledger of the story, which nobody may write to.
    """
    path: Path = tmp_path_factory.mktemp("told") / "ledger.db"
    with played(path):
        return path


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """
    The folder that a command line is given in; its default ledger does not exist.
    """
    monkeypatch.delenv("LEDGER_URL", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    place: Path = tmp_path
    return place


@pytest.fixture
def kept(told, folder) -> Path:
    """
    The default ledger of the folder: a copy of the story's.
    """
    path: Path = shutil.copy(told, folder / "ledger.db")
    return path


@pytest.fixture
def ask(folder, capfdbinary) -> Ask:  # noqa: ARG001, a command line is given in a folder
    """
    Return what a command line in this process answers.
    """

    def asked(*arguments: str) -> Said:
        code = run(arguments)
        out, err = capfdbinary.readouterr()
        return Said(code, out.decode(), err.decode())

    return asked


@pytest.fixture
def started(folder) -> Callable[..., subprocess.Popen[bytes]]:
    """
    Start a command line in a process of its own.
    """
    return lambda *arguments, **settings: subprocess.Popen(
        [sys.executable, "-m", "ledger", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings},
    )


def entries_in(path: Path) -> list[bytes]:
    """
    Return the bytes of all entries of the ledger in *path*; none when there is no ledger.
    """
    if not path.exists():
        return []
    with Ledger.open(f"sqlite:///{path}", create=False) as ledger:
        return [entry.body for entry in ledger.entries()]


@pytest.fixture
def nothing_written(kept) -> Iterator[None]:
    """
    Holds that the ledger of the folder has the same entries after the test as before it.
    """
    before = entries_in(kept)
    yield
    assert before == entries_in(kept)
