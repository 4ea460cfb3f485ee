"""
Claims: which id stands for what, and whether a command was given before.

Every id that a command gives, or that a later command may name, belongs to one entry. Claims
follow from the entries alone, so they can be dropped and made again.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.moderation.commands import Command
from ledger.moderation.commands.account import Act, FileReport
from ledger.moderation.entry import Entry
from ledger.moderation.events import account as happened
from ledger.moderation.events.operator import OperatorCommandRefused

REQUEST: Final = "request"
ACTION: Final = "action"
REVERSAL: Final = "reversal"
REPORT: Final = "report"
FINDING: Final = "finding"
SOURCE: Final = "source"


class Claim(NamedTuple):
    """
    One id of one kind, and the digest of the command that gave it; empty when the ledger made it.
    """

    kind: str
    id: str
    digest: str


class Target(NamedTuple):
    """
    Which argument of a command names something that is on record, and what it may be.
    """

    argument: str
    kinds: tuple[str, ...]


# The commands that concern something on record; every other one names its account or operator.
TARGETS: Final = {
    "assign_report": Target("report", (REPORT,)),
    "resolve_report": Target("report", (REPORT,)),
    "reopen_report": Target("report", (REPORT,)),
    "reverse": Target("action", (ACTION,)),
    "withdraw": Target("id", (ACTION, REVERSAL)),
    "amend": Target("action", (ACTION,)),
    "correct": Target("id", (ACTION, REVERSAL)),
    "assert_finding": Target("action", (ACTION,)),
    "revise_finding": Target("finding", (FINDING,)),
    "retract_finding": Target("finding", (FINDING,)),
}


def given(command: Command) -> Iterator[tuple[str, str]]:
    """
    Return the kind and id of every id that the caller of *command* gave to what it records.
    """
    if command.request_id is not None:
        yield REQUEST, command.request_id
    if isinstance(command, Act) and command.action is not None:
        yield ACTION, command.action
    elif isinstance(command, FileReport) and command.report is not None:
        yield REPORT, command.report


def claims(entry: Entry) -> Iterator[Claim]:
    """
    Return the claims that *entry* makes, in a fixed order.
    """
    event = entry.event
    context = event.context
    digest = (context.digest if context else None) or ""
    if entry.request_id is not None:
        yield Claim(REQUEST, entry.request_id, digest)
    if isinstance(event, happened.ActionTaken):
        yield Claim(ACTION, event.action, digest)
    elif isinstance(event, happened.ActionReversed):
        yield Claim(REVERSAL, event.reversal, "")
    elif isinstance(event, happened.ReportFiled):
        yield Claim(REPORT, event.report, digest)
    elif isinstance(event, happened.FindingAsserted | happened.FindingRevised):
        yield Claim(FINDING, event.finding, "")
    if context is not None and context.source_id is not None:
        yield Claim(SOURCE, context.source_id, "")


# Which field of an event is the id that its command returned; else it is the stream's own id.
_RESULT: Final = {
    happened.ReportFiled: "report",
    happened.ReportAssigned: "report",
    happened.ReportResolved: "report",
    happened.ReportReopened: "report",
    happened.ActionTaken: "action",
    happened.ActionReversed: "reversal",
    happened.ActionWithdrawn: "action",
    happened.ReversalWithdrawn: "reversal",
    happened.ActionAmended: "action",
    happened.RecordCorrected: "corrects",
    happened.FindingAsserted: "finding",
    happened.FindingRevised: "finding",
    happened.FindingRetracted: "finding",
    happened.NoteAdded: "note",
}


def result(entry: Entry) -> str:
    """
    Return what the command that recorded *entry* returned.

    Raises:
        Refused: When it was refused; the same refusal again.
    """
    event = entry.event
    if isinstance(event, happened.AccountCommandRefused | OperatorCommandRefused):
        raise refusal(event, entry.operator)
    field = _RESULT.get(type(event))
    answer = getattr(event, field) if field else entry.stream.partition("/")[2]
    assert isinstance(answer, str)
    return answer


def refusal(
    event: happened.AccountCommandRefused | OperatorCommandRefused, operator: str
) -> Refused:
    """
    Return the error that the caller of a recorded refusal gets, now and whenever he asks again.
    """
    stopped = [verdict for verdict in event.verdicts if verdict.outcome == "stopped"]
    why = "; ".join(f"{verdict.name}: {verdict.why}" for verdict in stopped)
    return Refused(
        f"{event.command!r} by operator {operator!r} is refused: {why}",
        rule=stopped[0].name,
        by=operator,
        verdicts={verdict.name: verdict.outcome for verdict in event.verdicts},
        expected="an enrolled operator who is present, not barred, and has the role it takes",
        recorded=True,
    )
