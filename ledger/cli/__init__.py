"""
The command line: tables for people, JSON for programs.
"""

import os
import sys
from types import TracebackType
from typing import Final

from ledger.cli.verbs import COMPLETION_VARIABLE, help_page

# An error in the ledger itself: EX_SOFTWARE of sysexits.h.
CRASHED: Final = 70


def main() -> int:
    """
    Run the command line of this process and return the exit code; a closed pipe is no error.
    """
    sys.excepthook = _crashed
    try:
        code = _answered(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough: what is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _crashed(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """
    Show an error that nobody foresaw and leave with a code that says nothing of any evidence.

    Python would leave with 1, which here means that evidence was tampered with.
    """
    sys.__excepthook__(kind, error, traceback)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(CRASHED)


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
