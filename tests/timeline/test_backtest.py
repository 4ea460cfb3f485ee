"""
What a policy would have said of past acts, from entries alone.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.events import Outcome, Verdict
from ledger.moderation.events.account import (
    AccountProtected,
    AccountUnprotected,
    ActionTaken,
    RecordCorrected,
)
from ledger.moderation.events.operator import OperatorBarred, OperatorEnrolled, OperatorKind
from ledger.moderation.events.request import ActRequested, HandedOver, Need, RequestApproved
from ledger.moderation.identity import operator_stream
from ledger.moderation.operator import Operator, authority, fold, system_operator
from ledger.moderation.policy_document import policy, written
from ledger.moderation.rules import RULES
from ledger.moderation.safeguards import BUILT_IN, Policy
from ledger.moderation.vocabulary import BUILT_IN as MEASURES
from ledger.timeline.backtest import (
    JUDGED_BY,
    Hindsight,
    Judged,
    Judgement,
    corrected_operators,
)
from tests.strategies import (
    ACCOUNT,
    NEAR,
    account_histories,
    entry_of,
    moments,
    of,
    senseless_histories,
)

MINUTE = timedelta(minutes=1)
OWN = f"account/{ACCOUNT}"
ENROLLED = OperatorEnrolled(kind=OperatorKind.HUMAN, account="ann's own")


def asking(*safeguards: Mapping[str, Any], **more: object) -> Policy:
    """
    Return a policy of those safeguards.
    """
    text, syntax = written({"policy": 1, "safeguards": safeguards, **more})
    return policy(text, syntax, "tried", (), RULES)


TWO = {"rule": "two-person", "approvals": [{"approvals": 1}]}


class Teller:
    """
    Entries as they come, a minute apart, of one account.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def tell(self, event: Any, by: str = "ann", minutes: int = 1, **told: Any) -> Entry:
        """
        Record *event* so many minutes after the one before.
        """
        last = self.entries[-1].recorded_at if self.entries else NEAR
        at = last + minutes * MINUTE
        number = len(self.entries) + 1
        entry = entry_of(event, OWN, number, recorded_at=at, operator=by, **told)
        self.entries.append(entry)
        return entry

    def act(self, measure: str = "suspend", by: str = "ann", **changes: Any) -> Entry:
        """
        Record an act, on nobody's idea but the operator's unless *changes* say otherwise.
        """
        told = {name: changes.pop(name) for name in ("minutes", "effective_at") if name in changes}
        return self.tell(act_event(measure, f"a-{len(self.entries)}", **changes), by, **told)


def act_event(measure: str, action: str, **changes: Any) -> ActionTaken:
    """
    Return the event of an act.
    """
    row = MEASURES[measure]
    terms: dict[str, Any] = {"because_of": "own-initiative", "reason": "spam"}
    terms |= {"requested_at": NEAR + 999 * MINUTE, "action": action}
    terms |= {"inverse": row.inverse, "effect": row.effect, "holding": row.holding}
    return ActionTaken(**{"measure": measure, **terms, **changes})


def asked_event(**changes: Any) -> ActRequested:
    """
    Return the event of a request for an act.
    """
    terms = act_event("suspend", "a-9")
    names = ("measure", "inverse", "effect", "holding", "because_of", "reason", "requested_at")
    told: dict[str, Any] = {name: getattr(terms, name) for name in names}
    told |= {"request": "q-1", "action": "a-9", "needs": (Need(safeguard="x", approvals=1),)}
    return ActRequested(**{**told, **changes})


def staff(name: str) -> Operator:
    """
    Return an operator who has always been there.
    """
    enrolled = entry_of(ENROLLED, operator_stream(name), 1, recorded_at=NEAR - MINUTE)
    return fold(Operator(name), [enrolled])


def judged(
    asked: Policy,
    entries: Iterable[Entry],
    operators: Any = staff,
    corrected: Mapping[str, str] | None = None,
) -> list[Judged]:
    """
    Return what *asked* would have said of every act among *entries*.
    """
    hindsight, rows = Hindsight(asked, operators, corrected or {}), []
    for entry in entries:
        if entry.kind in JUDGED_BY:
            if isinstance(entry.event, ActionTaken):
                rows.append(hindsight.judge(entry, entry.event))
            hindsight.take(entry)
    return rows


def said(row: Judged) -> dict[str, str]:
    """
    Return the outcome of each safeguard, by name.
    """
    return {verdict.name: verdict.outcome.value for verdict in row.verdicts}


@pytest.fixture
def told() -> Teller:
    """
    Return what tells entries.
    """
    return Teller()


def test_the_policy_built_in_asks_for_authority_alone(told):
    """
    With no safeguards there is one verdict: that the operator was permitted to act.
    """
    told.act()

    (row,) = judged(BUILT_IN, told.entries)
    passed = Verdict(name="authority", policy="builtin@0", outcome=Outcome.PASSED)
    assert Judged("a-0", (passed,), Judgement.ALLOWED) == row


def test_an_act_is_stopped_or_only_delayed(told):
    """
    What a later effect would have let pass is delayed; with any other stop it is stopped.
    """
    told.act(effective_at=NEAR + 90 * MINUTE)
    told.act()
    told.act("warn")
    waits = {"rule": "cooling-off", "wait": "1h"}
    ground = {"rule": "ground-required", "measures": ["warn"]}

    assert [Judgement.ALLOWED, Judgement.DELAYED, Judgement.STOPPED] == [
        row.judgement for row in judged(asking(waits, ground), told.entries)
    ]


def test_an_act_is_judged_by_the_protection_that_it_found(told):
    """
    Before, under and after a protection; an act that says its own tier is taken at its word.
    """
    told.act()
    told.tell(AccountProtected(tier="press", reason="office"))
    told.act()
    told.tell(AccountUnprotected(reason="left office"))
    told.act()
    told.act(tier="press")

    rows = judged(asking({"rule": "protected-account"}), told.entries)
    assert ["passed", "stopped", "passed", "stopped"] == [
        said(row)["protected-account"] for row in rows
    ]


def test_an_override_of_then_is_an_override_under_this_policy(told):
    """
    The glass is broken where this policy lets the operator's role break it.
    """
    told.act(override="lives at risk")
    glass = {"break_glass": {"roles": ["lead"]}}
    rule = {"rule": "ground-required"}

    def lead(name: str) -> Operator:
        enrolled = OperatorEnrolled(kind=OperatorKind.HUMAN, roles=("lead",))
        return fold(
            Operator(name), [entry_of(enrolled, operator_stream(name), 1, recorded_at=NEAR)]
        )

    outcomes = [
        [(said(row)["ground-required"], row.judgement.value) for row in rows]
        for rows in (
            judged(asking(rule, **glass), told.entries, lead),
            judged(asking(rule, **glass), told.entries),
            judged(asking(rule), told.entries, lead),
        )
    ]
    assert [
        [("overridden", "allowed")],
        [("stopped", "stopped")],
        [("stopped", "stopped")],
    ] == outcomes


def test_approvals_count_as_this_policy_lets_them(told):
    """
    Those of others than who asked and who answers count, for as long as this policy says.
    """
    told.tell(asked_event())
    told.tell(HandedOver(id="q-1", to="bob", reason=None), by="ann")
    told.tell(RequestApproved(request="q-1", lapses_at=NEAR), by="cat")
    told.tell(RequestApproved(request="q-1"), by="ann")
    told.act(by="bob", request="q-1", minutes=30)

    def outcome(**changes: Any) -> str:
        (row,) = judged(asking(TWO | changes), told.entries)
        return said(row)["two-person"]

    assert "passed" == outcome()
    assert "passed" == outcome(approval_lasts="1h")
    assert "stopped" == outcome(approval_lasts="30m")
    assert "stopped" == outcome(approvals=[{"approvals": 2}])
    assert "passed" == outcome(approval_lasts="30m", measures=["warn"])


def test_how_long_an_approval_lasts_follows_from_when_it_was_given(told):
    """
    The protection of that moment says it, not the one of the request or of the act.
    """
    told.tell(AccountProtected(tier="press", reason="office"))
    told.tell(asked_event(tier="press"))
    told.tell(AccountUnprotected(reason="left office"))
    told.tell(RequestApproved(request="q-1"), by="cat")
    told.act(request="q-1", minutes=60)

    brief = TWO | {"name": "brief", "tiers": ["press"], "approval_lasts": "30m"}
    (row,) = judged(asking(TWO, brief), told.entries)
    assert {"authority": "passed", "two-person": "passed", "brief": "passed"} == said(row)


def test_an_approval_has_the_roles_that_are_stored_with_it(told):
    """
    What roles the approver has elsewhere, or got later, does not matter.
    """
    told.tell(asked_event())
    held = Authority(kind="human", roles=("legal",))
    told.tell(RequestApproved(request="q-1", authority=held), by="cat")
    told.act(request="q-1")

    def outcome(role: str) -> str:
        (row,) = judged(asking(TWO | {"approvals": [{"role": role}]}), told.entries)
        return said(row)["two-person"]

    assert ["passed", "stopped"] == [outcome("legal"), outcome("support")]


def test_an_act_without_a_request_has_no_approvals(told):
    """
    Two-person stops it, even where another act of the account was approved.
    """
    told.tell(asked_event())
    told.tell(RequestApproved(request="q-1"), by="cat")
    told.act(request="q-1")
    told.act()
    told.act(request="unheard-of")

    assert ["passed", "stopped", "stopped"] == [
        said(row)["two-person"] for row in judged(asking(TWO), told.entries)
    ]


def test_waiting_begins_with_the_request(told):
    """
    A granted act was first on record when it was asked for.
    """
    told.tell(asked_event())
    told.tell(RequestApproved(request="q-1"), by="cat", minutes=60)
    told.act(request="q-1", minutes=0)
    told.act()

    waits = {"rule": "cooling-off", "wait": "1h"}
    assert ["passed", "stopped"] == [
        said(row)["cooling-off"] for row in judged(asking(waits), told.entries)
    ]


def test_acts_count_that_are_not_judged(told):
    """
    Every act before counts for a limit, whether it was judged or only taken.
    """
    acts = [told.act(by="bob"), told.act(), told.act(), told.act(minutes=10)]
    limit = {"rule": "rate-limit", "limit": 2, "window": "10m"}
    hindsight = Hindsight(asking(limit), staff, {})
    for entry in acts[:2]:
        hindsight.take(entry)

    outcomes = []
    for entry in acts[2:]:
        assert isinstance(entry.event, ActionTaken)
        outcomes.append(said(hindsight.judge(entry, entry.event))["rate-limit"])
        hindsight.take(entry)
    assert ["passed", "passed"] == outcomes
    assert ["passed"] * 2 + ["stopped", "passed"] == [
        said(row)["rate-limit"] for row in judged(asking(limit | {"of": "everyone"}), acts)
    ]


def test_an_act_is_judged_as_the_corrected_operators(told):
    """
    Whoever is held to have acted is judged, and the act counts as his.
    """
    told.act(because_of=("r-1",))
    told.act(because_of=("r-1",))
    own = {"rule": "own-account"}
    limit = {"rule": "rate-limit", "limit": 1, "window": "1h"}

    def operators(name: str) -> Operator:
        enrolled = OperatorEnrolled(
            kind=OperatorKind.HUMAN, account=ACCOUNT if name == "bob" else None
        )
        return fold(
            Operator(name), [entry_of(enrolled, operator_stream(name), 1, recorded_at=NEAR)]
        )

    outcomes = [
        [
            tuple(said(row).values())[1:]
            for row in judged(asking(own, limit), told.entries, operators, held)
        ]
        for held in ({}, {"a-0": "bob"}, {"a-0": "bob", "a-1": "bob"})
    ]
    assert [
        [("passed", "passed"), ("passed", "stopped")],
        [("stopped", "passed"), ("passed", "passed")],
        [("stopped", "passed"), ("stopped", "stopped")],
    ] == outcomes


def test_the_last_correction_of_an_operator_holds(told):
    """
    A correction of the time alone says nothing of the operator.
    """
    for operator, at in (("bob", None), ("cat", None), (None, NEAR)):
        right: dict[str, Any] = {"operator": operator, "effective_at": at}
        told.tell(RecordCorrected(corrects="a-0", action="a-0", reason="log", **right))

    assert {"a-0": "cat"} == corrected_operators(told.entries)


def operator_barred(at: datetime, told_at: datetime, version: int = 2) -> Any:
    """
    Return what knows ann to be barred from *at* on, recorded at *told_at*.
    """

    def known(name: str) -> Operator:
        stream = operator_stream(name)
        enrolled = entry_of(ENROLLED, stream, 1, recorded_at=NEAR - MINUTE)
        bar = OperatorBarred(reason="fraud")
        barred = entry_of(bar, stream, version, recorded_at=told_at, effective_at=at)
        return fold(Operator(name), [enrolled, barred])

    return known


def test_authority_is_what_is_known_of_it_at_the_cut(told):
    """
    A bar that was told later, and began before, would have stopped the act; at its request too.
    """
    told.act()
    told.act(requested_at=NEAR)
    told.act(effective_at=NEAR)

    def outcomes(barred_at: datetime) -> list[str]:
        known = operator_barred(barred_at, NEAR + 9 * MINUTE)
        return [row.judgement.value for row in judged(BUILT_IN, told.entries, known)]

    assert ["stopped"] * 3 == outcomes(NEAR)
    assert ["allowed", "allowed", "stopped"] == outcomes(NEAR + 3 * MINUTE)
    assert ["allowed"] * 3 == outcomes(NEAR + 4 * MINUTE)


@pytest.mark.parametrize(("read", "judgement"), [(1, "allowed"), (2, "stopped"), (None, "stopped")])
def test_what_was_recorded_behind_an_act_in_its_moment_is_not_held_against_it(
    told, read, judgement
):
    """
    Of what one transaction says, an act is judged by what its decision had read; where it does not
    say what that was, by all that holds at the moment.
    """
    relied_on = () if read is None else (f"operator/ann@{read}",)
    at = told.act(relied_on=relied_on).recorded_at

    (row,) = judged(BUILT_IN, told.entries, operator_barred(at, at))
    assert judgement == row.judgement


def test_the_system_may_act(told):
    """
    The reserved operator has no stream, and is permitted.
    """
    told.act(by="system")

    (row,) = judged(BUILT_IN, told.entries, lambda _: system_operator())
    assert Judgement.ALLOWED is row.judgement


def test_acts_share_what_is_said_of_them(told):
    """
    Verdicts that are equal are the same object, so that many acts take little memory.
    """
    told.act()
    told.act()
    told.act(ground="law")
    told.act(ground="law")

    one, two, three, four = judged(asking({"rule": "ground-required"}), told.entries)
    assert one.verdicts is two.verdicts
    assert three.verdicts is four.verdicts
    assert one.verdicts != three.verdicts


@given(of(Policy), account_histories() | senseless_histories("account"))
def test_any_history_can_be_judged(asked, entries):
    """
    Every act gets a verdict of authority and of each safeguard in order, whatever the history is.
    """
    names = ["authority", *(safeguard.name for safeguard in asked.safeguards)]

    for row in judged(asked, entries):
        assert names == [verdict.name for verdict in row.verdicts]
        stopped = [v for v in row.verdicts if v.outcome is Outcome.STOPPED]
        assert (row.judgement is Judgement.ALLOWED) == (not stopped)


@given(of(Operator), st.lists(moments(), min_size=1, max_size=3))
def test_authority_is_that_of_the_moment_of_recording(operator, recorded):
    """
    Whatever became of an operator and when: an act of a moment has the authority of that moment.
    """
    happened = act_event("suspend", "a-1", requested_at=NEAR.replace(year=9999))
    acts = [entry_of(happened, OWN, n, recorded_at=at) for n, at in enumerate(recorded, start=1)]

    assert [authority(operator, at).why for at in recorded] == [
        row.verdicts[0].why for row in judged(BUILT_IN, acts, lambda _: operator)
    ]
