"""
Requests, approvals, safeguards and deferred effects hold, whatever comes in between.

With LEDGER_MACHINE_EXAMPLES=5000 that many new programs are tried instead of the usual ones. What
is found is shrunk then, which takes minutes: `pytest -o faulthandler_timeout=0`.
"""

import os

import pytest
from hypothesis import Phase

from tests.machine import run
from tests.requests_machine import Requests, RequestsInAFile

EXAMPLES = {Requests: 45, RequestsInAFile: 10}
STEPS = 40
SEARCH = os.environ.get("LEDGER_MACHINE_EXAMPLES")


@pytest.mark.parametrize("machine", EXAMPLES)
def test_no_interleaving_lets_an_act_through(machine):
    """
    No effect without the approvals that its policies ask for, none counted twice, none of one's
    own, none lapsed; nothing in force that was cancelled; every refusal is the one expected.
    """
    if SEARCH is None:
        run(machine, examples=EXAMPLES[machine], steps=STEPS)
    else:
        run(machine, examples=int(SEARCH), steps=STEPS, derandomize=False, phases=list(Phase))
