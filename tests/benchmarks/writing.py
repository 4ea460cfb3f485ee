"""
B1 to B5: what an action costs, durable when it returns: alone, beside others, and in batches.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from tests.benchmarks.auditing import Audit
from tests.benchmarks.measurement import Bar, Measurement
from tests.benchmarks.processes import another
from tests.benchmarks.racing import Course, Race, Result, in_words
from tests.benchmarks.recording import (
    Batches,
    Desk,
    File,
    OneByOne,
    Outstanding,
    Processes,
    Threads,
    Way,
)
from tests.benchmarks.scale import Scale
from tests.benchmarks.site import Site

SUBMITTED_A_SECOND: Final = 20_000.0


def one_by_one(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B1: one act a transaction, on SQLite.
    """
    return _raced("B1", scale, site, [_alone(scale, Bar(at_least=0.4))])


def at_once(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B2: acts that share transactions, on SQLite.
    """
    courses = [
        _beside(scale, Bar(at_least=1.2)),
        _submitting(scale, Bar(at_least=2), SUBMITTED_A_SECOND),
    ]
    return _raced("B2", scale, site, courses)


def on_a_server(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B3: one act a transaction, and acts that share them, on PostgreSQL.
    """
    processes, threads = scale.processes
    courses = [
        _alone(scale, Bar(at_least=0.5)),
        _beside(scale, Bar(at_least=2)),
        Course(
            name="processes",
            title=f"act, {processes} processes of {threads} threads",
            way=partial(Processes, processes=processes, threads=threads),
            size=scale.together,
            sample=scale.sample,
            to_bare=Bar(at_least=2),
        ),
        _submitting(scale, Bar(at_least=3), None),
    ]
    return _raced("B3", scale, site, courses)


def in_batches(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B4: many actions a transaction, on SQLite.
    """
    return _raced("B4", scale, site, _batched(scale, Bar(at_least=0.2), Bar(at_least=0.6)))


def in_batches_on_a_server(scale: Scale, site: Site) -> list[Measurement]:
    """
    Return B5: many actions a transaction, on PostgreSQL, whose floor is COPY.

    Without the peer, which saves by a pipeline that hangs once the sockets are full (psycopg, issue
    685).
    """
    return _raced("B5", scale, site, _batched(scale, Bar(at_least=0.15), None, has_peer=False))


def _alone(scale: Scale, to_bare: Bar) -> Course:
    return Course(
        name="act",
        title="act",
        way=OneByOne,
        size=scale.singles,
        to_bare=to_bare,
        has_peer=True,
    )


def _beside(scale: Scale, to_bare: Bar) -> Course:
    return Course(
        name="threads",
        title=f"act, {scale.threads} threads",
        way=partial(Threads, hands=scale.threads),
        size=scale.together,
        sample=scale.sample,
        to_bare=to_bare,
    )


def _submitting(scale: Scale, to_bare: Bar, goal: float | None) -> Course:
    return Course(
        name="submit",
        title=f"submit, {scale.outstanding} outstanding",
        way=partial(Outstanding, outstanding=scale.outstanding),
        size=scale.together,
        sample=scale.sample,
        to_bare=to_bare,
        goal=goal,
    )


def _batched(
    scale: Scale, to_bare: Bar, to_peer: Bar | None, *, has_peer: bool = True
) -> list[Course]:
    ways: dict[str, Callable[[Desk], Way]] = {
        "record_many": partial(Batches, size=scale.batch),
        "import": File,
    }
    return [
        Course(
            name=name,
            title=name,
            way=way,
            size=scale.batch * scale.batches,
            batch=scale.batch,
            reversals=True,
            to_bare=to_bare,
            to_peer=to_peer,
            has_peer=has_peer,
        )
        for name, way in ways.items()
    ]


def _raced(number: str, scale: Scale, site: Site, courses: Sequence[Course]) -> list[Measurement]:
    """
    Return how fast everybody was on *courses* with one log and with many, and what was wrong with
    what the ledger recorded.
    """
    audit, found = Audit(), list[Measurement]()
    with another() as other:
        for course in courses:
            for logs in scale.logs:
                result = Race(site, course, logs, scale.accounts, other).run(audit)
                found += _rows(f"{number} {course.title}, {in_words(logs)}", course, result)
    return found + audit.rows(number)


def _rows(name: str, course: Course, result: Result) -> Iterator[Measurement]:
    """
    Yield the ledger's rate beside the floor's, beside that of its rows alone and that of its values
    alone, which nothing that makes and writes them can exceed, and beside the peer's and a goal
    where there are.
    """
    for beside, rate, bar in (
        ("", result.floor, course.to_bare),
        (", to its rows alone", result.rows, None),
        (", to its values alone", result.values, None),
        (", to the peer", result.other, course.to_peer),
        (", to the goal", course.goal, None),
    ):
        if rate is not None:
            yield Measurement(
                name=f"{name}{beside}",
                value=result.mine,
                unit="1/s",
                floor=rate,
                size=result.size,
                bar=bar,
            )
