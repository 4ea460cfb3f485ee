"""
The timeline of an account: its entries in order, and between them what follows from them.

A deferred effect and an expiry are nobody's entry; they are computed, and told apart from what
was recorded.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

import attrs

from ledger.moderation.account import Account, Action, fold
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionReversed, ActionTaken
from ledger.moderation.request import RequestState
from ledger.moderation.term import EndedBy, ends, term


class Told(StrEnum):
    """
    How a line of the timeline came to be known.
    """

    RECORDED = "recorded"
    COMPUTED = "computed"


@attrs.frozen
class Occurrence:
    """
    One line of a timeline.

    Args:
        at: When it stands in the timeline: the recording, or the moment that was computed.

        what: The wire name of the entry; ``takes_effect``, ``reversal_takes_effect``,
            ``expires`` or ``request_lapses`` for what was computed.

        action: The action that it is about, if it is about one.

        entry: The entry, or the one that it was computed from.

        without_effect: Why it changed nothing, where it did not.

        never_in_force: Whether the action that it takes was never in force.
    """

    at: datetime
    told: Told
    what: str
    action: str | None
    entry: Entry
    without_effect: str | None = None
    never_in_force: bool = False


def occurrences(account: str, entries: Iterable[Entry]) -> list[Occurrence]:
    """
    Return the timeline of *account* from its entries in order.

    Returns:
        Recorded lines in recorded order, each computed line where its moment lies.
    """
    recorded = list(entries)
    folded = fold(Account(account), recorded)
    lines = [_recorded(folded, entry) for entry in recorded]
    for action in folded.actions.values():
        lines.extend(_computed(folded, action))
    lines.extend(_lapses(folded))
    return sorted(lines, key=_place)


def _place(line: Occurrence) -> tuple[datetime, bool, int]:
    # What takes effect at the very moment of an entry stands before it: it was due already.
    return line.at, line.told is Told.RECORDED, line.entry.position


def _recorded(account: Account, entry: Entry) -> Occurrence:
    event = entry.event
    named = getattr(event, "action", None)
    action = account.actions.get(named) if named else None
    without_effect, never_in_force = None, False
    if isinstance(event, ActionTaken) and action is not None:
        held = term(account, action)
        never_in_force = action.withdrawn is not None or (held is not None and held.is_empty)
    elif isinstance(event, ActionReversed) and action is not None:
        without_effect = _why_without_effect(account, action, event.reversal)
    return Occurrence(
        entry.recorded_at,
        Told.RECORDED,
        entry.kind,
        named,
        entry,
        without_effect,
        never_in_force,
    )


def _why_without_effect(account: Account, action: Action, reversal: str) -> str | None:
    mine = next((known for known in action.reversals if known.reversal == reversal), None)
    if action.withdrawn is not None:
        return "the action was withdrawn"
    if mine is not None and mine.withdrawn is not None:
        return "it was withdrawn"
    held = term(account, action)
    if held is None or mine is None:
        return "the action holds nothing"
    if held.ended_by is EndedBy.REVERSAL and held.closed_at_position == mine.entry.position:
        return "it is not later than the action's start" if held.is_empty else None
    return {
        EndedBy.EXPIRY: "the action had expired by then",
        EndedBy.SUPERSEDED: "the action had been superseded by then",
        EndedBy.REVERSAL: "the action had been reversed by then",
        None: "the action holds nothing",
    }[held.ended_by]


def _lapses(account: Account) -> Iterator[Occurrence]:
    """
    Yield when each request that nothing ended comes too late for approvals, or came.
    """
    for request in account.requests.values():
        lapses_at = request.asked.lapses_at
        if request.recorded is RequestState.PENDING and lapses_at is not None:
            yield Occurrence(
                lapses_at, Told.COMPUTED, "request_lapses", request.asked.action, request.entry
            )


def _computed(account: Account, action: Action) -> Iterator[Occurrence]:
    held = term(account, action)
    # What holds nothing takes effect too, at one moment; what was withdrawn or is empty never does.
    comes_about = action.withdrawn is None and not (held is not None and held.is_empty)
    if comes_about and action.effective_at > action.entry.recorded_at:
        yield Occurrence(
            action.effective_at, Told.COMPUTED, "takes_effect", action.action, action.entry
        )
    if held is None:
        return
    causes = list(ends(account, action))
    for cause in causes:
        if cause.until is None:
            continue
        if cause.ended_by is EndedBy.EXPIRY:
            yield Occurrence(
                cause.until,
                Told.COMPUTED,
                "expires",
                action.action,
                action.entry,
                None if cause is causes[0] else f"the action had ended by {causes[0].ended_by}",
                held.is_empty,
            )
    for reversal in action.reversals:
        effective = reversal.withdrawn is None and held.closed_at_position == (
            reversal.entry.position
        )
        if effective and reversal.effective_at > reversal.entry.recorded_at:
            yield Occurrence(
                reversal.effective_at,
                Told.COMPUTED,
                "reversal_takes_effect",
                action.action,
                reversal.entry,
            )
