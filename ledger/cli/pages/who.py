"""
The page of who restricted an account: the story of each restriction that matched.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from ledger.cli.pages.parts import rests_on
from ledger.cli.paper import ALARM, BACK, CALM, HEAD, WHO, Fact, Page, facts, lines, quoted
from ledger.cli.wording import (
    because,
    chain,
    day,
    employment,
    ending,
    listed,
    on,
    permitted,
    span,
    when,
)
from ledger.forensics.who import (
    Answer,
    Answers,
    Closing,
    Known,
    Opening,
    PolicyThen,
    RefusedReversal,
)
from ledger.moderation.account import Finding
from ledger.moderation.authority import Authority
from ledger.moderation.events.account import Cause
from ledger.timeline.restrictions import Restriction

_CAUSE_STYLES: Final = {
    Cause.DELIBERATE: ALARM,
    Cause.COMPROMISED: ALARM,
    Cause.ERROR: "yellow",
    Cause.AUTOMATED_FAULT: "yellow",
    Cause.CORRECT: CALM,
    Cause.UNDETERMINED: BACK,
}

# What may have been told to the ledger instead of seen by it.
_FACTS: Final = {
    "from": "when it began",
    "opened_by": "who began it",
    "until": "when it ended",
    "closed_by": "who ended it",
}


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
    yield facts([rests_on(answers.cut)])


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
    if opened.on_behalf_of is not None:
        yield "on behalf of", chain(opened.on_behalf_of)
    if held.leaves_at is not None:
        leaves = f", leaves {when(held.leaves_at, began)}"
        yield "last day", Text(f"yes{leaves}", ALARM) if held.last_day else f"no{leaves}"
    yield "asked for", _asked(opened)
    yield "because of", listed(map(because, opened.because_of))
    yield from _reason(opened.reason)
    if opened.closed_reports:
        yield "closed", listed(f"report {name}" for name in opened.closed_reports)
    if opened.request is not None:
        yield "approved by", f"{listed(opened.approved_by, 'nobody')} (request {opened.request})"
    yield "permitted", _permission(opened)
    if answer.policy is not None and answer.policy.adopted_at is not None:
        yield "policy", _policy(answer.policy)
    if answer.safeguards:
        yield "safeguards", _safeguards(answer)
    if opened.override is not None:
        yield "overridden", Text("because ", ALARM).append_text(quoted(opened.override))
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
    elif reported := [f for name, f in _FACTS.items() if answer.known.get(name) is Known.REPORTED]:
        yield "told later", listed(reported)


def _policy(policy: PolicyThen) -> str:
    assert policy.adopted_at is not None
    return f"{policy.version}, adopted {when(policy.adopted_at)} by {policy.adopted_by}"


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
