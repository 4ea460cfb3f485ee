"""
What the privacy stream says: who was erased, what is hidden from whom, which holds and retention
rules are in force.

The order is: a hold beats a retention rule, a retention rule beats erasure.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Protocol

import attrs

from ledger.moderation.entry import Entry
from ledger.moderation.events.privacy import (
    HoldPlaced,
    HoldReleased,
    RetentionSet,
    SubjectErased,
    SubjectKind,
    Suppressed,
    SuppressionEnded,
)

PRIVACY_STREAM: Final = "ledger/privacy"
# Reads of personal data have a stream of their own: they are many, and nothing is decided by them.
READS_STREAM: Final = "ledger/reads"
# What a retention rule for the acts of one measure begins with.
MEASURE: Final = "measure:"

_END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)


@attrs.define
class Hold:
    """
    A legal hold: the entry that placed it, and the one that released it, if one did.
    """

    placed: Entry
    released: Entry | None = None

    @property
    def terms(self) -> HoldPlaced:
        """
        Return what was said when it was placed.
        """
        assert isinstance(self.placed.event, HoldPlaced)
        return self.placed.event


@attrs.define
class Suppression:
    """
    A suppression: the entry that began it, and the one that ended it, if one did.
    """

    began: Entry
    ended: Entry | None = None

    @property
    def terms(self) -> Suppressed:
        """
        Return what was said when it began.
        """
        assert isinstance(self.began.event, Suppressed)
        return self.began.event


@attrs.define
class Privacy:
    """
    What the privacy stream makes of itself.

    Args:
        erased: The entry that erased a subject, by subject.

        holds, suppressions: By id, those that ended too.

        retention: The entry with the rule in force, by what it covers; none where it was ended.
    """

    version: int = 0
    erased: dict[str, Entry] = attrs.field(factory=dict)
    holds: dict[str, Hold] = attrs.field(factory=dict)
    suppressions: dict[str, Suppression] = attrs.field(factory=dict)
    retention: dict[str, Entry] = attrs.field(factory=dict)

    def holds_in_force(self, subject: str | None = None) -> list[Hold]:
        """
        Return the holds that stand, or those on one *subject*, in the order in which they were
        placed.
        """
        return [
            hold
            for hold in self.holds.values()
            if hold.released is None and subject in (None, hold.terms.subject)
        ]

    def suppressions_in_force(self, reader: str | None = None) -> list[Suppression]:
        """
        Return the suppressions that hide something, or those that do from one class of *reader*.
        """
        return [
            known
            for known in self.suppressions.values()
            if known.ended is None and reader in (None, known.terms.reader)
        ]


class OnRecord(Protocol):
    """
    What a decision about personal data asks of the entries.
    """

    def last(self, subject: str, kind: SubjectKind, covers: str, /) -> datetime | None:
        """
        Return when the last entry of *subject* was recorded that a retention rule is about; None
        where there is none.
        """

    def has(self, log: int, position: int, /) -> bool:
        """
        Return whether there is an entry at that position.
        """


class _Nothing:
    """
    A ledger without entries.
    """

    def last(self, _subject: str, _kind: SubjectKind, _covers: str) -> None:
        """
        Return None: nothing was recorded of anybody.
        """

    def has(self, _log: int, _position: int) -> bool:
        """
        Return False: there is no entry.
        """
        return False


NOTHING: Final[OnRecord] = _Nothing()


class Kept(NamedTuple):
    """
    A retention rule that forbids an erasure, and until when.
    """

    rule: Entry
    until: datetime


def kept_by(
    privacy: Privacy, subject: str, kind: SubjectKind, now: datetime, on_record: OnRecord
) -> Iterator[Kept]:
    """
    Yield the retention rules by which something of *subject* has to be kept at *now*.
    """
    for covers, entry in privacy.retention.items():
        last = on_record.last(subject, kind, covers)
        if last is not None and (until := _later(last, _seconds(entry))) > now:
            yield Kept(entry, until)


def _seconds(rule: Entry) -> int:
    assert isinstance(rule.event, RetentionSet)
    return rule.event.seconds


def _later(at: datetime, seconds: int) -> datetime:
    left = (_END_OF_TIME - at) // timedelta(seconds=1)
    return _END_OF_TIME if seconds > left else at + timedelta(seconds=seconds)


def advance(privacy: Privacy, entry: Entry) -> None:
    """
    Take *entry* into *privacy*, in place; what it says of something that is not there is nothing.
    """
    privacy.version = entry.version
    match entry.event:
        case SubjectErased(subject=subject):
            privacy.erased.setdefault(subject, entry)
        case HoldPlaced(hold=hold):
            privacy.holds.setdefault(hold, Hold(entry))
        case HoldReleased(hold=hold):
            if (placed := privacy.holds.get(hold)) is not None and placed.released is None:
                placed.released = entry
        case Suppressed(suppression=suppression):
            privacy.suppressions.setdefault(suppression, Suppression(entry))
        case SuppressionEnded(suppression=suppression):
            if (began := privacy.suppressions.get(suppression)) is not None and began.ended is None:
                began.ended = entry
        case RetentionSet(covers=covers, seconds=seconds):
            privacy.retention.pop(covers, None)
            if seconds:
                privacy.retention[covers] = entry


def fold(entries: Iterable[Entry]) -> Privacy:
    """
    Return what *entries* of the privacy stream say, in order.
    """
    privacy = Privacy()
    for entry in entries:
        advance(privacy, entry)
    return privacy
