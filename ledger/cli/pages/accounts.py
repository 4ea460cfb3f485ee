"""
Pages about accounts: where one stood, what happened, all that is on record; and lists over all.
"""

from collections.abc import Iterable
from itertools import groupby

from rich.text import Text

from ledger.cli.pages.parts import rests_on, table
from ledger.cli.pages.who import findings
from ledger.cli.paper import ALARM, BACK, CALM, HEAD, Line, Page, Row, facts, lines, quoted
from ledger.cli.wording import clock, day, ending, listed, on, sentence, span, stamp, when
from ledger.moderation.appeal import Appeal, Notice
from ledger.moderation.entry import Entry
from ledger.moderation.report import Report
from ledger.moderation.vocabulary import Effect
from ledger.timeline.dossier import ActionOnRecord, Dossier, RequestOnRecord
from ledger.timeline.occurrences import Occurrence, Told
from ledger.timeline.restrictions import Restriction
from ledger.timeline.standing import Standing


def timeline(told: Iterable[Occurrence]) -> Page:
    """
    Yield the lines of a timeline under their days; what is computed stands back.
    """
    all_days = list(told)
    longest = max((len(line.entry.operator) for line in all_days), default=0)
    for date, of_day in groupby(all_days, key=lambda line: line.at.date()):
        yield Text(day(date), HEAD)
        yield lines(map(_line, of_day), name_width=longest)


def _line(line: Occurrence) -> Line:
    said = sentence(line)
    if line.told is Told.COMPUTED:
        return Text(clock(line.at), BACK), Text("·", BACK), Text(said.what, BACK)
    text = Text(said.what)
    if said.quotation is not None:
        text = Text("\n").join([text, quoted(said.quotation)])
    return clock(line.at), line.entry.operator, text


def standing(answer: Standing) -> Page:
    """
    Yield where an account stood, and what was in force.
    """
    style = CALM if answer.standing is Effect.ACTIVE else ALARM
    yield Text(f"{answer.account} · ", HEAD).append(answer.standing, style)
    yield facts([("at", f"{when(answer.at)} UTC"), rests_on(answer.cut)])
    if answer.in_force:
        yield ""
        yield from restrictions(answer.in_force)


def restrictions(rows: Iterable[Restriction]) -> Page:
    """
    Yield a table of restrictions, or several where there are many.
    """
    head = Row(("from (UTC)", "lasting"), ("account", "measure"), ("opened by", "ended"))
    yield from table(head, map(_restriction, rows))


def _restriction(known: Restriction) -> Row:
    lasting = "open" if known.lasting is None else span(known.lasting)
    return Row(
        (stamp(known.from_), lasting),
        (known.account, f"{known.measure}{on(known.scope)}"),
        (known.opened_by, ending(known)),
    )


def account(answer: Dossier) -> Page:
    """
    Yield all that is on record of an account, by kind.
    """
    yield Text(answer.account, HEAD)
    protection = answer.protection
    yield facts(
        [
            ("protected", "no" if protection is None else f"as {protection.tier}"),
            ("entries", str(answer.version)),
            rests_on(answer.cut),
        ]
    )
    if answer.reports:
        yield Text("Reports", HEAD)
        yield lines(map(_report, answer.reports))
    if answer.requests:
        yield Text("Requests", HEAD)
        yield lines(map(_request, answer.requests))
    if answer.actions:
        yield Text("Actions", HEAD)
        yield lines(map(action_line, answer.actions))
    if answer.restrictions:
        yield Text("Restrictions", HEAD)
        yield from restrictions(answer.restrictions)
    if answer.findings:
        yield Text("Findings", HEAD)
        yield findings(answer.findings)
    if answer.notices or answer.appeals:
        yield Text("Notices and appeals", HEAD)
        yield lines((*map(_notice, answer.notices), *map(_appeal, answer.appeals)))
    if answer.notes or answer.refusals:
        yield Text("Notes and refusals", HEAD)
        yield lines(map(_note, (*answer.notes, *answer.refusals)))


def _report(report: Report) -> Line:
    said = f"{report.report}: {report.category}, from {report.source}; {closing(report)}"
    return when(report.filed_at), report.entry.operator, said


def closing(report: Report) -> str:
    """
    Return what became of a report: ``open``, ``actioned by a-1``, ``duplicate of r-1``.
    """
    if report.outcome is None:
        return "open"
    by = f" by {report.action}" if report.action else ""
    of = f" of {report.duplicate_of}" if report.duplicate_of else ""
    return f"{report.outcome}{by}{of}"


def _request(known: RequestOnRecord) -> Line:
    request, asked = known.request, known.request.asked
    said = f"{request.request}: {asked.measure}{on(asked.scope)}; {known.state}"
    if request.approvals:
        said += f"; approved by {listed(each.operator for each in request.approvals)}"
    if request.keeper != request.entry.operator:
        said += f"; {request.keeper} answers for it"
    if request.action is not None:
        said += f"; {request.action}"
    return when(request.entry.recorded_at), request.entry.operator, said


def action_line(known: ActionOnRecord) -> Line:
    """
    Return an action in one line: when, by whom, what, and whether it is in force.
    """
    action, status = known.action, known.status.replace("-", " ")
    said = f"{action.taken.measure}{on(action.taken.scope)}; {status}; {action.action}"
    text = Text(said)
    if action.owes_review:
        text.append("; ").append("an override that nobody has reviewed", ALARM)
    return when(action.effective_at), action.operator, text


def _notice(notice: Notice) -> Line:
    said = f"notice of {notice.action} by {notice.channel}"
    return when(notice.delivered_at), notice.entry.operator, said


def _appeal(appeal: Appeal) -> Line:
    said = f"{appeal.appeal}: appeal against {appeal.filed.action}; {appeal.state}"
    if appeal.decision is not None:
        said += f" by {appeal.decision.operator}"
    return when(appeal.entry.recorded_at), appeal.filed.appellant, said


def _note(entry: Entry) -> Line:
    _, by, said = _line(Occurrence(entry.recorded_at, Told.RECORDED, entry.kind, None, entry))
    return when(entry.recorded_at), by, said


def entries(rows: Iterable[Entry]) -> Page:
    """
    Yield a table of entries, or several where there are many.
    """
    head = Row(("entry", "recorded (UTC)"), ("stream",), ("kind", "by"))
    yield from table(head, map(_entry, rows))


def _entry(entry: Entry) -> Row:
    return Row(
        (f"{entry.log}:{entry.position}", stamp(entry.recorded_at)),
        (entry.stream,),
        (entry.kind, entry.operator),
    )


def follow(rows: Iterable[Entry]) -> Page:
    """
    Yield a line for each entry, as it comes.
    """
    for entry in rows:
        said = f"{entry.log}:{entry.position} {entry.kind} on {entry.stream}"
        yield lines([(stamp(entry.recorded_at), entry.operator, said)])
