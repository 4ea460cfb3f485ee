"""
Limits on rates: how many acts there were lately, whoever recorded them.
"""

import json
import random
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger, NotFound, Refused
from ledger.moderation.events.account import ActionTaken
from tests.conftest import HandSetClock, action_command, take_action
from tests.store.conftest import on
from tests.store.test_processes import assert_whole, at_once

LIMIT, WINDOW = 3, timedelta(hours=1)
GONE = {"command": "reverse", "action": "a-9", "reason": "r", "by": "op-7"}


def limited(*safeguards: dict[str, Any]) -> dict[str, Any]:
    """
    Return a policy of rate limits, each of three acts in an hour unless it says otherwise.
    """
    told = [{"rule": "rate-limit", "limit": LIMIT, "window": "1h"} | each for each in safeguards]
    return {"policy": 1, "safeguards": told}


def strike(ledger: Ledger, number: int = 0, **changes: object) -> str:
    """
    Let op-7 strike an account.
    """
    return take_action(ledger, f"account-{number}", "issue_strike", **changes)


def allowed(ledger: Ledger, count: int, **changes: object) -> list[bool]:
    """
    Try *count* strikes, and return which were allowed.
    """
    outcomes = []
    for number in range(count):
        try:
            strike(ledger, number, **changes)
        except Refused as refused:
            outcomes.append(refused.rule != "rate-limit")
        else:
            outcomes.append(True)
    return outcomes


def test_acts_are_counted_from_before_the_policy(staffed: Ledger):
    """
    What an operator did in the hour before a limit was adopted counts for it.
    """
    strike(staffed)
    staffed.adopt_policy(limited({}), by="op-1")

    assert [True, True, False] == allowed(staffed, 3)
    assert [True] == allowed(staffed, 1, by="op-1")


def test_an_act_counts_for_as_long_as_the_window(staffed: Ledger, clock: HandSetClock):
    """
    A microsecond before the end of the window it counts, and at its very end no more.
    """
    staffed.adopt_policy(limited({}), by="op-1")
    acted_at = []
    for _ in range(3):
        acted_at.append(clock.advance(minutes=5))
        strike(staffed)
    for at in acted_at:
        clock.set(at + WINDOW - timedelta(microseconds=1))
        assert [False] == allowed(staffed, 1)
        clock.set(at + WINDOW)
        assert [True, False] == allowed(staffed, 2)


def test_several_limits_count_each_its_own(staffed: Ledger, clock: HandSetClock):
    """
    By measure, by tier, by window, of one or of everyone.
    """
    staffed.protect_account("account-0", tier="press", by="op-1", reason="office")
    staffed.adopt_policy(
        limited(
            {"name": "burst", "limit": 2, "window": "1m"},
            {"name": "suspensions", "limit": 1, "measures": ["suspend"]},
            {"name": "press", "limit": 1, "tiers": ["press"], "window": "1d"},
            {"name": "all of us", "limit": 4, "of": "everyone"},
        ),
        by="op-1",
    )

    def stopped_by(account: str, measure: str = "issue_strike", **changes: object) -> set[str]:
        try:
            take_action(staffed, account, measure, **changes)
        except Refused as refused:
            return {name for name, outcome in refused.verdicts.items() if outcome == "stopped"}
        return set()

    assert set() == stopped_by("account-0")
    assert {"press"} == stopped_by("account-0")
    assert set() == stopped_by("a", "suspend")
    assert {"burst", "suspensions"} == stopped_by("b", "suspend")
    clock.advance(minutes=2)
    assert {"suspensions"} == stopped_by("b", "suspend")
    assert set() == stopped_by("b", "suspend", by="op-1")
    assert set() == stopped_by("c", by="comms")
    assert {"all of us"} == stopped_by("c", by="comms")
    clock.advance(hours=2)
    assert {"press"} == stopped_by("account-0")


def test_a_batch_that_is_rolled_back_counts_nothing(staffed: Ledger):
    """
    Neither what it did before it failed, nor what it would have done; what was done before stays.
    """
    staffed.adopt_policy(limited({}), by="op-1")
    strike(staffed, 1)
    strikes = [action_command(f"account-{n}", "issue_strike") for n in range(2)]
    with pytest.raises(NotFound):
        staffed.record_many([*strikes, GONE])

    assert [True, True, False] == allowed(staffed, 3)


def test_a_batch_is_counted_as_it_goes(staffed: Ledger):
    """
    The act of it that is one too many is refused, and the whole of it with it.
    """
    staffed.adopt_policy(limited({}), by="op-1")
    strikes = [action_command(f"account-{n}", "issue_strike") for n in range(4)]
    with pytest.raises(Refused) as caught:
        staffed.record_many(strikes)

    assert "command 4" == caught.value.where
    assert not caught.value.recorded
    assert 3 == len(staffed.record_many(strikes[:3]))
    assert [False] == allowed(staffed, 1)


def test_a_policy_that_a_batch_adopts_counts_what_the_batch_did(staffed: Ledger):
    """
    Acts before it in the same transaction count, and so do those of before.
    """
    strike(staffed)
    adopt = {"command": "adopt_policy", "policy": limited({}), "by": "op-1"}
    strikes = [action_command(f"account-{n}", "issue_strike") for n in range(3)]
    with pytest.raises(Refused) as caught:
        staffed.record_many([*strikes[:1], adopt, *strikes[1:]])
    staffed.record_many([*strikes[:1], adopt, *strikes[1:2]])

    assert "command 4" == caught.value.where
    assert [False] == allowed(staffed, 1)


def test_another_policy_counts_anew(staffed: Ledger):
    """
    Under the next version everything in its window counts, what was refused does not.
    """
    staffed.adopt_policy(limited({"limit": 1}), by="op-1")
    assert [True, False, False] == allowed(staffed, 3)
    staffed.adopt_policy(limited({"limit": 2}), by="op-1")

    assert [True, False] == allowed(staffed, 2)


def test_an_act_that_was_granted_counts_for_whoever_answers_for_it(staffed: Ledger):
    """
    And when it is granted, not when it was asked for.
    """
    staffed.adopt_policy(limited({"limit": 1}), by="op-1")
    asked = {"because_of": "own-initiative", "reason": "r", "by": "comms"}
    first, second = (staffed.request("warn", f"account-{n}", **asked) for n in range(2))
    staffed.hand_over(second, to="op-7", by="op-1", reason="end of shift")
    staffed.approve(first, by="op-1")
    staffed.approve(second, by="op-1")

    assert [False] == allowed(staffed, 1)
    assert [False] == allowed(staffed, 1, by="comms")


@pytest.fixture
def pair(staffed: Ledger, other: Ledger) -> list[Ledger]:
    """
    Return two ledgers in one database, with a limit.
    """
    staffed.adopt_policy(limited({}), by="op-1")
    return [staffed, other]


@on("sqlite", "postgres", logs=1)
def test_a_repeated_command_hides_nothing_that_others_did(pair: list[Ledger]):
    """
    A transaction that records nothing has looked at nothing either.
    """
    one, other = pair
    first = strike(one, request_id="q-1")
    strike(other)
    strike(other)

    assert first == strike(one, request_id="q-1")
    assert [False] == allowed(one, 1)


@on("sqlite", "postgres", logs=1)
def test_history_that_comes_in_hides_nothing_that_others_did(
    pair: list[Ledger], clock: HandSetClock, tmp_path: Path
):
    """
    An import is asked nothing by the policy; its acts count, and those of others before it.
    """
    one, other = pair
    strike(one)
    strike(other)
    line = action_command("elsewhere", "issue_strike", recorded_at="2017-11-02T22:00:00.5Z")
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps(line), "utf-8")
    clock.advance(seconds=1)
    one.import_history("actions", file)

    assert [False] == allowed(one, 1)
    assert [False] == allowed(other, 1)


@on("sqlite", "postgres", logs=1)
def test_two_ledgers_in_one_database_count_as_one(pair: list[Ledger], clock: HandSetClock):
    """
    In any order, with batches that fail in between, an act is allowed exactly when fewer than
    three are on record in the hour before it.
    """
    chance = random.Random(7)
    assert [True] == allowed(pair[0], 1, request_id="q-0")
    allowed_at: list[datetime] = [clock.now]
    for number in range(1, 200):
        ledger = chance.choice(pair)
        clock.advance(minutes=chance.choice([0, 1, 5, 30]), seconds=1)
        match chance.choice(["act", "act", "act", "fail", "note", "again"]):
            case "act":
                within = [at for at in allowed_at if clock.now - at < WINDOW]
                expected = len(within) < LIMIT
                assert [expected] == allowed(ledger, 1, request_id=f"q-{number}")
                if expected:
                    allowed_at.append(clock.now)
            case "fail":
                with pytest.raises((NotFound, Refused)):
                    ledger.record_many([action_command("z", "warn"), GONE])
            case "note":
                ledger.note("account-0", "seen", by="op-7", request_id="q-note")
            case _:
                with suppress(Refused):
                    strike(ledger, request_id="q-0")

    assert 20 < len(allowed_at)
    assert_whole(pair[0])


@on("sqlite", "postgres", logs=1)
def test_two_processes_do_not_exceed_a_limit(shared: Ledger, ledger_url: str):
    """
    With one log the count is exact: of all that both try, as many are allowed as the limit says.
    """
    shared.adopt_policy(limited({"limit": 50, "window": "1d"}), by="op-1")
    said = at_once(ledger_url, "limited", ["first", "second"], 40)

    outcomes = [outcome.split()[0] for lines in said.values() for outcome in lines]
    assert 80 == len(outcomes)
    assert 30 == outcomes.count("Refused")
    assert 50 == sum(isinstance(entry.event, ActionTaken) for entry in shared.entries())
    assert_whole(shared)
