"""
The page of a review: each act that deserves a second look, and why.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from rich.text import Text

from ledger.cli.pages.parts import counted, told
from ledger.cli.paper import ALARM, BACK, HEAD, Line, Page
from ledger.cli.wording import listed, when
from ledger.forensics.review import ReviewFinding
from ledger.moderation.vocabulary import Severity

_SEVERITY_STYLES: Final = {
    Severity.SEVERE: ALARM,
    Severity.HIGH: ALARM,
    Severity.MEDIUM: "yellow",
    Severity.LOW: BACK,
    Severity.NONE: BACK,
}


def review(findings: Iterable[ReviewFinding]) -> Page:
    """
    Yield each act with all that was found of it, in order of time, and how much was found.
    """
    found: Counter[Severity] = Counter()
    yield from told(_acts(findings, found))
    of = [f"{found[severity]} {severity}" for severity in _SEVERITY_STYLES if found[severity]]
    told_of = f": {listed(of)}" if of else ""
    yield Text(counted(found.total(), "finding").capitalize(), HEAD).append(told_of, "not bold")


def _acts(findings: Iterable[ReviewFinding], found: Counter[Severity]) -> Iterator[Line]:
    """
    Yield an act a line, and count in *found* what was found.
    """
    for _, of_one in groupby(findings, key=lambda each: (each.log, each.position)):
        first, *others = of_one
        text = Text(f"{first.account} · {first.action}")
        for each in (first, *others):
            found[each.severity] += 1
            text.append(f"\n{each.check}, ").append(each.severity, _SEVERITY_STYLES[each.severity])
            text.append(f": {each.why}")
        yield when(first.at), first.operator, text
