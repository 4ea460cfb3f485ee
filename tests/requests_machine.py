"""
The state machine of requests: several operators ask, approve, deny, withdraw, hand over and act,
while policies are adopted, roles change, operators leave, and the clock jumps.
"""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

import ledger
from ledger import Ledger
from tests.acts_model import Done, Fact, Told
from tests.requests_agreement import assert_dossier_agrees, assert_standing_agrees
from tests.requests_audit import Audit
from tests.requests_model import Model
from tests.requests_policies import policies

START = datetime(2017, 11, 2, 12, tzinfo=UTC)
GRID = timedelta(minutes=10)
MICROSECOND = timedelta(microseconds=1)
STAFF: dict[str, Fact] = {
    "root": {"roles": ["admin"]},
    "ann": {"roles": ["support"]},
    "bob": {"roles": ["lead"]},
    "eve": {"roles": ["lead", "legal"]},
    "joe": {"roles": ["support"], "account": "y"},
    "temp": {"roles": ["legal"], "leaves_at": START + 12 * GRID},
}
PACES = [MICROSECOND, timedelta(seconds=61), GRID, 6 * GRID, timedelta(seconds=-2), None, None]
WHY = {"reason": "spam"}

picks = st.integers(0, 5)
# Whether what a command names is pending, where something is; else it is anything.
aims = st.sampled_from([True, True, False])
accounts = st.sampled_from("xxy")
operators = st.sampled_from(["ann", "ann", "bob", "eve", "joe", "temp", "root"])
approvers = st.lists(operators, min_size=1, max_size=3)
times = st.integers(-1, 30).map(lambda number: START + number * GRID)
later = st.sampled_from([1, 1, 2, 3, 6, 12]).map(lambda number: number * GRID)
terms = st.fixed_dictionaries(
    {
        "measure": st.sampled_from(["suspend", "suspend", "suspend", "warn", "terminate"]),
        "account": accounts,
        "by": operators,
    },
    optional={
        "effective_at": times,
        "expires_in": later,
        "override": st.just("fire"),
        "ground": st.just("rule 4"),
    },
)

after_a_request = precondition(lambda machine: machine.model.requests)
after_an_act = precondition(lambda machine: machine.model.acts)
after_either = precondition(lambda machine: machine.model.requests or machine.model.acts)


class Requests(RuleBasedStateMachine):
    """
    A ledger in memory beside its model.
    """

    IN_FILE: ClassVar = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name, "ledger.db")
        self.url = f"sqlite:///{path}" if self.IN_FILE else "memory:"
        self.clock = START
        self.ledger = Ledger.open(self.url, clock=lambda: self.clock)
        self.model = Model()
        self.audit = Audit()
        self.entries = 0
        self.head = START - MICROSECOND
        self.numbers = count(1)
        self.known: set[str] = set()

    def teardown(self) -> None:
        """
        Close the ledger and leave nothing behind.
        """
        self.ledger.close()
        self.folder.cleanup()

    def give(self, **command: Any) -> Told:
        """
        Give a command to the ledger and its model: they agree on what comes of it.
        """
        now = max(self.clock, self.head + MICROSECOND)
        expected = self.model.give(command, now)
        note(f"at {now.isoformat()}: {command}\n    {expected}")
        arguments = {name: value for name, value in command.items() if name != "command"}
        told: object
        try:
            told = getattr(self.ledger, command["command"])(**arguments)
        except ledger.Refused as error:
            told = error.rule, error.recorded
        if isinstance(expected, Done):
            assert isinstance(told, str), f"{told}, but {expected} was expected"
            assert expected.result in ("", told), f"{told}, but {expected} was expected"
        else:
            assert expected == told, f"{told}, but {expected} was expected"
        self._read(command, expected, now)
        return expected

    def _read(self, command: Fact, expected: Told, now: datetime) -> None:
        """
        Read what was written, and have it audited.
        """
        new = list(self.ledger.entries())[self.entries :]
        self.entries += len(new)
        if isinstance(expected, Done):
            written = expected.written
        else:
            written = [("account.command_refused", command["by"])] * expected.recorded
        told = [(entry.kind, entry.operator) for entry in new]
        assert written == told, f"{told} was written, {written} was expected"
        assert all(now == entry.recorded_at for entry in new)
        self.head = now if new else self.head
        self.audit.read(new)
        self.known |= {e.stream[len("account/") :] for e in new if e.kind.startswith("account.")}

    def pick(self, some: dict[str, Fact], number: int, *, aim: bool) -> str:
        """
        Return the id that lies *number* back from the last, of those that are pending if aimed at.
        """
        waiting = [known["id"] for known in self.model.pending(self.clock) if known["id"] in some]
        ids = waiting if aim and waiting else list(some)
        return ids[-1 - number % len(ids)]

    @initialize(policy=st.none() | policies(), wishes=st.lists(terms, min_size=1, max_size=3))
    def begin(self, policy: Fact | None, wishes: list[Fact]) -> None:
        """
        Enrol everybody, adopt a policy or none, and ask for a few approvals.
        """
        for name, told in STAFF.items():
            self.ledger.enrol_operator(name, kind="human", **told)
            self.model.enrol(name, tzinfo=UTC, **told)
        enrolled = list(self.ledger.entries())
        self.entries, self.head = len(enrolled), enrolled[-1].recorded_at
        self.audit.read(enrolled)
        if policy is not None:
            self.adopt(policy)
        for wish in wishes:
            self.request(wish, None, [])

    @rule(pace=st.sampled_from(PACES))
    def wait(self, pace: timedelta | None) -> None:
        """
        Set the clock forward, at times to the next of the times that commands name, or back.
        """
        self.clock += GRID - (self.clock - START) % GRID if pace is None else pace

    @rule(number=picks, early=st.sampled_from([timedelta(0), timedelta(0), 2 * MICROSECOND]))
    def wait_until_due(self, number: int, early: timedelta) -> None:
        """
        Set the clock to a moment at which something lapses, begins or ends, or to just before it.
        """
        acts, requests = self.model.acts.values(), self.model.requests.values()
        due = {act[key] for act in acts for key in ("from", "expires_at")}
        due |= {request["lapses_at"] for request in requests}
        due |= {approval["until"] for request in requests for approval in request["approvals"]}
        coming = sorted(at for at in due if at is not None and at - early > self.clock)
        if coming:
            self.clock = coming[number % len(coming)] - early

    @rule(policy=policies())
    def adopt(self, policy: Fact) -> None:
        """
        Adopt another policy, whatever is pending.
        """
        self.give(command="adopt_policy", policy=policy, by="root")

    @rule(
        change=st.sampled_from(["bar", "unbar", "unbar", "grant", "revoke", "protect", "offboard"]),
        operator=st.sampled_from(["ann", "bob", "eve", "joe", "temp"]),
        role=st.sampled_from(["lead", "legal", "support"]),
        account=accounts,
        pending=st.sampled_from(["let-stand", "withdraw", "hand-over:eve", "hand-over:bob"]),
        leaves_at=st.none() | times,
    )
    def change(self, change: str, account: str, **told: Any) -> None:
        """
        Change what an operator may do, let him leave with what he leaves behind, or protect an
        account or end that.
        """
        operator, leaves_at = told["operator"], told["leaves_at"]
        match change:
            case "bar" | "unbar":
                self.give(command=f"{change}_operator", operator=operator, by="root", **WHY)
            case "grant" | "revoke":
                role = told["role"]
                self.give(command=f"{change}_role", operator=operator, role=role, by="root")
            case "offboard":
                given = {"pending": told["pending"]} | (
                    {"effective_at": leaves_at} if leaves_at else {}
                )
                self.give(command="offboard_operator", operator=operator, by="root", **given)
            case _ if self.model.tiers.get(account) is None:
                self.give(
                    command="protect_account", account=account, tier="press", by="root", **WHY
                )
            case _:
                self.give(command="unprotect_account", account=account, by="root", **WHY)

    def _terms(self, told: Fact) -> Fact:
        """
        Return the terms of an act under a new id, at times in place of what holds its slot.
        """
        told = {**WHY, "because_of": "own-initiative", **told}
        now = max(self.clock, self.head + MICROSECOND)
        at = told.get("effective_at", now)
        expires_in = told.pop("expires_in", None)
        if expires_in is not None and told["measure"] != "terminate":
            told["expires_at"] = at + expires_in
        held = [
            act["id"]
            for act in self.model.in_force(told["account"], at)
            if act["measure"] == told["measure"] != "warn"
        ]
        number = next(self.numbers)
        if held and number % 3:
            told["supersedes"] = held[0]
        return told | {"action": f"a {number}"}

    @rule(told=terms)
    def act(self, told: Fact) -> None:
        """
        Act without asking anybody.
        """
        self.give(command="act", **self._terms(told))

    @rule(told=terms, lapses_in=st.none() | later, bys=st.just([]) | approvers)
    def request(self, told: Fact, lapses_in: timedelta | None, bys: list[str]) -> None:
        """
        Ask for approvals of an act; at times some come at once.
        """
        told = self._terms(told)
        if lapses_in is not None:
            told["lapses_at"] = max(self.clock, self.head + MICROSECOND) + lapses_in
        name = f"q {told['action']}"
        if isinstance(self.give(command="request", request=name, **told), Done):
            self._approve(name, bys)

    def _approve(self, request: str, bys: list[str]) -> None:
        for by in bys:
            self.give(command="approve", request=request, by=by)

    @after_a_request
    @rule(number=picks, aim=aims, bys=approvers)
    def approve(self, number: int, bys: list[str], *, aim: bool) -> None:
        """
        Approve a request, one operator after another.
        """
        self._approve(self.pick(self.model.requests, number, aim=aim), bys)

    @after_a_request
    @rule(
        number=picks,
        bys=st.permutations(list(STAFF)),
        between=st.sampled_from(["wait", "hand over", "nothing", "deny", "withdraw"]),
        early=st.sampled_from([timedelta(0), 2 * MICROSECOND]),
    )
    def gather(self, number: int, bys: list[str], between: str, early: timedelta) -> None:
        """
        Let everybody approve a request until it is over; in between or in the end comes something.
        """
        name = self.pick(self.model.requests, number, aim=True)
        request = self.model.requests[name]
        for by in bys:
            if request["state"] != "pending":
                continue
            given = self.give(command="approve", request=name, by=by)
            if between == "wait":
                self.wait_until_due(0, early)
            elif between == "hand over" and isinstance(given, Done):
                self.give(command="hand_over", id=name, by="root", to=by)
        if between == "deny":
            self.give(command="deny", request=name, by=bys[-1], **WHY)
        elif between == "withdraw" and request["state"] == "granted":
            self.give(command="withdraw", id=request["action"], by=bys[-1], **WHY)

    @after_a_request
    @rule(number=picks, aim=aims, by=operators)
    def deny(self, number: int, by: str, *, aim: bool) -> None:
        """
        Deny a request, at times one whose act was granted and is still to take effect.
        """
        granted = {
            known["request"]: known
            for known in self.model.pending(self.clock)
            if aim and known.get("request") in self.model.requests
        }
        name = self.pick(granted or self.model.requests, number, aim=False)
        self.give(command="deny", request=name, by=by, **WHY)

    @after_either
    @rule(number=picks, aim=aims, by=operators)
    def withdraw(self, number: int, by: str, *, aim: bool) -> None:
        """
        Withdraw a request or an act, which may be over.
        """
        name = self.pick({**self.model.acts, **self.model.requests}, number, aim=aim)
        self.give(command="withdraw", id=name, by=by, **WHY)

    @after_either
    @rule(number=picks, aim=aims, by=operators, to=operators)
    def hand_over(self, number: int, by: str, to: str, *, aim: bool) -> None:
        """
        Let another operator answer for a request or an act, which may be over: at times one who
        approved it.
        """
        name = self.pick({**self.model.acts, **self.model.requests}, number, aim=aim)
        approved = self.model.requests.get(name, {}).get("approvals", ())
        if aim and approved:
            to = approved[-1]["by"]
        self.give(command="hand_over", id=name, by=by, to=to)

    @after_an_act
    @rule(number=picks, by=operators)
    def reverse(self, number: int, by: str) -> None:
        """
        Reverse an act now.
        """
        action = self.pick(self.model.acts, number, aim=False)
        self.give(command="reverse", action=action, by=by, **WHY)

    @rule(rebuild=st.booleans())
    def change_nothing(self, *, rebuild: bool) -> None:
        """
        Do what must not change any answer.
        """
        if rebuild:
            assert not any(difference.differed for difference in self.ledger.rebuild())
        elif self.IN_FILE:
            self.ledger.close()
            self.ledger = Ledger.open(self.url, clock=lambda: self.clock, create=False)

    @invariant()
    def accounts_are_as_told(self) -> None:
        """
        Where each act and each request stands, who answers for it and who approved it.
        """
        for account in sorted(self.known):
            assert_dossier_agrees(self.ledger.account(account), self.model, self.clock)

    @invariant()
    def what_is_in_force_is_as_told(self) -> None:
        """
        Now and at times to come, and never what was withdrawn or denied before its effect.
        """
        cancelled = set(self.audit.cancelled())
        now = max(self.clock, self.head)
        for account in sorted(self.known):
            for at in (now, now + GRID, now + 6 * GRID):
                standing = self.ledger.standing(account, at)
                assert_standing_agrees(standing, self.model)
                assert cancelled.isdisjoint(known.action for known in standing.in_force)
        assert cancelled.isdisjoint(known.action for known in self.ledger.restrictions())


class RequestsInAFile(Requests):
    """
    A ledger in a file, which is closed and opened again in between.
    """

    IN_FILE = True
