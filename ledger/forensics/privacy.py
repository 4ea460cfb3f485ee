"""
What is known about personal data itself: who was erased, what is hidden, held and kept.
"""

from datetime import datetime

import attrs

from ledger.moderation.entry import Entry
from ledger.moderation.events.privacy import RetentionSet, SubjectErased, SubjectKind
from ledger.moderation.privacy import PRIVACY_STREAM, Privacy, Suppression, fold
from ledger.store.reader import Question, Reader
from ledger.timeline.cut import Cut


@attrs.frozen
class Placed:
    """
    Who put something on record, when, and where it stands.
    """

    by: str
    recorded_at: datetime
    log: int
    position: int


@attrs.frozen
class EntryHidden:
    """
    Where the entry stands whose personal fields are hidden.
    """

    log: int
    position: int


@attrs.frozen
class ErasedSubject:
    """
    A subject whose key was destroyed.
    """

    subject: str
    kind: SubjectKind
    basis: str
    erased: Placed


@attrs.frozen
class HoldInForce:
    """
    A legal hold that stands.
    """

    hold: str
    subject: str
    kind: SubjectKind
    reference: str
    reason: str
    placed: Placed


@attrs.frozen
class RuleInForce:
    """
    A retention rule that is in force.
    """

    covers: str
    seconds: int
    reason: str
    set: Placed


@attrs.frozen
class SuppressionInForce:
    """
    A suppression that hides something: all of an account, or one entry.
    """

    suppression: str
    reader: str
    account: str | None
    entry: EntryHidden | None
    reason: str
    began: Placed


@attrs.frozen
class PrivacyAnswer:
    """
    What is in force about personal data at a cut, each in the order in which it was recorded.

    Args:
        decided: Every entry about it, what is over and what was refused too; not who read what.
    """

    holds: tuple[HoldInForce, ...]
    retention: tuple[RuleInForce, ...]
    suppressions: tuple[SuppressionInForce, ...]
    erased: tuple[ErasedSubject, ...]
    decided: tuple[Entry, ...]
    at: datetime
    cut: Cut


def privacy_at(reader: Reader, question: Question) -> Privacy:
    """
    Return what the privacy stream says at the cut of *question*.
    """
    return fold(reader.entries(question, stream=PRIVACY_STREAM))


def privacy_of(reader: Reader, question: Question) -> PrivacyAnswer:
    """
    Return what is in force about personal data.
    """
    entries = tuple(reader.entries(question, stream=PRIVACY_STREAM))
    known = fold(entries)
    holds, hidden = known.holds_in_force(), known.suppressions_in_force()
    return PrivacyAnswer(
        holds=tuple(
            HoldInForce(
                hold=hold.terms.hold,
                subject=hold.terms.subject,
                kind=hold.terms.kind,
                reference=hold.terms.reference,
                reason=hold.terms.reason,
                placed=_placed(hold.placed),
            )
            for hold in holds
        ),
        retention=tuple(map(_rule, known.retention.values())),
        suppressions=tuple(map(_hidden, hidden)),
        erased=tuple(map(_erased, known.erased.values())),
        decided=entries,
        at=question.cut.known_at,
        cut=question.cut,
    )


def _placed(entry: Entry) -> Placed:
    return Placed(entry.operator, entry.recorded_at, entry.log, entry.position)


def _rule(entry: Entry) -> RuleInForce:
    event = entry.event
    assert isinstance(event, RetentionSet)
    return RuleInForce(event.covers, event.seconds, event.reason, _placed(entry))


def _hidden(known: Suppression) -> SuppressionInForce:
    terms = known.terms
    is_entry = terms.log is not None and terms.position is not None
    return SuppressionInForce(
        suppression=terms.suppression,
        reader=terms.reader,
        account=terms.account,
        entry=EntryHidden(terms.log, terms.position) if is_entry else None,  # type: ignore[arg-type]
        reason=terms.reason,
        began=_placed(known.began),
    )


def _erased(entry: Entry) -> ErasedSubject:
    event = entry.event
    assert isinstance(event, SubjectErased)
    return ErasedSubject(event.subject, event.kind, event.basis, _placed(entry))
