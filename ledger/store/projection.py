"""
A projection: a service's own view of the ledger, in tables of its own.

The view and the cursor of what it has seen are written in one transaction, so every entry is in
the view exactly once: after a crash, beside a second runner, or when the answer to a commit was
lost. Whoever writes takes the row of the cursor first and finds it where he left it, or somebody
else was there and what he read is read again.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Final, Protocol, Self

from ledger.errors import Malformed
from ledger.moderation.cursor import write_positions
from ledger.moderation.entry import Entry
from ledger.moderation.identity import identifier
from ledger.store.database import Connection, transact
from ledger.store.follow import Follower
from ledger.store.url import connect

BATCH_MAX: Final = 500
_BEGINNING: Final = write_positions({})
LOOK_SECONDS: Final = 0.1
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS projections (
        name {text} NOT NULL PRIMARY KEY,
        cursor {text} NOT NULL
    )
"""
_MOVE: Final = "UPDATE projections SET cursor = ? WHERE name = ? RETURNING name"
# Whoever is second waits for the first, and then finds another cursor.
_MOVE_FROM: Final = "UPDATE projections SET cursor = ? WHERE name = ? AND cursor = ? RETURNING name"


class Followed(Protocol):
    """
    What can be followed: a ledger.
    """

    def follow(
        self, after: str | None = None, *, once: bool = False, look_seconds: float | None = None
    ) -> Follower:
        """
        Return the entries behind a cursor.
        """


class Projection:
    """
    A view of *ledger*, kept up to date in the tables of a database.

    Args:
        name: Tells it from others in the same database; its cursor is the row of that name in the
            table ``projections``.

        database: The URL of the service's database, which may be the ledger's own. ``memory:`` is
            one that goes with this object.

        create: The statements that make the tables of the view.

        drop: The statements that drop them.

        apply: Takes entries into the view. It is given a connection within a transaction, whose
            parameters are marked ``?``, and must change nothing else: what it did is rolled back
            when it raises, and may be done again.

        batch_max: How many entries it is given at most in one transaction.
    """

    def __init__(  # noqa: PLR0913, a view is made of all these
        self,
        ledger: Followed,
        name: str,
        *,
        database: str,
        create: Sequence[str],
        drop: Sequence[str],
        apply: Callable[[Connection, Sequence[Entry]], None],
        batch_max: int = BATCH_MAX,
    ) -> None:
        if batch_max < 1:
            raise Malformed(f"{batch_max} is no batch", where="batch_max", expected="1 or more")
        self._ledger = ledger
        self.name = identifier(name, "name")
        self._create = create
        self._drop = drop
        self._apply = apply
        self._batch_max = batch_max
        self._database = connect(database, create=True)
        with ExitStack() as failing:
            failing.callback(self._database.close)
            transact(self._database, self._begin)
            failing.pop_all()

    def _begin(self, connection: Connection) -> None:
        connection.execute(_TABLE.format(text=self._database.dialect.text))
        known = connection.execute("SELECT 1 FROM projections WHERE name = ?", (self.name,))
        if not known.fetchall():
            connection.insert("projections", "name, cursor", [(self.name, _BEGINNING)])
            self._run(connection, self._create)

    def _run(self, connection: Connection, statements: Sequence[str]) -> None:
        for statement in statements:
            connection.execute(statement)

    @property
    def cursor(self) -> str:
        """
        Return the cursor behind the last entry that is in the view.
        """
        with self._database.reading() as connection:
            [(cursor,)] = connection.execute(
                "SELECT cursor FROM projections WHERE name = ?", (self.name,)
            ).fetchall()
        return str(cursor)

    @property
    def lag(self) -> int:
        """
        Return how many committed entries are not in the view yet, over all logs.
        """
        return self._ledger.follow(self.cursor).lag

    def run_once(self) -> int:
        """
        Take what is committed now into the view, and return how many entries that were.

        Another runner may take some of them.

        Raises:
            LedgerError: What the ledger or the database raises; and whatever *apply* does. The
                view stays as it was before the batch.
        """
        return sum(self._batches())

    def run(
        self, stop: threading.Event | None = None, *, look_seconds: float = LOOK_SECONDS
    ) -> None:
        """
        Keep the view up to date until *stop* is set, which is looked at after every batch.

        Args:
            stop: Without it only an error ends it, an interrupt among them.

            look_seconds: How often to look for more.

        Raises:
            LedgerError: As `run_once` does. Whoever calls again goes on where the view stands.
        """
        ended = stop or threading.Event()
        while not ended.is_set():
            for _ in self._batches():
                if ended.is_set():
                    return
            ended.wait(look_seconds)

    def _batches(self) -> Iterator[int]:
        """
        Yield how many entries each batch had, once they are in the view.
        """
        while True:
            cursor = self.cursor
            with self._ledger.follow(cursor, once=True) as follower:
                while entries := [*islice(follower, self._batch_max)]:
                    if not self._take(entries, cursor, follower.cursor):
                        break
                    cursor = follower.cursor
                    yield len(entries)
                else:
                    return

    def _take(self, entries: Sequence[Entry], before: str, behind: str) -> bool:
        """
        Take entries into the view, and return whether the cursor stood before them.
        """

        def taken(connection: Connection) -> bool:
            moved = connection.execute(_MOVE_FROM, (behind, self.name, before)).fetchall()
            if moved:
                self._apply(connection, entries)
            return bool(moved)

        return transact(self._database, taken)

    def rebuild(self) -> int:
        """
        Drop the view and make it anew from the first entry on; return how many entries it took.

        Until the end it is as far as `lag` says, and whoever runs the same view meanwhile helps.
        """

        def begun_anew(connection: Connection) -> None:
            connection.execute(_MOVE, (_BEGINNING, self.name)).fetchall()
            self._run(connection, self._drop)
            self._run(connection, self._create)

        transact(self._database, begun_anew)
        return self.run_once()

    def close(self) -> None:
        """
        Close the connections to the view's database; the ledger stays open.
        """
        self._database.close()

    def __enter__(self) -> Self:
        """
        Return the projection, which is closed at the end.
        """
        return self

    def __exit__(self, *_error: object) -> None:
        """
        Close it.
        """
        self.close()
