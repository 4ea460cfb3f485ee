"""
Run the benches and print what they found: ``python -m tests.benchmarks [--json] [--only B1,B4]``.
"""

import argparse
from collections.abc import Sequence

from tests.benchmarks.measurement import as_json, table
from tests.benchmarks.scale import SCALES
from tests.benchmarks.suite import BENCHES, run


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Run what the command line asks for and print it.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--only", default=",".join(BENCHES), help="such as B1,B4")
    parser.add_argument("--size", choices=SCALES, default="small", help="how much is measured")
    asked = parser.parse_args(arguments)
    names = asked.only.split(",")
    if unknown := [name for name in names if name not in BENCHES]:
        parser.error(f"there is no bench {unknown[0]}; there are {', '.join(BENCHES)}")
    found = run(names, SCALES[asked.size])
    print(as_json(found) if asked.json else table(found))


if __name__ == "__main__":
    main()
