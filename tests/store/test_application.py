"""
The ledger as an `eventsourcing` application: it reads, it notifies, and it does not write.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import StoredEvent
from eventsourcing.projection import ApplicationSubscription

from ledger import Ledger, Malformed, Refused, Tampered, Unavailable
from ledger.moderation.account import Account, fold
from ledger.store import url as urls
from ledger.store.application import LedgerApplication
from ledger.store.database import Database
from ledger.store.mapper import LedgerMapper, RecordedEvent
from ledger.store.settings import Settings
from tests.conftest import ACCOUNT, Backend, HandSetClock, take_action
from tests.store.conftest import EVERY

ONE_LOG = [backend for backend in EVERY if backend.is_kept and backend.logs == 1]
STREAM = f"account/{ACCOUNT}"

# Every variable by which the library can be redirected or configured, plain and prefixed.
HOSTILE = {
    "PERSISTENCE_MODULE": "eventsourcing.popo",
    "INFRASTRUCTURE_FACTORY": "nowhere:Factory",
    "FACTORY_TOPIC": "nowhere:Factory",
    "MAPPER_TOPIC": "nowhere:Mapper",
    "TRANSCODER_TOPIC": "nowhere:Transcoder",
    "COMPRESSOR_TOPIC": "zlib",
    "CIPHER_TOPIC": "nowhere:Cipher",
    "CIPHER_KEY": "a2V5",
    "IS_SNAPSHOTTING_ENABLED": "y",
    "APPLICATION_RECORDER_TOPIC": "nowhere:Recorder",
    "AGGREGATE_CACHE_MAXSIZE": "10",
    "AGGREGATE_CACHE_FASTFORWARD": "perhaps",
    "SQLITE_DBNAME": "elsewhere.db",
    "ORIGINATOR_ID_TYPE": "uuid",
    "CREATE_TABLE": "n",
}


@pytest.fixture(params=ONE_LOG, ids=lambda backend: backend.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    """
    Return each backend with one log that several may be connected to.
    """
    given: Backend = request.param
    return given


@pytest.fixture
def elsewhere(staffed: Ledger, ledger_url: str, clock: HandSetClock) -> Iterator[Database]:
    """
    Return another connection to `staffed`, which has an action and its reversal.
    """
    action = take_action(staffed)
    clock.advance(minutes=11)
    staffed.reverse(action, by="op-7", reason="error")
    opened = urls.connect(ledger_url, create=False)
    yield opened
    opened.close()


@pytest.fixture
def application(staffed: Ledger, elsewhere: Database) -> LedgerApplication:
    """
    Return the application on `staffed`.
    """
    return LedgerApplication(elsewhere, staffed.settings)


def events(application: LedgerApplication, stream: str = STREAM, **select: Any) -> list[Any]:
    """
    Return the events of a stream that the library's event store selects.
    """
    return list(application.events.get(stream, **select))


def account(_: object, events: Iterable[Any]) -> Account | None:
    """
    Return the account that *events* add up to, as a projector of the library does.
    """
    held = list(events)
    return fold(Account(ACCOUNT), held) if held else None


def test_events_of_a_stream_are_its_entries(staffed: Ledger, application: LedgerApplication):
    """
    The event store gives the very entries, with their positions, and all the ways to select.
    """
    entries = [*staffed.entries(account=ACCOUNT)]

    assert entries == events(application)
    assert entries[1:] == events(application, gt=1)
    assert entries[:1] == events(application, lte=1)
    assert entries[::-1] == events(application, desc=True)
    assert entries[:1] == events(application, limit=1)
    assert [] == events(application, "account/nobody")


def test_the_repository_folds_a_stream_at_any_version(application: LedgerApplication):
    """
    With a projector the repository gives the account, now and as of a version.
    """
    get: Any = application.repository.get

    assert 2 == get(STREAM, projector_func=account).version
    before = get(STREAM, version=1, projector_func=account)
    assert (1, 0) == (before.version, len(before.reversals))
    with pytest.raises(AggregateNotFoundError):
        get("account/nobody", projector_func=account)


def test_the_notification_log_is_the_log(staffed: Ledger, application: LedgerApplication):
    """
    Sections give positions, wire names and exactly the bytes that were hashed.
    """
    section = application.notification_log["1,1000"]

    expected = [(e.position, e.stream, e.version, e.kind, e.body) for e in staffed.entries()]
    found = [(n.id, n.originator_id, n.originator_version, n.topic, n.state) for n in section.items]
    assert expected == found
    assert f"1,{len(expected)}" == section.id
    assert len(expected) == application.recorder.max_notification_id()


def test_a_subscription_gives_entries_and_where_to_go_on(
    staffed: Ledger, application: LedgerApplication
):
    """
    A follower gets each entry with the place that it reached, under the name of this ledger.
    """
    reached = staffed.status().entries
    staffed.note(ACCOUNT, "a word", by="op-7")
    with ApplicationSubscription(application, gt=reached) as subscription:
        event, tracking = next(subscription)

    assert isinstance(event, RecordedEvent)
    assert [event] == [*staffed.entries()][reached:]
    assert isinstance(event, DomainEventProtocol)
    assert (STREAM, 3) == (event.originator_id, event.originator_version)
    followed = (tracking.application_name, tracking.notification_id)
    assert (staffed.settings.origin, reached + 1) == followed


def test_nothing_is_written_through_the_application(
    staffed: Ledger, application: LedgerApplication
):
    """
    Saving is refused with what to use instead, by every way that the library has.
    """
    before = staffed.status()
    again = events(application)
    ways: list[Callable[[], object]] = [
        application.save,
        lambda: application.save(*again),
        lambda: application.events.put(again),
        lambda: application.recorder.insert_events([StoredEvent("account/x", 1, "x", b"{}")]),
    ]
    for way in ways:
        with pytest.raises(Refused, match=r"Ledger\.act"):
            way()

    assert before == staffed.status()


def test_snapshots_and_tracking_are_not_kept_here(application: LedgerApplication):
    """
    What a follower keeps, it keeps elsewhere: the ledger's tables are its own.
    """
    ways: list[Callable[[], object]] = [
        lambda: application.factory.aggregate_recorder("snapshots"),
        application.factory.tracking_recorder,
        application.factory.process_recorder,
    ]
    for way in ways:
        with pytest.raises(Unavailable, match="keeps no"):
            way()

    assert application.recorder is application.factory.aggregate_recorder()


def test_no_variable_of_the_shell_has_a_say(
    staffed: Ledger, elsewhere: Database, monkeypatch: pytest.MonkeyPatch
):
    """
    Under variables that would redirect the library to other modules, stores and keys, the
    application reads the same ledger in the same way.
    """
    for name, value in HOSTILE.items():
        for prefix in ("", "LEDGERAPPLICATION_", f"{staffed.settings.origin.upper()}_"):
            monkeypatch.setenv(prefix + name, value)
    application = LedgerApplication(elsewhere, staffed.settings)

    assert {} == application.env
    assert application.snapshots is None
    assert application.repository.cache is None
    assert [*staffed.entries(account=ACCOUNT)] == events(application)


def test_a_ledger_of_several_logs_is_no_application(elsewhere: Database):
    """
    Notifications need one order, and several logs have none.
    """
    with pytest.raises(Unavailable, match="2 logs"):
        LedgerApplication(elsewhere, Settings(origin="x", logs=2))


def test_closing_the_application_leaves_the_ledger_open(
    staffed: Ledger, elsewhere: Database, application: LedgerApplication
):
    """
    Whoever opened the database closes it.
    """
    with application:
        pass
    application.close()
    with elsewhere.reading() as connection:
        (count,) = connection.execute("SELECT count(*) FROM entries").fetchone()

    assert staffed.status().entries == count


def test_the_mapper_gives_back_what_it_was_given(application: LedgerApplication):
    """
    Mapping an event out and in again changes nothing, and its bytes are not encoded anew.
    """
    mapper = LedgerMapper()
    for notification in application.notification_log["1,1000"].items:
        event = mapper.to_domain_event(notification)
        assert notification == mapper.to_stored_event(event)
        assert event.body is notification.state


def test_the_mapper_trusts_no_column(application: LedgerApplication):
    """
    An event whose columns say something else than its bytes is not handed on.
    """
    mapper = LedgerMapper()
    event = events(application)[0]
    for moved in (event._replace(stream="account/x"), event._replace(version=9)):
        with pytest.raises(Tampered):
            mapper.to_domain_event(mapper.to_stored_event(moved))


def test_the_mapper_maps_recorded_events_only(application: LedgerApplication):
    """
    An event that was never recorded has no bytes, and a stored event without a place no position.
    """
    mapper = LedgerMapper()
    event = events(application)[0].event
    with pytest.raises(Malformed, match="ActionTaken"):
        mapper.to_stored_event(event)
    with pytest.raises(Malformed, match="no position"):
        mapper.to_domain_event(StoredEvent(STREAM, 1, "account.action_taken", b"{}"))


def test_the_front_door_does_not_import_the_library():
    """
    Who only uses the ledger, or asks the command line for help, does not pay for `eventsourcing`.
    """
    program = "import ledger, sys; sys.exit('eventsourcing' in sys.modules)"
    environment = {**os.environ, "TZINFO_TOPIC": "nowhere:nothing"}

    assert (
        0
        == subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode
    )
