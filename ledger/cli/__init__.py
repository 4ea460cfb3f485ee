"""
The command line: tables for people, JSON for programs.
"""

import os
import sys

from ledger.cli.verbs import COMPLETION_VARIABLE, help_page


def main() -> int:
    """
    Run the command line of this process and return the exit code; a closed pipe is no error.
    """
    try:
        code = _answered(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough: what is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _answered(arguments: list[str]) -> int:
    if arguments == ["--help"]:
        # The one page that needs no library.
        sys.stdout.write(help_page() + "\n")
        return 0
    from ledger.cli.shell import completed, run

    for stream in (sys.stdout, sys.stderr):
        # An id that the terminal cannot show is shown escaped.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    instruction = os.environ.get(COMPLETION_VARIABLE)
    return completed(instruction) if instruction else run(arguments)
