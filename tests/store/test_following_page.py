"""
The page about following says what the code does.
"""

from pathlib import Path

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

import ledger.store
from ledger.store.follow import AHEAD_MAX, LOOK_SECONDS, LOOK_SECONDS_SHARED

PAGE = Path(ledger.store.__file__).with_name("FOLLOWING.md")


def test_the_sessions_answer_as_the_page_shows():
    """
    Whoever types what the page shows, in order, gets what stands there.
    """
    document = Sybil([PythonCodeBlockParser()]).parse(PAGE)
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    document.namespace["projection"].close()
    document.namespace["ledger"].close()

    assert 2 < len(examples)


def test_the_page_has_the_numbers_of_the_code():
    """
    How often a follower looks and how far it reads ahead is what the page says.
    """
    page = " ".join(PAGE.read_text("utf-8").split())

    assert f"reads {AHEAD_MAX} entries ahead at most" in page
    looks = round(1000 * LOOK_SECONDS), round(1000 * LOOK_SECONDS_SHARED)
    assert "looks every {} ms, on a server every {} ms".format(*looks) in page
