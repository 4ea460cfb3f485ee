"""
Every command as it is allowed at noon, and the history in which it is.
"""

from typing import Any

from ledger.moderation.commands import COMMANDS
from ledger.moderation.decisions import Decision
from ledger.moderation.events import KINDS, Outcome, Verdict
from ledger.moderation.events.account import (
    Cause,
    FindingAsserted,
    ReportFiled,
    ReportOutcome,
    ReportResolved,
)
from ledger.moderation.events.privacy import HoldPlaced, SubjectKind, Suppressed
from ledger.moderation.events.request import Need
from ledger.moderation.keys import KEYS_STREAM
from ledger.moderation.privacy import PRIVACY_STREAM
from ledger.moderation.privacy import fold as fold_privacy
from tests.moderation.by_hand import Line, act, appeal, ask, at, recorded, reverse
from tests.moderation.decisions.desk import decided as decided_at_the_desk
from tests.moderation.keys_samples import NEW, OLD

FILED = ReportFiled(report="r", category="spam", source="user", filed_at=at("00:00"))
CLOSED = ReportResolved(report="closed", outcome=ReportOutcome.ACTIONED)
OVERRIDDEN = Verdict(name="last-day", policy="default@1", outcome=Outcome.OVERRIDDEN)
CLAIM: dict[str, Any] = {"source": "press", "statement": "said so", "cause": "error"}
HISTORY: list[Line] = [
    ("01:00", FILED),
    ("01:00", ReportFiled(report="closed", category="spam", source="user", filed_at=at("00:00"))),
    ("01:10", CLOSED),
    ("02:00", act("held", expires_at=at("20:00"))),
    ("02:00", act("pending", "lock"), {"effective_at": "15:00"}),
    ("02:00", act("ending", "limit")),
    ("02:10", reverse("ending"), {"effective_at": "16:00"}),
    (
        "03:00",
        FindingAsserted(
            finding="f",
            action="held",
            cause=Cause.ERROR,
            source="press",
            statement="said so",
            stated_at=at("03:00"),
        ),
    ),
    ("04:00", act("urgent", "warn", verdicts=(OVERRIDDEN,)), {"operator": "bob"}),
    ("04:10", appeal("urgent")),
    (
        "05:00",
        ask(needs=(Need(safeguard="two-person", approvals=2),)),
        {"operator": "bob"},
    ),
]

# Of each command: a line that is allowed at noon, what it records, and what it returns.
ALLOWED: dict[str, tuple[dict[str, Any], str, str]] = {
    "enrol_operator": ({"operator": "new", "kind": "human"}, "operator.enrolled", "new"),
    "grant_role": ({"operator": "bob", "role": "lead"}, "operator.role_granted", "bob"),
    "revoke_role": ({"operator": "root", "role": "admin"}, "operator.role_revoked", "root"),
    "bar_operator": ({"operator": "bob", "reason": "why"}, "operator.barred", "bob"),
    "unbar_operator": ({"operator": "barred", "reason": "why"}, "operator.unbarred", "barred"),
    "change_contract": ({"operator": "bob", "vendor": "A"}, "operator.contract_changed", "bob"),
    "offboard_operator": ({"operator": "bob"}, "operator.offboarded", "bob"),
    "protect_account": ({"account": "x", "tier": "t", "reason": "why"}, "account.protected", "x"),
    "unprotect_account": ({"account": "x", "reason": "why"}, "account.unprotected", "x"),
    "file_report": (
        {"account": "x", "category": "spam", "source": "user"},
        "account.report_filed",
        "made-id",
    ),
    "assign_report": ({"report": "r", "to": "bob"}, "account.report_assigned", "r"),
    "resolve_report": ({"report": "r", "outcome": "invalid"}, "account.report_resolved", "r"),
    "reopen_report": ({"report": "closed", "reason": "why"}, "account.report_reopened", "closed"),
    "act": (
        {"measure": "warn", "account": "x", "because_of": ["r"], "reason": "why"},
        "account.action_taken",
        "made-id",
    ),
    "reverse": ({"action": "held", "reason": "why"}, "account.action_reversed", "made-id"),
    "withdraw": ({"id": "pending", "reason": "why"}, "account.action_withdrawn", "pending"),
    "amend": (
        {"action": "held", "reason": "why", "expires_at": None},
        "account.action_amended",
        "held",
    ),
    "correct": (
        {"id": "r-ending", "reason": "why", "effective_at": "2017-11-02T17:00:00Z"},
        "account.record_corrected",
        "r-ending",
    ),
    "assert_finding": ({"action": "held", **CLAIM}, "account.finding_asserted", "made-id"),
    "revise_finding": ({"finding": "f", **CLAIM}, "account.finding_revised", "made-id"),
    "retract_finding": ({"finding": "f", "reason": "why"}, "account.finding_retracted", "f"),
    "mark_training": (
        {"operator": "bob", "training": "appeals"},
        "operator.training_marked",
        "bob",
    ),
    "revoke_training": (
        {"operator": "trained", "training": "appeals"},
        "operator.training_revoked",
        "trained",
    ),
    "request": (
        {"measure": "warn", "account": "x", "because_of": ["r"], "reason": "why"},
        "account.act_requested",
        "made-id",
    ),
    "approve": ({"request": "q"}, "account.request_approved", "q"),
    "deny": ({"request": "q", "reason": "why"}, "account.request_denied", "q"),
    "hand_over": ({"id": "q", "to": "newcomer"}, "account.handed_over", "q"),
    "rotate_key": ({"new": NEW, "old": OLD, "reason": "why"}, "ledger.key_rotated", NEW),
    "revoke_key": ({"key": OLD, "reason": "why"}, "ledger.key_revoked", OLD),
    "notify": (
        {
            "action": "held",
            "channel": "mail",
            "delivered_at": "2017-11-02T03:00:00Z",
            "text_hash": "h",
        },
        "account.notified",
        "made-id",
    ),
    "file_appeal": ({"action": "held"}, "account.appeal_filed", "made-id"),
    "decide_appeal": (
        {"appeal": "p", "outcome": "upheld", "reason": "why"},
        "account.appeal_decided",
        "p",
    ),
    "review_override": (
        {"action": "urgent", "outcome": "justified", "reason": "why"},
        "account.override_reviewed",
        "urgent",
    ),
    "adopt_policy": ({"policy": '{"policy": 1}'}, "policy.adopted", "default@1"),
    "note": ({"account": "x", "text": "seen"}, "account.noted", "made-id"),
    "erase": ({"account": "x", "basis": "article 17"}, "ledger.subject_erased", "x"),
    "suppress": (
        {"reader": "press", "account": "x", "reason": "why"},
        "ledger.suppressed",
        "made-id",
    ),
    "unsuppress": (
        {"suppression": "s", "reason": "why"},
        "ledger.suppression_ended",
        "s",
    ),
    "redact": (
        {"bundle": "0" * 64, "fields": ["reason"], "reason": "why"},
        "ledger.redacted",
        "0" * 64,
    ),
    "set_retention": (
        {"covers": "measure:warn", "period": "1d", "reason": "why"},
        "ledger.retention_set",
        "measure:warn",
    ),
    "place_hold": (
        {"account": "x", "reference": "case-17", "reason": "why"},
        "ledger.hold_placed",
        "made-id",
    ),
    "release_hold": ({"hold": "h", "reason": "why"}, "ledger.hold_released", "h"),
    "record_read": (
        {"question": "who", "purpose": "appeal 12"},
        "ledger.personal_data_read",
        "made-id",
    ),
}
PROTECTED = KINDS["account.protected"](tier="press", reason="journalist")  # type: ignore[call-arg]

# Of commands about neither an account nor an operator: the stream, and that of refusals.
STREAMS = {"adopt_policy": ("policy/default", "ledger/policies")}
# Of what is about the ledger, refusals stand where the rest does: they change nothing there.
STREAMS |= {
    name: ("ledger/privacy", "ledger/privacy")
    for name, cls in COMMANDS.items()
    if cls.ABOUT == "ledger"
}
STREAMS |= dict.fromkeys(("rotate_key", "revoke_key"), (KEYS_STREAM, KEYS_STREAM))
STREAMS["record_read"] = ("ledger/reads", "ledger/reads")
PRIVACY = fold_privacy(
    recorded(
        ("01:00", Suppressed(suppression="s", reader="press", account="y", reason="why")),
        (
            "01:00",
            HoldPlaced(
                hold="h", subject="y", kind=SubjectKind.ACCOUNT, reference="case", reason="why"
            ),
        ),
        stream=PRIVACY_STREAM,
    )
)
# Whose versions a decision read beside those of who gives the command.
READ = {"approve": ("operator/bob@1",), "hand_over": ("operator/newcomer@2",)}


def decided(asked: dict[str, Any], *lines: Line, **changes: Any) -> Decision:
    """
    Return the decision about a command in a sealed ledger, whose privacy stream says a little.
    """
    return decided_at_the_desk(asked, *lines, privacy=PRIVACY, sealed=True, **changes)


def line(name: str, by: str) -> dict[str, Any]:
    """
    Return the line of a command by that operator.
    """
    return {"command": name, "by": by, **ALLOWED[name][0]}


def stream(name: str, *, refused: bool = False) -> str:
    """
    Return the stream that a command is recorded on.
    """
    if name in STREAMS:
        return STREAMS[name][refused]
    about = ALLOWED[name][0].get("operator")
    return f"operator/{about}" if about else "account/x"


def history(name: str) -> list[Line]:
    """
    Return the history in which the command is allowed.
    """
    return [*HISTORY, ("04:00", PROTECTED)] if name == "unprotect_account" else HISTORY
