"""
Batches are recorded whole or not at all; refusals by a safeguard are recorded by themselves.
"""

import gc
from collections.abc import Iterator
from contextlib import suppress

import pytest

from ledger import Conflict, Entry, Ledger, LedgerError, Malformed, NotFound, Refused
from ledger.moderation.events.account import AccountCommandRefused, NoteAdded
from ledger.moderation.events.operator import OperatorCommandRefused
from tests.conftest import ACCOUNT, HandSetClock, action_command, take_action

LATE = "2017-11-03T00:00:00Z"


def entries(ledger: Ledger) -> list[Entry]:
    """
    Return all entries.
    """
    return list(ledger.entries())


def test_a_batch_returns_the_id_of_each_command(staffed: Ledger):
    """
    What `record_many` returns are the results of its commands, in their order.
    """
    names = staffed.record_many(
        [
            action_command("a", action="a-1"),
            {"command": "note", "account": "a", "text": "a word", "by": "op-7"},
            {"command": "enrol_operator", "operator": "op-9", "kind": "human"},
            action_command("b", action="b-1"),
        ]
    )

    notes = [entry.event for entry in entries(staffed) if isinstance(entry.event, NoteAdded)]
    assert ["a-1", notes[0].note, "op-9", "b-1"] == names


def test_an_empty_batch_is_nothing(staffed: Ledger):
    """
    No commands, no transaction.
    """
    before = entries(staffed)

    assert [] == staffed.record_many([])
    assert before == entries(staffed)


def test_later_commands_see_earlier_ones(staffed: Ledger, clock: HandSetClock):
    """
    A batch may act, reverse and act anew on what it has just done, and name its own ids.
    """
    staffed.record_many(
        [
            {"command": "file_report", "account": "a", "report": "r-1"}
            | {"category": "spam", "source": "user"},
            action_command(
                "a", action="a-1", because_of=["r-1"], effective_at="2017-11-02T21:00:00Z"
            ),
            {"command": "reverse", "action": "a-1", "by": "op-7", "reason": "error"},
            action_command("a", action="a-2"),
        ]
    )
    clock.advance(minutes=1)

    assert ["a-2"] == [r.action for r in staffed.standing("a").in_force]


@pytest.mark.parametrize(
    ("family", "wrong"),
    [
        (Malformed, action_command("z", measure="banish")),
        (Malformed, {"command": "dance"}),
        (Malformed, action_command("z", reason="")),
        (NotFound, action_command("z", by="nobody")),
        (NotFound, {"command": "reverse", "action": "none", "by": "op-7", "reason": "error"}),
        (Refused, action_command("held")),
        (Refused, action_command("z", by="op-417")),
        (Conflict, action_command("z", request_id="q-1")),
    ],
)
@pytest.mark.parametrize("place", [1, 3])
def test_one_bad_command_fails_the_batch(
    staffed: Ledger, clock: HandSetClock, family: type[LedgerError], wrong, place: int
):
    """
    Whatever is wrong with one command, none of the others is recorded, and its place is named.
    """
    take_action(staffed, "held", request_id="q-1")
    clock.set(LATE)
    before = entries(staffed)
    batch = [action_command(f"account-{n}", request_id=f"b-{n}") for n in range(3)]
    batch.insert(place - 1, wrong)
    with pytest.raises(family) as caught:
        staffed.record_many(batch)

    assert (caught.value.where or "").startswith(f"command {place}")
    added = entries(staffed)[len(before) :]
    refused = isinstance(caught.value, Refused) and caught.value.recorded
    assert (["account.command_refused"] if refused else []) == [entry.kind for entry in added]


def test_a_failed_batch_can_be_sent_again_without_its_bad_command(staffed: Ledger):
    """
    What rolled back left nothing behind: no claim, no version, no cached state.
    """
    good = [action_command(f"account-{n}", action=f"a-{n}") for n in range(3)]
    for _ in range(2):
        with pytest.raises(NotFound):
            staffed.record_many([*good, action_command("z", by="nobody")])

    assert ["a-0", "a-1", "a-2"] == staffed.record_many(good)
    assert [1] == [entry.version for entry in staffed.entries(account="account-0")]


def test_a_refusal_is_recorded_with_its_verdict(staffed: Ledger, clock: HandSetClock):
    """
    An action that a check of authority stops is on record: who, what, why.
    """
    clock.set(LATE)
    with pytest.raises(Refused) as caught:
        take_action(staffed, by="op-417", reason="parting gift")

    (refused,) = staffed.entries(account=ACCOUNT)
    assert isinstance(refused.event, AccountCommandRefused)
    assert ("op-417", "act") == (refused.operator, refused.event.command)
    assert "parting gift" == refused.event.arguments["reason"]
    assert {"authority": "stopped"} == {v.name: v.outcome for v in refused.event.verdicts}
    assert caught.value.recorded
    assert {"authority": "stopped"} == caught.value.verdicts


def test_refusals_about_operators_stand_with_the_operator(staffed: Ledger):
    """
    An operator who may not enrol, grant or bar leaves a refusal in the stream he reached for.
    """
    with pytest.raises(Refused):
        staffed.grant_role("op-7", "admin", by="op-7")
    with pytest.raises(Refused):
        staffed.enrol_operator("op-8", kind="human", by="op-7")

    (*_, granting) = staffed.entries(stream="operator/op-7")
    (enrolling,) = staffed.entries(stream="operator/op-8")
    assert isinstance(granting.event, OperatorCommandRefused)
    assert isinstance(enrolling.event, OperatorCommandRefused)
    with pytest.raises(NotFound):
        staffed.operator("op-8")


def test_what_history_forbids_is_not_recorded(staffed: Ledger, clock: HandSetClock):
    """
    A second reversal or a held slot is refused without an entry: no safeguard stopped it.
    """
    action = take_action(staffed)
    before = entries(staffed)
    with pytest.raises(Refused, match="in force"):
        take_action(staffed)
    clock.advance(minutes=1)
    staffed.reverse(action, by="op-7", reason="error")
    with pytest.raises(Refused, match="reversed already") as caught:
        staffed.reverse(action, by="op-1", reason="error")

    assert not caught.value.recorded
    assert ("already-reversed", "op-7", action) == (
        caught.value.rule,
        caught.value.by,
        caught.value.action,
    )
    assert len(before) + 1 == len(entries(staffed))


def test_the_refusal_of_a_batch_is_recorded_by_itself(staffed: Ledger, clock: HandSetClock):
    """
    The batch rolls back; the one refusal is recorded, and under its request id raised again.
    """
    clock.set(LATE)
    before = entries(staffed)
    stopped = action_command("z", by="op-417", request_id="q-1")
    with pytest.raises(Refused) as caught:
        staffed.record_many([action_command("a"), stopped, action_command("b")])
    with pytest.raises(Refused) as again:
        staffed.record_many([stopped])

    (refused,) = entries(staffed)[len(before) :]
    assert ("account/z", "q-1") == (refused.stream, refused.request_id)
    assert caught.value.recorded
    assert again.value.recorded


def test_a_refusal_that_rests_on_its_own_batch_is_not_recorded(staffed: Ledger):
    """
    Who is stopped only by what the same batch did before him is not on record as refused.
    """
    before = entries(staffed)
    with pytest.raises(Refused) as caught:
        staffed.record_many(
            [
                {
                    "command": "bar_operator",
                    "operator": "op-7",
                    "reason": "suspected",
                    "by": "op-1",
                },
                action_command("a"),
            ]
        )

    assert not caught.value.recorded
    assert before == entries(staffed)


def test_an_error_in_the_commands_source_writes_nothing(staffed: Ledger):
    """
    When the iterable of commands itself fails, its error comes through and nothing is written.
    """
    before = entries(staffed)

    def commands() -> Iterator[dict[str, object]]:
        yield action_command("a")
        raise EOFError

    with pytest.raises(EOFError):
        staffed.record_many(commands())

    assert before == entries(staffed)


def test_an_entry_too_large_for_the_tree_writes_nothing(staffed: Ledger):
    """
    A text that makes an entry larger than 65,535 bytes is refused with the whole batch.
    """
    before = entries(staffed)
    with pytest.raises(Malformed, match="bytes"):
        staffed.record_many([action_command("a"), action_command("b", reason="x" * 65_536)])
    take_action(staffed, "a", reason="x" * 60_000)

    assert len(before) + 1 == len(entries(staffed))


@pytest.mark.parametrize("last", ["account-100", "account-0"], ids=["recorded", "refused"])
def test_the_collector_works_again_behind_a_large_batch(staffed: Ledger, last: str):
    """
    Whether it was recorded or refused; and where it did not work before, it does not afterwards.
    """
    batch = [action_command(f"account-{n}") for n in range(100)] + [action_command(last)]
    for was_enabled in (True, False):
        (gc.enable if was_enabled else gc.disable)()
        try:
            with suppress(Refused):
                staffed.record_many(batch)
            assert was_enabled == gc.isenabled()
        finally:
            gc.enable()
