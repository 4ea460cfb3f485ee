"""
Commands that are given twice, by those who lost a race, a connection or an answer: each is recorded
once.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Final

from ledger.errors import Conflict, LedgerError, Unavailable
from ledger.moderation.commands.account import Act
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import ActionTaken
from ledger.store.conformance.ground import (
    WRITERS,
    Client,
    Ground,
    Told,
    act,
    at_once,
    give,
    turned_away,
)
from ledger.store.conformance.verdict import Verdict, judged
from ledger.store.conformance.watched import FAULTS

SHARE: Final = 0.15
ACCOUNTS: Final = 3
COMMANDS: Final = 12
_CHOICES: Final = (None, *FAULTS)


def conflict_and_retry(ground: Ground) -> Verdict:
    """
    Let writers want the same id at once, and end transactions as an engine or a network may: a
    command is recorded once, under the id that its caller was told.
    """
    told: list[Told] = []
    contested: list[list[Told]] = []
    for number in ground.rounds(SHARE):
        contested.append(_contested(ground, number))
        told += _faulted(ground, number)
    entries = ground.entries("retry")
    met = sum((client.database.met for client in ground.clients), Counter())
    again = sum((client.database.again for client in ground.clients), Counter())
    broken = chain(
        chain.from_iterable(_shared(each, entries) for each in contested),
        _misrecorded(told, entries),
    )
    faults = ", ".join(f"{met[fault]} {fault}" for fault in FAULTS)
    by_kind = ", ".join(f"{kind} {again[kind]} times" for kind in sorted(again))
    return judged(
        "conflict-and-retry",
        broken,
        f"{len(told)} commands, of whose transactions {faults}; ids that {WRITERS} writers wanted:"
        f" {len(contested)}; the engine had run again: {by_kind or 'none'}",
        given=len(told),
        turned_away=turned_away(told),
    )


def idempotency(ground: Ground) -> Verdict:
    """
    Let writers give the same command under the same request id at once: there is one entry, and all
    are told its id; another command under the id is a conflict, also at once.
    """
    broken: list[str] = []
    told: list[Told] = []
    for number in ground.rounds(SHARE):
        same, other = f"same-{number}", f"other-{number}"
        once = _each(ground, [act("issue_strike", same, request_id=same)] * WRITERS)
        later = _each(ground, _others(same))
        either = _each(ground, _others(other))
        broken += _same(ground, once)
        broken += _different(ground, later, 0)
        broken += _different(ground, either, 1)
        told += (*once, *later, *either)
    return judged(
        "idempotency",
        broken,
        f"{len(told)} commands under {2 * len(told) // (3 * WRITERS)} request ids, each used by"
        f" {WRITERS} writers at once",
        given=len(told),
        turned_away=turned_away(told),
    )


def _contested(ground: Ground, number: int) -> list[Told]:
    """
    Let every writer want the same action id for another account.
    """
    action = f"retry-{number}"
    commands = [
        act("issue_strike", f"retry-{number}-{nth}", action=action) for nth in range(WRITERS)
    ]
    return _each(ground, commands)


def _each(ground: Ground, commands: Sequence[Act]) -> list[Told]:
    """
    Give each writer his command, all at once.
    """
    pairs = zip(ground.clients, commands, strict=True)
    return at_once([partial(give, client, command) for client, command in pairs])


def _faulted(ground: Ground, number: int) -> list[Told]:
    """
    Let every writer give commands whose transactions end by chance, half of them under a request
    id, and return what all were told.
    """

    def given(nth: int, client: Client) -> list[Told]:
        chance = ground.chance("retry", number, nth)
        told = []
        for command in range(COMMANDS):
            mark = f"retry-{number}-{nth}-{command}"
            fate = chance.choice(_CHOICES)
            client.database.fates = deque([] if fate is None else [fate])
            told.append(
                give(
                    client,
                    act(
                        "issue_strike",
                        f"retry-{chance.randrange(ACCOUNTS)}",
                        reason=mark,
                        request_id=mark if chance.random() < 1 / 2 else None,
                    ),
                )
            )
        client.database.fates.clear()
        return told

    tasks = [partial(given, nth, client) for nth, client in enumerate(ground.clients)]
    return [told for each in at_once(tasks) for told in each]


def _shared(told: Sequence[Told], entries: Sequence[Entry]) -> Iterator[str]:
    """
    Yield what is wrong unless one of those who wanted the same action id has it.
    """
    (action,) = {each.command.action for each in told}
    holders = [each.outcome for each in told if isinstance(each.outcome, str)]
    stored = [event.action for event in _taken(entries) if event.action == action]
    if holders != stored or (not stored and not turned_away(told)):
        yield (
            f"the id {action} was given to {len(holders)} writers and is stored {len(stored)} times"
        )


def _taken(entries: Sequence[Entry]) -> Iterator[ActionTaken]:
    for entry in entries:
        if isinstance(entry.event, ActionTaken):
            yield entry.event


def _misrecorded(told: Sequence[Told], entries: Sequence[Entry]) -> Iterator[str]:
    """
    Yield each command that is not recorded once under the id that its caller was told.
    """
    stored: dict[str | None, list[str]] = defaultdict(list)
    for event in _taken(entries):
        stored[event.reason].append(event.action)
    for each in told:
        found = stored[each.command.reason]
        if found != ([] if isinstance(each.outcome, Unavailable) else [each.outcome]):
            yield f"{each.command.reason} was answered by {each.outcome} and is stored as {found}"


def _others(request: str) -> list[Act]:
    """
    Return commands under one request id that differ, one a writer: each is about an account of its
    own, whose name begins with the id.
    """
    return [act("issue_strike", f"{request}-{nth}", request_id=request) for nth in range(WRITERS)]


def _same(ground: Ground, told: Sequence[Told]) -> Iterator[str]:
    """
    Yield what is wrong with one command that all writers gave under a request id.
    """
    command = told[0].command
    stored = [event.action for event in ground.acts(command.account)]
    answers = {each.outcome for each in told if not isinstance(each.outcome, Unavailable)}
    if len(stored) > 1 or answers != {*stored}:
        yield (
            f"the command {command.request_id} was answered by {_some(answers)} and is stored as"
            f" {stored}"
        )


def _different(ground: Ground, told: Sequence[Told], wanted: int) -> Iterator[str]:
    """
    Yield what is wrong with commands that differ and were given under one request id.

    Args:
        wanted: How many of them are to be recorded: one, or none where the id was used before.
    """
    stored = [event.action for each in told for event in ground.acts(each.command.account)]
    answers = [
        each.outcome for each in told if not isinstance(each.outcome, Conflict | Unavailable)
    ]
    is_short = len(stored) < wanted and not turned_away(told)
    if answers != stored or len(stored) > wanted or is_short:
        yield (
            f"commands that differ under {told[0].command.request_id} were answered by"
            f" {_some(each.outcome for each in told)}, and stored are {stored}"
        )


def _some(outcomes: Iterable[str | LedgerError]) -> str:
    return ", ".join(sorted({*map(str, outcomes)}))
