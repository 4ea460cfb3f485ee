"""
Undo: how an action falls into a plan, and what carrying a plan out records.

Carrying a plan out does exactly what it says, or nothing where a planned action is no more as the
plan knew it (semantics, rule 20). The plan of undoing an undo takes back what that undo recorded:
what it reversed or withdrew is acted anew with the terms that remain, and what it acted anew is
reversed.
"""

from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

import attrs

from ledger.errors import Conflict
from ledger.moderation.account import Account, Action, Placement, Reversal
from ledger.moderation.appeal import AppealState
from ledger.moderation.authority import Authority
from ledger.moderation.entry import Draft
from ledger.moderation.events import Context, Event, Verdict
from ledger.moderation.events.account import (
    ActionAmended,
    ActionReversed,
    ActionTaken,
    ActionWithdrawn,
    ReversalWithdrawn,
)
from ledger.moderation.identity import account_stream
from ledger.moderation.moment import shortest
from ledger.moderation.term import EndedBy, Term, ends, in_force, live_reversals, term
from ledger.moderation.vocabulary import Holding, worst
from ledger.timeline.plan import PLANNED, Fate, Left, Member, Plan, Selection, Undone

# How many of the actions that changed since a plan was made are told one by one.
_TOLD_MAX: Final = 3


@attrs.frozen
class _Ground:
    """
    What an action that is acted anew would meet.

    Args:
        gone: The actions that the plan takes back, so that they are in nobody's way.

        undone: The undo that ended it; None where it was superseded by what is taken back.

        returning: What the undo withdrew, and would be in its slot again.

        restored: The acts that restore another one, by that one.
    """

    account: Account
    at: datetime
    gone: frozenset[str]
    undone: Undone | None
    returning: tuple[Action, ...]
    restored: Mapping[str, Action]


def members(
    account: Account,
    asked: Selection,
    at: datetime,
    undone: Undone | None = None,
    among: Container[str] | None = None,
) -> list[Member]:
    """
    Return how each action of *account* that is *asked* for falls into a plan at *at*.

    Args:
        undone: The undo that is undone, if one is.

        among: Only these actions are looked at; None for all.
    """
    chosen = [
        action
        for name, action in account.actions.items()
        if (among is None or name in among)
        and asked.covers(action)
        and (undone is None or undone.recorded(action.entry) or undone.ended(action))
    ]
    selected = frozenset(action.action for action in chosen)
    found = {
        action.action: _taken_back(account, action, asked.operators, at, selected)
        for action in chosen
        if undone is None or undone.recorded(action.entry)
    }
    stays = (Fate.CHANGED_SINCE, Fate.IRREVERSIBLE)
    gone = frozenset(name for name, member in found.items() if member.fate not in stays)
    restored = {a.taken.restores: a for a in account.actions.values() if a.taken.restores}
    returning = tuple(
        action for action in chosen if undone is not None and undone.recorded(action.withdrawn)
    )
    ground = _Ground(account, at, gone, undone, returning, restored)
    told: list[Member] = []
    for action in chosen:
        member = found.get(action.action) or _acted_anew(ground, action)
        told.append(member)
        if asked.restore_superseded and member.superseded is not None:
            superseded = account.actions[member.superseded]
            told.append(_acted_anew(attrs.evolve(ground, undone=None), superseded))
    return told


def _taken_back(
    account: Account, action: Action, mine: frozenset[str], at: datetime, selected: frozenset[str]
) -> Member:
    """
    Return how an action that was taken falls into a plan that takes it back.

    Args:
        mine: Whose changes are not others'; nobody's but the action's own operator's if empty.

        selected: All actions of the account that the plan takes back.
    """
    held = term(account, action)
    if action.withdrawn is not None:
        by = action.withdrawn.operator
        why = f"was withdrawn by {by!r} at {shortest(action.withdrawn.recorded_at)}"
        return _member(account, action, held, Fate.ENDED, (by, why))
    if held is not None and held.until is not None and (held.is_empty or held.until <= at):
        why = _how_it_ended(held)
        if held.is_empty:
            why = f"was never in force: it {why}"
        return _member(account, action, held, Fate.ENDED, (held.closed_by, why))
    begun = action.effective_at <= at
    if begun and (why_not := _why_irreversible(action, at)):
        return _member(account, action, held, Fate.IRREVERSIBLE, (None, why_not))
    if (changed := _changed_by_others(action, mine or {action.operator})) is not None:
        return _member(account, action, held, Fate.CHANGED_SINCE, changed)
    if not begun:
        return _member(account, action, held, Fate.PENDING)
    superseded = _superseded(account, action, at, selected)
    return attrs.evolve(
        _member(account, action, held, Fate.REVERSIBLE),
        superseded=None if superseded is None else superseded.action,
    )


def _member(
    account: Account,
    action: Action,
    held: Term | None,
    fate: Fate,
    told: tuple[str | None, str | None] = (None, None),
) -> Member:
    return Member(
        account=account.account,
        action=action.action,
        measure=action.taken.measure,
        operator=action.operator,
        fate=fate,
        from_=action.effective_at,
        until=None if held is None else held.until,
        ended_by=None if held is None else held.ended_by,
        by=told[0],
        why=told[1],
    )


def _how_it_ended(held: Term) -> str:
    assert held.until is not None
    at = shortest(held.until)
    if held.ended_by is EndedBy.EXPIRY:
        return f"expired at {at}"
    verb = "reversed" if held.ended_by is EndedBy.REVERSAL else "superseded"
    return f"was {verb} by {held.closed_by!r} at {at}"


def _why_irreversible(action: Action, at: datetime) -> str | None:
    taken = action.taken
    if taken.holding is Holding.NONE:
        return f"{taken.measure!r} holds nothing that could be ended"
    if taken.inverse is None:
        return f"{taken.measure!r} cannot be reversed"
    if taken.reversible_until is not None and at > taken.reversible_until:
        return f"could be reversed until {shortest(taken.reversible_until)}"
    return None


def _changed_by_others(action: Action, mine: Container[str]) -> tuple[str, str] | None:
    """
    Return who else has a say in *action* since, the last one first, and what he did.
    """
    for reversal in live_reversals(action):
        if reversal.operator not in mine:
            at = shortest(reversal.effective_at)
            return reversal.operator, f"is to be reversed by {reversal.operator!r} at {at}"
    for entry in reversed(action.changes):
        if entry.operator not in mine:
            if isinstance(entry.event, ActionAmended):
                did = "was amended"
            elif isinstance(entry.event, ReversalWithdrawn):
                did = "was kept: its reversal was withdrawn"
            else:
                did = "was corrected"
            return entry.operator, f"{did} by {entry.operator!r} at {shortest(entry.recorded_at)}"
    return None


def _own_term(account: Account, action: Action) -> Term:
    """
    Return the term that *action* would have if nothing came into its slot.
    """
    own = (end for end in ends(account, action) if end.ended_by is not EndedBy.SUPERSEDED)
    return next(own, Term(action.effective_at))


def _placed(account: Account, action: Action, until: datetime) -> Iterator[Placement]:
    """
    Yield the placements in the slot of *action* that begin by *until*, the last one first.
    """
    placed = account.slots.get(action.slot, [])
    return (placement for placement in reversed(placed) if placement.from_ <= until)


def _superseded(
    account: Account, action: Action, at: datetime, gone: frozenset[str]
) -> Action | None:
    """
    Return the action that would hold the place of *action* at *at* without those that are *gone*.
    """
    if action.taken.holding is not Holding.SINGLE:
        return None
    for placement in _placed(account, action, at):
        if placement.action not in gone:
            before = account.actions[placement.action]
            return before if _own_term(account, before).covers(at) else None
    return None


def _acted_anew(ground: _Ground, action: Action) -> Member:
    """
    Return how an action that was ended falls into a plan that acts it anew.
    """
    account, undone = ground.account, ground.undone
    before = _before(action, undone)
    own = _own_term(account, before)
    starts = max(ground.at, before.effective_at)
    if undone is not None and (decided := _decided_since(ground, before, starts, undone)):
        return _member(account, before, own, Fate.CHANGED_SINCE, decided)
    held = _until_superseded(ground, before, own)
    if held.until is not None and held.until <= starts:
        why = f"would be over by now: it {_how_it_ended(held)}"
        return _member(account, before, held, Fate.ENDED, (held.closed_by, why))
    return _member(account, before, held, Fate.RESTORED)


def _before(action: Action, undone: Undone | None) -> Action:
    return action if undone is None else undone.without(action)


def _decided_since(
    ground: _Ground, action: Action, starts: datetime, undone: Undone
) -> tuple[str, str] | None:
    """
    Return who has decided since the undo what is to be in the place of *action*, and how.
    """
    for appeal in ground.account.appeals.values():
        decision = appeal.decision
        if (
            decision is not None
            and appeal.filed.action == action.action
            and appeal.state is AppealState.OVERTURNED
            and decision.recorded_at > undone.recorded_at
        ):
            why = f"an appeal against it was decided as overturned by {decision.operator!r}"
            return decision.operator, why
    if (other := _used_since(ground, action, starts, undone)) is not None:
        return other.operator, f"{other.action!r} by {other.operator!r} has taken its place since"
    return None


def _used_since(ground: _Ground, action: Action, starts: datetime, undone: Undone) -> Action | None:
    """
    Return the action that restores *action* already, or one that was recorded with the undo or
    later, stays, and has been in its slot since.
    """
    account = ground.account
    again = ground.restored.get(action.action)
    if again is not None and again.entry.recorded_at > undone.recorded_at:
        return again
    if action.taken.holding is not Holding.SINGLE:
        return None
    for placement in _placed(account, action, starts):
        other = account.actions[placement.action]
        held = term(account, other)
        if (
            other.entry.recorded_at >= undone.recorded_at
            and other.action not in ground.gone
            and held is not None
            and not held.is_empty
            and (held.until is None or held.until > undone.recorded_at)
        ):
            return other
        if placement.from_ <= undone.recorded_at:
            # Whatever began before this one, it had superseded by then.
            return None
    return None


def _until_superseded(ground: _Ground, action: Action, own: Term) -> Term:
    """
    Return the term of *action* with what comes into its slot after it and stays there.
    """
    account = ground.account
    if action.taken.holding is not Holding.SINGLE:
        return own
    placed = account.slots.get(action.slot, [])
    mine = _placement(action)
    behind = (placed[index] for index in range(bisect_right(placed, mine), len(placed)))
    others = (_placement(other) for other in ground.returning if other.slot == action.slot)
    candidates = [next((p for p in behind if p.action not in ground.gone), None)]
    candidates.extend(other for other in others if other > mine)
    following = min((p for p in candidates if p is not None), default=None)
    if following is None or (own.until is not None and own.until <= following.from_):
        return own
    superseder = account.actions[following.action].operator
    return Term(own.from_, following.from_, EndedBy.SUPERSEDED, superseder, following.position)


def _placement(action: Action) -> Placement:
    return Placement(action.effective_at, action.entry.position, action.action)


def left(account: Account, found: Iterable[Member], at: datetime) -> Left:
    """
    Return where *account* stands at *at*, and where it would once a plan with *found* is done.
    """
    in_force_now = {
        name: action.taken.effect
        for name, action in account.actions.items()
        if (held := term(account, action)) is not None and held.covers(at)
    }
    after = dict(in_force_now)
    for member in found:
        if member.fate is Fate.REVERSIBLE:
            del after[member.action]
        elif member.fate is Fate.RESTORED and member.from_ <= at:
            after[member.action] = account.actions[member.action].taken.effect
    return Left(account.account, worst(in_force_now.values()), worst(after.values()))


@attrs.frozen(kw_only=True)
class Mandate:
    """
    Who carries out a plan, why, and what every entry of it says of that.

    Args:
        context: Its correlation id is the id of the undo.

        new_id: Returns a new id for something that is recorded on the account that it is given.

        verdicts, relied_on, authority: As with the entries of any other command.
    """

    by: str
    reason: str
    context: Context
    new_id: Callable[[str], str]
    verdicts: tuple[Verdict, ...] = ()
    relied_on: tuple[str, ...] = ()
    authority: Authority | None = None


def undo_drafts(
    plan: Plan,
    accounts: Mapping[str, Account],
    now: datetime,
    mandate: Mandate,
) -> dict[str, tuple[Draft, ...]]:
    """
    Return what carrying out *plan* at *now* records, by account, in the order of recording.

    Args:
        accounts: Each of `plan.accounts` as it is now.

    Raises:
        Conflict: When an action that is planned is no more as the plan has it.
    """
    by_account: dict[str, list[Member]] = {name: [] for name in plan.accounts}
    for member in plan.members:
        if member.account in by_account:
            by_account[member.account].append(member)
    stale: list[str] = []
    for name, planned in by_account.items():
        stale.extend(_outdated(plan, accounts[name], planned, now))
    if stale:
        more = len(stale) - _TOLD_MAX
        raise Conflict(
            "the plan is out of date: "
            + "; ".join(stale[:_TOLD_MAX])
            + (f"; and {more} more" if more > 0 else ""),
            where="plan",
            expected="a new plan",
        )
    return {
        name: tuple(
            Draft(account_stream(name), event, mandate.by, effective_at)
            for event, effective_at in _done(plan, accounts[name], planned, now, mandate)
        )
        for name, planned in by_account.items()
    }


def _outdated(plan: Plan, account: Account, planned: list[Member], now: datetime) -> Iterator[str]:
    """
    Yield of each planned action on *account* that is otherwise at *now* what has become of it.
    """
    among = {member.action for member in planned}
    known = {m.action: m for m in members(account, plan.asked, now, plan.undone, among)}
    for member in planned:
        found = known.get(member.action)
        if member.fate not in PLANNED or (found is not None and member.agrees(found)):
            continue
        if found is None:
            became = "is not what was selected any more"
        elif found.fate is not member.fate:
            became = found.why or f"was {member.fate} and is {found.fate}"
        else:
            became = f"is known to last {_lasting(found)} and not {_lasting(member)}"
        yield f"action {member.action!r} on account {account.account!r} {became}"


def _lasting(member: Member) -> str:
    until = "open" if member.until is None else shortest(member.until)
    return f"from {shortest(member.from_)} until {until}"


def _done(
    plan: Plan, account: Account, planned: list[Member], now: datetime, mandate: Mandate
) -> Iterator[tuple[Event, datetime | None]]:
    """
    Yield what is recorded on *account* and when it takes effect: what is taken back before what is
    acted anew, so that no slot is held twice.
    """
    gone = set()
    for member in planned:
        action = account.actions[member.action]
        if member.fate is Fate.PENDING:
            gone.add(action.action)
            yield (
                ActionWithdrawn(
                    action=action.action,
                    reason=mandate.reason,
                    relied_on=mandate.relied_on,
                    context=mandate.context,
                ),
                None,
            )
        elif member.fate is Fate.REVERSIBLE:
            gone.add(action.action)
            for scheduled in live_reversals(action):
                yield _reversal_withdrawn(action, scheduled, mandate), None
            yield _reversed(account, action, mandate), now
    for member in planned:
        if member.fate is Fate.RESTORED:
            action = account.actions[member.action]
            before = _before(action, plan.undone)
            starts = max(now, before.effective_at)
            holder = None
            if action.taken.holding is Holding.SINGLE:
                holder = in_force(account, action.slot, starts)
            supersedes = holder.action if holder and holder.action not in gone else None
            yield _taken_anew(account, before, supersedes, now, mandate), starts


def _reversal_withdrawn(action: Action, scheduled: Reversal, mandate: Mandate) -> Event:
    """
    Return the event that makes way for a reversal now: an action is reversed at most once.
    """
    return ReversalWithdrawn(
        reversal=scheduled.reversal,
        action=action.action,
        reason=mandate.reason,
        relied_on=mandate.relied_on,
        context=mandate.context,
    )


def _reversed(account: Account, action: Action, mandate: Mandate) -> Event:
    return ActionReversed(
        reversal=mandate.new_id(account.account),
        action=action.action,
        inverse=action.taken.inverse,
        reason=mandate.reason,
        verdicts=mandate.verdicts,
        relied_on=mandate.relied_on,
        authority=mandate.authority,
        context=mandate.context,
    )


def _taken_anew(
    account: Account, action: Action, supersedes: str | None, now: datetime, mandate: Mandate
) -> Event:
    """
    Return the act that takes the place of *action*, with the terms that remain of it.
    """
    taken = action.taken
    return ActionTaken(
        action=mandate.new_id(account.account),
        measure=taken.measure,
        inverse=taken.inverse,
        effect=taken.effect,
        holding=taken.holding,
        scope=taken.scope,
        because_of=taken.because_of,
        reason=mandate.reason,
        ground=taken.ground,
        requested_at=now,
        expires_at=_own_term(account, action).until,
        reversible_until=taken.reversible_until,
        supersedes=supersedes,
        verdicts=mandate.verdicts,
        relied_on=mandate.relied_on,
        authority=mandate.authority,
        tier=account.tier(now),
        restores=action.action,
        context=mandate.context,
    )
