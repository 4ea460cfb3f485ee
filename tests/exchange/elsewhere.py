"""
A ledger whose history was sent to another one, and what both answer.
"""

import json
import tempfile
from operator import attrgetter
from pathlib import Path
from typing import Any

from ledger import Ledger
from ledger.exchange.actions import Export
from ledger.moderation.account import Action
from ledger.moderation.events.account import ActionReversed, NoteAdded
from ledger.moderation.events.operator import OperatorOffboarded
from ledger.moderation.events.policy import PolicyAdopted
from ledger.timeline.dossier import Dossier
from tests.conftest import HandSetClock

RESTRICTION = attrgetter(
    *("account", "measure", "scope", "action", "effect", "from_", "until", "ended_by"),
    *("opened_by", "closed_by", "known_from", "known_until"),
)
REPORT = attrgetter(
    *("report", "category", "outcome", "external_id", "taxonomy", "duplicate_of", "action")
)
ACTION = attrgetter(
    *("action", "operator", "keeper", "effective_at", "taken.request", "taken.approved_by"),
    *("taken.tier", "taken.restores", "taken.override", "taken.requested_at", "taken.because_of"),
)
FINDING = attrgetter(
    *("finding", "action", "cause", "source", "statement", "stated_at", "status", "evidence")
)
REQUEST = attrgetter(
    *("request", "entry.operator", "keeper", "action", "approvals", "asked.action", "asked.needs"),
    *("asked.closes", "asked.tier", "asked.reason", "asked.effective_at", "asked.expires_at"),
    "asked.lapses_at",
)
FILED = attrgetter(
    *("filed.appeal", "filed.action", "filed.appellant", "filed.statement", "filed.informed_at"),
    *("filed.closes_at", "entry.operator", "state"),
)
DECIDED = attrgetter("reversal", "outcome", "reason")
NOTICE = attrgetter("notice", "action", "channel", "delivered_at", "text_hash")
POLICY = attrgetter("text", "syntax", "adopted", "not_adopted")
CHANGE = attrgetter("kind", "operator", "recorded_at")


def sent(ledger: Ledger, clock: HandSetClock, logs: int = 1) -> tuple[Ledger, Export]:
    """
    Return another ledger into which all that *ledger* exports was imported a day later, and the
    export.
    """
    clock.advance(days=1)
    other = Ledger.create("memory:", clock=clock, logs=logs)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "actions.jsonl")
        export = ledger.export_actions()
        with file.open("wb") as written:
            written.writelines(export)
        summary = other.import_history("actions", [file])
    assert export.lines == summary.document()["recorded"]
    return other, export


def lines_of(ledger: Ledger) -> list[dict[str, Any]]:
    """
    Return the lines that *ledger* exports, but for the ids of their source.
    """
    lines = [json.loads(line) for line in ledger.export_actions()]
    for line in lines:
        line.pop("source_id", None)
    return lines


def told(ledger: Ledger, *known_at: str) -> dict[str, Any]:
    """
    Return what *ledger* answers, now and as of moments, with everything left out that says where
    it stands in this ledger.
    """
    answer: dict[str, Any] = {}
    streams = {entry.stream for entry in ledger.entries() if "refused" not in entry.kind}
    for name in sorted(stream.partition("/")[2] for stream in streams if "account/" in stream):
        standings = [ledger.standing(name, at=at).standing for at in known_at]
        answer[name] = {"standings": standings, **_account(ledger.account(name))}
    for name in sorted(stream.partition("/")[2] for stream in streams if "operator/" in stream):
        known = ledger.operator(name)
        answer[name] = known.kind, known.name, known.account, known.authority
    answer["restrictions"] = [_restrictions(ledger, at) for at in (*known_at, None)]
    events = [entry.event for entry in ledger.entries()]
    answer["pending"] = [e.pending for e in events if isinstance(e, OperatorOffboarded)]
    answer["policies"] = [POLICY(event) for event in events if isinstance(event, PolicyAdopted)]
    return answer


def _account(found: Dossier) -> dict[str, Any]:
    return {
        "reports": [(REPORT(report), len(report.assigned)) for report in found.reports],
        "actions": [(known.status, *_action(known.action)) for known in found.actions],
        "protections": found.protections,
        "notes": [
            (note.event.note, note.event.text)
            for note in found.notes
            if isinstance(note.event, NoteAdded)
        ],
        "findings": [FINDING(finding) for finding in found.findings],
        "requests": [
            (known.state, REQUEST(known.request), [CHANGE(e) for e in known.request.changes])
            for known in found.requests
        ],
        "appeals": [
            (FILED(appeal), appeal.decided and DECIDED(appeal.decided)) for appeal in found.appeals
        ],
        "notices": [NOTICE(notice) for notice in found.notices],
    }


def _action(action: Action) -> tuple[Any, ...]:
    appeals = [
        (known.reversal, known.entry.event.appeal)
        for known in action.reversals
        if isinstance(known.entry.event, ActionReversed)
    ]
    return ACTION(action), appeals, action.override_review and CHANGE(action.override_review)


def _restrictions(ledger: Ledger, known_at: str | None) -> list[tuple[Any, ...]]:
    return sorted(
        (RESTRICTION(restriction) for restriction in ledger.restrictions(known_at=known_at)),
        key=str,
    )
