"""
Buckets: whatever is in force is found where it is looked for, and little else is looked at.
"""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from ledger.timeline.bucket import POSITION_DIGITS, Stretch, bucket, stretches
from ledger.timeline.restrictions import Restriction, versions
from tests.strategies import ACCOUNT, account_histories, restrictions

TICK = timedelta(microseconds=1)
BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)
POSITION_MAX = 2**53 - 2
# What lasts longer than this many times as long as what is shortest is in another bucket.
TIMES = 10


def positions() -> st.SearchStrategy[int]:
    """
    Return positions, near and far.
    """
    return st.integers(0, 200) | st.integers(0, POSITION_MAX)


@st.composite
def held(draw: st.DrawFn) -> tuple[Restriction, datetime, int]:
    """
    Return restrictions, each with a moment and a position at which it is in force and known.
    """
    from_ = draw(st.datetimes(timezones=st.just(UTC)))
    until = draw(st.none() | st.datetimes(min_value=from_.replace(tzinfo=None)).map(_utc))
    if until is not None and until <= from_:
        until = None
    known_from = draw(positions().map(lambda position: position + 1))
    known_until = draw(st.none() | st.integers(known_from + 1, POSITION_MAX + 2))
    last = END if until is None else until - TICK
    at = draw(st.datetimes(_naive(from_), _naive(last), timezones=st.just(UTC)))
    position = draw(st.integers(known_from, (known_until or POSITION_MAX + 2) - 1))
    known: Restriction = draw(restrictions())._replace(
        from_=from_,
        until=until,
        known_from_position=known_from,
        known_until_position=known_until,
    )
    return known, at, position


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def found(known: Restriction, at: datetime, position: int) -> list[Stretch]:
    """
    Return the stretches of (*at*, *position*) in which *known* stands.
    """
    name, stands = bucket(known)
    return [
        stretch
        for stretch in stretches(at, position)
        if stretch.bucket == name and stretch.low < stands <= stretch.high
    ]


@given(held())
def test_what_is_in_force_stands_where_it_is_looked_for(case):
    """
    From the first moment to the last that a column can hold, whatever is known at any position.
    """
    assert 1 == len(found(*case))


@given(account_histories(), st.data())
def test_nothing_in_force_is_missed_in_any_history(entries, data):
    """
    For every version of every restriction: if it is in force at the moment, and known at the
    position, it is among what is looked at.
    """
    told = list(versions(ACCOUNT, entries))
    edges = sorted({each for version in told for each in (version.from_, version.until) if each})
    before = data.draw(st.sampled_from([0 * TICK, TICK]))
    at = data.draw(st.sampled_from(edges or [END])) - before
    for position in range(len(entries) + 1):
        for version in told:
            if version.covers(at) and is_known(version, position):
                assert found(version, at, position)


def is_known(version: Restriction, position: int) -> bool:
    """
    Return whether *version* is what is known at *position*.
    """
    until = version.known_until_position
    return version.known_from_position <= position and (until is None or position < until)


@given(restrictions(), st.datetimes(timezones=st.just(UTC)), positions())
def test_little_else_is_looked_at(known, at, position):
    """
    What was over for ten times as long as it lasted is left alone; and what was known to have no
    end, once it was ten times as long ago as it was known so.
    """
    for _ in found(known, at, position):
        if known.lasting is not None:
            assert known.from_ <= at < known.from_ + TIMES * known.lasting
        else:
            ended = known.known_until_position
            length = POSITION_MAX if ended is None else ended - known.known_from_position
            assert known.known_from_position <= position
            assert position < known.known_from_position + TIMES * max(1, length)


@given(st.datetimes(timezones=st.just(UTC)), positions())
@example(BEGINNING, 0)
@example(END, POSITION_MAX)
def test_each_bucket_is_looked_through_once_for_every_question(at, position):
    """
    So that one statement serves all of them.
    """
    names = [stretch.bucket for stretch in stretches(at, position)]

    assert [stretch.bucket for stretch in stretches(BEGINNING, 0)] == names
    assert len(names) == len(set(names))
    assert -POSITION_DIGITS in names
