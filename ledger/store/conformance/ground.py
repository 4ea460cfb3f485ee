"""
The ground of a conformance run: those who use its ledger at once, as processes of their own would.
"""

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import Final, Self, TypeVar

import attrs

from ledger.errors import LedgerError, Unavailable
from ledger.moderation.commands import command_of
from ledger.moderation.commands.account import OWN_INITIATIVE, Act
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.identity import account_stream
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.rules import RULES
from ledger.moderation.vocabulary import BUILT_IN
from ledger.store.conformance.watched import Watched
from ledger.store.database import Database
from ledger.store.order import Order
from ledger.store.reader import Reader
from ledger.store.settings import Settings
from ledger.store.writer import Writer

T = TypeVar("T")

WRITERS: Final = 4
SEED: Final = 17
MAX_SKEW: Final = timedelta(minutes=5)


def now() -> datetime:
    """
    Return the present.
    """
    return datetime.now(UTC)


@attrs.frozen
class Client:
    """
    Somebody who uses the ledger, with connections of his own.
    """

    database: Watched
    writer: Writer
    reader: Reader


@attrs.frozen
class Told:
    """
    What somebody who gave an order was told.

    Args:
        outcome: The id of what was recorded, or why nothing was.

        began, ended: Seconds on one clock, before it was given and behind the answer.
    """

    command: Act
    outcome: str | LedgerError
    began: float
    ended: float


class Ground:
    """
    A ledger with those who use it at once.

    Args:
        connect: Returns another database object for the ledger, each with connections of its own.

        seconds: How long the whole run may take, about.

        seed: What is done follows from it; how often, from the time.

    Attributes:
        clients: `WRITERS` of them.

        auditor: Reads what they did.
    """

    def __init__(
        self, connect: Callable[[], Database], fixed: Settings, *, seconds: float, seed: int
    ) -> None:
        self.settings = fixed
        self._connect = connect
        self._seconds = seconds
        self._seed = seed
        self._ending = ExitStack()
        with ExitStack() as failing:
            failing.push(self._ending)
            *self.clients, self.auditor = (self.another() for _ in range(WRITERS + 1))
            failing.pop_all()

    def __enter__(self) -> Self:
        """
        Return it; at the end everybody goes.
        """
        return self

    def __exit__(self, *_error: object) -> None:
        """
        Close all connections.
        """
        self._ending.close()

    def another(self) -> Client:
        """
        Return one more client, who stays until the end.
        """
        database = Watched(self._connect())
        self._ending.callback(database.close)
        writer = Writer(database, self.settings, Rulebook(BUILT_IN, RULES), now, MAX_SKEW)
        self._ending.callback(writer.close)
        return Client(database, writer, Reader(database, self.settings))

    def reach(self) -> None:
        """
        Return when the database answers.

        Raises:
            Unavailable: When it does not.
        """
        with closing(self._connect()) as database, database.reading() as connection:
            connection.execute("SELECT count(*) FROM heads").fetchone()

    def chance(self, *words: object) -> random.Random:
        """
        Return the chance of one part of the run, which is the same in every run of the seed.
        """
        told = "/".join(map(str, (self._seed, *words)))
        return random.Random(told)  # noqa: S311, it keeps no secret

    def rounds(self, share: float) -> Iterator[int]:
        """
        Yield numbers from 0 on, at least one, until a share of the time is over.
        """
        until = time.monotonic() + self._seconds * share
        for number in itertools.count():
            yield number
            if time.monotonic() >= until:
                return

    def read(self, prefix: str = "") -> Iterator[Entry]:
        """
        Yield the entries of the accounts whose names begin with *prefix*, those of all streams
        without one, as they were recorded.
        """
        begin = account_stream(prefix) if prefix else ""
        with self.auditor.reader.question(None, now()) as question:
            for entry in self.auditor.reader.entries(question):
                if entry.stream.startswith(begin):
                    yield entry

    def entries(self, prefix: str = "") -> list[Entry]:
        """
        Return what `read` yields, in the order of each log.
        """
        return sorted(self.read(prefix), key=lambda entry: (entry.log, entry.position))

    def acts(self, account: str) -> list[ActionTaken]:
        """
        Return the acts on *account*, in their order.
        """
        stream = account_stream(account)
        with self.auditor.reader.question(None, now(), [stream]) as question:
            events = [entry.event for entry in self.auditor.reader.entries(question, stream=stream)]
        return [event for event in events if isinstance(event, ActionTaken)]


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """
    Return what *tasks* return that begin together, a thread for each.
    """
    begin = threading.Barrier(len(tasks))

    def begun(task: Callable[[], T]) -> T:
        begin.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [each.result() for each in [pool.submit(begun, task) for task in tasks]]


def act(
    measure: str,
    account: str,
    *,
    reason: str = "check",
    action: str | None = None,
    request_id: str | None = None,
) -> Act:
    """
    Return the command to use *measure* on *account*.
    """
    told = {
        "measure": measure,
        "account": account,
        "because_of": OWN_INITIATIVE,
        "reason": reason,
        "action": action,
        "request_id": request_id,
    }
    return command_of(Act, told)


def give(client: Client, command: Act) -> Told:
    """
    Give *client* a command, and return what he was told.
    """
    began = time.monotonic()
    outcome: str | LedgerError
    try:
        outcome = client.writer.record_one(Order(command))
    except LedgerError as error:
        outcome = error
    return Told(command, outcome, began, time.monotonic())


def turned_away(told: Iterable[Told]) -> int:
    """
    Return how many found the database unavailable.
    """
    return sum(isinstance(each.outcome, Unavailable) for each in told)
