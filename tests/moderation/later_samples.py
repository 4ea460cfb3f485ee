"""
One entry of every kind that schema 2 added, and one of each that it added fields to.

As in `samples`, the first of a kind has every field, and the next one nothing but what it needs.
"""

from typing import Any

import attrs

from ledger.moderation.events import Event, appeal, book, policy, request
from ledger.moderation.events import account as happened
from ledger.moderation.events import operator as staff
from ledger.moderation.events.account import ReportOutcome
from ledger.moderation.vocabulary import Effect, Holding
from tests.moderation.samples import (
    CLAIM,
    CONTEXT,
    CONTRACTOR,
    EVENTS,
    HASH,
    LEAVES_AT,
    PASSED,
    RELIED_ON,
    STOPPED,
    at,
)

TRAINED = attrs.evolve(CONTRACTOR, trainings=("appeals", "child-safety"))
CHAIN = attrs.evolve(CONTEXT, on_behalf_of=("trust-and-safety", "legal"))
DECIDED: dict[str, Any] = {"verdicts": (PASSED,), "relied_on": RELIED_ON, "authority": TRAINED}
STANDS, WITHDRAWN, HANDED = staff.Disposition


def _first(cls: type[Event]) -> Any:
    return next(event for event in EVENTS if type(event) is cls)


# What older kinds gained, each with every field that it has today.
GAINED: list[Event] = [
    attrs.evolve(_first(happened.ReportFiled), external_id="T-17", taxonomy=1, context=CHAIN),
    attrs.evolve(
        _first(happened.ReportResolved),
        outcome=ReportOutcome.DUPLICATE,
        duplicate_of="r-0",
        action="a-1",
    ),
    attrs.evolve(
        _first(happened.ActionTaken),
        request="q-1",
        approved_by=("op-7", "op-8"),
        tier="head-of-state",
        restores="a-0",
        authority=TRAINED,
    ),
    attrs.evolve(_first(happened.ActionReversed), appeal="p-1"),
    attrs.evolve(_first(happened.FindingAsserted), evidence=HASH, **CLAIM),
    attrs.evolve(_first(happened.FindingRevised), evidence=HASH, **CLAIM),
    attrs.evolve(_first(happened.AccountCommandRefused), expected="two approvals"),
    attrs.evolve(
        _first(staff.OperatorOffboarded),
        pending=(
            staff.PendingAct(
                id="a-1", account="25073877", effective_at=LEAVES_AT, disposition=WITHDRAWN
            ),
            staff.PendingAct(id="q-1", account="25073877", disposition=HANDED, to="op-7"),
            staff.PendingAct(id="q-2", account="813286", disposition=STANDS),
        ),
    ),
    attrs.evolve(_first(staff.OperatorCommandRefused), expected="the role admin"),
]

ADDED: list[Event] = [
    request.ActRequested(
        request="q-1",
        action="a-1",
        measure="deactivate",
        inverse="reactivate",
        effect=Effect.DEACTIVATED,
        holding=Holding.SINGLE,
        scope="posts",
        because_of=("r-1",),
        closes=("r-1",),
        reason="parody account",
        ground="impersonation",
        requested_at=at("22:10:00"),
        effective_at=at("22:52:00"),
        expires_at=at("23:52:00"),
        reversible_until=at("23:53:00.000001"),
        supersedes="a-0",
        override="life in danger",
        needs=(
            request.Need(safeguard="two-person", approvals=2, role="trust-lead"),
            request.Need(safeguard="two-person", approvals=1),
        ),
        lapses_at=at("23:10:00"),
        tier="head-of-state",
        authority_at_request=TRAINED,
        context=CONTEXT,
        **DECIDED,
    ),
    request.ActRequested(
        request="q-1",
        action="a-2",
        measure="revoke_credentials",
        inverse=None,
        effect=None,
        holding=Holding.NONE,
        because_of="own-initiative",
        reason=None,
        requested_at=at("22:10:00"),
        needs=(),
    ),
    request.RequestApproved(request="q-1", lapses_at=at("22:40:00"), context=CONTEXT, **DECIDED),
    request.RequestApproved(request="q-1"),
    request.RequestDenied(request="q-1", reason="no parody", context=CONTEXT, **DECIDED),
    request.RequestDenied(request="q-1", reason=None),
    request.RequestWithdrawn(
        request="q-1", reason="mistaken", relied_on=RELIED_ON, context=CONTEXT
    ),
    request.RequestWithdrawn(request="q-1", reason=None),
    request.HandedOver(
        id="q-1", to="op-7", reason="end of shift", relied_on=RELIED_ON, context=CONTEXT
    ),
    request.HandedOver(id="a-1", to="op-7", reason=None),
    appeal.NoticeDelivered(
        notice="n-1",
        action="a-1",
        channel="e-mail",
        delivered_at=at("22:53:00"),
        text_hash=HASH,
        context=CONTEXT,
    ),
    appeal.NoticeDelivered(
        notice="n-1", action="a-1", channel="app", delivered_at=at("22:53:00"), text_hash=HASH
    ),
    appeal.AppealFiled(
        appeal="p-1",
        action="a-1",
        appellant="25073877",
        statement="it is me",
        informed_at=at("22:53:00"),
        closes_at=at("23:53:00"),
        relied_on=RELIED_ON,
        context=CONTEXT,
    ),
    appeal.AppealFiled(appeal="p-1", action="a-1", appellant="op-7"),
    appeal.AppealDecided(
        appeal="p-1",
        action="a-1",
        outcome=appeal.AppealOutcome.OVERTURNED,
        reason="it is",
        reversal="v-1",
        context=CONTEXT,
        **DECIDED,
    ),
    appeal.AppealDecided(
        appeal="p-1", action="a-1", outcome=appeal.AppealOutcome.UPHELD, reason="it is not"
    ),
    appeal.OverrideReviewed(
        action="a-1",
        outcome=appeal.OverrideOutcome.UNJUSTIFIED,
        statement="nobody was in danger",
        context=CONTEXT,
        **DECIDED,
    ),
    appeal.OverrideReviewed(
        action="a-1", outcome=appeal.OverrideOutcome.JUSTIFIED, statement="it was so"
    ),
    staff.TrainingMarked(
        training="child-safety", expires_at=LEAVES_AT, reason="course of May", context=CONTEXT
    ),
    staff.TrainingMarked(training="child-safety"),
    staff.TrainingRevoked(training="child-safety", reason="failed the test", context=CONTEXT),
    staff.TrainingRevoked(training="child-safety"),
    policy.PolicyAdopted(
        text='policy = 1\ntitle = "two for all"\n',
        syntax=policy.Syntax.TOML,
        adopted=("two-person",),
        not_adopted=("last-day",),
        relied_on=RELIED_ON,
        authority=TRAINED,
        context=CONTEXT,
    ),
    policy.PolicyAdopted(text="{}", syntax=policy.Syntax.JSON, adopted=(), not_adopted=()),
    book.UndoApplied(
        undo="u-2",
        digest=HASH,
        cut={"0": 17},
        undoes="u-1",
        reversed=1,
        withdrawn=2,
        restored=3,
        reason="a stolen session",
        relied_on=RELIED_ON,
        authority=TRAINED,
        context=CONTEXT,
    ),
    book.UndoApplied(
        undo="u-1", digest=HASH, cut={}, reversed=0, withdrawn=0, restored=0, reason="nothing left"
    ),
    book.BookCommandRefused(
        command="adopt_policy",
        arguments={"policy": ["{}", "json"], "by": "op-417"},
        verdicts=(STOPPED,),
        relied_on=RELIED_ON,
        authority=CONTRACTOR,
        expected="the role admin",
        context=CONTEXT,
    ),
    book.BookCommandRefused(command="undo", arguments={}, verdicts=()),
]
