"""
The ledger: opened, written to through its commands, asked through its questions, and closed.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sized
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import attrs

from ledger.book import arguments
from ledger.book.acting import Acting
from ledger.book.asking import Asking
from ledger.book.bundling import Bundling
from ledger.book.following import Following
from ledger.book.history import Histories
from ledger.book.notarising import Notarising
from ledger.book.policing import Policing
from ledger.book.privacy import Guarding
from ledger.book.reading import reading_for
from ledger.book.reviewing import Reviewing
from ledger.book.status import LogStatus, Status, UnfinishedImport
from ledger.book.triaging import Triaging
from ledger.book.undoing import Undoing
from ledger.book.verifying import Verifying
from ledger.errors import Conflict, Malformed, Unavailable
from ledger.forensics.checks import Check
from ledger.forensics.checks import extended as with_checks
from ledger.forensics.conduct import ConductCheck
from ledger.moderation.commands import Command, command_from
from ledger.moderation.events.book import ImportBegan
from ledger.moderation.moment import duration, moment
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.rules import Rule, extended
from ledger.moderation.vocabulary import BUILT_IN, Measure
from ledger.store import erasing, migration, rebuild, roles, settings
from ledger.store import url as urls
from ledger.store.database import Database
from ledger.store.keys import Keys, KeyStore
from ledger.store.order import Order
from ledger.store.reader import Reader
from ledger.store.revealing import Revealer
from ledger.store.sealed_writer import SealedWriter
from ledger.store.settings import Settings
from ledger.store.writer import STEPS_A_TIME, Clock, Writer, present

if TYPE_CHECKING:
    from ledger.store.application import LedgerApplication

MAX_SKEW: Final = "5m"
_NOISE_BYTES: Final = 8


def _present() -> datetime:
    return datetime.now(UTC)


class Ledger(
    Acting,
    Asking,
    Bundling,
    Following,
    Guarding,
    Histories,
    Notarising,
    Policing,
    Reviewing,
    Triaging,
    Undoing,
    Verifying,
):
    """
    An event-sourced audit ledger for account moderation.

    Use `Ledger.open` or `Ledger.create`; it may be used from several threads.
    """

    def __init__(
        self,
        database: Database,
        fixed: Settings,
        clock: Clock,
        rulebook: Rulebook,
        max_skew: timedelta,
        *,
        checks: Iterable[Check | ConductCheck] = (),
        keys: KeyStore | None = None,
    ) -> None:
        self._database = database
        self.settings = fixed
        self._rulebook = rulebook
        self._measures = rulebook.measures
        self._checks = with_checks(checks)
        self._keys = keys
        self._writer = Writer(database, fixed, rulebook, clock, max_skew)
        self._reading = ContextVar("reading", default=None)
        if fixed.sealed:
            self._revealer = Revealer(database, keys)
            self._writer = SealedWriter(
                database, fixed, rulebook, clock, max_skew, revealer=self._revealer
            )
        self._reader = Reader(database, fixed)
        if self._revealer is not None:
            self._reader.shown_names = self._revealer.shown_names
        self._now = self._writer.now

    @classmethod
    def open(
        cls,
        url: str,
        *,
        clock: Clock | None = None,
        keys: Keys | None = None,
        max_skew: str | timedelta = MAX_SKEW,
        measures: Iterable[Measure] = (),
        rules: Iterable[Rule] = (),
        checks: Iterable[Check | ConductCheck] = (),
        create: bool = True,
    ) -> Self:
        """
        Return the ledger at *url*; an empty SQLite path becomes one with defaults.

        Args:
            url: ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``memory:``.

            clock: Returns the present as an aware datetime; the machine's clock if omitted.

            keys: Of a sealed ledger, which without them reads and proves, and says nothing of
                anybody.

            max_skew: How far the ledger's last entry may be ahead of the clock.

            measures: Measures of the service beside the built-in ones.

            rules: Rules of the service that policies may use beside the built-in ones.

            checks: Checks of the service that `review` runs beside the built-in ones.

            create: Whether an empty path becomes a ledger.

        Raises:
            Malformed: When the URL is none, or names a directory; or when there are *keys* and the
                ledger is not sealed, or they are another one's.

            Unavailable: When the database is no ledger, is of a newer format, or cannot be opened;
                or is empty and *create* is false.
        """
        with ExitStack() as failing:
            database = urls.connect(url, create=create)
            failing.callback(database.close)
            fixed = settings.read(database)
            if fixed is None:
                if not create or not database.dialect.is_ours_alone:
                    raise urls.not_initialised(url)
                fixed = settings.read_or_create(database, _defaults(clock or _present, None, 1))
            store = None
            if keys is not None:
                if not fixed.sealed:
                    raise _not_sealed()
                store = keys.open(fixed.origin)
                failing.callback(store.close)
            opened = cls(
                database,
                fixed,
                clock or _present,
                Rulebook(BUILT_IN.extended(measures), extended(rules)),
                duration(max_skew, "max_skew"),
                checks=checks,
                keys=store,
            )
            failing.pop_all()
        return opened

    @classmethod
    def create(
        cls,
        url: str,
        *,
        origin: str | None = None,
        logs: int = 1,
        sealed: bool = False,
        clock: Clock | None = None,
        keys: Keys | None = None,
        max_skew: str | timedelta = MAX_SKEW,
        measures: Iterable[Measure] = (),
        rules: Iterable[Rule] = (),
        checks: Iterable[Check | ConductCheck] = (),
    ) -> Self:
        """
        Return a new ledger at *url*, which must be empty.

        Args:
            origin: The name under which its log is known to others; made if omitted.

            logs: How many logs it has, for ever; 1 unless very many writers share it.

            sealed: Whether persons are aliases and what is said of them is sealed, for ever.

            keys: Where the keys of a sealed ledger will be: an empty database, another one than the
                ledger's unless both are on a server.

        Raises:
            Malformed: When there is a ledger already, an argument has the wrong shape, or *sealed*
                and *keys* do not go together.

            Unavailable: When the database cannot be written to, or what encrypts is not installed.
        """
        if sealed is not (keys is not None):
            raise (
                _not_sealed()
                if keys is not None
                else Malformed(
                    "a sealed ledger needs a place for its keys",
                    where="keys",
                    expected="keys=Keys.at(…), or --keys and --kek",
                )
            )
        # All is looked at before a file is made.
        fixed = attrs.evolve(_defaults(clock or _present, origin, logs), sealed=sealed)
        settings.check_origin(fixed.origin)
        rulebook = Rulebook(BUILT_IN.extended(measures), extended(rules))
        skew = duration(max_skew, "max_skew")
        with ExitStack() as failing:
            database = urls.connect(url, create=True)
            failing.callback(database.close)
            store = None
            if keys is not None and settings.read(database) is None:
                store = keys.create(fixed.origin)
                failing.callback(store.close)
            settings.create(database, fixed)
            opened = cls(
                database,
                fixed,
                clock or _present,
                rulebook,
                skew,
                checks=checks,
                keys=store,
            )
            failing.pop_all()
        return opened

    def record_many(self, commands: Iterable[Command | Mapping[str, object]]) -> list[str]:
        """
        Record commands in one transaction, all or nothing, and return the id of each in order.

        Args:
            commands: Commands, or objects such as ``{"command": "act", "measure": …}``; any
                number, which are taken one by one. An iterator cannot be read again, where the
                transaction would have to be.

        Raises:
            LedgerError: The first error in order; its `where` names the command: ``command 3``.
                Where all is on record and the key of who is erased could not be destroyed, that
                is told as `erase` tells it.
        """
        if isinstance(commands, Mapping | str | bytes) or not isinstance(commands, Iterable):
            raise Malformed(
                f"{type(commands).__name__} is no list of commands",
                where="commands",
                expected="a list of commands",
            )
        first = [*islice(commands, STEPS_A_TIME + 1)] if isinstance(commands, Iterator) else []
        if len(first) > STEPS_A_TIME:
            return self.record_orders(_Orders(chain(first, commands)))
        orders = _Orders(first or commands)
        if isinstance(commands, Sized) and len(commands) > STEPS_A_TIME:
            return self.record_orders(orders)
        # Few: made before the head of a log is held for them.
        return self.record_orders([*orders])

    def submit(self, command: Command | Mapping[str, object]) -> Future[str]:
        """
        Return at once the future of what *command* returns, once it is durable.

        Commands that are outstanding at the same moment share transactions and keep outcomes of
        their own: the future raises what the command raises. They are recorded in the order in
        which they are given. `asyncio.wrap_future` makes it awaitable.

        Args:
            command: A command, or an object such as ``{"command": "act", "measure": …}``.

        Raises:
            Malformed: When it is no command.

            Unavailable: When the database cannot keep up and too many wait already.
        """
        return self._writer.submit(Order(_command(command).complete()))

    def record_orders(self, orders: Iterable[Order]) -> list[str]:
        """
        Record orders, which know their place in the input, as `record_many` records commands.
        """
        return self._writer.record(orders)

    def fence(self, known_at: datetime | str) -> None:
        """
        Settle *known_at*: wait for writers in flight, then let nothing be recorded by then.

        Every later answer as of *known_at* is settled. History that a source recorded by then can
        no longer be imported under its own times.

        Raises:
            Malformed: When *known_at* is later than now.
        """
        self._writer.fence(moment(known_at, "known_at"))

    def rebuild(self) -> list[rebuild.Difference]:
        """
        Make all that is derived from the entries anew and return what differed, a table each.

        Raises:
            Tampered: When the entries themselves do not hold together.
        """
        return rebuild.rebuild(self._database, self.settings)

    def migrate(self) -> migration.Migration:
        """
        Bring the ledger to the newest format, unless it has it, and return what was done.

        Whoever has it open goes on; whoever opens it then needs a version that knows the format.

        Raises:
            Unavailable: When its format is newer than this version, or the role may not do it.
        """
        done = migration.migrate(self._database)
        self.settings = attrs.evolve(self.settings, format=done.after)
        return done

    def grants(self, *, writer: str = roles.WRITER, auditor: str = roles.AUDITOR) -> list[str]:
        """
        Return the statements that `grant` would run now.

        Raises:
            Malformed: When the ledger's database has no roles, or a name cannot be one.
        """
        return roles.grants(self._database, self.settings, roles.Roles(writer, auditor))

    def grant(self, *, writer: str = roles.WRITER, auditor: str = roles.AUDITOR) -> list[str]:
        """
        Let *writer* record and *auditor* ask, and nobody change an entry.

        Args:
            writer: The role that services who record are members of; made if there is none.

            auditor: The same for those who only ask.

        Returns:
            The statements that did it.

        Raises:
            Malformed: When the ledger's database has no roles, a name cannot be one, or a role
                could do more whatever is granted to it.

            Unavailable: When the ledger is somebody else's, or a role is to be made and may not be.
        """
        return roles.grant(self._database, self.settings, roles.Roles(writer, auditor))

    def backup(self, path: str | Path) -> None:
        """
        Write a consistent copy of the ledger to *path* while it goes on, and check it.

        Raises:
            Malformed: When *path* exists, or names no file.

            Unavailable: When it cannot be written to.
        """
        target = arguments.path(path, "path")
        try:
            self._database.backup(target)
        except OSError as error:
            raise Unavailable(f"it cannot be written: {error.strerror}", where="path") from None
        with Ledger.open(f"sqlite:///{target}", create=False) as copy:
            copied, mine = copy.status(), self.status()
        if copied.entries > mine.entries or copied.settings != mine.settings:
            raise Unavailable(f"the copy {target} is not the ledger that was copied")

    def status(self) -> Status:
        """
        Return what the ledger is, how far it is, which imports are unfinished, and how many legal
        holds stand and subjects are erased.
        """
        logs = tuple(
            LogStatus(log, size, root) for log, (size, root) in self._reader.roots().items()
        )
        unfinished = []
        for entry in self._reader.unfinished_imports():
            began = entry.event
            assert isinstance(began, ImportBegan)
            names = tuple(file.name for file in began.files)
            began_at = entry.written_at or entry.recorded_at
            unfinished.append(UnfinishedImport(began.import_id, began.format, names, began_at))
        guarded = self._guarded()
        return Status(
            settings=self.settings,
            entries=sum(log.size for log in logs),
            recorded_at=self._reader.last_recorded(),
            logs=logs,
            unfinished_imports=tuple(unfinished),
            holds=len(guarded.holds),
            erased=len(guarded.erased),
        )

    @contextmanager
    def reading(self, *, by: str, purpose: str, reader: str | None = None) -> Iterator[Self]:
        """
        Answer the questions within, in this thread or task, with the personal data of a sealed
        ledger, and put each of them on record with who reads and what for.

        Args:
            by: The operator who is shown it, and who may act.

            purpose: What for; it names no person.

            reader: The class of reader, from whom `suppress` may have hidden something.

        Raises:
            Malformed: When the ledger is not sealed.

            Unavailable: When it was opened without its keys.
        """
        shown = reading_for(
            self._reading,
            self._revealer,
            self._reader,
            self._now,
            self.record_read,
            by=by,
            purpose=purpose,
            reader_class=reader,
        )
        with shown:
            yield self

    def drop_erased(self) -> int:
        """
        Delete the payloads of who is erased, which nobody can open any more, in short transactions,
        and return how many there were. No entry changes, and nothing that was answered.
        """
        return erasing.drop_payloads(self._database, self.settings)

    def conceal(self) -> None:
        """
        Show aliases and tokens from now on, outside of `reading`, also where there are keys.
        """
        if self._revealer is not None:
            self._revealer.reveals = False

    @property
    def application(self) -> "LedgerApplication":
        """
        Return the ledger as an application of the `eventsourcing` library: its notification log,
        its events by stream, subscriptions. It reads; the commands above write.

        Raises:
            Unavailable: When the ledger has several logs, whose positions are not in one order.
        """
        from ledger.store.application import LedgerApplication  # noqa: PLC0415, slow to import

        return LedgerApplication(self._database, self.settings)

    def close(self) -> None:
        """
        Write what waits and close the database; every later use is `Unavailable`.
        """
        self._writer.close()
        self._database.close()
        if self._keys is not None:
            self._keys.close()

    def __enter__(self) -> Self:
        """
        Return the ledger, which is closed at the end.
        """
        return self

    def __exit__(self, *_error: object) -> None:
        """
        Close the ledger.
        """
        self.close()


def _not_sealed() -> Malformed:
    return Malformed("the ledger is not sealed", where="keys", expected="no keys")


def _command(given: Command | Mapping[str, object]) -> Command:
    return given if isinstance(given, Command) else command_from(given)


@attrs.define
class _Orders:
    """
    The orders of a batch of commands, made one by one; again where the commands can be read again.
    """

    commands: Iterable[Command | Mapping[str, object]]
    was_read: bool = False

    def __iter__(self) -> Iterator[Order]:
        """
        Yield them in order.

        Raises:
            Malformed: When one is no command.

            Conflict: When the commands were read and cannot be read again.
        """
        if self.was_read and isinstance(self.commands, Iterator):
            raise Conflict(
                "the transaction has to be run again, and the commands come from an iterator",
                where="commands",
                expected="a list, or an object that can be iterated again",
            )
        self.was_read = True
        for number, given in enumerate(self.commands, start=1):
            place = f"command {number}"
            try:
                yield Order(_command(given).complete(), place)
            except Malformed as error:
                raise error.at(place) from None


def _defaults(clock: Clock, origin: str | None, logs: int) -> Settings:
    made = settings.made_origin(present(clock), secrets.token_bytes(_NOISE_BYTES))
    return Settings(origin=made if origin is None else origin, logs=logs)
