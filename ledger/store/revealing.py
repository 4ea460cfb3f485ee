"""
The way out of a sealed ledger: an answer with the names behind its aliases and the texts behind
its tokens, for who has the keys.

An answer is read through twice: first for what it mentions, then, once that was looked up together,
to be made anew with it. What was said of somebody who was erased is `Erased`, for everybody.
"""

import copy
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar

import attrs

from ledger.errors import LedgerError, Tampered
from ledger.moderation import sealing
from ledger.moderation.codec import sealed_parts
from ledger.moderation.events.privacy import SubjectErased
from ledger.moderation.privacy import PRIVACY_STREAM, Privacy
from ledger.moderation.sealing import MENTION, Erased, Hidden, Part, Token, is_alias
from ledger.store.database import Connection, Database, Row
from ledger.store.keys import NONCE_BYTES, KeyStore, Place
from ledger.store.leaves import octets
from ledger.store.rows import READ_COLUMNS, entry_from
from ledger.store.sealed import ShownPlan
from ledger.store.search import Where, in_parts
from ledger.timeline.plan import Plan

T = TypeVar("T")

# How much of a long answer is revealed together.
ITEMS_A_TIME: Final = 500
NOTHING_KNOWN: Final[Mapping[str, str]] = {}


@attrs.frozen
class Concealed:
    """
    What is hidden from a class of reader, each with the place of the entry that hides it.

    Args:
        accounts: By alias.

        entries: By place.
    """

    accounts: Mapping[str, Place] = attrs.field(factory=dict)
    entries: Mapping[Place, Place] = attrs.field(factory=dict)

    def by(self, entry: "_SealedEntry") -> Place | None:
        """
        Return where the entry stands that hides the texts of *entry*; None where they are shown.
        """
        aggregate, _, name = entry.stream.partition("/")
        of_account = self.accounts.get(name) if aggregate == "account" else None
        return self.entries.get(entry.place) or of_account


NOTHING_CONCEALED: Final = Concealed()


def concealed_from(reader: str, privacy: Privacy) -> Concealed:
    """
    Return what is hidden from a class of *reader*.
    """
    accounts: dict[str, Place] = {}
    entries: dict[Place, Place] = {}
    for known in privacy.suppressions_in_force(reader):
        terms, place = known.terms, Place(known.began.log, known.began.position)
        if terms.account is not None:
            accounts.setdefault(terms.account, place)
        elif terms.log is not None and terms.position is not None:
            entries.setdefault(Place(terms.log, terms.position), place)
    return Concealed(accounts, entries)


class Revealer:
    """
    Reveals the answers of one sealed ledger.

    Args:
        keys: None for who sees aliases and tokens.

    Attributes:
        reveals: Whether names and texts are shown; without, no more than who was erased.
    """

    def __init__(self, database: Database, keys: KeyStore | None) -> None:
        self._database = database
        self.keys = keys
        self.reveals = keys is not None
        self._concealed = NOTHING_CONCEALED

    def shown(self, concealed: Concealed = NOTHING_CONCEALED) -> "Revealer":
        """
        Return what reveals answers but for what is *concealed*.
        """
        made = copy.copy(self)
        made.reveals, made._concealed = self.keys is not None, concealed  # noqa: SLF001, its own
        return made

    def reveal(self, answer: T, known: Mapping[str, str] = NOTHING_KNOWN) -> T:
        """
        Return *answer* revealed; itself where it mentions nobody.

        Args:
            known: What is known already, by alias and token.

        Raises:
            Tampered: When a text is not what its entry says of it.
        """
        said: set[str] = set()
        _gather(answer, said)
        if not said:
            return answer
        return _made(answer, said, self._told(said, known))

    def stream(self, items: Iterable[T], known: Mapping[str, str] = NOTHING_KNOWN) -> Iterator[T]:
        """
        Yield *items* revealed, looked up some at a time.
        """
        left = iter(items)
        is_over = False
        while not is_over:
            some: list[T] = []
            try:
                while len(some) < ITEMS_A_TIME:
                    some.append(next(left))
            except StopIteration:
                is_over = True
            except LedgerError as error:
                # What came before it is given out before it.
                yield from self.reveal(some, known)
                self.tell(error, known)
                raise
            yield from self.reveal(some, known)

    def tell(self, error: LedgerError, known: Mapping[str, str] = NOTHING_KNOWN) -> None:
        """
        Let *error* name whom it is about; where that cannot be looked up, whom its caller knows.

        It stays what is raised, whatever the key store says by then, and a note on it says why it
        speaks of aliases.
        """
        said: set[str] = set()
        _gather(vars(error), said)
        found, missing = known, None
        try:
            found = self._told(said, known)
        except LedgerError as unanswered:
            missing = f"it speaks of aliases, since names cannot be looked up: {unanswered}"
        vars(error).update(_made(vars(error), said, found))
        error.args = (error.message,)
        if missing is not None:
            error.add_note(missing)

    def named(self, names: list[str]) -> list[str]:
        """
        Return *names* with the names behind the aliases among them, which their caller knows.
        """
        if self.keys is None or not any(map(is_alias, names)):
            return names
        people = self.keys.people([name for name in names if is_alias(name)])
        return [people[name].name if name in people else name for name in names]

    def shown_names(self, names: list[str]) -> list[str]:
        """
        Return those of *names* that may be shown to whoever asks.
        """
        shown = self.named(names) if self.reveals else names
        return [name for name in shown if not is_alias(name)]

    def _told(self, said: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
        """
        Return what is behind the aliases and tokens that the texts *said* mention, as far as it may
        be shown.
        """
        found = dict(known)
        aliases: set[str] = set()
        tokens: set[Token] = set()
        for each in said:
            for mention in MENTION.finditer(each):
                if mention[0] in found:
                    continue
                if mention[1] is None:
                    aliases.add(mention[0])
                elif mention[2] is not None:
                    tokens.add(Token(mention[1], int(mention[2]), int(mention[3])))
        aliases -= self._concealed.accounts.keys()
        if self.keys is not None and self.reveals and aliases:
            people = self.keys.people(aliases)
            found |= {alias: person.name for alias, person in people.items()}
        if tokens:
            found |= self._texts(tokens)
        return found

    def disclosures(self, places: Collection[Place]) -> dict[Place, list[bytes]]:
        """
        Return what the entries at *places* disclose, byte for byte, to who sees all that is not
        concealed; nothing about who was erased.

        Raises:
            Tampered: When a payload is not what its entry says of it.
        """
        assert self.keys is not None
        assert self.reveals
        found: dict[Place, list[bytes]] = {}
        for some in in_parts([*places]):
            with self._database.reading() as connection:
                entries = _rows(connection, f"SELECT {READ_COLUMNS} FROM entries", some)
                payloads = _payloads(connection, some)
            for entry in map(_SealedEntry.of, entries):
                if self._concealed.by(entry) is not None:
                    continue
                ciphers = self.keys.ciphers(part.subject for part in entry.parts)
                for part in entry.parts:
                    if (cipher := ciphers.get(part.subject)) is not None:
                        payload = payloads.get((*entry.place, part.subject))
                        if payload is None:
                            raise entry.tampered(f"the payload about {part.subject} is missing")
                        disclosed = entry.disclosures(part, payload, cipher)
                        found.setdefault(entry.place, []).extend(disclosed)
        return found

    def _texts(self, tokens: Collection[Token]) -> dict[str, str]:
        """
        Return the texts behind *tokens*, by token.
        """
        wanted: dict[Place, list[Token]] = {}
        for token in tokens:
            wanted.setdefault(Place(token.log, token.position), []).append(token)
        found: dict[str, str] = {}
        places = [*wanted]
        for some in in_parts(places):
            with self._database.reading() as connection:
                entries = _rows(connection, f"SELECT {READ_COLUMNS} FROM entries", some)
                payloads: dict[tuple[int, int, str], bytes] = {}
                if self.keys is not None and self.reveals:
                    payloads = _payloads(connection, some)
                sealed = [_SealedEntry.of(row) for row in entries]
                subjects = {part.subject for entry in sealed for part in entry.parts}
                erased = self._erased(connection, subjects)
            for entry in sealed:
                if (place := self._concealed.by(entry)) is not None:
                    found |= dict.fromkeys(map(str, wanted[entry.place]), Hidden(*place))
                    continue
                found |= self._opened(entry, wanted[entry.place], payloads, erased)
        return found

    def _erased(self, connection: Connection, subjects: Collection[str]) -> Mapping[str, Place]:
        if self.keys is not None:
            return self.keys.erased(subjects)
        rows = connection.execute(
            f"SELECT {READ_COLUMNS} FROM entries WHERE log = 0 AND stream = ?"
            " AND kind = 'ledger.subject_erased'",
            (PRIVACY_STREAM,),
        )
        found: dict[str, Place] = {}
        for entry in map(entry_from, rows.fetchall()):
            assert isinstance(entry.event, SubjectErased)
            found.setdefault(entry.event.subject, Place(entry.log, entry.position))
        return found

    def _opened(
        self,
        entry: "_SealedEntry",
        tokens: Iterable[Token],
        payloads: Mapping[tuple[int, int, str], bytes],
        erased: Mapping[str, Place],
    ) -> dict[str, str]:
        """
        Return the texts behind *tokens*, all of which name one entry.

        What no payload that can be opened discloses is about somebody who was erased, where there
        is such a one and nobody else is left; a token that the entry does not have is none.
        """
        disclosed: dict[str, str] = {}
        left: list[Part] = []
        ciphers = {}
        if self.keys is not None and self.reveals:
            ciphers = self.keys.ciphers(part.subject for part in entry.parts)
        for part in entry.parts:
            cipher = ciphers.get(part.subject)
            if cipher is None:
                left.append(part)
                continue
            payload = payloads.get((*entry.place, part.subject))
            if payload is None:
                raise entry.tampered(f"the payload about {part.subject} is missing")
            disclosed |= entry.open(part, payload, cipher)
        gone = [erased[part.subject] for part in left if part.subject in erased]
        found: dict[str, str] = {}
        for token in tokens:
            bare = sealing.bare(str(token))
            if bare in disclosed:
                found[str(token)] = disclosed[bare]
            elif not entry.has(bare):
                continue
            elif gone and len(gone) == len(left):
                found[str(token)] = Erased(*min(gone))
            elif not left:
                raise entry.tampered(f"no payload discloses {bare}")
        return found


class _SealedEntry(NamedTuple):
    """
    An entry with something sealed beside it.
    """

    place: Place
    stream: str
    version: int
    kind: str
    body: bytes
    parts: list[Part]

    @classmethod
    def of(cls, row: Row) -> "_SealedEntry":
        log, position, stream, version, kind, body = row
        return cls(Place(log, position), stream, version, kind, body, sealed_parts(body))

    def has(self, token: str) -> bool:
        return token.encode() in self.body

    def open(self, part: Part, payload: bytes, cipher: Any) -> dict[str, str]:
        """
        Return what a payload discloses, by token.
        """
        return {
            sealing.commitment(each): sealing.read_disclosure(each)[1]
            for each in self.disclosures(part, payload, cipher)
        }

    def disclosures(self, part: Part, payload: bytes, cipher: Any) -> list[bytes]:
        """
        Return what a payload discloses, byte for byte.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415, for its users alone

        if sealing.encoded(sha256(payload).digest()) != part.ct:
            raise self.tampered(f"the payload about {part.subject} is another one")
        nonce, ciphertext = payload[:NONCE_BYTES], payload[NONCE_BYTES:]
        bound_to = sealing.bound_to(self.stream, self.version, self.kind, part.subject)
        try:
            opened = cipher.decrypt(nonce, ciphertext, bound_to)
        except InvalidTag:
            raise self.tampered(
                f"the payload about {part.subject} belongs to another entry or key"
            ) from None
        return sealing.disclosures(opened)

    def tampered(self, what: str) -> Tampered:
        return Tampered(
            f"{what}: position {self.place.position} of log {self.place.log}",
            log=self.place.log,
            position=self.place.position,
            stream=self.stream,
            version=self.version,
        )


def _rows(connection: Connection, select: str, places: Iterable[Place]) -> list[Row]:
    where = Where()
    where.add_any("(log = ? AND position = ?)", places)
    rows: list[Row] = connection.execute(f"{select}{where}", where.parameters).fetchall()
    return rows


def _payloads(connection: Connection, places: Iterable[Place]) -> dict[tuple[int, int, str], bytes]:
    rows = _rows(connection, "SELECT log, position, subject, payload FROM sealed", places)
    return {(log, at, who): octets(held) for log, at, who, held in rows}


def _replaced(said: str, found: Mapping[str, str]) -> str:
    if (whole := found.get(said)) is not None:
        return whole
    if not any(mention[0] in found for mention in MENTION.finditer(said)):
        return said
    return MENTION.sub(lambda mention: found.get(mention[0], mention[0]), said)


# What mentions nobody, whatever it is.
_PLAIN: Final = frozenset({int, bool, float, type(None), datetime, timedelta, bytes})
_SEVERAL: Final = (tuple, list, set, frozenset)


class _Fields(dict[type, tuple[str, ...] | None]):
    """
    The fields of each class of attrs objects that was asked for; None for any other class.
    """

    def __missing__(self, cls: type) -> tuple[str, ...] | None:
        names = None
        if attrs.has(cls):
            # What is kept for the next question only is nobody's answer.
            names = tuple(f.name for f in attrs.fields(cls) if not f.name.startswith("_"))
        self[cls] = names
        return names


_FIELDS: Final = _Fields()


def _gather(value: Any, said: set[str]) -> None:
    """
    Put the texts within *value* that mention somebody or something into *said*.
    """
    cls = type(value)
    if cls is str:
        if value not in said and MENTION.search(value):
            said.add(value)
    elif cls in _PLAIN or isinstance(value, str | Enum):
        return
    elif (names := _FIELDS[cls]) is not None:
        for name in names:
            _gather(getattr(value, name), said)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            _gather(key, said)
            _gather(each, said)
    elif isinstance(value, _SEVERAL):
        for each in value:
            _gather(each, said)
    elif isinstance(value, Sequence):
        # Answers in order, with what is said of all of them.
        _gather(vars(value), said)


class _Making:
    """
    The making of an answer anew, with other texts in it; what has none of them is kept.
    """

    def __init__(self, told: Mapping[str, str]) -> None:
        self._told = told
        # By identity, each with what it was made of, so that no other object has that meanwhile.
        self._made: dict[int, tuple[Any, Any]] = {}

    def made(self, value: Any) -> Any:
        """
        Return *value* made anew.
        """
        cls = type(value)
        if cls is str:
            return self._told.get(value, value)
        if cls in _PLAIN or isinstance(value, str | Enum):
            return value
        known = self._made.get(id(value))
        if known is None:
            known = self._made[id(value)] = value, self._anew(cls, value)
        return known[1]

    def _anew(self, cls: type, value: Any) -> Any:
        if (names := _FIELDS[cls]) is not None:
            return self._object(value, names)
        if isinstance(value, Mapping):
            pairs = {self.made(key): self.made(each) for key, each in value.items()}
            return value if _same(pairs, value) else pairs
        if isinstance(value, _SEVERAL):
            each = [self.made(member) for member in value]
            if all(new is old for new, old in zip(each, value, strict=True)):
                return value
            return cls._make(each) if hasattr(cls, "_make") else cls(each)
        if isinstance(value, Sequence) and (told := self.made(vars(value))) is not vars(value):
            anew = copy.copy(value)
            vars(anew).update(told)
            return anew
        return value

    def _object(self, value: Any, names: tuple[str, ...]) -> Any:
        told = {}
        for name in names:
            old = getattr(value, name)
            if (new := self.made(old)) is not old:
                told[name] = new
        if not told:
            return value
        if type(value) is Plan:
            fields = {name: told.get(name, getattr(value, name)) for name in names}
            # In the order that a plan has, which is not that of aliases.
            for name in ("members", "left"):
                fields[name] = tuple(sorted(fields[name], key=attrgetter("account")))
            return ShownPlan(**fields, kept=value)
        anew = copy.copy(value)
        for name, new in told.items():
            object.__setattr__(anew, name, new)
        return anew


def _made(answer: T, said: Iterable[str], found: Mapping[str, str]) -> T:
    """
    Return *answer*, in which the texts *said* mention somebody, with what was *found* behind them.
    """
    told = ((each, _replaced(each, found)) for each in said)
    others = {before: after for before, after in told if after is not before}
    made: T = _Making(others).made(answer) if others else answer
    return made


def _same(made: Mapping[Any, Any], value: Mapping[Any, Any]) -> bool:
    return all(key in made and made[key] is each for key, each in value.items())
