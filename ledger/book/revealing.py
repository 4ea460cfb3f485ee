"""
Questions to a sealed ledger: ids become aliases before one is asked, and its answer is revealed.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import partial, wraps
from inspect import signature
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

import attrs

from ledger.errors import LedgerError
from ledger.moderation.claims import external_report
from ledger.moderation.commands.sealed import ACCOUNT, OPERATOR, Person
from ledger.moderation.identity import identifier
from ledger.moderation.sealing import Kind, is_alias, is_token
from ledger.store.keys import KeyStore
from ledger.store.revealing import Revealer
from ledger.store.sealed import keys_needed

P = ParamSpec("P")
T = TypeVar("T")

# An argument of one of these names is a person, or several, whatever is asked.
_PEOPLE: Final[dict[str, tuple[Kind, ...]]] = {
    "account": ACCOUNT,
    "operator": OPERATOR,
    "opened_by": OPERATOR,
    "closed_by": OPERATOR,
    "accounts": ACCOUNT,
    "operators": OPERATOR,
    "without_operators": OPERATOR,
}
_SEVERAL: Final = ("accounts", "operators", "without_operators", "sessions")
_STREAM: Final = "stream"
_SESSIONS: Final = "sessions"
_AGGREGATES: Final = {"account": ACCOUNT, "operator": OPERATOR}


class Revealing:
    """
    What can reveal its answers, where the ledger is sealed.
    """

    _revealer: Revealer | None = None
    # Who reads, and what for, in whose thread or task.
    _reading: ContextVar["Reading | None"] = ContextVar("reading", default=None)

    def _shown(self, question: str, about: Mapping[str, Any]) -> Revealer | None:
        """
        Return what reveals the answer to *question*; where somebody reads for a purpose, once that
        is on record.
        """
        reading = self._reading.get()
        return self._revealer if reading is None else reading.of(question, about)

    def _as_kept(self, kinds: tuple[Kind, ...], name: str) -> str:
        """
        Return the alias that stands for a person; the name where none does.

        Raises:
            Unavailable: When it takes keys to say which, and there are none.
        """
        if self._revealer is None:
            return name
        person = Person(kinds, name)
        if self._revealer.keys is None:
            _assert_alias(person)
            return name
        return self._revealer.keys.aliases([person]).get(person, name)


R = TypeVar("R", bound=Revealing)


@attrs.frozen
class Reading:
    """
    Who reads personal data, and what for.

    Args:
        revealer: Returns what reveals what the reader may see.

        record: Puts a question on record.
    """

    revealer: Callable[[], Revealer]
    record: Callable[..., str]

    def of(self, question: str, about: Mapping[str, Any]) -> Revealer:
        """
        Return what reveals the answer to a question, which is on record by then.

        Args:
            about: Its arguments; whom it is about is recorded where that has an alias.
        """
        aggregate, _, name = str(about.get(_STREAM)).partition("/")
        told = {**about, aggregate: name} if aggregate in _AGGREGATES else about
        people = {kind: told.get(kind) for kind in _AGGREGATES}
        revealer = self.revealer()
        known = {kind: who for kind, who in people.items() if type(who) is str and is_alias(who)}
        self.record(question=question, **known)
        return revealer


def revealed(
    question: Callable[Concatenate[R, P], T],
) -> Callable[Concatenate[R, P], T]:
    """
    Return *question* as it is asked of any ledger: of a sealed one with aliases in the place of
    ids, and with an answer that is revealed to who has the keys.

    Who names somebody whom the ledger does not know is told so, as anywhere; without keys only an
    alias is known or not, and any other name is `Unavailable`.
    """
    names = tuple(signature(question).parameters)[1:]

    @wraps(question)
    def asked(self: R, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._revealer is None:
            return question(self, *args, **kwargs)
        keys = self._revealer.keys
        given = _listed(dict(zip(names, args, strict=False)) | kwargs)
        known: dict[str, str] = {}
        if keys is None:
            _assert_kept(given)
        else:
            given = _sealed(given, keys, known)
        revealer = self._shown(question.__name__, given)
        assert revealer is not None
        try:
            answer = cast("Callable[..., T]", question)(self, **given)
        except LedgerError as error:
            revealer.tell(error, known)
            raise
        if isinstance(answer, Iterator):
            return cast("T", revealer.stream(answer, known))
        return revealer.reveal(answer, known)

    return cast("Callable[Concatenate[R, P], T]", asked)


def _sealed(given: Mapping[str, Any], keys: KeyStore, known: dict[str, str]) -> dict[str, Any]:
    """
    Return arguments with aliases in the place of those ids that have one.

    Args:
        known: Is filled with the id behind each alias, and the session behind each token.
    """
    people = [
        Person(kinds, name) for kinds, names in _named(given) for name in names if type(name) is str
    ]
    aliases = keys.aliases(person for person in people if person.has_alias)
    known.update((alias, person.name) for person, alias in aliases.items())

    def named(kinds: tuple[Kind, ...], name: Any) -> Any:
        return aliases.get(Person(kinds, name), name) if type(name) is str else name

    told = dict(given)
    for argument, value in given.items():
        if argument in _PEOPLE:
            told[argument] = _each(value, partial(named, _PEOPLE[argument]))
        elif argument == _STREAM and type(value) is str:
            aggregate, slash, name = value.partition("/")
            if aggregate in _AGGREGATES:
                told[argument] = f"{aggregate}{slash}{named(_AGGREGATES[aggregate], name)}"
        elif argument == _SESSIONS:
            told[argument] = _each(value, partial(_session, keys=keys, known=known))
    return told


def _assert_kept(given: Mapping[str, Any]) -> None:
    """
    Raise where arguments name somebody, or a session, other than the ledger has it: without keys
    nobody can say whether that is on record.
    """
    for kinds, names in _named(given):
        for name in names:
            if type(name) is str:
                _assert_alias(Person(kinds, identifier(name, kinds[-1])))
    for session in _members(given.get(_SESSIONS)):
        if type(session) is str and not is_token(session):
            raise keys_needed(f"session {session!r}")


def _assert_alias(person: Person) -> None:
    if person.has_alias:
        raise keys_needed(f"{person.kinds[-1]} {person.name!r}")


def _listed(given: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return arguments that can be read more than once.
    """
    return {
        name: tuple(value) if isinstance(value, Iterator) and name in _SEVERAL else value
        for name, value in given.items()
    }


def _named(given: Mapping[str, Any]) -> Iterator[tuple[tuple[Kind, ...], Iterable[Any]]]:
    for argument, value in given.items():
        if argument in _PEOPLE:
            yield _PEOPLE[argument], [value] if isinstance(value, str) else _members(value)
        elif argument == _STREAM and isinstance(value, str):
            aggregate, _, name = value.partition("/")
            if aggregate in _AGGREGATES:
                yield _AGGREGATES[aggregate], [name]


def _members(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple | set | frozenset) else ()


def _each(value: Any, named: Callable[[Any], Any]) -> Any:
    """
    Return a name, or names, as they are *named*; what is neither is for the question to refuse.
    """
    return type(value)(map(named, value)) if _members(value) else named(value)


def _session(name: Any, keys: KeyStore, known: dict[str, str]) -> Any:
    """
    Return the token that stands for a session wherever it is said.
    """
    if type(name) is not str:
        return name
    token = keys.token("session", name)
    known[token] = name
    return token


def sealed_report(keys: KeyStore, name: str) -> str:
    """
    Return as what a report is claimed that its source calls *name*, which `external_report` made.
    """
    source, external_id = json.loads(name)
    return external_report(source, keys.token("external_id", external_id))
