"""
The JSON Schema of policy documents, made from the structs that read them.

``python -m tests.moderation.policy_schema`` prints what belongs into ``policy.schema.json``.
"""

import functools
import json
import operator
import sys
from typing import Any

import msgspec

from ledger.moderation import parameters
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.parameters import Asked, Form
from ledger.moderation.rules import RULES
from tests.moderation.rule_words import meaning

Schema = dict[str, Any]

REF = "#/$defs/{name}"
NAME = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$",
}
DURATION = r"^(?=.*[1-9])([0-9]{1,9}d)?([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?$"
KINDS = {"type": "string", "enum": list(OperatorKind)}

# What JSON Schema has for the types of fields that are the house's own.
FIELDS: dict[type, Schema] = {
    parameters.Duration: {"type": "string", "pattern": DURATION},
    parameters.Id: NAME,
    parameters.Ids: {"type": "array", "items": NAME, "minItems": 1, "uniqueItems": True},
    parameters.Kinds: {"type": "array", "items": KINDS, "minItems": 1, "uniqueItems": True},
    parameters.Text: {"type": "string", "pattern": r"\S"},
}


def policy_schema() -> Schema:
    """
    Return the schema of documents that use the rules built in.
    """
    structs = {rule: made.parameters for rule, made in RULES.items() if made.parameters is not None}
    safeguard = functools.reduce(operator.or_, structs.values())
    (form, listed), components = msgspec.json.schema_components(
        [Form, list[safeguard]],  # type: ignore[valid-type]
        schema_hook=FIELDS.__getitem__,
        ref_template=REF,
    )
    assert {"$ref": "#/$defs/Form"} == form
    for rule, struct in structs.items():
        described(components[struct.__name__], rule, struct)
    top = components.pop("Form")
    top["properties"]["safeguards"]["items"] = {"anyOf": listed["items"]["anyOf"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **top,
        "title": "Policy",
        "description": "What a ledger asks of acts. Rules of a service are not in this schema.",
        "$defs": dict(sorted(components.items())),
    }


def described(schema: Schema, rule: str, struct: type[Asked]) -> None:
    """
    Put what a rule means into the schema of its safeguards.
    """
    assert [rule] == schema["properties"]["rule"]["enum"]
    assert struct.__name__ == schema["title"]
    schema["title"] = rule
    schema["description"] = meaning(rule)


def policy_schema_text() -> str:
    """
    Return the text of the file.
    """
    return json.dumps(policy_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(policy_schema_text())
