"""
The way into a sealed ledger: persons become aliases and what is said of them becomes tokens, and
with each entry goes what its tokens disclose, encrypted.

What comes in is sealed before it waits for the writer, so that nothing behind this door ever sees
a person. Aliases are durable in the key store before the command that named them is recorded; one
that no entry came to use harms nothing.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import attrs

from ledger.errors import Malformed, NotFound, Unavailable
from ledger.moderation import claims, sealing
from ledger.moderation.codec import CODEC, LEAF_BYTES_MAX
from ledger.moderation.commands import sealed as commands
from ledger.moderation.commands.privacy import Erase
from ledger.moderation.commands.sealed import ACCOUNT, OPERATOR, Person, Said
from ledger.moderation.entry import Draft
from ledger.moderation.events import Event, kind_of
from ledger.moderation.schema import is_personal
from ledger.moderation.sealing import SALT_BYTES, Part, Salt, is_alias
from ledger.store.database import Row
from ledger.store.erasing import unknown
from ledger.store.keys import NONCE_BYTES, KeyStore
from ledger.store.order import NOTHING_DISCLOSED, Disclosed, Order, Statement
from ledger.timeline.plan import Plan

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Step = Order | Statement

# How many steps are sealed together: new aliases of theirs are one transaction of the key store.
STEPS_A_TIME: Final = 1_000


def keys_needed(what: str) -> Unavailable:
    """
    Return the error that *what* takes the keys of the ledger.
    """
    return Unavailable(
        f"the ledger is sealed, and {what} takes its keys",
        where="keys",
        expected="keys=Keys.at(…), or --keys and --kek",
    )


class Steps(NamedTuple):
    """
    Steps as a sealed ledger has them.

    Args:
        known: What their caller knows: the name behind each alias, the text behind each token.
    """

    steps: list[Step]
    known: dict[str, str]


class Sealed(NamedTuple):
    """
    What becomes of an event in its entry.

    Args:
        event: As it is kept: with the place of the entry in its tokens.

        parts: What the leaf says of the payloads.

        rows: The payloads.
    """

    event: Event
    parts: list[Part]
    rows: list[Row]


class Door:
    """
    The way into one sealed ledger.

    Args:
        keys: None for who may write only what names nobody anew and says nothing of anybody.
    """

    def __init__(self, keys: KeyStore | None) -> None:
        self.keys = keys

    def sealed(self, steps: Sequence[Step]) -> Steps:
        """
        Return *steps* sealed.

        Raises:
            Unavailable: When one of them takes keys, and there are none.

            NotFound: When one of them names an alias that nobody stands behind.
        """
        named = {person for step in steps for person in _people(step)}
        people = {person for person in named if person.has_alias}
        if self.keys is None:
            return self._without_keys(steps, people)
        _assert_aliases(self.keys, (person.name for person in named - people))
        strangers = unknown(self.keys, steps)
        people -= strangers.keys()
        aliases = (self.keys.aliases_made(people) if people else {}) | strangers
        known = {alias: person.name for person, alias in aliases.items()}
        return Steps([_Sealing(self.keys, aliases, known).step(step) for step in steps], known)

    def _without_keys(self, steps: Sequence[Step], people: Iterable[Person]) -> Steps:
        for person in people:
            raise keys_needed(f"{person.kinds[-1]} {person.name!r}")
        for step in steps:
            if isinstance(step, Statement):
                continue
            if isinstance(step.command, Erase):
                raise keys_needed("an erasure")
            for said in commands.texts(step.command):
                raise keys_needed(f"{said.argument!r}")
            for kind, _ in claims.given(step.command):
                raise keys_needed(f"the id of a {claims.either([kind])}")
        return Steps([*steps], {})

    def stage(  # noqa: PLR0913, what an entry is made of
        self,
        draft: Draft,
        data: bytes,
        *,
        log: int,
        position: int,
        version: int,
        disclosures: Mapping[str, Disclosed],
    ) -> Sealed:
        """
        Return what becomes of *draft* in the entry at *position*.

        Args:
            data: The bytes of its event.

            disclosures: What its command disclosed, by token.

        Raises:
            Malformed: When it holds what looks like a token and is none, or says too much.
        """
        personal = _personal(draft.event)
        found = sealing.bare_tokens(data)
        if not found:
            return Sealed(draft.event, [], [])
        assert self.keys is not None
        kind = kind_of(draft.event)
        said: dict[str, list[bytes]] = {}
        for token in found:
            disclosed = disclosures.get(token)
            if disclosed is None:
                raise Malformed(
                    f"{token!r} looks like what a sealed text becomes",
                    expected="another text",
                )
            subject = disclosed.subject or _subject(draft, self.keys)
            said.setdefault(subject, []).append(disclosed.disclosure)
        parts: list[Part] = []
        rows: list[Row] = []
        for subject, cipher, some in self._enciphered(said, draft):
            nonce = os.urandom(NONCE_BYTES)
            bound_to = sealing.bound_to(draft.stream, version, kind, subject)
            payload = nonce + cipher.encrypt(nonce, sealing.payload(some), bound_to)
            if len(payload) > LEAF_BYTES_MAX:
                raise Malformed(
                    f"what is said of one person has {len(payload)} bytes",
                    where=draft.stream,
                    expected=f"at most {LEAF_BYTES_MAX} bytes; keep long texts outside and cite"
                    " their hash",
                )
            parts.append(sealing.part_of(subject, payload))
            rows.append((log, position, subject, payload))
        if data.count(b"sealed:") == len(personal):
            event = _placed(draft.event, personal, log, position)
        else:
            event = CODEC.decode_data(kind, sealing.placed(data, log, position))
        return Sealed(event, parts, rows)

    def _enciphered(
        self, said: Mapping[str, list[bytes]], draft: Draft
    ) -> Iterator[tuple[str, "AESGCM", list[bytes]]]:
        """
        Yield by subject what encrypts for him and what was said of him.

        Of who was erased nothing more can be said under his key; it is kept under that of the
        operator who says it, or of the ledger.
        """
        assert self.keys is not None
        ciphers = self.keys.ciphers(said)
        if len(ciphers) < len(said):
            others = [draft.operator, self.keys.ledger]
            there = self.keys.ciphers(others)
            instead = next(each for each in others if each in there)
            ciphers |= there
            merged: dict[str, list[bytes]] = {}
            for subject, some in said.items():
                merged.setdefault(subject if subject in ciphers else instead, []).extend(some)
            said = merged
        for subject, some in said.items():
            yield subject, ciphers[subject], some


class _Sealing:
    """
    The sealing of some steps whose people have aliases.
    """

    def __init__(
        self, keys: KeyStore, aliases: Mapping[Person, str], known: dict[str, str]
    ) -> None:
        self._keys = keys
        self._aliases = aliases
        self._known = known

    def step(self, step: Step) -> Step:
        """
        Return *step* sealed.
        """
        if isinstance(step, Statement):
            by = self._alias(Person(OPERATOR, step.draft.operator))
            return attrs.evolve(step, draft=step.draft._replace(operator=by))
        disclosures: dict[str, Disclosed] = {}

        def token(said: Said) -> str:
            disclosure = sealing.disclosure(self._salt(said), said.argument, said.text)
            made = sealing.commitment(disclosure)
            disclosures[made] = Disclosed(None, disclosure)
            self._known[made] = said.text
            return made

        command = commands.sealed(step.command, self._aliases.get, token)
        if command.session is not None and is_alias(command.by):
            # It is the operator's, whatever the command is about.
            _, disclosure = disclosures[command.session]
            disclosures[command.session] = Disclosed(command.by, disclosure)
        plan, account = step.plan, step.operator_account
        # Field by field, since `attrs.evolve` takes longer than all of the above.
        return Order(
            command,
            step.place,
            step.recorded_at,
            step.source_id,
            step.source_recorded_at,
            step.given_id,
            None if account is None else self._alias(Person(ACCOUNT, account)),
            plan.kept if isinstance(plan, ShownPlan) else plan,
            self._digest(step),
            disclosures or NOTHING_DISCLOSED,
        )

    def _salt(self, said: Said) -> bytes:
        if said.salt is Salt.KEYED:
            return self._keys.salt(said.argument, said.text)
        return os.urandom(SALT_BYTES)

    def _alias(self, person: Person) -> str:
        return self._aliases[person] if person.has_alias else person.name

    def _digest(self, order: Order) -> str | None:
        if not claims.given(order.command):
            return None
        return self._keys.digest(order.command.digest().encode())


def _people(step: Step) -> Iterator[Person]:
    if isinstance(step, Statement):
        yield Person(OPERATOR, step.draft.operator)
        return
    yield from commands.people(step.command)
    if step.operator_account is not None:
        yield Person(ACCOUNT, step.operator_account)


def _assert_aliases(keys: KeyStore, names: Iterable[str]) -> None:
    """
    Raise unless somebody stands behind each of *names* that is an alias, or did until his erasure.

    Raises:
        NotFound: When nobody does.
    """
    aliases = {name for name in names if is_alias(name)}
    if not aliases:
        return
    for alias in sorted(aliases - keys.people(aliases).keys() - keys.erased(aliases).keys()):
        raise NotFound(
            f"nobody stands behind {alias}", expected="an alias of this ledger, or an id"
        )


def _subject(draft: Draft, keys: KeyStore) -> str:
    """
    Return whom a text is about that says it of nobody else: whose stream it is in; else the
    operator who says it, or the ledger.
    """
    _, _, name = draft.stream.partition("/")
    if is_alias(name):
        return name
    return draft.operator if is_alias(draft.operator) else keys.ledger


_PERSONAL: Final[dict[type[Any], list[str]]] = {}


def _personal(event: Event) -> dict[str, str]:
    """
    Return the tokens in the personal fields of *event*, by field; what else stands there are the
    ledger's own words.
    """
    cls: type[Any] = type(event)
    if cls not in _PERSONAL:
        _PERSONAL[cls] = [field.name for field in attrs.fields(cls) if is_personal(field)]
    told = event.__dict__
    found = {name: value for name in _PERSONAL[cls] if (value := told[name]) is not None}
    if event.context is not None and event.context.session is not None:
        found["context"] = event.context.session
    return {name: value for name, value in found.items() if sealing.is_token(value)}


def _placed(event: Event, personal: Mapping[str, str], log: int, position: int) -> Event:
    """
    Return *event* with the place of its entry in its tokens, all of which are *personal* ones.
    """
    anew: Event = object.__new__(type(event))
    told = anew.__dict__
    told.update(event.__dict__)
    for name, token in personal.items():
        placed = sealing.placed_token(token, log, position)
        told[name] = attrs.evolve(told[name], session=placed) if name == "context" else placed
    return anew


@attrs.frozen(kw_only=True)
class ShownPlan(Plan):
    """
    A plan as it is shown to who has the keys, and as the ledger has it.
    """

    kept: Plan

    @property
    def digest(self) -> str:
        """
        Return the digest of the plan that is carried out.
        """
        return self.kept.digest


class SealedOrders:
    """
    Orders that are sealed some at a time, as they are read, and anew whenever they are.

    Attributes:
        known: What their caller knows of those that were sealed last.

        erases: Whether somebody is erased by one of them.
    """

    def __init__(self, door: Door, orders: Iterable[Order]) -> None:
        self._door = door
        self._orders = orders
        self.known: Mapping[str, str] = {}
        self.erases = False

    def __iter__(self) -> Iterator[Order]:
        """
        Yield them in order.
        """
        left = iter(self._orders)
        self.erases = False
        while some := [*islice(left, STEPS_A_TIME)]:
            steps, self.known = self._door.sealed(some)
            for step in steps:
                assert isinstance(step, Order)
                self.erases = self.erases or isinstance(step.command, Erase)
                yield step
