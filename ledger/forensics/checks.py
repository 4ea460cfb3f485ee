"""
The checks of a review: what deserves a second look, each a small pure function in a list.

A check of one act is given its `Case` and says why it is remarkable, or nothing; a check of all
acts of an operator (`ledger.forensics.conduct`) says which of them are. Services add rows.

All is as known at the cut of the question: who acted and when it took effect as corrected, rights,
bars and leaving times as known by then. An operator acted at the effect or the recording of his
act, whichever is earlier. What he did stays done though its effect was withdrawn, so the checks of
the deed look at withdrawn actions too. The checks of the effect do not: that effect never was.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import attrs

from ledger.errors import Malformed
from ledger.forensics.conduct import ConductCheck, burst, check_name, last_active_day, spelled
from ledger.moderation.account import Protection
from ledger.moderation.authority import is_last_day
from ledger.moderation.commands.account import ORDER
from ledger.moderation.entry import Entry
from ledger.moderation.events import Outcome
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.moment import shortest
from ledger.moderation.operator import Operator, Terms, terms
from ledger.moderation.term import EndedBy
from ledger.moderation.vocabulary import Severity
from ledger.timeline.restrictions import Restriction

SHORT: Final = timedelta(minutes=15)

# Looked up once: the checks are asked of every act there is.
_OVERRIDDEN: Final = Outcome.OVERRIDDEN
_REVERSAL: Final = EndedBy.REVERSAL


class Overtaken(NamedTuple):
    """
    A version of a stream that a decision relied on, and where the version behind it was recorded.
    """

    stream: str
    version: int
    recorded_at: datetime
    log: int
    position: int


class Case(NamedTuple):
    """
    One act on an account, with all that a check may look at.

    Args:
        taken, entry: The event that took it, and the entry that recorded it.

        operator: Who took it, as corrected.

        effective_at: As corrected.

        acted_at: When he took it: at its effect or its recording, whichever is earlier.

        restriction: What is known of it; None when it was withdrawn, holds nothing or was never in
            force.

        terms, terms_at_effect: On what terms the operator worked when he acted, and at the effect.

        keeper: Who answered for it until its effect: the operator, unless it was handed over.

        protection: Of the account when he acted.

        withdrawn: The entry that took it back before its effect, if one did.

        override_review: The entry that reviewed it where it overrode a safeguard, if one did.

        own: What his own account was ever put under that locks it or worse.

        overtaken: The versions that the decision relied on which are not the last of their stream.
    """

    account: str
    taken: ActionTaken
    entry: Entry
    operator: Operator
    effective_at: datetime
    acted_at: datetime
    restriction: Restriction | None
    terms: Terms
    terms_at_effect: Terms
    keeper: Operator
    protection: Protection | None = None
    withdrawn: Entry | None = None
    override_review: Entry | None = None
    own: tuple[Restriction, ...] = ()
    overtaken: tuple[Overtaken, ...] = ()


@attrs.frozen
class Check:
    """
    A check of one act.

    Args:
        name: Under which it is asked for, and its findings are known.

        severity: Of what it finds, or what tells it from the case.

        function: Returns why the act is remarkable; None when it is not.
    """

    name: str = attrs.field(converter=check_name)
    severity: Severity | Callable[[Case], Severity]
    function: Callable[[Case], str | None]

    def severity_of(self, case: Case) -> Severity:
        """
        Return how severe it is what the check found in *case*.
        """
        return self.severity if isinstance(self.severity, Severity) else self.severity(case)


def self_reversal(case: Case) -> str | None:
    """
    Return why, when the restriction was ended by a reversal of the one who began it.

    Example: op-417 deactivates an account and, eleven minutes later, activates it again himself.
    """
    known = _reversed(case)
    if known is None or known.closed_by != known.opened_by:
        return None
    protected = f", on an account protected as {case.protection.tier!r}" if case.protection else ""
    return f"reversed by the one who began it after {_lasting(known)}{protected}"


def self_reversal_severity(case: Case) -> Severity:
    """
    Return how severe a self-reversal is: high within 15 minutes on a protected account.
    """
    quick = short_lived(case) is not None
    return Severity.HIGH if quick and case.protection else Severity.MEDIUM


def short_lived(case: Case) -> str | None:
    """
    Return why, when the restriction was ended by a reversal after 15 minutes or less.

    Example: the eleven minutes.
    """
    known = _reversed(case)
    if known is None or known.until is None or known.until - known.from_ > SHORT:
        return None
    return f"reversed by {known.closed_by!r} after {_lasting(known)}"


def own_account(case: Case) -> str | None:
    """
    Return why, when the act is on the operator's own account.

    Example: a moderator suspends his own account before a holiday.
    """
    if case.operator.account != case.account:
        return None
    return f"{case.account!r} is the operator's own account"


def acted_while_restricted(case: Case) -> str | None:
    """
    Return why, when the operator's own account was under suspend, deactivate, lock or terminate
    when he acted, not begun by himself.

    A measure of a service counts as the built-in one that has the same effect.

    Example: an administrator is blocked by a colleague and goes on blocking others.
    """
    for known in case.own:
        if known.covers(case.acted_at) and known.opened_by != case.operator.operator:
            return (
                f"the operator's own account {known.account!r} was under {known.measure!r}"
                f" by {known.opened_by!r} since {shortest(known.from_)}"
            )
    return None


def acted_while_barred(case: Case) -> str | None:
    """
    Return why, when the operator was barred when he acted.

    Example: a bar of the 1st is recorded on the 3rd; on the 2nd he suspended an account.
    """
    barred = case.terms.barred
    return None if barred is None else f"the operator was barred: {barred}"


def last_day(case: Case) -> str | None:
    """
    Return why, when the operator acted in the last 24 hours before he left.

    Example: a contractor who leaves at 23:00 deactivates an account at 22:52.
    """
    leaves_at = case.terms.leaves_at
    if leaves_at is None or not is_last_day(leaves_at, case.acted_at):
        return None
    return f"{spelled(leaves_at - case.acted_at)} before the operator left at {shortest(leaves_at)}"


def effect_after_leaving(case: Case) -> str | None:
    """
    Return why, when the effect comes when the operator has left, and was not withdrawn.

    Example: suspended at 22:00 with effect at midnight, by a contractor who leaves at 23:00.
    """
    leaves_at, keeper = case.terms_at_effect.leaves_at, case.keeper.operator
    if case.withdrawn is not None or leaves_at is None or case.effective_at < leaves_at:
        return None
    kept = "" if keeper == case.operator.operator else f"; handed over to {keeper!r}"
    return f"takes effect at {shortest(case.effective_at)}, left at {shortest(leaves_at)}{kept}"


def deferred_outlived_author(case: Case) -> str | None:
    """
    Return why, when a deferred act was not withdrawn though, at its effect, the one who answers for
    it has left or is barred: its author, unless it was handed over.

    It could have been withdrawn from when he was gone, or it was recorded, until its effect.

    Example: suspended at 22:00 with effect at midnight, by an operator who is barred at 23:00.
    """
    at, recorded_at = case.effective_at, case.entry.recorded_at
    if case.withdrawn is not None or at <= recorded_at:
        return None
    gone = _gone(case.keeper, at)
    if gone is None:
        return None
    since = max(_gone_since(case.keeper, at), recorded_at)
    return (
        f"takes effect at {shortest(at)}, when {case.keeper.operator!r} {gone};"
        f" it could have been withdrawn from {shortest(since)} until {shortest(at)}"
    )


def no_report(case: Case) -> str | None:
    """
    Return why, when the act was taken neither on a report nor on an order.

    Example: an act on the operator's own initiative, and every act of a source that has no reports.
    """
    because_of = case.taken.because_of
    if isinstance(because_of, tuple):
        return None if because_of else "no report and no order is named"
    return None if because_of.startswith(ORDER) else "on the operator's own initiative"


def protected_account(case: Case) -> str | None:
    """
    Return why, when the account was protected when the operator acted.

    Example: an account of the tier head-of-state is deactivated, whoever does it.
    """
    known = case.protection
    if known is None:
        return None
    return (
        f"protected as {known.tier!r} by {known.by!r} since {shortest(known.from_)}: {known.reason}"
    )


def stale_authority(case: Case) -> str | None:
    """
    Return why, when something newer than what the decision relied on was recorded before the act.

    Between reading and recording others may write (semantics, rule 18): in one log the lower
    position came first, across logs the earlier recorded time.

    Example: the act relied on version 5 of its operator; version 6, which bars him, stands before
    it.
    """
    entry = case.entry
    for newer in case.overtaken:
        earlier = (
            newer.position < entry.position
            if newer.log == entry.log
            else newer.recorded_at < entry.recorded_at
        )
        if earlier:
            return (
                f"relied on {newer.stream}@{newer.version}, though the next version was recorded"
                f" at {shortest(newer.recorded_at)}, before the act"
            )
    return None


def override_unreviewed(case: Case) -> str | None:
    """
    Return why, when the act overrode a safeguard and nobody else has reviewed that.

    Example: in an emergency four eyes are overridden at night, and nobody asks in the morning.
    """
    taken, review = case.taken, case.override_review
    if review is not None and review.operator != case.operator.operator:
        return None
    overridden = ""
    for verdict in taken.verdicts:
        if verdict.outcome is _OVERRIDDEN:
            overridden += f"{', ' if overridden else ''}{verdict.name}"
    return (
        f"{overridden} overridden, reviewed by nobody else: {taken.override}"
        if overridden
        else None
    )


def _reversed(case: Case) -> Restriction | None:
    """
    Return the restriction where a reversal ended it.
    """
    known = case.restriction
    return known if known is not None and known.ended_by is _REVERSAL else None


def _lasting(known: Restriction) -> str:
    assert known.until is not None
    return spelled(known.until - known.from_)


def _gone(operator: Operator, at: datetime) -> str | None:
    """
    Return how *operator* is gone at *at*: has left or is barred; None when he is neither.
    """
    held = terms(operator, at)
    if held.leaves_at is not None and held.leaves_at <= at:
        return f"has left at {shortest(held.leaves_at)}"
    return None if held.barred is None else f"is barred: {held.barred}"


def _gone_since(operator: Operator, at: datetime) -> datetime:
    """
    Return since when *operator*, who is gone at *at*, has been so without a break.
    """
    leaving = (span.terms.leaves_at for span in operator.spans)
    turns = {change.from_ for change in operator.changes}.union(filter(None, leaving))
    since = at
    for turn in sorted((turn for turn in turns if turn <= at), reverse=True):
        if _gone(operator, turn) is None:
            break
        since = turn
    return since


BUILT_IN: Final[tuple[Check | ConductCheck, ...]] = (
    Check("self-reversal", self_reversal_severity, self_reversal),
    Check("own-account", Severity.MEDIUM, own_account),
    Check("acted-while-restricted", Severity.HIGH, acted_while_restricted),
    Check("acted-while-barred", Severity.HIGH, acted_while_barred),
    Check("last-day", Severity.MEDIUM, last_day),
    ConductCheck("last-active-day", Severity.MEDIUM, last_active_day),
    Check("effect-after-leaving", Severity.HIGH, effect_after_leaving),
    Check("no-report", Severity.LOW, no_report),
    Check("protected-account", Severity.MEDIUM, protected_account),
    ConductCheck("burst", Severity.MEDIUM, burst),
    Check("short-lived", Severity.LOW, short_lived),
    Check("deferred-outlived-author", Severity.HIGH, deferred_outlived_author),
    Check("stale-authority", Severity.MEDIUM, stale_authority),
    Check("override-unreviewed", Severity.MEDIUM, override_unreviewed),
)


def extended(
    checks: Iterable[Check | ConductCheck], known: Sequence[Check | ConductCheck] = BUILT_IN
) -> tuple[Check | ConductCheck, ...]:
    """
    Return *known* with *checks* behind them.

    Raises:
        Malformed: When a name stands twice.
    """
    rows = (*known, *checks)
    names = [check.name for check in rows]
    for name in names:
        if names.count(name) > 1:
            raise Malformed(f"the check {name!r} is registered already", where="checks")
    return rows
