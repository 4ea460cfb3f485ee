"""
Pages about policies: one of them, what it said of an act, and what it would have said of all.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rich.text import Text

from ledger.cli.checking import CheckedPolicy
from ledger.cli.pages.parts import counted, rests_on, table, told
from ledger.cli.paper import ALARM, BACK, CALM, HEAD, WHO, Fact, Line, Page, Row, facts, lines
from ledger.cli.wording import listed, when
from ledger.forensics.backtest import Backtest
from ledger.forensics.policing import (
    NotAdopted,
    PolicyAnswer,
    RefusedAttempt,
    SafeguardsAnswer,
)
from ledger.forensics.who import PolicyThen, Safeguard
from ledger.moderation.events import Outcome, Verdict
from ledger.timeline.backtest import Judged, Judgement

_OUTCOME_STYLES: Final = {
    Outcome.PASSED: CALM,
    Outcome.STOPPED: ALARM,
    Outcome.OVERRIDDEN: ALARM,
    Outcome.NOT_ADOPTED: BACK,
}
_JUDGEMENT_STYLES: Final = {
    Judgement.ALLOWED: CALM,
    Judgement.DELAYED: "yellow",
    Judgement.STOPPED: ALARM,
}


def policy(answer: PolicyAnswer) -> Page:
    """
    Yield a policy: who adopted it, what it asks for, its text, and the others that there were.
    """
    title = f" · {answer.title}" if answer.title else ""
    yield Text(f"{answer.policy.version}{title}", HEAD)
    yield facts(
        [
            ("adopted", adoption(answer.policy)),
            *_ended(answer),
            ("not adopted", listed(answer.not_adopted)),
            rests_on(answer.cut),
        ]
    )
    if answer.safeguards:
        yield Text("Safeguards", HEAD)
        yield facts(
            (each.name, "" if each.name == each.rule else f"by the rule {each.rule}")
            for each in answer.safeguards
        )
    if answer.text is not None:
        yield Text(f"As it was written, in {str(answer.syntax).upper()}", HEAD)
        yield Text(answer.text.rstrip("\n"))
    if len(answer.versions) > 1:
        yield Text("All that were adopted", HEAD)
        yield facts((each.version, adoption(each)) for each in answer.versions)


def _ended(answer: PolicyAnswer) -> Iterator[Fact]:
    if answer.in_force_until is not None:
        yield "in force", f"until {when(answer.in_force_until)} UTC"


def adoption(known: PolicyThen) -> str:
    """
    Return who adopted a policy, and when.
    """
    if known.adopted_at is None:
        return "by nobody; it holds until a policy is adopted"
    return f"{when(known.adopted_at)} UTC by {known.adopted_by}"


def safeguards(answer: SafeguardsAnswer) -> Page:
    """
    Yield what was checked before an act, what was not, and what would be said of it today.
    """
    yield Text(f"{answer.action} · {answer.measure} · {answer.account} · ", HEAD).append(
        answer.operator, WHO
    )
    today = answer.today
    yield facts(
        [
            ("policy", _then(answer.policy)),
            ("today", Text(f"{today.policy.version}: ").append_text(_judgement(today.judgement))),
            rests_on(answer.cut),
        ]
    )
    if answer.verdicts:
        yield Text("What was checked", HEAD)
        yield lines(map(_verdict, answer.verdicts))
    if answer.not_adopted:
        yield Text("What was not", HEAD)
        yield facts(_lacking(answer.not_adopted))
    if answer.refused:
        yield Text("What was refused before it", HEAD)
        yield from told(map(_refused, answer.refused))
    yield Text("What would be said of it today", HEAD)
    yield lines(map(_verdict, today.verdicts))


def _then(known: PolicyThen | None) -> str:
    if known is None:
        return "none on record"
    if known.adopted_at is None:
        return f"{known.version}, since none was adopted"
    return f"{known.version}, adopted {adoption(known)}"


def _judgement(said: Judgement) -> Text:
    return Text("the act would be ").append(said, _JUDGEMENT_STYLES[said])


def _verdict(verdict: Safeguard | Verdict) -> Line:
    outcome = Text(verdict.outcome.replace("-", " "), _OUTCOME_STYLES[verdict.outcome])
    return outcome, verdict.name, verdict.why or ""


def _lacking(rules: Iterable[NotAdopted]) -> Iterator[Fact]:
    """
    Yield the rules that were dropped, by whom and when, and those that no policy had.
    """
    never = []
    for known in rules:
        if known.dropped_by is None:
            never.append(known.rule)
        else:
            dropped = known.dropped_by
            yield known.rule, f"not since {dropped.version}, adopted {adoption(dropped)}"
    if never:
        yield "never had", listed(never)


def _refused(attempt: RefusedAttempt) -> Line:
    said = f"{attempt.command}; {listed(_stops(attempt.verdicts))}"
    if attempt.expected is not None:
        said += f"; expected {attempt.expected}"
    return when(attempt.recorded_at), attempt.by, said


def _stops(verdicts: Iterable[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        if verdict.outcome is Outcome.STOPPED:
            yield f"{verdict.name}: {verdict.why}"


def backtest(answer: Backtest) -> Page:
    """
    Yield how many acts a policy would have stopped, how many of these were reversed later, and
    which they are.
    """
    yield Text(f"{answer.policy} · ", HEAD).append(
        f"{answer.stopped} of {counted(answer.actions, 'act')} stopped",
        ALARM if answer.stopped else CALM,
    )
    yield facts(
        [
            (
                "of these",
                f"{answer.stopped_later_reversed} reversed later, {answer.stopped_stood} stood",
            ),
            ("delayed", counted(answer.delayed, "act")),
            rests_on(answer.cut),
        ]
    )
    if answer.stopped or answer.delayed:
        yield ""
        head = Row(("would be",), ("action",), ("why",))
        concerned = (row for row in answer.rows if row.judgement is not Judgement.ALLOWED)
        yield from table(head, map(_judged, concerned))


def _judged(row: Judged) -> Row:
    return Row((row.judgement,), (row.action,), (listed(_stops(row.verdicts)),))


def check_policy(answer: CheckedPolicy) -> Page:
    """
    Yield what a policy would ask for.
    """
    yield Text(f"{answer.title or 'untitled'} · ", HEAD).append("could be adopted", CALM)
    yield facts(
        [
            ("written in", str(answer.syntax).upper()),
            *((name.replace("_", " "), _said(value)) for name, value in answer.others.items()),
            ("not adopted", listed(answer.not_adopted)),
        ]
    )
    if answer.safeguards:
        yield Text("Safeguards", HEAD)
        yield facts(map(_asked, answer.safeguards))


def _asked(safeguard: Mapping[str, object]) -> Fact:
    """
    Return a safeguard: its rule, and the name and all else that is written in it.
    """
    rule, name = str(safeguard["rule"]), str(safeguard["name"])
    said = Text() if name == rule else Text(f"{name}\n")
    others = {key: value for key, value in safeguard.items() if key not in ("name", "rule")}
    return rule, said.append(_said(others))


def _said(value: object) -> str:
    """
    Return a value of a policy in words: ``measures suspend, lock; approvals (role senior)``.
    """
    if isinstance(value, Mapping):
        return "; ".join(f"{name.replace('_', ' ')} {_said(said)}" for name, said in value.items())
    if isinstance(value, list):
        return listed(
            f"({_said(one)})" if isinstance(one, Mapping) else _said(one) for one in value
        )
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
