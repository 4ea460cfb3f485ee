"""
A plain model of requests, for a state machine to compare a ledger with.

It shares no code with the package under test. It is told every command that the ledger is told, at
the time at which that records it, and says what must come of it: what is returned and what is
written, or which rule refuses it and whether that goes on record.
"""

from datetime import datetime

from tests.acts_model import (
    LENGTHS,
    Acts,
    Done,
    Fact,
    Refused,
    Told,
    concerning,
    factors,
    lacking,
)


class Model(Acts):
    """
    A ledger as lists of what was said, requests included.
    """

    def __init__(self) -> None:
        super().__init__()
        self.requests: dict[str, Fact] = {}

    def give(self, command: Fact, now: datetime) -> Told:
        """
        Return what must come of *command* at *now*, and take that in.
        """
        told: Told = getattr(self, f"_{command['command']}")(command, now)
        return told

    def state(self, request: Fact, at: datetime) -> str:
        """
        Return where a request stands.
        """
        lapses_at = request["lapses_at"]
        if request["state"] == "pending" and lapses_at is not None and lapses_at <= at:
            return "lapsed"
        state: str = request["state"]
        return state

    def pending(self, at: datetime) -> list[Fact]:
        """
        Return the deferred acts and the requests that are pending, as accounts and entries go.
        """
        deferred = [a for a in self.acts.values() if not a["withdrawn"] and at < a["from"]]
        waiting = [r for r in self.requests.values() if self.state(r, at) == "pending"]
        return sorted([*deferred, *waiting], key=lambda k: (k["account"], k["recorded_at"]))

    def _asked_for(self, wish: Fact) -> list[Fact]:
        """
        Return the safeguards of the policy in force that ask for approvals of an act.
        """
        tier = self.tiers.get(wish["account"])
        told = concerning(self.policy, wish["measure"], tier)
        return [safeguard for safeguard in told if safeguard["rule"] == "two-person"]

    def _request(self, command: Fact, now: datetime) -> Told:
        wish = self._wish(command, now) | {"keeper": command["by"]}
        if (refused := self._judged(wish, now, left_out="two-person")) is not None:
            return refused
        lasts = self.policy.get("requests", {}).get("lasts")
        lapses = [command.get("lapses_at"), None if lasts is None else now + LENGTHS[lasts]]
        name = command["request"]
        self.requests[name] = wish | {
            "id": name,
            "needs": [factors(safeguard) for safeguard in self._asked_for(wish)] or [[None]],
            "lapses_at": min((at for at in lapses if at is not None), default=None),
            "state": "pending",
            "approvals": [],
            "recorded_at": now,
        }
        return Done(name, [("account.act_requested", command["by"])])

    def _over(self, request: Fact, now: datetime, *, late: bool = False) -> Refused | None:
        state = self.state(request, now)
        if state == "pending" or (late and state == "granted"):
            return None
        return Refused(f"{state}-already")

    def _approve(self, command: Fact, now: datetime) -> Told:
        request, by = self.requests[command["request"]], command["by"]
        if (over := self._over(request, now)) is not None:
            return over
        standing = [a for a in request["approvals"] if a["until"] is None or now < a["until"]]
        if any(approval["by"] == by for approval in standing):
            return Refused("approved-already")
        if not self.permitted(by, now):
            return Refused("authority", recorded=True)
        own = (request["by"], request["keeper"])
        if by in own or self.accounts[by] == request["account"]:
            return Refused("approver", recorded=True)
        lasts = [
            LENGTHS[s["approval_lasts"]] for s in self._asked_for(request) if "approval_lasts" in s
        ]
        until = now + min(lasts) if lasts else None
        given = {"by": by, "until": until, "roles": self.roles(by, now)}
        counted = [approval for approval in [*standing, given] if approval["by"] not in own]
        needs = [*request["needs"], *map(factors, self._asked_for(request))]
        granted: list[tuple[str, str]] = []
        if not lacking(needs, counted):
            wish = request | {"from": max(request["wanted"] or now, now), "request": request["id"]}
            if (refused := self._judged_again(wish, now, counted)) is not None:
                return refused
            self._take(request["action"], wish, now)
            request["state"] = "granted"
            granted = [("account.action_taken", request["keeper"])]
        request["approvals"].append(given)
        result = request["action"] if granted else request["id"]
        return Done(result, [("account.request_approved", by), *granted])

    def _judged_again(self, wish: Fact, now: datetime, counted: list[Fact]) -> Refused | None:
        held = self._held(wish)
        expires_at = wish.get("expires_at")
        if held is None and expires_at is not None and expires_at <= wish["from"]:
            return Refused("ended-already")
        return held or self._judged(wish, now, counted)

    def _deny(self, command: Fact, now: datetime) -> Told:
        request, by = self.requests[command["request"]], command["by"]
        if (over := self._over(request, now, late=True)) is not None:
            return over
        if by in (request["by"], request["keeper"]):
            return Refused("own-request")
        act = self.acts.get(request["action"])
        if act is not None and act["from"] <= now:
            return Refused("in-effect-already")
        if not self.permitted(by, now):
            return Refused("authority", recorded=True)
        taken_back = [("account.action_withdrawn", by)] if act is not None else []
        self._cancel(request if act is None else act, "denied")
        return Done(command["request"], [("account.request_denied", by), *taken_back])

    def _pending(self, name: str, now: datetime) -> Refused | None:
        """
        Return why a request or an act can be neither withdrawn nor handed over.
        """
        if name in self.requests:
            return self._over(self.requests[name], now)
        act = self.acts[name]
        if act["withdrawn"]:
            return Refused("withdrawn-already")
        return Refused("in-effect-already") if act["from"] <= now else None

    def _withdraw(self, command: Fact, now: datetime) -> Told:
        name, by = command["id"], command["by"]
        if (over := self._pending(name, now)) is not None:
            return over
        if not self.permitted(by, now):
            return Refused("authority", recorded=True)
        self._cancel(self.requests.get(name) or self.acts[name], "withdrawn")
        what = "request" if name in self.requests else "action"
        return Done(name, [(f"account.{what}_withdrawn", by)])

    def _hand_over(self, command: Fact, now: datetime) -> Told:
        name, by = command["id"], command["by"]
        if (over := self._pending(name, now)) is not None:
            return over
        if not self.permitted(command["to"], now):
            return Refused("not-permitted")
        if not self.permitted(by, now):
            return Refused("authority", recorded=True)
        (self.requests.get(name) or self.acts[name])["keeper"] = command["to"]
        return Done(name, [("account.handed_over", by)])

    def _offboard_operator(self, command: Fact, now: datetime) -> Told:
        word, _, to = command["pending"].partition(":")
        waiting = [known for known in self.pending(now) if known["keeper"] == command["operator"]]
        if to and waiting and (to == command["operator"] or not self.permitted(to, now)):
            return Refused("not-permitted")
        leaves_at = command.get("effective_at", now)
        told = self._staffed(command, now, "leaves_at", leaves_at, "operator.offboarded")
        assert isinstance(told, Done)
        for known in waiting:
            is_request = known["id"] in self.requests
            if word == "hand-over":
                known["keeper"] = to
                told.written.append(("account.handed_over", command["by"]))
            elif word == "withdraw":
                self._cancel(known, "withdrawn")
                what = "request" if is_request else "action"
                told.written.append((f"account.{what}_withdrawn", command["by"]))
        return told

    def _cancel(self, known: Fact, state: str) -> None:
        """
        Take back a request or an act that is pending.
        """
        if known["id"] in self.requests:
            known["state"] = state
            return
        known["withdrawn"] = True
        if known["request"] is not None:
            self.requests[known["request"]]["state"] = state
