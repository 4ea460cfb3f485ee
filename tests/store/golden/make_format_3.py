"""
Tells a ledger of format 3 once, and writes beside it what it answers.

Format 3 added the tables of tiles and of sealed payloads; what is told is the story of the stored
ledger of schema 2, and notes until a tile is full. `format-3.db` and `format-3.json` are what this
wrote. A stored ledger opens for ever, so they are made again only while format 3 itself is still
being made: run it as ``python -m tests.store.golden.make_format_3``.
"""

import json
from typing import Any

from ledger import Ledger
from ledger.proofs.tile import TILE_WIDTH
from tests.store.golden.make_format_1 import HERE, Clock
from tests.store.golden.make_format_1_schema_2 import answers as all_answers
from tests.store.golden.make_format_1_schema_2 import tell

DATABASE = HERE / "format-3.db"
ANSWERS = HERE / "format-3.json"
_POSITIONS_APART = 16


def answers(ledger: Ledger) -> dict[str, Any]:
    """
    Return what it answers, of what was known only some.
    """
    answered = all_answers(ledger)
    return {**answered, "known": answered["known"][::_POSITIONS_APART]}


if __name__ == "__main__":
    for path in (DATABASE, ANSWERS):
        path.unlink(missing_ok=True)
    fixed = Clock()
    origin = "ledger.example/format-3"
    with Ledger.create(f"sqlite:///{DATABASE}", clock=fixed, origin=origin) as told:
        tell(told, fixed)
        while told.status().entries <= TILE_WIDTH:
            told.note("elsewhere", "seen", by="op-7")
        ANSWERS.write_text(json.dumps(answers(told), sort_keys=True) + "\n", "utf-8")
