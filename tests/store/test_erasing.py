"""
The keys of the erased follow the entries, on each engine; what is left of them goes step by step.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest

from ledger import Ledger, NotFound
from ledger.store import erasing
from ledger.store.database import Database
from ledger.store.erasing import Eraser
from ledger.store.keys import Keys, KeyStore
from tests.conftest import Backend, HandSetClock
from tests.store.conftest import on

ERASE = {"basis": "GDPR, article 17", "by": "system"}
ACCOUNTS = ("anna", "bert", "cleo", "dora")

everywhere = on("sqlite", "postgres", logs=1)


@pytest.fixture
def sealed(
    ledger_url: str, backend: Backend, sealing_keys: Keys, clock: HandSetClock
) -> Iterator[Ledger]:
    """
    Return a sealed ledger with some notes about four accounts.
    """
    with Ledger.create(
        ledger_url, logs=backend.logs, sealed=True, keys=sealing_keys, clock=clock
    ) as created:
        for number in range(12):
            created.note(ACCOUNTS[number % 4], f"the {number}th call", by="system")
        yield created


def payloads(ledger: Ledger) -> int:
    """
    Return how many payloads there are.
    """
    database: Database = ledger._database  # noqa: SLF001
    with database.reading() as connection:
        (count,) = connection.execute("SELECT count(*) FROM sealed").fetchone()
    return int(count)


@everywhere
def test_the_keys_follow_the_entries_once(sealed, sealing_keys):
    """
    Whoever looks first destroys what is due; there is nothing left for who looks again.
    """
    alias = sealed.erase(account="anna", **ERASE)

    with closing(sealing_keys.open(sealed.settings.origin)) as store:
        assert 0 == Eraser(sealed._database, store).finish()  # noqa: SLF001
        assert [alias] == [*store.erased([alias])]
        assert (None, {}) == (store.alias_of("account", "anna"), store.people([alias]))


@everywhere
def test_what_several_processes_erase_is_gone_for_all_of_them(
    sealed, ledger_url, sealing_keys, clock
):
    """
    A process that knew somebody before knows nobody after another one has erased him.
    """
    with Ledger.open(ledger_url, create=False, keys=sealing_keys, clock=clock) as other:
        assert 3 == len([*other.timeline("anna")])
        alias = sealed.erase(account="anna", **ERASE)

        with pytest.raises(NotFound):
            other.timeline("anna")
        assert all("[erased" in str(line.entry.event) for line in other.timeline(alias))
        assert other.erase(account="bert", **ERASE).startswith("acct-")
    assert 2 == sealed.status().erased


@everywhere
def test_payloads_go_in_steps_of_any_size(sealed, monkeypatch):
    """
    Those of the erased and no others, however few are looked at together.
    """
    for account in ("anna", "cleo"):
        sealed.erase(account=account, **ERASE)
    monkeypatch.setattr(erasing, "PAYLOADS_A_TIME", 2)

    assert 12 == payloads(sealed)
    assert (6, 0) == (sealed.drop_erased(), sealed.drop_erased())
    assert 6 == payloads(sealed)
    assert ["the 1th call", "the 5th call", "the 9th call"] == [
        line.entry.event.text for line in sealed.timeline("bert")
    ]


@everywhere
def test_only_the_subjects_of_erasures_are_destroyed(sealed, sealing_keys, monkeypatch):
    """
    Each by its own entry, whose place the key store keeps.
    """
    destroyed: list[tuple[str, int, int]] = []
    done = KeyStore.destroy

    def noted(store: KeyStore, alias: str, log: int, position: int) -> None:
        destroyed.append((alias, log, position))
        done(store, alias, log, position)

    monkeypatch.setattr(KeyStore, "destroy", noted)
    size = sealed.status().entries
    lines = [{"command": "erase", "account": name, **ERASE} for name in ("anna", "dora")]
    first, second = sealed.record_many(lines)

    assert [(first, 0, size + 1), (second, 0, size + 2)] == destroyed
    with closing(sealing_keys.open(sealed.settings.origin)) as store:
        assert {first: (0, size + 1), second: (0, size + 2)} == store.erased([first, second])


@on("sqlite", logs=1)
def test_a_subject_is_an_alias_or_an_account(sealed):
    """
    Who is named as the subject is erased, whether by his account's id or by what stands for it.
    """
    alias = sealed.erase(subject="anna", **ERASE)

    assert alias == sealed.erase(subject=alias, **ERASE)
    with pytest.raises(NotFound):
        sealed.erase(subject="nobody", **ERASE)
