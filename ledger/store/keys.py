"""
The key store: who stands behind an alias, and the keys of what is sealed about one.

It may be another database than the ledger's, and holds all that has to go when somebody is erased:
one row a person, with the key of that person wrapped under a key from outside (KEK), the name
encrypted under that key, and a keyed digest of the name to find the row by. Who can read the ledger
learns nothing of it; who can read the key store as well, and has the KEK, learns everything.
"""

import hmac
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import attrs

from ledger.errors import LedgerError, Malformed, Tampered, Unavailable
from ledger.moderation.commands.sealed import Person
from ledger.moderation.sealing import (
    ALIAS_NOISE_BYTES,
    SALT_BYTES,
    Kind,
    commitment,
    disclosure,
    made_alias,
)
from ledger.store import url as urls
from ledger.store.database import Connection, Database, Row, transact
from ledger.store.keys_wrapping import KEK, KEY_BYTES, installed
from ledger.store.search import Where, in_parts
from ledger.store.settings import check_origin

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12
FORMAT: Final = 1
# How many persons are kept in memory, of whom each takes some hundred bytes.
KEPT_MAX: Final = 100_000
_LOOKED_UP_MAX: Final = 4_096

_TABLES: Final = (
    """
    CREATE TABLE key_settings (
        name {text} NOT NULL PRIMARY KEY,
        value {text} NOT NULL
    )
    """,
    """
    CREATE TABLE subjects (
        alias {text} NOT NULL PRIMARY KEY,
        kind {text} NOT NULL,
        lookup {bytes} UNIQUE,
        named {bytes},
        dek {bytes},
        destroyed {text}
    )
    """,
)
_NAMES: Final = {"key_settings", "subjects"}
_SUBJECT_COLUMNS: Final = "alias, kind, lookup, named, dek, destroyed"
_SETTING_COLUMNS: Final = "name, value"
_DESTROY: Final = (
    "UPDATE subjects SET lookup = NULL, named = NULL, dek = NULL, destroyed = ?"
    " WHERE alias = ? AND destroyed IS NULL"
)
_SET: Final = "UPDATE key_settings SET value = ? WHERE name = ?"
_EXPECTED: Final = "one that `ledger init --sealed` has made"
_ORIGIN, _FORMAT, _SECRET, _LEDGER, _DESTROYED = "origin", "format", "secret", "ledger", "destroyed"


class Place(NamedTuple):
    """
    Where the entry stands that erased somebody.
    """

    log: int
    position: int


@attrs.frozen
class Keys:
    """
    Where the keys of a sealed ledger are, and the key that encrypts them.

    On a server they are the tables ``key_settings`` and ``subjects``, which are granted to nobody
    but who records or may know whom the ledger is about.
    """

    url: str = attrs.field(repr=urls.shown)
    kek: KEK = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        """
        Check the URL.

        Raises:
            Malformed: When it names no database.
        """
        try:
            urls.is_server(self.url)
        except Malformed as error:
            error.where = "keys"
            raise

    @classmethod
    def at(cls, url: str, *, kek: KEK) -> "Keys":
        """
        Return the keys at *url*.

        Args:
            url: ``sqlite:///keys.db``, ``postgresql://…`` or ``memory:``.

            kek: `FileKEK`, `EnvironmentKEK`, or what asks a key management service.
        """
        return cls(url, kek)

    def create(self, origin: str) -> "KeyStore":
        """
        Return a new key store for the ledger of *origin*; one that was never used may be there.

        Raises:
            Malformed: When there are keys already, or *origin* is none.

            Unavailable: When the database cannot be written to, or does not encrypt.
        """
        check_origin(origin)
        return self._connected(lambda database: _created(database, self.kek, origin), create=True)

    def open(self, origin: str) -> "KeyStore":
        """
        Return the key store of the ledger of *origin*.

        Raises:
            Malformed: When it is another ledger's.

            Unavailable: When it is none, cannot be reached, or was wrapped with another key.
        """
        return self._connected(lambda database: _read(database, self.kek, origin), create=False)

    def rewrap(self, kek: KEK) -> int:
        """
        Wrap every key with another KEK, and return how many there are; no entry is touched.

        Whoever has the ledger open has to open it again, with the other KEK.

        Raises:
            Unavailable: When there is no key store, or it was wrapped with another key.
        """
        with self._connected(
            lambda database: _read(database, self.kek, None), create=False
        ) as store:
            return store.rewrap(kek)

    def _connected(self, made: Callable[[Database], "KeyStore"], *, create: bool) -> "KeyStore":
        installed()
        try:
            with ExitStack() as failing:
                database = urls.connect(self.url, create=create)
                failing.callback(database.close)
                store = made(database)
                failing.pop_all()
        except LedgerError as error:
            raise self._of_keys(error) from error.__cause__
        return store

    def _of_keys(self, error: LedgerError) -> LedgerError:
        """
        Return *error*, which may speak of the database as of a ledger's, as one of the key store's.
        """
        if error.message == urls.not_initialised(self.url).message:
            return Unavailable(
                f"there is no key store at {urls.shown(self.url)}",
                where="keys",
                expected=_EXPECTED,
            )
        if error.where in (None, "ledger"):
            error.where = "keys"
        return error


class _Secrets:
    """
    What is worked out under a key of the ledger: where a name is found, and what repeats itself.
    """

    def __init__(self, secret: bytes) -> None:
        self._look_up, self._digest, self._salt = (
            hmac.digest(secret, label, "sha256") for label in (b"look-up", b"digest", b"salt")
        )
        # Whoever is not found is looked for again, and then written.
        self._kept: dict[tuple[Kind, str], bytes] = {}

    def look_up(self, kind: Kind, name: str) -> bytes:
        found = self._kept.get((kind, name))
        if found is None:
            if len(self._kept) >= _LOOKED_UP_MAX:
                self._kept.clear()
            found = hmac.digest(self._look_up, f"{kind}\0{name}".encode(), "sha256")
            self._kept[kind, name] = found
        return found

    def forget(self) -> None:
        self._kept.clear()

    def digest(self, written: bytes) -> str:
        return hmac.digest(self._digest, written, "sha256").hex()

    def salt(self, name: str, value: str) -> bytes:
        return hmac.digest(self._salt, f"{name}\0{value}".encode(), "sha256")[:SALT_BYTES]


class KeyStore:
    """
    The keys of one sealed ledger.

    What is read is kept in memory and forgotten as soon as anybody is erased, whichever process
    does it.
    """

    def __init__(self, database: Database, kek: KEK, secret: bytes, ledger: str) -> None:
        self._database = database
        self._kek = kek
        self._secrets = _Secrets(secret)
        # The alias of the ledger itself.
        self.ledger = ledger
        self._destroyed = -1
        self._aliases: dict[Person, str] = {}
        self._persons: dict[str, Person | None] = {}
        self._ciphers: dict[str, AESGCM] = {}

    def digest(self, written: bytes) -> str:
        """
        Return the keyed digest of a command's bytes, in hex.
        """
        return self._secrets.digest(written)

    def salt(self, name: str, value: str) -> bytes:
        """
        Return the salt under which a text that is looked for is sealed.
        """
        return self._secrets.salt(name, value)

    def token(self, name: str, value: str) -> str:
        """
        Return the token that a text which is looked for always has.
        """
        return commitment(disclosure(self.salt(name, value), name, value))

    def alias_of(self, kind: Kind | str, name: str) -> str | None:
        """
        Return the alias of a person; None where there is none.
        """
        person = Person((Kind(kind),), name)
        return self.aliases([person]).get(person)

    def aliases(self, people: Iterable[Person]) -> dict[Person, str]:
        """
        Return the aliases of those of *people* who have one.
        """
        with self._database.reading() as connection:
            self._refresh(connection)
            return self._found(connection, people)

    def aliases_made(self, people: Collection[Person]) -> dict[Person, str]:
        """
        Return the aliases of all *people*; who had none has one that is durable.
        """
        found = self.aliases(people)
        missing = [person for person in dict.fromkeys(people) if person not in found]
        # Whoever may be one of several is what the others are by then.
        for some in (
            [person for person in missing if len(person.kinds) == 1],
            [person for person in missing if len(person.kinds) > 1],
        ):
            if some:
                found |= self._made(some)
        return found

    def _made(self, people: Sequence[Person]) -> dict[Person, str]:
        def made(connection: Connection) -> dict[Person, str]:
            known = self._found(connection, people)
            new = [person for person in people if person not in known]
            rows = self._rows([Person(person.kinds[-1:], person.name) for person in new])
            connection.insert("subjects", _SUBJECT_COLUMNS, rows)
            return known | {person: row[0] for person, row in zip(new, rows, strict=True)}

        found = transact(self._database, made)
        self._keep(found)
        return found

    def _found(self, connection: Connection, people: Iterable[Person]) -> dict[Person, str]:
        found: dict[Person, str] = {}
        wanted: dict[Person, list[bytes]] = {}
        for person in people:
            if (alias := self._aliases.get(person)) is not None:
                found[person] = alias
            else:
                wanted[person] = [self._secrets.look_up(kind, person.name) for kind in person.kinds]
        known: dict[bytes, str] = {}
        for some in in_parts([each for looked_up in wanted.values() for each in looked_up]):
            where = Where()
            where.add(f"lookup IN ({','.join('?' * len(some))})", *some)
            rows = connection.execute(
                f"SELECT lookup, alias, dek FROM subjects{where}", where.parameters
            ).fetchall()
            for looked_up, alias, dek in rows:
                known[bytes(looked_up)] = alias
                self._keep_cipher(alias, dek)
        new = {
            person: next(alias for each in lookups if (alias := known.get(each)) is not None)
            for person, lookups in wanted.items()
            if not known.keys().isdisjoint(lookups)
        }
        self._keep(new)
        return found | new

    def _rows(self, people: Sequence[Person]) -> list[Row]:
        """
        Return the rows of people who have none yet.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415, as above

        noise = memoryview(os.urandom(_NOISE_BYTES * len(people)))
        rows: list[Row] = []
        for nth, person in enumerate(people):
            mine = bytes(noise[nth * _NOISE_BYTES : (nth + 1) * _NOISE_BYTES])
            (kind,) = person.kinds
            alias = made_alias(kind, mine[:ALIAS_NOISE_BYTES])
            nonce, dek = mine[ALIAS_NOISE_BYTES:-KEY_BYTES], mine[-KEY_BYTES:]
            # One that is not written after all is found by nobody.
            cipher = self._ciphers[alias] = AESGCM(dek)
            named = nonce + cipher.encrypt(nonce, person.name.encode(), alias.encode())
            looked_up = self._secrets.look_up(kind, person.name)
            rows.append((alias, kind.value, looked_up, named, self._kek.wrap(dek), None))
        return rows

    def _keep(self, aliases: dict[Person, str]) -> None:
        if len(self._aliases) + len(aliases) > KEPT_MAX:
            self._forget()
        self._aliases.update(aliases)

    def _keep_cipher(self, alias: str, dek: bytes | None) -> "AESGCM | None":
        if dek is None:
            return None
        cipher = self._ciphers.get(alias)
        if cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

            cipher = AESGCM(self._kek.unwrap(bytes(dek)))
            self._ciphers[alias] = cipher
        return cipher

    def _forget(self) -> None:
        self._aliases, self._persons, self._ciphers = {}, {}, {}
        self._secrets.forget()

    def _refresh(self, connection: Connection) -> None:
        """
        Forget what is kept when somebody was erased since it was read.
        """
        (count,) = connection.execute(
            "SELECT value FROM key_settings WHERE name = ?", (_DESTROYED,)
        ).fetchone()
        if int(count) != self._destroyed or len(self._ciphers) > KEPT_MAX:
            self._forget()
            self._destroyed = int(count)

    def ciphers(self, aliases: Iterable[str]) -> "dict[str, AESGCM]":
        """
        Return what encrypts for those of *aliases* who have a key.
        """
        wanted = [*dict.fromkeys(aliases)]
        missing = [alias for alias in wanted if alias not in self._ciphers]
        if missing:
            self._read(missing)
        return {alias: self._ciphers[alias] for alias in wanted if alias in self._ciphers}

    def people(self, aliases: Collection[str]) -> dict[str, Person]:
        """
        Return who stands behind those of *aliases* who are known and were not erased.
        """
        with self._database.reading() as connection:
            self._refresh(connection)
        missing = [alias for alias in aliases if alias not in self._persons]
        if missing:
            self._read(missing)
        found = ((alias, self._persons.get(alias)) for alias in aliases)
        return {alias: person for alias, person in found if person is not None}

    def _read(self, aliases: Sequence[str]) -> None:
        with self._database.reading() as connection:
            for some in in_parts(aliases):
                where = Where()
                where.add(f"alias IN ({','.join('?' * len(some))})", *some)
                rows = connection.execute(
                    f"SELECT alias, kind, named, dek FROM subjects{where}", where.parameters
                ).fetchall()
                for alias, kind, named, dek in rows:
                    cipher = self._keep_cipher(alias, dek)
                    known = None if cipher is None else _person(alias, kind, named, cipher)
                    self._persons[alias] = known

    def erased(self, aliases: Iterable[str]) -> dict[str, Place]:
        """
        Return which of *aliases* were erased, and by which entry.
        """
        found: dict[str, Place] = {}
        with self._database.reading() as connection:
            for some in in_parts([*aliases]):
                where = Where()
                where.add(f"alias IN ({','.join('?' * len(some))})", *some)
                where.add("destroyed IS NOT NULL")
                rows = connection.execute(
                    f"SELECT alias, destroyed FROM subjects{where}", where.parameters
                )
                found |= {alias: _place(destroyed) for alias, destroyed in rows.fetchall()}
        return found

    def destroy(self, alias: str, log: int, position: int) -> None:
        """
        Destroy the key of *alias*, and how the person was called, for the entry at *position* of
        *log*; done again it changes nothing.

        What was there is overwritten in a SQLite file. Elsewhere, and in copies, it is for whoever
        runs the database to see to it.
        """

        def destroyed(connection: Connection) -> None:
            if self._database.dialect.is_ours_alone:
                connection.execute("PRAGMA secure_delete = ON")
            connection.execute(_DESTROY, (f"{log}.{position}", alias))
            (count,) = connection.execute(
                "SELECT count(*) FROM subjects WHERE destroyed IS NOT NULL"
            ).fetchone()
            connection.execute(_SET, (str(count), _DESTROYED))

        transact(self._database, destroyed)
        self._database.overwrite()
        self._forget()

    def rewrap(self, kek: KEK) -> int:
        """
        Wrap every key with another KEK, and return how many there are; no entry is touched.
        """

        def rewrapped(connection: Connection) -> int:
            (secret,) = connection.execute(
                "SELECT value FROM key_settings WHERE name = ?", (_SECRET,)
            ).fetchone()
            rows = connection.execute(
                "SELECT dek, alias FROM subjects WHERE dek IS NOT NULL"
            ).fetchall()
            wrapped = [(kek.wrap(self._kek.unwrap(bytes(dek))), alias) for dek, alias in rows]
            connection.executemany("UPDATE subjects SET dek = ? WHERE alias = ?", wrapped)
            anew = kek.wrap(self._kek.unwrap(bytes.fromhex(secret))).hex()
            connection.execute(_SET, (anew, _SECRET))
            return len(wrapped)

        count = transact(self._database, rewrapped)
        self._kek = kek
        self._database.overwrite()
        return count

    def close(self) -> None:
        """
        Close the database and forget every key.
        """
        self._forget()
        self._database.close()

    def __enter__(self) -> Self:
        """
        Return the store, which is closed at the end.
        """
        return self

    def __exit__(self, *_error: object) -> None:
        """
        Close it.
        """
        self.close()


_NOISE_BYTES: Final = ALIAS_NOISE_BYTES + NONCE_BYTES + KEY_BYTES


def _person(alias: str, kind: str, named: bytes, cipher: "AESGCM") -> Person:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415, for its users alone

    nonce, ciphertext = bytes(named)[:NONCE_BYTES], bytes(named)[NONCE_BYTES:]
    try:
        name = cipher.decrypt(nonce, ciphertext, alias.encode()).decode()
    except InvalidTag:
        raise Tampered(
            f"the name of {alias} in the key store is not what was written there"
        ) from None
    return Person((Kind(kind),), name)


def _place(destroyed: str) -> Place:
    log, _, position = destroyed.partition(".")
    return Place(int(log), int(position))


def _created(database: Database, kek: KEK, origin: str) -> KeyStore:
    def made(connection: Connection) -> KeyStore:
        found = database.tables()
        if found and not found & _NAMES and database.dialect.is_ours_alone:
            raise Malformed(
                f"{database} holds something else",
                where="keys",
                expected="an empty database, another one than the ledger's",
            )
        if found & _NAMES:
            return _taken_over(database, connection, kek, origin)
        for table in _TABLES:
            connection.execute(
                table.format(text=database.dialect.text, bytes=database.dialect.bytes)
            )
        secret = os.urandom(KEY_BYTES)
        store = KeyStore(database, kek, secret, "")
        (row,) = store._rows([Person((Kind.LEDGER,), origin)])  # noqa: SLF001, not one of others
        store.ledger = row[0]
        connection.insert("subjects", _SUBJECT_COLUMNS, [row])
        told = {
            _ORIGIN: origin,
            _FORMAT: str(FORMAT),
            _SECRET: kek.wrap(secret).hex(),
            _LEDGER: store.ledger,
            _DESTROYED: "0",
        }
        connection.insert("key_settings", _SETTING_COLUMNS, [*told.items()])
        return store

    return transact(database, made)


def _taken_over(database: Database, connection: Connection, kek: KEK, origin: str) -> KeyStore:
    """
    Return a key store that is there and that nobody's key is in yet, for the ledger of *origin*.
    """
    store, before = _store(database, connection, kek)
    (count,) = connection.execute("SELECT count(*) FROM subjects").fetchone()
    if count > 1:
        raise Malformed(
            f"{database} holds the keys of the ledger {before}",
            where="keys",
            expected="an empty database",
        )
    connection.execute(_SET, (origin, _ORIGIN))
    return store


def _read(database: Database, kek: KEK, origin: str | None) -> KeyStore:
    if not database.tables() >= _NAMES:
        raise _no_key_store(database)
    with database.reading() as connection:
        store, whose = _store(database, connection, kek)
    if origin not in (None, whose):
        raise Malformed(
            f"{database} holds the keys of the ledger {whose}",
            where="keys",
            expected=f"those of {origin}",
        )
    return store


def _store(database: Database, connection: Connection, kek: KEK) -> tuple[KeyStore, str]:
    rows = connection.execute("SELECT name, value FROM key_settings").fetchall()
    told: dict[str, str] = dict(rows)
    try:
        if int(told[_FORMAT]) > FORMAT:
            raise Unavailable(
                f"{database} has keys of format {told[_FORMAT]}, which is newer than {FORMAT}",
                where="keys",
                expected="a newer version of ledger",
            )
        secret = kek.unwrap(bytes.fromhex(told[_SECRET]))
        return KeyStore(database, kek, secret, told[_LEDGER]), told[_ORIGIN]
    except (KeyError, ValueError) as error:
        raise _no_key_store(database) from error


def _no_key_store(database: Database) -> LedgerError:
    return Unavailable(
        f"{database} is no key store",
        where="keys",
        expected=_EXPECTED,
    )
