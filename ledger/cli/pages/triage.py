"""
Pages for those who sort what comes in: a report, what is pending, strikes, and equal treatment.
"""

from collections.abc import Iterator
from datetime import timedelta

from rich.text import Text

from ledger.cli.pages.accounts import action_line, closing
from ledger.cli.pages.parts import counted, rests_on, table, told
from ledger.cli.paper import ALARM, CALM, HEAD, Fact, Line, Page, Row, facts, lines
from ledger.cli.wording import approvals, listed, on, span, stamp, when
from ledger.forensics.comparison import Comparison, NoticeGiven, Treatment
from ledger.forensics.triage import (
    Outstanding,
    PendingAnswer,
    ReportAnswer,
    ReportState,
    StrikesAnswer,
)
from ledger.moderation.report import Assignment
from ledger.moderation.taxonomy import Category
from ledger.timeline.dossier import ActionOnRecord


def report(answer: ReportAnswer) -> Page:
    """
    Yield a report: where it stood, in whose queue it was when, and what was done because of it.
    """
    known = answer.report
    yield Text(f"{known.report} · {answer.account} · ", HEAD).append_text(_state(answer))
    yield facts(
        [
            ("at", f"{when(answer.at)} UTC"),
            ("category", known.category),
            *_elsewhere(answer.category),
            ("from", known.source + (f", {known.reporter}" if known.reporter else "")),
            ("filed", f"{when(known.filed_at)} UTC"),
            *([("source's id", known.external_id)] if known.external_id else []),
            *([("evidence", known.evidence)] if known.evidence else []),
            ("queue", answer.queue or "none"),
            *([("repeated by", listed(answer.duplicates))] if answer.duplicates else []),
            rests_on(answer.cut),
        ]
    )
    if assignments := known.assignments():
        yield Text("In whose queue", HEAD)
        yield lines(map(_assignment, assignments))
    if answer.actions:
        yield Text("Actions because of it", HEAD)
        yield lines(map(action_line, answer.actions))


def _state(answer: ReportAnswer) -> Text:
    if answer.state is ReportState.CLOSED:
        return Text(closing(answer.report), CALM)
    return Text(answer.state.replace("-", " "), ALARM)


def _elsewhere(row: Category | None) -> Iterator[Fact]:
    """
    Yield what others call a category.
    """
    if row is not None:
        keyword = f", {row.dsa_keyword}" if row.dsa_keyword else ""
        yield "for the DSA", f"{row.dsa}{keyword}"
        yield "for others", f"Ozone {row.ozone}, Mastodon {row.mastodon}"


def _assignment(known: Assignment) -> Line:
    until = "" if known.until is None else f", until {when(known.until, known.from_)}"
    return when(known.from_), known.by, f"gives it to {known.to}{until}"


def pending(answer: PendingAnswer) -> Page:
    """
    Yield what was pending: when it would take effect, who answered for it, and what it lacked.
    """
    of = f" on {answer.operator}" if answer.operator else ""
    yield Text(f"{counted(len(answer.pending), 'act').capitalize()} pending{of}", HEAD)
    yield facts([("at", f"{when(answer.at)} UTC"), rests_on(answer.cut)])
    if answer.pending:
        yield ""
        head = Row(("effect (UTC)",), ("account", "measure"), ("id", "keeper", "waits for"))
        yield from table(head, map(_outstanding, answer.pending))


def _outstanding(known: Outstanding) -> Row:
    act = known.pending
    effect = "when approved" if act.effective_at is None else stamp(act.effective_at)
    return Row(
        (effect,),
        (act.account, f"{act.measure}{on(act.scope)}"),
        (act.id, act.keeper, _awaited(known)),
    )


def _awaited(known: Outstanding) -> str:
    """
    Return what an act waits for: approvals, or only its time.
    """
    act = known.pending
    if not act.is_request:
        return "its time"
    if known.missing is None:
        awaited = "approvals by a rule that is unknown here"
    else:
        awaited = approvals(known.missing, "1 more approval")
    return awaited + (f", lapses {when(act.lapses_at)}" if act.lapses_at else "")


def strikes(answer: StrikesAnswer) -> Page:
    """
    Yield the strikes that counted at a moment, and when each of them expires.
    """
    style = ALARM if answer.strikes else CALM
    yield Text(f"{answer.account} · ", HEAD).append(counted(answer.count, "strike"), style)
    yield facts([("at", f"{when(answer.at)} UTC"), rests_on(answer.cut)])
    if answer.strikes:
        yield ""
        head = Row(("from (UTC)", "expires (UTC)"), ("by",), ("action",))
        yield from table(head, map(_strike, answer.strikes))


def _strike(known: ActionOnRecord) -> Row:
    action = known.action
    expires = "never" if action.expires_at is None else stamp(action.expires_at)
    return Row((stamp(action.effective_at), expires), (action.operator,), (action.action,))


def compare(answer: Comparison) -> Page:
    """
    Yield how accounts were treated, act by act, and in what they were treated differently.
    """
    style = ALARM if answer.differences else CALM
    said = "not treated alike" if answer.differences else "treated alike"
    yield Text(f"{listed(answer.compared.accounts)} · ", HEAD).append(said, style)
    yield facts([*_differences(answer), rests_on(answer.cut)])
    if answer.treatments:
        yield Text("What was done", HEAD)
        yield from told(map(_treatment, answer.treatments))


def _differences(answer: Comparison) -> Iterator[Fact]:
    if answer.differences:
        yield "they differ in", listed(name.replace("_", " ") for name in answer.differences)


def _treatment(known: Treatment) -> Line:
    said = [
        f"{known.measure}{on(known.scope)}",
        f"for {listed(known.categories)}" if known.categories else "on no report",
        f"by {known.kind}",
        f"under {known.policy}" if known.policy else "under no policy on record",
        _lasted(known),
        *(_notice(notice) for notice in known.notices),
        *(f"appeal {appeal.outcome}" for appeal in known.appeals),
        known.action,
    ]
    return when(known.effective_at), known.account, listed(said)


def _lasted(known: Treatment) -> str:
    if known.ended_by is None:
        return "no end known"
    if not known.seconds:
        return f"never in force ({known.ended_by})"
    return f"{span(timedelta(seconds=known.seconds))} ({known.ended_by})"


def _notice(notice: NoticeGiven) -> str:
    if notice.seconds < 0:
        return f"notice by {notice.channel} before its effect"
    waited = span(timedelta(seconds=notice.seconds)) or "at once"
    return f"notice by {notice.channel} after {waited}"
