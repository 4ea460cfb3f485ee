"""
Cuts: what a question rests on, whether it is settled, and that it answers alike for ever.
"""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from ledger import Ledger, Malformed
from ledger.timeline.cut import Cut
from tests.conftest import ACCOUNT, HandSetClock, enrol_staff, take_action
from tests.store.conftest import ACCOUNTS, live

SECOND = timedelta(seconds=1)


def sizes(ledger: Ledger) -> dict[int, int]:
    """
    Return the cut of what is committed, as positions by log.
    """
    return {log.log: log.size for log in ledger.status().logs}


def answers(ledger: Ledger, known_at: Any, at: datetime) -> list[object]:
    """
    Return what is answered about everything as of *known_at*.
    """
    known = [*ledger.restrictions(known_at=known_at)]
    told: list[object] = [known, [*ledger.entries(known_at=known_at)]]
    told += [ledger.count_restrictions(known_at=known_at, in_force_at=at)]
    for account in {restriction.account for restriction in known}:
        told.append(ledger.standing(account, at=at, known_at=known_at).in_force)
        told.append(ledger.timeline(account, known_at=known_at))
        told.append(list(ledger.who(account, known_at=known_at)))
    return told


def test_a_cut_answers_alike_for_ever(staffed: Ledger, clock: HandSetClock):
    """
    What was answered for a cut is answered again word for word, whatever was recorded since.
    """
    told = []
    for number, _ in enumerate(live(staffed, clock, commands=60)):
        if number % 6 == 0:
            cut, at = sizes(staffed), clock.now
            told.append((cut, at, answers(staffed, cut, at)))

    assert all(before == answers(staffed, cut, at) for cut, at, before in told)


def test_a_settled_moment_answers_alike_for_ever(staffed: Ledger, clock: HandSetClock):
    """
    A moment that was fenced has one answer, also for what becomes known late.
    """
    told = []
    for number, _ in enumerate(live(staffed, clock, commands=60)):
        if number % 6 == 0:
            at = clock.now
            staffed.fence(at)
            told.append((at, answers(staffed, at, at)))

    assert all(before == answers(staffed, at, at) for at, before in told)


def test_a_moment_answers_as_its_cut_does(lively: Ledger):
    """
    A question as of a moment gives the cut that it rests on, and the cut gives the same answer.
    """
    moments = sorted({entry.recorded_at for entry in lively.entries()})
    for moment in moments[:: len(moments) // 6]:
        asked = {entry.recorded_at <= moment for entry in lively.entries(known_at=moment)}
        assert {True} == asked
        cut = dict.fromkeys(sizes(lively), 0)
        for entry in lively.entries(known_at=moment):
            cut[entry.log] = entry.position
        assert answers(lively, moment, moment) == answers(lively, cut, moment)


def test_without_known_at_all_that_is_committed_answers(staffed: Ledger, clock: HandSetClock):
    """
    The answer says the cut; it is settled where nothing more can be recorded by its time.
    """
    take_action(staffed)
    clock.advance(hours=1)
    asked = staffed.standing(ACCOUNT)

    (log,) = asked.cut.positions
    assert {log: sizes(staffed)[log]} == asked.cut.positions
    (*_, last) = staffed.entries(account=ACCOUNT)
    assert (last.recorded_at, True) == (asked.cut.known_at, asked.cut.settled)


def test_a_cut_can_be_given_as_an_answer_a_mapping_or_json(staffed: Ledger, clock: HandSetClock):
    """
    The cut of an earlier answer, its positions, and their JSON all ask for the same.
    """
    action = take_action(staffed)
    clock.advance(hours=1)
    cut = staffed.who(ACCOUNT).cut
    staffed.reverse(action, by="op-7", reason="error")
    clock.advance(hours=1)

    now = clock.now
    written = json.dumps({str(log): size for log, size in cut.positions.items()})
    forms: list[Any] = [cut, dict(cut.positions), written]
    held = [staffed.standing(ACCOUNT, now, known_at=form).standing for form in forms]
    assert ["deactivated"] * 3 == held
    assert "active" == staffed.standing(ACCOUNT, now).standing


def test_a_moment_between_the_last_entry_and_now_is_not_settled(
    staffed: Ledger, clock: HandSetClock
):
    """
    Until something later is recorded or the moment is fenced, an answer may still change.
    """
    take_action(staffed)
    known_at = clock.advance(minutes=1)
    before = staffed.standing(ACCOUNT, known_at=known_at)
    staffed.note(ACCOUNT, "recorded at that very moment", by="op-7")
    after = staffed.standing(ACCOUNT, known_at=known_at)

    assert (False, True) == (before.cut.settled, after.cut.settled)
    assert before.cut.positions != after.cut.positions


def test_a_fence_settles_a_moment(staffed: Ledger, clock: HandSetClock):
    """
    After a fence nothing is recorded by its moment, even while the clock stands still.
    """
    take_action(staffed)
    known_at = clock.advance(minutes=1)
    staffed.fence(known_at)
    before = staffed.standing(ACCOUNT, known_at=known_at)
    staffed.note(ACCOUNT, "recorded after that moment", by="op-7")

    assert before.cut.settled
    assert before.cut == staffed.standing(ACCOUNT, known_at=known_at).cut
    (*_, note) = staffed.entries(account=ACCOUNT)
    assert known_at < note.recorded_at


def test_a_fence_moves_nothing_back(staffed: Ledger, clock: HandSetClock):
    """
    A fence at a moment that is past already changes nothing and writes no entry.
    """
    take_action(staffed)
    before = sizes(staffed)
    now = clock.advance(hours=1)
    staffed.fence(now)
    staffed.fence(now - timedelta(minutes=30))
    staffed.note(ACCOUNT, "after the fences", by="op-7")

    assert sum(before.values()) + 1 == sum(sizes(staffed).values())
    (*_, note) = staffed.entries(account=ACCOUNT)
    assert now < note.recorded_at


def test_an_empty_ledger_can_be_fenced(ledger: Ledger, clock: HandSetClock):
    """
    What is fenced before the first entry is known to be empty for ever.
    """
    ledger.fence(clock.now)
    known_at = clock.now
    enrol_staff(ledger)

    assert [] == list(ledger.entries(known_at=known_at))
    assert known_at < min(entry.recorded_at for entry in ledger.entries())


def test_a_moment_to_come_is_malformed(staffed: Ledger, clock: HandSetClock):
    """
    Nobody knows yet what will be known: questions and fences refuse a time later than now.
    """
    take_action(staffed)
    later = clock.now + SECOND
    asking = [
        lambda: staffed.standing(ACCOUNT, known_at=later),
        lambda: [*staffed.entries(known_at=later)],
        lambda: [*staffed.restrictions(known_at=later)],
        lambda: staffed.count_restrictions(known_at=later),
        lambda: staffed.who(ACCOUNT, known_at=later),
        lambda: staffed.fence(later),
    ]
    for ask in asking:
        with pytest.raises(Malformed, match="later than now") as caught:
            ask()
        assert "known_at" == caught.value.where


@pytest.mark.parametrize(
    "wrong",
    [
        "yesterday",
        "2017-11-02",
        "2017-11-02T22:00:00",
        datetime(2017, 11, 2),  # noqa: DTZ001
        '{"0": "twelve"}',
        "{0: 12",
        '{"0": 12}}',
        7,
        {0: -1},
        {0: 100_000},
        {999: 1},
        {},
        {0: "5"},
        {0: None},
        {0: 1.5},
        {0: True},
        {"0": 1},
        "{\ud800}",
        Cut({0: None}, datetime(2017, 11, 2), settled=True),  # type: ignore[dict-item]  # noqa: DTZ001
        Cut({0: 100_000}, datetime(2017, 11, 2), settled=True),  # noqa: DTZ001
    ],
    ids=str,
)
def test_what_is_no_moment_and_no_cut_is_malformed(staffed: Ledger, wrong):
    """
    A naive time, a text, a cut beyond the ledger or without its logs is refused, and named.
    """
    for ask in (staffed.count_restrictions, lambda known_at: [*staffed.entries(known_at=known_at)]):
        with pytest.raises(Malformed) as caught:
            ask(known_at=wrong)
        assert "known_at" == caught.value.where


def test_a_question_about_one_account_reads_one_log(staffed: Ledger, clock: HandSetClock):
    """
    Its cut names the account's log alone, and is settled as soon as that log is.
    """
    for account in ACCOUNTS:
        take_action(staffed, account)
    clock.advance(minutes=1)
    known_at = clock.now
    staffed.note(ACCOUNTS[0], "a word", by="op-7")

    asked = staffed.standing(ACCOUNTS[0], known_at=known_at)
    assert 1 == len(asked.cut.positions)
    assert asked.cut.settled
