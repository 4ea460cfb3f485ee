"""
The ledger of the story, and what came after it: a policy, requests, an appeal, an override, a
wrong batch.

One command a minute, so that the ledger is the same every time but for the ids that it makes.
"""

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ledger import Ledger, Refused
from ledger.moderation.moment import moment

ACCOUNT = "25073877"
POLICY = """\
policy = 1
title = "Heads of state"

[break_glass]
roles = ["incident-lead"]

[[safeguards]]
name = "heads of state need two"
rule = "two-person"
measures = ["deactivate", "suspend", "terminate"]
tiers = ["head-of-state"]
approvals = [{ approvals = 1 }, { approvals = 1, role = "senior" }]

[[safeguards]]
rule = "last-day"

[[safeguards]]
rule = "cooling-off"
measures = ["lock"]
wait = "1h"
"""
LATER_POLICY = {
    "policy": 1,
    "title": "After the incident",
    "safeguards": [{"rule": "last-day"}, {"rule": "report-required"}],
}
FAR = "2099-01-01T00:00:00Z"
BATCH = {"command": "act", "by": "op-7", "because_of": "order:12", "reason": "spam"}
BATCH |= {"session": "s-9"}


def _enrolled(operator: str, *roles: str) -> Mapping[str, Any]:
    enrolled = {"command": "enrol_operator", "operator": operator, "kind": "human"}
    return {**enrolled, "roles": roles, "by": "op-1"}


def _asked(command: str, measure: str, **terms: Any) -> Mapping[str, Any]:
    asked = {"command": command, "measure": measure, "account": ACCOUNT, "by": "op-7"}
    return {**asked, "because_of": ["r-1"], "reason": "parody", **terms}


COMMANDS: tuple[Mapping[str, Any], ...] = (
    {"command": "adopt_policy", "policy": POLICY, "by": "op-1"},
    _enrolled("op-8", "incident-lead", "senior"),
    _enrolled("op-9"),
    {"command": "mark_training", "operator": "op-7", "training": "dsa", "by": "op-1"},
    {"command": "assign_report", "report": "r-1", "to": "support-1", "by": "op-1"},
    {"command": "assign_report", "report": "r-1", "to": "op-7", "by": "op-7"},
    _asked("act", "suspend", action="a-2"),
    _asked(
        "request",
        "suspend",
        request="q-1",
        action="a-2",
        closes=["r-1"],
        on_behalf_of=["op-1", "vendor-2"],
    ),
    {"command": "approve", "request": "q-1", "by": "op-8"},
    {"command": "approve", "request": "q-1", "by": "op-1"},
    _asked("request", "terminate", request="q-2", lapses_at=FAR),
    {"command": "hand_over", "id": "q-2", "to": "op-8", "by": "op-7", "reason": "end of shift"},
    {"command": "deny", "request": "q-2", "by": "op-1", "reason": "it is no parody"},
    _asked("request", "warn", request="q-3", effective_at=FAR, lapses_at=FAR),
    _asked("request", "warn", request="q-4"),
    {"command": "withdraw", "id": "q-4", "by": "op-7", "reason": "asked twice"},
    _asked("act", "issue_strike", action="a-4", expires_at="2018-07-08T00:00:00Z"),
    {
        "command": "notify",
        "action": "a-2",
        "channel": "mail",
        "delivered_at": "2018-01-08T09:15:00Z",
        "text_hash": "9f86d081884c7d65",
        "by": "op-7",
    },
    {
        "command": "file_appeal",
        "action": "a-2",
        "by": ACCOUNT,
        "appeal": "p-1",
        "statement": "it was no parody",
    },
    {
        "command": "decide_appeal",
        "appeal": "p-1",
        "outcome": "overturned",
        "by": "op-9",
        "reason": "it was not",
    },
    _asked("act", "suspend", action="a-5", by="op-8", override="the account is taken over"),
    {
        "command": "review_override",
        "action": "a-5",
        "outcome": "justified",
        "by": "op-1",
        "reason": "it was taken over",
    },
    {
        "command": "file_report",
        "account": ACCOUNT,
        "category": "spam",
        "source": "user",
        "report": "r-2",
        "external_id": "4711",
    },
    {
        "command": "resolve_report",
        "report": "r-2",
        "outcome": "duplicate",
        "duplicate_of": "r-1",
        "by": "op-7",
    },
    {**BATCH, "measure": "suspend", "account": "eve", "action": "b-1"},
    {**BATCH, "measure": "suspend", "account": "mallory", "action": "b-2"},
    {**BATCH, "measure": "warn", "account": "mallory", "action": "b-3", "effective_at": FAR},
    {**BATCH, "measure": "revoke_credentials", "account": "eve", "action": "b-4"},
    {"command": "reverse", "action": "b-2", "by": "op-1", "reason": "no spam"},
    {"command": "adopt_policy", "policy": LATER_POLICY, "by": "op-9"},
    {"command": "adopt_policy", "policy": LATER_POLICY, "by": "op-1"},
)
BEGAN = moment("2018-01-08T09:00:00Z", "clock")
MINUTE = timedelta(minutes=1)


def govern(told: Path, path: Path) -> list[Refused]:
    """
    Write the ledger of the story and what came after it to *path*, and return what was refused.
    """
    shutil.copy(told, path)
    shows = BEGAN

    def clock() -> datetime:
        return shows

    refusals = []
    with Ledger.open(f"sqlite:///{path}", clock=clock) as ledger:
        for command in COMMANDS:
            try:
                ledger.record_many([command])
            except Refused as error:
                refusals.append(error)
            shows += MINUTE
    return refusals
