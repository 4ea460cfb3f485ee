"""
Tells a ledger of format 1 with entries of schema 2, and writes beside it what it answers.

Schema 2 added requests and policies and what comes of them, and fields to older events; everything
that it added is told once. `format-1-schema-2.db` and `format-1-schema-2.json` are what this wrote.
A stored ledger opens for ever, so they are made again only while schema 2 itself is still being
made: run it as ``python -m tests.store.golden.make_format_1_schema_2``.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ledger import Ledger, Refused
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.events.operator import OperatorOffboarded
from ledger.moderation.events.policy import PolicyAdopted
from tests.store.golden.make_format_1 import ACCOUNT, AWKWARD, HERE, Clock
from tests.store.golden.make_format_1 import answers as answers_of_format_1

DATABASE = HERE / "format-1-schema-2.db"
ANSWERS = HERE / "format-1-schema-2.json"

ADMIN = "op-1"
STAFF = ("op-7", "op-9", "op-11")
POLICY = """
policy = 1
title = "Two for heads of state, \\"two\\""

[break_glass]
roles = ["admin"]

[appeals]
window = "30d"

[requests]
lasts = "24h"

[[safeguards]]
name = "heads of state need two"
rule = "two-person"
tiers = ["head-of-state"]
approvals = [{ approvals = 1, role = "lead" }, { approvals = 1 }]
approval_lasts = "2h"

[[safeguards]]
rule = "rate-limit"
limit = 3
window = "1h"

[[safeguards]]
rule = "reason-required"
"""
OWN: dict[str, Any] = {"because_of": "own-initiative", "reason": "spam"}


def tell(ledger: Ledger, clock: Clock) -> None:
    """
    Let everything happen once that schema 2 can record and schema 1 could not.
    """
    clock.set("2017-11-01T09:00")
    enrol(ledger)
    clock.set("2017-11-02T22:00")
    reports = [
        ledger.file_report(ACCOUNT, category="impersonation", source="user", external_id=AWKWARD),
        ledger.file_report(ACCOUNT, category="unheard-of", source="user", report="r-2"),
    ]
    ledger.resolve_report("r-2", outcome="duplicate", duplicate_of=reports[0], by="op-7")
    ledger.reopen_report("r-2", by="op-7", reason="another matter")
    ledger.resolve_report("r-2", outcome="invalid", by="op-7")
    refused(
        lambda: ledger.act("deactivate", ACCOUNT, by="op-7", **{**OWN, "because_of": reports}),
        lambda: ledger.adopt_policy(POLICY, by="op-7"),
    )
    granted(ledger, clock, reports[0])
    ended(ledger, clock)
    undone(ledger, clock)
    left(ledger, clock)


def enrol(ledger: Ledger) -> None:
    """
    Enrol the staff, mark trainings, protect an account and adopt a policy twice.
    """
    ledger.enrol_operator(ADMIN, kind="human", roles={"admin"})
    for operator in STAFF:
        ledger.enrol_operator(operator, kind="human", roles={"lead"} if operator == "op-9" else {})
    ledger.mark_training("op-7", "appeals", by=ADMIN, expires_at="2018-11-01T00:00:00Z")
    ledger.mark_training("op-7", "minors", by=ADMIN, reason="course 17")
    ledger.revoke_training("op-7", "minors", by=ADMIN, reason="out of date")
    ledger.protect_account(ACCOUNT, tier="head-of-state", by=ADMIN, reason="public office")
    ledger.adopt_policy({"policy": 1, "safeguards": [{"rule": "reason-required"}]}, by=ADMIN)
    ledger.adopt_policy(POLICY, by=ADMIN, on_behalf_of=["council", "court"])


def refused(*attempts: Callable[[], str]) -> None:
    """
    Let what is told be tried, and stopped.
    """
    for attempt in attempts:
        try:
            attempt()
        except Refused as refusal:
            assert refusal.recorded  # noqa: PT017, it is told, not tested


def granted(ledger: Ledger, clock: Clock, report: str) -> None:
    """
    Let a request be handed over, approved and granted, and its act be appealed against.
    """
    ledger.request(
        "deactivate",
        ACCOUNT,
        by="op-11",
        because_of=[report],
        closes=[report],
        reason="parody account",
        effective_at="2017-11-02T22:52:00Z",
        request="w-1",
        action="a-1",
        request_id="q-1",
    )
    ledger.hand_over("w-1", to="op-7", by=ADMIN, reason="end of shift")
    clock.set("2017-11-02T22:10")
    ledger.approve("w-1", by=ADMIN)
    clock.set("2017-11-02T22:20")
    ledger.approve("w-1", by="op-9", session="s-1")
    clock.set("2017-11-02T23:00")
    ledger.notify("a-1", channel="mail", delivered_at=clock.now, text_hash="sha256:0", by="op-7")
    ledger.file_appeal("a-1", by=AWKWARD, statement="it is me", appeal="p-1")
    clock.set("2017-11-02T23:03")
    refused(lambda: ledger.decide_appeal("p-1", outcome="upheld", by="op-9", reason="my own"))
    ledger.enrol_operator("op-12", kind="human")
    ledger.decide_appeal("p-1", outcome="overturned", by="op-12", reason="no parody")
    finding = ledger.assert_finding(
        "a-1", cause="error", by="op-7", source="s", statement="t", evidence="sha256:1"
    )
    ledger.revise_finding(
        finding, cause="deliberate", by="op-7", source="s", statement="u", evidence="sha256:2"
    )


def ended(ledger: Ledger, clock: Clock) -> None:
    """
    Let requests end in every other way, and a glass be broken.
    """
    clock.set("2017-11-03T09:00")
    for number, ending in enumerate((ledger.deny, ledger.withdraw), start=2):
        ledger.request("suspend", AWKWARD, by="op-11", request=f"w-{number}", **OWN)
        ending(f"w-{number}", by="op-9", reason="no spam")
    ledger.request("lock", AWKWARD, by="op-11", request="w-4", **OWN, lapses_at=clock_at(clock, 10))
    late = ledger.request(
        "limit", AWKWARD, by="op-11", request="w-5", **OWN, effective_at=clock_at(clock, 12)
    )
    ledger.approve(late, by="op-9")
    ledger.deny(late, by=ADMIN, reason="on second thoughts")
    broken = ledger.act("suspend", ACCOUNT, by=ADMIN, **OWN, override="he is being attacked")
    ledger.review_override(broken, outcome="unjustified", by="op-9", reason="he was not")


def clock_at(clock: Clock, hour: int) -> datetime:
    """
    Return that hour of the clock's day.
    """
    return clock.now.replace(hour=hour)


def undone(ledger: Ledger, clock: Clock) -> None:
    """
    Undo what an operator did, and undo that.
    """
    clock.set("2017-11-04T09:00")
    for measure in ("suspend", "issue_strike"):
        ledger.act(measure, "c", by="op-7", **OWN)
    clock.set("2017-11-04T10:00")
    undo = ledger.undo(ledger.plan_undo(operators=["op-7"]), by=ADMIN, reason="compromised")
    clock.set("2017-11-04T11:00")
    ledger.undo(ledger.plan_undo(undo=undo), by=ADMIN, reason="he was not")


def left(ledger: Ledger, clock: Clock) -> None:
    """
    Offboard an operator of whom three things are pending, each with a fate of its own.
    """
    clock.set("2017-11-05T09:00")
    later = clock_at(clock, 20)
    ledger.act("warn", "d", by="op-11", effective_at=later, action="a-2", **OWN)
    ledger.act("warn", "e", by="op-11", effective_at=later, action="a-3", **OWN)
    ledger.request("warn", "f", by="op-11", request="w-6", **OWN)
    dispositions = {"a-3": "withdraw", "w-6": "hand-over:op-9"}
    ledger.offboard_operator("op-11", by=ADMIN, reason="moved", dispositions=dispositions)


def answers(ledger: Ledger) -> dict[str, Any]:
    """
    Return what a ledger of format 1 answers, and what schema 2 says beside.
    """
    entries = list(ledger.entries())
    names = [entry.stream for entry in entries if entry.stream.startswith("account/")]
    found = [ledger.account(name.partition("/")[2]) for name in dict.fromkeys(names)]
    events = [entry.event for entry in entries]
    taken = [event for event in events if isinstance(event, ActionTaken)]
    return answers_of_format_1(ledger) | {
        "reports": [
            [known.report, known.external_id, known.taxonomy, known.outcome, known.action]
            for account in found
            for known in account.reports
        ],
        "requests": [
            [
                known.request.request,
                known.request.recorded,
                known.request.keeper,
                known.request.action,
                *(approval.operator for approval in known.request.approvals),
            ]
            for account in found
            for known in account.requests
        ],
        "appeals": [
            [
                known.appeal,
                known.state,
                known.filed.appellant,
                _text(known.filed.closes_at),
                known.decided.reversal if known.decided else None,
            ]
            for account in found
            for known in account.appeals
        ],
        "notices": [[known.action, known.text_hash] for a in found for known in a.notices],
        "acts": [
            [
                event.request,
                list(event.approved_by),
                event.tier,
                event.restores,
                *(f"{each.name} {each.policy} {each.outcome}" for each in event.verdicts),
            ]
            for event in taken
        ],
        "pending": [
            [known.id, known.disposition, known.to]
            for event in events
            if isinstance(event, OperatorOffboarded)
            for known in event.pending
        ],
        "policies": [
            [event.syntax, event.text, list(event.adopted)]
            for event in events
            if isinstance(event, PolicyAdopted)
        ],
        "trainings": ledger.operator("op-7", at="2017-11-02T00:00:00Z").authority.trainings,
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


if __name__ == "__main__":
    for path in (DATABASE, ANSWERS):
        path.unlink(missing_ok=True)
    fixed = Clock()
    origin = "ledger.example/format-1-schema-2"
    with Ledger.create(f"sqlite:///{DATABASE}", clock=fixed, origin=origin) as told:
        tell(told, fixed)
        ANSWERS.write_text(json.dumps(answers(told), sort_keys=True) + "\n", "utf-8")
