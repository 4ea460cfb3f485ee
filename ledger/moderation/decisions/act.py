"""
Decisions about acts, and what is the same for one that is taken at once or granted on a request.

An act is judged in a fixed order: its shape, then what it names, then what the account's history
allows, then authority and safeguards. Only the last two are recorded when they say no (semantics,
rule 16); an imported one is judged by the first two alone.
"""

from collections.abc import Sequence
from datetime import datetime

from ledger.errors import Malformed, NotFound, Refused
from ledger.moderation.account import Account, Slot
from ledger.moderation.authority import Authority
from ledger.moderation.commands.account import Act, ActTerms
from ledger.moderation.commands.told import ToldAct
from ledger.moderation.decisions.situation import (
    Decision,
    Permission,
    Situation,
    assert_not_later,
    permission,
    refused,
)
from ledger.moderation.entry import Draft
from ledger.moderation.events.account import (
    ActionTaken,
    AnomalyRecorded,
    ReportOutcome,
    ReportResolved,
)
from ledger.moderation.identity import account_stream
from ledger.moderation.moment import shortest
from ledger.moderation.operator import Operator, authority
from ledger.moderation.safeguards import Considered, evaluate
from ledger.moderation.term import in_force
from ledger.moderation.vocabulary import Holding, Measure


def act(command: Act, situation: Situation) -> Decision:
    """
    Return the decision to use a measure on an account.

    Raises:
        Malformed: When the measure is unknown, lacks its scope, or the times contradict.

        NotFound: When a report or an action that it names is not one of the account's.

        Refused: When the slot is held already, *supersedes* is not what holds it, or a report that
            it closes is closed.
    """
    now = situation.now
    requested_at = command.requested_at or now
    effective_at = command.effective_at or now
    measure = checked_measure(command, situation, effective_at)
    found = permission(situation, (requested_at, effective_at))
    if asks_safeguards(situation):
        judged = considered(command, measure, situation, situation.by, effective_at, held=found.now)
        found = safeguarded(found, situation, judged, command.override)
    if found.denied:
        return refused(command, situation, found, account_stream(command.account))
    action = command.action or situation.new_id()
    asked_earlier = requested_at < now and not situation.imported
    told = situation.told(command, ToldAct)
    event = taken(
        command,
        measure,
        situation,
        action=action,
        requested_at=requested_at,
        verdicts=found.verdicts,
        authority=found.now,
        authority_at_request=authority(situation.by, requested_at) if asked_earlier else None,
        restores=told.restores if told else None,
        context=situation.context(command),
    )
    stream = account_stream(command.account)
    return Decision(
        action,
        (
            Draft(stream, event, command.by, effective_at),
            *closing(command.closes, action, command.by, situation),
            *not_permitted(measure.name, command.scope, stream, situation, effective_at),
        ),
    )


def checked_measure(command: ActTerms, situation: Situation, effective_at: datetime) -> Measure:
    """
    Return the measure of an act whose shape, names and slot were checked.

    Raises:
        Malformed, NotFound, Refused: As `act` says.
    """
    account = situation.the_account
    measure = situation.measures[command.measure]
    if measure.needs_scope and command.scope is None:
        raise Malformed(
            f"{measure.name!r} needs a scope",
            where="scope",
            expected="scope=<the feature or content that it is on>",
        )
    if not isinstance(command.because_of, str):
        _assert_reports(command.because_of, account, "because_of")
    _assert_reports(command.closes, account, "closes")
    if command.supersedes is not None and command.supersedes not in account.actions:
        raise NotFound(
            f"account {command.account!r} has no action {command.supersedes!r}",
            where="supersedes",
            expected="the id of an action on this account",
        )
    if not situation.imported:
        _assert_times(command, measure, effective_at, situation.now)
        assert_slot_free(command, measure, account, effective_at)
        _assert_open(command, account)
    return measure


def _assert_reports(reports: Sequence[str], account: Account, argument: str) -> None:
    for report in reports:
        if report not in account.reports:
            raise NotFound(
                f"account {account.account!r} has no report {report!r}",
                where=argument,
                expected="the id of a report on this account",
            )


def _assert_open(command: ActTerms, account: Account) -> None:
    for report in command.closes:
        if (outcome := account.reports[report].outcome) is not None:
            raise Refused(
                f"report {report!r} was resolved already: {outcome}",
                where="closes",
                rule="resolved-already",
                expected="to reopen it first",
            )


def _assert_times(
    command: ActTerms, measure: Measure, effective_at: datetime, now: datetime
) -> None:
    assert_not_later(command.requested_at, now, "requested_at")
    if command.expires_at is None:
        return
    if not measure.reversible:
        raise Malformed(
            f"{measure.name!r} cannot be reversed and so cannot expire",
            where="expires_at",
            expected="no expiry",
        )
    if command.expires_at <= effective_at:
        raise Malformed(
            f"the expiry {shortest(command.expires_at)} is not later than the effect at"
            f" {shortest(effective_at)}",
            where="expires_at",
            expected="an expiry after the effect",
        )


def assert_slot_free(
    command: ActTerms, measure: Measure, account: Account, effective_at: datetime
) -> None:
    """
    Raise unless nothing holds the slot of an act at its effect, or what it supersedes does.

    Raises:
        Refused: When something else does; it is named.
    """
    holder = None
    if measure.holding is Holding.SINGLE:
        holder = in_force(account, Slot(measure.name, command.scope), effective_at)
    if command.supersedes is not None:
        if holder is None or holder.action != command.supersedes:
            raise Refused(
                f"action {command.supersedes!r} is not what holds {measure.name!r} on account"
                f" {command.account!r} at {shortest(effective_at)}",
                where="supersedes",
                rule="not-in-force",
                action=holder.action if holder else None,
                expected=f"{holder.action!r}" if holder else "no supersedes: nothing holds it",
            )
    elif holder is not None:
        raise Refused(
            f"{measure.name!r} is in force on account {command.account!r} already:"
            f" action {holder.action!r} by {holder.operator!r}"
            f" since {shortest(holder.effective_at)}",
            rule="in-force-already",
            action=holder.action,
            by=holder.operator,
            at=shortest(holder.effective_at),
            expected=f"supersedes={holder.action!r}, or to reverse it first",
        )


def considered(  # noqa: PLR0913, what an act is considered by
    command: ActTerms,
    measure: Measure,
    situation: Situation,
    operator: Operator,
    effective_at: datetime,
    *,
    held: Authority | None = None,
    asked_at: datetime | None = None,
) -> Considered:
    """
    Return an act of *operator* as safeguards see it.

    Args:
        held: The operator's authority now, where it was worked out already.
    """
    return Considered(
        measure=measure.name,
        reversible=measure.reversible,
        account=command.account,
        tier=situation.the_account.tier(situation.now),
        operator=operator.operator,
        own_account=operator.account,
        authority=held or authority(operator, situation.now),
        because_of=command.because_of,
        reason=command.reason,
        ground=command.ground,
        now=situation.now,
        effective_at=effective_at,
        asked_at=asked_at or situation.now,
        acts_within=situation.acts_within(operator.operator),
    )


def asks_safeguards(situation: Situation) -> bool:
    """
    Return whether there are safeguards to be asked; none are asked of history.
    """
    return bool(situation.policy.safeguards) and not situation.imported


def safeguarded(
    found: Permission,
    situation: Situation,
    judged: Considered,
    override: str | None,
    leaving_out: Sequence[str] = (),
) -> Permission:
    """
    Return *found* with what the safeguards of the policy in force said of an act added.
    """
    said = evaluate(situation.policy, judged, override=override, leaving_out=leaving_out)
    stops = tuple(stop for _, stop in said.stops) if said.stops else ()
    return Permission(
        found.now, found.failing, (*found.verdicts, *said.verdicts), (*found.stops, *stops)
    )


def taken(command: ActTerms, measure: Measure, situation: Situation, **told: object) -> ActionTaken:
    """
    Return the event of an act that *command* asks for, with what else is *told* of it.
    """
    return ActionTaken(
        measure=measure.name,
        inverse=measure.inverse,
        effect=measure.effect,
        holding=measure.holding,
        scope=command.scope,
        because_of=command.because_of,
        reason=command.reason,
        ground=command.ground,
        expires_at=command.expires_at,
        reversible_until=command.reversible_until,
        supersedes=command.supersedes,
        override=command.override,
        tier=situation.the_account.tier(situation.now),
        relied_on=situation.relied_on(),
        **told,  # type: ignore[arg-type]
    )


def closing(
    reports: Sequence[str], action: str, by: str, situation: Situation
) -> tuple[Draft, ...]:
    """
    Return the drafts that close *reports* as actioned by an action.
    """
    if not reports:
        return ()
    stream = account_stream(situation.the_account.account)
    return tuple(
        Draft(
            stream,
            ReportResolved(report=report, outcome=ReportOutcome.ACTIONED, action=action),
            by,
        )
        for report in reports
    )


def not_permitted(
    measure: str, scope: str | None, stream: str, situation: Situation, effective_at: datetime
) -> tuple[Draft, ...]:
    """
    Return the anomaly that an imported act is by an operator who was not permitted, if he was not.
    """
    if not situation.imported:
        return ()
    acted_at = min(effective_at, situation.now)
    held = authority(situation.by, acted_at)
    if held.permitted or not situation.by.enrolled:
        return ()
    if held.starts_at is not None and acted_at < held.starts_at:
        anomaly = "acted_before_starting"
    elif held.leaves_at is not None and acted_at >= held.leaves_at:
        anomaly = "acted_after_leaving"
    else:
        anomaly = "acted_while_barred"
    event = AnomalyRecorded(anomaly=anomaly, measure=measure, scope=scope, reason=held.why)
    return (Draft(stream, event, situation.by.operator, effective_at),)
