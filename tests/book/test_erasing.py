"""
Erasing somebody: one entry, one key, and everything that was answered and proved before still is.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger, NotFound, Refused, Unavailable
from ledger.book.document import document
from ledger.store.keys import Keys, KeyStore
from ledger.store.keys_wrapping import FileKEK
from ledger.store.verification.finding import Findings
from ledger.store.verification.verifying import verifying
from tests.conftest import HandSetClock, enrol_staff, file_report, take_action

BY = {"by": "op-1", "reason": "the law"}
ERASE = {"basis": "GDPR, article 17", "by": "op-1"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    Return where the ledger, its keys and the key of these are.
    """
    FileKEK.generate(tmp_path / "kek.hex")
    return tmp_path


def keys(folder: Path) -> Keys:
    """
    Return the keys.
    """
    return Keys.at(f"sqlite:///{folder / 'keys.db'}", kek=FileKEK(folder / "kek.hex"))


@pytest.fixture
def sealed(folder: Path, clock: HandSetClock) -> Iterator[Ledger]:
    """
    Return a sealed ledger in which two accounts were reported, and one was acted on.
    """
    url = f"sqlite:///{folder / 'sealed.db'}"
    with Ledger.create(url, sealed=True, keys=keys(folder), clock=clock) as created:
        enrol_staff(created)
        report = file_report(created, "anna", reporter="rita")
        take_action(created, "anna", "suspend", because_of=[report], reason="Anna Smith spams")
        created.note("anna", "Anna Smith has called", by="op-7")
        created.note("bert", "Bert has called", by="op-7")
        yield created


def opened(folder: Path, clock: HandSetClock, **options: bool) -> Ledger:
    """
    Return the ledger as another process opens it, with its keys or without.
    """
    told = {"keys": keys(folder)} if options.get("with_keys", True) else {}
    return Ledger.open(f"sqlite:///{folder / 'sealed.db'}", create=False, clock=clock, **told)  # type: ignore[arg-type]


def texts(ledger: Ledger, account: str) -> list[Any]:
    """
    Return what is written on an account, as JSON has it.
    """
    lines = [document(line) for line in ledger.timeline(account)]
    said = [line["data"].get("text") or line["data"].get("reason") for line in lines]
    return [document(each) for each in said if each]


def found(ledger: Ledger) -> list[object]:
    """
    Return what a scrub of the ledger finds.
    """
    with verifying(ledger._database, ledger.settings) as verifier:  # noqa: SLF001
        verifier.scrub()
        findings: Findings = verifier.findings
        return [(each.what, each.position) for each in findings.in_order()]


def test_what_was_said_of_somebody_is_gone_and_the_rest_stands(sealed, folder, clock):
    """
    The fields name the entry that erased them, at every cut, with keys and without; nothing else
    changes, and nothing is found.
    """
    before = sealed.standing("anna")
    entries = sealed.status().entries
    alias = sealed.erase(account="anna", **ERASE)

    place = {"erased": {"log": 0, "position": entries + 1}}
    assert [place, place] == texts(sealed, alias)
    assert [place, place] == texts(opened(folder, clock, with_keys=False), alias)
    after = sealed.standing(alias, known_at=before.cut.positions)
    assert (before.standing, len(before.in_force)) == (after.standing, len(after.in_force))
    assert ["Bert has called"] == texts(sealed, "bert")
    assert [] == found(sealed)
    # Whoever complained is somebody else.
    (report,) = sealed.account(alias).reports
    assert "rita" == report.reporter


@pytest.mark.parametrize("kind", ["operator", "reporter"])
def test_operators_and_reporters_are_erased_too(sealed, kind):
    """
    Each stands for himself: what he did on accounts stays, under his alias.
    """
    name = {"operator": "op-7", "reporter": "rita"}[kind]
    alias = sealed.erase(**{kind: name}, **ERASE)

    assert alias.startswith({"operator": "oper-", "reporter": "rept-"}[kind])
    told = document(sealed.account("anna"))
    by = told["reports"][0]["reporter"] if kind == "reporter" else told["actions"][0]["by"]
    assert alias == by
    assert [(alias, kind)] == [(each.subject, each.kind) for each in sealed.privacy().erased]


def test_who_is_erased_is_a_stranger_when_he_comes_again(sealed):
    """
    The name leads nowhere; what is recorded under it from then on is about somebody new.
    """
    alias = sealed.erase(account="anna", **ERASE)

    with pytest.raises(NotFound, match="'anna'"):
        sealed.standing("anna")
    with pytest.raises(NotFound, match="no account 'anna', or not any more"):
        sealed.erase(account="anna", **ERASE)
    sealed.note("anna", "a new one", by="op-7")
    assert ["a new one"] == texts(sealed, "anna")
    assert alias != sealed.erase(account="anna", **ERASE)


def test_the_same_command_under_its_id_is_answered_as_before(sealed):
    """
    Rule 15 holds of an erasure too, though the name that was given leads nowhere by then.
    """
    alias = sealed.erase(account="anna", request_id="e-1", **ERASE)

    assert alias == sealed.erase(account="anna", request_id="e-1", **ERASE)
    assert alias == sealed.erase(subject=alias, **ERASE)
    assert 1 == sealed.status().erased


@pytest.mark.parametrize("how", ["record_many", "submit"])
def test_every_way_to_record_destroys_the_key(sealed, folder, how):
    """
    In a batch, and as a future that is done when the key is gone.
    """
    line = {"command": "erase", "account": "anna", **ERASE}
    done = sealed.record_many([line]) if how == "record_many" else [sealed.submit(line).result()]

    (alias,) = done
    with closing(keys(folder).open(sealed.settings.origin)) as store:
        assert [alias] == [*store.erased([alias])]
        assert {} == store.people([alias])


def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Let the key store fail when it is to destroy a key.
    """

    def fail(_store: KeyStore, _alias: str, _log: int, _position: int) -> None:
        raise Unavailable("the key store is away")

    monkeypatch.setattr(KeyStore, "destroy", fail)


def test_an_erasure_that_was_interrupted_is_finished_by_the_next_opening(
    sealed, folder, clock, monkeypatch
):
    """
    The entry stands, the caller is told that the key does too, and whoever opens it destroys it.
    """
    with monkeypatch.context() as failing:
        interrupted(failing)
        with pytest.raises(Unavailable, match="on record, and the key is not destroyed yet"):
            sealed.erase(account="anna", **ERASE)
    assert (1, []) == (sealed.status().erased, found(sealed))

    with opened(folder, clock) as again, pytest.raises(NotFound):
        again.standing("anna")
    with pytest.raises(NotFound):
        sealed.standing("anna")


def test_an_erasure_that_was_interrupted_is_finished_by_the_same_command(sealed, monkeypatch):
    """
    It records nothing more and destroys the key.
    """
    with monkeypatch.context() as failing:
        interrupted(failing)
        with pytest.raises(Unavailable):
            sealed.erase(account="anna", **ERASE)
    entries = sealed.status().entries

    alias = sealed.erase(account="anna", **ERASE)

    assert (1, entries) == (len(sealed.privacy().erased), sealed.status().entries)
    assert all("erased" in said for said in texts(sealed, alias))


def test_a_key_store_that_is_put_back_forgets_again(sealed, folder, clock):
    """
    What the ledger says of erasures counts, not what a backup of the keys still has.
    """
    sealed.close()
    backup = (folder / "keys.db").read_bytes()
    with opened(folder, clock) as meanwhile:
        alias = meanwhile.erase(account="anna", **ERASE)
    (folder / "keys.db").write_bytes(backup)

    with opened(folder, clock) as again:
        assert all("erased" in said for said in texts(again, alias))


def test_payloads_of_the_erased_may_go_too(sealed):
    """
    They are deleted step by step, which is in order for who is erased, and for nobody else.
    """
    alias = sealed.erase(account="anna", **ERASE)

    assert 2 == sealed.drop_erased()
    assert 0 == sealed.drop_erased()
    assert ([], ["Bert has called"]) == (found(sealed), texts(sealed, "bert"))
    assert all("erased" in said for said in texts(sealed, alias))


def test_a_hold_and_a_rule_forbid_it_until_they_end(sealed, clock):
    """
    The hold first; then the rule, until the time that it names.
    """
    hold = sealed.place_hold("case-17", account="anna", **BY)
    sealed.set_retention("measure:suspend", period="30d", **BY)
    with pytest.raises(Refused, match="'op-1' placed") as held:
        sealed.erase(account="anna", **ERASE)
    sealed.release_hold(hold, **BY)
    with pytest.raises(Refused, match="until 2017-12-02T22:00:00") as kept:
        sealed.erase(account="anna", **ERASE)
    clock.advance(days=30, seconds=1)

    assert ("legal-hold", "retention") == (held.value.rule, kept.value.rule)
    assert sealed.erase(account="anna", **ERASE).startswith("acct-")


def test_who_was_shown_what_stands_in_the_ledger(sealed):
    """
    Within a reading each question is recorded, and shown but for what is hidden from the reader.
    """
    sealed.conceal()
    hidden = sealed.suppress("press", account="anna", by="op-1", reason="a child")
    concealed = texts(sealed, "anna")
    with sealed.reading(by="op-7", purpose="appeal 12"):
        shown = texts(sealed, "anna")
    with sealed.reading(by="op-7", purpose="an article", reader="press"):
        as_press = texts(sealed, "anna")
        others = texts(sealed, "bert")
    sealed.unsuppress(hidden, by="op-1", reason="of age")
    with sealed.reading(by="op-7", purpose="an article", reader="press"):
        assert shown == texts(sealed, "anna")

    assert all(str(said).startswith("sealed:") for said in concealed)
    assert ["Anna Smith spams", "Anna Smith has called"] == shown
    assert all("suppressed" in said for said in as_press)
    assert ["Bert has called"] == others
    with sealed.reading(by="op-7", purpose="audit"):
        reads = [entry.event for entry in sealed.entries(stream="ledger/reads")]
    assert ["appeal 12", "an article", "an article", "an article", "audit"] == [
        read.purpose for read in reads
    ]
    assert [None, "press", "press", "press", None] == [read.reader for read in reads]
    assert ["anna", "anna", "bert", "anna", None] == [read.account for read in reads]


def test_one_entry_is_hidden_by_its_place(sealed):
    """
    And no other one of the account.
    """
    *_, noted = sealed.entries(account="anna")
    sealed.suppress("press", position=noted.position, by="op-1", reason="a child")

    with sealed.reading(by="op-7", purpose="an article", reader="press"):
        said = texts(sealed, "anna")

    place = {"log": 0, "position": sealed.status().entries - 1}
    assert ["Anna Smith spams", {"suppressed": place}] == said


def test_without_keys_nothing_is_erased_and_nothing_is_shown(sealed, folder, clock):
    """
    Who has no keys can destroy none, and has nothing to show.
    """
    with opened(folder, clock, with_keys=False) as blind:
        with pytest.raises(Unavailable, match="keys"):
            blind.erase(account="anna", basis="GDPR", by="system")
        with pytest.raises(Unavailable, match="keys"), blind.reading(by="op-7", purpose="p"):
            pass
    assert 0 == sealed.status().erased
