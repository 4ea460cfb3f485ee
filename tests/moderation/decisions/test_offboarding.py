"""
The decision to let an operator leave: what is pending of him, and what becomes of each.
"""

from typing import Any

import pytest

from ledger.errors import NotFound, Refused
from ledger.moderation.account import Account, fold
from ledger.moderation.decisions import Decision
from ledger.moderation.events import kind_of
from ledger.moderation.events.account import ActionWithdrawn
from ledger.moderation.events.operator import Disposition, OperatorOffboarded, PendingAct
from ledger.moderation.events.request import HandedOver, RequestWithdrawn
from tests.moderation.by_hand import (
    Line,
    act,
    approve,
    ask,
    at,
    deny,
    hand_over,
    recorded,
    take_back,
    withdraw,
)
from tests.moderation.decisions.desk import decided

LATER = {"effective_at": "15:00"}
DEFERRED: Line = ("02:00", act("a"), LATER)
ASKED: Line = ("03:00", ask())
LET_STAND, WITHDRAW, HAND_OVER = Disposition


def leaving(*lines: Line, imported: bool = False, **terms: Any) -> Decision:
    """
    Return the decision of root, at noon, to let ann leave.
    """
    line = {"command": "offboard_operator", "operator": "ann", "by": "root", **terms}
    return decided(line, *lines, imported=imported)


def listed(decision: Decision) -> tuple[PendingAct, ...]:
    """
    Return what the offboarding says was pending.
    """
    event = decision.drafts[0].event
    assert isinstance(event, OperatorOffboarded)
    return event.pending


def test_what_is_pending_stands_unless_something_else_is_said():
    """
    A deferred action takes effect and a request may still be granted: both are listed, in the one
    entry.
    """
    decision = leaving(DEFERRED, ASKED)
    (draft,) = decision.drafts

    assert ("operator/ann", "root", at("12:00")) == (
        draft.stream,
        draft.operator,
        draft.effective_at,
    )
    assert (
        PendingAct(id="a", account="x", effective_at=at("15:00"), disposition=LET_STAND),
        PendingAct(id="q", account="x", disposition=LET_STAND),
    ) == listed(decision)


def test_all_is_withdrawn_with_the_offboarding():
    """
    One entry each on the accounts, by whoever offboards, in the same transaction.
    """
    _, action, request = leaving(DEFERRED, ASKED, pending="withdraw", reason="moved").drafts

    assert ActionWithdrawn(action="a", reason="moved") == action.event
    assert RequestWithdrawn(request="q", reason="moved") == request.event
    assert [("account/x", "root")] * 2 == [(d.stream, d.operator) for d in (action, request)]


def test_all_is_handed_over_with_the_offboarding():
    """
    To whom is listed, and why each account's entry says.
    """
    decision = leaving(DEFERRED, ASKED, pending="hand-over:bob")

    assert [(HAND_OVER, "bob")] * 2 == [(known.disposition, known.to) for known in listed(decision)]
    assert [HandedOver(id=name, to="bob", reason="ann was offboarded") for name in ("a", "q")] == [
        draft.event for draft in decision.drafts[1:]
    ]


def test_single_ones_are_disposed_of_by_their_ids():
    """
    What is said of one goes before what is said of all.
    """
    other: Line = ("04:00", act("b", "lock"), LATER)
    told = {"a": "let-stand", "q": "hand-over:bob"}
    decision = leaving(DEFERRED, ASKED, other, pending="withdraw", dispositions=told)

    assert [LET_STAND, HAND_OVER, WITHDRAW] == [known.disposition for known in listed(decision)]
    assert ["account.handed_over", "account.action_withdrawn"] == [
        kind_of(draft.event) for draft in decision.drafts[1:]
    ]


@pytest.mark.parametrize(
    ("lines", "pending"),
    [
        ([DEFERRED, ("04:00", withdraw("a"))], []),
        ([("02:00", act("a"), {"effective_at": "12:00"})], []),
        ([("02:00", act("a"), {**LATER, "operator": "bob"})], []),
        (
            [("02:00", act("a"), {**LATER, "operator": "bob"}), ("03:00", hand_over("a", "ann"))],
            ["a"],
        ),
        ([DEFERRED, ("03:00", hand_over("a", "bob"))], []),
        ([ASKED, ("04:00", hand_over("q", "bob"))], []),
        ([ASKED, ("04:00", deny())], []),
        ([ASKED, ("04:00", take_back())], []),
        ([("03:00", ask(lapses_at=at("12:00")))], []),
        ([("03:00", ask(lapses_at=at("12:01")))], ["q"]),
        ([ASKED, ("04:00", approve()), ("04:00", act("granted", request="q"), LATER)], ["granted"]),
    ],
)
def test_pending_of_an_operator_is_what_he_answers_for_and_is_not_over(lines, pending):
    """
    What took effect, ended, lapsed or went to another operator is not his to leave behind.
    """
    assert pending == [known.id for known in listed(leaving(*lines))]


def test_what_is_pending_anywhere_is_listed_by_account():
    """
    All accounts on which he has something pending are looked at.
    """
    others = {
        name: fold(Account(name), recorded(DEFERRED, stream=f"account/{name}")) for name in "zy"
    }
    line = {"command": "offboard_operator", "operator": "ann", "by": "root", "pending": "withdraw"}
    decision = decided(line, others=others)

    assert ["y", "z"] == [known.account for known in listed(decision)]
    assert ["account/y", "account/z"] == [draft.stream for draft in decision.drafts[1:]]


def test_a_disposition_of_what_is_not_pending_is_not_found():
    """
    A slip in an id does not let something stand unnoticed: what is pending is named.
    """
    with pytest.raises(NotFound, match="'b'") as raised:
        leaving(DEFERRED, ASKED, dispositions={"b": "withdraw"})

    assert ("dispositions", "a, q") == (raised.value.where, raised.value.expected)


@pytest.mark.parametrize("to", ["gone", "late", "barred", "ann"])
def test_nothing_is_handed_over_to_who_may_not_act_or_leaves_himself(to):
    """
    He could not answer for it, whether for one or for all.
    """
    said = f"hand-over:{to}"
    told: list[dict[str, Any]] = [{"pending": said}, {"dispositions": {"a": said}}]
    for terms in told:
        with pytest.raises(Refused) as raised:
            leaving(DEFERRED, **terms)
        assert ("not-permitted", to) == (raised.value.rule, raised.value.by)


def test_it_takes_an_admin_and_a_refusal_disposes_of_nothing():
    """
    Whoever may not offboard is recorded, and what is pending stays as it is.
    """
    decision = leaving(DEFERRED, by="bob", pending="withdraw")

    assert decision.refusal is not None
    assert ["operator.command_refused"] == [kind_of(draft.event) for draft in decision.drafts]


def test_he_may_leave_at_another_time():
    """
    The leaving takes effect then; what is withdrawn is withdrawn now.
    """
    offboarded, withdrawn = leaving(
        DEFERRED, effective_at="2017-11-02T18:00Z", pending="withdraw"
    ).drafts

    assert (at("18:00"), None) == (offboarded.effective_at, withdrawn.effective_at)
