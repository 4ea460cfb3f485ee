"""
Decisions about personal data: a hold beats a retention rule, and that beats an erasure.

Only the system or the role ``admin`` decides about personal data; the role ``privacy`` may erase,
hide and redact too. Whoever may act may read, since the reading is on record.
"""

from typing import Final

import attrs

from ledger.errors import Malformed, NotFound, Refused
from ledger.moderation.authority import ADMIN
from ledger.moderation.commands import Command
from ledger.moderation.commands.privacy import (
    Erase,
    PlaceHold,
    RecordRead,
    Redact,
    ReleaseHold,
    SetRetention,
    Suppress,
    Unsuppress,
)
from ledger.moderation.decisions.situation import (
    Decision,
    Permission,
    Situation,
    permission,
    refused,
)
from ledger.moderation.entry import Draft, Entry
from ledger.moderation.events import Event, Outcome, Verdict
from ledger.moderation.events.privacy import (
    HoldPlaced,
    HoldReleased,
    PersonalDataRead,
    Redacted,
    RetentionSet,
    SubjectErased,
    SubjectKind,
    Suppressed,
    SuppressionEnded,
)
from ledger.moderation.identity import SYSTEM
from ledger.moderation.moment import shortest
from ledger.moderation.privacy import (
    MEASURE,
    PRIVACY_STREAM,
    READS_STREAM,
    Hold,
    Kept,
    kept_by,
)
from ledger.moderation.safeguards import AUTHORITY, Stop
from ledger.moderation.sealing import Kind, nobody

PRIVACY_ROLE: Final = "privacy"
LEGAL_HOLD: Final = "legal-hold"
RETENTION: Final = "retention"

_ADMINS: Final = (ADMIN,)
_PRIVACY: Final = (ADMIN, PRIVACY_ROLE)
_SEALED: Final = "a ledger that was made sealed: `ledger init --sealed`, sealed=True"


def erase(command: Erase, situation: Situation) -> Decision:
    """
    Return the decision to erase a subject; nothing when that was done.

    Raises:
        Malformed: When the ledger is not sealed.

        NotFound: When nobody knows the subject.
    """
    _assert_sealed(situation, "there is no key to destroy")
    kind, subject = command.about()
    if subject == nobody(Kind(kind)):
        raise no_subject(kind, subject)
    found = _permission(situation, _PRIVACY)
    if found.failing is None and subject in situation.privacy.erased:
        return Decision(subject)
    if found.failing is None:
        found = _safeguarded(found, situation, kind, subject)
    if found.denied:
        return refused(command, situation, found, PRIVACY_STREAM)
    event = SubjectErased(
        subject=subject,
        kind=kind,
        basis=command.basis,
        verdicts=found.verdicts,
        relied_on=situation.relied_on(),
        authority=found.now,
        context=situation.context(command),
    )
    return Decision(subject, (Draft(PRIVACY_STREAM, event, command.by),))


def _safeguarded(
    found: Permission, situation: Situation, kind: SubjectKind, subject: str
) -> Permission:
    """
    Return *found* with what legal holds and retention rules say of an erasure.
    """
    privacy, version = situation.privacy, situation.policy.version
    holds = map(_held, privacy.holds_in_force(subject))
    kept = kept_by(privacy, subject, kind, situation.now, situation.on_record)
    verdicts, stops = list(found.verdicts), list[Stop]()
    for name, each in ((LEGAL_HOLD, holds), (RETENTION, map(_kept, kept))):
        stops += each
        why = "; ".join(stop.why for stop in stops) or None
        outcome = Outcome.STOPPED if stops else Outcome.PASSED
        verdicts.append(Verdict(name=name, policy=version, outcome=outcome, why=why))
        if stops:
            break
    return attrs.evolve(found, verdicts=tuple(verdicts), stops=tuple(stops))


def _held(hold: Hold) -> Stop:
    placed = hold.placed
    return Stop(
        f"hold {hold.terms.hold!r} for {hold.terms.reference!r} stands, which"
        f" {placed.operator!r} placed at {shortest(placed.recorded_at)}",
        f"hold {hold.terms.hold!r} to be released",
    )


def _kept(kept: Kept) -> Stop:
    rule = kept.rule.event
    assert isinstance(rule, RetentionSet)
    until = shortest(kept.until)
    return Stop(
        f"the retention rule for {rule.covers!r}, which {kept.rule.operator!r} set, has it kept"
        f" until {until}",
        f"an erasure at {until} or later",
    )


def suppress(command: Suppress, situation: Situation) -> Decision:
    """
    Return the decision to hide personal fields from a class of reader.

    Raises:
        Malformed: When the ledger is not sealed.

        NotFound: When there is no such entry.
    """
    _assert_sealed(situation, "no field can be told to be personal")
    log = None if command.position is None else command.log or 0
    if (
        log is not None
        and command.position is not None
        and not situation.on_record.has(log, command.position)
    ):
        raise NotFound(
            f"log {log} has no entry at position {command.position}",
            where="position",
            expected="the position of an entry",
        )
    event = Suppressed(
        suppression=command.suppression or situation.new_id(),
        reader=command.reader,
        account=command.account,
        log=log,
        position=command.position,
        reason=command.reason,
    )
    return _decided(command, situation, event, event.suppression, roles=_PRIVACY)


def unsuppress(command: Unsuppress, situation: Situation) -> Decision:
    """
    Return the decision to show again what was hidden.

    Raises:
        NotFound: When there is no such suppression.

        Refused: When it was ended before.
    """
    known = situation.privacy.suppressions.get(command.suppression)
    if known is None:
        raise _none("suppression", command.suppression)
    if known.ended is not None:
        raise _over("suppression", command.suppression, "ended", known.ended)
    event = SuppressionEnded(suppression=command.suppression, reason=command.reason)
    return _decided(command, situation, event, command.suppression, roles=_PRIVACY)


def redact(command: Redact, situation: Situation) -> Decision:
    """
    Return the decision to put on record that fields were left out of a bundle.
    """
    event = Redacted(bundle=command.bundle, fields=command.fields, reason=command.reason)
    return _decided(command, situation, event, command.bundle, roles=_PRIVACY)


def set_retention(command: SetRetention, situation: Situation) -> Decision:
    """
    Return the decision to have something kept for so long.

    Raises:
        Malformed: When it is about a measure that is unknown.
    """
    if command.covers.startswith(MEASURE):
        situation.measures[command.covers.removeprefix(MEASURE)]
    event = RetentionSet(covers=command.covers, seconds=command.period, reason=command.reason)
    return _decided(command, situation, event, command.covers, roles=_ADMINS)


def place_hold(command: PlaceHold, situation: Situation) -> Decision:
    """
    Return the decision to place a hold.

    Raises:
        Malformed: When it is about an alias, and the ledger is not sealed.

        Refused: When the subject is erased already.
    """
    if command.subject is not None:
        _assert_sealed(situation, "nobody has an alias")
    kind, subject = command.about()
    erased = situation.privacy.erased.get(subject)
    if erased is not None:
        raise Refused(
            f"{kind} {subject!r} was erased at {shortest(erased.recorded_at)}",
            rule="erased",
            by=erased.operator,
            at=shortest(erased.recorded_at),
            expected="a subject that is not erased",
        )
    event = HoldPlaced(
        hold=command.hold or situation.new_id(),
        subject=subject,
        kind=kind,
        reference=command.reference,
        reason=command.reason,
    )
    return _decided(command, situation, event, event.hold, roles=_ADMINS)


def release_hold(command: ReleaseHold, situation: Situation) -> Decision:
    """
    Return the decision to release a hold.

    Raises:
        NotFound: When there is no such hold.

        Refused: When it was released before.
    """
    known = situation.privacy.holds.get(command.hold)
    if known is None:
        raise _none("hold", command.hold)
    if known.released is not None:
        raise _over("hold", command.hold, "released", known.released)
    event = HoldReleased(hold=command.hold, reason=command.reason)
    return _decided(command, situation, event, command.hold, roles=_ADMINS)


def record_read(command: RecordRead, situation: Situation) -> Decision:
    """
    Return the decision to put a reading of personal data on record.
    """
    event = PersonalDataRead(
        read=situation.new_id(),
        question=command.question,
        purpose=command.purpose,
        account=command.account,
        operator=command.operator,
        reader=command.reader,
    )
    return _decided(command, situation, event, event.read, roles=None, stream=READS_STREAM)


def _decided(  # noqa: PLR0913, how one is decided is said beside it
    command: Command,
    situation: Situation,
    event: Event,
    result: str,
    *,
    roles: tuple[str, ...] | None,
    stream: str = PRIVACY_STREAM,
) -> Decision:
    """
    Return the decision to record *event*, with what it relied on, where one of *roles* may.
    """
    found = _permission(situation, roles)
    if found.denied:
        return refused(command, situation, found, stream)
    complete = attrs.evolve(  # type: ignore[misc]
        event,
        relied_on=situation.relied_on(),
        authority=found.now,
        context=situation.context(command),
    )
    return Decision(result, (Draft(stream, complete, command.by),))


def _permission(situation: Situation, roles: tuple[str, ...] | None) -> Permission:
    """
    Return whether the operator may act now, and has one of *roles* where it takes one.
    """
    found = permission(situation)
    now = found.now
    if found.failing is not None or now is None or roles is None:
        return found
    if situation.by.operator == SYSTEM or set(roles) & set(now.roles):
        return found
    why = f"does not have the role {' or '.join(map(repr, roles))}"
    failing = attrs.evolve(now, permitted=False, why=why)
    return Permission(now, failing, (situation.policy.stopped(AUTHORITY, why),))


def no_subject(kind: SubjectKind, name: str) -> NotFound:
    """
    Return the error for somebody whom nobody knows, or not any more.
    """
    return NotFound(
        f"there is no {kind} {name!r}, or not any more",
        where=kind,
        expected="somebody who is on record; of who is erased already, the alias",
    )


def _assert_sealed(situation: Situation, so: str) -> None:
    if not situation.sealed:
        raise Malformed(f"this ledger is not sealed: {so}", where="ledger", expected=_SEALED)


def _none(what: str, name: str) -> NotFound:
    return NotFound(
        f"there is no {what} {name!r}", where=what, expected=f"the id of a {what} on record"
    )


def _over(what: str, name: str, done: str, entry: Entry) -> Refused:
    at = shortest(entry.recorded_at)
    return Refused(
        f"{what} {name!r} was {done} by {entry.operator!r} at {at}",
        rule=f"already-{done}",
        by=entry.operator,
        at=at,
        expected=f"a {what} in force",
    )
