"""
Values as JSON has them: what every shape of an answer is made of.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import singledispatch
from typing import Any

import attrs

from ledger.errors import LedgerError
from ledger.moderation.entry import Entry
from ledger.moderation.moment import shortest
from ledger.moderation.sealing import Erased, Hidden
from ledger.timeline.cut import Cut

Document = dict[str, Any]


@singledispatch
def document(answer: Any) -> Any:
    """
    Return *answer* as JSON has it: objects, arrays, texts, numbers, booleans and null.

    An object that has no shape of its own here has its fields under their names.
    """
    return fields(answer) if attrs.has(type(answer)) else answer


def fields(value: Any) -> Document:
    """
    Return the fields of an attrs object under their names.
    """
    return {field.name: document(getattr(value, field.name)) for field in attrs.fields(type(value))}


@document.register
def _(value: datetime) -> str:
    return shortest(value)


@document.register
def _(value: Erased) -> Document:
    return {"erased": {"log": value.log, "position": value.position}}


@document.register
def _(value: Hidden) -> Document:
    return {"suppressed": {"log": value.log, "position": value.position}}


@document.register
def _(value: bytes) -> str:
    return value.hex()


@document.register(tuple)
@document.register(list)
def _(value: Iterable[Any]) -> list[Any]:
    return [document(member) for member in value]


@document.register
def _(value: Mapping) -> Document:  # type: ignore[type-arg]
    return {str(key): document(member) for key, member in value.items()}


@document.register
def _(error: LedgerError) -> Document:
    return {
        "error": {
            "family": error.family,
            "message": error.message,
            "where": error.where,
            "expected": error.expected,
        }
    }


def rests_on(at: datetime, cut: Cut) -> Document:
    """
    Return what every answer that is one document says of itself.
    """
    return {
        "at": document(at),
        "known_at": document(cut.known_at),
        "cut": document(cut.positions),
        "settled": cut.settled,
        **({"import_unfinished": True} if cut.import_unfinished else {}),
    }


def recorded_by(*, imported: bool) -> Document:
    """
    Return what an answer says of itself that rests on imported entries.
    """
    return {"recorded_by": "source"} if imported else {}


def on_record(entry: Entry) -> Document:
    """
    Return who recorded *entry*, when, and where it stands.
    """
    return {
        "by": entry.operator,
        "recorded_at": document(entry.recorded_at),
        "log": entry.log,
        "position": entry.position,
    }
