"""
A backtest of the policy that was in force all along says what was said then, whatever was done.
"""

from datetime import timedelta
from typing import Any

from hypothesis import event, given, note, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ledger import Ledger, LedgerError
from ledger.moderation.events import Verdict
from ledger.moderation.events.account import ActionTaken
from tests.conftest import HandSetClock
from tests.strategies.policies import documents

Line = dict[str, Any]

NAMES = ["ann", "bob", "cat", "system"]
STAFF: list[Line] = [
    {"command": "enrol_operator", "operator": "ann", "kind": "human", "account": "x"},
    {"command": "enrol_operator", "operator": "bob", "kind": "service", "roles": ["support"]},
    {"command": "enrol_operator", "operator": "cat", "kind": "human", "roles": ["admin", "legal"]},
]
# Safeguards that these histories meet often, each passed by some acts and not by others.
SAFEGUARDS: list[Line] = [
    {"rule": "role-required", "roles": ["legal", "support"], "measures": ["warn"]},
    {"rule": "training-required", "trainings": ["appeals"], "tiers": ["press"]},
    {"rule": "report-required", "measures": ["suspend"]},
    {"rule": "two-person", "approvals": [{"approvals": 1}], "protected": True},
    {
        "rule": "two-person",
        "name": "two",
        "approvals": [{"approvals": 2}, {"role": "legal"}],
        "approval_lasts": "30m",
        "measures": ["suspend"],
    },
    {"rule": "cooling-off", "wait": "20m", "tiers": ["press"]},
    {"rule": "last-day", "overridable": False},
    {"rule": "notice-period", "period": "2d", "kinds": ["human"]},
    {"rule": "rate-limit", "limit": 2, "window": "30m"},
    {"rule": "rate-limit", "name": "all", "limit": 3, "window": "1h", "of": "everyone"},
    {"rule": "own-account"},
    {"rule": "reason-required", "characters_min": 5},
    {"rule": "ground-required", "measures": ["suspend"], "protected": True},
]

people, accounts = st.sampled_from(NAMES[:3]), st.sampled_from("xy")


def policies() -> SearchStrategy[Line]:
    """
    Return documents of a few safeguards that often matter, or any that may be adopted.
    """
    few = st.lists(st.sampled_from(SAFEGUARDS), min_size=1, max_size=5, unique_by=_name)
    glass = {"break_glass": {"roles": ["support", "legal"]}}
    return st.one_of(
        few.map(lambda asked: {"policy": 1, "safeguards": asked} | glass),
        few.map(lambda asked: {"policy": 1, "safeguards": asked}),
        documents(),
    )


def _name(safeguard: Line) -> str:
    return str(safeguard.get("name", safeguard["rule"]))


def lines(name: str, **told: SearchStrategy[Any]) -> SearchStrategy[Line]:
    """
    Return commands of that name.
    """
    return st.fixed_dictionaries({"command": st.just(name), **told})


# What an act is: times are minutes from now.
TERMS: dict[str, SearchStrategy[Any]] = {
    "measure": st.sampled_from([*["warn", "label"] * 4, "suspend", "revoke_credentials"]),
    "account": accounts,
    "by": st.sampled_from(["ann", "bob", "bob", "cat", "cat", "system"]),
    "because_of": st.sampled_from(["report", "report", "own-initiative", "order:7"]),
    "reason": st.sampled_from(["repeated spam", "repeated spam", "spam"]),
    "ground": st.sampled_from(["law", "law", None]),
    "override": st.sampled_from([None, None, None, "lives at risk"]),
    "effective_at": st.none() | st.integers(-30, 40),
    "requested_at": st.none() | st.integers(-30, 0),
}
# How many requests ago it was that is meant.
REQUEST = {"request": st.integers(0, 2), "by": people}
WHY = {"reason": st.just("why"), "by": st.just("system")}
ROLES = {"operator": people, "role": st.sampled_from(["legal", "support"])}

acting = lines("act", **TERMS)
asking = lines("request", **TERMS)
approving = lines("approve", **REQUEST)
changing = st.one_of(
    lines("deny", **REQUEST, reason=st.just("no")),
    lines("hand_over", id=st.integers(0, 2), to=people, by=st.just("system")),
    lines("protect_account", account=accounts, tier=st.sampled_from(["press", "office"]), **WHY),
    lines("unprotect_account", account=accounts, **WHY),
    lines("grant_role", **ROLES, **WHY),
    lines("revoke_role", **ROLES, **WHY),
    lines("bar_operator", operator=people, **WHY),
    lines("unbar_operator", operator=people, **WHY),
    lines("mark_training", operator=people, training=st.just("appeals"), **WHY),
    lines("change_contract", operator=people, leaves_at=st.none() | st.integers(1, 4000), **WHY),
)
# Mostly acts, and requests that somebody approves.
commands = st.sampled_from(
    [*[acting] * 9, *[asking] * 4, *[approving] * 6, *[changing] * 3]
).flatmap(lambda chosen: chosen)
# How many minutes later, and what is given together.
STEPS = st.lists(
    st.tuples(
        st.integers(0, 25),
        commands.map(lambda line: [line]) | st.lists(commands, min_size=2, max_size=3),
    ),
    min_size=10,
    max_size=40,
)


class Telling:
    """
    A ledger that is told what happens; what it refuses is part of the history.
    """

    def __init__(self, ledger: Ledger, clock: HandSetClock) -> None:
        self.ledger = ledger
        self.clock = clock
        self.requests = ["q-0"]

    def tell(self, told: list[Line]) -> None:
        """
        Give commands in one transaction.
        """
        try:
            self.ledger.record_many(list(map(self._named, told)))
        except LedgerError as error:
            note(f"{told}: {error}")

    def _named(self, line: Line) -> Line:
        """
        Return a command in which minutes are times, and what is meant has its name.
        """
        terms = dict(line)
        for name in ("effective_at", "requested_at", "leaves_at"):
            if terms.get(name) is not None:
                terms[name] = self.clock.now + timedelta(minutes=terms[name])
        if terms.get("because_of") == "report":
            terms["because_of"] = [f"r-{terms['account']}"]
        if terms["command"] == "request":
            terms["request"] = f"q-{len(self.requests)}"
            self.requests.append(terms["request"])
        for name in ("request", "id"):
            if isinstance(terms.get(name), int):
                terms[name] = self.requests[-1 - terms[name] % len(self.requests)]
        return terms


def stored_verdicts(ledger: Ledger) -> list[tuple[str, tuple[Verdict, ...]]]:
    """
    Return each act with the verdicts that are stored with it.
    """
    events = [entry.event for entry in ledger.entries()]
    return [(each.action, each.verdicts) for each in events if isinstance(each, ActionTaken)]


@settings(max_examples=60)
@given(policies(), STEPS)
def test_a_backtest_of_the_policy_in_force_all_along_says_what_was_said(policy, steps):
    """
    Every act has the verdicts that are stored with it: in a backtest of the policy in force, of the
    same document, and where it is asked about alone.
    """
    clock = HandSetClock()
    with Ledger.create("memory:", clock=clock) as ledger:
        ledger.record_many(STAFF)
        ledger.adopt_policy(policy)
        for account in "xy":
            ledger.file_report(account, category="spam", source="user", report=f"r-{account}")
        telling = Telling(ledger, clock)
        for after, told in steps:
            clock.advance(minutes=after)
            telling.tell(told)

        stored = stored_verdicts(ledger)
        event(f"{len(stored)} acts")
        in_force, same = ledger.backtest(), ledger.backtest(policy)
        assert stored == [row[:2] for row in in_force.rows]
        assert (0, 0) == (in_force.stopped, in_force.delayed)
        assert _said(stored) == _said([row[:2] for row in same.rows])
        for action, verdicts in stored:
            assert verdicts == ledger.safeguards(action).today.verdicts


def _said(rows: list[Any]) -> list[Any]:
    """
    Return what verdicts say beside the version that they were given under.
    """
    return [(action, [(v.name, v.outcome, v.why) for v in verdicts]) for action, verdicts in rows]
