"""
A plain model of a ledger with one log, for a state machine to compare the ledger with.

It shares no code with the package under test: it keeps the recorded commands in a list, and
computes every answer from scratch by walking that list up to a cut.

A fact is a command as a line of `ledger record` has it (`{"command": "act", "measure": ...}`),
with aware datetimes for texts. Beyond that, `act` always has its `action`, and `reverse` a
`reversal`, the id that the ledger answered with; no two of these ids are equal. A left-out
`effective_at` is the time of recording. Of operators the model knows enrolment and bars; any
other command counts as a position and changes no answer.
"""

from datetime import datetime
from typing import Any, NamedTuple

Fact = dict[str, Any]
Row = dict[str, Any]


class Measure(NamedTuple):
    """
    How a measure is held, the standing it gives, and whether it has an inverse.
    """

    holding: str
    effect: str
    reversible: bool = True


MEASURES = {
    "deactivate": Measure("single", "deactivated"),
    "suspend": Measure("single", "suspended"),
    "lock": Measure("single", "locked"),
    "limit": Measure("single", "limited"),
    "restrict": Measure("single", "restricted"),
    "demonetise": Measure("single", "restricted"),
    "take_down": Measure("many", "active"),
    "label": Measure("many", "active"),
    "warn": Measure("many", "active"),
    "issue_strike": Measure("many", "active"),
    "terminate": Measure("single", "terminated", reversible=False),
    "revoke_credentials": Measure("none", "active", reversible=False),
}
SCOPED = {"restrict", "take_down"}
# What takes the role admin.
ADMINISTERING = {"enrol_operator", "bar_operator", "mark_training"}

STANDINGS = ["active", "restricted", "limited", "locked", "suspended", "deactivated", "terminated"]

# The command that brings each kind of id into being.
MAKERS = {
    "operator": "enrol_operator",
    "report": "file_report",
    "action": "act",
    "reversal": "reverse",
}


class Model:
    """
    A ledger as a list of facts, each with its `position` and `recorded_at`.
    """

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def record(self, fact: Fact, *, recorded_at: datetime, position: int | None = None) -> int:
        """
        Append *fact* without judging it, and return its position: the next one unless given.

        Positions may leave gaps, for entries that the model was not told of.
        """
        last = self.facts[-1]["position"] if self.facts else 0
        position = last + 1 if position is None else position
        assert position > last
        assert all(f["recorded_at"] <= recorded_at for f in self.facts)
        stamp = {"position": position, "recorded_at": recorded_at}
        self.facts.append(_timed(fact, recorded_at) | stamp)
        return position

    def cut(self, known_at: datetime) -> int:
        """
        Return the last position that was recorded at *known_at* or before; 0 if there is none.
        """
        return max((f["position"] for f in self.facts if f["recorded_at"] <= known_at), default=0)

    def restrictions(self, cut: int | None = None) -> list[Row]:
        """
        Return what was ever in force, as known at position *cut*, or now.

        In order of (from, position of the action).
        """
        return _restrictions([f for f in self.facts if cut is None or f["position"] <= cut])

    def history(self) -> list[Row]:
        """
        Return every version of every restriction, in the order in which they became known.

        A version is a restriction with `known_from_position`, the entry that made it so, and
        `known_until_position`, the entry that made it otherwise (None while it holds).
        """
        versions: list[Row] = []
        before: list[Row] = []
        for position in [f["position"] for f in self.facts]:
            after = self.restrictions(position)
            for version in versions:
                row = {key: version[key] for key in version if not key.startswith("known_")}
                if version["known_until_position"] is None and row not in after:
                    version["known_until_position"] = position
            known = {"known_from_position": position, "known_until_position": None}
            versions += [row | known for row in after if row not in before]
            before = after
        return versions

    def standing(self, account: str, at: datetime, cut: int | None = None) -> str:
        """
        Return the worst standing that a restriction on *account* in force at *at* gives it.
        """
        effects = [
            MEASURES[row["measure"]].effect
            for row in self.restrictions(cut)
            if row["account"] == account and _in_force(row, at)
        ]
        return max(["active", *effects], key=STANDINGS.index)

    def would_refuse(self, command: Fact, *, now: datetime) -> str | None:
        """
        Return the family of the error that *command* alone meets at *now*, or None.

        Covers semantics.md, rules 7 to 11 and 17, under `builtin@0`. A command with two faults
        may meet either; here NotFound is looked for first, then Malformed, then Refused.
        """
        command = _timed(command, now)
        if self._names_unknown(command):
            return "NotFound"
        if self._is_malformed(command, now):
            return "Malformed"
        if not self._is_permitted(command, now) or self._is_forbidden(command, now):
            return "Refused"
        return None

    def _names_unknown(self, command: Fact) -> bool:
        known = {
            key: {f[key] for f in self.facts if f["command"] == maker}
            for key, maker in MAKERS.items()
        }
        known["operator"].add("system")
        known["id"] = known["action"] | known["reversal"]
        mine = [f for f in self.facts if f.get("account") == command.get("account")]
        known["here"] = {f[key] for f in mine for key in ("report", "action") if key in f}
        because_of = command.get("because_of") or ()
        reports = () if isinstance(because_of, str) else because_of
        named = [("here", report) for report in reports]
        named += [("operator", command.get("by")), ("here", command.get("supersedes"))]
        named += [(key, command.get(key)) for key in known if MAKERS.get(key) != command["command"]]
        return any(name is not None and name not in known[key] for key, name in named)

    def _is_malformed(self, command: Fact, now: datetime) -> bool:
        kind, expires_at = command["command"], command.get("expires_at")
        if kind == "act":
            measure, scope = command["measure"], command.get("scope")
            if measure not in MEASURES or (measure in SCOPED and scope is None):
                return True
            return expires_at is not None and (
                expires_at <= command["effective_at"] or not MEASURES[measure].reversible
            )
        if kind == "amend" and expires_at is not None:
            start = _terms(self.facts, command["action"])["effective_at"]
            return bool(expires_at <= max(now, start))
        return False

    def _is_permitted(self, command: Fact, now: datetime) -> bool:
        by, kind = command.get("by") or "system", command["command"]
        if by == "system":
            return True
        times = [now]
        if kind in {"act", "reverse"}:
            given = [command.get("requested_at"), command["effective_at"]]
            times += [time for time in given if time is not None and time <= now]
        if kind == "unbar_operator" and command["operator"] == by:
            return False
        if kind in ADMINISTERING and "admin" not in self._roles(by):
            return False
        return all(self._is_present(by, time) for time in times)

    def _enrolment(self, operator: str) -> Fact:
        return next(
            f for f in self.facts if f["command"] == "enrol_operator" and f["operator"] == operator
        )

    def _roles(self, operator: str) -> set[str]:
        return set(self._enrolment(operator).get("roles", ()))

    def _is_present(self, operator: str, at: datetime) -> bool:
        enrolled = self._enrolment(operator)
        starts_at, leaves_at = enrolled.get("starts_at"), enrolled.get("leaves_at")
        bars = [
            f["command"]
            for f in self.facts
            if f["command"] in {"bar_operator", "unbar_operator"}
            and f["operator"] == operator
            and f["recorded_at"] <= at
        ]
        started = starts_at is None or starts_at <= at
        stays = leaves_at is None or at < leaves_at
        return started and stays and bars[-1:] != ["bar_operator"]

    def _is_forbidden(self, command: Fact, now: datetime) -> bool:
        kind = command["command"]
        spans = _spans(self.facts)
        if kind == "act":
            held = [s for s in spans if MEASURES[s["measure"]].holding == "single"]
            held = [s for s in held if _slot(s) == _slot(command)]
            holders = [s["action"] for s in held if _in_force(s, command["effective_at"])]
            supersedes = command.get("supersedes")
            return holders != ([] if supersedes is None else [supersedes])
        if kind == "withdraw":
            starts_at = _terms(self.facts, command["id"])["effective_at"]
            return bool(starts_at <= now) or command["id"] in _withdrawn(self.facts)
        if kind == "correct":
            after = [row["action"] for row in _restrictions([*self.facts, command])]
            return any(row["action"] not in after for row in _restrictions(self.facts))
        if kind in {"reverse", "amend"}:
            # None for an action that was withdrawn, or whose measure does not hold.
            span = next((s for s in spans if s["action"] == command["action"]), None)
            if span is None:
                return True
            if not MEASURES[span["measure"]].reversible:
                return True
            if kind == "amend":
                return not _in_force(span, max(now, span["from"]))
            return (
                bool(_reversals(self.facts, span["action"]))
                or span["from"] == command["effective_at"]
                or not _in_force(span, command["effective_at"])
            )
        return False


def _timed(fact: Fact, now: datetime) -> Fact:
    """
    Return *fact* with the effective time that an act or a reversal has when none is given.
    """
    if fact["command"] in {"act", "reverse"} and fact.get("effective_at") is None:
        return fact | {"effective_at": now}
    return fact


def _withdrawn(facts: list[Fact]) -> set[str]:
    return {f["id"] for f in facts if f["command"] == "withdraw"}


def _terms(facts: list[Fact], entry_id: str) -> Fact:
    """
    Return the act or the reversal of that id with its `by`, its times as last changed.
    """
    terms: Fact = {}
    for fact in facts:
        kind = fact["command"]
        if (kind == "act" and fact["action"] == entry_id) or (
            kind == "reverse" and fact["reversal"] == entry_id
        ):
            terms = fact | {"by": fact.get("by") or "system"}
        elif kind == "correct" and fact["id"] == entry_id:
            terms |= {"by": fact.get("operator", terms["by"])}
            terms |= {"effective_at": fact.get("effective_at", terms["effective_at"])}
        elif kind == "amend" and fact["action"] == entry_id:
            terms |= {"expires_at": fact.get("expires_at", terms.get("expires_at"))}
    return terms


def _reversals(facts: list[Fact], action: str) -> list[Fact]:
    """
    Return the reversals of *action* that were not withdrawn, with their terms.
    """
    return [
        _terms(facts, f["reversal"])
        for f in facts
        if f["command"] == "reverse"
        and f["action"] == action
        and f["reversal"] not in _withdrawn(facts)
    ]


def _slot(row: Row) -> tuple[str, str, str | None]:
    return row["account"], row["measure"], row.get("scope")


def _in_force(row: Row, at: datetime) -> bool:
    return bool(row["from"] <= at and (row["until"] is None or at < row["until"]))


def _spans(facts: list[Fact]) -> list[Row]:
    """
    Return the restriction of each action that holds and was not withdrawn, empty ones included.

    In order of (from, position).
    """
    acts = [
        _terms(facts, f["action"])
        for f in facts
        if f["command"] == "act"
        and f["action"] not in _withdrawn(facts)
        and MEASURES[f["measure"]].holding != "none"
    ]
    acts.sort(key=lambda act: (act["effective_at"], act["position"]))
    spans = []
    for index, act in enumerate(acts):
        later = [other for other in acts[index + 1 :] if _slot(other) == _slot(act)]
        superseders = later[:1] if MEASURES[act["measure"]].holding == "single" else []
        # In the order that decides ties, since `min` keeps the first of equals: an act is
        # superseded only by one that starts before its own end.
        ends: list[tuple[datetime, str, str | None, int | None]] = []
        if act.get("expires_at") is not None:
            ends += [(act["expires_at"], "expiry", None, None)]
        reversals = _reversals(facts, act["action"])
        ends += [(f["effective_at"], "reversal", f["by"], f["position"]) for f in reversals]
        ends += [(f["effective_at"], "superseded", f["by"], f["position"]) for f in superseders]
        none = (None, None, None, None)
        until, ended_by, closed_by, closed_at = min(ends, key=lambda end: end[0], default=none)
        span = {
            "account": act["account"],
            "measure": act["measure"],
            "scope": act.get("scope"),
            "action": act["action"],
            "from": act["effective_at"],
            "until": until,
            "ended_by": ended_by,
            "opened_by": act["by"],
            "closed_by": closed_by,
            "opened_at_position": act["position"],
            "closed_at_position": closed_at,
        }
        spans.append(span)
    return spans


def _restrictions(facts: list[Fact]) -> list[Row]:
    """
    Return the spans that were ever in force: a restriction whose end is not its beginning.
    """
    return [s for s in _spans(facts) if s["until"] is None or s["from"] < s["until"]]
