"""
Policy documents: a policy as people write it, in TOML or JSON, and what it asks for.

A document is read strictly when it is adopted, and every defect is told with the path or the line
where it stands. What was adopted once is compiled without these checks: neither a measure that was
renamed nor a stricter check may make a policy unreadable.
"""

import difflib
import json
import math
import re
import reprlib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

import attrs
from msgspec import UNSET

from ledger.errors import Malformed, Unavailable
from ledger.moderation.events.policy import Syntax
from ledger.moderation.identity import text
from ledger.moderation.number import WHOLE_MAX
from ledger.moderation.parameters import Asked, Form, below, converted
from ledger.moderation.rules import Rule, safeguard
from ledger.moderation.safeguards import APPEAL_WINDOW, AUTHORITY, Policy, Safeguard
from ledger.moderation.vocabulary import Vocabulary

# Verdicts of the house; a safeguard of such a name could be taken for one.
RESERVED: Final = frozenset({AUTHORITY, "approver", "another-operator", "request"})
DEPTH_MAX: Final = 20

_TOML_LINE: Final = re.compile(r"(.*) \(at line (\d+), column (\d+)\)", re.DOTALL)
# No number needs as many digits, and Python refuses to read it.
_ENDLESS: Final = re.compile(r"\d[\d_]{600}")


@attrs.frozen(slots=False)
class Document:
    """
    What a policy document asks for.

    Args:
        title: For people.

        glass_roles, appeal_window, request_lasts: As a `Policy` has them.
    """

    safeguards: tuple[Safeguard, ...] = ()
    title: str | None = None
    glass_roles: frozenset[str] | None = None
    appeal_window: timedelta = APPEAL_WINDOW
    request_lasts: timedelta | None = None


def written(given: object) -> tuple[str, Syntax]:
    """
    Return a policy as it is kept: its text, and in what it is written.

    Args:
        given: An object, which becomes canonical JSON, or a text, which is JSON when it begins with
            ``{`` and TOML otherwise; it is kept to the letter.

    Raises:
        Malformed: When it is neither, or holds what JSON and TOML do not both have.
    """
    if isinstance(given, Mapping):
        plain = _plain(given, "")
        return json.dumps(plain, ensure_ascii=False, indent=2, sort_keys=True), Syntax.JSON
    if not isinstance(given, str):
        raise Malformed(
            f"{type(given).__name__} is no policy",
            where="policy",
            expected="an object, or a text in JSON or TOML",
        )
    said = text(given, "policy")
    return said, Syntax.JSON if said.lstrip().startswith("{") else Syntax.TOML


def parsed(
    document: str, syntax: Syntax, rules: Mapping[str, Rule], measures: Vocabulary
) -> Document:
    """
    Return what a document asks for, when it may be adopted today.

    Raises:
        Malformed: When it may not, with the path of the defect or the line.
    """
    form, given = _read(document, syntax, rules)
    inverses = frozenset(measure.inverse for measure in measures if measure.inverse)
    known = frozenset(measure.name for measure in measures)
    names: set[str] = set()
    for each in given:
        _assert_name(each, names, rules)
        names.add(each.name)
        _assert_concern(each)
        for index, measure in enumerate(each.raw.get("measures", ())):
            where = f"{each.where}.measures[{index}]"
            if measure in inverses and not each.rule.of_reversals:
                raise Malformed(
                    f"the rule {each.rule.name!r} cannot be asked of reversals,"
                    f" and {measure!r} is one",
                    where=where,
                    expected="a measure that `act` is called with",
                )
            if measure not in inverses | known:
                raise _unknown("measure", measure, [*sorted(known), *sorted(inverses)], where)
    return _document(form, given)


def policy(
    document: str,
    syntax: Syntax,
    version: str,
    not_adopted: Iterable[str],
    rules: Mapping[str, Rule],
) -> Policy:
    """
    Return the policy that was adopted as *document*, ready to be asked.

    Args:
        version: What it is called: ``default@3``.

        not_adopted: The rules that were known when it was adopted and that it does not use.

    Raises:
        Unavailable: When it uses a rule that is not registered here, or a newer form.
    """
    try:
        asked = _document(*_read(document, syntax, rules))
    except Malformed as error:
        raise Unavailable(
            f"the policy {version!r} cannot be asked here: {error}",
            expected="a process that knows its rules and its form",
        ) from error
    return Policy(
        version=version,
        safeguards=asked.safeguards,
        not_adopted=tuple(not_adopted),
        glass_roles=asked.glass_roles,
        appeal_window=asked.appeal_window,
        request_lasts=asked.request_lasts,
    )


def adopted_names(document: Document) -> tuple[str, ...]:
    """
    Return the names of the safeguards of a document, in order.
    """
    return tuple(each.name for each in document.safeguards)


def not_adopted(document: Document, rules: Iterable[str]) -> tuple[str, ...]:
    """
    Return the *rules* that a document does not use, in their order.
    """
    used = {each.rule for each in document.safeguards}
    return tuple(rule for rule in rules if rule not in used)


@attrs.frozen
class NamedRule:
    """
    A safeguard of a policy: what it is called, and the rule that it uses.
    """

    name: str
    rule: str


def outline(document: str, syntax: Syntax) -> tuple[str | None, tuple[NamedRule, ...]]:
    """
    Return the title of what was adopted and its safeguards, whatever rules this process knows.
    """
    told = _loaded(document, syntax)
    return told.get("title"), tuple(
        NamedRule(each.get("name", each["rule"]), each["rule"])
        for each in told.get("safeguards", ())
    )


class _Given(NamedTuple):
    """
    A safeguard as it stands in a document at a path.
    """

    where: str
    raw: dict[str, Any]
    rule: Rule
    asked: Asked

    @property
    def name(self) -> str:
        return self.rule.name if self.asked.name is UNSET else self.asked.name


def _read(
    document: str, syntax: Syntax, rules: Mapping[str, Rule]
) -> tuple[Form, tuple[_Given, ...]]:
    form = converted(_plain(_loaded(document, syntax), ""), Form)
    listed = [] if form.safeguards is UNSET else form.safeguards
    return form, tuple(
        _given(raw, f"safeguards[{index}]", rules) for index, raw in enumerate(listed)
    )


def _given(raw: dict[str, Any], where: str, rules: Mapping[str, Rule]) -> _Given:
    name = raw.get("rule")
    place = below(where, "rule")
    if not isinstance(name, str):
        reason = f"{name!r} is no rule" if "rule" in raw else "'rule' is missing"
        raise Malformed(reason, where=place, expected="one of " + ", ".join(rules))
    if name not in rules:
        raise _unknown("rule", name, list(rules), place)
    rule = rules[name]
    said = {
        field: value
        for field, value in raw.items()
        if field in _COMMON or (rule.parameters is not None and field != "rule")
    }
    return _Given(where, raw, rule, converted(said, rule.parameters or Asked, where))


# What may stand in a safeguard beside the parameters of its rule.
_COMMON: Final = frozenset(Asked.__struct_fields__)


def _document(form: Form, given: Iterable[_Given]) -> Document:
    return Document(
        safeguards=tuple(
            safeguard(
                each.rule,
                each.asked,
                {k: v for k, v in each.raw.items() if k not in _COMMON and k != "rule"},
            )
            for each in given
        ),
        title=None if form.title is UNSET else str(form.title),
        glass_roles=None if form.break_glass is UNSET else frozenset(form.break_glass.roles),
        appeal_window=APPEAL_WINDOW if form.appeals is UNSET else form.appeals.window,
        request_lasts=None if form.requests is UNSET else form.requests.lasts,
    )


def _assert_name(given: _Given, names: set[str], rules: Mapping[str, Rule]) -> None:
    name, where = given.name, below(given.where, "name")
    if name in names:
        reason = f"a safeguard before is named {name!r} too"
    elif name in RESERVED:
        reason = f"{name!r} is the name of a check that no policy changes"
    elif name in rules and name != given.rule.name:
        reason = f"{name!r} is the name of another rule"
    else:
        return
    raise Malformed(reason, where=where, expected="a name of its own")


def _assert_concern(given: _Given) -> None:
    asked = given.asked
    if asked.protected is not False:
        return
    if asked.tiers is not UNSET or given.rule.of_protected:
        what = "'tiers'" if asked.tiers is not UNSET else f"the rule {given.rule.name!r}"
        raise Malformed(
            f"{what} concerns protected accounts only",
            where=below(given.where, "protected"),
            expected="true, or to leave it out",
        )


def _unknown(what: str, name: str, known: list[str], where: str) -> Malformed:
    closest = difflib.get_close_matches(name, known, n=1, cutoff=0)
    return Malformed(
        f"the {what} {name!r} is unknown"
        + (f"; the closest one is {closest[0]!r}" if closest else ""),
        where=where,
        expected="one of " + ", ".join(known),
    )


class _Twice(NamedTuple):
    """
    An object of JSON in which a key stands twice.
    """

    key: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Twice:
    read: dict[str, Any] = {}
    for key, value in pairs:
        if key in read:
            return _Twice(key)
        read[key] = value
    return read


def _loaded(document: str, syntax: Syntax) -> Any:
    """
    Return what a text holds, whatever that is.
    """
    try:
        if syntax is Syntax.JSON:
            return json.loads(document, object_pairs_hook=_object)
        return tomllib.loads(document)
    except json.JSONDecodeError as error:
        reason, line = f"{error.msg} in column {error.colno}", error.lineno
    except tomllib.TOMLDecodeError as error:
        reason, line = _toml_place(str(error), document)
    except ValueError:
        number = _ENDLESS.search(document)
        assert number is not None
        reason, line = "the number is too long", document.count("\n", 0, number.start()) + 1
    except RecursionError:
        raise Malformed("the policy is nested too deep", where="policy", expected=_DEPTH) from None
    raise Malformed(reason, where=f"line {line}", expected=f"{syntax.upper()}")


def _toml_place(said: str, document: str) -> tuple[str, int]:
    """
    Return what is wrong with a TOML document, and the line.
    """
    if found := _TOML_LINE.fullmatch(said):
        return f"{found[1]} in column {found[3]}", int(found[2])
    return said.removesuffix(" (at end of document)"), document.rstrip().count("\n") + 1


_DEPTH: Final = f"at most {DEPTH_MAX} levels"


def _plain(value: object, path: str, depth: int = 0) -> Any:
    """
    Return *value* when it is of what JSON and TOML both have: no nulls and no dates.
    """
    if isinstance(value, _Twice):
        raise Malformed(
            f"{value.key!r} stands twice", where=below(path, value.key), expected="it once"
        )
    if depth > DEPTH_MAX:
        raise Malformed("the policy is nested too deep", where=path, expected=_DEPTH)
    if isinstance(value, Mapping):
        names = [_name(key, path) for key in value]
        return {
            name: _plain(inner, below(path, name), depth + 1)
            for name, inner in zip(names, value.values(), strict=True)
        }
    if isinstance(value, list | tuple):
        return [_plain(inner, f"{path}[{i}]", depth + 1) for i, inner in enumerate(value)]
    if isinstance(value, str):
        return _unicode(value, path)
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= WHOLE_MAX:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    raise Malformed(
        f"{reprlib.repr(value)} has no place in a policy",
        where=path,
        expected=f"a text, a list, a table, true, false, or a number within {WHOLE_MAX}",
    )


def _name(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise Malformed(f"{reprlib.repr(key)} names no field", where=path, expected="a text")
    return _unicode(key, path)


def _unicode(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Malformed("the text is not valid Unicode", where=path) from None
    return str(value)
