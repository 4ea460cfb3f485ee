"""
Policies in the store: where they stand, who knows of them when, and what rests on them.
"""

from typing import Any

import pytest

from ledger import Entry, Ledger, Malformed, NotFound, Refused, Unavailable
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.events.policy import PolicyAdopted
from ledger.moderation.rules import Rule
from tests.conftest import HandSetClock, action_command, enrol_staff, take_action
from tests.store.conftest import on
from tests.store.test_processes import assert_whole, at_once

STREAM = "policy/default"


def document(*rules: str, title: str = "t") -> dict[str, Any]:
    """
    Return a policy that uses *rules*, which have no parameters.
    """
    return {"policy": 1, "title": title, "safeguards": [{"rule": rule} for rule in rules]}


STRICT = {
    "policy": 1,
    "safeguards": [{"rule": "two-person", "approvals": [{"approvals": 1}]}],
}
LOOSE = document("reason-required")


def adopt(policy: object, by: str = "op-1") -> dict[str, object]:
    """
    Return the command to adopt a policy.
    """
    return {"command": "adopt_policy", "policy": policy, "by": by}


def acts(ledger: Ledger) -> list[Entry]:
    """
    Return the entries of acts in stored order.
    """
    return [entry for entry in ledger.entries() if isinstance(entry.event, ActionTaken)]


def versions(ledger: Ledger) -> list[int]:
    """
    Return the versions of the policy stream, every entry of which is a policy.
    """
    entries = list(ledger.entries(stream=STREAM))
    assert all(isinstance(entry.event, PolicyAdopted) for entry in entries)
    return [entry.version for entry in entries]


def test_policies_stand_in_log_0_and_have_versions_without_gaps(staffed: Ledger):
    """
    However many logs there are; what was refused, and what was so already, is no version.
    """
    names = [staffed.adopt_policy(LOOSE, by="op-1"), staffed.adopt_policy(STRICT, by="op-1")]
    with pytest.raises(Refused) as caught:
        staffed.adopt_policy(LOOSE, by="op-7")
    with pytest.raises(Malformed):
        staffed.adopt_policy(document("pray"), by="op-1")
    names += [staffed.adopt_policy(STRICT, by="op-1"), staffed.adopt_policy(LOOSE, by="op-1")]

    assert ["default@1", "default@2", "default@2", "default@3"] == names
    assert [1, 2, 3] == versions(staffed)
    assert {0} == {entry.log for entry in staffed.entries(stream=STREAM)}
    assert caught.value.recorded
    assert ["ledger.command_refused"] == [
        entry.kind for entry in staffed.entries(stream="ledger/policies")
    ]
    assert_whole(staffed)


def test_an_act_relies_on_the_version_that_it_was_judged_by(staffed: Ledger):
    """
    It names it, every verdict does, and it is recorded no earlier; none is named before the first.
    """
    take_action(staffed, "before")
    for number in range(1, 4):
        staffed.adopt_policy(document("reason-required", title=f"{number}"), by="op-1")
        take_action(staffed, f"account-{number}")
    relied = {}
    for entry in staffed.entries():
        if isinstance(entry.event, ActionTaken):
            said = {verdict.policy for verdict in entry.event.verdicts}
            relied[entry.stream] = said, [on for on in entry.event.relied_on if STREAM in on]

    assert ({"builtin@0"}, []) == relied.pop("account/before")
    assert {
        f"account/account-{n}": ({f"default@{n}"}, [f"{STREAM}@{n}"]) for n in range(1, 4)
    } == relied


@pytest.mark.parametrize("logs", [1, 7, 256])
def test_what_rests_on_a_policy_is_recorded_after_it(clock: HandSetClock, logs: int):
    """
    In whichever log it stands, and also when the clock was set back in between.
    """
    with Ledger.create("memory:", clock=clock, logs=logs) as ledger:
        enrol_staff(ledger)
        clock.advance(minutes=4)
        ledger.adopt_policy(LOOSE, by="op-1")
        clock.advance(minutes=-4)
        for number in range(12):
            take_action(ledger, f"account-{number}")
        ledger.reverse(acts(ledger)[0].event.action, by="op-7", reason="r")  # type: ignore[attr-defined]
        ledger.note("account-0", "seen", by="op-7")
        (policy,) = ledger.entries(stream=STREAM)
        entries = list(ledger.entries())

        behind = [entry for entry in entries if entry.stream.startswith("account/")]
        assert 14 == len(behind)
        assert all(policy.recorded_at < entry.recorded_at for entry in behind)
        assert entries.index(policy) < min(map(entries.index, behind))
        assert logs > 7 or {entry.log for entry in behind} == set(range(logs))


def test_a_batch_that_adopts_a_policy_goes_on_under_it(staffed: Ledger):
    """
    What stands before it is judged by the policy of before, what stands behind it by the new one.
    """
    staffed.adopt_policy(LOOSE, by="op-1")
    staffed.record_many(
        [
            action_command("a"),
            adopt(document("ground-required")),
            action_command("b", ground="terms of service"),
            adopt(LOOSE),
            action_command("c"),
        ]
    )
    judged = {
        entry.stream: {verdict.policy for verdict in entry.event.verdicts}  # type: ignore[attr-defined]
        for entry in acts(staffed)
    }

    assert {
        "account/a": {"default@1"},
        "account/b": {"default@2"},
        "account/c": {"default@3"},
    } == judged
    assert_whole(staffed)


def test_a_batch_is_stopped_by_the_policy_that_it_adopts(staffed: Ledger):
    """
    Then nothing of it is done, the adoption neither; and since the act would pass by itself, it is
    not on record as refused.
    """
    entries = staffed.status().entries
    with pytest.raises(Refused) as caught:
        staffed.record_many([adopt(STRICT), action_command("a")])

    assert ("command 2", False) == (caught.value.where, caught.value.recorded)
    assert entries == staffed.status().entries
    take_action(staffed, "a")
    assert [] == versions(staffed)


def test_a_refused_adoption_fails_its_batch_and_is_recorded_by_itself(staffed: Ledger):
    """
    On the stream of refusals, with none of what stood beside it.
    """
    with pytest.raises(Refused) as caught:
        staffed.record_many([action_command("a"), adopt(STRICT, by="op-7")])

    assert ("command 2", True) == (caught.value.where, caught.value.recorded)
    assert 1 == len(list(staffed.entries(stream="ledger/policies")))
    assert [] == acts(staffed)


@on("sqlite", "postgres")
def test_a_policy_that_another_one_adopted_is_in_force_at_once(staffed: Ledger, other: Ledger):
    """
    The next act anywhere is judged by it, whoever adopted it.
    """
    pair = [staffed, other]
    for ledger in pair:
        take_action(ledger, "looked", "warn")
    for number in range(6):
        adopting, acting = pair if number % 2 else pair[::-1]
        adopting.adopt_policy(STRICT, by="op-1")
        with pytest.raises(Refused, match="two-person"):
            take_action(acting, f"account-{number}")
        adopting.adopt_policy(LOOSE, by="op-1")
        take_action(acting, f"account-{number}")

    assert [*range(1, 13)] == versions(staffed) == versions(other)
    assert_whole(staffed)


@on("sqlite", "postgres")
def test_a_policy_that_was_adopted_and_undone_judges_nothing(staffed: Ledger, other: Ledger):
    """
    What another one adopted as that version is in force, and nothing that was rolled back.
    """
    unknown = {"command": "reverse", "action": "unknown", "by": "op-7", "reason": "r"}
    with pytest.raises(NotFound):
        staffed.record_many(
            [
                adopt(document("ground-required")),
                action_command("a", ground="terms of service"),
                unknown,
            ]
        )
    other.adopt_policy(LOOSE, by="op-1")
    take_action(staffed, "a")

    (act,) = acts(staffed)
    assert {"default@1"} == {verdict.policy for verdict in act.event.verdicts}  # type: ignore[attr-defined]


@on("sqlite", "postgres")
def test_two_processes_that_adopt_at_once_lose_nothing(shared: Ledger, ledger_url: str):
    """
    Every adoption is one version, and each is told its own.
    """
    said = at_once(ledger_url, "adoptions", ["first", "second"], 20)

    names = sorted(int(name.partition("@")[2]) for lines in said.values() for name in lines)
    assert [*range(1, 41)] == names == versions(shared)
    assert_whole(shared)


@on("sqlite", "postgres")
def test_a_process_that_does_not_know_a_rule_decides_nothing(
    staffed: Ledger, ledger_url: str, clock: HandSetClock
):
    """
    It cannot ask what the policy asks for, so it records nothing; what it is asked it answers.
    """
    moon = Rule("full-moon", check=lambda _considered, _asked: None)
    with Ledger.open(ledger_url, clock=clock, rules=[moon]) as service:
        service.adopt_policy(document("full-moon"), by="op-1")
        take_action(service, "a")
        entries = staffed.status().entries
        with pytest.raises(Unavailable, match="full-moon"):
            take_action(staffed, "b")

        assert entries == staffed.status().entries
        assert "deactivated" == staffed.standing("a").standing
        assert not any(difference.differed for difference in staffed.rebuild())
        take_action(service, "b")
