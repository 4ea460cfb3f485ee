"""
B6 and B7: the whole log as typed entries, and one account as of any moment.
"""

import random
from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from ledger import Ledger
from tests.benchmarks.actions import ONE, actions
from tests.benchmarks.foundation import name_of, name_of_long
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Site
from tests.benchmarks.stopwatch import ROUNDS, interleaved, timed

_SHORT_MS_MAX: Final = 0.2
_MS_MAX: Final = 3.0
_ACCOUNTS_EACH: Final = 3
# The account that is alone in its ledger is asked about less often: it may take a thousand times as
# long.
_OFTEN: Final = 25


def whole_log(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B6: every entry read and decoded.
    """
    name = name_of(scale.actions)
    bare, decode = site.connect(name), msgspec.json.decode

    def select() -> None:
        for body in bare.bodies():
            decode(body)

    with Ledger.open(site.url(name)) as ledger:
        entries = ledger.status().entries
        mine, floor = interleaved(timed(lambda: deque(ledger.entries(), maxlen=0)), timed(select))
    return [
        Measurement(
            name="B6 read the log as typed entries",
            value=entries / mine,
            unit="1/s",
            floor=entries / floor,
            size=f"{ROUNDS} x {entries:,} entries, 1 log, {scale.accounts:,} accounts",
            bar=Bar(at_least=0.5),
        )
    ]


class Asked(NamedTuple):
    """
    A question about an account at a moment, as known at another one.
    """

    account: str
    at: datetime
    known_at: datetime


class Group(NamedTuple):
    """
    Accounts of about the same size.

    Args:
        entries: How many entries each was to have.

        had: How many those have that have least and most.

        ledger: The name of the one that they are in, among so many *actions*.

        questions: How many a round are asked.
    """

    entries: int
    accounts: list[str]
    had: tuple[int, int]
    ledger: str
    actions: int
    questions: int


def one_account(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B7: the standing of an account, and all that is on record of it.
    """
    found = []
    for group in _groups(scale):
        standing, account, probe = _milliseconds(site, group)
        found += [
            Measurement(
                name=f"B7 {what} of {group.entries:,} entries as of",
                value=value,
                unit="ms",
                floor=probe,
                size=f"{ROUNDS} x {group.questions} questions to accounts of {group.had[0]:,} to"
                f" {group.had[1]:,} entries among {group.actions:,}, 1 log; the floor is an index"
                " probe",
                bar=Bar(
                    at_most=_SHORT_MS_MAX if group.entries == scale.entries[0] else _MS_MAX,
                    of="value",
                ),
            )
            for what, value in (("standing", standing), ("account", account))
        ]
    return found


def _groups(scale: Scale) -> Iterator[Group]:
    """
    Yield the accounts nearest to each number of entries; of the last number there is one alone.
    """
    counted = Counter(each.account for each in islice(actions(scale.accounts), scale.actions))
    *numbers, longest = scale.entries
    for entries in numbers:
        nearest = sorted(counted, key=lambda account: abs(counted[account] - entries))
        chosen = nearest[:_ACCOUNTS_EACH]
        had = sorted(counted[account] for account in chosen)
        ledger = name_of(scale.actions)
        yield Group(entries, chosen, (had[0], had[-1]), ledger, scale.actions, scale.questions)
    questions = max(1, scale.questions // _OFTEN)
    ledger = name_of_long(longest)
    yield Group(longest, [ONE], (longest, longest), ledger, longest, questions)


def _milliseconds(site: Site, group: Group) -> list[float]:
    """
    Return how long one standing, one account and one index probe take.
    """
    bare = site.connect(group.ledger)
    with Ledger.open(site.url(group.ledger)) as ledger:
        asked = _questions(ledger, group.accounts, group.questions)
        streams = [f"account/{each.account}" for each in asked]

        def standings() -> None:
            for account, at, known_at in asked:
                ledger.standing(account, at, known_at)

        def accounts() -> None:
            for account, _, known_at in asked:
                ledger.account(account, known_at)

        seconds = interleaved(timed(standings), timed(accounts), timed(lambda: bare.probe(streams)))
    bare.close()
    return [each / len(asked) * 1000 for each in seconds]


def _questions(ledger: Ledger, accounts: list[str], size: int) -> list[Asked]:
    """
    Return random questions, each as known when the account was on record already.
    """
    chance = random.Random(size)
    last = ledger.status().recorded_at
    assert last is not None
    asked = []
    for _ in range(size):
        account = chance.choice(accounts)
        first = next(ledger.entries(account=account)).recorded_at
        at, known_at = (first + _part(chance, last - first) for _ in range(2))
        asked.append(Asked(account, at, known_at))
    return asked


def _part(chance: random.Random, whole: timedelta) -> timedelta:
    return whole * chance.random()
