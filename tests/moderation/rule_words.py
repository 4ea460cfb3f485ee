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

        inner: The fields of the table that it is, or of the tables that it lists.
    """

    name: str
    meaning: str
    needed: bool
    default: str | None
    inner: tuple["Field", ...] = ()


def meaning(rule: str) -> str:
    """
    Return what a rule means.
    """
    return paragraph(RULES[rule].check)


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
    table = getattr(kind, "item_type", kind)
    if isinstance(kind, structs.StructType):
        said = paragraph(kind.cls)
    return Field(
        name=field.name,
        meaning=said,
        needed=field.required,
        default=None if field.default is msgspec.NODEFAULT else json.dumps(field.default),
        inner=fields(table.cls) if isinstance(table, structs.StructType) else (),
    )


def paragraph(documented: object) -> str:
    """
    Return the first paragraph of a docstring, in one line.
    """
    told = inspect.getdoc(documented) or ""
    return " ".join(told.partition("\n\n")[0].split())
