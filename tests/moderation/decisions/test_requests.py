"""
Decisions about requests: ask, deny, withdraw, hand over; what ends a request, and what it outlives.
"""

from typing import Any

import pytest

from ledger.errors import LedgerError, Malformed, NotFound, Refused
from ledger.moderation.decisions import Decision
from ledger.moderation.events import kind_of
from ledger.moderation.events.account import ActionWithdrawn, ReportFiled
from ledger.moderation.events.request import ActRequested, HandedOver, Need, RequestDenied
from ledger.moderation.moment import MICROSECOND
from ledger.moderation.request import ALLOWED, RequestState
from tests.moderation.by_hand import (
    Line,
    act,
    approve,
    ask,
    at,
    deny,
    hand_over,
    take_back,
    withdraw,
)
from tests.moderation.decisions.desk import adopted, decided, event

FILED: Line = ("01:00", ReportFiled(report="r", category="c", source="s", filed_at=at("00:00")))
ASKED: Line = ("02:00", ask())
DEFERRED: Line = ("04:00", act("granted", request="q"), {"effective_at": "15:00"})
IN_EFFECT: Line = ("04:00", act("granted", request="q"), {"effective_at": "12:00"})
APPROVED: Line = ("03:00", approve(), {"operator": "bob"})
TWO: dict[str, Any] = {"rule": "two-person", "approvals": [{"approvals": 2}]}

# A request in each state at noon.
STANDS: dict[RequestState, list[Line]] = {
    RequestState.PENDING: [ASKED],
    RequestState.GRANTED: [ASKED, APPROVED, DEFERRED],
    RequestState.DENIED: [ASKED, ("03:00", deny(), {"operator": "bob"})],
    RequestState.WITHDRAWN: [ASKED, ("03:00", take_back(), {"operator": "bob"})],
    RequestState.LAPSED: [("02:00", ask(lapses_at=at("12:00")))],
}
# What concerns a request, each by an operator who may.
CONCERNING: dict[str, dict[str, Any]] = {
    "approve": {"request": "q", "by": "root"},
    "deny": {"request": "q", "by": "root", "reason": "no spam"},
    "withdraw": {"id": "q", "by": "root", "reason": "mistaken"},
    "hand_over": {"id": "q", "by": "root", "to": "bob"},
}


def asking(*lines: Line, **terms: Any) -> Decision:
    """
    Return the decision about ann's request, at noon, to suspend account "x".
    """
    told = {"measure": "suspend", "account": "x", "because_of": "own-initiative", "reason": "spam"}
    changes = {name: terms.pop(name) for name in ("policy", "policies", "imported") & terms.keys()}
    return decided({"command": "request", "by": "ann", **told, **terms}, *lines, **changes)


def asked(*lines: Line, **terms: Any) -> ActRequested:
    """
    Return the request that was recorded.
    """
    made = event(asking(*lines, **terms))
    assert isinstance(made, ActRequested)
    return made


def concerning(command: str, *lines: Line, **terms: Any) -> Decision:
    """
    Return the decision about a command that concerns request "q".
    """
    return decided({"command": command, **CONCERNING[command], **terms}, *lines)


def rule_of(decide: Any, *told: Any, **terms: Any) -> tuple[str, str | None]:
    """
    Return the rule that refuses a command of which nothing is recorded, and who stands in its way.
    """
    with pytest.raises(Refused) as raised:
        decide(*told, **terms)
    assert not raised.value.recorded
    return raised.value.rule, raised.value.by


def test_a_request_says_what_its_act_would_do_and_what_it_needs():
    """
    One approval by somebody else where the policy asks for none; no time, so with that approval.
    """
    made = asked(FILED, because_of=["r"], closes=["r"], ground="rule 4")

    assert (Need(safeguard="request", approvals=1),) == made.needs
    assert ("unsuspend", "suspended", "single") == (made.inverse, made.effect, made.holding)
    assert (("r",), ("r",), "rule 4") == (made.because_of, made.closes, made.ground)
    assert (at("12:00"), None, None) == (made.requested_at, made.effective_at, made.lapses_at)
    assert made.authority is not None
    assert (True, None) == (made.authority.permitted, made.authority_at_request)


def test_ids_that_the_caller_gave_are_those_of_the_request_and_of_its_act():
    """
    Both may be given; else the ledger makes them.
    """
    given = asking(request="q-1", action="a-1")
    made = event(given)

    assert isinstance(made, ActRequested)
    assert ("q-1", "q-1", "a-1") == (given.result, made.request, made.action)
    assert ("made-id", "made-id") == (asking().result, asked().action)


def test_rule_13_a_wish_that_is_older_than_its_request_stores_both_authorities():
    """
    What the operator was entitled to when he wished for it stands beside what he is now.
    """
    made = asked(requested_at="2017-11-02T09:00Z")

    assert at("09:00") == made.requested_at
    assert made.authority == made.authority_at_request


@pytest.mark.parametrize(
    ("terms", "family", "where"),
    [
        ({"measure": "banish"}, Malformed, "measure"),
        ({"measure": "restrict"}, Malformed, "scope"),
        ({"measure": "terminate", "expires_at": "2017-11-02T20:00Z"}, Malformed, "expires_at"),
        ({"expires_at": "2017-11-02T12:00Z"}, Malformed, "expires_at"),
        ({"requested_at": "2017-11-02T12:01Z"}, Malformed, "requested_at"),
        ({"lapses_at": "2017-11-02T12:00Z"}, Malformed, "lapses_at"),
        ({"because_of": ["unheard-of"]}, NotFound, "because_of"),
        ({"closes": ["unheard-of"]}, NotFound, "closes"),
        ({"supersedes": "unheard-of"}, NotFound, "supersedes"),
    ],
)
def test_rule_16_a_request_that_cannot_be_meant_writes_nothing(terms, family, where):
    """
    Its shape and what it names are judged as those of an act are.
    """
    with pytest.raises(LedgerError) as raised:
        asking(**terms)

    assert (family, where) == (type(raised.value), raised.value.where)


def test_rule_8_nothing_is_asked_for_whose_slot_is_held():
    """
    What holds it is named; to supersede it may be asked for.
    """
    held: Line = ("02:00", act("held"))

    assert ("in-force-already", "ann") == rule_of(asking, held)
    assert "held" == asked(held, supersedes="held").supersedes
    assert isinstance(asked(held, measure="lock"), ActRequested)


def test_two_approvals_are_what_the_policy_asks_of_the_acts_that_it_concerns():
    """
    Needs are kept with the request as its safeguard says them, by safeguard and role.
    """
    approvals = [{"approvals": 2, "role": "lead"}, {}]
    document = {"rule": "two-person", "measures": ["suspend"], "approvals": approvals}
    policy = adopted({"safeguards": [document]})

    expected = (
        Need(safeguard="two-person", approvals=2, role="lead"),
        Need(safeguard="two-person", approvals=1),
    )
    assert expected == asked(**policy).needs
    assert (Need(safeguard="request", approvals=1),) == asked(measure="warn", **policy).needs


@pytest.mark.parametrize(
    ("own", "lasts", "lapses"),
    [
        (None, None, None),
        ("14:00", None, "14:00"),
        (None, "1h", "13:00"),
        ("14:00", "1h", "13:00"),
        ("12:30", "1h", "12:30"),
    ],
)
def test_a_request_lapses_at_the_earlier_of_what_was_said_and_what_the_policy_says(
    own, lasts, lapses
):
    """
    Who asks may shorten the time that the policy gives, and not make it longer.
    """
    policy = adopted({"requests": {"lasts": lasts}}) if lasts else {}
    terms = {"lapses_at": at(own)} if own else {}

    assert (at(lapses) if lapses else None) == asked(**policy, **terms).lapses_at


def test_safeguards_are_asked_at_the_request_but_for_the_approvals():
    """
    What would stop the act stops the request, on record; what it still has to gather does not.
    """
    policy = adopted({"safeguards": [TWO, {"rule": "own-account"}, {"rule": "reason-required"}]})
    stopped, passed = asking(by="owner", **policy), asked(by="bob", **policy)

    refusal = stopped.refusal
    assert refusal is not None
    assert ("own-account", True) == (refusal.rule, refusal.recorded)
    assert "account.command_refused" == kind_of(event(stopped))
    assert ["authority", "own-account", "reason-required"] == [v.name for v in passed.verdicts]
    assert {"default@1"} == {verdict.policy for verdict in passed.verdicts}


@pytest.mark.parametrize("state", RequestState)
@pytest.mark.parametrize("command", CONCERNING)
def test_what_may_concern_a_request_is_said_by_the_table(state, command):
    """
    In every state each command is allowed exactly where the table says so; else nothing is written.
    """
    lines = STANDS[state]

    if command in ALLOWED[state]:
        assert None is concerning(command, *lines).refusal
        return
    ended_by = {RequestState.GRANTED: "ann", RequestState.LAPSED: None}.get(state, "bob")
    assert (f"{state}-already", ended_by) == rule_of(concerning, command, *lines)


@pytest.mark.parametrize("command", CONCERNING)
def test_a_request_lapses_at_the_very_moment(command):
    """
    One microsecond before, all that concerns a pending one may still be done to it.
    """
    now = at("12:00") - MICROSECOND
    line = {"command": command, **CONCERNING[command]}

    assert None is decided(line, *STANDS[RequestState.LAPSED], now=now).refusal


def test_a_denial_says_why_and_by_whom():
    """
    It ends the request, and is one entry by whoever denied it.
    """
    (draft,) = concerning("deny", ASKED).drafts

    assert isinstance(draft.event, RequestDenied)
    assert ("q", "no spam", "root") == (draft.event.request, draft.event.reason, draft.operator)


def test_a_late_denial_takes_the_act_back_before_its_effect():
    """
    The denial and the withdrawal of the act are one transaction, both by whoever denied.
    """
    denied, taken_back = concerning("deny", *STANDS[RequestState.GRANTED]).drafts

    assert isinstance(denied.event, RequestDenied)
    assert isinstance(taken_back.event, ActionWithdrawn)
    assert ("granted", "no spam") == (taken_back.event.action, taken_back.event.reason)
    assert ("root", "root") == (denied.operator, taken_back.operator)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([ASKED, APPROVED, IN_EFFECT], ("in-effect-already", None)),
        (
            [ASKED, APPROVED, DEFERRED, ("05:00", withdraw("granted"), {"operator": "eve"})],
            ("withdrawn-already", "eve"),
        ),
    ],
)
def test_a_denial_that_comes_too_late_is_refused(lines, expected):
    """
    After the effect, to the very moment, and after the act was withdrawn.
    """
    assert expected == rule_of(concerning, "deny", *lines)


@pytest.mark.parametrize("by", ["ann", "bob"])
def test_nobody_denies_his_own_request(by):
    """
    Who asked withdraws it, and so does who answers for it since.
    """
    handed: Line = ("03:00", hand_over("q", "bob"))

    assert ("own-request", by) == rule_of(concerning, "deny", ASKED, handed, by=by)
    assert None is concerning("withdraw", ASKED, handed, by=by).refusal


@pytest.mark.parametrize("pending", ["q", "later"])
def test_a_request_and_a_deferred_action_are_handed_over(pending):
    """
    Before they are granted or take effect, to an operator who may act.
    """
    later: Line = ("02:00", act("later", "lock"), {"effective_at": "15:00"})
    given = event(concerning("hand_over", ASKED, later, id=pending))

    assert isinstance(given, HandedOver)
    assert (pending, "bob") == (given.id, given.to)


@pytest.mark.parametrize("to", ["gone", "late", "barred"])
def test_nothing_is_handed_over_to_an_operator_who_may_not_act(to):
    """
    He could not answer for it, and is named.
    """
    assert ("not-permitted", to) == rule_of(concerning, "hand_over", ASKED, to=to)


def test_what_took_effect_is_not_handed_over():
    """
    Nor is what was withdrawn.
    """
    held: Line = ("02:00", act("held"))
    gone: list[Line] = [("02:00", act("held"), {"effective_at": "15:00"})]
    gone += [("03:00", withdraw("held"))]

    assert "in-effect-already" == rule_of(concerning, "hand_over", held, id="held")[0]
    assert "withdrawn-already" == rule_of(concerning, "hand_over", *gone, id="held")[0]


def test_of_history_a_request_may_be_concerned_in_any_state():
    """
    What a source says happened to a request is taken as it is said.
    """
    for lines in STANDS.values():
        for command, told in CONCERNING.items():
            line = {"command": command, **told}
            assert None is decided(line, *lines, imported=True).refusal
