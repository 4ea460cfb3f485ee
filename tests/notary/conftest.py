"""
Keys of known seeds, a ledger on one file, and its notary.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.notary.keys import SigningKey
from ledger.notary.notary import Notary
from ledger.proofs.note import Algorithm, Note
from ledger.store import url as urls
from ledger.store.database import Database
from tests.conftest import HandSetClock

ORIGIN = "ledger.example"
Sign = Callable[[], Note]


def key_of(
    number: int, name: str = f"{ORIGIN}/0", algorithm: Algorithm = Algorithm.ED25519
) -> SigningKey:
    """
    Return a key of a known seed; another number makes another one.
    """
    return SigningKey(name, algorithm, bytes([number]) * 32)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """
    Return where the ledger is.
    """
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def ledger(url: str, clock: HandSetClock) -> Iterator[Ledger]:
    """
    Return a ledger with an operator and five notes.
    """
    with Ledger.create(url, origin=ORIGIN, clock=clock) as made:
        made.enrol_operator("op-7", kind="human")
        write(made, 5)
        yield made


def write(ledger: Ledger, notes: int) -> None:
    """
    Record so many notes.
    """
    ledger.record_many(
        {"command": "note", "account": f"account-{number}", "text": "seen", "by": "op-7"}
        for number in range(notes)
    )


@pytest.fixture
def database(ledger: Ledger, url: str) -> Iterator[Database]:
    """
    Return the database of `ledger`.
    """
    assert ledger.settings.logs == 1
    opened = urls.connect(url, create=False)
    yield opened
    opened.close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """
    Return where the notary keeps its state, outside the database.
    """
    return tmp_path / "notary"


@pytest.fixture
def sign(database: Database, state: Path, clock: HandSetClock) -> Sign:
    """
    Return what lets a notary come, sign and go.
    """

    def signed() -> Note:
        with Notary(state, ORIGIN, 1, [key_of(1)], clock) as notary:
            return notary.sign(database)

    return signed
