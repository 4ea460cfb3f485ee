"""
A fresh copy of the attacked ledger for each attack, on a real SQLite file and a real PostgreSQL.
"""

from pathlib import Path

import attrs
import pytest

from ledger import Ledger
from ledger.store.settings import Settings
from tests.attacks.attacker import Attacker
from tests.attacks.scene import ORIGIN, Auditor, Outside, copied, outside, told
from tests.conftest import BACKENDS, HandSetClock

KEPT = [each for each in BACKENDS if each.is_kept and each.logs == 1]


@attrs.frozen
class Original:
    """
    The ledger before anybody attacked it.
    """

    path: Path
    settings: Settings
    outside: Outside
    clock: HandSetClock


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    """
    Return the ledger of 45 entries, and what is held of it outside.
    """
    path, clock = tmp_path_factory.mktemp("attacks") / "ledger.db", HandSetClock()
    with Ledger.create(f"sqlite:///{path}", clock=clock, origin=ORIGIN) as ledger:
        told(ledger, clock)
        fixed = ledger.settings
    return Original(path, fixed, outside(path), clock)


@pytest.fixture(params=KEPT, ids=lambda each: each.name)
def attacked_url(request: pytest.FixtureRequest, tmp_path: Path, original: Original) -> str:
    """
    Return the URL of a copy of it, on each engine in turn.
    """
    if request.param.engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        url = str(request.getfixturevalue("postgres_url"))
    copied(original.path, url, original.settings)
    return url


@pytest.fixture
def attacker(attacked_url: str) -> Attacker:
    """
    Return who has the database.
    """
    return Attacker.of(attacked_url)


@pytest.fixture
def auditor(attacked_url: str, original: Original) -> Auditor:
    """
    Return who holds what is outside.
    """
    return Auditor(attacked_url, original.outside)
