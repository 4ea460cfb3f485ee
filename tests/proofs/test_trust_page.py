"""
The page about trust says what the attacks of the tests come to, and leaves none of them out.
"""

import ast
import re
from pathlib import Path

import ledger.proofs
from ledger.store.verification.finding import What
from tests.attacks import test_attacks

PAGE = Path(ledger.proofs.__file__).with_name("TRUST.md")
ATTACKS = Path(test_attacks.__file__).parent
NOTHING = "nothing"


def rows() -> list[tuple[str, str, str]]:
    """
    Return of each row of the table: the level, the finding, and what does it.
    """
    _, _, behind = PAGE.read_text("utf-8").partition("<!-- attacks -->\n\n")
    lines = behind.partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(level, found.strip("`"), tried.strip("`")) for _, _, level, found, tried in cells]


def functions() -> set[str]:
    """
    Return the names of the tests among the attacks.
    """
    return {
        node.name
        for file in ATTACKS.glob("test_*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_attack_of_the_table_is_tried():
    """
    By name, and with what it is found as.
    """
    named = {attack.do.__name__ for attack in test_attacks.ATTACKS}

    for level, found, tried in rows():
        assert tried in named | functions(), tried
        assert found in {*What, NOTHING}, found
        assert (found == NOTHING) == (level == "no level")


def test_every_attack_that_is_tried_is_in_the_table_at_its_level():
    """
    The page promises what the tests have seen.
    """
    table = {tried: (level, found) for level, found, tried in rows()}

    for attack in test_attacks.ATTACKS:
        expected = (f"level {attack.level}", attack.what.value)
        assert expected == table[attack.do.__name__], attack.do.__name__


def test_what_is_not_found_is_tried_too():
    """
    Each row that promises nothing has a test which shows that nothing is found.
    """
    uncaught = {tried for level, _, tried in rows() if level == "no level"}
    file = (ATTACKS / "test_uncaught.py").read_text("utf-8")

    assert uncaught
    assert uncaught <= set(re.findall(r"(?m)^def (test_\w+)", file))
