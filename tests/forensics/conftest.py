"""
The case that the ledger was born from, told to a ledger in memory as it happened.
"""

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from ledger import Ledger
from tests.conftest import ACCOUNT, HandSetClock

# When each was stated and recorded, by whom, as what and from which source.
FINDINGS = [
    ("2017-11-03T00:05:00Z", "comms", "error", "company statement"),
    ("2017-11-03T02:00:00Z", "comms", "deliberate", "company statement"),
    ("2017-11-03T15:00:00Z", "press", "deliberate", "newspaper"),
    ("2017-11-29T12:00:00Z", "press", "error", "interview"),
    ("2017-12-12T12:00:00Z", "press", "error", "interview"),
]


@attrs.frozen
class Case:
    """
    The eleven minutes: the ledger that knows them, its clock, and the ids that it gave.
    """

    ledger: Ledger
    clock: HandSetClock
    report: str
    action: str
    reversal: str
    findings: tuple[str, ...]


@pytest.fixture
def case(clock: HandSetClock) -> Iterator[Case]:
    """
    Return the case with all that was found, on 13 December.
    """
    clock.set("2017-07-24T09:00:00Z")
    with Ledger.create("memory:", clock=clock) as ledger:
        enrol(ledger)
        clock.set("2017-11-02T22:00:00Z")
        report = ledger.file_report(ACCOUNT, category="impersonation", source="user")
        clock.set("2017-11-02T22:10:00Z")
        action = ledger.act(
            "deactivate",
            ACCOUNT,
            by="op-417",
            because_of=[report],
            reason="parody account",
            effective_at="2017-11-02T22:52:00Z",
            session="s-17",
        )
        clock.set("2017-11-02T23:03:00Z")
        reversal = ledger.reverse(action, by="op-7", reason="error", session="s-18")
        findings: list[str] = []
        for stated_at, by, cause, source in FINDINGS:
            clock.set(stated_at)
            told: dict[str, Any] = {
                "cause": cause,
                "by": by,
                "source": source,
                "statement": "as told",
            }
            if by == "comms" and findings:
                findings.append(ledger.revise_finding(findings[-1], **told))
            else:
                findings.append(ledger.assert_finding(action, **told))
        clock.set("2017-12-13T09:00:00Z")
        yield Case(ledger, clock, report, action, reversal, tuple(findings))


def enrol(ledger: Ledger) -> None:
    """
    Enrol the people of the case, and protect the account.
    """
    ledger.enrol_operator("op-1", kind="human", roles=["admin"])
    ledger.enrol_operator("op-7", kind="human", roles=["trust-and-safety"])
    ledger.enrol_operator("comms", kind="human")
    ledger.enrol_operator("press", kind="service")
    ledger.enrol_operator(
        "op-417",
        kind="human",
        contract="contractor",
        vendor="Acme Support",
        roles=["support"],
        leaves_at="2017-11-02T23:00:00Z",
    )
    ledger.protect_account(ACCOUNT, tier="head-of-state", by="op-1", reason="public office")
