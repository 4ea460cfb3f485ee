"""
A ledger with one log as an `eventsourcing` application: for services that know that library.

It reads: streams through `events` and `repository`, all entries in order through
`notification_log` and subscriptions. What it yields are entries (`RecordedEvent`), and topics are
their wire names. It is configured by what it is given; no variable of the shell has a say.
"""

from typing import NoReturn

from eventsourcing.application import Application
from eventsourcing.persistence import (
    AggregateRecorder,
    InfrastructureFactory,
    ProcessRecorder,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType
from typing_extensions import override

from ledger.errors import Unavailable
from ledger.store.database import Database
from ledger.store.mapper import LedgerMapper
from ledger.store.recorder import LedgerRecorder, not_written_here
from ledger.store.settings import Settings


class LedgerFactory(InfrastructureFactory[TrackingRecorder]):
    """
    Gives an application the recorder of one ledger, and nothing that writes.
    """

    def __init__(self, env: Environment, recorder: LedgerRecorder) -> None:
        super().__init__(env)
        self._recorder = recorder

    def application_recorder(self) -> LedgerRecorder:
        """
        Return the recorder.
        """
        return self._recorder

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """
        Return the recorder for events; snapshots are refused.
        """
        if purpose != "events":
            raise _not_kept(purpose)
        return self._recorder

    @override
    def tracking_recorder(
        self, tracking_recorder_class: type[TrackingRecorder] | None = None
    ) -> NoReturn:
        """
        Refuse: what a follower has seen is kept where the follower keeps its view.
        """
        raise _not_kept("tracking")

    def process_recorder(self) -> ProcessRecorder:
        """
        Refuse, as `tracking_recorder` does.
        """
        raise _not_kept("tracking")


class LedgerApplication(Application[str]):
    """
    Serves reading and notifications over the tables of a ledger, which stays the owner's to close.

    Raises:
        Unavailable: When the ledger has more than one log.
    """

    # As many as a section may hold; the library's 10 cost a transaction each.
    log_section_size = 1000

    def __init__(self, database: Database, settings: Settings) -> None:
        self._source = LedgerRecorder(database, settings)
        # What followers keep their place under, so that ledgers are told apart.
        self.name = settings.origin
        super().__init__()

    @override
    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """
        Return an empty environment: every setting is the one written here.
        """
        return Environment(name)

    def construct_factory(self, env: Environment) -> LedgerFactory:
        """
        Return the factory of this ledger.
        """
        return LedgerFactory(env, self._source)

    def construct_mapper(self) -> LedgerMapper:
        """
        Return the mapper of entries.
        """
        return LedgerMapper()

    @override
    def save(self, *objs: object, **kwargs: object) -> NoReturn:
        """
        Refuse: writing goes through the ledger's writer, which decides under the head.
        """
        raise not_written_here()


def _not_kept(what: str) -> Unavailable:
    return Unavailable(f"a ledger keeps no {what}", expected="a database of your own for it")
