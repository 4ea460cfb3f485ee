"""
A plain model of who may act under which policy: staff, policies, what is in force.

It shares no code with the package under test. `requests_model` has requests beside it. A command is
an object as a line of `ledger record` has it, with aware datetimes for texts, and has the ids of
what it makes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

Fact = dict[str, Any]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LENGTHS = {"1m": HOUR / 60, "10m": HOUR / 6, "1h": HOUR, "1d": DAY}
# Whether a measure can be reversed, and whether an account has it once at most.
REVERSIBLE = {"suspend": True, "lock": True, "warn": True, "terminate": False}
SINGLE = {"suspend", "lock", "terminate"}
EFFECTS = {"suspend": "suspended", "lock": "locked", "terminate": "terminated"}


class Refused(NamedTuple):
    """
    The rule that refuses a command, and whether that is recorded.
    """

    rule: str
    recorded: bool = False


class Done(NamedTuple):
    """
    What a command returns, and what it writes: of each entry the kind and the operator.
    """

    result: str
    written: list[tuple[str, str]]


Told = Refused | Done


class Acts:
    """
    A ledger as lists of what was said, and what follows from that.
    """

    def __init__(self) -> None:
        self.staff: dict[str, list[tuple[datetime, str, Any]]] = {}
        self.accounts: dict[str, str | None] = {}
        self.policies: list[Fact] = []
        self.tiers: dict[str, str | None] = {}
        self.acts: dict[str, Fact] = {}

    def give(self, command: Fact, now: datetime) -> Told:
        """
        Return what must come of *command* at *now*, and take that in.
        """
        told: Told = getattr(self, f"_{command['command']}")(command, now)
        return told

    # Operators.

    def enrol(self, name: str, *, account: str | None = None, **terms: Any) -> None:
        """
        Take in an operator: roles, and when he leaves, hold since ever.
        """
        since = datetime.min.replace(tzinfo=terms.pop("tzinfo"))
        self.accounts[name] = account
        self.staff[name] = [(since, key, value) for key, value in terms.items()]

    def roles(self, name: str, at: datetime) -> set[str]:
        """
        Return the roles of an operator.
        """
        held: set[str] = set()
        for from_, key, value in self.staff[name]:
            if from_ <= at and key in ("roles", "granted"):
                held |= set(value)
            elif from_ <= at and key == "revoked":
                held -= set(value)
        return held

    def _last(self, name: str, at: datetime, key: str) -> Any:
        told = [value for from_, known, value in self.staff[name] if known == key and from_ <= at]
        return told[-1] if told else None

    def permitted(self, name: str, at: datetime) -> bool:
        """
        Return whether an operator may act.
        """
        leaves_at = self._last(name, at, "leaves_at")
        return not self._last(name, at, "barred") and (leaves_at is None or at < leaves_at)

    def _staffed(self, command: Fact, now: datetime, key: str, value: Any, kind: str) -> Told:
        name, at = command["operator"], command.get("effective_at", now)
        self.staff[name].append((at, key, value))
        self.staff[name].sort(key=lambda change: change[0])
        return Done(name, [(kind, command["by"])])

    def _bar_operator(self, command: Fact, now: datetime) -> Told:
        return self._staffed(command, now, "barred", True, "operator.barred")  # noqa: FBT003

    def _unbar_operator(self, command: Fact, now: datetime) -> Told:
        if not self._last(command["operator"], now, "barred"):
            return Done(command["operator"], [])
        return self._staffed(command, now, "barred", False, "operator.unbarred")  # noqa: FBT003

    def _grant_role(self, command: Fact, now: datetime) -> Told:
        if command["role"] in self.roles(command["operator"], now):
            return Done(command["operator"], [])
        return self._staffed(command, now, "granted", [command["role"]], "operator.role_granted")

    def _revoke_role(self, command: Fact, now: datetime) -> Told:
        if command["role"] not in self.roles(command["operator"], now):
            return Done(command["operator"], [])
        return self._staffed(command, now, "revoked", [command["role"]], "operator.role_revoked")

    # Policies.

    @property
    def policy(self) -> Fact:
        """
        Return the policy in force.
        """
        return self.policies[-1] if self.policies else {}

    def _adopt_policy(self, command: Fact, _now: datetime) -> Told:
        if self.policies and self.policy == command["policy"]:
            return Done(f"default@{len(self.policies)}", [])
        self.policies.append(command["policy"])
        return Done(f"default@{len(self.policies)}", [("policy.adopted", command["by"])])

    def _protect_account(self, command: Fact, _now: datetime) -> Told:
        self.tiers[command["account"]] = command["tier"]
        return Done(command["account"], [("account.protected", command["by"])])

    def _unprotect_account(self, command: Fact, _now: datetime) -> Told:
        if self.tiers.get(command["account"]) is None:
            return Refused("not-protected")
        self.tiers[command["account"]] = None
        return Done(command["account"], [("account.unprotected", command["by"])])

    def _stop(
        self, wish: Fact, now: datetime, approvals: list[Fact] | None, left_out: str
    ) -> str | None:
        """
        Return the name of the first safeguard that stops an act, one rule left out.

        Args:
            approvals: Those that count, where the act is on a request.
        """
        glass = self.policy.get("break_glass", {}).get("roles", ())
        breaks = "override" in wish and not self.roles(wish["keeper"], now).isdisjoint(glass)
        for safeguard in concerning(self.policy, wish["measure"], self.tiers.get(wish["account"])):
            if safeguard["rule"] == left_out or (breaks and safeguard.get("overridable", True)):
                continue
            if self._stops(safeguard, wish, now, approvals):
                return str(safeguard.get("name", safeguard["rule"]))
        return None

    def _stops(
        self, safeguard: Fact, wish: Fact, now: datetime, approvals: list[Fact] | None
    ) -> bool:
        match safeguard["rule"]:
            case "two-person":
                return approvals is None or bool(lacking([factors(safeguard)], approvals))
            case "cooling-off":
                waited: timedelta = wish["from"] - wish["asked_at"]
                return waited < LENGTHS[safeguard["wait"]]
            case "role-required":
                return self.roles(wish["keeper"], now).isdisjoint(safeguard["roles"])
            case "reversible-only":
                held = self.roles(wish["keeper"], now)
                return not REVERSIBLE[wish["measure"]] and not held.isdisjoint(safeguard["roles"])
            case "own-account":
                return bool(self.accounts[wish["keeper"]] == wish["account"])
            case "last-day":
                leaves_at = self._last(wish["keeper"], now, "leaves_at")
                return bool(leaves_at and leaves_at - DAY <= now < leaves_at)
            case "ground-required":
                return "ground" not in wish
            case "rate-limit":
                limit: int = safeguard["limit"]
                return self._rate(safeguard, wish, now) >= limit
        raise AssertionError(safeguard["rule"])

    def _rate(self, safeguard: Fact, wish: Fact, now: datetime) -> int:
        return sum(
            now - act["recorded_at"] < LENGTHS[safeguard["window"]]
            and covered(safeguard, act["measure"], act["tier"])
            and (safeguard.get("of") == "everyone" or act["by"] == wish["keeper"])
            for act in self.acts.values()
        )

    # Acts.

    def until(self, act: Fact) -> datetime | None:
        """
        Return when an act that was not withdrawn ends, as far as is known.
        """
        ends = [act["expires_at"], act["reversed_at"]]
        if act["measure"] in SINGLE:
            behind = [other for other in self._slot(act) if _order(act) < _order(other)]
            ends += [other["from"] for other in behind[:1]]
        return min((end for end in ends if end is not None), default=None)

    def _slot(self, wish: Fact) -> list[Fact]:
        held = [
            act
            for act in self.acts.values()
            if not act["withdrawn"]
            and (act["account"], act["measure"]) == (wish["account"], wish["measure"])
        ]
        return sorted(held, key=_order)

    def in_force(self, account: str, at: datetime) -> list[Fact]:
        """
        Return the acts on an account that are in force, by when they began.
        """
        acts = [act for act in self.acts.values() if act["account"] == account]
        return [act for act in sorted(acts, key=_order) if self._covers(act, at)]

    def _covers(self, act: Fact, at: datetime) -> bool:
        if act["withdrawn"] or at < act["from"]:
            return False
        until = self.until(act)
        return until is None or at < until

    def _held(self, wish: Fact) -> Refused | None:
        """
        Return why an act cannot begin then; what it supersedes must be what holds its slot.
        """
        holders = [act["id"] for act in self._slot(wish) if self._covers(act, wish["from"])]
        holders = holders if wish["measure"] in SINGLE else []
        if "supersedes" in wish:
            return None if holders == [wish["supersedes"]] else Refused("not-in-force")
        return Refused("in-force-already") if holders else None

    def _wish(self, command: Fact, now: datetime) -> Fact:
        told = {key: command[key] for key in command if key not in ("command", "effective_at")}
        wanted = command.get("effective_at")
        return told | {"wanted": wanted, "from": wanted or now, "asked_at": now}

    def _judged(
        self, wish: Fact, now: datetime, approvals: list[Fact] | None = None, left_out: str = ""
    ) -> Refused | None:
        """
        Return what refuses an act now: what the history says, then authority, then safeguards.
        """
        if (held := self._held(wish)) is not None:
            return held
        if not all(self.permitted(wish["keeper"], at) for at in {now, min(now, wish["from"])}):
            return Refused("authority", recorded=True)
        stop = self._stop(wish, now, approvals, left_out)
        return None if stop is None else Refused(stop, recorded=True)

    def _act(self, command: Fact, now: datetime) -> Told:
        wish = self._wish(command, now) | {"keeper": command["by"]}
        if (refused := self._judged(wish, now)) is not None:
            return refused
        self._take(command["action"], wish, now)
        return Done(command["action"], [("account.action_taken", command["by"])])

    def _take(self, action: str, wish: Fact, now: datetime) -> None:
        self.acts[action] = {
            "id": action,
            "account": wish["account"],
            "measure": wish["measure"],
            "tier": self.tiers.get(wish["account"]),
            "by": wish["keeper"],
            "keeper": wish["keeper"],
            "recorded_at": now,
            "number": len(self.acts),
            "from": wish["from"],
            "expires_at": wish.get("expires_at"),
            "reversed_at": None,
            "withdrawn": False,
            "request": wish.get("request"),
        }

    def _reverse(self, command: Fact, now: datetime) -> Told:
        act = self.acts[command["action"]]
        rule = None
        if not REVERSIBLE[act["measure"]]:
            rule = "irreversible"
        elif act["withdrawn"]:
            rule = "withdrawn-already"
        elif act["reversed_at"] is not None:
            rule = "already-reversed"
        elif now <= act["from"]:
            rule = "before-effect"
        elif not self._covers(act, now):
            rule = "ended-already"
        if rule is not None:
            return Refused(rule)
        if not self.permitted(command["by"], now):
            return Refused("authority", recorded=True)
        act["reversed_at"] = now
        return Done("", [("account.action_reversed", command["by"])])


def _order(act: Fact) -> tuple[datetime, int]:
    return act["from"], act["number"]


def covered(safeguard: Fact, measure: str, tier: str | None) -> bool:
    """
    Return whether a safeguard concerns acts of a measure on an account under a tier, or none.
    """
    measures, tiers = safeguard.get("measures"), safeguard.get("tiers")
    return (measures is None or measure in measures) and (tiers is None or tier in tiers)


def concerning(policy: Fact, measure: str, tier: str | None) -> list[Fact]:
    """
    Return the safeguards of a policy that concern such acts.
    """
    return [s for s in policy.get("safeguards", ()) if covered(s, measure, tier)]


def factors(safeguard: Fact) -> list[str | None]:
    """
    Return the approvals that a safeguard asks for, each as the role that it takes, or None.
    """
    return [
        factor.get("role")
        for factor in safeguard["approvals"]
        for _ in range(factor.get("approvals", 1))
    ]


def lacking(needs: Sequence[list[str | None]], approvals: Sequence[Fact]) -> bool:
    """
    Return whether approvals fall short of one of *needs*; each serves one place of each.
    """
    return any(_served(places, list(approvals)) < len(places) for places in needs)


def _served(places: list[str | None], approvals: list[Fact]) -> int:
    return max(_ways(places, approvals)) if places else 0


def _ways(places: list[str | None], approvals: list[Fact]) -> Iterator[int]:
    role, *others = places
    yield _served(others, approvals)
    for known in approvals:
        if role is None or role in known["roles"]:
            yield 1 + _served(others, [other for other in approvals if other is not known])
