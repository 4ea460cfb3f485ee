"""
Ids, texts, times and numbers; and any class of the house, built from what its fields may hold.
"""

import functools
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

S = TypeVar("S", bound=Callable[..., Any])

WHOLE_MAX = 2**53 - 1

AWKWARD_IDS = [
    "x" * 255,
    "🦄" * 255,
    "a/b//c",
    "account/x",
    '"quoted"',
    '":',
    '\\"',
    " ",
    "\u00e9",
    "e\u0301",
    "null",
    "\u2028",
    "User:Jack O'Neill; DROP TABLE entries",
]
AWKWARD_TEXTS = ['":', '{"kind":"account.noted"}', "line\nline", "\ttab", "\x00", "🦄 é"]

# Fields that hold a text; every other string is an id.
TEXTS = {
    "reason",
    "statement",
    "text",
    "text_hash",
    "evidence",
    "override",
    "ground",
    "why",
    "message",
    "basis",
    "purpose",
    "reference",
}

NEAR = datetime(2017, 11, 2, tzinfo=UTC)


def ids() -> SearchStrategy[str]:
    """
    Return ids: 1 to 255 characters, none of them a control character.
    """
    letters = st.characters(exclude_categories=["Cc", "Cs"])
    return st.sampled_from(AWKWARD_IDS) | st.text(letters, min_size=1, max_size=255)


def texts() -> SearchStrategy[str]:
    """
    Return texts that say something, line ends and control characters included.
    """
    letters = st.characters(exclude_categories=["Cs"])
    spoken = st.text(letters, min_size=1, max_size=200).filter(lambda text: bool(text.strip()))
    return st.sampled_from(AWKWARD_TEXTS) | spoken


def moments() -> SearchStrategy[datetime]:
    """
    Return moments in UTC with microseconds: a few that fall together, and any of all years.
    """
    together = st.integers(0, 8).map(lambda minutes: NEAR + timedelta(minutes=minutes))
    return together | st.datetimes(timezones=st.just(UTC))


def durations() -> SearchStrategy[timedelta]:
    """
    Return durations from none to the whole of time.
    """
    return st.timedeltas(timedelta(0), timedelta(days=3_652_058))


def windows() -> SearchStrategy[tuple[datetime, datetime]]:
    """
    Return half-open windows that are not empty.
    """
    pairs = st.tuples(moments(), moments()).filter(lambda pair: pair[0] != pair[1])
    return pairs.map(lambda pair: (min(pair), max(pair)))


def whole_numbers(least: int = 0) -> SearchStrategy[int]:
    """
    Return positions, versions and counts.
    """
    return st.integers(least, WHOLE_MAX)


def json_values() -> SearchStrategy[object]:
    """
    Return what an argument may be in JSON; there are no floats.
    """
    plain = st.none() | st.booleans() | st.integers(-WHOLE_MAX, WHOLE_MAX) | texts()
    return plain | st.lists(plain, max_size=3) | st.dictionaries(ids(), plain, max_size=3)


NUMBERS = {
    "confidence": st.integers(0, 100),
    "log": st.integers(0, 255),
    "logs": st.integers(1, 256),
    "position": whole_numbers(1),
    # All of time.
    "seconds": st.integers(0, 3_652_059 * 86_400),
    "version": whole_numbers(1),
}


# What makes instances of the classes whose fields must hold together; filled by `makes`.
BY_TYPE: dict[Any, Callable[[], SearchStrategy[Any]]] = {}


def makes(*classes: Any) -> Callable[[S], S]:
    """
    Return a decorator for the function whose strategy makes instances of *classes*.
    """

    def marked(strategy: S) -> S:
        BY_TYPE.update(dict.fromkeys(classes, strategy))
        return strategy

    return marked


@functools.cache
def of(hint: Any, name: str = "") -> SearchStrategy[Any]:
    """
    Return the values of a type hint, for a field of that name.

    It takes every public class of the house.
    """
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([of(choice, name) for choice in inner])
    if origin is tuple:
        return st.lists(of(inner[0], name), max_size=3).map(tuple)
    if origin in (list, frozenset):
        return st.lists(of(inner[0], name), max_size=3).map(origin)
    if origin is Sequence:
        return st.lists(of(inner[0], name), max_size=3)
    if origin in (dict, Mapping):
        return st.dictionaries(of(inner[0], name), of(inner[1], name), max_size=3)
    if hint in BY_TYPE:
        return BY_TYPE[hint]()
    plain = {
        type(None): st.none(),
        bool: st.booleans(),
        bytes: st.binary(max_size=64),
        datetime: moments(),
        float: st.floats(allow_nan=False),
        int: NUMBERS.get(name, whole_numbers()),
        object: json_values(),
        str: texts() if name in TEXTS else ids(),
        timedelta: durations(),
    }
    if hint in plain:
        return plain[hint]
    return st.sampled_from(hint) if issubclass(hint, Enum) else built(hint)


def fields(cls: type) -> dict[str, Any]:
    """
    Return the type hint of every field of an attrs class or a named tuple.
    """
    if attrs.has(cls):
        resolved = attrs.fields(attrs.resolve_types(cls))
        return {field.name: field.type for field in resolved if field.init}
    named: tuple[str, ...] = getattr(cls, "_fields")  # noqa: B009, a type does not say so
    hints = typing.get_type_hints(cls)
    return {name: hints[name] for name in named}


def built(cls: type, **given: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """
    Return instances of *cls* whose fields hold anything that they may; those *given*, only that.
    """
    hints = fields(cls)
    return st.builds(
        cls, **{n: given[n] if n in given else of(hint, n) for n, hint in hints.items()}
    )
