"""
Adopting a policy changes what may be done from then on, and no answer about what was.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Cut, Ledger, Refused
from ledger.book.document import document
from tests.requests_policies import policies

Step = dict[str, Any]

START = datetime(2017, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STAFF = {"root": ["admin"], "ann": ["support"], "bob": ["lead"], "eve": ["lead", "legal"]}

operators = st.sampled_from(["ann", "ann", "bob", "eve"])
later = st.none() | st.integers(1, 12).map(lambda number: START + 10 * number * MINUTE)
acts = st.fixed_dictionaries(
    {
        "command": st.sampled_from(["act", "act", "request"]),
        "measure": st.sampled_from(["suspend", "lock", "warn", "terminate"]),
        "account": st.sampled_from("xxy"),
        "by": operators,
    },
    optional={"effective_at": later, "override": st.just("fire"), "ground": st.just("rule 4")},
)
concerning = st.fixed_dictionaries(
    {
        "command": st.sampled_from(["approve", "approve", "deny", "withdraw", "reverse"]),
        "number": st.integers(0, 3),
        "by": operators,
    }
)
protecting = st.fixed_dictionaries({"command": st.just("protect_account"), "account": st.just("x")})
adopting = policies().map(lambda policy: {"command": "adopt_policy", "policy": policy})
programs = st.lists(acts | acts | concerning | protecting | adopting, min_size=3, max_size=12)


class Desk:
    """
    A ledger in memory to which commands are given, allowed or not, a minute apart.
    """

    def __init__(self) -> None:
        self.clock = START
        self.ledger = Ledger.open("memory:", clock=lambda: self.clock)
        for name, roles in STAFF.items():
            self.ledger.enrol_operator(name, kind="human", roles=roles)
        for account in "xy":
            self.ledger.note(account, "seen", by="ann")
        self.numbers = count(1)
        self.actions: list[str] = []
        self.requests: list[str] = []

    def give(self, program: list[Step]) -> None:
        """
        Give commands, those that name something left out while nothing is there to be named.
        """
        for step in program:
            self.clock += MINUTE
            told = self._told(**step)
            if told is not None:
                self._give(**told)

    def _told(self, command: str, **told: Any) -> Step | None:
        why = {"command": command, "reason": "spam"}
        if command in ("act", "request"):
            return why | {"because_of": "own-initiative"} | told
        if command == "adopt_policy":
            return {"command": command, "by": "root", **told}
        if command == "protect_account":
            return why | {"by": "root", "tier": "press"} | told
        on_request = command in ("approve", "deny")
        known = self.requests if on_request else self.actions
        if not known:
            return None
        name = known[-1 - told["number"] % len(known)]
        key = "request" if on_request else {"withdraw": "id", "reverse": "action"}[command]
        reason = {} if command == "approve" else {"reason": "spam"}
        return {"command": command, key: name, "by": told["by"], **reason}

    def _give(self, command: str, **told: Any) -> None:
        try:
            result = getattr(self.ledger, command)(**told)
        except Refused:
            return
        if command == "request":
            self.requests.append(result)
        elif command == "act" or (command == "approve" and result != told["request"]):
            self.actions.append(result)

    def answers(self, cut: Cut, actions: list[str]) -> Iterator[bytes]:
        """
        Yield what every question about a cut is answered, byte for byte.
        """
        asked = self.ledger
        for account in "xy":
            yield encoded(asked.account(account, cut))
            yield encoded(asked.timeline(account, cut))
            for minutes in (0, 30, 90, 150):
                at = START + minutes * MINUTE
                yield encoded(asked.standing(account, at, cut))
                yield encoded(asked.who(account, at=at, known_at=cut))
        yield encoded(list(asked.restrictions(known_at=cut)))
        yield encoded(list(asked.entries(known_at=cut)))
        for action in actions:
            yield encoded(asked.authority(action, cut))


def encoded(answer: object) -> bytes:
    """
    Return an answer as it is printed.
    """
    return msgspec.json.encode(document(answer))


@settings(max_examples=40)
@given(programs, st.lists(policies(), min_size=1, max_size=3), programs)
def test_tightening_or_loosening_a_policy_changes_no_earlier_answer(before, adopted, behind):
    """
    At a cut, whatever is adopted after it, and whatever is then done or refused under it.
    """
    desk = Desk()
    desk.give(before)
    cut, now, actions = desk.ledger.standing("x").cut, desk.clock, list(desk.actions)
    answers = list(desk.answers(cut, actions))

    desk.give([{"command": "adopt_policy", "policy": policy} for policy in adopted])
    desk.clock = now
    assert answers == list(desk.answers(cut, actions))

    desk.clock = now + 10 * MINUTE
    desk.give(behind)
    desk.clock = now
    assert answers == list(desk.answers(cut, actions))


@settings(max_examples=30)
@given(programs, st.lists(policies(), min_size=1, max_size=3))
def test_the_text_of_the_policy_in_force_at_any_moment_is_recoverable(before, adopted):
    """
    Every version is on record as it was adopted, and every verdict names one of them.
    """
    desk = Desk()
    desk.give(before)
    desk.give([{"command": "adopt_policy", "policy": policy} for policy in adopted])

    entries = list(desk.ledger.entries())
    texts = [entry.event for entry in entries if entry.stream == "policy/default"]
    numbers = [entry.version for entry in entries if entry.stream == "policy/default"]
    assert list(range(1, len(texts) + 1)) == numbers
    assert adopted[-1] == msgspec.json.decode(texts[-1].text)  # type: ignore[attr-defined]
    known = 0
    for entry in entries:
        known += entry.stream == "policy/default"
        in_force = f"default@{known}" if known else "builtin@0"
        verdicts = getattr(entry.event, "verdicts", ())
        assert {in_force} >= {verdict.policy for verdict in verdicts}
