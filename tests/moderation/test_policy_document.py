"""
Policy documents: how they are kept, what they ask for, and that an adopted one stays readable.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed, Unavailable
from ledger.moderation.events.policy import Syntax
from ledger.moderation.policy_document import (
    DEPTH_MAX,
    Document,
    NamedRule,
    adopted_names,
    not_adopted,
    outline,
    parsed,
    policy,
    written,
)
from ledger.moderation.rules import RULES, Rule, extended
from ledger.moderation.safeguards import APPEAL_WINDOW, Concern, evaluate
from ledger.moderation.vocabulary import BUILT_IN, Measure, Vocabulary
from tests.moderation.acts import act
from tests.moderation.in_toml import in_toml
from tests.strategies import considered, documents

EXAMPLE = Path(__file__).parents[2] / "examples" / "policies" / "heads_of_state.toml"
FULL = """\
policy = 1
title = "Two for heads of state"

[break_glass]
roles = ["incident-lead"]

[appeals]
window = "30d"

[requests]
lasts = "24h"

[[safeguards]]
name = "heads of state need two"
rule = "two-person"
measures = ["deactivate", "suspend"]
tiers = ["head-of-state"]
kinds = ["human"]
overridable = false
approvals = [{approvals = 2}, {role = "legal"}]
approval_lasts = "2h"

[[safeguards]]
rule = "last-day"
"""


def read(given: Any, **changes: Any) -> Document:
    """
    Return what a document asks for that is adopted today.
    """
    known: dict[str, Any] = {"rules": RULES, "measures": BUILT_IN, **changes}
    return parsed(*written(given), **known)


def refused(given: Any, **changes: Any) -> Malformed:
    """
    Return the error of a document that may not be adopted.
    """
    with pytest.raises(Malformed) as raised:
        read(given, **changes)
    return raised.value


def test_a_document_asks_for_what_it_says():
    """
    Each part of a document is in what it asks for.
    """
    document = read(FULL)

    two, last = document.safeguards
    assert "Two for heads of state" == document.title
    assert frozenset({"incident-lead"}) == document.glass_roles
    assert (timedelta(days=30), timedelta(days=1)) == (
        document.appeal_window,
        document.request_lasts,
    )
    assert ("heads of state need two", "two-person", False) == (two.name, two.rule, two.overridable)
    assert (
        Concern(
            measures=frozenset({"deactivate", "suspend"}),
            tiers=frozenset({"head-of-state"}),
            kinds=frozenset({"human"}),
        )
        == two.concern
    )
    assert [(2, None), (1, "legal")] == [(need.approvals, need.role) for need in two.needs]
    assert timedelta(hours=2) == two.approval_lasts
    assert ("last-day", "last-day", True, Concern()) == (
        last.name,
        last.rule,
        last.overridable,
        last.concern,
    )


def test_what_a_document_leaves_out_is_as_without_a_policy():
    """
    Nobody breaks the glass, one appeals within six months, and requests wait for ever.
    """
    assert Document(appeal_window=APPEAL_WINDOW) == read({"policy": 1})


def test_a_document_tells_what_it_adopts_and_what_not():
    """
    Safeguards are named in order; rules that were known and left out are listed as well.
    """
    document = read(FULL)

    assert ("heads of state need two", "last-day") == adopted_names(document)
    left = [rule for rule in RULES if rule not in {"two-person", "last-day"}]
    assert tuple(left) == not_adopted(document, RULES)


def test_protected_accounts_are_all_that_their_rule_concerns():
    """
    The rule about protected accounts need not say which accounts it is about.
    """
    (safeguard,) = read({"policy": 1, "safeguards": [{"rule": "protected-account"}]}).safeguards

    assert Concern(protected=True) == safeguard.concern


@given(documents(), considered())
def test_toml_and_json_mean_the_same(document, judged):
    """
    In what a policy is written changes nothing that it says.
    """
    toml, json_text = in_toml(document), json.dumps(document)

    assert [(toml, Syntax.TOML), (json_text, Syntax.JSON)] == [written(toml), written(json_text)]
    one, other = (policy(*written(text), "default@1", (), RULES) for text in (toml, json_text))
    assert evaluate(one, judged) == evaluate(other, judged)
    assert adopted_names(read(toml)) == adopted_names(read(json_text))


@given(documents())
def test_an_object_is_kept_as_canonical_json(document):
    """
    The same object has one text, whatever the order of its fields; the text says all of it.
    """
    turned = dict(reversed(document.items()))

    text, syntax = written(document)

    assert Syntax.JSON is syntax
    assert document == json.loads(text)
    assert (text, syntax) == written(turned) == written(json.loads(text))
    assert text == json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)


@given(documents())
def test_an_outline_says_what_was_adopted_without_knowing_the_rules(document):
    """
    In TOML and in JSON, the title and each safeguard with its rule are those of the document read.
    """
    known = read(document)
    named = tuple(NamedRule(each.name, each.rule) for each in known.safeguards)

    for given_one in (document, in_toml(document)):
        assert (known.title, named) == outline(*written(given_one))


@given(st.sampled_from(["", " ", "\n\t"]))
def test_a_text_is_kept_to_the_letter(space):
    """
    Comments and spaces stay; what begins with a brace is JSON.
    """
    for text, syntax in (
        (f"{space}# a comment\n{FULL}", "toml"),
        (space + '{"policy": 1}', "json"),
    ):
        assert (text, syntax) == written(text)


@pytest.mark.parametrize("given_one", [b"policy = 1", 1, None, ["policy"], " \n", "\ud800"])
def test_what_is_neither_an_object_nor_a_text_is_no_policy(given_one):
    """
    Whatever else is given is malformed before anybody reads it.
    """
    assert "policy" == refused(given_one).where


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (None, "title"),
        (float("nan"), "title"),
        (2**53, "title"),
        (timedelta(1), "title"),
        ({"x": {3: 1}}, "title.x"),
        ({"a b": ["\ud800"]}, 'title."a b"[0]'),
        ({"\ud800": 1}, "title"),
    ],
)
def test_an_object_of_other_things_than_json_is_refused(value, where):
    """
    What would not be read back as it was given is refused at its place.
    """
    assert where == refused({"policy": 1, "title": value}).where


def test_what_is_nested_too_deep_is_refused():
    """
    No document exhausts its reader.
    """
    nested: list[Any] = []
    nested.append(nested)

    for title in (nested, "[" * 21 + "]" * 21, "[" * 10_000):
        text = f"title = {title}" if isinstance(title, str) else {"policy": 1, "title": title}
        assert f"at most {DEPTH_MAX} levels" == refused(text).expected
    assert f"at most {DEPTH_MAX} levels" == refused('{"a":' + "[" * 100_000).expected


@given(documents(), st.data())
def test_a_broken_line_is_named(document, data):
    """
    Where a text is neither TOML nor JSON, the line is told.
    """
    for text, broken in ((in_toml(document), "= ="), (written(document)[0], '"')):
        lines = text.split("\n")
        line = data.draw(st.integers(1, len(lines)))
        lines.insert(line, broken)

        assert f"line {line + 1}" == refused("\n".join([*lines, ""])).where


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('policy = 1\ntitle = "x"\ntitle = "y"\n', "line 3"),
        ("policy = 1\n[appeals]\nwindow = [\n", "line 3"),
        ("policy = 1\n\n[x]\nlimit = " + "9" * 5_000, "line 4"),
        ('{"policy":\n' + "9" * 5_000 + "}", "line 2"),
        ('{"policy": 1,\n "title": "x"\n "appeals": 1}', "line 3"),
        ('{"policy": 1, "appeals": {"window": "1d", "window": "2d"}}', "appeals.window"),
        ('{"policy": NaN}', "policy"),
        ('{"policy": 1e999}', "policy"),
        ("policy = inf", "policy"),
        ("policy = 2017-11-02", "policy"),
    ],
)
def test_a_slip_of_the_pen_is_named(text, where):
    """
    What is written twice, left open or no value of both syntaxes is told with its place.
    """
    assert where == refused(text).where


def test_a_slip_in_a_name_is_answered_with_the_closest_one():
    """
    A rule or a measure that is not known was most likely another one.
    """
    rule = refused({"policy": 1, "safeguards": [{"rule": "two-persn"}]})
    measure = refused({"policy": 1, "safeguards": [{"rule": "last-day", "measures": ["suspnd"]}]})

    assert "the rule 'two-persn' is unknown; the closest one is 'two-person'" == rule.message
    assert "the measure 'suspnd' is unknown; the closest one is 'suspend'" == measure.message
    assert "one of " + ", ".join(RULES) == rule.expected


HOLD = {"policy": 1, "safeguards": [{"rule": "last-day", "measures": ["hold"]}]}


def test_a_measure_of_a_service_may_be_named():
    """
    What is not built in is known where it is registered.
    """
    extended_by = BUILT_IN.extended([Measure(name="hold", inverse="release")])

    assert "safeguards[0].measures[0]" == refused(HOLD).where
    (safeguard,) = read(HOLD, measures=extended_by).safeguards
    assert frozenset({"hold"}) == safeguard.concern.measures


@given(documents(), considered())
def test_what_was_adopted_stays_readable(document, judged):
    """
    A policy is asked as it was adopted, also where its measures are not known any more.
    """
    text, syntax = written(document)
    with_none = Vocabulary([])
    named = any("measures" in each for each in document.get("safeguards", ()))

    adopted = policy(text, syntax, "default@7", ("own-account",), RULES)

    assert adopted_names(read(document)) == tuple(each.name for each in adopted.safeguards)
    assert ("default@7", ("own-account",)) == (adopted.version, adopted.not_adopted)
    assert {"default@7"} >= {said.policy for said in evaluate(adopted, judged).verdicts}
    if named:
        assert ".measures[" in (refused(document, measures=with_none).where or "")


CURFEW = {"rule": "curfew", "name": "at night", "tiers": ["press"], "from": 22, "days": ["Sunday"]}


def curfew(judged: Any, parameters: Any) -> str | None:
    """
    Stop acts from an hour of the day on.
    """
    return f"after {parameters['from']}" if judged.now.hour >= parameters["from"] else None


def test_a_rule_of_a_service_has_what_stands_beside_the_common_fields():
    """
    The parameters of a rule that the ledger does not know are the service's own affair.
    """
    seen: list[dict[str, Any]] = []
    rule = Rule("curfew", lambda _, parameters: seen.append(dict(parameters)))
    document = {"policy": 1, "safeguards": [CURFEW]}

    adopted = policy(*written(document), "default@1", (), extended([rule]))
    evaluate(adopted, act(tier="press"))
    evaluate(adopted, act())

    assert [{"from": 22, "days": ["Sunday"]}] == seen
    assert ("at night",) == adopted_names(read(document, rules=extended([rule])))


def test_a_rule_that_is_not_registered_any_more_is_named():
    """
    A policy whose rule a process does not know cannot be asked there, and the rule is told.
    """
    text, syntax = written({"policy": 1, "safeguards": [{"rule": "last-day"}, CURFEW]})

    assert policy(text, syntax, "default@3", (), extended([Rule("curfew", curfew)])).safeguards
    with pytest.raises(Unavailable, match=r"'default@3'.*safeguards\[1\].rule.*'curfew'"):
        policy(text, syntax, "default@3", (), RULES)


def test_a_newer_form_is_not_misread():
    """
    A document of a form to come is refused today, and not available where it was adopted.
    """
    assert "policy" == refused({"policy": 2}).where
    with pytest.raises(Unavailable, match="cannot be asked here"):
        policy('{"policy": 2}', Syntax.JSON, "default@1", (), RULES)
