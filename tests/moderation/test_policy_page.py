"""
The page about policies says what the code says.
"""

import re
import tomllib
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

import ledger.moderation
from ledger import Ledger
from ledger.moderation.events import KINDS
from ledger.moderation.moment import moment
from ledger.moderation.parameters import Asked, Form
from ledger.moderation.policy_document import parsed, written
from ledger.moderation.request import ALLOWED, NEXT, RequestState
from ledger.moderation.rules import RULES
from ledger.moderation.safeguards import evaluate
from ledger.moderation.vocabulary import BUILT_IN
from tests.moderation.acts import NOON, act
from tests.moderation.rule_words import Field, fields, meaning
from tests.strategies.policies import ready

PAGE = Path(ledger.moderation.__file__).with_name("POLICY.md")
EXAMPLE = Path(__file__).parents[2] / "examples" / "policies" / "heads_of_state.toml"


def line(field: Field) -> str:
    """
    Return what the page says of a field and those within it.
    """
    note = " (needed)" if field.needed else f" (else `{field.default}`)" if field.default else ""
    inner = "".join(f" {line(within)}" for within in field.inner)
    return f"`{field.name}`{note}: {field.meaning}{inner}"


def own_fields(rule: str) -> tuple[Field, ...]:
    """
    Return the fields of a rule's safeguards beside those that all have.
    """
    struct = RULES[rule].parameters
    assert struct is not None
    return tuple(field for field in fields(struct) if field not in fields(Asked))


def document_list() -> str:
    """
    Return the list of what a document may say.
    """
    return "".join(f"- {line(field)}\n" for field in fields(Form))


def common_list() -> str:
    """
    Return the list of what every safeguard may say.
    """
    return "".join(f"- {line(field)}\n" for field in fields(Asked))


def rules_table() -> str:
    """
    Return the table of the rules built in.
    """
    head = ("rule", "stops", "reversals too", "parameters")
    rows = [head, ("---",) * len(head), *(rule_row(rule) for rule in RULES)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def rule_row(rule: str) -> tuple[str, ...]:
    """
    Return the cells of one rule.
    """
    return (
        f"`{rule}`",
        meaning(rule).removeprefix("Stop "),
        "where named" if RULES[rule].of_reversals else "",
        "<br>".join(line(field) for field in own_fields(rule)),
    )


def state_diagram() -> str:
    """
    Return what becomes of a request, as a diagram: one arrow for each entry that changes it.
    """
    arrows = [f"[*] --> {RequestState.PENDING}: act_requested"]
    for (state, event), after in NEXT.items():
        arrows.append(f"{state} --> {after}: {kind_of_class(event)}")
    reached = {*NEXT.values(), RequestState.PENDING}
    arrows += [
        f"{RequestState.PENDING} --> {state}: no entry, its time is over"
        for state in RequestState
        if state not in reached
    ]
    left = {state for state, _ in NEXT}
    arrows += [f"{state} --> [*]" for state in RequestState if state not in left]
    lines = "".join(f"    {arrow}\n" for arrow in arrows)
    return f"```mermaid\nstateDiagram-v2\n{lines}```\n"


def kind_of_class(event: type) -> str:
    """
    Return the wire name of an event's class, without what it is about.
    """
    (kind,) = (kind for kind, cls in KINDS.items() if cls is event)
    return kind.partition(".")[2]


def allowed_table() -> str:
    """
    Return the table of what may be decided about a request.
    """
    rows = [("state", "commands"), ("---", "---")]
    for state, commands in ALLOWED.items():
        rows.append((f"`{state}`", ", ".join(f"`{name}`" for name in sorted(commands))))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


PARTS = {
    "document": document_list,
    "common": common_list,
    "rules": rules_table,
    "states": state_diagram,
    "allowed": allowed_table,
}


def part(name: str) -> str:
    """
    Return the paragraph of the page behind the mark *name*.
    """
    (found,) = re.findall(rf"<!-- {name} -->\n\n(.+?\n)\n", PAGE.read_text("utf-8"), re.DOTALL)
    return str(found)


@pytest.mark.parametrize("name", PARTS)
def test_the_page_has_each_part_as_the_code_has_it(name):
    """
    The rules, fields and states that people read are those that decide.
    """
    assert PARTS[name]() == part(name)


def test_every_state_of_a_request_is_in_the_diagram_and_the_table():
    """
    No state is drawn that is not there, and none is left out.
    """
    drawn = set(re.findall(r"^    (\w+) -->", part("states"), re.MULTILINE))

    assert set(RequestState) == drawn == ALLOWED.keys()


def test_the_document_of_the_page_may_be_adopted():
    """
    Who begins with the document of the page has a policy.
    """
    (toml,) = re.findall(r"```toml\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)

    document = parsed(*written(toml), RULES, BUILT_IN)

    assert ["heads of state need two", "last-day"] == [each.name for each in document.safeguards]


def test_the_rule_of_the_page_is_asked():
    """
    A service that does as the page says has its rule in force, and the rule decides.
    """
    document = Sybil([PythonCodeBlockParser()]).parse(PAGE)
    for example in document.examples():
        example.evaluate()

    opened: Ledger = document.namespace["ledger"]
    with opened:
        assert "policy.adopted" in [entry.kind for entry in opened.entries()]
    office_hours, hours = document.namespace["office_hours"], {"from": 9, "until": 17}
    assert office_hours(act(), hours) is None
    assert "it is 17 o'clock" == office_hours(act(now=NOON.replace(hour=17)), hours)


def test_the_links_of_the_page_lead_somewhere():
    """
    No link of the page is dead, and the schema that it speaks of is beside it.
    """
    links = [*re.findall(r"\]\(([^)]+)\)", PAGE.read_text("utf-8")), "policy.schema.json"]

    assert [] == [link for link in links if not (PAGE.parent / link).exists()]


def test_the_example_names_the_schema():
    """
    An editor that opens the example finds the schema from its first line.
    """
    (schema,) = re.findall(r"\A#:schema (\S+)\n", EXAMPLE.read_text("utf-8"))

    assert PAGE.with_name("policy.schema.json") == (EXAMPLE.parent / schema).resolve()


def test_the_example_would_have_stopped_the_eleven_minutes():
    """
    The deactivation of the case lacks two approvals, comes on the last day, and at once.
    """
    told = tomllib.loads(EXAMPLE.read_text("utf-8"))
    judged = act(
        measure="deactivate",
        tier="head-of-state",
        operator="op-417",
        reason="looks like a parody",
        roles=("support",),
        contract="contractor",
        leaves_at=moment("2017-11-02T23:00:00Z", "leaves_at"),
        last_day=True,
        now=moment("2017-11-02T22:10:00Z", "now"),
        asked_at=moment("2017-11-02T22:10:00Z", "asked_at"),
        effective_at=moment("2017-11-02T22:15:00Z", "effective_at"),
    )

    said = evaluate(ready(told), judged)

    assert [
        "heads of state need two",
        "nobody on the last day",
        "trained for protected accounts",
        "ten minutes to think",
    ] == [verdict.name for verdict, _ in said.stops]


def test_the_example_lets_the_reversal_pass():
    """
    Nothing in it stands in the way of bringing the account back.
    """
    told = tomllib.loads(EXAMPLE.read_text("utf-8"))
    judged = act(measure="reactivate", reversal=True, tier="head-of-state", operator="op-7")

    assert () == evaluate(ready(told), judged).stops
