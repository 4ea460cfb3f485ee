"""
B8 and B9: restrictions by how long they lasted, and everyone in force at a moment.
"""

import random
from datetime import datetime
from pathlib import Path
from typing import Final

from ledger import Ledger
from ledger.moderation.moment import canonical
from ledger.store.rows import RESTRICTION_COLUMNS
from tests.benchmarks import bare
from tests.benchmarks.actions import BEGINNING
from tests.benchmarks.foundation import path_of, url_of
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale
from tests.benchmarks.stopwatch import ROUNDS, interleaved, timed

_MOMENTS: Final = 5
_MS: Final = 0.5
_MS_A_RESULT: Final = 0.02
_IN_FORCE: Final = "from_at <= ? AND until_at > ? AND known_from <= ? AND known_until > ?"


def by_duration(scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return B8: the deactivations of 9 to 13 minutes, with who began and who ended them.
    """
    path = path_of(folder, scale.actions)
    connection = bare.connect(path)
    with Ledger.open(url_of(path)) as ledger:

        def ask() -> int:
            asked = ledger.restrictions(measure="deactivate", lasting=("9m", "13m"))
            return len([(found.opened_by, found.closed_by) for found in asked])

        streams = [next(ledger.restrictions(limit=1)).account]
        results = ask()
        mine, floor = interleaved(timed(ask), timed(lambda: bare.probe(connection, streams)))
    return [
        Measurement(
            name="B8 deactivations of 9 to 13 minutes",
            value=mine * 1000,
            unit="ms",
            floor=floor * 1000,
            size=f"{ROUNDS} x {results:,} results of {scale.actions:,} actions, 1 log;"
            " the floor is an index probe",
            bar=Bar(at_most=_MS + _MS_A_RESULT * results, of="value"),
        )
    ]


def at_a_moment(scale: Scale, folder: Path) -> list[Measurement]:
    """
    Return B9: everyone in force at random moments as known at others, counted and listed.
    """
    path = path_of(folder, scale.actions)
    connection = bare.copy_restrictions(path, folder / "restrictions.bare")
    with Ledger.open(url_of(path)) as ledger:
        moments = _moments(ledger)
        texts = [
            (canonical(at), canonical(at), canonical(known_at), canonical(known_at))
            for at, known_at in moments
        ]

        def count() -> list[int]:
            return [
                ledger.count_restrictions(in_force_at=at, known_at=known_at)
                for at, known_at in moments
            ]

        def listed() -> list[int]:
            return [
                len(list(ledger.restrictions(in_force_at=at, known_at=known_at)))
                for at, known_at in moments
            ]

        def selected(columns: str) -> list[list[tuple[object, ...]]]:
            statement = f"SELECT {columns} FROM restrictions WHERE {_IN_FORCE}"  # noqa: S608
            return [connection.execute(statement, given).fetchall() for given in texts]

        hits = count()
        assert hits == listed() == [row[0][0] for row in selected("count(*)")]
        seconds = interleaved(
            timed(count),
            timed(lambda: selected("count(*)")),
            timed(listed),
            timed(lambda: selected(RESTRICTION_COLUMNS)),
        )
    counted, counted_bare, found, found_bare = (each * 1000 / len(hits) for each in seconds)
    size = (
        f"{ROUNDS} x {len(hits)} moments, {min(hits):,} to {max(hits):,} in force,"
        f" {scale.actions:,} actions, 1 log, {scale.accounts:,} accounts"
    )
    return [
        Measurement(
            name="B9 in force at T as known at K, counted",
            value=counted,
            unit="ms",
            floor=counted_bare,
            size=size,
            bar=Bar(at_most=1.5),
        ),
        Measurement(
            name="B9 in force at T as known at K, listed",
            value=found,
            unit="ms",
            floor=found_bare,
            size=size,
            bar=Bar(at_most=2.5),
        ),
    ]


def _moments(ledger: Ledger) -> list[tuple[datetime, datetime]]:
    chance = random.Random(_MOMENTS)
    last = ledger.status().recorded_at
    assert last is not None
    moments = []
    for _ in range(_MOMENTS):
        known_at = BEGINNING + (last - BEGINNING) * (1 + chance.random()) / 2
        moments.append((BEGINNING + (known_at - BEGINNING) * chance.random(), known_at))
    return moments
