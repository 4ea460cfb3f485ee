"""
`demo`: the eleven minutes as a page.

Every fact on it is an answer of the ledger that was just played; only headings and the moments that
are asked about stand here.
"""

import shlex
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from ledger.book import Ledger
from ledger.cli.frame import Frame, FramedVerb, put
from ledger.cli.pages.accounts import timeline
from ledger.cli.pages.who import found, headline, story
from ledger.cli.paper import (
    ALARM,
    BACK,
    HEAD,
    WHO,
    WIDTH,
    Line,
    Page,
    columns,
    facts,
    lines,
    print_page,
)
from ledger.cli.story import ACCOUNT, ACTION, CONTRACTOR, Played, Refusal, played
from ledger.cli.verbs import LEDGER_VARIABLE, VERBS, Verb
from ledger.cli.wording import clock, day, listed, span, when
from ledger.forensics.who import Answer
from ledger.moderation.account import Finding
from ledger.moderation.identity import operator_stream
from ledger.moderation.moment import moment
from ledger.timeline.occurrences import Occurrence, Told

# When it is asked what was believed: during the restriction, and after each thing that was said.
ASKED: Final = (
    "2017-11-02T22:55:00Z",
    "2017-11-03T00:30:00Z",
    "2017-11-03T02:30:00Z",
    "2017-11-03T16:00:00Z",
    "2017-11-30T00:00:00Z",
    "2017-12-13T00:00:00Z",
    None,
)
TIMES: Final = "\N{MULTIPLICATION SIGN}"
NOTHING: Final = "\N{EN DASH}"
MINUTE: Final = timedelta(minutes=1)
INDENT: Final = 2
INDENT_LEFT: Final = (0, 0, 0, INDENT)
FINDING_STATUSES: Final = ("standing", "revised", "retracted")
SUGGESTED: Final = ("who", "standing", "timeline", "operator")


def made(verb: Verb) -> click.Command:
    """
    Return the command line's *verb*.
    """

    @click.pass_obj
    def demo(frame: Frame, /, keep: str | None, *, color: bool | None) -> None:
        path = None if keep is None else Path(keep)
        with played(path) as told:
            if frame.as_json:
                put(_document(told))
            else:
                print_page(page(told, path), width=WIDTH, color=color)

    return FramedVerb(
        verb.name,
        [
            click.Option(
                ["--keep"], metavar="PATH", help="Keep the ledger in this file, a new one."
            ),
            click.Option(
                ["--color/--no-color"], default=None, help="Colours; on a terminal if omitted."
            ),
        ],
        callback=demo,
    )


def page(told: Played, path: Path | None) -> Page:
    """
    Yield the page: what happened, who did it, what was refused, what was believed, how to ask.
    """
    ledger = told.ledger
    (answer,) = ledger.who(ACCOUNT)
    yield from _title(ledger, answer)
    yield ""
    yield from _night(answer)
    yield from _section("What happened")
    yield from timeline(_timeline(ledger))
    yield Text("  · is computed: it follows from what was recorded, and needs no entry", BACK)
    yield from _section("Who did it")
    yield Padding(headline(answer.restriction), INDENT_LEFT)
    yield facts(story(answer))
    yield from _section("What was refused")
    yield lines(map(_refusal, told.refusals))
    yield from _section("What was believed, and when")
    yield Padding(_believed(ledger, answer), INDENT_LEFT)
    yield ""
    yield f"  {_count(answer.findings)}"
    yield from _section("Ask it yourself")
    yield from _suggestions(path)


def _section(title: str) -> Page:
    yield ""
    yield Rule(Text(title, HEAD), align="left", style=BACK)
    yield ""


def _title(ledger: Ledger, answer: Answer) -> Page:
    restriction, held = answer.restriction, answer.opened.authority
    assert restriction.lasting is not None
    entries = ledger.status().entries
    yield Text("ELEVEN MINUTES", HEAD)
    last_day = ", by an operator on the last day" if held.last_day else ""
    yield (
        f"On {day(restriction.from_.date())} the account {restriction.account} was"
        f" {restriction.effect} for {span(restriction.lasting)}{last_day}."
        f" A ledger of {entries} entries tells who, why, and what was believed when."
        " All times are UTC."
    )


def _night(answer: Answer) -> Page:
    """
    Yield the night as a bar, from the report to the end, one column a minute.
    """
    opened, restriction = answer.opened, answer.restriction
    report, leaves_at = opened.because_of[0].filed_at, opened.authority.leaves_at
    assert report is not None
    assert restriction.until is not None
    assert leaves_at is not None

    def columns_to(at: datetime) -> int:
        return (at - report) // MINUTE

    marks = {
        report: "report",
        opened.requested_at: "asked for",
        restriction.from_: "in effect",
        restriction.until: str(restriction.ended_by),
    }
    times, words = Text("  "), Text("  ", BACK)
    for at, word in marks.items():
        for row, said in ((times, clock(at)), (words, word)):
            row.append(" " * (INDENT + columns_to(at) - len(row)) + said)
    yield times
    yield words
    asked, began, ended = map(columns_to, list(marks)[1:])
    yield (
        Text("  " + "─" * asked, BACK)
        .append("╌" * (began - asked), "yellow")
        .append("█" * (ended - began), ALARM)
    )
    left = f"{opened.by} leaves {clock(leaves_at)} ▲"
    legend = "one column is one minute"
    yield Text(f"  {legend}{left:>{columns_to(leaves_at) + 1 - len(legend)}}", BACK)


def _timeline(ledger: Ledger) -> Sequence[Occurrence]:
    """
    Return the account's timeline with the beginning and the end of the contractor in it.
    """
    (enrolled,) = ledger.entries(stream=operator_stream(CONTRACTOR))
    leaves_at = ledger.operator(CONTRACTOR).authority.leaves_at
    assert leaves_at is not None
    frame = [
        Occurrence(enrolled.recorded_at, Told.RECORDED, enrolled.kind, None, enrolled),
        Occurrence(leaves_at, Told.COMPUTED, "leaves", None, enrolled),
    ]
    return sorted((*frame, *ledger.timeline(ACCOUNT)), key=lambda line: line.at)


def _refusal(refusal: Refusal) -> Line:
    error = refusal.error
    outcome = "on record as refused" if error.recorded else "refused, and nothing was written"
    said = Text(f"{refusal.command} {ACTION}: {outcome}\n").append(error.message, ALARM)
    return when(refusal.at), refusal.by, said


def _believed(ledger: Ledger, now: Answer) -> Table:
    """
    Return what was known of the restriction and of its cause at each moment of `ASKED`.
    """
    authors = dict.fromkeys(finding.entry.operator for finding in now.findings)
    table = columns("asked as of", "down for", *authors)
    for asked in ASKED:
        (answer,) = ledger.who(ACCOUNT, known_at=asked)
        lasting = answer.restriction.lasting
        table.add_row(
            "now" if asked is None else when(moment(asked, "asked")),
            "no end known" if lasting is None else span(lasting),
            *(
                _causes([known for known in answer.findings if known.entry.operator == author])
                for author in authors
            ),
        )
    return table


def _causes(findings: Sequence[Finding]) -> Text:
    standing = Counter(known.cause for known in findings if known.status == "standing")
    revised = [known.cause for known in findings if known.status == "revised"]
    named = (
        found(cause).append("" if number == 1 else f" {TIMES}{number}")
        for cause, number in standing.items()
    )
    text = Text(", ").join(named) if findings else Text(NOTHING, BACK)
    return text.append(f" (was {listed(revised)})", BACK) if revised else text


def _count(findings: Sequence[Finding]) -> str:
    statuses = [finding.status for finding in findings]
    counts = (f"{statuses.count(status)} {status}" for status in FINDING_STATUSES)
    return f"{len(findings)} findings, each recorded when it was said: {listed(counts)}"


def _suggestions(path: Path | None) -> Page:
    kept = path
    commands = []
    if path is None:
        (example,) = VERBS["demo"].examples
        commands.append(example)
        kept = Path(shlex.split(example)[-1])
    commands.append(f"export {LEDGER_VARIABLE}={shlex.quote(f'sqlite:///{kept}')}")
    commands.extend(VERBS[name].examples[0] for name in SUGGESTED)
    yield from (Text(f"  $ {command}", WHO) for command in commands)


def _document(told: Played) -> dict[str, object]:
    ledger = told.ledger
    return {
        "timeline": ledger.timeline(ACCOUNT),
        "who": ledger.who(ACCOUNT),
        "refused": [refusal.error for refusal in told.refusals],
        "believed": [ledger.who(ACCOUNT, known_at=asked) for asked in ASKED],
    }
