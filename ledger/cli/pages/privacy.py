"""
The page about personal data itself.
"""

from datetime import timedelta

from rich.text import Text

from ledger.cli.pages.parts import counted, rests_on, told
from ledger.cli.paper import ALARM, CALM, HEAD, Line, Page, facts, quoted
from ledger.cli.wording import sentence, span, when
from ledger.forensics.privacy import (
    ErasedSubject,
    HoldInForce,
    Placed,
    PrivacyAnswer,
    RuleInForce,
    SuppressionInForce,
)
from ledger.moderation.entry import Entry
from ledger.timeline.occurrences import Occurrence, Told


def privacy(answer: PrivacyAnswer) -> Page:
    """
    Yield the holds and rules that forbid an erasure, what is hidden, and who was erased.
    """
    holds = len(answer.holds)
    yield Text(f"{counted(holds, 'legal hold')} in force", ALARM if holds else CALM)
    yield facts([("erased", counted(len(answer.erased), "subject")), rests_on(answer.cut)])
    if answer.holds:
        yield Text("Legal holds", HEAD)
        yield from told(map(_hold, answer.holds))
    if answer.retention:
        yield Text("Retention rules", HEAD)
        yield from told(map(_rule, answer.retention))
    if answer.suppressions:
        yield Text("Hidden", HEAD)
        yield from told(map(_suppression, answer.suppressions))
    if answer.erased:
        yield Text("Erased", HEAD)
        yield from told(map(_erased, answer.erased))
    if answer.decided:
        yield Text("What was decided", HEAD)
        yield from told(map(_decided, answer.decided))


def _hold(hold: HoldInForce) -> Line:
    return _line(hold.placed, f"{hold.hold}: {hold.kind} {hold.subject}, for {hold.reference}")


def _rule(rule: RuleInForce) -> Line:
    return _line(rule.set, f"{rule.covers}: {span(timedelta(seconds=rule.seconds))}")


def _suppression(known: SuppressionInForce) -> Line:
    entry = known.entry
    what = f"account {known.account}" if entry is None else f"entry {entry.log}:{entry.position}"
    return _line(known.began, f"{known.suppression}: {what}, from {known.reader}")


def _erased(known: ErasedSubject) -> Line:
    return _line(known.erased, f"{known.kind} {known.subject}: {known.basis}")


def _decided(entry: Entry) -> Line:
    said = sentence(Occurrence(entry.recorded_at, Told.RECORDED, entry.kind, None, entry))
    text = Text(said.what)
    if said.quotation is not None:
        text = Text("\n").join([text, quoted(said.quotation)])
    return when(entry.recorded_at), entry.operator, text


def _line(placed: Placed, said: str) -> Line:
    return when(placed.recorded_at), placed.by, said
