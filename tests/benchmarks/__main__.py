"""
Run the benches and print what they found:
``python -m tests.benchmarks [--json] [--only B1,B4] [--engine sqlite,postgres] [--size full]``.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.measurement import as_json, table
from tests.benchmarks.scale import SCALES
from tests.benchmarks.sites import ENGINES, on_disk
from tests.benchmarks.suite import BENCHES, run


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Run what the command line asks for and print it.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--only", default=",".join(BENCHES), help="such as B1,B4")
    parser.add_argument("--engine", default=",".join(ENGINES), help="sqlite, postgres or both")
    parser.add_argument("--size", choices=SCALES, default="small", help="how much is measured")
    parser.add_argument("--folder", type=Path, help="where the ledgers are; a disk if omitted")
    asked = parser.parse_args(arguments)
    names, engines = asked.only.split(","), asked.engine.split(",")
    for given, what, known in ((names, "bench", BENCHES), (engines, "engine", ENGINES)):
        if unknown := [name for name in given if name not in known]:
            parser.error(f"there is no {what} {unknown[0]}; there are {', '.join(known)}")
    found = run(names, engines, SCALES[asked.size], asked.folder or on_disk())
    print(as_json(found) if asked.json else table(found))


if __name__ == "__main__":
    main()
