"""
What is in force about personal data, as JSON has it.
"""

from ledger.book.document.value import Document, document, rests_on
from ledger.forensics.privacy import PrivacyAnswer


@document.register
def _(answer: PrivacyAnswer) -> Document:
    return {
        **rests_on(answer.at, answer.cut),
        "holds": document(answer.holds),
        "retention": document(answer.retention),
        "suppressions": document(answer.suppressions),
        "erased": document(answer.erased),
        "decided": document(answer.decided),
    }
