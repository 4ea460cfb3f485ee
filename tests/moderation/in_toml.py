"""
A document written in TOML by hand, for comparing what it means with its JSON.
"""

import json
import re
from typing import Any

Table = dict[str, Any]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def in_toml(document: Table) -> str:
    """
    Return a document in TOML: tables under their headers, safeguards as an array of tables.
    """
    plain = {name: value for name, value in document.items() if not _headed(value)}
    lines = _fields(plain)
    for name, value in document.items():
        if not _headed(value):
            continue
        header = f"[[{_key(name)}]]" if isinstance(value, list) else f"[{_key(name)}]"
        for table in value if isinstance(value, list) else [value]:
            lines += ["", header, *_fields(table)]
    return "".join(f"{line}\n" for line in lines)


def _headed(value: Any) -> bool:
    """
    Return whether a value is a table, or a list of nothing but tables.
    """
    if isinstance(value, list):
        return value != [] and all(isinstance(member, dict) for member in value)
    return isinstance(value, dict)


def _fields(table: Table) -> list[str]:
    return [f"{_key(name)} = {_value(value)}" for name, value in table.items()]


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(member) for member in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(_fields(value))}}}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
