"""
An audit of the entries of a ledger: whether every act had the approvals that it was to have.

It reads entries by the wire names of their kinds and policies as text, and shares no code with the
package under test: what it finds was not found by the rules that let the acts through.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ledger import Entry
from tests.acts_model import LENGTHS, Fact, concerning, factors, lacking


class Audit:
    """
    Takes entries in order and looks at each act that is taken.
    """

    def __init__(self) -> None:
        self.acts: dict[str, Fact] = {}
        self._policy: Fact = {}
        self._roles: dict[str, set[str]] = {}
        self._requests: dict[str, Fact] = {}
        self._over: dict[str, str] = {}

    def read(self, entries: Sequence[Entry]) -> None:
        """
        Take entries in.

        Raises:
            AssertionError: When one of them should not be there.
        """
        for entry in entries:
            looked_at = getattr(self, f"_{entry.kind.replace('.', '_')}", None)
            if looked_at is not None:
                looked_at(entry, entry.event)

    def cancelled(self) -> Iterator[str]:
        """
        Yield the acts that were withdrawn, or whose request was denied after it was granted.
        """
        for action, act in self.acts.items():
            if act["withdrawn"] or self._over.get(act["request"]) == "account.request_denied":
                yield action

    def _policy_adopted(self, _entry: Entry, event: Any) -> None:
        self._policy = json.loads(event.text)

    def _operator_enrolled(self, entry: Entry, event: Any) -> None:
        self._roles[entry.stream.partition("/")[2]] = set(event.roles)

    def _operator_role_granted(self, entry: Entry, event: Any) -> None:
        self._roles[entry.stream.partition("/")[2]].add(event.role)

    def _operator_role_revoked(self, entry: Entry, event: Any) -> None:
        self._roles[entry.stream.partition("/")[2]].discard(event.role)

    def _account_act_requested(self, entry: Entry, event: Any) -> None:
        self._requests[event.request] = {
            "by": entry.operator,
            "keeper": entry.operator,
            "needs": [*map(factors, self._asked(event.measure, event.tier))] or [[None]],
            "lapses_at": event.lapses_at,
            "approvals": [],
        }

    def _asked(self, measure: str, tier: str | None) -> list[Fact]:
        told = concerning(self._policy, measure, tier)
        return [safeguard for safeguard in told if safeguard["rule"] == "two-person"]

    def _account_request_approved(self, entry: Entry, event: Any) -> None:
        request = self._requests[event.request]
        assert event.request not in self._over
        assert entry.operator not in (request["by"], request["keeper"])
        assert _before(entry.recorded_at, request["lapses_at"])
        request["approvals"].append(
            {
                "by": entry.operator,
                "roles": set(self._roles[entry.operator]),
                "until": event.lapses_at,
                "at": entry.recorded_at,
            }
        )

    def _account_handed_over(self, _entry: Entry, event: Any) -> None:
        if event.id in self._requests:
            self._requests[event.id]["keeper"] = event.to

    def _account_request_denied(self, entry: Entry, event: Any) -> None:
        assert event.request not in self._over
        self._over[event.request] = entry.kind

    def _account_request_withdrawn(self, entry: Entry, event: Any) -> None:
        assert event.request not in self._over
        assert self._requests[event.request].get("action") is None
        self._over[event.request] = entry.kind

    def _account_action_withdrawn(self, entry: Entry, event: Any) -> None:
        act = self.acts[event.action]
        assert entry.recorded_at < act["from"]
        assert not act["withdrawn"]
        act["withdrawn"] = True
        if act["request"] is not None:
            self._over.setdefault(act["request"], entry.kind)

    def _account_action_taken(self, entry: Entry, event: Any) -> None:
        asked = self._asked(event.measure, event.tier)
        overridden = {v.name for v in event.verdicts if v.outcome == "overridden"}
        if event.request is None:
            assert {s.get("name", "two-person") for s in asked} <= overridden
            assert () == event.approved_by
        else:
            self._assert_granted(entry, event, asked)
        assert event.action not in self.acts
        self.acts[event.action] = {
            "account": entry.stream.partition("/")[2],
            "from": entry.effective_at,
            "request": event.request,
            "withdrawn": False,
        }

    def _assert_granted(self, entry: Entry, event: Any, asked: list[Fact]) -> None:
        """
        Raise unless a request that is not over had its approvals when its act was recorded.
        """
        request, now = self._requests[event.request], entry.recorded_at
        assert event.request not in self._over
        assert "action" not in request
        request["action"] = event.action
        assert request["keeper"] == entry.operator
        assert _before(now, request["lapses_at"])
        counted = {
            approval["by"]: approval
            for approval in request["approvals"]
            if _before(now, approval["until"])
            and approval["by"] not in (request["by"], request["keeper"])
        }
        assert set(counted) == set(event.approved_by)
        assert len(counted) == len(event.approved_by) > 0
        assert not lacking(request["needs"], list(counted.values()))
        assert not lacking([*map(factors, asked)], list(counted.values()))
        last = max(request["approvals"], key=lambda approval: approval["at"])
        assert last["at"] == now
        lasts = [LENGTHS[s["approval_lasts"]] for s in asked if "approval_lasts" in s]
        assert last["until"] == (now + min(lasts) if lasts else None)


def _before(now: datetime, end: datetime | None) -> bool:
    return end is None or now < end
