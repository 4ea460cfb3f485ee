"""
The schema of an entry: which fields an event has, by the number in its leaf.

A field that an event gains later is declared with `added`. Leaves of an earlier schema are without
it and stay as they are, to the last byte; read today, they have its default. A field that speaks of
a person is declared with `personal`: a sealed ledger has a token there.

Schema 2 added requests, policies, appeals, notices, undo and training, and the fields of
older events that speak of them. A leaf has schema 3 when something of it is sealed; its event has
the fields of schema 2.
"""

from typing import Any, Final

import attrs

SCHEMA: Final = 2
SEALED_SCHEMA: Final = 3

_ADDED_IN: Final = "added_in"
_PERSONAL: Final = "personal"


def added(schema: int, *, default: object, is_personal: bool = False) -> Any:
    """
    Return the field of an event that entries before *schema* do not have.

    Args:
        default: What it holds where an entry is without it.
    """
    return attrs.field(default=default, metadata={_ADDED_IN: schema, _PERSONAL: is_personal})


def personal(*, default: object = attrs.NOTHING) -> Any:
    """
    Return the field of an event that holds a text about a person.
    """
    return attrs.field(default=default, metadata={_PERSONAL: True})


def added_in(field: "attrs.Attribute[Any]") -> int:
    """
    Return the first schema that has *field*.
    """
    schema: int = field.metadata.get(_ADDED_IN, 1)
    return schema


def is_personal(field: "attrs.Attribute[Any]") -> bool:
    """
    Return whether *field* holds a text about a person.
    """
    return bool(field.metadata.get(_PERSONAL, False))
