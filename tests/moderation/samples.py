"""
One entry of every kind of schema 1 as it is told in the case, and one with nothing but what it
needs. `later_samples` has what was added since.
"""

from datetime import datetime
from typing import Any

from ledger.moderation.authority import Authority
from ledger.moderation.codec import compose_leaf, encode_event
from ledger.moderation.commands import command_from
from ledger.moderation.commands.operator import EnrolOperator
from ledger.moderation.events import Context, Event, Outcome, Verdict, account, book, kind_of
from ledger.moderation.events import operator as staff
from ledger.moderation.events.account import Cause, ReportOutcome
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.moment import moment
from ledger.moderation.schema import SCHEMA
from ledger.moderation.vocabulary import Effect, Holding


def at(text: str) -> datetime:
    """
    Return a time of the day of the case, "22:52:00".
    """
    return moment(f"2017-11-02T{text}Z", "at")


LEAVES_AT = at("23:00:00")
HASH = "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea"
CONTEXT = Context(
    correlation_id="flow-1",
    digest=HASH,
    on_behalf_of="trust-and-safety",
    session="s-17",
    source_id="actions:17",
    source_recorded_at=at("22:09:59.5"),
)
CONTRACTOR = Authority(
    kind="human",
    roles=("support",),
    contract="contractor",
    vendor="Acme Support",
    leaves_at=LEAVES_AT,
    last_day=True,
)
GONE = Authority(
    kind="human",
    leaves_at=LEAVES_AT,
    starts_at=at("00:00:00"),
    barred=True,
    permitted=False,
    why="has left: left at 2017-11-02T23:00:00Z",
)
STOPPED = Verdict(name="authority", policy="builtin@0", outcome=Outcome.STOPPED, why=GONE.why)
PASSED = Verdict(name="authority", policy="builtin@0", outcome=Outcome.PASSED)
RELIED_ON = ("operator/op-417@1",)
CLAIM: dict[str, Any] = {"action": "a-1", "cause": Cause.ERROR, "source": "company statement"}
CLAIM |= {"statement": 'said "human error": nobody\u2019s intent', "stated_at": at("23:30:00")}

# By aggregate, in the order in which they are defined; the first of a kind has every field.
EVENTS: list[Event] = [
    account.ReportFiled(
        report="r-1",
        category="impersonation",
        source="user",
        reporter="User:\U0001f984/1",
        filed_at=at("22:00:00"),
        evidence="https://example.org/1",
        context=CONTEXT,
    ),
    account.ReportFiled(report="r-2", category="spam", source="user", filed_at=at("22:00:00")),
    account.ReportAssigned(report="r-1", to="op-417", context=CONTEXT),
    account.ReportAssigned(report="r-1", to="op-417"),
    account.ReportResolved(
        report="r-1", outcome=ReportOutcome.NO_ACTION, reason="no parody", context=CONTEXT
    ),
    account.ReportResolved(report="r-1", outcome=ReportOutcome.ACTIONED),
    account.ReportReopened(report="r-1", reason="appealed", context=CONTEXT),
    account.ReportReopened(report="r-1", reason="appealed"),
    account.AccountProtected(tier="head-of-state", reason="public office", context=CONTEXT),
    account.AccountProtected(tier="head-of-state", reason="public office"),
    account.AccountUnprotected(reason="term ended", context=CONTEXT),
    account.AccountUnprotected(reason="term ended"),
    account.ActionTaken(
        action="a-1",
        measure="deactivate",
        inverse="reactivate",
        effect=Effect.DEACTIVATED,
        holding=Holding.SINGLE,
        scope="posts",
        because_of=("r-1", "r-2"),
        reason="parody account",
        ground="impersonation",
        requested_at=at("22:10:00"),
        expires_at=at("23:52:00"),
        reversible_until=at("23:53:00.000001"),
        supersedes="a-0",
        override="life in danger",
        verdicts=(PASSED, STOPPED),
        relied_on=RELIED_ON,
        authority=CONTRACTOR,
        authority_at_request=CONTRACTOR,
        context=CONTEXT,
    ),
    account.ActionTaken(
        action="a-2",
        measure="revoke_credentials",
        inverse=None,
        effect=None,
        holding=Holding.NONE,
        because_of="own-initiative",
        reason=None,
        requested_at=at("22:10:00"),
    ),
    account.ActionReversed(
        reversal="v-1",
        action="a-1",
        inverse="reactivate",
        reason="error",
        verdicts=(PASSED,),
        relied_on=RELIED_ON,
        authority=CONTRACTOR,
        context=CONTEXT,
    ),
    account.ActionReversed(reversal="v-1", action="a-1", inverse=None, reason=None),
    account.ActionWithdrawn(action="a-1", reason="mistaken", relied_on=RELIED_ON, context=CONTEXT),
    account.ActionWithdrawn(action="a-1", reason=None),
    account.ReversalWithdrawn(
        reversal="v-1", action="a-1", reason="mistaken", relied_on=RELIED_ON, context=CONTEXT
    ),
    account.ReversalWithdrawn(reversal="v-1", action="a-1", reason=None),
    account.ActionAmended(
        action="a-1",
        expires_at=at("23:55:00"),
        reason="reviewed",
        relied_on=RELIED_ON,
        context=CONTEXT,
    ),
    account.ActionAmended(action="a-1", expires_at=None, reason=None),
    account.RecordCorrected(
        corrects="v-1",
        action="a-1",
        effective_at=at("23:02:30"),
        operator="op-7",
        reason="typed wrong",
        relied_on=RELIED_ON,
        context=CONTEXT,
    ),
    account.RecordCorrected(corrects="a-1", action="a-1", reason=None),
    account.FindingAsserted(finding="f-1", confidence=80, context=CONTEXT, **CLAIM),
    account.FindingAsserted(finding="f-1", **CLAIM),
    account.FindingRevised(finding="f-2", revises="f-1", confidence=100, context=CONTEXT, **CLAIM),
    account.FindingRevised(finding="f-2", revises="f-1", **CLAIM),
    account.FindingRetracted(finding="f-1", action="a-1", reason="unfounded", context=CONTEXT),
    account.FindingRetracted(finding="f-1", action="a-1", reason="unfounded"),
    account.NoteAdded(note="n-1", text='a text that holds ":\nand \\', context=CONTEXT),
    account.NoteAdded(note="n-1", text="seen"),
    account.AnomalyRecorded(
        anomaly="unblock_without_block",
        measure="suspend",
        scope="posts",
        reason="unblocked",
        context=CONTEXT,
    ),
    account.AnomalyRecorded(anomaly="unblock_without_block", measure="suspend", reason=None),
    account.AccountCommandRefused(
        command="act",
        arguments={"measure": "suspend", "because_of": ["r-1"], "scope": None, "by": "op-417"},
        verdicts=(STOPPED,),
        relied_on=RELIED_ON,
        authority=GONE,
        context=CONTEXT,
    ),
    account.AccountCommandRefused(command="note", arguments={}, verdicts=()),
    staff.OperatorEnrolled(
        kind=OperatorKind.HUMAN,
        contract="contractor",
        vendor="Acme Support",
        roles=("support", "trainee"),
        starts_at=at("00:00:00"),
        leaves_at=LEAVES_AT,
        name="B. D.",
        account="User:B",
        context=CONTEXT,
    ),
    staff.OperatorEnrolled(kind=OperatorKind.UNKNOWN),
    staff.RoleGranted(role="admin", reason="promoted", context=CONTEXT),
    staff.RoleGranted(role="admin"),
    staff.RoleRevoked(role="admin", reason="moved", context=CONTEXT),
    staff.RoleRevoked(role="admin"),
    staff.OperatorBarred(reason="under review", context=CONTEXT),
    staff.OperatorBarred(reason="under review"),
    staff.OperatorUnbarred(reason="cleared", context=CONTEXT),
    staff.OperatorUnbarred(reason="cleared"),
    staff.ContractChanged(
        contract="employee",
        vendor="Acme Support",
        starts_at=at("00:00:00"),
        leaves_at=LEAVES_AT,
        reason="hired",
        context=CONTEXT,
    ),
    staff.ContractChanged(contract=None, vendor=None, starts_at=None, leaves_at=None),
    staff.OperatorOffboarded(reason="last day", context=CONTEXT),
    staff.OperatorOffboarded(),
    staff.OperatorCommandRefused(
        command="grant_role",
        arguments={"operator": "op-417", "role": "admin", "by": "op-417"},
        verdicts=(STOPPED,),
        relied_on=RELIED_ON,
        authority=GONE,
        context=CONTEXT,
    ),
    staff.OperatorCommandRefused(command="bar_operator", arguments={}, verdicts=()),
    book.LedgerOpened(format=1, origin="ledger.example/1", logs=256, sealed=False, context=CONTEXT),
    book.LedgerOpened(format=1, origin="ledger.example/1", logs=1, sealed=False),
    book.ImportBegan(
        import_id="i-1",
        format="block-log",
        files=(book.ImportedFile(name="2017-11.csv", sha256=HASH),),
        context=CONTEXT,
    ),
    book.ImportBegan(import_id="i-1", format="actions", files=()),
    book.ImportEnded(import_id="i-1", counts={"usable": 17, "rows": 20}, context=CONTEXT),
    book.ImportEnded(import_id="i-1", counts={}),
]


def sets_given() -> Event:
    """
    Return the enrolment of an operator whose roles were given as a set.
    """
    line = {"command": "enrol_operator", "operator": "op-1", "kind": "human"}
    asked = command_from({**line, "roles": {"admin", "support", "trainee", "counsel", "press"}})
    assert isinstance(asked, EnrolOperator)
    return staff.OperatorEnrolled(
        kind=asked.kind, roles=asked.roles, context=Context(digest=asked.digest())
    )


def leaf_of(event: Event, schema: int = SCHEMA) -> bytes:
    """
    Return the leaf bytes of a sample: with all that surrounds an entry where the event has a
    context, and else with nothing that can be left out.
    """
    kind = kind_of(event)
    told: dict[str, Any] = {}
    if event.context is not None and event.context.source_id is not None:
        told = {"effective_at": at("22:52:00"), "written_at": at("23:59:59.123456")}
        told |= {"request_id": "q-1", "import_id": "i-1"}
    return compose_leaf(
        encode_event(event, schema),
        log=0,
        stream=f"{kind.partition('.')[0]}/25073877",
        version=1,
        kind=kind,
        recorded_at=at("22:10:00"),
        operator="op-417",
        schema=schema,
        **told,
    )
