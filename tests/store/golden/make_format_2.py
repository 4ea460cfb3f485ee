"""
Tells a ledger of format 2 once, and writes beside it what it answers.

Format 2 added the table of snapshots and the index by buckets; what is told is the story of the
stored ledger of schema 2. `format-2.db` and `format-2.json` are what this wrote. A stored ledger
opens for ever, so they are made again only while format 2 itself is still being made: run it as
``python -m tests.store.golden.make_format_2``.
"""

import json

from ledger import Ledger
from tests.store.golden.make_format_1 import HERE, Clock
from tests.store.golden.make_format_1_schema_2 import answers, tell

__all__ = ["ANSWERS", "DATABASE", "answers"]

DATABASE = HERE / "format-2.db"
ANSWERS = HERE / "format-2.json"


if __name__ == "__main__":
    for path in (DATABASE, ANSWERS):
        path.unlink(missing_ok=True)
    fixed = Clock()
    origin = "ledger.example/format-2"
    with Ledger.create(f"sqlite:///{DATABASE}", clock=fixed, origin=origin) as told:
        tell(told, fixed)
        ANSWERS.write_text(json.dumps(answers(told), sort_keys=True) + "\n", "utf-8")
