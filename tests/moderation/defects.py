"""
Policies with one defect: a document that may be adopted, broken in one place whose path is known.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ledger.moderation.rules import RULES
from tests.moderation.in_toml import Table

# The parameters that a rule cannot do without.
NEEDED = {
    "role-required": ["roles"],
    "training-required": ["trainings"],
    "two-person": ["approvals"],
    "cooling-off": ["wait"],
    "notice-period": ["period"],
    "rate-limit": ["limit", "window"],
    "reversible-only": ["roles"],
}
# Rules that say nothing of reversals.
OF_ACTS = {"two-person", "report-required", "ground-required", "rate-limit", "reversible-only"}

NAMES = {"roles", "trainings", "measures", "tiers"}
DURATIONS = {"wait", "period", "window", "lasts", "approval_lasts"}
NUMBERS = {"policy", "limit", "characters_min", "approvals"}

BAD_NAMES = ["", "a\nb", "x" * 256]
BAD_DURATIONS = ["0s", "0d0h", "-1h", "", "1 day", "P1D", "1h30", "36526d", "99999999999d"]
BAD_NUMBERS: list[Any] = [0, -1, 1.5, True, "1"]
BAD_WORDS: dict[str, list[Any]] = {
    "rule": ["two-persn", "", "Two-Person"],
    "of": ["team", ""],
    "title": ["", " \n"],
    "policy": [2],
    "characters_min": [10_001],
}


class Defect(NamedTuple):
    """
    A broken document, and the path of what is broken in it.
    """

    document: Table
    where: str


Step = str | int


def defects(document: Table) -> Iterator[Defect]:
    """
    Yield *document* with each defect that it can have, one at a time.
    """
    for path, value in places(document, ()):
        for broken, inner in spoilt(path, value):
            yield Defect(replaced(document, path, broken), spelled((*path, *inner)))


def places(value: Any, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """
    Yield every place in a document, the whole of it first, and what stands there.
    """
    yield path, value
    inner: Any = value.items() if isinstance(value, dict) else ()
    for step, member in enumerate(value) if isinstance(value, list) else inner:
        yield from places(member, (*path, step))


def spoilt(path: tuple[Step, ...], value: Any) -> Iterator[tuple[Any, tuple[Step, ...]]]:
    """
    Yield what breaks a place, and where below it the defect is then.
    """
    if path:
        yield from ((broken, ()) for broken in wrong_types(value))
        yield None, ()
    if isinstance(value, dict):
        yield from spoilt_table(path, value)
    elif isinstance(value, list):
        yield from spoilt_list(value, str(path[-1]))
    elif isinstance(path[-1], str):
        yield from ((broken, ()) for broken in spoilt_leaf(path[-1]))
    elif path[-2] in NAMES:
        yield from ((broken, ()) for broken in BAD_NAMES)
    elif path[-2] == "kinds":
        yield "robot", ()
    if path and path[-1] == "safeguards":
        yield from spoilt_names(value)


def wrong_types(value: Any) -> list[Any]:
    """
    Return values of other types than *value* is of.
    """
    others = [{"x": 1}, ["x"], "text", 7, 1.5, True]
    kinds = {bool: bool, int: int, str: str, list: list, dict: dict}
    return [other for other in others if not isinstance(other, kinds[type(value)])]


def spoilt_table(path: tuple[Step, ...], table: Table) -> Iterator[tuple[Table, tuple[Step]]]:
    """
    Yield a table with a field too many, and with one that it needs too few.
    """
    for field in ("surprise", "a b", "overridabel"):
        yield {**table, field: 1}, (field,)
    needed = ["rule", *NEEDED.get(table["rule"], [])] if "rule" in table else []
    if not path:
        needed = ["policy"]
    elif len(path) == 1:
        needed = list(table)
    for field in needed:
        yield {name: value for name, value in table.items() if name != field}, (field,)
    if "tiers" in table or table.get("rule") == "protected-account":
        yield {**table, "protected": False}, ("protected",)
    if "rule" in table:
        for name in ("authority", "approver", "request", *RULES.keys() - {table["rule"]}):
            yield {**table, "name": name}, ("name",)
        for name in BAD_NAMES:
            yield {**table, "name": name}, ("name",)


def spoilt_list(members: list[Any], name: str) -> Iterator[tuple[list[Any], tuple[Step, ...]]]:
    """
    Yield a list that is empty, and one with a member that it must not have.
    """
    yield [], ()
    last = (len(members),)
    if name in NAMES | {"kinds"}:
        yield [*members, members[0]], last
    if name == "measures":
        yield [*members, "suspnd"], last
    if name == "approvals":
        yield [*members, {"approvals": 101}], (*last, "approvals")


def spoilt_leaf(name: str) -> Iterator[Any]:
    """
    Yield values of the right type that a field cannot have.
    """
    yield from BAD_WORDS.get(name, [])
    if name in DURATIONS:
        yield from BAD_DURATIONS
    if name in NUMBERS:
        yield from BAD_NUMBERS
    if name == "role":
        yield from BAD_NAMES
    if name == "limit":
        yield 2**53


def spoilt_names(tables: list[Table]) -> Iterator[tuple[list[Table], tuple[Step, ...]]]:
    """
    Yield safeguards of which one has the name of one before, or is asked of reversals in vain.
    """
    yield [*tables, tables[0]], (len(tables), "name")
    for index, table in enumerate(tables):
        if table["rule"] in OF_ACTS:
            asked = {**table, "measures": ["suspend", "unsuspend"]}
            yield replaced(tables, (index,), asked), (index, "measures", 1)


def replaced(value: Any, path: tuple[Step, ...], broken: Any) -> Any:
    """
    Return *value* with something else at a path.
    """
    if not path:
        return broken
    step, *rest = path
    if isinstance(value, list):
        changed = replaced(value[int(step)], tuple(rest), broken)
        return [changed if index == step else member for index, member in enumerate(value)]
    return {**value, step: replaced(value[step], tuple(rest), broken)}


def spelled(path: tuple[Step, ...]) -> str:
    """
    Return a path as errors spell it: ``safeguards[3].approvals[0].role``.
    """
    said = ""
    for step in path:
        quoted = f'"{step}"' if isinstance(step, str) and " " in step else step
        said += f"[{step}]" if isinstance(step, int) else f".{quoted}"
    return said.removeprefix(".")
