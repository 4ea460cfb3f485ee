"""
The schema of an entry: which fields an event has, by the number in its leaf.

A field that an event gains later is declared with `added`. Leaves of an earlier schema are without
it and stay as they are, to the last byte; read today, they have its default.

Schema 2 added requests, policies, appeals, notices, undo and training, and the fields of
older events that speak of them.
"""

from typing import Any, Final

import attrs

SCHEMA: Final = 2

_ADDED_IN: Final = "added_in"


def added(schema: int, *, default: object) -> Any:
    """
    Return the field of an event that entries before *schema* do not have.

    Args:
        default: What it holds where an entry is without it.
    """
    return attrs.field(default=default, metadata={_ADDED_IN: schema})


def added_in(field: "attrs.Attribute[Any]") -> int:
    """
    Return the first schema that has *field*.
    """
    schema: int = field.metadata.get(_ADDED_IN, 1)
    return schema
