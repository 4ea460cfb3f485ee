"""
The operator: what entries make of one, and what he was entitled to at a moment.

Changes have an effective time, so an operator's authority is a function of the moment asked
about; what was known of it is decided by the entries that are folded. An offboarding that is still
to come is told from its recording on: whoever is to leave has a last day, and acts until he leaves.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import attrs

from ledger.moderation.authority import LAST_DAY, Authority, is_last_day
from ledger.moderation.entry import Entry
from ledger.moderation.events import operator as happened
from ledger.moderation.events.operator import OperatorKind
from ledger.moderation.identity import SYSTEM
from ledger.moderation.moment import shortest

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


@attrs.frozen(slots=False)
class Terms:
    """
    On what terms an operator works from one moment on.

    Args:
        trainings: By name, until when each counts; None for ever.
    """

    roles: frozenset[str] = frozenset()
    contract: str | None = None
    vendor: str | None = None
    starts_at: datetime | None = None
    leaves_at: datetime | None = None
    barred: str | None = None
    trainings: Mapping[str, datetime | None] = attrs.field(factory=dict)


class Change(NamedTuple):
    """
    One change of an operator's terms: in force from when, recorded where.
    """

    from_: datetime
    position: int
    entry: Entry


class Span(NamedTuple):
    """
    The half-open time ``[from_, until)`` in which an operator worked on the same terms.

    Args:
        from_: None for since ever: enrolment makes known, and begins nothing.

        until: None while no end is known.
    """

    from_: datetime | None
    until: datetime | None
    terms: Terms


@attrs.define
class Operator:
    """
    An operator at one version.

    Args:
        kind: None until the operator is enrolled.

        account: The operator's own account on the platform.

        changes: Every change of terms, by effective time, then position.

        spans: The terms of every time from the first change on, in order.
    """

    operator: str
    version: int = 0
    kind: OperatorKind | None = None
    name: str | None = None
    account: str | None = None
    imported: bool = False
    changes: list[Change] = attrs.field(factory=list)
    spans: list[Span] = attrs.field(factory=list)
    refusals: list[Entry] = attrs.field(factory=list)
    # The moments from which on `authority` may be another one, and its answers between them.
    _turns: list[datetime] = attrs.field(factory=list, eq=False, repr=False)
    _held: dict[int, Authority] = attrs.field(factory=dict, eq=False, repr=False)

    @property
    def enrolled(self) -> bool:
        """
        Return whether the operator was enrolled.
        """
        return self.kind is not None


def system_operator() -> Operator:
    """
    Return the reserved operator that acts where nobody is named.
    """
    return Operator(SYSTEM, kind=OperatorKind.SYSTEM)


def evolve(operator: Operator, entry: Entry) -> Operator:
    """
    Return the operator after *entry*, whatever the rules were when it was recorded.
    """
    return fold(operator, (entry,))


def fold(operator: Operator, entries: Iterable[Entry]) -> Operator:
    """
    Return the operator after *entries* in order; *operator* itself is left as it is.
    """
    after = attrs.evolve(
        operator,
        changes=list(operator.changes),
        spans=list(operator.spans),
        turns=list(operator._turns),  # noqa: SLF001, with `spans`
        held={},
        refusals=list(operator.refusals),
    )
    for entry in entries:
        advance(after, entry)
    return after


def advance(operator: Operator, entry: Entry) -> None:
    """
    Take *entry* into *operator*, in place.
    """
    operator.version = entry.version
    event = entry.event
    if isinstance(event, happened.OperatorCommandRefused):
        operator.refusals.append(entry)
        return
    if isinstance(event, happened.OperatorEnrolled):
        operator.kind = event.kind
        operator.name = event.name
        operator.account = event.account
        operator.imported = entry.import_id is not None
        # Enrolment makes known; it does not begin anything: `starts_at` says what begins when.
        from_ = BEGINNING
    else:
        from_ = entry.took_effect_at
    operator.changes.append(Change(from_, entry.position, entry))
    operator.changes.sort(key=lambda change: change[:2])
    _respan(operator)


def _respan(operator: Operator) -> None:
    """
    Work out anew on what terms *operator* works when.
    """
    changed: dict[datetime, Terms] = {}
    # When each offboarding that was still to come was told, and when it comes.
    scheduled: list[tuple[datetime, datetime]] = []
    held = Terms()
    for from_, _, entry in operator.changes:
        held = changed[from_] = _MEANING[type(entry.event)](held, entry.event, from_)
        if isinstance(entry.event, happened.OperatorOffboarded) and entry.recorded_at < from_:
            scheduled.append((entry.recorded_at, from_))
    operator.spans.clear()
    held = Terms()
    begins = sorted(changed.keys() | {told_at for told_at, _ in scheduled})
    for from_, until in zip(begins, [*begins[1:], None], strict=True):
        held = changed.get(from_, held)
        coming = [at for told_at, at in scheduled if told_at <= from_ < at]
        known = _leaving(held, min(coming)) if coming else held
        operator.spans.append(Span(None if from_ == BEGINNING else from_, until, known))
    operator._turns[:] = sorted(set(turns(operator)))  # noqa: SLF001, with `spans`
    operator._held.clear()  # noqa: SLF001, with `spans`


def turns(operator: Operator) -> Iterator[datetime]:
    """
    Yield the moments from which on an operator's authority may be another one.
    """
    for from_, _, held in operator.spans:
        if from_ is not None:
            yield from_
        if held.starts_at is not None:
            yield held.starts_at
        if held.leaves_at is not None:
            yield held.leaves_at
            yield max(held.leaves_at, BEGINNING + LAST_DAY) - LAST_DAY
        yield from (until for until in held.trainings.values() if until is not None)


def _leaving(held: Terms, at: datetime) -> Terms:
    """
    Return *held* with an offboarding at *at* to come, which no contract puts off meanwhile.
    """
    return attrs.evolve(held, leaves_at=at if held.leaves_at is None else min(at, held.leaves_at))


def terms(operator: Operator, at: datetime) -> Terms:
    """
    Return the terms on which *operator* works at *at*.
    """
    index = bisect_right(operator.spans, at, key=lambda span: span.from_ or BEGINNING)
    return operator.spans[index - 1].terms if index else Terms()


def authority(operator: Operator, at: datetime) -> Authority:
    """
    Return what *operator* was entitled to at *at*, and why acting was not permitted if so.

    An answer is kept, since it is the same until the next turn.
    """
    turn = bisect_right(operator._turns, at)  # noqa: SLF001, the memo of this function
    held = operator._held.get(turn)  # noqa: SLF001
    if held is None:
        held = operator._held[turn] = _authority(operator, at)  # noqa: SLF001
    return held


def _authority(operator: Operator, at: datetime) -> Authority:
    held = terms(operator, at)
    why = None
    if not operator.enrolled:
        why = "not enrolled"
    elif held.starts_at is not None and at < held.starts_at:
        why = f"starts at {shortest(held.starts_at)}"
    elif held.leaves_at is not None and at >= held.leaves_at:
        why = f"left at {shortest(held.leaves_at)}"
    elif held.barred is not None:
        why = f"is barred: {held.barred}"
    return Authority(
        kind=operator.kind or OperatorKind.UNKNOWN,
        roles=tuple(sorted(held.roles)),
        contract=held.contract,
        vendor=held.vendor,
        starts_at=held.starts_at,
        leaves_at=held.leaves_at,
        last_day=is_last_day(held.leaves_at, at),
        barred=held.barred is not None,
        permitted=why is None,
        why=why,
        trainings=tuple(
            sorted(
                name
                for name, expires_at in held.trainings.items()
                if expires_at is None or at < expires_at
            )
        ),
    )


def _enrolled(_terms: Terms, event: happened.OperatorEnrolled, _from: datetime) -> Terms:
    return Terms(
        frozenset(event.roles), event.contract, event.vendor, event.starts_at, event.leaves_at
    )


def _granted(held: Terms, event: happened.RoleGranted, _from: datetime) -> Terms:
    return attrs.evolve(held, roles=held.roles | {event.role})


def _revoked(held: Terms, event: happened.RoleRevoked, _from: datetime) -> Terms:
    return attrs.evolve(held, roles=held.roles - {event.role})


def _barred(held: Terms, event: happened.OperatorBarred, _from: datetime) -> Terms:
    return attrs.evolve(held, barred=event.reason)


def _unbarred(held: Terms, _event: happened.OperatorUnbarred, _from: datetime) -> Terms:
    return attrs.evolve(held, barred=None)


def _contract_changed(held: Terms, event: happened.ContractChanged, _from: datetime) -> Terms:
    return attrs.evolve(
        held,
        contract=event.contract,
        vendor=event.vendor,
        starts_at=event.starts_at,
        leaves_at=event.leaves_at,
    )


def _offboarded(held: Terms, _event: happened.OperatorOffboarded, from_: datetime) -> Terms:
    return attrs.evolve(held, leaves_at=from_)


def _trained(held: Terms, event: happened.TrainingMarked, _from: datetime) -> Terms:
    return attrs.evolve(held, trainings={**held.trainings, event.training: event.expires_at})


def _untrained(held: Terms, event: happened.TrainingRevoked, _from: datetime) -> Terms:
    left = {name: until for name, until in held.trainings.items() if name != event.training}
    return attrs.evolve(held, trainings=left)


# What each event means, for ever: one row an event, and no row is ever taken out.
_MEANING: Final[dict[type, Callable[[Terms, Any, datetime], Terms]]] = {
    happened.OperatorEnrolled: _enrolled,
    happened.RoleGranted: _granted,
    happened.RoleRevoked: _revoked,
    happened.OperatorBarred: _barred,
    happened.OperatorUnbarred: _unbarred,
    happened.ContractChanged: _contract_changed,
    happened.OperatorOffboarded: _offboarded,
    happened.TrainingMarked: _trained,
    happened.TrainingRevoked: _untrained,
}
