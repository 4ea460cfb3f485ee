"""
The page of a bundle of evidence: the verdict, what stands against it, and the story that it proves.
"""

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from ledger.cli.paper import ALARM, BACK, CALM, HEAD, Fact, Page, facts
from ledger.cli.wording import listed, on, span, stamp, when
from ledger.proofs.evidence import Finding, Proven
from ledger.proofs.verdict import Verdict
from ledger.timeline.evidence import Cause, Evidence, Held, Proof, Status, Told, moment_of

_STYLES: Final = {
    Verdict.VERIFIED: CALM,
    Verdict.TAMPERED: ALARM,
    Verdict.UNVERIFIABLE: "yellow",
}
_NEVER: Final = {
    Status.WITHDRAWN: "withdrawn before its effect",
    Status.NEVER_IN_FORCE: "never in force",
    Status.HOLDS_NOTHING: "done at once, it holds nothing",
}


def check(answer: Evidence) -> Page:
    """
    Yield the verdict, and the story if it is that the bundle is verified.
    """
    yield Text(str(answer.verdict), _STYLES[answer.verdict])
    yield facts((found.what, _against(found)) for found in answer.findings)
    if answer.proven is None:
        return
    yield facts(_vouchers(answer.proven))
    for told in answer.story:
        yield ""
        yield _headline(told)
        yield facts(_story(told))
    yield ""
    for sentence in answer.not_shown:
        yield Text(f"not shown: {sentence}", BACK)


def _against(found: Finding) -> str:
    place = "" if found.position is None else f"log {found.log} position {found.position}: "
    return f"{place}{found.why}"


def _vouchers(proven: Proven) -> Iterator[Fact]:
    checkpoint, bundle = proven.checkpoint, proven.bundle
    yield "entries", f"{len(bundle.leaves)} of the {checkpoint.size} of {checkpoint.origin}"
    for name, time in sorted(proven.times.items()):
        at = moment_of(time)
        yield "seen by", f"{name}, {stamp(at)}" if at else name
    if proven.since is not None:
        yield "goes on from", f"your checkpoint of size {proven.since.size}"
    for anchor in bundle.anchors:
        yield "not checked", f"{anchor.kind} timestamp at size {anchor.size}"


def _headline(told: Told) -> Text:
    text = Text(f"{told.measure}{on(told.scope)} · {told.action} · ", HEAD)
    if told.status is not Status.RESTRICTION:
        return text.append(_NEVER[told.status], BACK)
    if told.until is None:
        return text.append("no end known", ALARM)
    return text.append(f"{span(told.until - told.from_)}, {told.ended_by}", ALARM)


def _story(told: Told) -> Iterator[Fact]:
    yield "from", when(told.from_)
    if told.until is not None:
        yield "until", when(told.until)
    yield "by", f"{told.opened.by}{_held(told.authority)}"
    yield "asked for", when(told.requested_at)
    yield "because of", _because(told.because_of)
    yield from _proof("begun", told.opened)
    for guarded in told.safeguards:
        yield "safeguard", f"{guarded.name} ({guarded.policy}): {guarded.outcome}"
    if told.closed is not None:
        yield "ended by", told.closed.by
        yield from _proof("ended", told.closed)
    for found in told.findings:
        yield "found", f"{found.cause} by {found.by}, {found.source}; {found.status}"


def _proof(what: str, proof: Proof) -> Iterator[Fact]:
    if proof.reason is not None:
        yield f"{what}, why", proof.reason
    bounds = (("after", proof.logged_after), ("by", proof.logged_before))
    logged = " and ".join(f"{word} {stamp(at)}" for word, at in bounds if at is not None)
    place = f"log {proof.log} position {proof.position}, recorded {stamp(proof.recorded_at)}"
    yield f"{what}, proof", f"{place}{f'; logged {logged}' if logged else ''}"


def _held(held: Held | None) -> str:
    if held is None:
        return ""
    words = [held.kind, *(word for word in (held.contract, held.vendor) if word), *held.roles]
    return f" ({listed(words)}{', on the last day' if held.last_day else ''})"


def _because(because_of: str | tuple[Cause, ...]) -> str:
    if isinstance(because_of, str):
        return because_of
    return listed(
        (f"report {one.report}: {one.category}, from {one.source}" for one in because_of),
        "no report",
    )
