"""
Claims: which id stands for what, and whether a command was given before.

Every id that a command gives, or that a later command may name, belongs to one entry. Claims
follow from the entries alone, so they can be dropped and made again.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from ledger.errors import Refused
from ledger.moderation.commands import Command
from ledger.moderation.commands.account import FileReport
from ledger.moderation.entry import Entry
from ledger.moderation.events import Event
from ledger.moderation.events import account as happened
from ledger.moderation.events.appeal import (
    AppealDecided,
    AppealFiled,
    NoticeDelivered,
    OverrideReviewed,
)
from ledger.moderation.events.book import BookCommandRefused, UndoApplied
from ledger.moderation.events.keys import KeyRevoked, KeyRotated
from ledger.moderation.events.operator import OperatorCommandRefused
from ledger.moderation.events.policy import PolicyAdopted
from ledger.moderation.events.privacy import (
    HoldPlaced,
    HoldReleased,
    PersonalDataRead,
    Redacted,
    RetentionSet,
    SubjectErased,
    Suppressed,
    SuppressionEnded,
)
from ledger.moderation.events.request import (
    ActRequested,
    HandedOver,
    RequestApproved,
    RequestDenied,
    RequestWithdrawn,
)
from ledger.moderation.policy import version_name
from ledger.moderation.sealing import bare

REQUEST: Final = "request"
ACTION: Final = "action"
REVERSAL: Final = "reversal"
REPORT: Final = "report"
FINDING: Final = "finding"
ACT_REQUEST: Final = "act-request"
APPEAL: Final = "appeal"
UNDO: Final = "undo"
HOLD: Final = "hold"
SUPPRESSION: Final = "suppression"
# The erasure of a subject, by the subject.
ERASURE: Final = "erasure"
# A report as its source calls it: the source and the id, as one JSON array.
EXTERNAL_REPORT: Final = "external-report"
SOURCE: Final = "source"


CommandRefused = happened.AccountCommandRefused | OperatorCommandRefused | BookCommandRefused

# What an operator must be, where nothing else is asked for.
PERMITTED: Final = "an enrolled operator who is present, not barred, and has the role it takes"


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
    "withdraw": Target("id", (ACTION, REVERSAL, ACT_REQUEST)),
    "amend": Target("action", (ACTION,)),
    "correct": Target("id", (ACTION, REVERSAL)),
    "assert_finding": Target("action", (ACTION,)),
    "revise_finding": Target("finding", (FINDING,)),
    "retract_finding": Target("finding", (FINDING,)),
    "approve": Target("request", (ACT_REQUEST,)),
    "deny": Target("request", (ACT_REQUEST,)),
    "hand_over": Target("id", (ACT_REQUEST, ACTION)),
    "notify": Target("action", (ACTION,)),
    "file_appeal": Target("action", (ACTION,)),
    "decide_appeal": Target("appeal", (APPEAL,)),
    "review_override": Target("action", (ACTION,)),
}


# What people call the kinds of ids that have longer names of their own.
_CALLED: Final = {ACT_REQUEST: "request", EXTERNAL_REPORT: "source's report"}


def either(kinds: Iterable[str]) -> str:
    """
    Return kinds of ids as messages name them: ``action or reversal``.
    """
    return " or ".join(_CALLED.get(kind, kind) for kind in kinds)


# Which arguments of a command are ids that its caller may give to what it records, and of what.
_GIVES: Final = {
    "act": (("action", ACTION),),
    "request": (("action", ACTION), ("request", ACT_REQUEST)),
    "file_report": (("report", REPORT),),
    "file_appeal": (("appeal", APPEAL),),
    "place_hold": (("hold", HOLD),),
    "suppress": (("suppression", SUPPRESSION),),
}


def given(command: Command) -> list[tuple[str, str]]:
    """
    Return the kind and id of every id that the caller of *command* gave to what it records.
    """
    ids = [] if command.request_id is None else [(REQUEST, command.request_id)]
    for argument, kind in _GIVES.get(command.NAME, ()):
        if (name := getattr(command, argument)) is not None:
            ids.append((kind, name))
    if isinstance(command, FileReport) and command.external_id is not None:
        ids.append((EXTERNAL_REPORT, external_report(command.source, command.external_id)))
    return ids


def external_report(source: str, external_id: str) -> str:
    """
    Return the id that a report has as its source calls it.
    """
    return msgspec.json.encode([source, external_id]).decode()


def claims(entry: Entry) -> list[Claim]:
    """
    Return the claims that *entry* makes, in a fixed order.
    """
    event = entry.event
    context = event.context
    digest = (context.digest if context else None) or ""
    found = [] if entry.request_id is None else [Claim(REQUEST, entry.request_id, digest)]
    if (kind := _CLAIMED.get(type(event))) is not None and not _was_claimed(event):
        made = "" if kind in _MADE else digest
        found.append(Claim(kind, getattr(event, _RESULT[type(event)]), made))
    if isinstance(event, ActRequested):
        found.append(Claim(ACTION, event.action, digest))
    elif isinstance(event, happened.ReportFiled) and event.external_id is not None:
        external = external_report(event.source, bare(event.external_id))
        found.append(Claim(EXTERNAL_REPORT, external, digest))
    if context is not None and context.source_id is not None:
        found.append(Claim(SOURCE, context.source_id, ""))
    return found


def _was_claimed(event: Event) -> bool:
    """
    Return whether *event* is an act that was granted on a request, which claimed its id.
    """
    return isinstance(event, happened.ActionTaken) and event.request is not None


# What the id is of that an event records.
_CLAIMED: Final[dict[type, str]] = {
    happened.ActionTaken: ACTION,
    happened.ActionReversed: REVERSAL,
    happened.ReportFiled: REPORT,
    happened.FindingAsserted: FINDING,
    happened.FindingRevised: FINDING,
    ActRequested: ACT_REQUEST,
    AppealFiled: APPEAL,
    UndoApplied: UNDO,
    HoldPlaced: HOLD,
    Suppressed: SUPPRESSION,
    SubjectErased: ERASURE,
}
# No command can be repeated under one of these: the ledger makes it, or it is a subject.
_MADE: Final = {REVERSAL, FINDING, ERASURE}

# Which field of an event is the id that its command returned; else it is the stream's own id.
_RESULT: Final[dict[type, str]] = {
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
    ActRequested: "request",
    RequestApproved: "request",
    RequestDenied: "request",
    RequestWithdrawn: "request",
    HandedOver: "id",
    NoticeDelivered: "notice",
    AppealFiled: "appeal",
    AppealDecided: "appeal",
    OverrideReviewed: "action",
    UndoApplied: "undo",
    KeyRotated: "new",
    KeyRevoked: "key",
    HoldPlaced: "hold",
    HoldReleased: "hold",
    Suppressed: "suppression",
    SuppressionEnded: "suppression",
    SubjectErased: "subject",
    Redacted: "bundle",
    RetentionSet: "covers",
    PersonalDataRead: "read",
}


def result(entry: Entry) -> str:
    """
    Return what the command that recorded *entry* returned.

    Raises:
        Refused: When it was refused; the same refusal again.
    """
    event = entry.event
    if isinstance(event, CommandRefused):
        raise refusal(event, entry.operator)
    if isinstance(event, PolicyAdopted):
        return version_name(entry.version)
    field = _RESULT.get(type(event))
    answer = getattr(event, field) if field else entry.stream.partition("/")[2]
    assert isinstance(answer, str)
    return answer


def refusal(event: CommandRefused, operator: str) -> Refused:
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
        expected=event.expected or PERMITTED,
        recorded=True,
    )
