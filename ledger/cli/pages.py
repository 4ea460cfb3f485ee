"""
Answers as pages for people: one function a question.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from ledger.book.status import Status, UnfinishedImport
from ledger.cli.paper import (
    ALARM,
    BACK,
    CALM,
    HEAD,
    WHO,
    Fact,
    Line,
    Page,
    Row,
    facts,
    lines,
    listing,
    print_page,
    quoted,
)
from ledger.cli.wording import (
    because,
    clock,
    day,
    employment,
    ending,
    listed,
    on,
    permitted,
    sentence,
    span,
    stamp,
    when,
)
from ledger.forensics.authority import AuthorityAnswer, Check, OperatorAnswer
from ledger.forensics.who import Answer, Answers, Closing, Opening, RefusedReversal
from ledger.moderation.account import Finding, Report
from ledger.moderation.authority import Authority
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import Cause
from ledger.moderation.vocabulary import Effect
from ledger.timeline.cut import Cut
from ledger.timeline.dossier import ActionOnRecord, Dossier
from ledger.timeline.occurrences import Occurrence, Told
from ledger.timeline.restrictions import Restriction
from ledger.timeline.standing import Standing

# A list is drawn from so many rows at a time, so that one of any length takes little memory.
ROWS_A_TABLE: Final = 500

_CAUSE_STYLES: Final = {
    Cause.DELIBERATE: ALARM,
    Cause.COMPROMISED: ALARM,
    Cause.ERROR: "yellow",
    Cause.AUTOMATED_FAULT: "yellow",
    Cause.CORRECT: CALM,
    Cause.UNDETERMINED: BACK,
}


def show(answer: Any, name: str) -> None:
    """
    Print the page of an *answer* to the question *name*.
    """
    print_page(PAGES[name](answer))


def _rests_on(cut: Cut) -> Fact:
    entries = sum(cut.positions.values())
    settled = "" if cut.settled else ", not settled yet"
    unfinished = ", while an import is unfinished" if cut.import_unfinished else ""
    return "as known", f"{when(cut.known_at)} UTC, from {entries} entries{settled}{unfinished}"


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


def who(answers: Answers) -> Page:
    """
    Yield the story of each restriction that matched.
    """
    if not answers:
        yield "No restriction matches."
    for answer in answers:
        yield headline(answer.restriction)
        yield facts(story(answer))
        if answer.findings:
            yield Text("Findings", HEAD)
            yield findings(answer.findings)
        yield ""
    yield facts([_rests_on(answers.cut)])


def headline(restriction: Restriction) -> Text:
    """
    Return a restriction in one line: what, on which account, for how long.
    """
    text = Text(f"{restriction.measure}{on(restriction.scope)} · {restriction.account} · ", HEAD)
    if restriction.lasting is None:
        return text.append("no end known", ALARM)
    text.append(span(restriction.lasting), ALARM)
    return text.append(f" ({restriction.seconds:g} seconds)", "not bold")


def story(answer: Answer) -> Iterator[Fact]:
    """
    Yield who opened a restriction, why, by what right, past which safeguards, and who ended it.
    """
    opened, restriction = answer.opened, answer.restriction
    began, held = opened.effective_at, opened.authority
    until = restriction.until
    yield "in force", f"{when(began)} until {when(until, began) if until else 'further notice'}"
    yield "opened by", _person(opened.by, held)
    if held.leaves_at is not None:
        leaves = f", leaves {when(held.leaves_at, began)}"
        yield "last day", Text(f"yes{leaves}", ALARM) if held.last_day else f"no{leaves}"
    yield "asked for", _asked(opened)
    yield "because of", listed(map(because, opened.because_of))
    yield from _reason(opened.reason)
    yield "permitted", _permission(opened)
    if answer.safeguards:
        yield "safeguards", _safeguards(answer)
    if (protected := answer.protected) is not None:
        since = f"{day(protected.from_.date())} by {protected.by}"
        yield "protected", Text(f"as {protected.tier}, since {since}", ALARM)
    for refused in answer.reversals_refused:
        yield "refused", _refused_reversal(refused)
    if (closed := answer.closed) is not None:
        yield "ended", _ended(restriction, closed)
        yield from _reason(closed.reason)
    yield "action", restriction.action
    if restriction.imported:
        yield "recorded", "by the source that it was imported from"


def _person(operator: str, held: Authority) -> Text:
    return Text(operator, WHO).append(f", {employment(held)}", "default")


def _ended(restriction: Restriction, closed: Closing) -> Text:
    text = Text(ending(restriction))
    if closed.authority is not None:
        text.append(f", {employment(closed.authority)}")
    return text


def _reason(reason: str | None) -> Iterator[Fact]:
    if reason is not None:
        yield "", quoted(reason)


def _asked(opened: Opening) -> str:
    text = when(opened.requested_at, opened.effective_at)
    if opened.recorded_at != opened.requested_at:
        text += f", recorded {when(opened.recorded_at, opened.effective_at)}"
    if opened.effective_at > opened.requested_at:
        text += f", {span(opened.effective_at - opened.requested_at)} before it took effect"
    return text


def _permission(opened: Opening) -> str:
    stored = {True: "yes", False: "no", None: "not on record"}[opened.permitted]
    return f"when recorded: {stored}; when it took effect: {permitted(opened.authority)}"


def _safeguards(answer: Answer) -> str:
    outcomes: dict[str, list[str]] = {}
    for safeguard in answer.safeguards:
        outcomes.setdefault(safeguard.outcome, []).append(safeguard.name)
    return "; ".join(
        f"{outcome.replace('-', ' ')}: {listed(names)}" for outcome, names in outcomes.items()
    )


def _refused_reversal(refused: RefusedReversal) -> str:
    return f"{when(refused.recorded_at)} a reversal by {refused.by}; {refused.why}"


def findings(claims: Iterable[Finding]) -> RenderableType:
    """
    Return what was found about an action, in recorded order; nothing is left out.
    """
    return lines((when(claim.stated_at), claim.entry.operator, _claim(claim)) for claim in claims)


def _claim(claim: Finding) -> Text:
    text = found(claim.cause)
    if claim.status != "standing":
        text.append(", ").append(f"{claim.status} since", BACK)
    text.append(f"; {claim.source}\n")
    return text.append_text(quoted(claim.statement))


def found(cause: Cause) -> Text:
    """
    Return the cause that a finding names, in its colour; what is appended has none.
    """
    return Text().append(cause, _CAUSE_STYLES[cause])


def standing(answer: Standing) -> Page:
    """
    Yield where an account stood, and what was in force.
    """
    style = CALM if answer.standing is Effect.ACTIVE else ALARM
    yield Text(f"{answer.account} · ", HEAD).append(answer.standing, style)
    yield facts([("at", f"{when(answer.at)} UTC"), _rests_on(answer.cut)])
    if answer.in_force:
        yield ""
        yield from restrictions(answer.in_force)


def restrictions(rows: Iterable[Restriction]) -> Page:
    """
    Yield a table of restrictions, or several where there are many.
    """
    head = Row(("from (UTC)", "lasting"), ("account", "measure"), ("opened by", "ended"))
    yield from _pieces(head, map(_restriction, rows))


def _restriction(known: Restriction) -> Row:
    lasting = "open" if known.lasting is None else span(known.lasting)
    return Row(
        (stamp(known.from_), lasting),
        (known.account, f"{known.measure}{on(known.scope)}"),
        (known.opened_by, ending(known)),
    )


def _pieces(head: Row, rows: Iterable[Row]) -> Page:
    left = iter(rows)
    while some := list(islice(left, ROWS_A_TABLE)):
        yield listing(head, some)


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
            _rests_on(answer.cut),
        ]
    )
    if answer.reports:
        yield Text("Reports", HEAD)
        yield lines(map(_report, answer.reports))
    if answer.actions:
        yield Text("Actions", HEAD)
        yield lines(map(_action, answer.actions))
    if answer.restrictions:
        yield Text("Restrictions", HEAD)
        yield from restrictions(answer.restrictions)
    if answer.findings:
        yield Text("Findings", HEAD)
        yield findings(answer.findings)
    if answer.notes or answer.refusals:
        yield Text("Notes and refusals", HEAD)
        yield lines(map(_note, (*answer.notes, *answer.refusals)))


def _report(report: Report) -> Line:
    state = report.outcome or "open"
    said = f"{report.report}: {report.category}, from {report.source}; {state}"
    return when(report.filed_at), report.entry.operator, said


def _action(known: ActionOnRecord) -> Line:
    action, status = known.action, known.status.replace("-", " ")
    said = f"{action.taken.measure}{on(action.taken.scope)}; {status}; {action.action}"
    return when(action.effective_at), action.operator, said


def _note(entry: Entry) -> Line:
    _, by, said = _line(Occurrence(entry.recorded_at, Told.RECORDED, entry.kind, None, entry))
    return when(entry.recorded_at), by, said


def operator(answer: OperatorAnswer) -> Page:
    """
    Yield what an operator was at a moment, and was entitled to.
    """
    held = answer.authority
    yield Text(answer.operator, HEAD)
    yield facts(
        [
            ("is", employment(held)),
            *([("name", answer.name)] if answer.name else []),
            *([("account", answer.account)] if answer.account else []),
            *([("starts", f"{when(held.starts_at)} UTC")] if held.starts_at else []),
            *([("leaves", f"{when(held.leaves_at)} UTC")] if held.leaves_at else []),
            ("last day", "yes" if held.last_day else "no"),
            ("may act", permitted(held)),
            ("at", f"{when(answer.at)} UTC"),
            _rests_on(answer.cut),
        ]
    )


def authority(answer: AuthorityAnswer) -> Page:
    """
    Yield what was permitted at the moments of an action, as stored and as computed.
    """
    yield Text(f"{answer.action} · {answer.account} · ", HEAD).append(answer.operator, WHO)
    yield facts(
        [
            ("request", _check(answer.request)),
            ("act", _check(answer.act)),
            ("effect", _check(answer.effect)),
            _rests_on(answer.cut),
        ]
    )


def _check(check: Check) -> Text:
    held = check.computed
    text = Text(f"{when(check.at)}, permitted: {permitted(held)}")
    if held.last_day:
        text.append(", ").append("last day", ALARM)
    if check.agree is not None:
        text.append("; stored the same" if check.agree else "; stored otherwise")
    return text.append(f"\n{employment(held)}")


def entries(rows: Iterable[Entry]) -> Page:
    """
    Yield a table of entries, or several where there are many.
    """
    head = Row(("entry", "recorded (UTC)"), ("stream",), ("kind", "by"))
    yield from _pieces(head, map(_entry, rows))


def _entry(entry: Entry) -> Row:
    return Row(
        (f"{entry.log}:{entry.position}", stamp(entry.recorded_at)),
        (entry.stream,),
        (entry.kind, entry.operator),
    )


def status(answer: Status) -> Page:
    """
    Yield what a ledger is, and how far it is.
    """
    fixed = answer.settings
    recorded_at = answer.recorded_at
    yield Text(fixed.origin, HEAD)
    yield facts(
        [
            ("format", str(fixed.format)),
            ("entries", str(answer.entries)),
            ("last one", "none yet" if recorded_at is None else f"{when(recorded_at)} UTC"),
            *((f"root {log.log}", log.root.hex()) for log in answer.logs if log.size),
            *(("unfinished", _unfinished(begun)) for begun in answer.unfinished_imports),
        ]
    )


def _unfinished(begun: UnfinishedImport) -> str:
    files = listed(begun.files)
    return (
        f"import of {begun.format} from {files}, begun {when(begun.began_at)} UTC;"
        " run it again to resume it"
    )


PAGES: Final[dict[str, Callable[[Any], Page]]] = {
    "account": account,
    "authority": authority,
    "entries": entries,
    "operator": operator,
    "restrictions": restrictions,
    "standing": standing,
    "status": status,
    "timeline": timeline,
    "who": who,
}
