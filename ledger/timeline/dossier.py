"""
The dossier of an account: all that its entries say of it, as known at a cut.
"""

from collections.abc import Iterable
from datetime import datetime

import attrs

from ledger.moderation.account import Account, Action, Finding, Protection
from ledger.moderation.appeal import Appeal, Notice
from ledger.moderation.entry import Entry
from ledger.moderation.report import Report
from ledger.moderation.request import Request, RequestState
from ledger.moderation.term import Term, term
from ledger.timeline.cut import Cut
from ledger.timeline.restrictions import History, Restriction


@attrs.frozen
class ActionOnRecord:
    """
    An action and its time in force.

    Args:
        term: None when it holds nothing or was withdrawn.

        status: ``pending``, ``in-force``, ``ended``, ``withdrawn``, ``never-in-force``, or ``done``
            for an action that holds nothing.
    """

    action: Action
    term: Term | None
    status: str

    @property
    def never_in_force(self) -> bool:
        """
        Return whether its effect never was in force, nor will be.
        """
        return self.status in ("withdrawn", "never-in-force")


@attrs.frozen
class RequestOnRecord:
    """
    A request, and where it stands.
    """

    request: Request
    state: RequestState


@attrs.frozen
class Dossier:
    """
    An account as known at a cut.

    Args:
        at: The moment that statuses are as of.

        restrictions: What is known now of each, by (from, position).

        protection: In force at `at`.
    """

    account: str
    at: datetime
    cut: Cut
    version: int
    protection: Protection | None
    protections: tuple[Protection, ...]
    reports: tuple[Report, ...]
    actions: tuple[ActionOnRecord, ...]
    restrictions: tuple[Restriction, ...]
    findings: tuple[Finding, ...]
    requests: tuple[RequestOnRecord, ...]
    appeals: tuple[Appeal, ...]
    notices: tuple[Notice, ...]
    notes: tuple[Entry, ...]
    refusals: tuple[Entry, ...]


def dossier(account: str, entries: Iterable[Entry], at: datetime, cut: Cut) -> Dossier:
    """
    Return the dossier of *account* at *at* from its entries in order.
    """
    history = History(Account(account))
    for entry in entries:
        history.take(entry)
    return dossier_of(history, at, cut)


def dossier_of(history: History, at: datetime, cut: Cut) -> Dossier:
    """
    Return the dossier at *at* of an account with its *history* up to *cut*.
    """
    folded = history.account
    restrictions = sorted(
        history.current.values(), key=lambda known: (known.from_, known.opened_at_position)
    )
    return Dossier(
        account=folded.account,
        at=at,
        cut=cut,
        version=folded.version,
        protection=folded.protection(at),
        protections=tuple(folded.protections),
        reports=tuple(folded.reports.values()),
        actions=tuple(_on_record(history, action, at) for action in folded.actions.values()),
        restrictions=tuple(restrictions),
        findings=tuple(folded.findings.values()),
        requests=tuple(
            RequestOnRecord(request, request.state(at)) for request in folded.requests.values()
        ),
        appeals=tuple(folded.appeals.values()),
        notices=tuple(folded.notices),
        notes=tuple(folded.notes),
        refusals=tuple(folded.refusals),
    )


def _on_record(history: History, action: Action, at: datetime) -> ActionOnRecord:
    known = history.current.get(action.action)
    # What is known of its restriction was made of its term.
    held = term(history.account, action) if known is None else _term(known)
    if action.withdrawn is not None:
        status = "withdrawn"
    elif held is None:
        status = "pending" if at < action.effective_at else "done"
    elif held.is_empty:
        status = "never-in-force"
    elif at < held.from_:
        status = "pending"
    else:
        status = "in-force" if held.covers(at) else "ended"
    return ActionOnRecord(action, held, status)


def _term(known: Restriction) -> Term:
    return Term(known.from_, known.until, known.ended_by, known.closed_by, known.closed_at_position)
