"""
No sequence of crashes, forgeries and restores makes a notary sign two roots at one size.

A notary that dies is one of which a step to the disk was never done; what it had signed by then
nobody was given.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import LedgerError, Tampered
from ledger.notary.notary import Notary
from ledger.notary.state import read_state
from ledger.proofs.checkpoint import parse_checkpoint
from ledger.proofs.tree import encode_frontier, extend_many, record_hash
from ledger.store.leaves import Leaf, LogHead
from tests.conftest import HandSetClock
from tests.notary.conftest import ORIGIN, key_of

STEPS = ("written", "renamed", "flushed")


class Died(BaseException):
    """
    The process is gone.
    """


class Tables:
    """
    What a notary reads of a database: the entries of its logs, as whoever owns it has put them.
    """

    def __init__(self, logs: int) -> None:
        self.bodies: list[list[bytes]] = [[] for _ in range(logs)]

    @contextmanager
    def reading(self) -> Iterator["Tables"]:
        """
        Give what there is.
        """
        yield self

    def heads(self) -> list[LogHead]:
        """
        Return heads that go with the entries.
        """
        return [
            LogHead(
                log,
                len(bodies),
                "",
                encode_frontier(len(bodies), extend_many((), 0, map(record_hash, bodies))),
            )
            for log, bodies in enumerate(self.bodies)
        ]

    def leaves(self, log: int, after: int, up_to: int) -> Iterator[Leaf]:
        """
        Yield the entries of a log between two positions.
        """
        for position in range(after + 1, up_to + 1):
            body = self.bodies[log][position - 1]
            yield Leaf(position, body, record_hash(body))


@pytest.fixture(autouse=True)
def _read_from_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.notary.notary.log_heads", Tables.heads)
    monkeypatch.setattr("ledger.notary.notary.leaves", Tables.leaves)


def dying_at(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """
    Let the next write of a state end before it is *step*.
    """

    def die(*_args: Any, **_named: Any) -> None:
        raise Died

    if step == "written":
        monkeypatch.setattr("ledger.notary.state.durable.replaced", die)
    elif step == "renamed":
        monkeypatch.setattr(Path, "replace", die)
    else:
        monkeypatch.setattr("ledger.notary.durable.flush_folder", die)


moves = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 1), st.binary(max_size=2)),
        st.tuples(st.just("cut"), st.integers(0, 1), st.integers(0, 4)),
        st.tuples(st.just("edit"), st.integers(0, 1), st.integers(0, 4)),
        st.tuples(st.just("sign"), st.sampled_from([None, None, *STEPS]), st.just(0)),
    ),
    max_size=14,
)


@pytest.mark.parametrize("logs", [1, 2])
@settings(max_examples=120)
@given(moves=moves)
def test_no_two_roots_at_one_size_leave_a_notary(tmp_path_factory, logs: int, moves):
    """
    Whatever the tables were in between, and wherever the notary died: of all the notes that it gave
    out each begins the next one, so that one size has one root.
    """
    state = tmp_path_factory.mktemp("notary") / "state"
    tables, given_out = Tables(logs), dict[tuple[str, int], bytes]()
    for move, first, second in moves:
        if move == "write":
            tables.bodies[first % logs].append(second)
        elif move == "cut":
            del tables.bodies[first % logs][second:]
        elif move == "edit" and second < len(tables.bodies[first % logs]):
            tables.bodies[first % logs][second] += b"!"
        elif move == "sign":
            _sign(state, tables, logs, first, given_out)
    shutil.rmtree(state.parent)


def _sign(
    state: Path,
    tables: Tables,
    logs: int,
    step: str | None,
    given_out: dict[tuple[str, int], bytes],
) -> None:
    """
    Let a notary come, sign and go, or die before a step; keep what it gave out.
    """
    name = f"{ORIGIN}/{'0' if logs == 1 else 'roots'}"
    with pytest.MonkeyPatch.context() as monkeypatch:
        try:
            with Notary(state, ORIGIN, logs, [key_of(1, name)], HandSetClock()) as notary:
                if step is not None:
                    dying_at(monkeypatch, step)
                note = notary.sign(tables)  # type: ignore[arg-type]
                every = (parse_checkpoint(note.text), *notary.state.checkpoints())
        except (Died, Tampered):
            return
    for checkpoint in every:
        place = checkpoint.origin, checkpoint.size
        assert checkpoint.root == given_out.setdefault(place, checkpoint.root)
        assert checkpoint.size == max(size for origin, size in given_out if origin == place[0])


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_leaves_the_old_state_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
):
    """
    Never a part of one, and the next notary goes on from it.
    """
    tables, state = Tables(1), tmp_path / "state"
    tables.bodies[0] = [b"a", b"b"]
    with Notary(state, ORIGIN, 1, [key_of(1)], HandSetClock()) as notary:
        notary.sign(tables)  # type: ignore[arg-type]
        tables.bodies[0].append(b"c")
        with monkeypatch.context() as dying:
            dying_at(dying, step)
            with pytest.raises(Died):
                notary.sign(tables)  # type: ignore[arg-type]

    found = read_state(state)
    assert found is not None
    assert (3 if step == "flushed" else 2) == found.signed.size
    with Notary(state, ORIGIN, 1, [key_of(1)], HandSetClock()) as notary:
        assert 3 == parse_checkpoint(notary.sign(tables).text).size  # type: ignore[arg-type]


def test_a_full_disk_gives_nothing_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """
    A note whose state cannot be kept does not leave the notary.
    """
    tables = Tables(1)
    tables.bodies[0] = [b"a"]

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        Notary(tmp_path / "state", ORIGIN, 1, [key_of(1)], HandSetClock()) as notary,
        pytest.raises(LedgerError, match="No space left"),
    ):
        notary.sign(tables)  # type: ignore[arg-type]

    assert not (tmp_path / "state").exists()


RACER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ledger import Ledger, LedgerError
from ledger.notary.keys import SigningKey
from ledger.notary.notary import Notary
from ledger.proofs.note import Algorithm
from ledger.store import url as urls
state, url, origin = sys.argv[1:]
database = urls.connect(url, create=False)
key = SigningKey(f"{origin}/0", Algorithm.ED25519, bytes([1]) * 32)
with Ledger.open(url) as ledger:
    for number in range(8):
        ledger.note("account", str(number), by="op-7")
        try:
            with Notary(Path(state), origin, 1, [key], lambda: datetime.now(UTC)) as notary:
                print(notary.sign(database).text.replace(chr(10), " "), flush=True)
        except LedgerError as error:
            assert "another notary" in str(error), error
"""


def test_two_processes_race_for_one_state(ledger, url: str, state: Path, make_racer):
    """
    Two processes write and sign at once: they take turns, and each size has one root.
    """
    assert ledger.settings.origin == ORIGIN
    racers = [make_racer(state, url) for _ in range(2)]
    told = [racer.communicate(timeout=60) for racer in racers]

    assert [0, 0] == [racer.returncode for racer in racers], told
    roots: dict[str, set[str]] = {}
    for said, _ in told:
        for line in said.splitlines():
            _, size, root, *_ = line.split(" ")
            roots.setdefault(size, set()).add(root)
    assert len(roots) > 1
    assert {1} == {len(each) for each in roots.values()}


@pytest.fixture
def make_racer() -> Callable[[Path, str], "subprocess.Popen[str]"]:
    """
    Return what starts a process that writes and signs.
    """

    def started(state: Path, url: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", RACER, str(state), url, ORIGIN],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return started
