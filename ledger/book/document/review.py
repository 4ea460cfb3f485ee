"""
The findings of a review as JSON has them.
"""

from ledger.book.document.value import Document, document, recorded_by
from ledger.forensics.review import ReviewFinding
from ledger.moderation.moment import shortest


@document.register
def _(finding: ReviewFinding) -> Document:
    return {
        "check": finding.check,
        "severity": finding.severity,
        "operator": finding.operator,
        "account": finding.account,
        "action": finding.action,
        "at": shortest(finding.at),
        "log": finding.log,
        "position": finding.position,
        "why": finding.why,
        **recorded_by(imported=finding.imported),
    }
