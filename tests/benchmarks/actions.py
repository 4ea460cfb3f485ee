"""
The actions that every bench records: generated from a seed, the same on every machine.

Most accounts have few actions and a few have very many; 49 % of all actions are those of one
automation, as in real logs; one in a hundred is recorded about a day late. A measure ends by a
reversal, by expiry, or not at all, after minutes, hours or months.
"""

import heapq
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count
from typing import Final

import attrs

BEGINNING: Final = datetime(2015, 1, 1, tzinfo=UTC)
AUTOMATION: Final = "automation-1"
# The account of `upon_one`.
ONE: Final = "account-1"
OPERATORS: Final = tuple(f"moderator-{number}" for number in range(1, 201))
# Held once by an account, and as often as one likes.
SINGLE: Final = ("deactivate", "suspend", "lock", "limit", "demonetise")
MANY: Final = ("warn", "label", "issue_strike")

_SEED: Final = 2017
_SECONDS_BETWEEN: Final = 420.0
_AUTOMATION_SHARE: Final = 0.49
_LATE_SHARE: Final = 0.01
_LATE_BY: Final = timedelta(days=1)
_RECORDED_AFTER: Final = timedelta(seconds=2)
_REVERSED_SHARE: Final = 0.55
_EXPIRING_SHARE: Final = 0.35
# The logarithm of the seconds: half of them last less than six hours, one in forty 9 to 13 minutes.
_LASTING_MEAN, _LASTING_DEVIATION = 10.0, 2.0
# How long one account is without what it was under before.
_TURN: Final = timedelta(minutes=30)
# Leaves the busiest account one action in two hundred.
_RANK_SHIFT: Final = 30
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_REASONS: Final = (
    "spam wave 17",
    "looks like a parody",
    "repeated unwanted mentions",
    "credentials offered for sale elsewhere",
    "impersonates a public office; see the attached screenshots",
)


@attrs.frozen
class Action:
    """
    A measure used on an account, or its reversal, as a command of the front door.

    Args:
        recorded_at: Never earlier than that of the one before.
    """

    recorded_at: datetime
    account: str
    command: dict[str, object]


@attrs.frozen(order=True)
class _Due:
    at: datetime
    action: str
    account: str = attrs.field(order=False)


class _Moderation:
    """
    What a platform does over time; no account is put twice under what it is under already.
    """

    def __init__(self, accounts: int, *, reversals: bool) -> None:
        self._random = random.Random(_SEED)
        self._reversals = reversals
        self._accounts = [f"account-{rank}" for rank in range(1, accounts + 1)]
        self._weights = _heavy_tailed(accounts)
        self._operator_weights = _heavy_tailed(len(OPERATORS))
        self._free_from: dict[tuple[str, str], datetime] = {}
        self._due: list[_Due] = []
        self._number = 0

    def actions(self) -> Iterator[Action]:
        now = BEGINNING
        while True:
            now += timedelta(seconds=round(self._random.expovariate(1 / _SECONDS_BETWEEN), 3))
            if self._due and self._due[0].at <= now:
                yield _reversal(heapq.heappop(self._due), self._operator(), now)
            else:
                yield self._act(now)

    def _operator(self) -> str:
        if self._random.random() < _AUTOMATION_SHARE:
            return AUTOMATION
        return self._random.choices(OPERATORS, cum_weights=self._operator_weights)[0]

    def _act(self, now: datetime) -> Action:
        account, measure = self._slot(now)
        late = self._random.random() < _LATE_SHARE
        free_from = self._free_from.get((account, measure), BEGINNING)
        taken_at = now - _LATE_BY if late and free_from <= now - _LATE_BY else now
        command: dict[str, object] = {
            "command": "act",
            "measure": measure,
            "account": account,
            "by": self._operator(),
            "because_of": "own-initiative",
            "reason": self._random.choice(_REASONS),
            "effective_at": taken_at,
        }
        self._free_from[account, measure] = self._end(command, taken_at, account)
        return Action(now + _RECORDED_AFTER, account, command)

    def _slot(self, now: datetime) -> tuple[str, str]:
        """
        Return an account and a measure that can be used on it.
        """
        account = self._random.choices(self._accounts, cum_weights=self._weights)[0]
        measure = self._random.choice(SINGLE)
        if self._free_from.get((account, measure), BEGINNING) > now:
            measure = self._random.choice(MANY)
        return account, measure

    def _end(self, command: dict[str, object], taken_at: datetime, account: str) -> datetime:
        """
        Say in *command* how it will end, and return when its slot is free again.
        """
        seconds = self._random.lognormvariate(_LASTING_MEAN, _LASTING_DEVIATION)
        end = taken_at + timedelta(seconds=1 + round(min(seconds, 1e8), 3))
        kind = self._random.random()
        if not self._reversals or kind >= 1 - _EXPIRING_SHARE:
            command["expires_at"] = end
        elif kind < _REVERSED_SHARE:
            self._number += 1
            command["action"] = f"action-{self._number}"
            heapq.heappush(self._due, _Due(end, f"action-{self._number}", account))
            # Free only once the reversal is recorded, which may be after the next action.
            end += timedelta(days=1)
        else:
            end = _NEVER
        return end


def _reversal(due: _Due, by: str, now: datetime) -> Action:
    command: dict[str, object] = {
        "command": "reverse",
        "action": due.action,
        "by": by,
        "reason": "appeal granted",
        "effective_at": due.at,
    }
    return Action(now + _RECORDED_AFTER, due.account, command)


def _heavy_tailed(size: int) -> list[float]:
    """
    Return cumulative weights that fall with the rank, the first of them far above the others.
    """
    return list(accumulate(1 / (rank + _RANK_SHIFT) for rank in range(size)))


def actions(accounts: int, *, reversals: bool = True) -> Iterator[Action]:
    """
    Return actions without end, in the order in which they are recorded.

    Args:
        reversals: Whether some of them are reversals; without them every measure expires.
    """
    return _Moderation(accounts, reversals=reversals).actions()


def upon_one() -> Iterator[Action]:
    """
    Return actions on one account without end: what can be held once, again and again.

    Each ends within half an hour, by a reversal or by expiry, so that no more than a few
    restrictions are in force at any moment, however many there were.
    """
    chance = random.Random(_SEED)
    due: list[_Due] = []
    for number in count():
        now = BEGINNING + number * _TURN / len(SINGLE)
        while due and due[0].at <= now:
            ending = heapq.heappop(due)
            yield _reversal(ending, chance.choice(OPERATORS), ending.at)
        command: dict[str, object] = {
            "command": "act",
            "measure": SINGLE[number % len(SINGLE)],
            "account": ONE,
            "by": chance.choice(OPERATORS),
            "because_of": "own-initiative",
            "reason": chance.choice(_REASONS),
            "effective_at": now,
        }
        end = now + _TURN * chance.uniform(0.1, 0.9)
        if chance.random() < _REVERSED_SHARE:
            command["action"] = f"action-{number}"
            heapq.heappush(due, _Due(end, f"action-{number}", ONE))
        else:
            command["expires_at"] = end
        yield Action(now + _RECORDED_AFTER, ONE, command)


def enrolments() -> list[dict[str, object]]:
    """
    Return the commands that make the operators known.
    """
    kinds = {AUTOMATION: "automation"} | dict.fromkeys(OPERATORS, "human")
    return [
        {"command": "enrol_operator", "operator": name, "kind": kind, "roles": ["support"]}
        for name, kind in kinds.items()
    ]
