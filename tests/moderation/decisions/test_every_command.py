"""
What holds of every command: allowed it is one draft, refused for lack of authority it is recorded,
and of history nothing is refused.
"""

from itertools import product
from typing import Any

import pytest

from ledger.moderation.account import Account
from ledger.moderation.account import evolve as evolve_account
from ledger.moderation.claims import CommandRefused
from ledger.moderation.commands import COMMANDS, command_from
from ledger.moderation.decisions import DECISIONS, Decision
from ledger.moderation.events import KINDS, Event, Outcome, Verdict, kind_of
from ledger.moderation.events.account import (
    AnomalyRecorded,
    Cause,
    FindingAsserted,
    ReportFiled,
    ReportOutcome,
    ReportResolved,
)
from ledger.moderation.events.privacy import HoldPlaced, SubjectKind, Suppressed
from ledger.moderation.events.request import Need
from ledger.moderation.keys import KEYS_STREAM, Keys
from ledger.moderation.keys import fold as fold_keys
from ledger.moderation.operator import evolve as evolve_operator
from ledger.moderation.policy import POLICY_STREAM
from ledger.moderation.privacy import PRIVACY_STREAM, Privacy
from ledger.moderation.privacy import fold as fold_privacy
from tests.moderation.by_hand import Line, act, appeal, ask, at, recorded, reverse
from tests.moderation.decisions.desk import HISTORICAL, entries, operator
from tests.moderation.decisions.desk import decided as decided_at_the_desk
from tests.moderation.keys_samples import NEW, OLD
from tests.strategies import entry_of

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

every_command = pytest.mark.parametrize("name", ALLOWED)


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


def test_every_command_has_a_decision():
    """
    The table of decisions knows what may be asked, and what an import may say beside it.
    """
    assert set(COMMANDS) == set(ALLOWED)
    assert {*COMMANDS, *HISTORICAL} == set(DECISIONS)


@every_command
@pytest.mark.parametrize("by", ["root", "system"])
def test_an_allowed_command_is_one_draft(name, by):
    """
    An admin and the system may do it: one event on the right stream, by whoever asked.
    """
    _, kind, result = ALLOWED[name]
    decision = decided(line(name, by), *history(name))

    (draft,) = decision.drafts
    assert (kind, result, by) == (kind_of(draft.event), decision.result, draft.operator)
    assert stream(name) == draft.stream
    assert None is decision.refusal


UNFIT = {
    "gone": "left at 2017-11-02T12:00:00Z",
    "late": "starts at 2017-11-02T12:01:00Z",
    "barred": "is barred: under review",
    "stranger": "not enrolled",
}
# Whoever appeals need be no operator.
APPELLANT = ("file_appeal", "stranger")


@pytest.mark.parametrize(
    ("name", "by"), [pair for pair in product(ALLOWED, UNFIT) if pair != APPELLANT]
)
def test_rule_16_a_refusal_for_lack_of_authority_is_what_is_recorded(name, by):
    """
    Nothing of the command happens; what was asked, by whom and why it was stopped is on record.
    """
    asked, why = line(name, by), UNFIT[by]
    decision = decided(asked, *history(name))

    (draft,) = decision.drafts
    refused, refusal = draft.event, decision.refusal
    assert isinstance(refused, CommandRefused)
    assert stream(name, refused=True) == draft.stream
    assert (name, command_from(asked).arguments()) == (refused.command, refused.arguments)
    assert [("authority", Outcome.STOPPED, why)] == [
        (verdict.name, verdict.outcome, verdict.why) for verdict in refused.verdicts
    ]
    assert refused.authority is not None
    assert (False, why) == (refused.authority.permitted, refused.authority.why)
    assert refusal is not None
    assert (True, "authority", by) == (refusal.recorded, refusal.rule, refusal.by)
    assert {"authority": "stopped"} == refusal.verdicts
    assert why in str(refusal)


@every_command
def test_a_recorded_refusal_changes_nothing(name):
    """
    Folded into the account or the operator, a refusal is kept and nothing else is different.
    """
    (draft,) = decided(line(name, "gone"), *history(name)).drafts
    entry = entry_of(draft.event, draft.stream, 99, recorded_at=at("12:00"))
    if draft.stream == "account/x":
        before = Account("x")
        for known in entries(*history(name)):
            before = evolve_account(before, known)
        after = evolve_account(before, entry)
        assert [entry] == after.refusals
        after.refusals, after.version = [], before.version
        assert before == after
    elif draft.stream.startswith("operator/"):
        subject = operator(draft.stream.partition("/")[2])
        changed = evolve_operator(subject, entry)
        assert [entry] == changed.refusals
        assert (subject.changes, subject.spans) == (changed.changes, changed.spans)
    elif draft.stream == PRIVACY_STREAM:
        assert Privacy(version=99) == fold_privacy([entry])
    elif draft.stream == KEYS_STREAM:
        assert Keys(version=99) == fold_keys([entry])
    else:
        # Nothing is folded from it: versions of the policy's own stream are policies.
        assert STREAMS[name][1] == draft.stream not in (PRIVACY_STREAM, POLICY_STREAM)


@every_command
@pytest.mark.parametrize("by", ["ann", "cron", "newcomer", "met"])
def test_rule_17_who_may_do_what_without_a_policy(name, by):
    """
    Anybody enrolled and present may act; only the role `admin` enrols, grants, bars, protects and
    adopts.
    """
    about_ledger = name == "adopt_policy" or COMMANDS[name].ABOUT == "ledger"
    takes_admin = "operator" in ALLOWED[name][0] or "protect" in name or about_ledger
    if name == "record_read":
        # Whoever may act may read: it is on record.
        takes_admin = False
    decision = decided(line(name, by), *history(name))

    assert takes_admin == (decision.refusal is not None)
    if decision.refusal is not None:
        assert "does not have the role 'admin'" in str(decision.refusal)


NOT_PERMITTED = {
    "gone": "acted_after_leaving",
    "late": "acted_before_starting",
    "barred": "acted_while_barred",
}


def anomaly(event: Event) -> str:
    """
    Return the name of the anomaly that an event records.
    """
    assert isinstance(event, AnomalyRecorded)
    return event.anomaly


@pytest.mark.parametrize("name", [each for each in ALLOWED if COMMANDS[each].ABOUT != "ledger"])
@pytest.mark.parametrize("by", ["gone", "late", "barred", "ann"])
def test_of_history_nothing_is_refused(name, by):
    """
    What a source says has happened: no safeguard is asked, no authority computed, none stored but
    the one that an approval counts by. What was not permitted is followed by an anomaly.
    """
    decision = decided(line(name, by), *history(name), imported=True)

    draft, *beside = decision.drafts
    assert None is decision.refusal
    assert ALLOWED[name][1] == kind_of(draft.event)
    assert (name == "approve") == (getattr(draft.event, "authority", None) is not None)
    assert () == getattr(draft.event, "verdicts", ())
    expected = NOT_PERMITTED.get(by) if name in ("act", "reverse") else None
    assert [expected] * (expected is not None) == [anomaly(behind.event) for behind in beside]


@every_command
def test_what_surrounds_a_command_is_kept_with_its_event(name):
    """
    Session, flow, principal, digest and source stand in the context; without any there is none.
    """
    surroundings = {"session": "s", "correlation_id": "c", "on_behalf_of": "p"}
    asked = {**line(name, "root"), **surroundings}
    told = {"digest": "d", "source_id": "i:17", "source_recorded_at": at("11:00")}
    (draft,) = decided(asked, *history(name), **told).drafts
    (bare,) = decided(line(name, "root"), *history(name)).drafts

    context = draft.event.context
    assert context is not None
    assert {**surroundings, **told} == vars(context)
    assert None is bare.event.context


@every_command
def test_what_was_read_of_operators_is_kept_with_a_decision(name):
    """
    An event that says what it relied on names the version of every operator that was read.
    """
    (draft,) = decided(line(name, "root"), *history(name)).drafts

    expected = ("operator/root@1", *READ.get(name, ()))
    assert expected == getattr(draft.event, "relied_on", expected)
