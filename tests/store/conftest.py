"""
Ledgers whose database a test may look into, and a lively history to look at.
"""

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from ledger import Keys, Ledger, Malformed, NotFound, Refused, Restriction
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.rules import RULES
from ledger.moderation.vocabulary import BUILT_IN
from ledger.store import settings
from ledger.store import url as urls
from ledger.store.database import Database
from ledger.store.settings import Settings
from tests.conftest import BACKENDS, SEALED, Backend, HandSetClock, enrol_staff

MAX_SKEW = timedelta(minutes=5)
ACCOUNTS = ("anna", "björn", "c\N{SNOWMAN}", "dora")
MEASURES = ("deactivate", "suspend", "issue_strike", "warn", "revoke_credentials")


STRICTER = Backend(
    "postgres-256-logs-repeatable-read", "postgres", logs=256, isolation=r"repeatable\ read"
)
EVERY = [SEALED] if os.environ.get("LEDGER_SEALED") else [*BACKENDS, STRICTER]


def on(*engines: str, logs: int | None = None) -> pytest.MarkDecorator:
    """
    Return the mark of a test that is about these engines, and runs on no other.

    Args:
        logs: Only where a ledger has as many.
    """
    chosen = [
        backend for backend in EVERY if backend.engine in engines and logs in (None, backend.logs)
    ]
    return pytest.mark.parametrize("backend", chosen, ids=lambda each: each.name, indirect=True)


@pytest.fixture(params=EVERY, ids=lambda backend: backend.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    """
    Return each backend in turn, and one that rolls back the second of two writers.
    """
    given: Backend = request.param
    return given


@pytest.fixture
def database(ledger_url: str) -> Iterator[Database]:
    """
    Return the database of `ledger`, on each backend in turn.
    """
    opened = urls.connect(ledger_url, create=True)
    yield opened
    opened.close()


@pytest.fixture
def ledger(
    request: pytest.FixtureRequest, database: Database, backend: Backend, clock: HandSetClock
) -> Ledger:
    """
    Return an empty ledger in `database`.
    """
    fixed = Settings(origin="example.org/log", logs=backend.logs, sealed=backend.sealed)
    keys: Keys | None = request.getfixturevalue("sealing_keys") if backend.sealed else None
    settings.create(database, fixed)
    return Ledger(
        database,
        fixed,
        clock,
        Rulebook(BUILT_IN, RULES),
        MAX_SKEW,
        keys=None if keys is None else keys.create(fixed.origin),
    )


@pytest.fixture
def shared(ledger_url: str, backend: Backend) -> Iterator[Ledger]:
    """
    Return a ledger with operators, for processes that all go by the clock of the machine.
    """
    with Ledger.create(ledger_url, logs=backend.logs) as created:
        yield enrol_staff(created)


@pytest.fixture
def other(
    request: pytest.FixtureRequest, staffed: Ledger, ledger_url: str, clock: HandSetClock
) -> Iterator[Ledger]:
    """
    Return the ledger that is `staffed`, opened once more as another process would, which has looked
    at it already.
    """
    keys = request.getfixturevalue("sealing_keys") if staffed.settings.sealed else None
    with Ledger.open(ledger_url, create=False, clock=clock, keys=keys) as opened:
        assert staffed.settings == opened.settings
        opened.note("another", "a word", by="op-7")
        yield opened


@pytest.fixture
def lively(staffed: Ledger, clock: HandSetClock) -> Ledger:
    """
    Return a ledger after a hundred and twenty commands of every kind about four accounts.
    """
    for _ in live(staffed, clock, commands=120):
        pass
    return staffed


def edges(known: list[Restriction]) -> list[datetime]:
    """
    Return every moment at which a restriction begins or ends, in order.
    """
    ends = (restriction.until for restriction in known if restriction.until is not None)
    return sorted({*(restriction.from_ for restriction in known), *ends})


def live(ledger: Ledger, clock: HandSetClock, *, commands: int, seed: int = 17) -> Iterator[None]:
    """
    Give *ledger* seeded commands, late and deferred ones among them, and stop after each.

    Those that the rules forbid are given all the same, and fail.
    """
    chance = random.Random(seed)
    ids: list[str] = []
    # What is late must not be earlier than the operators.
    clock.advance(hours=6)
    for _ in range(commands):
        clock.advance(minutes=chance.choice([0, 0, 1, 20]))
        name = chance.choice(["act", "act", "act", "reverse", "amend", "correct", "withdraw"])
        with suppress(Malformed, NotFound, Refused):
            ids.append(_command(ledger, clock, chance, name, ids))
        yield


def _command(
    ledger: Ledger, clock: HandSetClock, chance: random.Random, name: str, ids: list[str]
) -> str:
    told: dict[str, Any] = {
        "by": chance.choice(["op-1", "op-7", "op-7", "op-417"]),
        "reason": "because",
    }
    moved = clock.now + timedelta(minutes=chance.choice([-90, -5, 5, 90]))
    some = chance.choice(ids[-6:] or ["none"])
    match name:
        case "act":
            told["effective_at"] = chance.choice([None, None, moved])
            told["expires_at"] = chance.choice([None, None, clock.now + timedelta(hours=2)])
            measure, account = chance.choice(MEASURES), chance.choice(ACCOUNTS)
            told["because_of"] = "own-initiative"
            try:
                return ledger.act(measure, account, **told)
            except Refused as refusal:
                if refusal.rule != "in-force-already":
                    raise
                return ledger.act(measure, account, supersedes=refusal.action, **told)
        case "reverse":
            return ledger.reverse(some, effective_at=chance.choice([None, None, moved]), **told)
        case "amend":
            return ledger.amend(some, expires_at=chance.choice([None, moved]), **told)
        case "correct":
            return ledger.correct(some, effective_at=moved, operator="op-7", **told)
        case _:
            return ledger.withdraw(some, **told)
