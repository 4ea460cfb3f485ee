"""
Replay: the history that would have been without some operators or without some actions.

What is left out is left out whole: every entry of a removed operator, every act of a removed
action. What the remaining entries then say of something that is not there means nothing, and
`evolve` takes it so. The two histories are compared by the standing that they give the account.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

import attrs

from ledger.moderation.account import Account, Action, fold
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionReversed, ActionTaken
from ledger.moderation.identity import identifiers
from ledger.moderation.term import term
from ledger.moderation.vocabulary import Effect, worst

Steps = list[tuple[datetime, Effect]]


def _operators(given: object) -> frozenset[str]:
    return frozenset(identifiers(given, "without_operators"))


def _actions(given: object) -> frozenset[str]:
    return frozenset(identifiers(given, "without_actions"))


@attrs.frozen
class Without:
    """
    What is left out of a history.

    Raises:
        Malformed: When one of them is no list of ids.
    """

    operators: frozenset[str] = attrs.field(default=frozenset(), converter=_operators)
    actions: frozenset[str] = attrs.field(default=frozenset(), converter=_actions)


@attrs.frozen
class StandingDifference:
    """
    The half-open time ``[from_, until)`` in which an account would have stood otherwise.

    Args:
        until: None while no end is known.
    """

    account: str
    from_: datetime
    until: datetime | None
    was: Effect
    would_have_been: Effect

    def covers(self, at: datetime) -> bool:
        """
        Return whether it holds at *at*.
        """
        return self.from_ <= at and (self.until is None or at < self.until)


@attrs.frozen
class Replayed:
    """
    The history of one account without what was left out.

    Args:
        account: As the remaining entries make it.

        removed: The actions that are not in it, in recorded order, as they were.

        differences: In order of time; none of them touches another one that says the same.
    """

    account: Account
    removed: tuple[Action, ...]
    differences: tuple[StandingDifference, ...]


def replayed(account: str, entries: Iterable[Entry], without: Without) -> Replayed:
    """
    Return the history of *account* without what is left out of its *entries*.
    """
    recorded = list(entries)
    was = fold(Account(account), recorded)
    removed = _removed(recorded, was, without)
    remaining = (
        entry
        for entry in recorded
        if not _is_by(entry, was, without.operators)
        and not (isinstance(entry.event, ActionTaken) and entry.event.action in removed)
    )
    would_be = fold(Account(account), remaining)
    return Replayed(
        would_be,
        tuple(action for name, action in was.actions.items() if name in removed),
        tuple(differences(account, steps(was), steps(would_be))),
    )


def _removed(entries: Sequence[Entry], was: Account, without: Without) -> set[str]:
    """
    Return the ids of the actions that would not have been taken.

    What restores an action would not have been without it.
    """
    removed: set[str] = set()
    for entry in entries:
        event = entry.event
        if isinstance(event, ActionTaken) and (
            event.action in without.actions
            or event.restores in removed
            or _is_by(entry, was, without.operators)
        ):
            removed.add(event.action)
    return removed


def _is_by(entry: Entry, was: Account, operators: frozenset[str]) -> bool:
    """
    Return whether *entry* would not be without one of *operators*.
    """
    return bool(operators) and not operators.isdisjoint(_authors(entry, was))


def _authors(entry: Entry, was: Account) -> Iterator[str]:
    """
    Yield everybody without whom *entry* would not be: its operator, who is the corrected one
    (semantics, rule 11), and for an act whoever asked for it and whoever approved it.
    """
    event = entry.event
    if isinstance(event, ActionTaken):
        action = was.actions[event.action]
        yield action.operator if action.entry is entry else entry.operator
        yield from event.approved_by
        if (request := was.requests.get(event.request or "")) is not None:
            yield request.entry.operator
    elif isinstance(event, ActionReversed) and event.action in was.actions:
        reversals = was.actions[event.action].reversals
        yield next((r.operator for r in reversals if r.entry is entry), entry.operator)
    else:
        yield entry.operator


def steps(account: Account) -> Steps:
    """
    Return the standing of *account* as steps: from which moment on it is which.

    Before the first step it is active; no step repeats the one before it.
    """
    edges = []
    for action in account.actions.values():
        held, effect = term(account, action), action.taken.effect
        if held is None or held.is_empty or effect is None:
            continue
        edges.append((held.from_, effect, 1))
        if held.until is not None:
            edges.append((held.until, effect, -1))
    running: Counter[Effect] = Counter()
    found: Steps = []
    for at, together in groupby(sorted(edges), key=lambda edge: edge[0]):
        for _, effect, more in together:
            running[effect] += more
        standing = worst(effect for effect, count in running.items() if count)
        if standing is not (found[-1][1] if found else Effect.ACTIVE):
            found.append((at, standing))
    return found


def differences(account: str, was: Steps, would_be: Steps) -> Iterator[StandingDifference]:
    """
    Yield each time in which *account* stood otherwise than it would have, in order.
    """
    told, other = dict(was), dict(would_be)
    stood = would_have = Effect.ACTIVE
    since: datetime | None = None
    for at in sorted({*told, *other}):
        if since is not None:
            yield StandingDifference(account, since, at, stood, would_have)
        stood, would_have = told.get(at, stood), other.get(at, would_have)
        since = None if stood is would_have else at
    if since is not None:
        yield StandingDifference(account, since, None, stood, would_have)
