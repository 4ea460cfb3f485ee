"""
What a caller of a sealed ledger is told while its keys cannot be asked: what happened.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from ledger import Keys, Ledger, LedgerError, NotFound, Refused, Unavailable
from ledger.moderation.sealing import is_alias
from ledger.store import url as urls
from ledger.store.erasing import Eraser
from ledger.store.keys import KeyStore
from ledger.store.keys_wrapping import KEK
from tests.conftest import ACCOUNT, action_command, take_action
from tests.store.gate import SECONDS_MAX

ENROL: dict[str, object] = {"command": "enrol_operator", "operator": "op-9", "kind": "human"}
ERASE = {"command": "erase", "account": ACCOUNT, "basis": "GDPR, article 17", "by": "op-1"}
NOTE = {"command": "note", "account": "another", "text": "has called", "by": "op-7"}
UNFINISHED = "on record, and the key is not destroyed yet"

WAYS: dict[str, Callable[[Ledger], object]] = {
    "one": take_action,
    "batch": lambda ledger: ledger.record_many([action_command("another"), action_command()]),
    "future": lambda ledger: ledger.submit(action_command()).result(SECONDS_MAX),
}


@contextmanager
def away(monkeypatch: pytest.MonkeyPatch, doing: str) -> Iterator[None]:
    """
    Let the key store fail at *doing* one of the things that it does.
    """

    def fail(_store: KeyStore, *_about: object) -> None:
        raise Unavailable("the key store is away")

    with monkeypatch.context() as failing:
        failing.setattr(KeyStore, doing, fail)
        yield


def entries(ledger: Ledger) -> int:
    """
    Return how many entries there are.
    """
    return ledger.status().entries


def notes(error: LedgerError) -> list[str]:
    """
    Return the notes on an error.
    """
    return getattr(error, "__notes__", [])


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_stays_a_refusal_where_names_cannot_be_looked_up(
    sealed_ledger: Ledger, monkeypatch: pytest.MonkeyPatch, way: str
):
    """
    It names whom its caller named, has the alias of the operator whom he did not, and says why.
    """
    take_action(sealed_ledger, by="op-1")
    with away(monkeypatch, "people"), pytest.raises(Refused) as caught:
        WAYS[way](sealed_ledger)

    assert "in-force-already" == caught.value.rule
    assert f"account {ACCOUNT!r}" in str(caught.value)
    assert is_alias(str(caught.value.by))
    assert ["the key store is away"] == [said.rpartition(": ")[2] for said in notes(caught.value)]


@attrs.define
class Service:
    """
    A key management service that stops answering.

    Args:
        fault: What it raises then.
    """

    kek: KEK
    fault: BaseException | None = None

    def wrap(self, key: bytes, /) -> bytes:
        """
        Return *key* wrapped.
        """
        return self.kek.wrap(key)

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """
        Return the key that was wrapped.
        """
        if self.fault is not None:
            raise self.fault
        return self.kek.unwrap(wrapped)


@pytest.mark.parametrize("fault", [ConnectionError("it is down"), SystemExit("it has ended")])
def test_a_future_is_settled_whatever_a_key_service_raises(
    sealed_ledger: Ledger,
    ledger_path: Path,
    sealing_keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
    fault: BaseException,
):
    """
    Nobody waits for ever: the refusal is told without the name, and the next outcome with it.
    """
    take_action(sealed_ledger, by="op-1")
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    service = Service(sealing_keys.kek)
    keys, url = attrs.evolve(sealing_keys, kek=service), f"sqlite:///{ledger_path}"
    with Ledger.open(url, create=False, keys=keys) as other:
        other.note(ACCOUNT, "has called", by="op-7")
        service.fault = fault
        unnamed = other.submit(action_command()).exception(SECONDS_MAX)
        service.fault = None
        named = other.submit(action_command()).exception(SECONDS_MAX)

    assert isinstance(unnamed, Refused)
    assert isinstance(named, Refused)
    assert (True, "op-1") == (is_alias(str(unnamed.by)), named.by)
    for clerk in threading.enumerate():
        if clerk.name.startswith("queue of"):
            clerk.join(SECONDS_MAX)


def test_what_is_recorded_is_returned_where_names_cannot_be_looked_up(
    sealed_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    """
    A batch that is durable returns the ids that its caller gave, and nothing is asked for them.
    """
    before = entries(sealed_ledger)
    with away(monkeypatch, "people"):
        assert ["op-9"] == sealed_ledger.record_many([ENROL])

    assert before + 1 == entries(sealed_ledger)


def test_a_long_batch_is_answered_by_aliases_where_names_cannot_be_looked_up(
    sealed_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    """
    Of so many no name is kept; an alias stands for the same operator in whatever is asked next.
    """
    number = 1_000
    commands: list[dict[str, object]] = [ENROL, *[action_command(measure="warn")] * number]
    with away(monkeypatch, "people"):
        enrolled, *acts = sealed_ledger.record_many(iter(commands))

    assert is_alias(enrolled)
    assert number == len(set(acts))
    assert sealed_ledger.operator("op-9") == sealed_ledger.operator(enrolled)


@pytest.mark.parametrize("doing", ["erased", "destroy"])
def test_an_erasure_that_is_due_is_no_matter_of_other_commands(
    sealed_ledger: Ledger, monkeypatch: pytest.MonkeyPatch, doing: str
):
    """
    Who asked for it is told that the key is not destroyed yet; a batch of others is recorded and
    returned, and the next erasure destroys both keys.
    """
    take_action(sealed_ledger)
    sealed_ledger.record_many([NOTE])
    with away(monkeypatch, doing):
        with pytest.raises(Unavailable, match=UNFINISHED):
            sealed_ledger.submit(ERASE).result(SECONDS_MAX)
        (note,) = sealed_ledger.record_many([NOTE])
    assert note
    sealed_ledger.record_many([{**ERASE, "account": "another"}])

    for erased in (ACCOUNT, "another"):
        with pytest.raises(NotFound):
            sealed_ledger.timeline(erased)
    assert 2 == sealed_ledger.status().erased


@pytest.mark.parametrize("doing", ["erased", "destroy"])
def test_a_batch_that_erases_says_what_is_left_to_do(
    sealed_ledger: Ledger, monkeypatch: pytest.MonkeyPatch, doing: str
):
    """
    As an erasure by itself does: all of it is on record and the key is there. The same batch under
    its ids records nothing more, returns what each command is, and destroys the key.
    """
    take_action(sealed_ledger)
    batch = [{**NOTE, "request_id": "n-1"}, {**ERASE, "request_id": "e-1"}]
    unfinished = pytest.raises(Unavailable, match=UNFINISHED)
    with away(monkeypatch, doing), unfinished:
        sealed_ledger.record_many(batch)
    recorded = entries(sealed_ledger)
    assert 1 == sealed_ledger.status().erased

    note, alias = sealed_ledger.record_many(batch)

    assert recorded == entries(sealed_ledger)
    assert [note] == [
        getattr(line.entry.event, "note", None) for line in sealed_ledger.timeline("another")
    ]
    assert is_alias(alias)
    with pytest.raises(NotFound):
        sealed_ledger.standing(ACCOUNT)


def test_an_erasure_says_that_it_is_on_record_where_the_ledger_cannot_be_read(
    sealed_ledger: Ledger, ledger_path: Path, sealing_keys: Keys
):
    """
    The database may go once the entry is there, and before the place of the entry is read.
    """
    database = urls.connect(f"sqlite:///{ledger_path}", create=False)
    with sealing_keys.open(sealed_ledger.settings.origin) as store:
        eraser = Eraser(database, store)
        database.close()
        with pytest.raises(Unavailable, match=UNFINISHED):
            eraser.finish_recorded()


def test_a_follower_stands_where_it_stood_while_keys_cannot_be_read(
    sealed_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    """
    The entry that it could not show is the next one, and its cursor is behind the one before.
    """
    sealed_ledger.record_many([NOTE])
    expected = [*sealed_ledger.entries()]
    follower = sealed_ledger.follow(once=True)
    followed, cursors = [next(follower)], [follower.cursor]
    with away(monkeypatch, "people"):
        for _ in range(2):
            with pytest.raises(Unavailable):
                next(follower)
            cursors.append(follower.cursor)
    followed += follower

    assert expected == followed
    assert 1 == len(set(cursors))
