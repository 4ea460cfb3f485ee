"""
Many writers on few accounts: what they were told is what is stored, in an order without gaps.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Final

from ledger.errors import Refused, Unavailable
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
from ledger.store.follow import Follower

ACCOUNTS: Final = 3
SLOTS: Final = 3
STRIKES_A_SLOT: Final = 4
SHARE: Final = 0.15
_OUTCOMES: Final = (str, Unavailable)
_SLOT_OUTCOMES: Final = (*_OUTCOMES, Refused)
_SLOT: Final = "slot"
_LOOK_SECONDS: Final = 0.005


def append_race(ground: Ground) -> Verdict:
    """
    Let writers strike few accounts at once, and suspend the same ones at the same moment: each act
    that one of them was told of is stored once, and of those who suspend one account one wins.
    """
    told = [each for number in ground.rounds(SHARE) for each in _raced(ground, "race", number)]
    acts = [entry.event for entry in ground.entries("race") if isinstance(entry.event, ActionTaken)]
    slots: dict[str, list[Told]] = defaultdict(list)
    for each in told:
        if _is_for_slot(each):
            slots[each.command.account].append(each)
    broken = chain(_misstored(told, acts), _without_a_winner(slots), _unexpected(told))
    return judged(
        "append-race",
        broken,
        f"{len(told)} acts by {WRITERS} writers, on {ACCOUNTS} accounts and for {len(slots)} places"
        " that one of them can have",
        given=len(told),
        turned_away=turned_away(told),
    )


def gap_check(ground: Ground) -> Verdict:
    """
    Let writers race again while somebody follows: positions and versions have no gap, what was
    given behind an answer stands behind what was answered, and the follower sees each position once
    in order.
    """
    follower = Follower(
        ground.another().database,
        ground.settings.logs,
        None,
        once=False,
        look_seconds=_LOOK_SECONDS,
    )
    with ThreadPoolExecutor(1) as pool, follower:
        following = pool.submit(_followed, follower)
        told = [each for number in ground.rounds(SHARE) for each in _raced(ground, "gap", number)]
        follower.stop()
        seen = following.result()
    rest = Follower(
        ground.auditor.database, ground.settings.logs, follower.cursor, once=True, look_seconds=None
    )
    seen += _followed(rest)
    entries = ground.entries()
    broken = chain(
        gaps(entries), overtaken(told, entries), _missed(seen, entries), _unexpected(told)
    )
    return judged(
        "gap-check",
        broken,
        f"{len(told)} acts among {len(entries)} entries in {ground.settings.logs} logs, followed",
        given=len(told),
        turned_away=turned_away(told),
    )


def _raced(ground: Ground, name: str, number: int) -> list[Told]:
    """
    Let every writer give his commands of a round, and return what all of them were told.

    All want the same places in the same order, and strike accounts by chance in between.
    """

    def given(nth: int, client: Client) -> list[Told]:
        chance = ground.chance(name, number, nth)
        commands = []
        for slot in range(SLOTS):
            commands.append(act("suspend", f"{name}-{_SLOT}-{number}-{slot}"))
            accounts = (f"{name}-{chance.randrange(ACCOUNTS)}" for _ in range(STRIKES_A_SLOT))
            commands += [act("issue_strike", account) for account in accounts]
        return [give(client, command) for command in commands]

    tasks = [partial(given, nth, client) for nth, client in enumerate(ground.clients)]
    return [told for each in at_once(tasks) for told in each]


def _is_for_slot(told: Told) -> bool:
    return told.command.measure == "suspend"


def _misstored(told: Sequence[Told], acts: Sequence[ActionTaken]) -> Iterator[str]:
    """
    Yield each act that was acknowledged and is not stored once, or is stored and was not
    acknowledged.
    """
    stored = Counter(event.action for event in acts)
    acknowledged = {each.outcome for each in told if isinstance(each.outcome, str)}
    for action in acknowledged:
        if stored[action] != 1:
            yield f"the act {action} was acknowledged and is stored {stored[action]} times"
    for action in stored.keys() - acknowledged:
        yield f"the act {action} is stored and nobody was told of it"


def _without_a_winner(slots: Mapping[str, Sequence[Told]]) -> Iterator[str]:
    """
    Yield each of *slots* that nobody has, unless somebody could not try, or more than one.
    """
    for account, wanted in slots.items():
        winners = sum(isinstance(each.outcome, str) for each in wanted)
        if winners != (0 if winners == 0 and turned_away(wanted) else 1):
            yield f"{winners} writers have suspended {account}"


def _unexpected(told: Sequence[Told]) -> Iterator[str]:
    """
    Yield each error that a race does not explain.
    """
    for each in told:
        usual = _SLOT_OUTCOMES if _is_for_slot(each) else _OUTCOMES
        if not isinstance(each.outcome, usual):
            yield f"{each.command.account}: {each.outcome}"


def _followed(follower: Follower) -> list[tuple[int, int]]:
    return [(entry.log, entry.position) for entry in follower]


def gaps(entries: Sequence[Entry]) -> Iterator[str]:
    """
    Yield each place at which a position or a version is not the one behind the last.
    """
    positions: Counter[int] = Counter()
    versions: Counter[str] = Counter()
    for entry in entries:
        positions[entry.log] += 1
        if entry.position != positions[entry.log]:
            yield f"position {positions[entry.log]} of log {entry.log} is {entry.position}"
        versions[entry.stream] += 1
        if entry.version != versions[entry.stream]:
            yield f"version {versions[entry.stream]} of {entry.stream} is {entry.version}"


def overtaken(told: Sequence[Told], entries: Sequence[Entry]) -> Iterator[str]:
    """
    Yield each act that was answered before another one of its log was given, and stands behind it.
    """
    by_action = {each.outcome: each for each in told if isinstance(each.outcome, str)}
    latest: dict[int, tuple[float, int]] = {}
    for entry in entries:
        if not isinstance(entry.event, ActionTaken) or entry.event.action not in by_action:
            continue
        each = by_action[entry.event.action]
        began, position = latest.get(entry.log, (each.began, 0))
        if each.ended < began:
            yield (
                f"position {entry.position} of log {entry.log} was answered before position"
                f" {position} was asked for"
            )
        latest[entry.log] = max((began, position), (each.began, entry.position))


def _missed(seen: Sequence[tuple[int, int]], entries: Sequence[Entry]) -> Iterator[str]:
    """
    Yield each log whose positions a follower did not see once and in order.
    """
    by_log: dict[int, list[int]] = defaultdict(list)
    for log, position in seen:
        by_log[log].append(position)
    for log, size in Counter(entry.log for entry in entries).items():
        if by_log[log] != [*range(1, size + 1)]:
            yield f"of the {size} positions of log {log} a follower saw {by_log[log][-9:]} at last"
