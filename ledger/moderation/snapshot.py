"""
Entries as a snapshot keeps them: what they say, without what says itself.

A snapshot is derived and no evidence, so it is written for whoever reads it fast: by kind, and what
has its default left out. The bytes of entries are not repeated; whoever wants them gives them back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import repeat
from operator import itemgetter
from types import GenericAlias
from typing import Any, Final

import attrs
import msgspec

from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.events import KINDS, Context

_WITHIN: Final = (Context, Authority)


# Version, position, recorded, written and effective time, operator, ids of request and import.
_BESIDE_EVENT: Final = (
    *(int, int, datetime, datetime | None, datetime | None),
    *(str, str | None, str | None),
)


def _listed(cls: type) -> GenericAlias:
    """
    Return the type of the entries of one kind, whose events are of *cls*.
    """
    return GenericAlias(list, (GenericAlias(tuple, (*_BESIDE_EVENT, cls)),))


_FIELDS: Final = {
    kind: kind.replace(".", "_") for kind in sorted(KINDS) if kind.startswith("account.")
}
# The entries of an account by kind, each kind by version.
Kinds: Final = msgspec.defstruct(
    "Kinds",
    [
        (field, _listed(KINDS[kind]), msgspec.field(name=kind, default_factory=list))
        for kind, field in _FIELDS.items()
    ],
    forbid_unknown_fields=True,
)
_DEFAULTS: Final = {
    cls: {field.name: field.default for field in attrs.fields(cls)}
    for cls in (*_WITHIN, *(KINDS[kind] for kind in _FIELDS))
}


def by_kind(entries: Iterable[Entry]) -> dict[str, list[object]]:
    """
    Return what *entries* on one account say, as it is written.
    """
    told: dict[str, list[object]] = {}
    for entry in entries:
        told.setdefault(entry.kind, []).append(
            (
                entry.version,
                entry.position,
                entry.recorded_at,
                entry.written_at,
                entry.effective_at,
                entry.operator,
                entry.request_id,
                entry.import_id,
                _lean(entry.event),
            )
        )
    return told


def _lean(value: Any) -> dict[str, object]:
    defaults = _DEFAULTS[type(value)]
    told = {
        name: _lean(each) if isinstance(each, _WITHIN) else each
        for name, each in value.__dict__.items()
        if each != defaults[name]
    }
    if "arguments" in told:
        # May hold anything, which is told as its entry tells it: a time is text.
        told["arguments"] = msgspec.to_builtins(told["arguments"], order="sorted")
    return told


def in_order(kinds: msgspec.Struct, log: int, stream: str, bodies: Sequence[bytes]) -> list[Entry]:
    """
    Return the entries that *kinds* tells, in the order of their versions.

    Args:
        bodies: The bytes of each in that order, or nothing.
    """
    found = [
        (version, position, kind, *told)
        for kind, field in _FIELDS.items()
        for version, position, *told in getattr(kinds, field)
    ]
    found.sort(key=itemgetter(0))
    return [
        Entry._make((log, position, stream, version, kind, *told, body))
        for (version, position, kind, *told), body in zip(
            found, bodies or repeat(b""), strict=False
        )
    ]
