"""
Pages about what would be otherwise: the plan of an undo, and a history without some of it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text

from ledger.cli.pages.parts import counted, rests_on, some_of, table
from ledger.cli.paper import ALARM, BACK, CALM, HEAD, Fact, Page, Row, facts
from ledger.cli.wording import listed, stamp, when
from ledger.forensics.replay import Replay
from ledger.forensics.undo import UndoAnswer
from ledger.timeline.plan import PLANNED, Fate, Left, Member, Plan, Selection
from ledger.timeline.replay import StandingDifference

# What becomes of the actions of each list, before and after the undo.
_FATES: Final = {
    Fate.REVERSIBLE: ("would be reversed", "reversed"),
    Fate.PENDING: ("would be withdrawn", "withdrawn"),
    Fate.RESTORED: ("would be acted anew", "acted anew"),
    Fate.ENDED: ("over already", "over already"),
    Fate.IRREVERSIBLE: ("cannot be reversed", "could not be reversed"),
    Fate.CHANGED_SINCE: ("changed since by others", "changed since by others"),
}
_ARROW: Final = "\N{RIGHTWARDS ARROW}"


def plan(answer: Plan) -> Page:
    """
    Yield what an undo would do, what it leaves alone and why, and where accounts would stand.
    """
    yield from _plan(answer, applied=False)


def undo(answer: UndoAnswer) -> Page:
    """
    Yield the plan of an undo, and whether it was carried out.
    """
    yield from _plan(answer.plan, applied=answer.applied)
    yield ""
    if answer.parent is not None:
        yield Text("Done: ", HEAD).append(answer.parent, "not bold")
    elif any(member.fate in PLANNED for member in answer.plan.members):
        yield Text("Nothing is done yet: --apply does it.", BACK)
    else:
        yield Text("There is nothing to undo.", BACK)


def _plan(answer: Plan, *, applied: bool) -> Page:
    planned = sum(member.fate in PLANNED for member in answer.members)
    yield Text("Undo of ", HEAD).append(counted(planned, "action"), CALM if applied else ALARM)
    yield facts(
        [
            *_selected(answer.asked),
            ("left alone", counted(len(answer.members) - planned, "action")),
            ("plan", answer.digest),
            rests_on(answer.cut),
        ]
    )
    for fate, (before, after) in _FATES.items():
        if members := answer.of(fate):
            said = after if applied else before
            yield Text(f"{said.capitalize()}: {len(members)}", HEAD)
            yield from table(_MEMBER, map(_member, members))
    if answer.left:
        yield Text("Where the accounts stand", HEAD)
        changed = [known for known in answer.left if known.standing is not known.after]
        yield from table(Row((), ("account",), ("before", "after")), map(_left, changed))
        if unchanged := len(answer.left) - len(changed):
            others = "" if not changed else " other"
            yield facts([("", f"{unchanged}{others} as before")])


def _selected(asked: Selection) -> Iterator[Fact]:
    for label, names in (
        ("operators", asked.operators),
        ("actions", asked.actions),
        ("sessions", asked.sessions),
    ):
        if names:
            yield label, some_of(sorted(names))
    if asked.undo is not None:
        yield "undo", asked.undo
    if asked.since is not None or asked.until is not None:
        since = "the beginning" if asked.since is None else f"{when(asked.since)} UTC"
        until = "now" if asked.until is None else f"before {when(asked.until)} UTC"
        yield "window", f"from {since} until {until}"


_MEMBER: Final = Row(("from (UTC)",), ("account", "measure", "by"), ("action", "note"))


def _member(member: Member) -> Row:
    return Row(
        (stamp(member.from_),),
        (member.account, member.measure, member.operator),
        (member.action, _note(member)),
    )


def _note(member: Member) -> str:
    said = []
    if member.why is not None:
        said.append(member.why)
    if member.superseded is not None:
        said.append(f"in the place of {member.superseded}")
    return listed(said, "")


def _left(known: Left) -> Row:
    return Row((), (known.account,), (known.standing, known.after))


def replay(answer: Replay) -> Page:
    """
    Yield which actions would not have been, and when accounts would have stood otherwise.
    """
    removed = len(answer.removed)
    yield Text(f"Without {counted(removed, 'action')}" if removed else "No action left out", HEAD)
    yield facts(
        [
            *([("left out", some_of(answer.removed))] if answer.removed else []),
            ("differences", _count(answer.differences)),
            rests_on(answer.cut),
        ]
    )
    if answer.differences:
        yield ""
        head = Row(("from (UTC)", "until (UTC)"), ("account",), ("was", "would have been"))
        yield from table(head, map(_difference, answer.differences))


def _count(differences: Sequence[StandingDifference]) -> str:
    if not differences:
        return "none"
    accounts = {difference.account for difference in differences}
    return f"{len(differences)}, on {counted(len(accounts), 'account')}"


def _difference(known: StandingDifference) -> Row:
    until = "no end known" if known.until is None else stamp(known.until)
    return Row((stamp(known.from_), until), (known.account,), (known.was, known.would_have_been))
