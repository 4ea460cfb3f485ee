"""
B6 and B7: the whole log as typed entries, and one account as of any moment.
"""

import random
import sqlite3
from collections import Counter, deque
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ledger import Ledger
from tests.benchmarks import bare
from tests.benchmarks.actions import actions
from tests.benchmarks.foundation import path_of, url_of
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale
from tests.benchmarks.stopwatch import ROUNDS, interleaved, timed

ENTRIES_MS_MAX: Final = {10: 0.2, 1_000: 3.0}
_ACCOUNTS_EACH: Final = 3


def whole_log(scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return B6: every entry read and decoded.
    """
    path = path_of(folder, scale.actions)
    connection = bare.connect(path)
    decode = msgspec.json.decode

    def select() -> None:
        for (body,) in connection.execute("SELECT body FROM entries ORDER BY log, position"):
            decode(body)

    with Ledger.open(url_of(path)) as ledger:
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


def one_account(scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return B7: the standing of an account, and all that is on record of it.
    """
    path = path_of(folder, scale.actions)
    recorded = islice(actions(scale.accounts), scale.actions)
    counted = Counter(action.account for action in recorded)
    connection = bare.connect(path)
    found = []
    with Ledger.open(url_of(path)) as ledger:
        for entries, ms_max in ENTRIES_MS_MAX.items():
            nearest = sorted(counted, key=lambda account: abs(counted[account] - entries))
            chosen = nearest[:_ACCOUNTS_EACH]
            had = sorted(counted[account] for account in chosen)
            asked = _questions(ledger, chosen, scale.questions)
            standing, account, probe = _milliseconds(ledger, connection, asked)
            found += [
                Measurement(
                    name=f"B7 {what} of {entries:,} entries as of",
                    value=value,
                    unit="ms",
                    floor=probe,
                    size=f"{ROUNDS} x {len(asked)} questions to accounts of {had[0]:,} to"
                    f" {had[-1]:,} entries among {scale.actions:,}, 1 log; the floor is an index"
                    " probe",
                    bar=Bar(at_most=ms_max, of="value"),
                )
                for what, value in (("standing", standing), ("account", account))
            ]
    return found


def _milliseconds(
    ledger: Ledger, connection: sqlite3.Connection, asked: list[Asked]
) -> list[float]:
    """
    Return how long one standing, one account and one index probe take.
    """
    streams = [f"account/{account}" for account, _, _ in asked]

    def standings() -> None:
        for account, at, known_at in asked:
            ledger.standing(account, at, known_at)

    def accounts() -> None:
        for account, _, known_at in asked:
            ledger.account(account, known_at)

    seconds = interleaved(
        timed(standings), timed(accounts), timed(lambda: bare.probe(connection, streams))
    )
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
