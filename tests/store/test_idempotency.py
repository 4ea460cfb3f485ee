"""
Ids that callers give: the same command again is the same answer, another one is a conflict.
"""

from typing import Any

import pytest

from ledger import Conflict, Ledger, LedgerError, Malformed, NotFound, Refused
from tests.conftest import ACCOUNT, HandSetClock, action_command, file_report, take_action


def size(ledger: Ledger) -> int:
    """
    Return how many entries *ledger* has.
    """
    return ledger.status().entries


def test_the_same_request_returns_the_first_result(staffed: Ledger, clock: HandSetClock):
    """
    A command that is sent again under its request id is answered and not recorded again.
    """
    first = take_action(staffed, request_id="q-1")
    entries = size(staffed)
    clock.advance(days=1)

    assert first == take_action(staffed, request_id="q-1")
    assert entries == size(staffed)


def test_every_kind_of_command_can_be_sent_again(staffed: Ledger, clock: HandSetClock):
    """
    Each command under its request id has one result, however often it is sent, and one entry.
    """
    report = file_report(staffed)
    action = take_action(staffed, measure="suspend", because_of=[report])
    clock.advance(minutes=1)
    terms = {"by": "op-7", "reason": "because"}
    claim: dict[str, Any] = {
        "cause": "error",
        "by": "comms",
        "source": "press",
        "statement": "by mistake",
    }
    sent = [
        lambda q: staffed.enrol_operator("op-8", kind="service", request_id=q),
        lambda q: staffed.grant_role("op-8", "support", request_id=q),
        lambda q: staffed.bar_operator("op-8", reason="absent", request_id=q),
        lambda q: staffed.protect_account(ACCOUNT, tier="a", by="op-1", reason="b", request_id=q),
        lambda q: staffed.assign_report(report, to="op-7", by="op-1", request_id=q),
        lambda q: staffed.resolve_report(report, outcome="actioned", by="op-7", request_id=q),
        lambda q: staffed.note(ACCOUNT, "a word", by="op-7", request_id=q),
        lambda q: staffed.amend(action, expires_at="2030-01-01T00:00:00Z", **terms, request_id=q),
        lambda q: staffed.assert_finding(action, **claim, request_id=q),
        lambda q: staffed.reverse(action, **terms, request_id=q),
        lambda q: staffed.correct(action, operator="op-1", **terms, request_id=q),
    ]
    entries = size(staffed)
    for number, send in enumerate(sent):
        results = {send(f"q-{number}") for _ in range(3)}
        assert 1 == len(results)

    assert entries + len(sent) == size(staffed)


def test_another_command_under_the_id_is_a_conflict(staffed: Ledger):
    """
    A request id stands for its command: other content or another command under it is refused.
    """
    take_action(staffed, request_id="q-1")
    entries = size(staffed)
    for send in (
        lambda: take_action(staffed, reason="another", request_id="q-1"),
        lambda: take_action(staffed, by="op-1", request_id="q-1"),
        lambda: take_action(staffed, "another", request_id="q-1"),
        lambda: staffed.note(ACCOUNT, "a word", by="op-7", request_id="q-1"),
    ):
        with pytest.raises(Conflict) as caught:
            send()
        assert "request_id" == caught.value.where

    assert entries == size(staffed)


def test_session_and_correlation_are_not_content(staffed: Ledger):
    """
    A retry from another session is the same command; on behalf of someone else it is not.
    """
    first = take_action(staffed, request_id="q-1", session="s-1", correlation_id="c-1")

    assert first == take_action(staffed, request_id="q-1", session="s-2", correlation_id="c-2")
    with pytest.raises(Conflict):
        take_action(staffed, request_id="q-1", on_behalf_of="op-1")


def test_a_recorded_refusal_is_raised_again(staffed: Ledger, clock: HandSetClock):
    """
    A refusal on record answers its request id for ever, also when it would be allowed by now.
    """
    clock.set("2017-11-03T00:00:00Z")
    with pytest.raises(Refused) as first:
        take_action(staffed, by="op-417", request_id="q-1")
    entries = size(staffed)
    staffed.change_contract("op-417", leaves_at=None)
    with pytest.raises(Refused) as again:
        take_action(staffed, by="op-417", request_id="q-1")

    assert first.value.recorded
    assert again.value.recorded
    assert str(first.value) == str(again.value)
    assert (first.value.rule, first.value.verdicts) == (again.value.rule, again.value.verdicts)
    assert entries + 1 == size(staffed)


def test_a_failure_does_not_use_the_id_up(staffed: Ledger, clock: HandSetClock):
    """
    A command that failed without a record leaves its ids free for the corrected one.
    """
    held = take_action(staffed)
    ids = {"request_id": "q-1", "action": "a-1"}
    failing: list[tuple[str, dict[str, object]]] = [
        ("z", {"measure": "banish"}),
        ("z", {"by": "nobody"}),
        (ACCOUNT, {}),
        ("z", {"because_of": ["no-such-report"]}),
        ("z", {"expires_at": "2017-01-01T00:00:00Z"}),
    ]
    for account, changes in failing:
        with pytest.raises(LedgerError):
            take_action(staffed, account, **changes, **ids)  # type: ignore[arg-type]
    clock.advance(minutes=1)

    assert "a-1" == take_action(staffed, "z", **ids)
    assert held != "a-1"


def test_an_action_keeps_the_id_that_its_caller_gave(staffed: Ledger, clock: HandSetClock):
    """
    An action or report id of the caller's stands for it: in results, in questions, in commands.
    """
    report = file_report(staffed, report="ticket/77 é")
    action = take_action(staffed, action="case-1", because_of=[report])
    clock.advance(minutes=1)
    staffed.reverse("case-1", by="op-7", reason="error")

    assert ("ticket/77 é", "case-1") == (report, action)
    assert "case-1" == staffed.authority("case-1").action
    assert [report] == [known.report for known in staffed.account(ACCOUNT).reports]
    assert ["case-1"] == [restriction.action for restriction in staffed.restrictions()]


def test_the_same_action_id_again_is_the_same_action(staffed: Ledger):
    """
    The whole command again under its action id returns it; other content is a conflict.
    """
    take_action(staffed, action="case-1")
    file_report(staffed, report="r-1")
    entries = size(staffed)

    assert "case-1" == take_action(staffed, action="case-1")
    assert "r-1" == file_report(staffed, report="r-1")
    with pytest.raises(Conflict):
        take_action(staffed, "another", action="case-1")
    with pytest.raises(Conflict):
        file_report(staffed, "another", report="r-1")
    assert entries == size(staffed)


def test_ids_of_different_kinds_do_not_meet(staffed: Ledger):
    """
    A request, a report and an action may share one id, since each is a kind of its own.
    """
    file_report(staffed, report="one")

    assert "one" == take_action(staffed, action="one", request_id="one")
    assert "one" == take_action(staffed, action="one", request_id="one")


def test_two_equal_ids_in_a_batch_are_one_command(staffed: Ledger):
    """
    In a batch the second of two equal commands under one id is answered with the first's result.
    """
    entries = size(staffed)
    twice = action_command(request_id="q-1")
    first, second, other = staffed.record_many([twice, twice, action_command("another")])

    assert first == second
    assert other != first
    assert entries + 2 == size(staffed)


def test_unequal_commands_under_one_id_in_a_batch_are_a_conflict(staffed: Ledger):
    """
    In a batch another command under an id of the batch is a conflict, and nothing is written.
    """
    entries = size(staffed)
    with pytest.raises(Conflict) as caught:
        staffed.record_many(
            [action_command(request_id="q-1"), action_command("another", request_id="q-1")]
        )

    assert caught.value.where is not None
    assert caught.value.where.startswith("command 2")
    assert entries == size(staffed)


def test_a_batch_that_was_recorded_can_be_sent_again(staffed: Ledger):
    """
    A whole batch under request ids is recorded once and answered alike each time.
    """
    batch = [action_command(f"account-{n}", request_id=f"q-{n}") for n in range(5)]
    first = staffed.record_many(batch)
    entries = size(staffed)

    assert first == staffed.record_many(batch)
    assert first[:2] == staffed.record_many(batch[:2])
    assert entries == size(staffed)


@pytest.mark.parametrize("name", ["", "x" * 256, "a\nb", "\ud800", 7])
def test_ids_that_cannot_be_ids_are_malformed(staffed: Ledger, name):
    """
    Empty, overlong and unprintable ids are refused before anything is written.
    """
    entries = size(staffed)
    for argument in ("request_id", "action"):
        with pytest.raises(Malformed) as caught:
            take_action(staffed, **{argument: name})
        assert argument == caught.value.where

    assert entries == size(staffed)


def test_an_id_that_stands_for_nothing_is_not_found(staffed: Ledger):
    """
    What was never recorded cannot be reversed, whichever log its id would be looked up in.
    """
    for name in ("case-1", "015f7ebf-7f00-7593-9379-b5a90aec0003", "q"):
        with pytest.raises(NotFound):
            staffed.reverse(name, by="op-7", reason="error")
