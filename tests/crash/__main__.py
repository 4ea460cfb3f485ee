"""
Run the crash trials and print what each took: ``python -m tests.crash [--long] [--only NAME,…]``.

It ends with 1 if anything that was acknowledged is lost or broken, or if no fault of a trial fell
into a write, which would prove nothing.
"""

import argparse
import secrets
import sys
from collections.abc import Sequence

from tests.crash.place import Place
from tests.crash.suite import LONG, SHORT, TRIALS, run
from tests.crash.toll import table


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run what the command line asks for, print it, and return the exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--long", action="store_true", help="strike as often as a release needs")
    parser.add_argument("--only", default=",".join(TRIALS), help="such as writer-sqlite,power")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    asked = parser.parse_args(arguments)
    names = asked.only.split(",")
    if unknown := [name for name in names if name not in TRIALS]:
        parser.error(f"there is no trial {unknown[0]}; there are {', '.join(TRIALS)}")
    scale = LONG if asked.long else SHORT
    with Place() as place:
        tolls = [run(name, place, scale, asked.seed) for name in names]
    wrong = [
        f"{toll.trial}, {toll.engine}: {what}"
        for toll in tolls
        for what in [*(f"{request} is lost" for request in toll.lost), *toll.broken]
    ]
    sys.stdout.write("\n".join([f"seed {asked.seed}", "", table(tolls), *wrong, ""]))
    return 0 if all(toll.held and toll.in_a_write for toll in tolls) else 1


if __name__ == "__main__":
    sys.exit(main())
