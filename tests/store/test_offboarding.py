"""
An operator leaves: what is pending of him is found in every log, and ends in one transaction.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from ledger import Entry, Ledger, NotFound, Refused
from ledger.moderation.events.operator import OperatorOffboarded
from ledger.store.database import Database
from tests.conftest import HandSetClock, action_command, take_action
from tests.store.tracing import statements_on

ASK: dict[str, Any] = {"because_of": "own-initiative", "reason": "spam"}
LEAVING = {"by": "op-1", "reason": "moved"}
TOMORROW = "2017-11-03T22:00:00Z"
HEAD = re.compile(
    r"(?:UPDATE heads SET size = size|SELECT size, recorded_at, frontier FROM heads)"
    r" WHERE log = (\d+)"
)


def defer(ledger: Ledger, account: str, **changes: object) -> str:
    """
    Let op-7 lock an account from tomorrow on.
    """
    return take_action(ledger, account, "lock", effective_at=TOMORROW, **changes)


def listed(ledger: Ledger, operator: str = "op-7") -> dict[str, tuple[str, str | None]]:
    """
    Return what the last offboarding of an operator says of each pending act.
    """
    *_, entry = ledger.entries(stream=f"operator/{operator}")
    assert isinstance(entry.event, OperatorOffboarded)
    return {known.id: (known.disposition, known.to) for known in entry.event.pending}


def pending(ledger: Ledger) -> set[str]:
    """
    Return the ids of all that is pending.
    """
    return {known.pending.id for known in ledger.pending().pending}


def last_transaction(ledger: Ledger) -> list[Entry]:
    """
    Return the entries that were recorded last, at one moment.
    """
    entries = list(ledger.entries())
    return [entry for entry in entries if entry.recorded_at == entries[-1].recorded_at]


@contextmanager
def heads_taken(database: Database) -> Iterator[list[int]]:
    """
    Give a list of the logs whose heads a transaction takes meanwhile, in order.
    """
    with database.writing() as connection:
        pass
    taken: list[int] = []
    with statements_on(connection) as statements:
        yield taken
    taken.extend(int(found[1]) for statement in statements if (found := HEAD.match(statement)))


def test_what_is_pending_in_every_log_ends_at_one_moment(staffed: Ledger, database: Database):
    """
    Twelve deferred acts and as many requests are withdrawn with the offboarding, the heads of their
    logs taken in order; what others have pending is left alone.
    """
    ids = [defer(staffed, f"account-{n}") for n in range(12)]
    ids += [staffed.request("warn", f"account-{n}", by="op-7", **ASK) for n in range(12)]
    other = defer(staffed, "another", by="op-1")
    with heads_taken(database) as taken:
        staffed.offboard_operator("op-7", pending="withdraw", **LEAVING)
    recorded = last_transaction(staffed)

    assert dict.fromkeys(ids, ("withdraw", None)) == listed(staffed)
    assert 25 == len(recorded)
    assert {"op-1"} == {entry.operator for entry in recorded}
    assert [*range(staffed.settings.logs)] == taken
    assert {other} == pending(staffed)
    assert not any(difference.differed for difference in staffed.rebuild())


def test_each_pending_act_may_have_a_fate_of_its_own(staffed: Ledger, clock: HandSetClock):
    """
    One stands and takes effect, one is withdrawn, one is handed over; who was given it may then
    withdraw it, and it is his when he is the one who leaves.
    """
    stands, withdrawn, handed = (defer(staffed, f"account-{n}") for n in range(3))
    asked = staffed.request("warn", "elsewhere", by="op-7", **ASK)
    staffed.offboard_operator(
        "op-7",
        pending="let-stand",
        dispositions={withdrawn: "withdraw", handed: "hand-over:comms", asked: "hand-over:op-1"},
        **LEAVING,
    )

    assert {
        stands: ("let-stand", None),
        withdrawn: ("withdraw", None),
        handed: ("hand-over", "comms"),
        asked: ("hand-over", "op-1"),
    } == listed(staffed)
    staffed.approve(asked, by="comms")
    clock.advance(minutes=1)
    staffed.offboard_operator("comms", pending="withdraw", **LEAVING)
    assert {handed: ("withdraw", None)} == listed(staffed, "comms")
    clock.set("2017-11-04T00:00:00Z")
    assert ["lock", "warn"] == sorted(held.measure for held in staffed.restrictions())
    assert "locked" == staffed.standing("account-0").standing


def test_what_was_handed_to_him_is_his_and_what_he_handed_on_is_not(staffed: Ledger):
    """
    Whoever answers for it last, however often it went from hand to hand.
    """
    given = defer(staffed, "a", by="op-1")
    lost = defer(staffed, "b")
    round_trip = staffed.request("warn", "c", by="op-7", **ASK)
    staffed.hand_over(given, to="op-7", by="op-1")
    staffed.hand_over(lost, to="comms", by="op-7")
    for to in ("comms", "op-7"):
        staffed.hand_over(round_trip, to=to, by="op-1")
    staffed.offboard_operator("op-7", **LEAVING)

    assert {given, round_trip} == listed(staffed).keys()


def test_what_was_corrected_is_whose_it_is_and_when_it_is(staffed: Ledger, clock: HandSetClock):
    """
    An act that was said to be another's is his whose it was, and one whose effect was put off is
    pending still.
    """
    his = defer(staffed, "a", by="op-1")
    not_his = defer(staffed, "b")
    put_off = take_action(staffed, "c", "lock", effective_at="2017-11-02T22:30:00Z")
    staffed.correct(his, operator="op-7", by="op-1", reason="shared screen")
    staffed.correct(not_his, operator="op-1", by="op-1", reason="shared screen")
    staffed.correct(put_off, effective_at=TOMORROW, by="op-1", reason="wrong clock")
    clock.advance(hours=2)
    staffed.offboard_operator("op-7", **LEAVING)

    assert {his, put_off} == listed(staffed).keys()


def test_what_a_batch_did_before_is_pending_in_it(staffed: Ledger):
    """
    An act that was deferred, or a request that was made, earlier in the same transaction.
    """
    leave = {"command": "offboard_operator", "operator": "op-7", "pending": "withdraw", **LEAVING}
    wish = action_command("b", "warn") | {"command": "request", "request": "w"}
    staffed.record_many(
        [action_command("a", "lock", action="a-1", effective_at=TOMORROW), wish, leave]
    )

    assert {"a-1", "w"} == listed(staffed).keys()
    assert set() == pending(staffed)
    assert "withdrawn" == staffed.account("a").actions[0].status


def test_two_may_leave_in_one_batch(staffed: Ledger):
    """
    What the first one hands to another is that one's, also when he leaves next.
    """
    action = defer(staffed, "a")
    leave = {"command": "offboard_operator", **LEAVING}
    staffed.record_many(
        [
            leave | {"operator": "op-7", "pending": "hand-over:comms"},
            leave | {"operator": "comms", "pending": "withdraw"},
        ]
    )

    assert {action: ("hand-over", "comms")} == listed(staffed)
    assert {action: ("withdraw", None)} == listed(staffed, "comms")
    assert "withdrawn" == staffed.account("a").actions[0].status


def test_what_is_over_is_not_pending(staffed: Ledger, clock: HandSetClock):
    """
    Acts that took effect or were withdrawn, requests that were granted, denied or lapsed.
    """
    take_action(staffed, "a", "lock")
    staffed.withdraw(defer(staffed, "b"), by="op-7", reason="mistaken")
    granted, denied = (staffed.request("warn", name, by="op-7", **ASK) for name in "cd")
    staffed.approve(granted, by="op-1")
    staffed.deny(denied, by="op-1", reason="no spam")
    lapses_at = clock.now + timedelta(minutes=1)
    staffed.request("warn", "e", by="op-7", lapses_at=lapses_at, **ASK)
    clock.advance(minutes=1)
    staffed.offboard_operator("op-7", **LEAVING)

    assert {} == listed(staffed)


@pytest.mark.parametrize(
    ("family", "terms"),
    [
        (NotFound, {"dispositions": {"a-9": "withdraw"}}),
        (NotFound, {"pending": "hand-over:nobody"}),
        (Refused, {"pending": "hand-over:op-7"}),
        (Refused, {"pending": "withdraw", "by": "comms"}),
    ],
)
def test_one_who_may_not_leave_so_stays_with_all_that_is_his(staffed: Ledger, family, terms):
    """
    Nothing of it is done when a fate is for nothing that is pending, or for nobody who may act, or
    when the one who asks may not.
    """
    actions = [defer(staffed, f"account-{n}") for n in range(3)]
    with pytest.raises(family):
        staffed.offboard_operator("op-7", **(LEAVING | terms))

    assert set(actions) == pending(staffed)
    assert staffed.operator("op-7").authority.permitted
