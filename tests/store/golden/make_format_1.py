"""
Tells a ledger of format 1 once, and writes beside it what it answers.

`format-1.db` and `format-1.json` are what this wrote. A stored ledger opens for ever, so they are
made again only while format 1 itself is still being made: run it as
``python -m tests.store.golden.make_format_1``.
"""

import csv
import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from ledger import Ledger, Refused, Restriction
from ledger.moderation.moment import moment

HERE = Path(__file__).parent
DATABASE = HERE / "format-1.db"
ANSWERS = HERE / "format-1.json"

ACCOUNT = "25073877"
AWKWARD = 'User:\U0001f984/"x":'
BLOCKED_UNTIL = "2017-07-02T00:00:00Z"
BLOCKS = [
    (
        "1",
        "User:Spam",
        "block",
        "Jan",
        "2017-07-01T00:00:00Z",
        "{'expiry': '2017-07-02T00:00:00Z'}",
    ),
    ("2", "User:Spam", "unblock", "Jan", "2017-07-03T00:00:00Z", "{}"),
    ("3", "User:Spam", "reblock", "Ada", "2017-07-04T00:00:00Z", "{}"),
    ("4", "User:Spam", "unblock", "Jan", "2017-07-04T00:11:30Z", "{}"),
]
FIELDS = ["account", "measure", "scope", "action", "effect", "from_", "until", "ended_by"]
FIELDS += ["opened_by", "closed_by", "opened_at_position", "closed_at_position", "known_from"]
FIELDS += ["known_until", "known_from_position", "known_until_position", "recorded_by"]
COLUMNS = ["logid", "ns", "title", "pageid", "logpage", "params", "type", "action", "user"]
COLUMNS += ["timestamp", "comment"]


class Clock:
    """
    A clock that is set by hand.
    """

    def __init__(self) -> None:
        self.now = moment("2017-07-24T08:00:00Z", "now")

    def __call__(self) -> datetime:
        """
        Return the time it was set to.
        """
        return self.now

    def set(self, text: str) -> None:
        """
        Set it to a time in UTC, "2017-11-02T22:10".
        """
        self.now = moment(f"{text}:00Z", "now")


def tell(ledger: Ledger, clock: Clock) -> None:
    """
    Let everything happen once that a ledger can record.
    """
    import_blocks(ledger)
    clock.set("2017-07-24T09:00")
    enrol(ledger)
    clock.set("2017-11-02T22:00")
    report = ledger.file_report(
        ACCOUNT, category="impersonation", source="user", report="r-1", reporter=AWKWARD
    )
    ledger.assign_report(report, to="op-417", by="op-1")
    clock.set("2017-11-02T22:10")
    action = ledger.act(
        "deactivate",
        ACCOUNT,
        by="op-417",
        because_of=[report],
        reason="parody account",
        requested_at="2017-11-02T22:09:30Z",
        effective_at="2017-11-02T22:52:00Z",
        action="a-1",
        request_id="q-1",
        session="s-17",
        on_behalf_of="queue-1",
        correlation_id="flow-1",
    )
    clock.set("2017-11-02T23:01")
    refused(ledger, action)
    clock.set("2017-11-02T23:03")
    reversal = ledger.reverse(action, by="op-7", reason="error")
    ledger.resolve_report(report, outcome="no-action", by="op-7", reason="no parody")
    clock.set("2017-11-03T00:05")
    told: dict[str, Any] = {
        "cause": "error",
        "by": "op-7",
        "source": "company",
        "statement": 'said "error":',
    }
    finding = ledger.assert_finding(action, **told, confidence=80)
    clock.set("2017-11-03T02:00")
    revised = ledger.revise_finding(finding, **{**told, "cause": "deliberate"})
    ledger.retract_finding(revised, by="op-7", reason="unconfirmed")
    ledger.reopen_report(report, by="op-7", reason="appealed")
    ledger.correct(reversal, by="op-1", operator="op-1", reason="shared screen")
    ledger.correct(action, by="op-1", effective_at="2017-11-02T22:53:00Z", reason="wrong clock")
    others(ledger, clock)


def import_blocks(ledger: Ledger) -> None:
    """
    Import the few lines of a block log, its anomalies included.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "2017-07.csv")
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for logid, title, action, user, at, params in BLOCKS:
                writer.writerow([logid, 2, title, 0, 0, params, "block", action, user, at, "spam"])
        ledger.import_history("block-log", path)


def enrol(ledger: Ledger) -> None:
    """
    Enrol the staff of the case, and change what can be changed of an operator.
    """
    ledger.enrol_operator("op-1", kind="human", roles={"admin", "support", "press"})
    for operator in ("op-7", "op-9"):
        ledger.enrol_operator(operator, kind="human")
    ledger.enrol_operator(
        "op-417",
        kind="human",
        contract="contractor",
        vendor="Acme Support",
        roles=["support"],
        leaves_at="2017-11-02T23:00:00Z",
        account="User:B",
        name="B.",
    )
    ledger.grant_role("op-9", "lead", by="op-1", reason="promoted")
    ledger.revoke_role("op-9", "lead", by="op-1", reason="moved")
    ledger.bar_operator("op-9", by="op-1", reason="under review")
    ledger.unbar_operator("op-9", by="op-1", reason="cleared")
    ledger.change_contract("op-9", by="op-1", vendor="Acme Support", reason="moved")
    ledger.offboard_operator("op-9", by="op-1", effective_at="2018-01-01T00:00:00Z")
    ledger.protect_account(ACCOUNT, tier="head-of-state", by="op-1", reason="public office")


def refused(ledger: Ledger, action: str) -> None:
    """
    Let the one who has left try to reverse his act, and an admin to promote himself.
    """
    for attempt in (
        lambda: ledger.reverse(action, by="op-417", reason="regret", request_id="q-2"),
        lambda: ledger.grant_role("op-1", "owner", by="op-1"),
    ):
        try:
            attempt()
        except Refused as refusal:
            assert refusal.recorded  # noqa: PT017, it is told, not tested


def others(ledger: Ledger, clock: Clock) -> None:
    """
    Restrict another account in every way that the first one was not.
    """
    clock.set("2017-11-04T09:00")
    act: dict[str, Any] = {"command": "act", "account": AWKWARD, "by": "op-7", "reason": "spam"}
    act["because_of"] = "own-initiative"
    ledger.record_many(
        [
            {**act, "measure": "suspend", "expires_at": "2017-11-05T09:00:00Z", "action": "a-2"},
            {**act, "measure": "restrict", "scope": "dm", "action": "a-3"},
            {**act, "measure": "revoke_credentials", "because_of": "order:17/4"},
        ]
    )
    clock.set("2017-11-04T10:00")
    ledger.amend("a-2", by="op-7", expires_at=None, reason="reviewed")
    later = ledger.reverse("a-2", by="op-7", reason="error", effective_at="2017-11-06T09:00:00Z")
    ledger.withdraw(later, by="op-7", reason="mistaken")
    deferred = {"because_of": "own-initiative", "reason": "spam", "by": "op-7"}
    mistaken = ledger.act("lock", AWKWARD, effective_at="2017-11-07T09:00:00Z", **deferred)
    ledger.withdraw(mistaken, by="op-7", reason="mistaken")
    ledger.act("suspend", AWKWARD, supersedes="a-2", **deferred)
    ledger.note(AWKWARD, 'a note that holds ":\nand \u2028', by="op-7")
    ledger.unprotect_account(ACCOUNT, by="op-1", reason="term ended")


def told_of(known: Restriction) -> list[object]:
    """
    Return one version of a restriction, times as text.
    """
    values = [getattr(known, name) for name in FIELDS]
    return [value.isoformat() if isinstance(value, datetime) else value for value in values]


def answers(ledger: Ledger) -> dict[str, Any]:
    """
    Return what a ledger answers: its size and root, its kinds, and what was known at each cut.
    """
    status = ledger.status()
    (log,) = status.logs
    cuts = range(log.size + 1)
    return {
        "format": status.settings.format,
        "origin": status.settings.origin,
        "size": log.size,
        "root": log.root.hex(),
        "kinds": [entry.kind for entry in ledger.entries()],
        "known": [
            [told_of(known) for known in ledger.restrictions(known_at={0: cut})] for cut in cuts
        ],
        "who": [
            [known.opened.by, known.opened.recorded_operator, known.closed and known.closed.by]
            for known in ledger.who(ACCOUNT)
        ],
        "standing": ledger.standing(ACCOUNT, at="2017-11-02T23:02:00Z").standing,
    }


if __name__ == "__main__":
    for path in (DATABASE, ANSWERS):
        path.unlink(missing_ok=True)
    fixed = Clock()
    origin = "ledger.example/format-1"
    with Ledger.create(f"sqlite:///{DATABASE}", clock=fixed, origin=origin) as told:
        tell(told, fixed)
        ANSWERS.write_text(json.dumps(answers(told), sort_keys=True) + "\n", "utf-8")
