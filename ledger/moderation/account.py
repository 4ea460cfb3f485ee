"""
The account: what its entries make of it.

`evolve` is total: it takes every event ever recorded, refuses nothing and looks at no policy.
What a later entry says of an earlier one (a reversal, an amendment, a correction, a revision)
is kept beside it; nothing is overwritten. `advance` does the same in place, for whoever owns the
account alone; `evolve` and `fold` are made of it.
"""

import copy
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

import attrs

from ledger.moderation import request as requests
from ledger.moderation.appeal import Appeal, Notice
from ledger.moderation.entry import Entry
from ledger.moderation.events import account as happened
from ledger.moderation.events import appeal as afterwards
from ledger.moderation.events import request as asked
from ledger.moderation.events.account import Cause
from ledger.moderation.events.record import Outcome
from ledger.moderation.report import Report
from ledger.moderation.request import Request
from ledger.moderation.vocabulary import Holding

T = TypeVar("T")


class Slot(NamedTuple):
    """
    What a single-holding measure can hold once: a measure, or a measure within a scope.
    """

    measure: str
    scope: str | None


class Placement(NamedTuple):
    """
    Where an action stands in its slot: by effective time, then position.
    """

    from_: datetime
    position: int
    action: str


@attrs.frozen(slots=False)
class Reversal:
    """
    A reversal of an action, as corrected.

    Args:
        entry: The entry that recorded it.

        operator, effective_at: What is held right; the entry's own stay in `entry`.

        withdrawn: The entry that took it back before its effect, if one did.
    """

    reversal: str
    entry: Entry
    operator: str
    effective_at: datetime
    withdrawn: Entry | None = None


@attrs.frozen(slots=False)
class Action:
    """
    An action as later entries left it.

    Args:
        taken, entry: The event that took it, and the entry that recorded it.

        slot: The slot that it is held in.

        operator, effective_at: As corrected; the entry's own stay in `entry`.

        expires_at: As amended.

        reversals: Every reversal in recorded order, the withdrawn ones included.

        changes: The entries that amended or corrected it or one of its reversals, in order.

        handed_over: The entries that gave it to another operator to answer for, in order.

        override_review: The entry that reviewed it where it overrode a safeguard, if one did.
    """

    action: str
    taken: happened.ActionTaken
    slot: Slot
    entry: Entry
    operator: str
    effective_at: datetime
    expires_at: datetime | None
    reversals: tuple[Reversal, ...] = ()
    withdrawn: Entry | None = None
    changes: tuple[Entry, ...] = ()
    handed_over: tuple[Entry, ...] = ()
    override_review: Entry | None = None

    @property
    def keeper(self) -> str:
        """
        Return who answers for it until its effect: its operator, unless it was handed over.
        """
        if not self.handed_over:
            return self.operator
        last = self.handed_over[-1].event
        assert isinstance(last, asked.HandedOver)
        return last.to

    @property
    def owes_review(self) -> bool:
        """
        Return whether it overrode a safeguard and nobody else has reviewed that.
        """
        return self.override_review is None and any(
            verdict.outcome is Outcome.OVERRIDDEN for verdict in self.taken.verdicts
        )


@attrs.frozen(slots=False)
class Finding:
    """
    A claim about an action, as it was made.

    Args:
        revised_by: The finding that replaced it, if one did.

        retracted: The entry that took it back, if one did.
    """

    finding: str
    entry: Entry
    action: str
    cause: Cause
    source: str
    statement: str
    confidence: int | None
    stated_at: datetime
    evidence: str | None = None
    revised_by: str | None = None
    retracted: Entry | None = None

    @property
    def by(self) -> str:
        """
        Return who claimed it.
        """
        return self.entry.operator

    @property
    def recorded_at(self) -> datetime:
        """
        Return when the claim was recorded.
        """
        return self.entry.recorded_at

    @property
    def status(self) -> str:
        """
        Return whether it is ``standing``, ``revised`` or ``retracted``.
        """
        if self.retracted is not None:
            return "retracted"
        return "standing" if self.revised_by is None else "revised"


@attrs.frozen(slots=False)
class Protection:
    """
    The half-open time ``[from_, until)`` in which the account was under the protection of a tier.
    """

    tier: str
    reason: str
    by: str
    from_: datetime
    until: datetime | None = None
    ended_by: str | None = None

    def covers(self, at: datetime) -> bool:
        """
        Return whether the protection is in force at *at*.
        """
        return self.from_ <= at and (self.until is None or at < self.until)


@attrs.define
class Account:
    """
    An account at one version.

    Args:
        slots: Per slot the placements of the actions that were not withdrawn, in order.

        reversals: The action of every reversal, by reversal id.

        refusals: The entries of refused commands, in order.

        notes: The entries of notes and of anomalies, in order.

        requests, appeals: By their ids, in recorded order.

        notices: In recorded order.
    """

    account: str
    version: int = 0
    reports: dict[str, Report] = attrs.field(factory=dict)
    actions: dict[str, Action] = attrs.field(factory=dict)
    slots: dict[Slot, list[Placement]] = attrs.field(factory=dict)
    reversals: dict[str, str] = attrs.field(factory=dict)
    findings: dict[str, Finding] = attrs.field(factory=dict)
    protections: list[Protection] = attrs.field(factory=list)
    refusals: list[Entry] = attrs.field(factory=list)
    notes: list[Entry] = attrs.field(factory=list)
    requests: dict[str, Request] = attrs.field(factory=dict)
    appeals: dict[str, Appeal] = attrs.field(factory=dict)
    notices: list[Notice] = attrs.field(factory=list)

    def protection(self, at: datetime) -> Protection | None:
        """
        Return the protection in force at *at*, the latest where several are.
        """
        if not self.protections:
            return None
        return next((p for p in reversed(self.protections) if p.covers(at)), None)

    def tier(self, at: datetime) -> str | None:
        """
        Return what the account is protected as at *at*; None when it is not.
        """
        protection = self.protection(at)
        return None if protection is None else protection.tier


# What an account owns, and no other may share with it.
_COLLECTIONS: Final = attrs.fields_dict(Account).keys() - {"account", "version"}


def evolve(account: Account, entry: Entry) -> Account:
    """
    Return the account after *entry*, whatever the rules were when it was recorded.
    """
    return fold(account, (entry,))


def fold(account: Account, entries: Iterable[Entry]) -> Account:
    """
    Return the account after *entries* in order; *account* itself is left as it is.
    """
    own = {name: copy.copy(getattr(account, name)) for name in _COLLECTIONS}
    own["slots"] = {slot: list(placed) for slot, placed in account.slots.items()}
    after = attrs.evolve(account, **own)
    for entry in entries:
        advance(after, entry)
    return after


def advance(account: Account, entry: Entry) -> tuple[str, ...]:
    """
    Take *entry* into *account*, in place.

    Returns:
        The ids of the actions whose time in force may have changed.
    """
    account.version = entry.version
    return _MEANING[type(entry.event)](account, entry, entry.event)


def successor(account: Account, action: Action) -> Placement | None:
    """
    Return the placement after *action*'s own in its slot, if there is one.
    """
    placed = account.slots.get(action.slot, [])
    if not placed or placed[-1].action == action.action:
        return None
    behind = bisect_left(placed, _placement(action)) + 1
    return placed[behind] if behind < len(placed) else None


def changed(known: T, **changes: Any) -> T:
    """
    Return *known*, which keeps its fields in a ``__dict__``, with *changes*.

    `attrs.evolve` takes five times as long: it calls the constructor.
    """
    after = object.__new__(type(known))
    after.__dict__.update(known.__dict__, **changes)
    return after


def _placement(action: Action) -> Placement:
    return Placement(action.effective_at, action.entry.position, action.action)


def _place(account: Account, action: Action) -> tuple[str, ...]:
    """
    Put *action* into its slot; return it and the one before it, which it may supersede.
    """
    placed = account.slots.setdefault(action.slot, [])
    placement = _placement(action)
    if not placed or placed[-1] < placement:
        placed.append(placement)
        index = len(placed) - 1
    else:
        insort(placed, placement)
        index = bisect_left(placed, placement)
    if action.taken.holding is not Holding.SINGLE or index == 0:
        return (action.action,)
    return (placed[index - 1].action, action.action)


def _displace(account: Account, action: Action) -> tuple[str, ...]:
    """
    Take *action* out of its slot; return it and the one before it.
    """
    placed = account.slots[action.slot]
    index = bisect_left(placed, _placement(action))
    del placed[index]
    if action.taken.holding is not Holding.SINGLE or index == 0:
        return (action.action,)
    return (placed[index - 1].action, action.action)


def _report_filed(account: Account, entry: Entry, event: happened.ReportFiled) -> tuple[str, ...]:
    account.reports[event.report] = Report(
        event.report,
        entry,
        event.category,
        event.source,
        event.reporter,
        event.filed_at,
        event.evidence,
        event.external_id,
        event.taxonomy,
    )
    return ()


def _report_assigned(
    account: Account, entry: Entry, event: happened.ReportAssigned
) -> tuple[str, ...]:
    if (report := account.reports.get(event.report)) is not None:
        account.reports[event.report] = changed(report, assigned=(*report.assigned, entry))
    return ()


def _report_changed(
    account: Account, entry: Entry, event: happened.ReportResolved | happened.ReportReopened
) -> tuple[str, ...]:
    if (report := account.reports.get(event.report)) is not None:
        opened = changed(
            report, outcome=None, duplicate_of=None, action=None, changes=(*report.changes, entry)
        )
        account.reports[event.report] = (
            opened
            if isinstance(event, happened.ReportReopened)
            else changed(
                opened,
                outcome=event.outcome,
                duplicate_of=event.duplicate_of,
                action=event.action,
            )
        )
    return ()


def _protected(account: Account, entry: Entry, event: happened.AccountProtected) -> tuple[str, ...]:
    _end_protection(account, entry)
    account.protections.append(
        Protection(event.tier, event.reason, entry.operator, entry.took_effect_at)
    )
    return ()


def _unprotected(
    account: Account, entry: Entry, _event: happened.AccountUnprotected
) -> tuple[str, ...]:
    _end_protection(account, entry)
    return ()


def _end_protection(account: Account, entry: Entry) -> None:
    if account.protections and account.protections[-1].until is None:
        account.protections[-1] = changed(
            account.protections[-1], until=entry.took_effect_at, ended_by=entry.operator
        )


def _taken(account: Account, entry: Entry, event: happened.ActionTaken) -> tuple[str, ...]:
    action = Action(
        event.action,
        event,
        Slot(event.measure, event.scope),
        entry,
        entry.operator,
        entry.took_effect_at,
        event.expires_at,
    )
    account.actions[event.action] = action
    if event.request is not None:
        _request_changed(account, event.request, entry)
    return () if event.holding is Holding.NONE else _place(account, action)


def _reversed(account: Account, entry: Entry, event: happened.ActionReversed) -> tuple[str, ...]:
    action = account.actions.get(event.action)
    if action is None:
        return ()
    reversal = Reversal(event.reversal, entry, entry.operator, entry.took_effect_at)
    account.reversals[event.reversal] = event.action
    account.actions[event.action] = changed(action, reversals=(*action.reversals, reversal))
    return (event.action,)


def _withdrawn(account: Account, entry: Entry, event: happened.ActionWithdrawn) -> tuple[str, ...]:
    action = account.actions.get(event.action)
    if action is None or action.withdrawn is not None:
        return ()
    account.actions[event.action] = changed(action, withdrawn=entry)
    if action.taken.request is not None:
        _request_changed(account, action.taken.request, entry)
    return () if action.taken.holding is Holding.NONE else _displace(account, action)


def _reversal_withdrawn(
    account: Account, entry: Entry, event: happened.ReversalWithdrawn
) -> tuple[str, ...]:
    return _with_reversal(account, event.reversal, entry, withdrawn=entry)


def _with_reversal(
    account: Account, reversal: str, entry: Entry, **changes: Any
) -> tuple[str, ...]:
    action = account.actions.get(account.reversals.get(reversal, ""))
    if action is None:
        return ()
    account.actions[action.action] = changed(
        action,
        changes=(*action.changes, entry),
        reversals=tuple(
            changed(known, **changes) if known.reversal == reversal else known
            for known in action.reversals
        ),
    )
    return (action.action,)


def _amended(account: Account, entry: Entry, event: happened.ActionAmended) -> tuple[str, ...]:
    action = account.actions.get(event.action)
    if action is None:
        return ()
    account.actions[event.action] = changed(
        action, expires_at=event.expires_at, changes=(*action.changes, entry)
    )
    return (event.action,)


def _corrected(account: Account, entry: Entry, event: happened.RecordCorrected) -> tuple[str, ...]:
    right: dict[str, Any] = {
        name: value
        for name, value in (("effective_at", event.effective_at), ("operator", event.operator))
        if value is not None
    }
    if event.corrects in account.reversals:
        return _with_reversal(account, event.corrects, entry, **right)
    action = account.actions.get(event.corrects)
    if action is None:
        return ()
    corrected = changed(action, changes=(*action.changes, entry), **right)
    moves = action.withdrawn is None and action.taken.holding is not Holding.NONE
    before = _displace(account, action) if moves else ()
    account.actions[event.corrects] = corrected
    after = _place(account, corrected) if moves else ()
    return tuple(dict.fromkeys((*before, *after)))


def _found(
    account: Account, entry: Entry, event: happened.FindingAsserted | happened.FindingRevised
) -> tuple[str, ...]:
    account.findings[event.finding] = Finding(
        event.finding,
        entry,
        event.action,
        event.cause,
        event.source,
        event.statement,
        event.confidence,
        event.stated_at,
        event.evidence,
    )
    revises = event.revises if isinstance(event, happened.FindingRevised) else ""
    if (revised := account.findings.get(revises)) is not None:
        account.findings[revises] = changed(revised, revised_by=event.finding)
    return ()


def _retracted(account: Account, entry: Entry, event: happened.FindingRetracted) -> tuple[str, ...]:
    if (finding := account.findings.get(event.finding)) is not None:
        account.findings[event.finding] = changed(finding, retracted=entry)
    return ()


def _act_requested(account: Account, entry: Entry, event: asked.ActRequested) -> tuple[str, ...]:
    account.requests[event.request] = Request(event.request, event, entry, entry.operator)
    return ()


def _request_answered(
    account: Account,
    entry: Entry,
    event: asked.RequestApproved | asked.RequestDenied | asked.RequestWithdrawn,
) -> tuple[str, ...]:
    _request_changed(account, event.request, entry)
    return ()


def _request_changed(account: Account, request: str, entry: Entry) -> None:
    if (known := account.requests.get(request)) is not None:
        account.requests[request] = requests.after(known, entry)


def _handed_over(account: Account, entry: Entry, event: asked.HandedOver) -> tuple[str, ...]:
    _request_changed(account, event.id, entry)
    if (action := account.actions.get(event.id)) is not None:
        account.actions[event.id] = changed(action, handed_over=(*action.handed_over, entry))
    return ()


def _notified(account: Account, entry: Entry, event: afterwards.NoticeDelivered) -> tuple[str, ...]:
    account.notices.append(
        Notice(
            event.notice, entry, event.action, event.channel, event.delivered_at, event.text_hash
        )
    )
    return ()


def _appealed(account: Account, entry: Entry, event: afterwards.AppealFiled) -> tuple[str, ...]:
    account.appeals[event.appeal] = Appeal(event.appeal, event, entry)
    return ()


def _appeal_decided(
    account: Account, entry: Entry, event: afterwards.AppealDecided
) -> tuple[str, ...]:
    known = account.appeals.get(event.appeal)
    if known is not None and known.decided is None:
        account.appeals[event.appeal] = changed(known, decided=event, decision=entry)
    return ()


def _override_reviewed(
    account: Account, entry: Entry, event: afterwards.OverrideReviewed
) -> tuple[str, ...]:
    action = account.actions.get(event.action)
    if action is not None and action.override_review is None:
        account.actions[event.action] = changed(action, override_review=entry)
    return ()


def _noted(
    account: Account, entry: Entry, _event: happened.NoteAdded | happened.AnomalyRecorded
) -> tuple[str, ...]:
    account.notes.append(entry)
    return ()


def _refused(
    account: Account, entry: Entry, _event: happened.AccountCommandRefused
) -> tuple[str, ...]:
    account.refusals.append(entry)
    return ()


# What each event means, for ever: one row an event, and no row is ever taken out.
_MEANING: Final[dict[type, Callable[[Account, Entry, Any], tuple[str, ...]]]] = {
    happened.ReportFiled: _report_filed,
    happened.ReportAssigned: _report_assigned,
    happened.ReportResolved: _report_changed,
    happened.ReportReopened: _report_changed,
    happened.AccountProtected: _protected,
    happened.AccountUnprotected: _unprotected,
    happened.ActionTaken: _taken,
    happened.ActionReversed: _reversed,
    happened.ActionWithdrawn: _withdrawn,
    happened.ReversalWithdrawn: _reversal_withdrawn,
    happened.ActionAmended: _amended,
    happened.RecordCorrected: _corrected,
    happened.FindingAsserted: _found,
    happened.FindingRevised: _found,
    happened.FindingRetracted: _retracted,
    happened.NoteAdded: _noted,
    happened.AnomalyRecorded: _noted,
    happened.AccountCommandRefused: _refused,
    asked.ActRequested: _act_requested,
    asked.RequestApproved: _request_answered,
    asked.RequestDenied: _request_answered,
    asked.RequestWithdrawn: _request_answered,
    asked.HandedOver: _handed_over,
    afterwards.NoticeDelivered: _notified,
    afterwards.AppealFiled: _appealed,
    afterwards.AppealDecided: _appeal_decided,
    afterwards.OverrideReviewed: _override_reviewed,
}
