"""
Scheduled and then due is the same as done at once: only when it was asked for and recorded differs.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Ledger, LedgerError, Refused
from ledger.book.document import document

Step = dict[str, Any]

START = datetime(2017, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ASKED, DUE = START + 60 * MINUTE, START + 120 * MINUTE
# What tells when something was recorded or asked for, and where it stands.
WHEN = {
    "recorded_at",
    "requested_at",
    "known_from",
    "known_until",
    "known_at",
    "cut",
    "cursor",
    "position",
    "opened_at_position",
    "closed_at_position",
    "adopted_at",
}
# Which request granted it, and who approved that.
ON_REQUEST = {"request", "approved_by"}
STAFF = ("ann", "bob", "eve")

slots = st.sampled_from(
    [("suspend", None), ("suspend", "posts"), ("lock", None), ("warn", None), ("restrict", "dm")]
)
irreversible = st.sampled_from([("terminate", None), ("revoke_credentials", None)])
minutes = st.integers(0, 12).map(lambda number: 10 * number)


@st.composite
def acts(draw: st.DrawFn) -> Step:
    """
    Return the terms of an act that is to take effect when it is due.
    """
    measure, scope = draw(slots | slots | irreversible)
    told: Step = {"measure": measure, "scope": scope, "by": "ann", "reason": "spam"}
    told |= draw(
        st.fixed_dictionaries(
            {}, optional={"ground": st.just("rule 4"), "override": st.just("fire")}
        )
    )
    if measure not in ("terminate", "revoke_credentials"):
        after = st.none() | minutes.map(lambda number: DUE + (number + 1) * MINUTE)
        told |= {"expires_at": draw(after), "reversible_until": draw(after)}
    return told


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """
    Return what was done before: acts that may be in force, or begin or end, when it is due.
    """
    steps = []
    for number in range(draw(st.integers(0, 3))):
        measure, scope = draw(slots)
        effective_at = draw(st.none() | minutes.map(lambda after: START + after * MINUTE))
        told: Step = {"measure": measure, "scope": scope, "action": f"before {number}"}
        told |= {"by": "eve", "effective_at": effective_at, "reason": "spam"}
        if draw(st.booleans()):
            told["expires_at"] = DUE + draw(st.integers(-3, 3)) * 10 * MINUTE
        steps.append(told)
    return steps


# What comes behind: each at its own minute, when the act has come into force.
sequels = st.lists(
    st.sampled_from(["reverse", "schedule a reversal", "withdraw", "supersede", "amend", "correct"])
    | st.just("note"),
    max_size=4,
)


class World:
    """
    A ledger in which the act comes about in one way.
    """

    def __init__(self, before: list[Step]) -> None:
        self.clock = START
        self.ledger = Ledger.open("memory:", clock=lambda: self.clock)
        for name in STAFF:
            self.ledger.enrol_operator(name, kind="human", roles=["support"])
        report = self.ledger.file_report("x", category="spam", source="user", report="r")
        for step in before:
            self.try_out("act", account="x", because_of=[report], **step)
        self.clock = ASKED

    def try_out(self, command: str, **told: Any) -> str:
        """
        Give a command, and return what came of it: what refused it, or that it was done.
        """
        try:
            getattr(self.ledger, command)(**told)
        except LedgerError as error:
            return error.rule if isinstance(error, Refused) else error.family
        return "done"

    def holder(self, terms: Step) -> str | None:
        """
        Return what holds the slot of the act when it is due.
        """
        if terms["measure"] in ("warn", "revoke_credentials"):
            return None
        held = self.ledger.standing("x", DUE).in_force
        slot = (terms["measure"], terms["scope"])
        return next((r.action for r in held if (r.measure, r.scope) == slot), None)

    def come_about(self, way: str, terms: Step) -> None:
        """
        Have the act recorded: scheduled, granted on a request, or done when it is due.
        """
        told = {"account": "x", "because_of": ["r"], "action": "a", **terms}
        told["supersedes"] = self.holder(terms)
        if way == "scheduled":
            self.ledger.act(effective_at=DUE, **told)
        elif way.startswith("granted"):
            self.ledger.request(request="q", effective_at=DUE, **told)
            self.clock = DUE if way == "granted when due" else ASKED + MINUTE
            self.ledger.approve("q", by="bob")
        self.clock = DUE
        if way == "done at once":
            self.ledger.act(**told)

    def go_on(self, sequel: list[str]) -> list[str]:
        """
        Do what comes behind, and return what came of each.
        """
        outcomes = []
        for what in sequel:
            self.clock += 7 * MINUTE
            outcomes.append(self._done(what))
        return outcomes

    def _done(self, what: str) -> str:
        why = {"by": "bob", "reason": "error"}
        match what:
            case "reverse":
                return self.try_out("reverse", action="a", **why)
            case "schedule a reversal":
                later = self.clock + 30 * MINUTE
                return self.try_out("reverse", action="a", effective_at=later, **why)
            case "withdraw":
                return self.try_out("withdraw", id="a", **why)
            case "amend":
                later = self.clock + 60 * MINUTE
                return self.try_out("amend", action="a", expires_at=later, **why)
            case "correct":
                earlier = DUE - MINUTE
                return self.try_out("correct", id="a", effective_at=earlier, operator="eve", **why)
            case "supersede":
                told = {"measure": "suspend", "account": "x", "because_of": ["r"], **why}
                return self.try_out("act", supersedes="a", **told)
        return self.try_out("note", account="x", text="seen", by="bob")

    def answers(self, at: datetime) -> dict[str, Any]:
        """
        Return what the questions about the account are answered, times of recording left out.
        """
        dossier = document(self.ledger.account("x"))
        return {
            "standing": timeless(document(self.ledger.standing("x", at))),
            "who": timeless(document(self.ledger.who("x", at=at))),
            "restrictions": timeless(document(list(self.ledger.restrictions(account="x")))),
            "actions": [(a["action"], a["status"]) for a in dossier["actions"]],
        }


def timeless(told: Any) -> Any:
    """
    Return a document without what tells when it was recorded, or on what request.

    That the begin of a scheduled act was computed and not seen is said by `known`.
    """
    if isinstance(told, list):
        return sorted(map(timeless, told), key=repr)
    if isinstance(told, dict):
        left_out = WHEN | ON_REQUEST | {"known"}
        return {name: timeless(value) for name, value in told.items() if name not in left_out}
    return told


@pytest.mark.parametrize("way", ["scheduled", "granted", "granted when due"])
@settings(max_examples=40)
@given(before=histories(), terms=acts(), sequel=sequels)
def test_scheduled_and_then_due_is_the_same_as_done_at_once(way, before, terms, sequel):
    """
    From the moment at which it is due on: standing, restrictions and who did it, and what may be
    done about it.
    """
    scheduled, at_once = World(before), World(before)
    for world, how in ((scheduled, way), (at_once, "done at once")):
        world.come_about(how, terms)

    assert scheduled.answers(DUE) == at_once.answers(DUE)
    assert scheduled.go_on(sequel) == at_once.go_on(sequel)
    for at in (DUE - MINUTE, DUE, DUE + 5 * MINUTE, DUE + 10 * MINUTE, scheduled.clock):
        assert scheduled.answers(at) == at_once.answers(at)
