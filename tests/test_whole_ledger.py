"""
The whole ledger against the plain model, under programs that nobody wrote.

With LEDGER_MACHINE_EXAMPLES=5000 that many new programs are tried instead of the usual ones. What
is found is shrunk then, which takes minutes: `pytest -o faulthandler_timeout=0`.
"""

import os

import pytest
from hypothesis import Phase

from tests.machine import InMemory, InSevenLogs, WholeLedger, run

EXAMPLES = 60
STEPS = 40
SEARCH = os.environ.get("LEDGER_MACHINE_EXAMPLES")


@pytest.mark.parametrize("machine", [WholeLedger, InMemory, InSevenLogs])
def test_the_ledger_agrees_with_the_model_after_every_step(machine):
    """
    Whatever is asked for, in whatever order: entries, head, tables and answers are as they must be.
    """
    if SEARCH is None:
        run(machine, examples=EXAMPLES, steps=STEPS)
    else:
        run(machine, examples=int(SEARCH), steps=STEPS, derandomize=False, phases=list(Phase))
