"""
The checks that look at all acts of an operator together, and durations as they are spelled.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger
from ledger.forensics.conduct import Conduct, Deed, Remark, burst, last_active_day, spelled
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.moment import MICROSECOND, duration
from ledger.moderation.operator import Operator
from tests.conftest import action_command, enrol_staff

DAY = datetime(2017, 11, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MONTH = timedelta(days=30)


def deeds_at(times: Iterable[datetime], closed_by: str | None = None) -> list[Deed]:
    """
    Return an act at each of *times*, ended by *closed_by* a day later.
    """
    until = timedelta(days=1)
    return [
        Deed(at, at, 0, number, closed_by, at + until if closed_by else None)
        for number, at in enumerate(times, start=1)
    ]


def conduct(
    deeds: list[Deed], kind: OperatorKind = OperatorKind.HUMAN, idle: timedelta = 3 * MONTH
) -> Conduct:
    """
    Return the conduct of op-7 who did *deeds*, in a log that ends *idle* after `DAY`.
    """
    return Conduct(Operator("op-7", kind=kind), deeds, DAY + idle)


def found(remarks: Iterable[Remark]) -> list[tuple[int, str]]:
    """
    Return the positions of what was remarked on, and what was said before the first semicolon.
    """
    return sorted((remark.deed.position, remark.why.split(";")[0]) for remark in remarks)


@pytest.mark.parametrize(
    ("acts", "length", "expected"),
    [
        (20, MINUTE, ["the first of 20 acts within 1m"]),
        (20, MINUTE + MICROSECOND, []),
        (19, timedelta(0), []),
        (20, timedelta(0), ["the first of 20 acts within 0s"]),
    ],
)
def test_a_burst_is_twenty_acts_within_a_minute(acts, length, expected):
    """
    Not one act less, and not a moment more.
    """
    begins, ends = DAY, DAY + length
    deeds = deeds_at([begins] * (acts - 1) + [ends])

    assert expected == [remark.why for remark in burst(conduct(deeds))]


def test_a_burst_that_goes_on_is_one():
    """
    An act every three seconds for an hour is one burst, found at its first act.
    """
    deeds = deeds_at(DAY + timedelta(seconds=3 * number) for number in range(1200))

    assert [(1, "the first of 1200 acts within 59m57s")] == found(burst(conduct(deeds)))


def test_bursts_that_share_one_act_are_one():
    """
    The last act of the one is the first of the other, and no other minute holds twenty.
    """
    deeds = deeds_at([DAY] * 19 + [DAY + MINUTE] + [DAY + 2 * MINUTE] * 19)

    assert [(1, "the first of 39 acts within 2m")] == found(burst(conduct(deeds)))


def test_bursts_that_share_no_act_are_two():
    """
    Each has its own first act; what lies between them belongs to neither.
    """
    second = timedelta(seconds=1)
    first = [DAY + number * second for number in range(20)]
    later = [DAY + 5 * MINUTE + number * second for number in range(25)]
    deeds = deeds_at([*first, DAY + 3 * MINUTE, *later])

    assert [
        (1, "the first of 20 acts within 19s"),
        (22, "the first of 25 acts within 24s"),
    ] == found(burst(conduct(deeds)))


@pytest.mark.parametrize("kind", OperatorKind)
def test_what_is_made_to_act_by_the_hundred_has_no_bursts(kind):
    """
    Automations, services and the system are left out; whom an import met may be human.
    """
    expected = kind in (OperatorKind.HUMAN, OperatorKind.UNKNOWN)

    assert expected == bool(found(burst(conduct(deeds_at([DAY] * 20), kind))))


@given(st.lists(st.integers(0, 200), max_size=70))
def test_bursts_are_the_acts_in_crowded_minutes(seconds):
    """
    An act belongs to a burst exactly where a minute around it holds twenty.
    """
    times = [DAY + timedelta(seconds=second) for second in sorted(seconds)]
    crowded = [
        index
        for index in range(len(times))
        if any(
            times[start + 19] - times[start] <= MINUTE
            for start in range(max(index - 19, 0), min(index + 1, len(times) - 19))
        )
    ]
    remarks = found(burst(conduct(deeds_at(times))))

    assert len(crowded) == sum(int(why.split()[3]) for _, why in remarks)
    assert {index + 1 for index in crowded} >= {position for position, _ in remarks}


def test_the_last_active_day():
    """
    What someone else ended of the last day is found, in UTC from midnight on, and nothing of the
    days before.
    """
    before = deeds_at([DAY - MICROSECOND] * 19, "op-1")
    last = [deed._replace(position=30) for deed in deeds_at([DAY], "op-1")]

    assert [(30, "on the last of the days on which the operator took 20 acts")] == found(
        last_active_day(conduct([*before, *last]))
    )


@pytest.mark.parametrize(
    ("acts", "closed_by", "idle", "expected"),
    [
        (20, "op-1", MONTH, 20),
        (19, "op-1", MONTH, 0),
        (20, "op-1", MONTH - MICROSECOND, 0),
        (20, "op-7", MONTH, 0),
        (20, None, MONTH, 0),
    ],
)
def test_the_last_active_day_misses_by_little(acts, closed_by, idle, expected):
    """
    Twenty acts, then idle for thirty days before the log ends; ended by someone, and someone else.
    """
    deeds = deeds_at([DAY] * acts, closed_by)

    assert expected == len(found(last_active_day(conduct(deeds, idle=idle))))


def test_a_burst_is_found_in_a_ledger(clock):
    """
    Twenty acts in one transaction are one finding at the first; nineteen of another are none.
    """
    with Ledger.create("memory:", clock=clock, logs=3) as ledger:
        enrol_staff(ledger)
        clock.advance(minutes=1)
        ledger.record_many(action_command(f"a-{n}", action=f"act-{n}") for n in range(20))
        ledger.record_many(action_command(f"b-{n}", by="op-1") for n in range(19))

        (one,) = ledger.review(checks=["burst"])
        acts = [entry for entry in ledger.entries() if entry.operator == "op-7"]
        first = min(acts, key=lambda entry: (entry.log, entry.position))
        assert (first.log, first.position) == (one.log, one.position)
        assert (first.stream, first.recorded_at) == (f"account/{one.account}", one.at)
        assert ("op-7", one.account.replace("a-", "act-"), "medium") == (
            one.operator,
            one.action,
            one.severity,
        )
        # More is on record of that account from now on, and it is looked at after the others.
        ledger.protect_account(one.account, tier="press", by="op-1", reason="journalist")
        assert [one] == list(ledger.review(checks=["burst"]))


def test_the_last_active_day_is_found_in_a_ledger(clock):
    """
    Once the log has gone on for thirty days without him, and with the knowledge of then only.
    """
    with Ledger.create("memory:", clock=clock, logs=3) as ledger:
        enrol_staff(ledger)
        ledger.record_many(action_command(f"a-{n}", action=f"act-{n}") for n in range(20))
        clock.advance(hours=1)
        ledger.reverse("act-3", by="op-1", reason="error")
        ledger.reverse("act-4", by="op-7", reason="error")
        assert [] == list(ledger.review(checks=["last-active-day"]))
        clock.advance(days=30)
        ledger.note("a-1", "quiet here", by="op-1")

        (one,) = ledger.review(checks=["last-active-day"])
        assert ("op-7", "a-3", "act-3") == (one.operator, one.account, one.action)
        assert "ended by 'op-1' at 2017-11-02T23:00:00Z" in one.why


@given(st.integers(0, 10**8))
def test_a_duration_is_spelled_as_durations_are_read(seconds):
    """
    What is said is what may be asked with.
    """
    length = timedelta(seconds=seconds)

    assert length == duration(spelled(length), "lasting")


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(0), "0s"),
        (timedelta(hours=25, seconds=1), "1d1h1s"),
        (timedelta(minutes=11, microseconds=500_000), "11m0.5s"),
        (MICROSECOND, "0.000001s"),
    ],
)
def test_durations_are_spelled_to_the_microsecond(length, expected):
    """
    Nothing is rounded.
    """
    assert expected == spelled(length)
