"""
Fuzz the parsers of the proofs: ``python -m tests.fuzz [--seconds N] [PARSER…]``.

Each parser runs in a process of its own under atheris, which looks for bytes that reach new lines
of it. The process ends with an error, and prints the bytes, as soon as a parser fails other than by
`Malformed` or accepts a second spelling.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from tests.fuzz.parsers import PARSERS


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Fuzz what the command line asks for, and return the exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help="; ".join(PARSERS))
    parser.add_argument("--seconds", type=int, default=20, help="for each parser")
    asked = parser.parse_args(arguments)
    names = asked.parsers or list(PARSERS)
    if unknown := [name for name in names if name not in PARSERS]:
        parser.error(f"there is no parser {unknown[0]}; there are {', '.join(PARSERS)}")
    failed = [name for name in names if not held(name, asked.seconds)]
    sys.stdout.write(f"{', '.join(failed)} did not hold\n" if failed else "all of them held\n")
    return 1 if failed else 0


def held(name: str, seconds: int) -> bool:
    """
    Tell whether a parser held for so long, in a process of its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.target", name, str(seconds), folder],
            check=False,
            capture_output=True,
            text=True,
        )
    runs = [line for line in ended.stderr.splitlines() if "number_of_executed_units" in line]
    sys.stdout.write(f"{name}: {runs[0].split()[-1] if runs else 'no'} inputs\n")
    if ended.returncode:
        sys.stdout.write(ended.stdout + ended.stderr)
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
