"""
A large batch is decided some commands at a time: where it is divided makes no difference.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Ledger, Refused
from ledger.store import streams, writer
from tests.conftest import HandSetClock, action_command, enrol_staff, take_action

NOTE = {"command": "note", "account": "y", "text": "n", "by": "op-7"}
AT = "2017-11-02T21:00:00Z"


@pytest.fixture(params=[1, 2, 3, 5, 1_000])
def border(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Let as many commands be decided at a time.
    """
    monkeypatch.setattr(writer, "STEPS_A_TIME", request.param)


divided = pytest.mark.usefixtures("border")


@divided
def test_acts_of_a_batch_count_once_for_a_limit(clock: HandSetClock):
    """
    As many as the limit allows are recorded in one batch, and one more is refused by its number.
    """
    for count in (6, 7):
        with enrol_staff(Ledger.open("memory:", clock=clock)) as ledger:
            limit = {"rule": "rate-limit", "limit": 6, "window": "1h"}
            ledger.adopt_policy({"policy": 1, "safeguards": [limit]}, by="op-1")
            acts = [action_command(f"a-{number}", "issue_strike") for number in range(count)]
            if count == 6:
                assert 6 == len(ledger.record_many(acts))
                with pytest.raises(Refused, match="rate-limit"):
                    take_action(ledger, "another", "issue_strike")
            else:
                with pytest.raises(Refused, match="rate-limit") as caught:
                    ledger.record_many(acts)
                assert "command 7" == caught.value.where


@divided
def test_a_policy_of_the_batch_counts_what_the_batch_did_before_it(clock: HandSetClock):
    """
    Acts in front of its adoption are counted, those that are written already too, each once.
    """
    limit = {"rule": "rate-limit", "limit": 6, "window": "1h"}
    adoption = {
        "command": "adopt_policy",
        "policy": {"policy": 1, "safeguards": [limit]},
        "by": "op-1",
    }
    acts = [action_command(f"a-{number}", "issue_strike") for number in range(7)]
    with enrol_staff(Ledger.open("memory:", clock=clock)) as ledger:
        ledger.record_many([*acts[:4], adoption, *acts[4:6]])
        with pytest.raises(Refused, match="rate-limit"):
            ledger.record_many(acts[6:])


@divided
@pytest.mark.parametrize("before", range(6))
def test_corrections_that_hold_together_may_stand_on_both_sides(before: int, clock: HandSetClock):
    """
    An action that the first of them leaves without time has some again with the second.
    """
    with enrol_staff(Ledger.open("memory:", clock=clock)) as ledger:
        action = take_action(ledger, "x", "suspend")
        taken_at = clock.now
        clock.advance(minutes=10)
        reversal = ledger.reverse(action, by="op-7", reason="error")
        clock.advance(hours=5)
        moved = [
            {"command": "correct", "id": known, "by": "op-7", "reason": "r", "effective_at": at}
            for known, at in (
                (action, taken_at + timedelta(hours=1)),
                (reversal, taken_at + timedelta(hours=2)),
            )
        ]
        ledger.record_many([*[NOTE] * before, *moved, *[NOTE] * 3])
        (known,) = ledger.restrictions(account="x")
        with pytest.raises(Refused, match="no time in force") as caught:
            ledger.record_many([*[NOTE] * before, {**moved[0], "effective_at": clock.now}, NOTE])

        assert timedelta(hours=1) == known.lasting
        assert f"command {before + 1}" == caught.value.where


@divided
def test_an_import_keeps_the_time_of_its_source(clock: HandSetClock, tmp_path: Path):
    """
    However many lines a source recorded at one moment, all of them are known at that moment.
    """
    lines = tmp_path / "lines.jsonl"
    told: list[dict[str, Any]] = [
        {**action_command(f"a-{number}"), "recorded_at": AT} for number in range(9)
    ]
    lines.write_text("".join(json.dumps(line) + "\n" for line in told), "utf-8")
    with Ledger.open("memory:", clock=clock) as ledger:
        ledger.import_history("actions", lines)
        standings = [ledger.standing(f"a-{n}", at=AT, known_at=AT).standing for n in range(9)]

    assert ["deactivated"] * 9 == standings


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=12),
    st.integers(1, 5),
    st.sampled_from([1, streams.ENTRIES_KEPT_MAX]),
)
def test_a_batch_is_recorded_alike_however_it_is_divided(
    accounts: list[int], border: int, kept: int
) -> None:
    """
    Positions, streams, versions, kinds and times are those of an undivided batch, also where memory
    has no room for what the batch itself has written, and it is read again.
    """
    batch = [action_command(f"a-{number}", "warn") for number in accounts]
    found = []
    for size in (border, 1_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writer, "STEPS_A_TIME", size)
            patch.setattr(streams, "ENTRIES_KEPT_MAX", kept)
            clock = HandSetClock()
            with enrol_staff(Ledger.create("memory:", clock=clock, logs=3)) as ledger:
                clock.advance(minutes=1)
                ledger.record_many(batch)
                found.append([(*entry[1:7], entry.log) for entry in ledger.entries()])
                assert not any(difference.differed for difference in ledger.rebuild())

    assert found[0] == found[1]
