"""
A sealed ledger that was stored in format 3 opens for ever, with its keys and without them.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import Keys, Ledger, Tampered
from ledger.moderation.sealing import is_alias, is_token
from tests.store.golden import make_format_3_sealed as made

EXPECTED = json.loads(made.ANSWERS.read_text("utf-8"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """
    Return the URL of a copy of the stored ledger.
    """
    return f"sqlite:///{shutil.copy(made.DATABASE, tmp_path / 'ledger.db')}"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """
    Return a copy of its keys.
    """
    return made.keys(Path(shutil.copy(made.KEYS, tmp_path / "keys.db")), tmp_path)


@pytest.fixture
def ledger(url: str, keys: Keys) -> Iterator[Ledger]:
    """
    Return the stored ledger, opened by today's code with its keys.
    """
    with Ledger.open(url, create=False, keys=keys) as opened:
        yield opened


def test_who_has_its_keys_is_answered_as_ever(ledger: Ledger):
    """
    Kinds, root, persons and what was said of them; and what was erased is.
    """
    assert EXPECTED == json.loads(json.dumps(made.answers(ledger)))


def test_who_has_no_keys_verifies_it_and_is_told_no_more(url: str):
    """
    Without keys the entries and their root are the same, and persons and texts stay sealed.
    """
    with Ledger.open(url, create=False) as opened:
        root = opened.status().logs[0].root.hex()
        report = opened.verify(scrub=True)
        acts = [entry for entry in opened.entries() if entry.kind == "account.action_taken"]

    assert EXPECTED["root"] == root
    assert ("verified", []) == (report.verdict, list(report.findings))
    assert all(is_alias(entry.operator) for entry in acts)
    assert all(is_token(entry.event.reason) for entry in acts)  # type: ignore[attr-defined]


def test_it_is_still_written_to(ledger: Ledger):
    """
    Today's code records in it under the names that it knows.
    """
    ledger.note("25073877", "seen again", by="op-7")

    *_, last = ledger.entries()
    assert ("account/25073877", "op-7") == (last.stream, last.operator)


@pytest.mark.parametrize("payload", ["x", 2**62])
def test_a_payload_that_is_no_bytes_reveals_nothing(url: str, keys: Keys, payload: object):
    """
    Whoever has the keys is told that it was tampered with, and is shown no other text.
    """
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE sealed SET payload = ?", (payload,))
        connection.commit()
    with (
        Ledger.open(url, create=False, keys=keys) as opened,
        pytest.raises(Tampered, match="is another one"),
    ):
        opened.who("25073877")
