"""
B8 and B9: restrictions by how long they lasted, and everyone in force at a moment.
"""

import random
from contextlib import ExitStack
from datetime import datetime
from typing import Final

from ledger import Ledger
from ledger.moderation.moment import canonical
from ledger.store.rows import RESTRICTION_COLUMNS
from tests.benchmarks.actions import BEGINNING
from tests.benchmarks.foundation import name_of
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Rows, Site
from tests.benchmarks.stopwatch import ROUNDS, interleaved, timed

_MOMENTS: Final = 5
_MS: Final = 0.5
_MS_A_RESULT: Final = 0.02
_TIMES_FEW_MAX: Final = 2.0
_IN_FORCE: Final = "from_at <= ? AND until_at > ? AND known_from <= ? AND known_until > ?"


def by_duration(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B8: the deactivations of 9 to 13 minutes, with who began and who ended them.
    """
    with ExitStack() as ending:
        bare = site.connect(name_of(scale.actions))
        ending.callback(bare.close)
        ledger = ending.enter_context(Ledger.open(site.url(name_of(scale.actions))))
        streams = [f"account/{next(ledger.restrictions(limit=1)).account}"]
        results = len(_lasting_minutes(ledger, None))
        contenders = [
            timed(lambda: _lasting_minutes(ledger, None)),
            timed(lambda: bare.probe(streams)),
        ]
        if scale.vast:
            vast = ending.enter_context(Ledger.open(site.url(name_of(scale.vast))))
            assert results == len(_lasting_minutes(vast, results))
            contenders.append(timed(lambda: _lasting_minutes(vast, results)))
        mine, floor, *among_many = (each * 1000 for each in interleaved(*contenders))
    most = _MS + _MS_A_RESULT * results
    size = f"{ROUNDS} x {results:,} results of {scale.actions:,} actions, 1 log; the floor is"
    return [
        Measurement(
            name="B8 deactivations of 9 to 13 minutes",
            value=mine,
            unit="ms",
            floor=floor,
            size=f"{size} an index probe",
            bar=Bar(at_most=most, of="value"),
        ),
        *(
            Measurement(
                name=f"B8 as many of {scale.vast:,} actions",
                value=each,
                unit="ms",
                floor=mine,
                size=f"{size} that",
                bar=Bar(at_most=_TIMES_FEW_MAX),
            )
            for each in among_many
        ),
    ]


def _lasting_minutes(ledger: Ledger, limit: int | None) -> list[tuple[str, str | None]]:
    asked = ledger.restrictions(measure="deactivate", lasting=("9m", "13m"), limit=limit)
    return [(found.opened_by, found.closed_by) for found in asked]


def at_a_moment(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B9: everyone in force at random moments as known at others, counted and listed.
    """
    name = name_of(scale.actions)
    site.make(floor := "restrictions_bare")
    site.copy_restrictions(name, floor)
    bare = site.connect(floor)
    with Ledger.open(site.url(name)) as ledger:
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

        def selected(columns: str) -> list[Rows]:
            statement = f"SELECT {columns} FROM restrictions WHERE {_IN_FORCE}"  # noqa: S608
            return [bare.select(statement, given) for given in texts]

        hits = count()
        assert hits == listed() == [row[0][0] for row in selected("count(*)")]
        seconds = interleaved(
            timed(count),
            timed(lambda: selected("count(*)")),
            timed(listed),
            timed(lambda: selected(RESTRICTION_COLUMNS)),
        )
    bare.close()
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
