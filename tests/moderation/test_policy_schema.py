"""
The JSON Schema that ships is what the code reads, and an editor finds with it what the code would.
"""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from hypothesis import given

from tests.moderation.defects import Defect, defects
from tests.moderation.policy_schema import policy_schema
from tests.moderation.test_policy_defects import SOUND
from tests.strategies import documents

SCHEMA = json.loads((files("ledger.moderation") / "policy.schema.json").read_text("utf-8"))

TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}
NOTES = {"$schema", "$defs", "title", "description", "default"}

# What each keyword asks of a value of the type that it is about, with the schema around it.
KEYWORDS: dict[str, Callable[[Any, Any, Any], bool]] = {
    "$ref": lambda said, value, _: valid(SCHEMA["$defs"][said.rpartition("/")[2]], value),
    "additionalProperties": lambda _, value, schema: value.keys() <= schema["properties"].keys(),
    "anyOf": lambda said, value, _: any(valid(schema, value) for schema in said),
    "enum": lambda said, value, _: value in said,
    "items": lambda said, value, _: all(valid(said, member) for member in value),
    "maxLength": lambda said, value, _: len(value) <= said,
    "maximum": lambda said, value, _: value <= said,
    "minItems": lambda said, value, _: len(value) >= said,
    "minLength": lambda said, value, _: len(value) >= said,
    "minimum": lambda said, value, _: value >= said,
    "pattern": lambda said, value, _: re.search(said, value) is not None,
    "properties": lambda said, value, _: all(
        valid(said[name], inner) for name, inner in value.items() if name in said
    ),
    "required": lambda said, value, _: value.keys() >= set(said),
    "uniqueItems": lambda _, value, __: len({repr(member) for member in value}) == len(value),
}


def valid(schema: dict[str, Any], value: Any) -> bool:
    """
    Return whether *value* is as a schema says; a keyword that is not known here is a KeyError.
    """
    if "type" in schema and not TYPES[schema["type"]](value):
        return False
    asked = {name: said for name, said in schema.items() if name not in NOTES | {"type"}}
    return all(KEYWORDS[name](said, value, schema) for name, said in asked.items())


def beyond_a_schema(defect: Defect) -> bool:
    """
    Return whether it takes the whole document, the vocabulary, or arithmetic to see a defect.
    """
    seen_alone = '""' in repr(defect.document) or "\\n" in repr(defect.document)
    names = defect.where.endswith(".name") and not seen_alone
    measures = ".measures[" in defect.where
    contradicts = defect.where.endswith(".protected")
    too_much = any(said in repr(defect.document) for said in ("36526d", str(2**53)))
    return names or measures or contradicts or too_much


def test_the_schema_that_ships_is_the_one_of_the_code():
    """
    What an editor checks a policy with is what reads it; ``policy_schema.py`` prints it anew.
    """
    assert policy_schema() == SCHEMA


@given(documents())
def test_every_policy_that_may_be_adopted_is_valid(document):
    """
    An editor never marks what the ledger would take.
    """
    assert valid(SCHEMA, document)


def test_every_defect_that_a_schema_can_show_is_shown():
    """
    An editor marks what is broken, but for what takes more than the place itself to see.
    """
    assert valid(SCHEMA, SOUND)

    missed = [defect for defect in defects(SOUND) if valid(SCHEMA, defect.document)]

    assert [] == [defect.where for defect in missed if not beyond_a_schema(defect)]
    assert len(list(defects(SOUND))) > 4 * len(missed)
