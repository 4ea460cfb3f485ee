"""
Following: every entry once and in the order of its log, from any cursor on, and then as they come.
"""

import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Entry, Ledger, Malformed, Unavailable
from ledger.moderation.cursor import write_positions
from ledger.store.database import Database
from ledger.store.follow import AHEAD_MAX, LOGS_AHEAD_MAX, shared
from tests.conftest import ACCOUNT, Backend, action_command, take_action

WAKES = 9


def by_log(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    """
    Return *entries* by their log, in the order in which they came.
    """
    found = defaultdict(list)
    for entry in entries:
        found[entry.log].append(entry)
    return dict(found)


def test_every_entry_comes_once_in_the_order_of_its_log(lively: Ledger):
    """
    From the beginning a follower is given what is on record, and its cursor then leads nowhere.
    """
    follower = lively.follow(once=True)
    followed = list(follower)

    assert by_log(lively.entries()) == by_log(followed)
    assert lively.status().entries == len(followed)
    assert [] == list(lively.follow(follower.cursor, once=True))


def test_a_follower_goes_on_behind_any_cursor(lively: Ledger):
    """
    Wherever it was left, what comes behind its cursor is the rest, and nothing of it twice.
    """
    follower, seen = lively.follow(once=True), []
    cursors = [follower.cursor]
    for entry in follower:
        seen.append(entry)
        cursors.append(follower.cursor)

    for place in range(0, len(cursors), 7):
        rest = lively.follow(cursors[place], once=True)
        assert by_log(seen) == by_log([*seen[:place], *rest])
        assert cursors[-1] == rest.cursor


def test_what_is_recorded_meanwhile_comes_next(staffed: Ledger):
    """
    A follower goes on where it is with what is recorded after it began.
    """
    follower = staffed.follow()
    before = [*islice(follower, staffed.status().entries)]
    action = take_action(staffed)
    entry = next(follower)

    assert by_log(staffed.entries()) == by_log([*before, entry])
    assert action == getattr(entry.event, "action", None)
    assert 0 == follower.lag


def test_once_ends_behind_what_was_committed_at_its_beginning(staffed: Ledger):
    """
    What is recorded later is left to the next one, so that it ends however much is written.
    """
    first = staffed.follow(once=True)
    expected = staffed.status().entries
    take_action(staffed)
    followed = list(first)

    assert expected == len(followed)
    assert 1 == first.lag
    assert ["account.action_taken"] == [
        entry.kind for entry in staffed.follow(first.cursor, once=True)
    ]


def test_a_follower_who_waits_wakes_within_a_tenth_of_a_second(
    staffed: Ledger, ledger_url: str, backend: Backend
):
    """
    What another connection commits is given out within 100 ms, on a server within the time that
    was asked for.
    """
    waits, committed = threading.Semaphore(0), []

    def write(ledger: Ledger) -> None:
        for number in range(WAKES):
            waits.acquire()
            take_action(ledger, f"account-{number}")
            committed.append(time.perf_counter())

    elsewhere = Ledger.open(ledger_url) if backend.is_kept else staffed
    look_seconds = 0.05 if backend.engine == "postgres" else None
    writer = threading.Thread(target=write, args=[staffed])
    follower = elsewhere.follow(
        write_positions({log.log: log.size for log in staffed.status().logs}),
        look_seconds=look_seconds,
    )
    writer.start()
    given_out = []
    for _ in range(WAKES):
        waits.release()
        next(follower)
        given_out.append(time.perf_counter())
    writer.join()
    if backend.is_kept:
        elsewhere.close()

    assert 0.1 > statistics.median(b - a for a, b in zip(committed, given_out, strict=True))


def test_stopping_wakes_a_follower_who_waits(staffed: Ledger):
    """
    A follower is let go by another thread, at once even where it would look again in an hour.
    """
    follower = staffed.follow(look_seconds=3600)
    size = staffed.status().entries
    assert size == len([*islice(follower, size)])
    cursor = follower.cursor
    threading.Timer(0.05, follower.stop).start()

    assert [] == list(follower)
    assert cursor == follower.cursor


def test_a_follower_ends_with_its_block(staffed: Ledger):
    """
    What was read ahead is not given out any more, and does not count as seen.
    """
    with staffed.follow() as follower:
        first = next(follower)

    assert [] == list(follower)
    assert staffed.status().entries - 1 == follower.lag
    [second, *_] = staffed.follow(follower.cursor, once=True)
    assert first != second


def test_a_follower_ends_with_its_ledger(staffed: Ledger):
    """
    Whoever waits on a ledger that is closed is told so instead of waiting for ever.
    """
    follower = staffed.follow()
    size = staffed.status().entries
    assert size == len([*islice(follower, size)])
    threading.Timer(0.05, staffed.close).start()

    with pytest.raises(Unavailable, match="closed"):
        next(follower)


def test_after_an_error_a_follower_goes_on_where_it_stood(staffed: Ledger, database: Database):
    """
    While the database cannot answer it says so, and once it can the next entry is there.
    """
    follower = staffed.follow()
    followed = [*islice(follower, staffed.status().entries)]
    with database.writing() as connection:
        connection.execute("ALTER TABLE heads RENAME TO mislaid")
    for _ in range(2):
        with pytest.raises(Unavailable):
            next(follower)
    with database.writing() as connection:
        connection.execute("ALTER TABLE mislaid RENAME TO heads")
    take_action(staffed)
    followed.append(next(follower))

    assert by_log(staffed.entries()) == by_log(followed)


def test_whoever_does_not_read_holds_nobody_up(staffed: Ledger):
    """
    Followers that were left in the middle keep no writer waiting, and miss nothing.
    """
    staffed.record_many(action_command(f"account-{n}") for n in range(700))
    left = [staffed.follow() for _ in range(20)]
    began = [next(follower) for follower in left]
    take_action(staffed, "another")

    assert {began[0]} == set(began)
    assert {staffed.status().entries - 1} == {follower.lag for follower in left}
    assert by_log(staffed.entries()) == by_log(
        [began[0], *islice(left[0], staffed.status().entries - 1)]
    )


def test_an_entry_of_a_quiet_log_does_not_wait_for_a_busy_one(staffed: Ledger, backend: Backend):
    """
    Where one log is far behind, what other logs have comes with the first entries of it.
    """
    staffed.record_many(
        {"command": "note", "account": ACCOUNT, "text": "seen", "by": "op-7"} for _ in range(1500)
    )
    quiet = [take_action(staffed, f"account-{number}") for number in range(20)]
    followed = [*islice(staffed.follow(), AHEAD_MAX)]
    early = {getattr(entry.event, "action", None) for entry in followed}

    assert (backend.logs > 1) == early.issuperset(quiet)


@given(
    st.dictionaries(st.integers(0, 255), st.integers(0, 10**6), max_size=200),
    st.integers(-1, 255),
)
def test_all_logs_have_their_share(news: dict[int, int], last_log: int):
    """
    No more is read than there is and than is allowed; nobody whose turn it is goes without.
    """
    shares = shared(news, last_log)
    there = {log: more for log, more in news.items() if more}

    assert min(LOGS_AHEAD_MAX, len(there)) == len(shares)
    assert all(0 < share <= news[log] for log, share in shares.items())
    assert min(AHEAD_MAX, sum(news[log] for log in shares)) == sum(shares.values())


@given(st.sets(st.integers(0, 255), min_size=1), st.integers(-1, 255))
def test_all_logs_have_their_turn(logs: set[int], last_log: int):
    """
    However many logs always have more, each is read in as few looks as they need together.
    """
    news, read = dict.fromkeys(logs, 10**6), set()
    for _ in range(-(-len(logs) // LOGS_AHEAD_MAX)):
        shares = shared(news, last_log)
        last_log = next(reversed(shares))
        read |= set(shares)

    assert logs == read


def test_a_cursor_of_an_entry_will_do_where_there_is_one_log(staffed: Ledger, backend: Backend):
    """
    With several logs it is refused, since it does not say how far the others were read.
    """
    entries = list(staffed.entries())
    if backend.logs == 1:
        for place, entry in enumerate(entries):
            assert entries[place + 1 :] == list(staffed.follow(entry.cursor, once=True))
    else:
        with pytest.raises(Malformed, match="256 logs"):
            staffed.follow(entries[0].cursor)


@pytest.mark.parametrize(
    "after",
    ["", "12", "nonsense", write_positions({256: 1}), write_positions({0: 10**6})],
    ids=["empty", "a number", "nonsense", "another log", "beyond the end"],
)
def test_a_cursor_of_another_ledger_is_refused_at_once(staffed: Ledger, after: str):
    """
    What is no cursor, or leads behind the end of this ledger, is malformed before anything waits.
    """
    with pytest.raises(Malformed) as caught:
        staffed.follow(after)

    assert "after" == caught.value.where


@pytest.mark.parametrize("look_seconds", [0, -1, float("nan"), float("inf"), "often"])
def test_how_often_to_look_is_a_time(file_ledger: Ledger, look_seconds: float):
    """
    A follower that never looked, or never rested, is refused.
    """
    with pytest.raises(Malformed) as caught:
        file_ledger.follow(look_seconds=look_seconds)

    assert "look_seconds" == caught.value.where
