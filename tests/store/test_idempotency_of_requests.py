"""
Requests, appeals, policies and reports that are sent again: one answer, and one entry.
"""

from collections.abc import Callable
from typing import Any

import pytest

from ledger import Conflict, Ledger, NotFound, Refused
from tests.conftest import ACCOUNT, HandSetClock, file_report, take_action

ASK: dict[str, Any] = {"because_of": "own-initiative", "reason": "spam", "by": "op-7"}
TWO: dict[str, Any] = {
    "policy": 1,
    "safeguards": [
        {"rule": "two-person", "measures": ["suspend"], "approvals": [{"approvals": 2}]},
        {"rule": "reason-required"},
    ],
    "break_glass": {"roles": ["admin"]},
}


def size(ledger: Ledger) -> int:
    """
    Return how many entries *ledger* has.
    """
    return ledger.status().entries


def asked(ledger: Ledger, account: str = ACCOUNT, **changes: object) -> str:
    """
    Let op-7 ask for approvals of a suspension.
    """
    told: dict[str, Any] = {**ASK, **changes}
    return ledger.request("suspend", account, **told)


def test_every_command_can_be_sent_again(staffed: Ledger, clock: HandSetClock):
    """
    Each command under its request id has one result, however often it is sent, and what it records
    stands once.
    """
    staffed.enrol_operator("op-9", kind="human")
    staffed.adopt_policy(TWO, by="op-1")
    first, second, third = (asked(staffed, account) for account in "abc")
    broken = take_action(staffed, "d", "suspend", by="op-1", override="fire")
    appeal = staffed.file_appeal(broken, by="the owner")
    mailed: dict[str, Any] = {"channel": "mail", "delivered_at": clock.now, "text_hash": "h"}
    why = {"reason": "because"}
    sent: list[tuple[int, Callable[[str], str]]] = [
        (1, lambda q: staffed.mark_training("op-7", "t", by="op-1", request_id=q)),
        (1, lambda q: staffed.revoke_training("op-7", "t", by="op-1", request_id=q)),
        (1, lambda q: asked(staffed, "e", request_id=q)),
        (1, lambda q: staffed.approve(first, by="op-1", request_id=q)),
        (2, lambda q: staffed.approve(first, by="comms", request_id=q)),
        (1, lambda q: staffed.deny(second, by="comms", **why, request_id=q)),
        (1, lambda q: staffed.withdraw(third, by="op-7", **why, request_id=q)),
        (1, lambda q: staffed.notify(broken, **mailed, request_id=q)),
        (1, lambda q: staffed.file_appeal(first_act(staffed), by="the owner", request_id=q)),
        (
            1,
            lambda q: staffed.review_override(
                broken, outcome="justified", by="op-7", **why, request_id=q
            ),
        ),
        (
            2,
            lambda q: staffed.decide_appeal(
                appeal, outcome="overturned", by="op-9", **why, request_id=q
            ),
        ),
        (1, lambda q: staffed.adopt_policy(TWO, by="op-1", request_id=q)),
        (
            2,
            lambda q: staffed.offboard_operator(
                "op-7", by="op-1", pending="withdraw", request_id=q
            ),
        ),
    ]
    clock.advance(minutes=1)
    for number, (entries, send) in enumerate(sent):
        before = size(staffed)
        results = {send(f"q-{number}") for _ in range(3)}
        assert (1, before + entries) == (len(results), size(staffed)), number


def first_act(ledger: Ledger) -> str:
    """
    Return the action that was granted on account a.
    """
    return ledger.account("a").actions[0].action.action


def test_the_last_approval_sent_again_returns_the_action(staffed: Ledger):
    """
    As it did the first time, in a transaction of its own and in a batch.
    """
    request, other = asked(staffed, "a"), asked(staffed, "b")
    approve = {"command": "approve", "by": "op-1", "request_id": "q-2", "request": other}

    action = staffed.approve(request, by="op-1", request_id="q-1")
    in_a_batch = staffed.record_many([approve, approve])

    assert action == staffed.approve(request, by="op-1", request_id="q-1") != request
    assert 1 == len({*in_a_batch, *staffed.record_many([approve])})
    assert [action, in_a_batch[0]] == [held.action for held in staffed.restrictions()]


def test_an_undo_is_done_once(staffed: Ledger, clock: HandSetClock):
    """
    The same plan under the same request id is answered, though the plan is out of date by then.
    """
    take_action(staffed)
    clock.advance(minutes=1)
    plan = staffed.plan_undo(operators=["op-7"])
    undo = staffed.undo(plan, by="op-1", reason="mistaken", request_id="q-1")
    entries = size(staffed)

    assert undo == staffed.undo(plan, by="op-1", reason="mistaken", request_id="q-1")
    assert entries == size(staffed)
    with pytest.raises(Conflict):
        staffed.undo(plan, by="op-1", reason="mistaken", request_id="q-2")


def test_ids_that_callers_give_stand_for_what_they_asked(staffed: Ledger):
    """
    The same request or appeal again is the one on record; another one under the id is a conflict,
    and so is an act under the id of an act that was asked for.
    """
    assert "w" == asked(staffed, request="w", action="a-1")
    entries = size(staffed)
    assert "w" == asked(staffed, request="w", action="a-1")
    for change in ({"reason": "other"}, {"request": "w-2"}, {"action": "a-2"}, {"account": "x"}):
        with pytest.raises(Conflict):
            asked(staffed, **({"request": "w", "action": "a-1"} | change))
    with pytest.raises(Conflict):
        take_action(staffed, action="a-1")
    assert entries == size(staffed)
    staffed.approve("w", by="op-1")

    assert "w" == asked(staffed, request="w", action="a-1")
    assert "p" == staffed.file_appeal("a-1", by="the owner", appeal="p")
    assert "p" == staffed.file_appeal("a-1", by="the owner", appeal="p")
    with pytest.raises(Conflict):
        staffed.file_appeal("a-1", by="somebody", appeal="p")


def test_what_was_asked_for_is_no_action_before_it_is_granted(staffed: Ledger):
    """
    Its id is taken, and names nothing that could be reversed.
    """
    asked(staffed, request="w", action="a-1")
    with pytest.raises(NotFound, match="a-1"):
        staffed.reverse("a-1", by="op-7", reason="error")
    with pytest.raises(NotFound, match="a-1"):
        staffed.notify("a-1", channel="mail", delivered_at="2017-11-02T22:00:00Z", text_hash="h")


def test_a_report_of_a_source_is_taken_in_once(staffed: Ledger):
    """
    Under the source's own id, with or without one of the ledger's; another source's is another
    one, and another content a conflict.
    """
    first = file_report(staffed, external_id="T-1", source="trusted")
    named = file_report(staffed, external_id="T-2", source="trusted", report="r-2")
    entries = size(staffed)

    assert first == file_report(staffed, external_id="T-1", source="trusted", session="s-2")
    assert first == file_report(staffed, external_id="T-1", source="trusted", request_id="q-1")
    assert "r-2" == named == file_report(staffed, external_id="T-2", source="trusted", report="r-2")
    for change in ({"category": "spam"}, {"report": "r-3"}, {"evidence": "sha256:0"}):
        with pytest.raises(Conflict) as caught:
            file_report(staffed, **({"external_id": "T-1", "source": "trusted"} | change))
        assert "external-report" == caught.value.where
    assert entries == size(staffed)
    assert first != file_report(staffed, external_id="T-1", source="user")
    assert first != file_report(staffed, external_id="T-3", source="trusted")


def test_a_report_comes_twice_in_a_batch_and_is_one(staffed: Ledger):
    """
    A source that sends its reports again does so in one file, too.
    """
    told = {"command": "file_report", "account": "x", "category": "spam", "source": "s"}
    first, again, other = staffed.record_many(
        [told | {"external_id": "T-1"}, told | {"external_id": "T-1"}, told]
    )

    assert first == again != other
    assert 2 == len(staffed.account("x").reports)


def test_a_refusal_by_a_safeguard_is_raised_again(staffed: Ledger):
    """
    With the same message, what would make it pass included, also when it would pass by now.
    """
    staffed.adopt_policy(TWO, by="op-1")
    request = asked(staffed)
    broken = take_action(staffed, "d", "suspend", by="op-1", override="fire")
    appeal = staffed.file_appeal(broken, by="the owner")
    attempts: list[Callable[[str], str]] = [
        lambda q: take_action(staffed, "b", "suspend", request_id=q),
        lambda q: staffed.approve(request, by="op-7", request_id=q),
        lambda q: staffed.decide_appeal(
            appeal, outcome="upheld", by="op-1", reason="mine", request_id=q
        ),
        lambda q: staffed.review_override(
            broken, outcome="justified", by="op-1", reason="mine", request_id=q
        ),
        lambda q: staffed.adopt_policy({**TWO, "title": "t"}, by="op-7", request_id=q),
    ]
    told = []
    for number, attempt in enumerate(attempts):
        with pytest.raises(Refused) as caught:
            attempt(f"q-{number}")
        assert caught.value.recorded
        told.append((str(caught.value), caught.value.rule, caught.value.verdicts))
    entries = size(staffed)
    staffed.adopt_policy({"policy": 1, "safeguards": [{"rule": "reason-required"}]}, by="op-1")

    for number, attempt in enumerate(attempts):
        with pytest.raises(Refused) as caught:
            attempt(f"q-{number}")
        assert told[number] == (str(caught.value), caught.value.rule, caught.value.verdicts)
    assert entries + 1 == size(staffed)
    assert "2 approvals" in told[0][0]


def test_an_undo_that_was_refused_is_refused_again(staffed: Ledger, clock: HandSetClock):
    """
    Its refusal stands on the ledger's own stream, under its request id.
    """
    take_action(staffed)
    clock.advance(hours=2)
    plan = staffed.plan_undo(operators=["op-7"])
    told = []
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            staffed.undo(plan, by="op-417", reason="regret", request_id="q-1")
        told.append(str(caught.value))

    assert told[0] == told[1]
    assert ["ledger.command_refused"] == [
        entry.kind for entry in staffed.entries(stream="ledger/undo")
    ]
