"""
What rules and their parameters are, in words: their docstrings and descriptions, for people.
"""

import inspect
import json
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect as structs

from ledger.moderation.rules import RULES


class Field(NamedTuple):
    """
    A field of a document: its name, what it means, and what holds where it is left out.

    Args:
        default: As JSON; None where there is none.

        inner: The fields of each of its members, where they are tables.
    """

    name: str
    meaning: str
    needed: bool
    default: str | None
    inner: tuple["Field", ...] = ()


def meaning(rule: str) -> str:
    """
    Return the first paragraph of a rule's docstring, in one line.
    """
    told = inspect.getdoc(RULES[rule].check) or ""
    return " ".join(told.partition("\n\n")[0].split())


def fields(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """
    Return the fields of a struct in their order.
    """
    node = structs.type_info(struct)
    assert isinstance(node, structs.StructType)
    return tuple(_field(field) for field in node.fields)


def _field(field: structs.Field) -> Field:
    kind: Any = field.type
    said = ""
    if isinstance(kind, structs.Metadata):
        said = (kind.extra_json_schema or {}).get("description", "")
        kind = kind.type
    inner = getattr(kind, "item_type", None)
    return Field(
        name=field.name,
        meaning=said,
        needed=field.required,
        default=None if field.default is msgspec.NODEFAULT else json.dumps(field.default),
        inner=fields(inner.cls) if isinstance(inner, structs.StructType) else (),
    )
