"""
The keys of who is erased are destroyed, as the entries say it.

The entry is what counts: it is recorded first, and the keys follow it. Where the machine stops
between the two, or a key store is put back from a backup, the next opening with keys, and every
erasure after it, destroys what the entries say.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from ledger.errors import LedgerError, Unavailable
from ledger.moderation.commands.privacy import Erase
from ledger.moderation.commands.sealed import Person
from ledger.moderation.decisions.privacy import no_subject
from ledger.moderation.events.privacy import SubjectErased
from ledger.moderation.privacy import PRIVACY_STREAM
from ledger.moderation.sealing import Kind, is_alias, nobody
from ledger.store.database import Connection, Database, transact
from ledger.store.keys import KeyStore, Place
from ledger.store.order import Order, Statement
from ledger.store.rows import READ_COLUMNS, entry_from
from ledger.store.schema import added
from ledger.store.settings import Settings

# How many payloads are looked at together, and deleted in one transaction at most.
PAYLOADS_A_TIME: Final = 1_000

_ERASURES: Final = (
    f"SELECT {READ_COLUMNS} FROM entries WHERE log = 0 AND stream = ? AND version > ?"
    " AND kind = 'ledger.subject_erased' ORDER BY version"
)
_PAYLOADS: Final = (
    "SELECT position, subject FROM sealed WHERE log = ? AND (position, subject) > (?, ?)"
    " ORDER BY position, subject LIMIT ?"
)
_DELETE: Final = "DELETE FROM sealed WHERE log = ? AND position = ? AND subject = ?"


class Erasure(NamedTuple):
    """
    Who is erased, and by which entry.
    """

    subject: str
    place: Place
    version: int


class Eraser:
    """
    Destroys the keys of who is erased.

    Args:
        keys: The key store of the ledger in *database*.
    """

    def __init__(self, database: Database, keys: KeyStore) -> None:
        self._database = database
        self._keys = keys
        # Up to which version of the privacy stream nobody who is erased has a key.
        self._version = 0

    def finish(self) -> int:
        """
        Destroy the keys that the entries say are destroyed, and return how many there were.

        Raises:
            Unavailable: When the key store cannot do it now.
        """
        return self._destroy(*self._due())

    def finish_recorded(self) -> None:
        """
        Do what `finish` does, once an erasure is recorded, which every error then says.

        Raises:
            Unavailable: When the key store cannot do it now.
        """
        try:
            due = self._due()
        except LedgerError as error:
            raise _unfinished(error) from error
        self._destroy(*due)

    def _due(self) -> tuple[list[Erasure], int]:
        """
        Return whose keys are to be destroyed, and up to which version of the privacy stream.
        """
        with self._database.reading() as connection:
            erasures = list(_erasures(connection, self._version))
        gone = self._keys.erased(erasure.subject for erasure in erasures)
        due = [erasure for erasure in erasures if erasure.subject not in gone]
        return due, erasures[-1].version if erasures else self._version

    def _destroy(self, due: Sequence[Erasure], version: int) -> int:
        try:
            for erasure in due:
                self._keys.destroy(erasure.subject, *erasure.place)
        except LedgerError as error:
            raise _unfinished(error) from error
        self._version = version
        return len(due)


def _unfinished(error: LedgerError) -> Unavailable:
    return Unavailable(
        f"the erasure is on record, and the key is not destroyed yet: {error.message}",
        where="keys",
        expected="the erasure again, without what was recorded with it, or the next opening with"
        " keys, which destroys it",
    )


def _erasures(connection: Connection, version: int) -> Iterator[Erasure]:
    for entry in map(entry_from, connection.execute(_ERASURES, (PRIVACY_STREAM, version))):
        assert isinstance(entry.event, SubjectErased)
        yield Erasure(entry.event.subject, Place(entry.log, entry.position), entry.version)


def unknown(keys: KeyStore, steps: Iterable[Order | Statement]) -> dict[Person, str]:
    """
    Return whom *steps* are to erase and whom nobody knows, with the alias of nobody: who is not
    known is given no alias in order to be erased. Who was erased has no name any more.

    Raises:
        NotFound: When nobody has an alias that is given.
    """
    found: dict[Person, str] = {}
    for step in steps:
        if not isinstance(step, Order) or not isinstance(step.command, Erase):
            continue
        kind, name = step.command.about()
        person = Person((Kind(kind),), name)
        if is_alias(name):
            if not keys.people([name]) and not keys.erased([name]):
                raise no_subject(kind, name)
        elif not keys.aliases([person]):
            found[person] = nobody(Kind(kind))
    return found


def drop_payloads(database: Database, settings: Settings) -> int:
    """
    Delete the payloads of who is erased, which nobody can open, and return how many there were.

    Every step is a transaction of its own and short; one that is interrupted is gone on with by
    running it again.
    """
    if "sealed" not in added(settings.format):
        return 0
    with database.reading() as connection:
        erased = {erasure.subject for erasure in _erasures(connection, 0)}
    dropped = 0
    for log in range(settings.logs) if erased else ():
        last = (0, "")
        while True:
            with database.reading() as connection:
                rows = connection.execute(_PAYLOADS, (log, *last, PAYLOADS_A_TIME)).fetchall()
            if not rows:
                break
            position, subject = rows[-1]
            last = int(position), str(subject)
            due = [(log, at, about) for at, about in rows if about in erased]
            dropped += _deleted(database, due)
    if dropped:
        database.overwrite()
    return dropped


def _deleted(database: Database, rows: Sequence[tuple[int, int, str]]) -> int:
    if not rows:
        return 0

    def deleted(connection: Connection) -> int:
        if database.dialect.is_ours_alone:
            connection.execute("PRAGMA secure_delete = ON")
        connection.executemany(_DELETE, rows)
        return len(rows)

    return transact(database, deleted)
