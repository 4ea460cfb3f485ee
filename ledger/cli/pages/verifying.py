"""
The page of a verification: a verdict for each question, and what does not hold.
"""

from typing import Final

from rich.text import Text

from ledger.cli.pages.parts import counted
from ledger.cli.paper import ALARM, BACK, CALM, HEAD, Page, columns
from ledger.proofs.verdict import Verdict
from ledger.store.verification.finding import Finding
from ledger.store.verification.report import (
    PrefixReport,
    ScrubReport,
    SuffixReport,
    Verification,
)

_STYLES: Final = {
    Verdict.VERIFIED: CALM,
    Verdict.TAMPERED: ALARM,
    Verdict.UNVERIFIABLE: BACK,
}
_NOT_ASKED: Final = "not asked"


def verify(answer: Verification) -> Page:
    """
    Yield what was asked with what it came to, and each place that does not hold.
    """
    yield Text(answer.verdict, f"{HEAD} {_STYLES[answer.verdict]}")
    table = columns("question", "verdict", "what was compared")
    for name, report, told in (
        ("prefix", answer.prefix, _prefix(answer.prefix) if answer.prefix else ""),
        ("suffix", answer.suffix, _suffix(answer.suffix) if answer.suffix else ""),
        ("scrub", answer.scrub, _scrub(answer.scrub) if answer.scrub else ""),
    ):
        if report is None:
            table.add_row(name, Text(_NOT_ASKED, BACK), "")
        else:
            verdict = Text(report.verdict, _STYLES[report.verdict])
            table.add_row(name, verdict, report.why or told)
    yield table
    if answer.findings:
        yield Text(
            f"{counted(len(answer.findings), 'finding')}, the first bad position first", HEAD
        )
        found = columns("place", "what", "why")
        for finding in answer.findings:
            found.add_row(_place(finding), Text(finding.what, ALARM), finding.why)
        yield found


def _prefix(report: PrefixReport) -> str:
    source = "the bytes of the entries" if report.from_bytes else "the tree as it is stored"
    return (
        f"{counted(len(report.held), 'checkpoint')} against {source};"
        f" the largest covers {report.covered} of {_entries(report.entries)}"
    )


def _suffix(report: SuffixReport) -> str:
    since = ", ".join(f"{each.size} in log {each.log}" for each in report.since)
    return f"{_entries(report.entries)} behind {since}"


def _scrub(report: ScrubReport) -> str:
    told = [
        f"{_entries(report.entries)} of {report.bytes} bytes",
        f"{report.coverage} % of what the heads have",
        f"others saw {report.anchored} of them come",
    ]
    missing = {
        "tile": report.missing_tiles,
        "snapshot": report.missing_snapshots,
    }
    told += [
        f"{counted(count, name)} missing, which `ledger rebuild` adds"
        for name, count in missing.items()
        if count
    ]
    if report.retained_payloads:
        payloads = counted(report.retained_payloads, "payload")
        told.append(f"{payloads} of subjects that were erased are there still")
    return "; ".join(told)


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _place(finding: Finding) -> str:
    parts = [] if finding.position is None else [f"{finding.log}:{finding.position}"]
    if finding.stream is not None:
        version = "" if finding.version is None else f"@{finding.version}"
        parts.append(f"{finding.stream}{version}")
    return " ".join(parts)
