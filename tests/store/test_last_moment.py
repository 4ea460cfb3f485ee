"""
The last moment that there is: its text stands in the table of restrictions for no end as well, and
it is a moment like any other.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product

import pytest

from ledger import Ledger
from ledger.moderation.moment import MICROSECOND
from ledger.store import lengths
from ledger.store.glances import Glances
from tests.conftest import HandSetClock, take_action
from tests.store.conftest import ACCOUNTS

LAST = datetime.max.replace(tzinfo=UTC)
BEFORE = LAST - MICROSECOND


@pytest.fixture
def far(staffed: Ledger) -> Ledger:
    """
    Return a ledger where much holds up to the last moment, and some of it longer.
    """
    for account, ends in zip(ACCOUNTS, [None, LAST, BEFORE, None], strict=True):
        take_action(staffed, account, "suspend", expires_at=ends)
    take_action(staffed, ACCOUNTS[3], "lock", effective_at=LAST)
    take_action(staffed, ACCOUNTS[3], "limit", effective_at=BEFORE, expires_at=LAST)
    return staffed


def in_force(
    ledger: Ledger, account: str, at: datetime, known_at: Mapping[int, int] | datetime | None
) -> list[set[str]]:
    """
    Return the actions in force, in each way that it can be asked.
    """
    asked = ledger.restrictions(account=account, in_force_at=at, known_at=known_at)
    everywhere = ledger.restrictions(in_force_at=at, known_at=known_at)
    return [
        {each.action for each in ledger.standing(account, at, known_at).in_force},
        {each.action for each in asked},
        {each.action for each in everywhere if each.account == account},
        {each.restriction.action for each in ledger.who(account, at=at, known_at=known_at)},
    ]


@pytest.mark.parametrize("long", [lengths.LONG, 1])
@pytest.mark.parametrize("at_a_glance", [True, False])
def test_what_has_no_end_is_in_force_at_the_last_moment(
    far: Ledger,
    clock: HandSetClock,
    monkeypatch: pytest.MonkeyPatch,
    long: int,
    at_a_glance,
):
    """
    And what ends then is not, as the rule has it; of short accounts and of long ones, now and as it
    was known.
    """
    monkeypatch.setattr(lengths, "LONG", long)
    if not at_a_glance:
        monkeypatch.setattr(Glances, "in_force", lambda *_, **__: None)
    sizes = {log.log: log.size for log in far.status().logs}
    now = clock.advance(minutes=1)
    for account, at in product(ACCOUNTS, [BEFORE - MICROSECOND, BEFORE, LAST]):
        known = [*far.restrictions(account=account)]
        covering = {each.action for each in known if each.covers(at)}
        for known_at in (None, now, sizes):
            assert [covering] * 4 == in_force(far, account, at, known_at)


def test_each_way_to_hold_at_the_last_moment_occurs(far: Ledger):
    """
    Of the accounts one is suspended for ever, one up to the last moment, one up to the one before,
    and one is locked from it on.
    """
    held = [far.standing(account, LAST).standing for account in ACCOUNTS]

    assert ["suspended", "active", "active", "suspended"] == held
    assert 3 == far.count_restrictions(in_force_at=LAST)
    assert {"suspend", "lock"} == {each.measure for each in far.restrictions(in_force_at=LAST)}


def test_what_is_recorded_at_the_last_moment_is_known_then(staffed: Ledger, clock: HandSetClock):
    """
    A clock that has come to the end of time hides nothing.
    """
    clock.set(LAST)
    action = take_action(staffed)
    known = [*staffed.restrictions(known_at=LAST)]

    assert [action] == [each.action for each in known]
    assert [{action}] * 4 == in_force(staffed, known[0].account, LAST, LAST)
