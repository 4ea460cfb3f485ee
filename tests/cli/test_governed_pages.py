"""
The pages about policies, requests, appeals, reports and what would be otherwise, as they were read.

The golden file holds each command line and its page; it is made by
``python -m tests.cli.test_governed_pages`` and read before it is kept.
"""

import contextlib
import io
import os
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.cli.shell import run
from ledger.cli.story import played
from tests.cli.governed import POLICY, govern

GOLDEN = Path(__file__).parent / "golden" / "pages.txt"
PROMPT = "$ ledger "
AT = "--at 2018-01-08T10:00:00Z"
QUESTIONS = (
    "timeline 25073877 --known-at 2018-01-09T00:00:00Z",
    "account 25073877",
    "who 25073877 --measure suspend",
    "authority a-2",
    f"operator op-7 {AT}",
    "safeguards a-5",
    "safeguards a-1",
    f"report r-1 {AT}",
    "report r-1 --at 2018-01-08T09:05:30Z",
    f"report r-2 {AT}",
    "pending --at 2018-01-08T09:11:30Z",
    f"pending --operator op-7 {AT}",
    f"pending --operator op-8 {AT}",
    f"strikes 25073877 {AT}",
    "strikes 25073877 --at 2018-07-08T00:00:00Z",
    "compare eve mallory",
    "compare 25073877 eve --since 2018-01-08T09:18:00Z",
    "policy",
    "policy --version default@1",
    "policy --known-at 2017-12-24T00:00:00Z",
    "check-policy policy.toml",
    "backtest policy.toml",
    "backtest --until 2018-01-08T00:00:00Z",
    "review",
    "review --check override-unreviewed",
    "replay --without-operator op-7",
    "replay --without-action b-2",
    "replay --without-action b-4",
    "replay --without-operator comms",
    "plan-undo --session s-9 --since 2018-01-08T00:00:00Z",
    "undo --operator op-7",
    "undo --action a-1",
)


def pages(text: str) -> dict[str, str]:
    """
    Return the pages of a golden file by their questions.
    """
    found = (part.partition("\n") for part in text.split(PROMPT)[1:])
    return {question: page for question, _, page in found}


@pytest.fixture(scope="module")
def governed(told, tmp_path_factory) -> Path:
    """
    The ledger of the story and what came after it, which nobody may write to.
    """
    path: Path = tmp_path_factory.mktemp("governed") / "ledger.db"
    assert 2 == len(govern(told, path))
    return path


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_page_is_as_it_was_read(ask, folder, governed, question):
    """
    Each page is the same to the letter every time, within 80 columns.
    """
    (folder / "policy.toml").write_text(POLICY)

    said = ask("--ledger", f"sqlite:///{governed}", *shlex.split(question))

    assert (0, "") == (said.code, said.err)
    assert pages(GOLDEN.read_text("utf-8"))[question] == said.out
    assert 80 >= max(map(len, said.out.splitlines()))


def test_the_golden_file_has_these_pages_and_no_others():
    """
    No page is kept that nobody asks for.
    """
    assert list(QUESTIONS) == list(pages(GOLDEN.read_text("utf-8")))


def _asked() -> Iterator[str]:
    """
    Yield each question and its page.
    """
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        told = Path("told.db")
        with played(told):
            pass
        govern(told, Path("ledger.db"))
        Path("policy.toml").write_text(POLICY)
        for question in QUESTIONS:
            with contextlib.redirect_stdout(io.StringIO()) as page:
                run(shlex.split(question))
            yield f"{PROMPT}{question}\n{page.getvalue()}"


if __name__ == "__main__":
    os.environ.pop("LEDGER_URL", None)
    GOLDEN.write_text("".join(_asked()), "utf-8")
