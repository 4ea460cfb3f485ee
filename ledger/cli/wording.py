"""
How answers are said to people: times, durations, and a sentence for each kind of entry.

Times are in UTC. Nothing is rounded up: a second that has not passed is not told.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import dropwhile
from typing import Any, Final, NamedTuple

from ledger.forensics.who import Occasion
from ledger.moderation.authority import Authority
from ledger.moderation.events import Outcome
from ledger.moderation.events.operator import OperatorEnrolled
from ledger.moderation.events.request import Need
from ledger.moderation.moment import MICROSECOND
from ledger.timeline.occurrences import Occurrence, Told
from ledger.timeline.restrictions import Restriction

_UNITS: Final = (
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("min", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("\N{MICRO SIGN}s", 1),
)
_UNITS_SAID: Final = 2


def span(length: timedelta) -> str:
    """
    Return a duration in its largest unit and the one below it: ``11 min``, ``1 h 30 min``, ``3 d``.
    """
    left = length // MICROSECOND
    numbers = []
    for unit, microseconds in _UNITS:
        number, left = divmod(left, microseconds)
        numbers.append((number, unit))
    said = list(dropwhile(lambda counted: not counted[0], numbers))[:_UNITS_SAID]
    return " ".join(f"{number} {unit}" for number, unit in said if number)


def day(on: date) -> str:
    """
    Return a day: ``2 November 2017``.
    """
    return f"{on.day} {on:%B %Y}"


def clock(at: datetime) -> str:
    """
    Return the time of day: ``22:52``, with seconds where there are some.
    """
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def stamp(at: datetime) -> str:
    """
    Return a moment as columns have it: ``2017-11-02 22:52:00``.
    """
    return f"{at:%Y-%m-%d %H:%M:%S}"


def when(at: datetime, seen_from: datetime | None = None) -> str:
    """
    Return a moment: ``2 Nov 2017 22:52``; without the day where *seen_from* is on it.
    """
    if seen_from is not None and seen_from.date() == at.date():
        return clock(at)
    return f"{at.day} {at:%b %Y} {clock(at)}"


def listed(words: Iterable[str], nothing: str = "none") -> str:
    """
    Return words with commas between them.
    """
    return ", ".join(words) or nothing


def employment(held: Authority | OperatorEnrolled) -> str:
    """
    Return what an operator is: ``human, contractor of Acme Support, role support``.
    """
    parts = [held.kind]
    if held.contract:
        parts.append(held.contract + (f" of {held.vendor}" if held.vendor else ""))
    elif held.vendor:
        parts.append(f"of {held.vendor}")
    if held.roles:
        parts.append(("role " if len(held.roles) == 1 else "roles ") + listed(held.roles))
    return listed(parts)


def permitted(held: Authority) -> str:
    """
    Return whether acting was permitted, and why not.
    """
    return "yes" if held.permitted else f"no: {held.why}"


def ending(known: Restriction) -> str:
    """
    Return how a restriction ends: ``reversal by op-7``, ``expiry``, ``no end known``.
    """
    if known.ended_by is None:
        return "no end known"
    return f"{known.ended_by} by {known.closed_by}" if known.closed_by else str(known.ended_by)


def because(cause: Occasion) -> str:
    """
    Return what an action was taken because of.
    """
    if cause.report is not None:
        filed = f", filed {when(cause.filed_at)}" if cause.filed_at else ""
        queue = f", then with {cause.queue}" if cause.queue else ""
        return f"report {cause.report}: {cause.category}, from {cause.source}{filed}{queue}"
    return f"order {cause.order}" if cause.order else "own initiative"


def on(scope: str | None) -> str:
    """
    Return the scope of a measure behind it, or nothing.
    """
    return f" on {scope}" if scope else ""


def chain(on_behalf_of: str | tuple[str, ...]) -> str:
    """
    Return for whom somebody acted, the nearest first: ``op-9, for vendor-2``.
    """
    members = (on_behalf_of,) if isinstance(on_behalf_of, str) else on_behalf_of
    return ", for ".join(members)


def approvals(needs: Iterable[Need], nothing: str = "no approval") -> str:
    """
    Return the approvals that are asked for: ``1 approval and 2 approvals of role senior``.
    """
    said = (
        f"{need.approvals} approval{'' if need.approvals == 1 else 's'}"
        + (f" of role {need.role}" if need.role else "")
        for need in needs
    )
    return " and ".join(said) or nothing


class Sentence(NamedTuple):
    """
    What a line of a timeline says.

    Args:
        quotation: What its author wrote: a reason, a statement, a note.
    """

    what: str
    quotation: str | None = None


def sentence(line: Occurrence) -> Sentence:
    """
    Return what *line* says.
    """
    if line.told is Told.COMPUTED:
        said = Sentence(_COMPUTED[line.what](line))
    else:
        event: Any = line.entry.event
        make = _RECORDED.get(line.what)
        what = make(event, line) if make else line.what
        said = Sentence(what, _quotation(event))
    if line.without_effect:
        return said._replace(what=f"{said.what} (without effect: {line.without_effect})")
    return said._replace(what=f"{said.what} (never in force)") if line.never_in_force else said


def _quotation(event: Any) -> str | None:
    for name in ("statement", "text", "reason"):
        if (written := getattr(event, name, None)) is not None:
            return str(written)
    return None


def _taken(event: Any, line: Occurrence) -> str:
    effective_at = line.entry.took_effect_at
    later = f", to take effect {when(effective_at, line.at)}" if effective_at > line.at else ""
    past = f", in effect since {when(effective_at, line.at)}" if effective_at < line.at else ""
    expiry = f", until {when(event.expires_at, line.at)}" if event.expires_at else ""
    measure = f"{event.action}: {event.measure}{on(event.scope)}"
    approved = f", approved by {listed(event.approved_by)}" if event.approved_by else ""
    restored = f", in the place of {event.restores}" if event.restores else ""
    passed_over = [v.name for v in event.verdicts if v.outcome is Outcome.OVERRIDDEN]
    overrides = f", overrides {listed(passed_over)}" if passed_over else ""
    why = _cause(event.because_of)
    return f"{measure}{later}{past}{expiry}, {why}{approved}{overrides}{restored}"


def _resolved(event: Any, _line: Occurrence) -> str:
    of = f" of {event.duplicate_of}" if event.duplicate_of else ""
    by = f" by {event.action}" if event.action else ""
    return f"closes report {event.report}: {event.outcome}{of}{by}"


def _requested(event: Any, line: Occurrence) -> str:
    later = f", to take effect {when(event.effective_at, line.at)}" if event.effective_at else ""
    asked = f"asks to {event.measure}{on(event.scope)} ({event.request})"
    return f"{asked}{later}, {_cause(event.because_of)}; needs {approvals(event.needs)}"


def _notified(event: Any, line: Occurrence) -> str:
    time = when(event.delivered_at, line.at)
    return f"tells the owner of {event.action} by {event.channel}, delivered {time}"


def _appealed(event: Any, line: Occurrence) -> str:
    who = "" if event.appellant == line.entry.operator else f" of {event.appellant}"
    return f"files appeal {event.appeal}{who} against {event.action}"


def _appeal_decided(event: Any, _line: Occurrence) -> str:
    return f"decides appeal {event.appeal} against {event.action}: {event.outcome}"


def _override_reviewed(event: Any, _line: Occurrence) -> str:
    return f"reviews the override of {event.action}: {event.outcome}"


def _cause(because_of: tuple[str, ...] | str) -> str:
    if isinstance(because_of, str):
        return because_of
    return f"because of {listed((f'report {name}' for name in because_of), 'no report')}"


def _reversed(event: Any, line: Occurrence) -> str:
    effective_at = line.entry.took_effect_at
    time = "" if effective_at == line.at else f", effective {when(effective_at, line.at)}"
    return f"reverses {event.action}{time}: {event.inverse}"


def _amended(event: Any, line: Occurrence) -> str:
    if event.expires_at is None:
        return f"lets {event.action} expire no more"
    return f"lets {event.action} expire {when(event.expires_at, line.at)}"


def _corrected(event: Any, line: Occurrence) -> str:
    right = []
    if event.effective_at is not None:
        right.append(f"effective {when(event.effective_at, line.at)}")
    if event.operator is not None:
        right.append(f"by {event.operator}")
    return f"corrects {event.corrects}: {listed(right)}"


def _refused(event: Any, _line: Occurrence) -> str:
    stopped = (
        f"{verdict.name}: {verdict.why}"
        for verdict in event.verdicts
        if verdict.outcome is Outcome.STOPPED
    )
    return f"is refused {event.command}; {listed(stopped)}"


def _enrolled(event: OperatorEnrolled, line: Occurrence) -> str:
    leaves = f", leaves {when(event.leaves_at)}" if event.leaves_at else ""
    return f"enrols {_operator(line)}: {employment(event)}{leaves}"


def _operator(line: Occurrence) -> str:
    return line.entry.stream.partition("/")[2]


def _suppressed(event: Any, _line: Occurrence) -> str:
    entry = f"entry {event.log}:{event.position}"
    what = entry if event.account is None else f"account {event.account}"
    return f"hides {what} from {event.reader} ({event.suppression})"


def _retention(event: Any, _line: Occurrence) -> str:
    if not event.seconds:
        return f"ends the retention rule for {event.covers}"
    return f"has {event.covers} kept for {span(timedelta(seconds=event.seconds))}"


def _lapsed(line: Occurrence) -> str:
    asked: Any = line.entry.event
    return f"request {asked.request} lapses"


# What is said of each kind of entry on an account, and of an operator's enrolment.
_RECORDED: Final[dict[str, Callable[[Any, Occurrence], str]]] = {
    "account.report_filed": lambda e, _: f"files report {e.report}: {e.category}, from {e.source}",
    "account.report_assigned": lambda e, _: f"gives report {e.report} to {e.to}",
    "account.report_resolved": _resolved,
    "account.report_reopened": lambda e, _: f"opens report {e.report} again",
    "account.protected": lambda e, _: f"protects the account as {e.tier}",
    "account.unprotected": lambda _e, _: "ends the protection",
    "account.action_taken": _taken,
    "account.action_reversed": _reversed,
    "account.action_withdrawn": lambda e, _: f"withdraws {e.action}",
    "account.reversal_withdrawn": lambda e, _: f"withdraws the reversal of {e.action}",
    "account.action_amended": _amended,
    "account.record_corrected": _corrected,
    "account.finding_asserted": lambda e, _: f"finds {e.cause}; {e.source}",
    "account.finding_revised": lambda e, _: f"now finds {e.cause}; {e.source}",
    "account.finding_retracted": lambda _e, _: "takes a finding back",
    "account.act_requested": _requested,
    "account.request_approved": lambda e, _: f"approves request {e.request}",
    "account.request_denied": lambda e, _: f"denies request {e.request}",
    "account.request_withdrawn": lambda e, _: f"withdraws request {e.request}",
    "account.handed_over": lambda e, _: f"hands {e.id} over to {e.to}",
    "account.notified": _notified,
    "account.appeal_filed": _appealed,
    "account.appeal_decided": _appeal_decided,
    "account.override_reviewed": _override_reviewed,
    "account.noted": lambda _e, _: "notes",
    "account.anomaly_recorded": lambda e, _: f"{e.anomaly}: {e.measure}{on(e.scope)}",
    "account.command_refused": _refused,
    "operator.enrolled": _enrolled,
    "ledger.subject_erased": lambda e, _: f"erases {e.kind} {e.subject}: {e.basis}",
    "ledger.suppressed": _suppressed,
    "ledger.suppression_ended": lambda e, _: f"ends suppression {e.suppression}",
    "ledger.redacted": lambda e, _: f"leaves {listed(e.fields)} out of bundle {e.bundle}",
    "ledger.retention_set": _retention,
    "ledger.hold_placed": lambda e, _: (
        f"places hold {e.hold} on {e.kind} {e.subject}, for {e.reference}"
    ),
    "ledger.hold_released": lambda e, _: f"releases hold {e.hold}",
    "ledger.personal_data_read": lambda e, _: f"reads {e.question}: {e.purpose}",
    "ledger.command_refused": _refused,
}

_COMPUTED: Final[dict[str, Callable[[Occurrence], str]]] = {
    "takes_effect": lambda line: f"{line.action} takes effect",
    "reversal_takes_effect": lambda line: f"the reversal of {line.action} takes effect",
    "expires": lambda line: f"{line.action} expires",
    "request_lapses": _lapsed,
    "leaves": lambda line: f"{_operator(line)} leaves",
}
