"""
When entries are recorded: by the ledger's clock, later than anything the log has.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger, Malformed, Unavailable
from tests.conftest import HandSetClock, action_command, enrol_staff, take_action

MICROSECOND = timedelta(microseconds=1)
TEN = datetime(2017, 11, 2, 10, tzinfo=UTC)


def last_of(ledger: Ledger, account: str) -> datetime:
    """
    Return when the last entry of *account* was recorded.
    """
    return [entry.recorded_at for entry in ledger.entries(account=account)][-1]


def test_it_is_the_clocks_time(staffed: Ledger, clock: HandSetClock):
    """
    When the clock has gone on, the entry is recorded at the clock's time.
    """
    clock.set(TEN + timedelta(days=1))
    take_action(staffed)

    assert TEN + timedelta(days=1) == last_of(staffed, "25073877")


def test_each_transaction_is_later_than_the_one_before(ledger: Ledger):
    """
    While the clock stands still, transactions of one log are a microsecond apart.
    """
    ledger.enrol_operator("op-7", kind="human")
    for number in range(5):
        ledger.note("x", f"note {number}", by="op-7")

    times = [entry.recorded_at for entry in ledger.entries(account="x")]
    assert [MICROSECOND] * 4 == [after - before for before, after in pairwise(times)]


def test_a_transaction_has_one_time(staffed: Ledger, clock: HandSetClock):
    """
    All entries of a batch are recorded at the same moment, and none of another batch is.
    """
    clock.advance(hours=1)
    for part in range(3):
        staffed.record_many(action_command(f"account-{part}-{n}") for n in range(6))

    times: dict[str, set[datetime]] = defaultdict(set)
    logs: dict[int, list[datetime]] = defaultdict(list)
    for entry in staffed.entries():
        if entry.stream.startswith("account/"):
            times[entry.stream[:17]].add(entry.recorded_at)
            logs[entry.log].append(entry.recorded_at)
    assert [1, 1, 1] == [len(held) for held in times.values()]
    assert all(held == sorted(held) for held in logs.values())
    assert 3 == len(set.union(*times.values())) or len(logs) > 1


def test_a_clock_that_goes_back_changes_no_order(staffed: Ledger, clock: HandSetClock):
    """
    When the clock is set back, entries go on a microsecond later than the last one.
    """
    take_action(staffed)
    before = last_of(staffed, "25073877")
    clock.advance(minutes=-4)
    staffed.note("25073877", "after the clock was set", by="op-7")

    assert before + MICROSECOND == last_of(staffed, "25073877")


def test_an_entry_is_not_earlier_than_what_it_rests_on(staffed: Ledger, clock: HandSetClock):
    """
    An act is recorded no earlier than its operator's last entry, whichever log that stands in.
    """
    clock.advance(minutes=4)
    staffed.grant_role("op-7", "admin")
    (*_, granted) = staffed.entries(stream="operator/op-7")
    clock.advance(minutes=-4)
    for number in range(8):
        take_action(staffed, f"account-{number}")

    assert all(granted.recorded_at <= last_of(staffed, f"account-{n}") for n in range(8))


@given(
    moves=st.lists(
        st.timedeltas(timedelta(minutes=-5), timedelta(minutes=30)), min_size=1, max_size=12
    )
)
def test_recorded_time_increases_however_the_clock_moves(moves):
    """
    Property: recorded times strictly increase, and are the clock's wherever it has gone on.
    """
    clock = HandSetClock()
    with Ledger.create("memory:", clock=clock, max_skew="1d") as ledger:
        ledger.enrol_operator("op-7", kind="human")
        last = clock.now
        expected = []
        for move in moves:
            clock.set(clock.now + move)
            ledger.note("x", "again", by="op-7")
            last = max(clock.now, last + MICROSECOND)
            expected.append(last)
        recorded = [entry.recorded_at for entry in ledger.entries(account="x")]

    assert expected == recorded


def test_a_head_far_ahead_of_the_clock_is_not_written_to(staffed: Ledger, clock: HandSetClock):
    """
    A clock that is more than five minutes behind the log stops writing, and nothing is written.
    """
    take_action(staffed)
    entries = staffed.status().entries
    ahead = last_of(staffed, "25073877")
    clock.set(ahead - timedelta(minutes=5) - MICROSECOND)
    with pytest.raises(Unavailable) as caught:
        staffed.note("25073877", "too early", by="op-7")

    assert "clock" == caught.value.where
    assert "2017-11-02T22:00:00" in str(caught.value)
    assert entries == staffed.status().entries
    clock.set(ahead - timedelta(minutes=5))
    staffed.note("25073877", "just in time", by="op-7")
    assert entries + 1 == staffed.status().entries


def test_how_far_ahead_is_for_the_caller_to_say(clock: HandSetClock):
    """
    `max_skew` moves the bound.
    """
    with Ledger.create("memory:", clock=clock, max_skew="1h") as ledger:
        enrol_staff(ledger)
        clock.advance(minutes=-59)
        take_action(ledger)
        clock.advance(minutes=-2)
        with pytest.raises(Unavailable):
            take_action(ledger, "another")


@pytest.mark.parametrize("now", [datetime(2017, 11, 2, 22), "2017-11-02T22:00:00Z", None])  # noqa: DTZ001
def test_a_clock_without_an_aware_time_is_refused(staffed: Ledger, clock: HandSetClock, now):
    """
    A clock that returns a naive time, a text or nothing is named, and nothing is written.
    """
    entries = staffed.status().entries
    clock.now = now
    with pytest.raises(Malformed) as caught:
        take_action(staffed)

    assert "clock" == caught.value.where
    assert entries == staffed.status().entries


def test_a_clock_of_another_zone_is_read_in_utc(staffed: Ledger, clock: HandSetClock):
    """
    A clock two hours east gives the same moment, in UTC.
    """
    clock.set(datetime(2017, 11, 3, 1, tzinfo=timezone(timedelta(hours=2))))
    take_action(staffed)

    recorded_at = last_of(staffed, "25073877")
    assert datetime(2017, 11, 2, 23, tzinfo=UTC) == recorded_at
    assert recorded_at.tzinfo is UTC
