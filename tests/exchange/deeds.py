"""
Whatever can be done in a ledger, in any order: what it is asked, and what comes of that.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from ledger import Ledger, LedgerError
from tests.conftest import HandSetClock

ACCOUNTS = ["a-1", "a-2"]
OPERATORS = ["op-1", "op-7", "comms", "op-417"]
POLICIES: list[dict[str, Any]] = [
    {"policy": 1, "safeguards": [{"rule": "reason-required"}]},
    {
        "policy": 1,
        "title": "two of us",
        "requests": {"lasts": "10m"},
        "appeals": {"window": "30s"},
        "break_glass": {"roles": ["admin"]},
        "safeguards": [
            {
                "rule": "two-person",
                "measures": ["suspend"],
                "approvals": [{"approvals": 2}],
                "approval_lasts": "40s",
            }
        ],
    },
    {
        "policy": 1,
        "title": "an admin",
        "break_glass": {"roles": ["admin"]},
        "safeguards": [{"rule": "two-person", "approvals": [{"approvals": 1, "role": "admin"}]}],
    },
]

_BY = [*OPERATORS[:3], *OPERATORS]
_ROOT = ["op-1", "op-1", "op-1", "op-7"]
_WHY = ["spam", "error"]
# Seconds from then; when it is done, for none.
_WHEN = [None, None, None, None, -30, 20, 70]
_EXPIRY = [None, None, -10, 50, 200]
_STAFF: Final[dict[str, list[Any]]] = {"operator": OPERATORS, "by": _ROOT, "effective_at": _WHEN}
_CLAIM: Final[dict[str, list[Any]]] = {
    "cause": ["error", "deliberate"],
    "source": ["press"],
    "statement": ["a mistake"],
    "evidence": [None, "sha256:0"],
    "by": _BY,
}
_ACT: Final[dict[str, list[Any]]] = {
    "account": ACCOUNTS,
    "by": _BY,
    "reason": _WHY,
    "effective_at": _WHEN,
    "expires_at": _EXPIRY,
    "measure": ["suspend", "suspend", "label", "warn", "revoke_credentials"],
    "scope": [None, None, "dm"],
    "because_of": ["own-initiative", "order:7", []],
    "closes": [True, False],
    "override": [None, "fire"],
}
_LAPSE = [None, None, 40, 200]
_PENDING = ["let-stand", "withdraw", "hand-over:op-7"]
# Done more often than others, so that something comes of what was asked before.
_OFTEN = [
    *["act"] * 5 + ["request"] * 5 + ["approve"] * 14 + ["file_report"] * 2 + ["adopt_policy"] * 3,
    *["notify", "file_appeal", "decide_appeal", "decide_appeal", "hand_over", "resolve_report"],
    *["unbar_operator"] * 3 + ["change_contract"] * 2,
]

# Of each command what it may be asked with, but for ids on record.
DEEDS: Final[dict[str, dict[str, list[Any]]]] = {
    "act": _ACT,
    "request": _ACT | {"lapses_at": _LAPSE},
    "approve": {"by": _BY},
    "deny": {"by": _BY, "reason": _WHY},
    "hand_over": {"by": _BY, "to": OPERATORS, "reason": _WHY},
    "reverse": {"by": _BY, "reason": _WHY, "effective_at": _WHEN},
    "withdraw": {"by": _BY, "reason": _WHY},
    "amend": {"by": _BY, "reason": _WHY, "expires_at": _EXPIRY},
    "correct": {"by": _BY, "reason": _WHY, "effective_at": _WHEN, "operator": OPERATORS},
    "notify": {"by": _BY, "channel": ["mail"], "text_hash": ["h"], "delivered_at": [-30, 0]},
    "file_appeal": {"by": [*OPERATORS, *ACCOUNTS, "somebody"]},
    "decide_appeal": {"by": _BY, "reason": _WHY, "outcome": ["overturned", "overturned", "upheld"]},
    "review_override": {"by": _BY, "reason": _WHY, "outcome": ["justified"]},
    "assert_finding": _CLAIM,
    "revise_finding": _CLAIM,
    "retract_finding": {"by": _BY, "reason": _WHY},
    "file_report": {
        "account": ACCOUNTS,
        "by": _BY,
        "category": ["spam", "unheard-of"],
        "source": ["user"],
    },
    "assign_report": {"by": _BY, "to": ["queue"]},
    "resolve_report": {"by": _BY, "outcome": ["actioned", "duplicate"]},
    "reopen_report": {"by": _BY, "reason": _WHY},
    "protect_account": {"account": ACCOUNTS, "by": _ROOT, "reason": _WHY, "tier": ["press"]},
    "unprotect_account": {"account": ACCOUNTS, "by": _ROOT, "reason": _WHY},
    "note": {"account": ACCOUNTS, "by": _BY, "text": ["seen"]},
    "grant_role": _STAFF | {"role": ["admin"]},
    "revoke_role": _STAFF | {"role": ["admin"]},
    "bar_operator": _STAFF | {"reason": _WHY},
    "unbar_operator": _STAFF | {"reason": _WHY},
    "change_contract": _STAFF | {"vendor": [None], "contract": ["new"], "leaves_at": [None]},
    "mark_training": _STAFF | {"training": ["appeals"], "expires_at": _EXPIRY},
    "revoke_training": _STAFF | {"training": ["appeals"]},
    "offboard_operator": _STAFF | {"operator": OPERATORS[1:], "pending": _PENDING},
    "adopt_policy": {"by": _ROOT, "policy": POLICIES},
    "undo": {"operators": [[operator] for operator in OPERATORS]},
}

ACTED = {"act", "granted"}
CLAIMED = {"assert_finding", "revise_finding"}
# Which argument of a command names what is on record, and which commands record such things.
NAMING = {
    "reverse": ("action", ACTED),
    "amend": ("action", ACTED),
    "withdraw": ("id", {*ACTED, "reverse", "request"}),
    "correct": ("id", {*ACTED, "reverse"}),
    "assert_finding": ("action", ACTED),
    "revise_finding": ("finding", CLAIMED),
    "retract_finding": ("finding", CLAIMED),
    "assign_report": ("report", {"file_report"}),
    "resolve_report": ("report", {"file_report"}),
    "reopen_report": ("report", {"file_report"}),
    "approve": ("request", {"request"}),
    "deny": ("request", {"request"}),
    "hand_over": ("id", {"act", "request"}),
    "notify": ("action", ACTED),
    "file_appeal": ("action", ACTED),
    "decide_appeal": ("appeal", {"file_appeal"}),
    "review_override": ("action", ACTED),
}
TIMES = ("effective_at", "expires_at", "delivered_at", "lapses_at")


class Deeds:
    """
    Deeds in a ledger, as *seed* has them.
    """

    def __init__(self, ledger: Ledger, clock: HandSetClock, seed: int) -> None:
        self._ledger = ledger
        self._clock = clock
        self._chance = random.Random(seed)
        # The commands that were done, and what each returned.
        self._results: list[tuple[str, str]] = []

    def done(self, count: int) -> Iterator[str]:
        """
        Try *count* deeds, and yield the moments of those that could be done.
        """
        for _ in range(count):
            name = self._chance.choice([*DEEDS, *_OFTEN])
            given = self._given(name)
            if given is None:
                continue
            try:
                result = self._result(name, given)
            except LedgerError:
                continue
            granted = name == "approve" and result != given["request"]
            self._results.append(("granted" if granted else name, result))
            yield self._clock.now.isoformat()
            self._clock.advance(seconds=self._chance.choice([0, 1, 1, 10]))

    def _one_of(self, makers: set[str]) -> str | None:
        """
        Return one of the last ids that commands of those names returned.
        """
        named = [result for maker, result in self._results if maker in makers][-3:]
        return self._chance.choice(named) if named else None

    def _given(self, name: str) -> dict[str, Any] | None:
        """
        Return what a command is asked with; None when there is nothing that it could name.
        """
        given = {key: self._chance.choice(choices) for key, choices in DEEDS[name].items()}
        for time in TIMES:
            if given.get(time) is not None:
                given[time] = self._clock.now + timedelta(seconds=given[time])
        if name in NAMING:
            argument, makers = NAMING[name]
            given[argument] = self._one_of(makers)
            if given[argument] is None:
                return None
        report = self._one_of({"file_report"})
        match name:
            case "correct" if given["effective_at"] is None:
                del given["effective_at"]
            case "act" | "request":
                given["closes"] = [report] if given["closes"] and report else []
            case "resolve_report" if given["outcome"] == "duplicate":
                given["duplicate_of"] = report
            case "resolve_report":
                given["action"] = self._one_of(ACTED)
            case "file_report":
                given["external_id"] = self._chance.choice([None, str(len(self._results))])
        return given

    def _result(self, name: str, given: dict[str, Any]) -> str:
        if name != "undo":
            [result] = self._ledger.record_many([{"command": name, **given}])
            return result
        undone = self._one_of({"undo"})
        asked = given if undone is None else {"undo": undone}
        plan = self._ledger.plan_undo(**asked)
        return self._ledger.undo(plan, by="op-1", reason="mistaken")
