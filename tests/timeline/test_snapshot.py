"""
Snapshots: a history that goes on from one is the one that was read from its first entry.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings

from ledger.moderation.account import Account
from ledger.moderation.entry import Entry
from ledger.moderation.events.account import NoteAdded
from ledger.moderation.schema import SCHEMA
from ledger.proofs.tree import record_hash
from ledger.timeline import snapshot as room
from ledger.timeline.restrictions import History
from ledger.timeline.snapshot import SEAL_SIZE, SPACING, Chain, Snapshot
from tests.moderation.by_hand import at, recorded
from tests.strategies import account_histories, senseless_histories
from tests.timeline.golden_snapshot import ACCOUNT, entries, numbered, snapshots

ROOT = Path(__file__).parents[2]
# Of the samples' snapshots; another one only together with another `FORM` or `SCHEMA`.
GOLDEN = (1, 2, "ee6cc3fe07acc60670d73cab0f0d2e0ca040910f77b7bc77518bf91182b4a7cf")
(NOTE,) = recorded(("01:00", NoteAdded(note="n-1", text="seen")))
STEPS = account_histories() | senseless_histories("account")


def folded(told: Sequence[Entry]) -> History:
    """
    Return the history that the entries make, read from the first to the last.
    """
    history = History(Account(ACCOUNT))
    for entry in told:
        history.take(entry)
    return history


def taken(chain: Chain, told: Sequence[Entry], snapshot: Snapshot) -> bool:
    """
    Return whether *chain* takes a snapshot, with the bytes of its entries.
    """
    bodies = [entry.body for entry in told[chain.version : snapshot.version]]
    leaf = record_hash(told[snapshot.version - 1].body)
    return chain.take(snapshot.version, leaf, snapshot.state, bodies)


def padded(*parts: Sequence[Entry]) -> list[Entry]:
    """
    Return the parts one after the other, each but the last with as many notes behind it as bring
    it to a snapshot.
    """
    told: list[Entry] = []
    for part in parts:
        told += [NOTE] * (-len(told) % SPACING)
        told += part
    return numbered(told)


@settings(max_examples=60)
@given(STEPS, STEPS, STEPS)
def test_a_history_goes_on_from_a_snapshot(first, second, tail):
    """
    What the snapshots tell, and what is taken behind them, is what all entries make.
    """
    told = padded(first, second, tail)
    chain = Chain(0, ACCOUNT)
    for snapshot in snapshots(told):
        assert taken(chain, told, snapshot)
        assert folded(told[: chain.version]) == chain.history()
    history = chain.history()
    for entry in told[chain.version :]:
        history.take(entry)

    assert folded(told) == history


def test_every_kind_of_entry_is_told():
    """
    The samples of all kinds come back with all that they say.
    """
    told, chain = entries(), Chain(0, ACCOUNT)

    assert all(taken(chain, told, snapshot) for snapshot in snapshots(told))
    assert told[: chain.version] == [entry for part in chain.parts for entry in part.entries]


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_bytes_are_golden(seed):
    """
    They do not depend on the hash seed, and are other ones only where the number of the form is.
    """
    printed = subprocess.run(
        [sys.executable, "-m", "tests.timeline.golden_snapshot"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert (room.FORM, SCHEMA, printed.strip()) == GOLDEN


def test_no_byte_can_be_another_one():
    """
    A snapshot of which any byte was changed, lost or added is passed over.
    """
    told = numbered([NOTE] * SPACING)
    (made,) = snapshots(told)

    for place in range(len(made.state)):
        changed = bytearray(made.state)
        changed[place] ^= 1
        assert not taken(Chain(0, ACCOUNT), told, made._replace(state=bytes(changed)))
    for state in (b"", made.state[:-1], made.state[:SEAL_SIZE], made.state + b"\0"):
        assert not taken(Chain(0, ACCOUNT), told, made._replace(state=state))
    assert taken(Chain(0, ACCOUNT), told, made)


def test_a_snapshot_belongs_to_its_entry_and_to_those_before_it():
    """
    One that ends with another entry, or stands behind other snapshots, is passed over.
    """
    told = padded([], [NOTE] * SPACING, [NOTE] * SPACING)
    others = numbered([NOTE._replace(recorded_at=at("02:00")), *told[1:]])
    first, second = snapshots(told)
    other, _ = snapshots(others)

    chain = Chain(0, ACCOUNT)
    assert not taken(chain, told, second)
    assert not chain.take(first.version, record_hash(b"another"), first.state)
    assert taken(chain, told, other)
    assert not taken(chain, told, second)


@pytest.mark.parametrize("number", ["FORM", "SCHEMA"])
def test_a_snapshot_of_a_newer_version_is_passed_over(number, monkeypatch):
    """
    What is derived is read by who knows it, and from the entries by everybody else.
    """
    told = numbered([NOTE] * SPACING)
    with monkeypatch.context() as newer:
        newer.setattr(room, number, getattr(room, number) + 1)
        (made,) = snapshots(told)
        assert taken(Chain(0, ACCOUNT), told, made)

    assert not taken(Chain(0, ACCOUNT), told, made)


def test_a_part_of_a_chain_is_one():
    """
    An earlier cut rests on the snapshots up to it and on no later one.
    """
    told, chain = entries(), Chain(0, ACCOUNT)
    for snapshot in snapshots(told):
        taken(chain, told, snapshot)
    before = chain.until(SPACING)

    assert (SPACING, chain.parts[0].seal) == (before.version, before.seal)
    assert folded(told[:SPACING]) == before.history()
    assert (0, b"") == (chain.until(0).version, chain.until(0).seal)
