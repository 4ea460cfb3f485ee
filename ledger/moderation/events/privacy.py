"""
What can happen to personal data: a key is destroyed, fields are hidden or left out, holds and
retention forbid erasure, and somebody reads.

Nothing here is sealed, so that it can be read when a key is gone: reasons, references, bases and
purposes name cases and rules, never persons. In a sealed ledger a subject is its alias.
"""

from enum import StrEnum

from ledger.moderation.authority import Authority
from ledger.moderation.events.record import Context, Verdict, event


class SubjectKind(StrEnum):
    """
    Whose personal data it is.
    """

    ACCOUNT = "account"
    OPERATOR = "operator"
    REPORTER = "reporter"


@event("ledger.subject_erased")
class SubjectErased:
    """
    The key of a subject is destroyed, and with it all personal data of the subject.

    Args:
        basis: The legal basis.

        verdicts: What holds and retention rules said of it.
    """

    subject: str
    kind: SubjectKind
    basis: str
    verdicts: tuple[Verdict, ...] = ()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("ledger.suppressed")
class Suppressed:
    """
    Personal fields are hidden from a class of reader; they stay, and can be shown again.

    Args:
        account: All of whose entries; None where it is one entry.

        log, position: Which entry; None where it is an account.

        reader: The class of reader.
    """

    suppression: str
    reader: str
    account: str | None = None
    log: int | None = None
    position: int | None = None
    reason: str
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("ledger.suppression_ended")
class SuppressionEnded:
    """
    What a suppression hid is shown again.
    """

    suppression: str
    reason: str
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("ledger.redacted")
class Redacted:
    """
    Fields were left out of a bundle that went out; in the ledger nothing changed.

    Args:
        bundle: SHA-256 of the bundle in hex.

        fields: Which fields were not disclosed.
    """

    bundle: str
    fields: tuple[str, ...]
    reason: str
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("ledger.retention_set")
class RetentionSet:
    """
    A retention rule: what was recorded is kept for so long. The last rule of its kind is in force.

    Args:
        covers: What it is about: a kind of subject, ``measure:`` and a measure, or a kind of entry.

        seconds: For how long from the recording on; zero where there is no rule any more.
    """

    covers: str
    seconds: int
    reason: str
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("ledger.hold_placed")
class HoldPlaced:
    """
    A legal hold: nothing of the subject is erased while it stands.

    Args:
        reference: What it is for: a case, an order.
    """

    hold: str
    subject: str
    kind: SubjectKind
    reference: str
    reason: str
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("ledger.hold_released")
class HoldReleased:
    """
    A legal hold stands no more.
    """

    hold: str
    reason: str
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None


@event("ledger.personal_data_read")
class PersonalDataRead:
    """
    The operator was shown personal data in plain.

    Args:
        question: What was asked: ``timeline``, ``who``.

        account, operator: Whom it was about, where it was about one.

        reader: The class of reader as which it was asked, where it was one.
    """

    read: str
    question: str
    purpose: str
    account: str | None = None
    operator: str | None = None
    reader: str | None = None
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None
    context: Context | None = None
