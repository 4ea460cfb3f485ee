"""
The page about the vocabulary says what the code says.
"""

import re
from pathlib import Path

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

import ledger.moderation
from ledger import Effect, Ledger, Measure
from ledger.moderation.vocabulary import BUILT_IN

PAGE = Path(ledger.moderation.__file__).with_name("VOCABULARY.md")
NONE = "—"


def measures_table() -> str:
    """
    Return the table of the measures built in.
    """
    head = ("measure", "inverse", "effect", "severity", "holding", "scope")
    rows = [head, ("---",) * len(head), *(measure_row(measure) for measure in BUILT_IN)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def measure_row(measure: Measure) -> tuple[str, ...]:
    """
    Return the cells of one measure.
    """
    return (
        f"`{measure.name}`",
        f"`{measure.inverse}`" if measure.inverse else NONE,
        measure.effect or NONE,
        measure.severity,
        measure.holding,
        "needed" if measure.needs_scope else "",
    )


def effects_line() -> str:
    """
    Return the effects from best to worst.
    """
    return f"{' < '.join(f'`{effect}`' for effect in Effect)}.\n"


def part(name: str) -> str:
    """
    Return the paragraph of the page behind the mark *name*.
    """
    (found,) = re.findall(rf"<!-- {name} -->\n\n(.+?\n)\n", PAGE.read_text("utf-8"), re.DOTALL)
    return str(found)


def test_the_page_has_every_measure_as_the_code_has_it() -> None:
    """
    The table of measures that people read is the one that decides.
    """
    assert measures_table() == part("measures")


def test_the_page_has_the_effects_in_their_order() -> None:
    """
    The order of standings that people read is the one that answers.
    """
    assert effects_line() == part("effects")


def test_the_example_of_the_page_registers_a_measure_that_holds() -> None:
    """
    A service that does as the page says can use its own measure and reverse it.
    """
    document = Sybil([PythonCodeBlockParser()]).parse(PAGE)
    for example in document.examples():
        example.evaluate()

    opened: Ledger = document.namespace["ledger"]
    with opened:
        opened.enrol_operator("op-7", kind="human")
        opened.act("quarantine", "a", by="op-7", because_of="own-initiative", reason="spam")
        assert Effect.LIMITED is opened.standing("a").standing
