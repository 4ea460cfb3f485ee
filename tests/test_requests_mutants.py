"""
The state machine of requests can fail: each fault that is seeded into their rules is caught.

A fault is put in by replacing functions. Where one of them is gone, putting it in fails; where
it no longer decides anything, the machine finds nothing and the test fails.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.moderation.decisions import request as requests
from ledger.moderation.decisions import withdrawal
from ledger.moderation.request import Approval, Request
from ledger.moderation.safeguards import Policy
from tests.machine import run
from tests.requests_machine import Requests

EXAMPLES = 45
STEPS = 40

# Where a check of the machine fails, and nothing else does.
CHECKS = {"requests_machine.py", "requests_agreement.py", "requests_audit.py"}

Fault = Callable[..., Any]


def nothing(*_given: object, **_named: object) -> None:
    """
    Do and find nothing.
    """


def always(*_given: object) -> bool:
    """
    Return that it is so.
    """
    return True


def no_needs(*_given: object) -> tuple[()]:
    """
    Return that nothing is needed.
    """
    return ()


def all_that_count(request: Request, now: Any, *, last: Approval) -> tuple[Approval, ...]:
    """
    Return the approvals that count now, those of whoever answers for the request included.
    """
    latest = {known.operator: known for known in (*request.approvals, last) if known.counts(now)}
    return tuple(latest.values())


def each_by_itself(needs: Any, approvals: Any, _at: object) -> tuple[Any, ...]:
    """
    Return what is needed still when one approval serves every need that it fits.
    """
    return tuple(
        need
        for need in needs
        if sum(need.role is None or need.role in known.roles for known in approvals)
        < need.approvals
    )


def as_recorded(request: Request, _at: object) -> Any:
    """
    Return where a request stands by its entries alone, as if none ever lapsed.
    """
    return request.recorded


def as_found(found: Any, *_given: object) -> Any:
    """
    Return what authority said, no safeguard asked.
    """
    return found


# What is replaced: where it is looked up, its name, and what takes its place.
FAULTS: dict[str, tuple[object, str, Fault]] = {
    "one's own approval let through": (requests, "_own", nothing),
    "approval of the keeper counted": (requests, "counting", all_that_count),
    "approval counted twice": (requests, "missing", each_by_itself),
    "approval given again": (requests, "_assert_first", nothing),
    "lapsed approval counted": (Approval, "counts", always),
    "approvals never lapse": (Policy, "approval_lasts", nothing),
    "requests never lapse": (Request, "state", as_recorded),
    "approvals of the policy forgotten": (Policy, "needs", no_needs),
    "safeguards not asked again": (requests, "safeguarded", as_found),
    "slot not looked at again": (requests, "_assert_still_possible", nothing),
    "withdrawn after its effect": (withdrawal, "assert_pending", nothing),
    "denied after its effect": (requests, "assert_pending", nothing),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_machine_of_requests_catches(name, monkeypatch):
    """
    With the fault in, the ledger and the model, or the audit, disagree at some step.
    """
    owner, replaced, fault = FAULTS[name]
    assert hasattr(owner, replaced)
    monkeypatch.setattr(owner, replaced, fault)

    with pytest.raises(AssertionError) as caught:
        run(Requests, examples=EXAMPLES, steps=STEPS)

    assert Path(caught.traceback[-1].path).name in CHECKS
