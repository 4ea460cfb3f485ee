"""
One line of actions: a command of the past as JSON, both ways.

It is a line of ``ledger record`` with the time of its recording beside it. Where what it records
has an id that no argument of the command gives (a reversal, a finding, a notice, a note), ``id``
says it, so that later lines can name it. An operator of whom the source knows only that he acted is
enrolled with the kind ``unknown``, which no live command may say.

A line tells one entry. What a live command records beside its own has lines of its own: the
reversal or withdrawal that came of an appeal, the withdrawal that came of a denial, what became of
each pending act of an operator who was offboarded, the reports that an act closed. So a line that
comes in adds nothing of that, but for the ``closes`` of an act, which no line that goes out has.

The one entry that no command can tell by itself is the act of a request. It comes with the approval
that granted it: a line that goes out says whether it did (``grants``), and where a source does not,
the act is taken, and its reports are closed, with the last approval that is needed. What a request
needed, until when an approval counted, and what else is not for a live command to say, is told
beside (`moderation.commands.told`), for a source was under policies of its own. The policies of the
ledger itself are asked nothing of history; one that comes in by a line is in force from then on.

Of what goes out, verdicts, authority and the versions that a decision relied on are left behind:
they are what one ledger knew, and another one that is told of an act was not asked.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import attrs
import msgspec

from ledger.errors import Malformed
from ledger.exchange.intake import Step
from ledger.moderation import claims
from ledger.moderation.codec import LEAF_BYTES_MAX
from ledger.moderation.commands import COMMANDS, UNCHANGED, Command
from ledger.moderation.commands.account import ResolveReport
from ledger.moderation.commands.operator import EnrolOperator
from ledger.moderation.commands.told import TOLD, command_told
from ledger.moderation.entry import Draft, Entry
from ledger.moderation.events import Context
from ledger.moderation.events import account as account_events
from ledger.moderation.events import appeal as appeal_events
from ledger.moderation.events import operator as operator_events
from ledger.moderation.events import policy as policy_events
from ledger.moderation.events import request as request_events
from ledger.moderation.events.operator import OperatorEnrolled, OperatorKind
from ledger.moderation.identity import SYSTEM, identifier, identifier_or_none, operator_stream
from ledger.moderation.moment import moment, shortest
from ledger.moderation.request import granted
from ledger.store.order import Order, Statement

# What is written around a line in its entry has less than 8 KiB, with the longest ids.
LINE_BYTES_MAX: Final = LEAF_BYTES_MAX + 1 - 8192

_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# The commands whose ``id`` is the id of what they record, with the kind that later lines name.
_RECORDING: Final = {
    "reverse": claims.REVERSAL,
    "assert_finding": claims.FINDING,
    "revise_finding": claims.FINDING,
    "notify": None,
    "note": None,
}
# The arguments by which a command gives an id to what it records, where it has such.
_GIVING: Final = {
    "act": {"action"},
    "file_report": {"report", "external_id"},
    "request": {"request", "action"},
    "file_appeal": {"appeal"},
}
_SURROUNDINGS: Final = ("by", "on_behalf_of", "session", "correlation_id", "request_id")


@attrs.frozen
class ActionLine:
    """
    What a line says.

    Args:
        given_id: The id that the source gave to what it records.

        met: Whether it tells of an operator of whom the source knows only that he acted.
    """

    command: Command
    recorded_at: datetime
    given_id: str | None = None
    met: bool = False

    def gives(self) -> list[tuple[str, str]]:
        """
        Return the kind and id of every id that it gives to what it records.
        """
        given = claims.given(self.command)
        kind = _RECORDING.get(self.command.NAME)
        if kind is not None and self.given_id is not None:
            given.append((kind, self.given_id))
        return given

    def names(self) -> list[tuple[str, str]]:
        """
        Return the kinds and id of the one thing that it concerns; none where it concerns an
        account or an operator.
        """
        target = claims.TARGETS.get(self.command.NAME)
        if target is None:
            return []
        return [(kind, getattr(self.command, target.argument)) for kind in target.kinds]

    def mentions(self) -> list[tuple[str, str, str]]:
        """
        Return the argument, kind and id of what it says of the one thing that it concerns.
        """
        if not isinstance(self.command, ResolveReport):
            return []
        said = (
            ("duplicate_of", claims.REPORT, self.command.duplicate_of),
            ("action", claims.ACTION, self.command.action),
        )
        return [(argument, kind, name) for argument, kind, name in said if name is not None]

    def step(self, source_id: str, place: str) -> Step:
        """
        Return what is to be recorded.
        """
        command = self.command
        if not self.met:
            return Order(command, place, self.recorded_at, source_id, given_id=self.given_id)
        assert isinstance(command, EnrolOperator)
        event = OperatorEnrolled(
            kind=OperatorKind.UNKNOWN,
            contract=command.contract,
            vendor=command.vendor,
            roles=command.roles,
            starts_at=command.starts_at,
            leaves_at=command.leaves_at,
            name=command.name,
            account=command.account,
            context=Context(source_id=source_id),
        )
        draft = Draft(operator_stream(command.operator), event, SYSTEM)
        return Statement(draft, self.recorded_at, place)


def fields_of(written: bytes) -> dict[str, Any]:
    """
    Return the fields of the object that a line is.

    Raises:
        Malformed: When it is no JSON, no UTF-8, no object, or too large for an entry.
    """
    try:
        fields = msgspec.json.decode(written)
    except _UNREADABLE as error:
        raise Malformed(f"it is not JSON: {error}", expected="a JSON object in UTF-8") from None
    if not isinstance(fields, dict):
        raise Malformed("it is no JSON object", expected='{"command": …, "recorded_at": …}')
    if len(written) > LINE_BYTES_MAX:
        raise Malformed(f"it has {len(written)} bytes", expected=f"at most {LINE_BYTES_MAX}")
    return fields


def source_id_of(fields: dict[str, Any]) -> str:
    """
    Return what a line is known by when it comes again: the id of its source, or its hash.

    Raises:
        Malformed: When its source id may not serve as an id.
    """
    if "source_id" in fields:
        return identifier(fields["source_id"], "source_id")
    canonical = msgspec.json.encode(fields, order="sorted")
    return f"actions:{hashlib.sha256(canonical).hexdigest()}"


def may_recur(fields: dict[str, Any]) -> bool:
    """
    Return whether the same line again says that the same was done again: it gives no id.
    """
    giving = _GIVING.get(str(fields.get("command")), {"id"})
    return not fields.keys() & {"source_id", "request_id", *giving}


def action_line(fields: dict[str, Any]) -> ActionLine:
    """
    Return what a line with *fields* says.

    Raises:
        Malformed: When its command or an argument is unknown, or one is missing or misshapen.
    """
    rest = {name: value for name, value in fields.items() if name != "source_id"}
    if "recorded_at" not in rest:
        raise Malformed("it has no 'recorded_at'", expected="when its source recorded it")
    recorded_at = moment(rest.pop("recorded_at"), "recorded_at")
    name = rest.get("command")
    given_id = identifier_or_none(rest.pop("id", None), "id") if name in _RECORDING else None
    met = name == EnrolOperator.NAME and rest.get("kind") == OperatorKind.UNKNOWN
    if met:
        # No live command may say so; the rest of the line is checked as one.
        rest["kind"] = OperatorKind.HUMAN
    command = command_told(rest)
    if met and command.by != SYSTEM:
        raise Malformed("nobody enrols whom an import meets", where="by", expected=SYSTEM)
    return ActionLine(command, recorded_at, given_id, met)


class _Shape(NamedTuple):
    """
    How an event becomes a command: its name, the arguments whose field has another name (an empty
    one where the event does not say them), and the field that becomes the ``id`` of the line.
    """

    command: str
    renamed: Mapping[str, str] = MappingProxyType({})
    id: str | None = None


_LEAVING: Final = {"pending": "", "listed": "pending"}

_SHAPES: Final[dict[type, _Shape]] = {
    account_events.ReportFiled: _Shape("file_report"),
    account_events.ReportAssigned: _Shape("assign_report"),
    account_events.ReportResolved: _Shape("resolve_report"),
    account_events.ReportReopened: _Shape("reopen_report"),
    account_events.AccountProtected: _Shape("protect_account"),
    account_events.AccountUnprotected: _Shape("unprotect_account"),
    account_events.ActionTaken: _Shape("act"),
    account_events.ActionReversed: _Shape("reverse", id="reversal"),
    account_events.ActionWithdrawn: _Shape("withdraw", {"id": "action"}),
    account_events.ReversalWithdrawn: _Shape("withdraw", {"id": "reversal"}),
    account_events.ActionAmended: _Shape("amend"),
    account_events.RecordCorrected: _Shape("correct", {"id": "corrects"}),
    account_events.FindingAsserted: _Shape("assert_finding", id="finding"),
    account_events.FindingRevised: _Shape("revise_finding", {"finding": "revises"}, "finding"),
    account_events.FindingRetracted: _Shape("retract_finding"),
    account_events.NoteAdded: _Shape("note", id="note"),
    request_events.ActRequested: _Shape("request"),
    request_events.RequestApproved: _Shape("approve"),
    request_events.RequestDenied: _Shape("deny"),
    request_events.RequestWithdrawn: _Shape("withdraw", {"id": "request"}),
    request_events.HandedOver: _Shape("hand_over"),
    appeal_events.NoticeDelivered: _Shape("notify", id="notice"),
    appeal_events.AppealFiled: _Shape("file_appeal"),
    appeal_events.AppealDecided: _Shape("decide_appeal"),
    appeal_events.OverrideReviewed: _Shape("review_override", {"reason": "statement"}),
    operator_events.OperatorEnrolled: _Shape("enrol_operator"),
    operator_events.RoleGranted: _Shape("grant_role"),
    operator_events.RoleRevoked: _Shape("revoke_role"),
    operator_events.OperatorBarred: _Shape("bar_operator"),
    operator_events.OperatorUnbarred: _Shape("unbar_operator"),
    operator_events.ContractChanged: _Shape("change_contract"),
    operator_events.TrainingMarked: _Shape("mark_training"),
    operator_events.TrainingRevoked: _Shape("revoke_training"),
    operator_events.OperatorOffboarded: _Shape("offboard_operator", _LEAVING),
    policy_events.PolicyAdopted: _Shape("adopt_policy", {"policy": "text"}),
}


def is_told_before(entry: Entry) -> bool:
    """
    Return whether *entry* needs no line, since the one before it tells it: the act of a request.
    """
    return isinstance(entry.event, account_events.ActionTaken) and entry.event.request is not None


def line_of(entry: Entry, behind: Entry | None) -> bytes | None:
    """
    Return *entry* as a line without its end, or None when it is not the entry of a command.

    Args:
        behind: The entry that stands behind it in stored order, if one does.
    """
    event = entry.event
    shape = _SHAPES.get(type(event))
    if shape is None:
        return None
    context = event.context or Context()
    line = {
        "command": shape.command,
        "recorded_at": entry.recorded_at,
        **_arguments(entry, shape),
    }
    if isinstance(event, request_events.RequestApproved):
        line["grants"] = granted(entry, behind) is not None
    surroundings = {
        "id": shape.id and getattr(event, shape.id),
        "by": event.appellant if isinstance(event, appeal_events.AppealFiled) else entry.operator,
        "on_behalf_of": context.on_behalf_of,
        "session": context.session,
        "correlation_id": context.correlation_id,
        "request_id": entry.request_id,
        "source_id": context.source_id,
    }
    line |= {name: value for name, value in surroundings.items() if value is not None}
    return msgspec.json.encode(
        {
            name: shortest(value) if isinstance(value, datetime) else value
            for name, value in line.items()
        }
    )


def _arguments(entry: Entry, shape: _Shape) -> dict[str, object]:
    """
    Return the arguments of the command that recorded *entry*, those left out that say nothing.
    """
    event, arguments = entry.event, {}
    command = TOLD.get(shape.command, COMMANDS[shape.command])
    for field in attrs.fields(command):
        source = shape.renamed.get(field.name, field.name)
        if field.name in _SURROUNDINGS:
            continue
        if hasattr(event, source):
            value = getattr(event, source)
        elif field.name == "effective_at":
            value = entry.effective_at
        elif field.name == command.ABOUT:
            value = entry.stream.partition("/")[2]
        else:
            continue
        # An event says None where nothing was corrected; where terms changed, None is a term.
        unchanged = None if shape.command == "correct" else UNCHANGED
        if value != (unchanged if field.default is UNCHANGED else field.default):
            arguments[field.name] = value
    return arguments
