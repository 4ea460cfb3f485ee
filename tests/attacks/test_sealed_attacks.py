"""
Payloads are outside the entries, and each is bound to its own all the same: who swaps two or
destroys one is found with the database alone, by who has no key.
"""

from pathlib import Path

import pytest

from ledger import Ledger
from ledger.store.keys import Keys
from ledger.store.keys_wrapping import FileKEK
from ledger.store.settings import Settings
from ledger.store.verification.finding import Finding, What
from tests.attacks.attacker import Attacker
from tests.attacks.conftest import KEPT
from tests.attacks.scene import ORIGIN, copied
from tests.conftest import HandSetClock, enrol_staff

FIRST, SECOND = 6, 7


@pytest.fixture(scope="session")
def sealed_original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings]:
    """
    Return the path and the settings of a sealed ledger with two notes, at positions 6 and 7.
    """
    folder = tmp_path_factory.mktemp("sealed")
    keys = Keys.at("memory:", kek=FileKEK.generate(folder / "kek"))
    url, clock = f"sqlite:///{folder / 'ledger.db'}", HandSetClock()
    with Ledger.create(url, sealed=True, keys=keys, clock=clock, origin=ORIGIN) as ledger:
        enrol_staff(ledger)
        for account in ("anna", "björn"):
            clock.advance(minutes=1)
            ledger.note(account, f"{account} was seen", by="op-7")
        return folder / "ledger.db", ledger.settings


@pytest.fixture(params=KEPT, ids=lambda each: each.name)
def sealed(
    request: pytest.FixtureRequest, tmp_path: Path, sealed_original: tuple[Path, Settings]
) -> Attacker:
    """
    Return who has a copy of the sealed ledger, on each engine in turn.
    """
    if request.param.engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        url = str(request.getfixturevalue("postgres_url"))
    copied(sealed_original[0], url, sealed_original[1])
    return Attacker.of(url)


def found(attacker: Attacker) -> tuple[Finding, ...]:
    """
    Return what is found with the database alone, and without keys.
    """
    with Ledger.open(attacker.url, create=False) as ledger:
        return ledger.verify(scrub=True).findings


def payload(attacker: Attacker, position: int) -> tuple[str, bytes]:
    """
    Return the first payload beside an entry, and whom it is about.
    """
    (first, *_) = attacker.execute(
        "SELECT subject, payload FROM sealed WHERE position = ? ORDER BY subject", position
    )
    return str(first[0]), bytes(first[1])


def test_a_sealed_ledger_is_verified_without_keys(sealed: Attacker):
    """
    Nothing is found, and there are payloads.
    """
    assert () == found(sealed)
    assert all(payload(sealed, position) for position in (FIRST, SECOND))


def test_payloads_that_were_swapped_are_found(sealed: Attacker):
    """
    Each beside the entry that it is not beside by right.
    """
    (whose, first), (others, second) = (payload(sealed, at) for at in (FIRST, SECOND))
    for position, subject, octets in ((FIRST, whose, second), (SECOND, others, first)):
        sealed.execute(
            "UPDATE sealed SET payload = ? WHERE position = ? AND subject = ?",
            octets,
            position,
            subject,
        )

    told = [(finding.what, finding.position) for finding in found(sealed)]
    assert [(What.PAYLOAD_DIFFERS, FIRST), (What.PAYLOAD_DIFFERS, SECOND)] == told


def test_a_payload_that_was_destroyed_is_found(sealed: Attacker):
    """
    Where no entry says that its subject was erased, it is missing.
    """
    sealed.execute("DELETE FROM sealed WHERE position = ?", SECOND)

    told = {(finding.what, finding.position) for finding in found(sealed)}
    assert {(What.PAYLOAD_MISSING, SECOND)} == told


def test_a_payload_beside_an_entry_that_has_none_is_found(sealed: Attacker):
    """
    Nothing is put where no entry speaks of it.
    """
    subject, octets = payload(sealed, FIRST)
    for position in (1, 99):
        sealed.execute(
            "INSERT INTO sealed (log, position, subject, payload) VALUES (0, ?, ?, ?)",
            position,
            subject,
            octets,
        )

    told = [(finding.what, finding.position) for finding in found(sealed)]
    assert [(What.PAYLOAD_UNFOUNDED, 1), (What.PAYLOAD_UNFOUNDED, 99)] == told


def test_after_an_erasure_nothing_is_missing(tmp_path: Path):
    """
    A payload whose subject was erased by an entry may be gone; one that is there still is counted,
    and is no fault. Before and after the ledger is verified.
    """
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    keys = Keys.at("memory:", kek=FileKEK.generate(tmp_path / "kek"))
    with Ledger.create(url, sealed=True, keys=keys, clock=HandSetClock(), origin=ORIGIN) as ledger:
        enrol_staff(ledger).note("anna", "anna was seen", by="op-7")
        before = ledger.verify(scrub=True)
        ledger.erase(account="anna", basis="Art. 17", by="op-1")
        after = ledger.verify(scrub=True)
        Attacker.of(url).execute("DELETE FROM sealed WHERE subject LIKE 'acct-%'")
        gone = ledger.verify(scrub=True)

    assert [(), (), ()] == [each.findings for each in (before, after, gone)]
    kept = [each.scrub.retained_payloads for each in (before, after, gone) if each.scrub]
    assert kept[0] == kept[2] == 0
