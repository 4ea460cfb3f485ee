"""
Comparison: two accounts in the same week, act by act, and in what they were treated differently.
"""

import json
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Malformed, NotFound
from ledger.forensics.comparison import COLUMNS, MEASURE, Treatment, differences
from ledger.moderation.appeal import AppealState
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.moment import moment
from tests.conftest import action_command, file_report, take_action
from tests.strategies import of

HASH = "sha256:5a3c"


def at(text: str) -> datetime:
    """
    Return a moment of 3 November, "18:40".
    """
    return moment(f"2017-11-03T{text}:00Z", "at")


@pytest.fixture
def desk(staffed, clock):
    """
    Return a ledger with operators, a bot among them, at 18:00.
    """
    staffed.enrol_operator("bot", kind="automation")
    clock.set(at("18:00"))
    return staffed


def treat(ledger, clock, account: str, **changes: Any) -> str:
    """
    Treat *account* as others are, but for *changes*, and return the id of the act.

    It is suspended for an hour on a report of spam, told so by mail a minute later, and its appeal
    is dismissed.
    """
    told: dict[str, Any] = {"category": "spam", "measure": "suspend", "by": "op-7", "scope": None}
    told |= {"lasting": 60, "reversed": False, "channel": "mail", "told_after": 1}
    told |= {"outcome": "dismissed"} | changes
    begun = clock.advance(minutes=1)
    report = file_report(ledger, account, category=told["category"])
    action = take_action(
        ledger,
        account,
        told["measure"],
        by=told["by"],
        scope=told["scope"],
        because_of=[report],
        effective_at=begun,
        expires_at=begun + timedelta(minutes=told["lasting"]),
    )
    delivered_at = clock.advance(minutes=told["told_after"])
    ledger.notify(action, channel=told["channel"], delivered_at=delivered_at, text_hash=HASH)
    appeal = ledger.file_appeal(action, by="owner")
    ledger.decide_appeal(appeal, outcome=told["outcome"], by="op-1", reason="as the policy says")
    clock.set(begun + timedelta(minutes=30))
    if told["reversed"]:
        ledger.reverse(action, by="op-7", reason="error", effective_at=begun + timedelta(minutes=9))
    return action


def test_what_is_told_of_each_act(desk, clock):
    """
    Account, reports, measure, policy, kind of operator, time in force, notice and appeal.
    """
    first = treat(desk, clock, "x")
    treat(desk, clock, "y")

    answer = desk.compare(["x", "y"])
    treated = answer.treatments[0]
    assert ("x", first, ("spam",), "suspend", "builtin@0", OperatorKind.HUMAN) == (
        treated.account,
        treated.action,
        treated.categories,
        treated.measure,
        treated.policy,
        treated.kind,
    )
    assert (at("18:01"), 3600.0, "expiry") == (
        treated.effective_at,
        treated.seconds,
        treated.ended_by,
    )
    (notice,), (appeal,) = treated.notices, treated.appeals
    assert ("mail", at("18:02"), 60.0) == (notice.channel, notice.delivered_at, notice.seconds)
    assert AppealState.DISMISSED is appeal.outcome
    assert ("x", "y") == answer.compared.accounts


def test_equal_treatment_has_no_difference(desk, clock):
    """
    That two acts took effect at two moments, on two accounts, is none.
    """
    for account in ("x", "y", "z"):
        treat(desk, clock, account)

    answer = desk.compare(["z", "x", "y"])
    assert () == answer.differences
    assert ["x", "y", "z"] == [treated.account for treated in answer.treatments]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"category": "scam"}, ["categories"]),
        ({"measure": "lock"}, [MEASURE]),
        ({"by": "bot"}, ["kind"]),
        ({"by": "comms"}, []),
        ({"lasting": 90}, ["seconds"]),
        ({"reversed": True}, ["seconds", "ended_by"]),
        ({"channel": "post"}, ["notices"]),
        ({"told_after": 5}, ["seconds_to_notice"]),
        ({"outcome": "upheld"}, ["appeals"]),
        ({"outcome": "overturned"}, ["seconds", "ended_by", "appeals"]),
    ],
)
def test_each_difference_is_named_by_its_column(desk, clock, changes, expected):
    """
    What was otherwise on the second account is named, and nothing else; another operator of the
    same kind is no difference.
    """
    treat(desk, clock, "x")
    treat(desk, clock, "y", **changes)

    assert expected == list(desk.compare(["x", "y"]).differences)


def test_a_policy_that_was_adopted_in_between_is_a_difference(desk, clock):
    """
    The version that each was decided under is told.
    """
    treat(desk, clock, "x")
    desk.adopt_policy({"policy": 1, "safeguards": [{"rule": "last-day"}]}, by="op-1")
    treat(desk, clock, "y")

    answer = desk.compare(["x", "y"])
    assert ("policy",) == answer.differences
    assert ["builtin@0", "default@1"] == [treated.policy for treated in answer.treatments]


def test_a_scope_is_a_difference(desk):
    """
    Kept from posting is something else than kept from writing to one person.
    """
    for account, scope in (("x", "posts"), ("y", "dm")):
        take_action(desk, account, "restrict", scope=scope)

    assert ("scope",) == desk.compare(["x", "y"]).differences


def test_who_was_never_told_was_treated_otherwise(desk, clock):
    """
    No notice is a difference of notices and of the time that it took.
    """
    first, second = (take_action(desk, account) for account in "xy")
    desk.notify(first, channel="mail", delivered_at=clock.advance(minutes=1), text_hash=HASH)

    answer = desk.compare(["x", "y"])
    assert ("notices", "seconds_to_notice") == answer.differences
    assert [second] == [each.action for each in answer.treatments if not each.notices]


def test_the_first_notice_is_the_one_that_was_delivered_first(desk, clock):
    """
    Whichever was put on record first.
    """
    for account, order in (("x", (1, 2)), ("y", (2, 1))):
        begun = clock.advance(minutes=1)
        action = take_action(desk, account, effective_at=begun)
        clock.advance(minutes=5)
        for minutes in order:
            told = {"channel": f"letter {minutes}", "text_hash": HASH}
            desk.notify(action, delivered_at=begun + timedelta(minutes=minutes), **told)

    answer = desk.compare(["x", "y"])
    assert ((), [60.0, 60.0]) == (
        answer.differences,
        [treated.seconds_to_notice for treated in answer.treatments],
    )


def test_the_second_use_of_a_measure_is_compared_with_the_second(desk, clock):
    """
    A second warning by the bot differs from a second one by a human, and from none.
    """
    for account, by in (("x", "op-7"), ("y", "op-7"), ("x", "bot"), ("y", "op-1"), ("z", "op-7")):
        clock.advance(minutes=1)
        take_action(desk, account, "warn", by=by)

    assert ("kind",) == desk.compare(["x", "y"]).differences
    assert (MEASURE,) == desk.compare(["y", "z"]).differences
    assert (MEASURE, "kind") == desk.compare(["x", "y", "z"]).differences


def test_how_long_it_was_in_force(desk):
    """
    Withdrawn before its effect it never was; open, or of a measure that holds nothing, no time is
    told.
    """
    take_action(desk, "x", "lock", action="open")
    take_action(desk, "x", "revoke_credentials", action="momentary")
    take_action(desk, "x", "limit", action="withdrawn", effective_at=at("19:00"))
    desk.withdraw("withdrawn", by="op-7", reason="no")
    take_action(desk, "y", "warn")

    told = {
        treated.action: (treated.seconds, treated.ended_by)
        for treated in desk.compare(["x", "y"]).treatments
        if treated.account == "x"
    }
    assert {
        "open": (None, None),
        "momentary": (None, None),
        "withdrawn": (0.0, "withdrawn"),
    } == told


def test_what_a_source_recorded_is_told_as_far_as_it_is_known(ledger, clock, tmp_path):
    """
    Nobody knows what kind of operator it was, nor which policy there was; what expired before it
    began was never in force.
    """
    clock.set("2026-01-01T00:00:00Z")
    act = action_command("x", "suspend", recorded_at="2017-11-03T18:00:00Z")
    never = action_command(
        "y", "suspend", recorded_at="2017-11-03T18:01:00Z", expires_at="2017-11-03T17:00:00Z"
    )
    file = tmp_path / "actions.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in (act, never)))
    ledger.import_history("actions", [file])

    answer = ledger.compare(["x", "y"])
    assert ("seconds", "ended_by") == answer.differences
    assert [(None, None), (0.0, "expiry")] == [(t.seconds, t.ended_by) for t in answer.treatments]
    assert {(OperatorKind.UNKNOWN, None, True)} == {
        (treated.kind, treated.policy, treated.imported) for treated in answer.treatments
    }


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, ["x", "y"]),
        ("18:01", "18:32", ["x"]),
        ("18:01", "18:33", ["x", "y"]),
        ("18:02", None, ["y"]),
        ("18:32", None, ["y"]),
        (None, "18:01", []),
    ],
)
def test_the_window_is_half_open_over_effects(desk, clock, since, until, expected):
    """
    An act that took effect at its beginning is in it, one at its end is not.
    """
    for account in ("x", "y"):
        treat(desk, clock, account)

    answer = desk.compare(["x", "y"], since=since and at(since), until=until and at(until))
    assert expected == [treated.account for treated in answer.treatments]
    assert ((MEASURE,) if len(expected) == 1 else ()) == answer.differences


def test_it_is_told_with_the_knowledge_of_a_cut(desk, clock):
    """
    The notice, the appeal and the second account's act were not known yet, and never will have
    been.
    """
    desk.note("y", "seen", by="op-1")
    treat(desk, clock, "x")
    treat(desk, clock, "y")

    then = desk.compare(["x", "y"], known_at="2017-11-03T18:01:30Z")
    (treated,) = then.treatments
    assert ("x", (), (), (MEASURE,)) == (
        treated.account,
        treated.notices,
        treated.appeals,
        then.differences,
    )
    assert () == desk.compare(["x", "y"]).differences
    assert then.treatments == desk.compare(["x", "y"], known_at=then.cut).treatments


@pytest.mark.parametrize("accounts", [[], ["x"], ["x", "x"], {"x"}, "xy", 7])
def test_there_must_be_two_accounts(desk, accounts):
    """
    One account is like itself, whatever it is called by; a text is no list.
    """
    take_action(desk, "x")

    with pytest.raises(Malformed) as raised:
        desk.compare(accounts)
    assert "accounts" == raised.value.where


def test_an_empty_window_and_an_unknown_account_are_errors(desk):
    """
    Neither would have a difference, and neither is an answer.
    """
    take_action(desk, "x")

    with pytest.raises(Malformed) as raised:
        desk.compare(["x", "y"], since=at("18:00"), until=at("18:00"))
    assert "until" == raised.value.where
    with pytest.raises(NotFound) as missing:
        desk.compare(["x", "y"])
    assert "account" == missing.value.where


def test_every_column_is_one_of_an_act(desk, clock):
    """
    What is compared is told: no column that a treatment does not have, and none left out but what
    tells one act from another.
    """
    treat(desk, clock, "x")
    treat(desk, clock, "y")
    told = {field.name for field in attrs.fields(Treatment)} | {"seconds_to_notice"}

    assert told - {"account", "action", "effective_at", "imported"} == {*COLUMNS, MEASURE}


TREATMENTS = st.lists(of(Treatment), max_size=3)


def on(account: str, treatments: list[Treatment]) -> list[Treatment]:
    """
    Return the same treatments of *account*.
    """
    return [attrs.evolve(treated, account=account) for treated in treatments]


@settings(max_examples=50)
@given(TREATMENTS)
def test_an_account_is_treated_like_one_that_had_the_same(treatments):
    """
    Whatever was done, to do it twice makes no difference.
    """
    assert () == differences(("x", "y"), on("x", treatments) + on("y", treatments))


@settings(max_examples=50)
@given(TREATMENTS, TREATMENTS)
def test_a_difference_is_one_from_either_side(some, others):
    """
    Which account is named first makes no difference, and who had more has been treated otherwise.
    """
    told = differences(("x", "y"), on("x", some) + on("y", others))

    assert told == differences(("y", "x"), on("y", others) + on("x", some))
    used = [sorted(treated.measure for treated in each) for each in (some, others)]
    assert (MEASURE in told) == (used[0] != used[1])
