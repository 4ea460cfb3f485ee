"""
Positions, versions, and the first entry of a ledger.
"""

from collections import defaultdict
from itertools import pairwise

import pytest

from ledger import Entry, Ledger, LedgerError, Malformed
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.events.book import LedgerOpened
from ledger.moderation.identity import log_of_stream
from tests.conftest import Backend, HandSetClock, action_command, take_action


def positions(ledger: Ledger) -> dict[int, list[int]]:
    """
    Return the positions of each log, in stored order.
    """
    found: dict[int, list[int]] = defaultdict(list)
    for entry in ledger.entries():
        found[entry.log].append(entry.position)
    return found


def actions(ledger: Ledger) -> dict[str, Entry]:
    """
    Return the entry of every action.
    """
    entries = list(ledger.entries())
    return {entry.event.action: entry for entry in entries if isinstance(entry.event, ActionTaken)}


def test_positions_have_no_gaps(lively: Ledger):
    """
    In each log positions count 1, 2, 3 …, up to the size that the head states.
    """
    sizes = {log.log: log.size for log in lively.status().logs if log.size}

    assert {log: [*range(1, size + 1)] for log, size in sizes.items()} == positions(lively)


def test_versions_are_contiguous(lively: Ledger):
    """
    In each stream versions count 1, 2, 3 …
    """
    versions: dict[str, list[int]] = defaultdict(list)
    for entry in lively.entries():
        versions[entry.stream].append(entry.version)

    assert {s: [*range(1, len(held) + 1)] for s, held in versions.items()} == versions


def test_a_stream_lives_in_the_log_of_its_hash(lively: Ledger, backend: Backend):
    """
    Every entry of a stream stands in the one log that its name gives.
    """
    entries = list(lively.entries())

    assert [log_of_stream(e.stream, backend.logs) for e in entries] == [e.log for e in entries]


def test_what_the_ledger_is_stands_first(staffed: Ledger, backend: Backend):
    """
    The first entry is `ledger.opened` in log 0, with the settings, in the first transaction.
    """
    (opened,) = staffed.entries(stream="ledger/settings")

    first = (opened.log, opened.position, opened.version, opened.operator)
    assert (0, 1, 1, "system") == first
    assert opened.recorded_at == min(entry.recorded_at for entry in staffed.entries())
    said = LedgerOpened(format=3, origin=staffed.settings.origin, logs=backend.logs, sealed=False)
    assert said == opened.event


def test_creating_a_ledger_writes_no_entry(ledger: Ledger):
    """
    Tables and settings alone are made; the first entry comes with the first command.
    """
    assert 0 == ledger.status().entries
    assert ledger.status().recorded_at is None
    assert [] == list(ledger.entries())


def test_a_batch_stands_together(staffed: Ledger):
    """
    The entries of a transaction follow each other in each log, in the order of their commands.
    """
    names = staffed.record_many(action_command(f"account-{n}") for n in range(20))

    entries = actions(staffed)
    by_log: dict[int, list[int]] = defaultdict(list)
    for name in names:
        by_log[entries[name].log].append(entries[name].position)
    assert 20 == sum(map(len, by_log.values()))
    steps = {after - before for held in by_log.values() for before, after in pairwise(held)}
    assert steps <= {1}


def test_made_ids_end_in_their_log(staffed: Ledger):
    """
    An id that the ledger makes is a UUIDv7 that ends in the number of the log of its entry.
    """
    made = [take_action(staffed, f"account-{n}") for n in range(5)]

    entries = actions(staffed)
    assert ["7"] * 5 == [name[14] for name in made]
    assert [entries[name].log for name in made] == [int(name[-4:], 16) for name in made]


def test_failures_leave_no_gap(staffed: Ledger, clock: HandSetClock):
    """
    Commands that fail between others use no position and no version up.
    """
    for number in range(4):
        take_action(staffed)
        for name, changes in (("x", {"by": "nobody"}), ("x", {"measure": "banish"}), (None, {})):
            with pytest.raises(LedgerError):
                take_action(staffed, name or "25073877", **changes)
        staffed.note("25073877", f"note {number}", by="op-7")
        clock.advance(minutes=1)
        (in_force,) = staffed.standing("25073877").in_force
        staffed.reverse(in_force.action, by="op-7", reason="error")

    versions = [entry.version for entry in staffed.entries(account="25073877")]
    assert [*range(1, 13)] == versions
    assert sum(map(len, positions(staffed).values())) == staffed.status().entries


@pytest.mark.parametrize("stream", ["account/\x00", "account/" + "x" * 256, "", "a\nb"])
def test_what_cannot_be_a_stream_is_malformed(staffed: Ledger, stream: str):
    """
    A question about what cannot be the name of a stream says so, on every engine.
    """
    with pytest.raises(Malformed) as malformed:
        list(staffed.entries(stream=stream))
    assert malformed.value.where == "stream"
