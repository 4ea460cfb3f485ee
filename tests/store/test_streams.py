"""
What a process keeps of streams: it is what the database holds, whoever wrote there meanwhile.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger, Refused, Unavailable
from ledger.moderation.identity import log_of_stream
from ledger.store.streams import Streams
from tests.conftest import HandSetClock, take_action
from tests.store.conftest import on
from tests.store.test_server import direct

LOGS = 16
LIMIT = {"policy": 1, "safeguards": [{"rule": "rate-limit", "limit": 3, "window": "1h"}]}


def named(aggregate: str, log: int) -> str:
    """
    Return an id whose stream stands in *log* of `LOGS`.
    """
    names = (f"{aggregate}-{number}" for number in range(1_000))
    return next(name for name in names if log == log_of_stream(f"{aggregate}/{name}", LOGS))


OPERATOR, ACCOUNT = named("operator", 3), named("account", 5)


def copied(path: Path, to: Path) -> None:
    """
    Copy the database at *path*.
    """
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


@on("postgres", logs=1)
def test_what_could_not_be_looked_up_is_looked_up_again(
    staffed: Ledger, ledger_url: str, clock: HandSetClock
):
    """
    A process that is kept from reading what another one wrote reads it with its next command: an
    operator who was barred meanwhile does nothing in between.
    """
    with (
        Ledger.open(f"{ledger_url}&lock_timeout=1s", clock=clock) as process,
        direct(ledger_url) as holder,
    ):
        take_action(process, "a", "warn")
        staffed.bar_operator("op-7", by="op-1", reason="caught")
        with holder.transaction():
            holder.execute("LOCK TABLE entries IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Unavailable, match="locked"):
                take_action(process, "b", "warn", by="op-1")

        with pytest.raises(Refused, match="barred"):
            take_action(process, "c", "warn")


@pytest.mark.parametrize("written", [1, 2, 3])
def test_a_tail_that_was_lost_is_kept_nowhere(
    file_ledger: Ledger, ledger_path: Path, tmp_path: Path, clock: HandSetClock, written: int
):
    """
    Where the database goes on from an older state, as a standby may, with fewer entries than this
    process saw, as many, or more, all is read again: versions have no gaps, nobody acts by an
    authority that he has no more, and acts that were lost count for no limit.
    """
    file_ledger.adopt_policy(LIMIT, by="op-1")
    older = tmp_path / "older.db"
    copied(ledger_path, older)
    for _ in range(2):
        clock.advance(seconds=1)
        take_action(file_ledger, "lost", "warn", by="op-1")
    copied(older, ledger_path)
    with Ledger.open(f"sqlite:///{ledger_path}", clock=clock) as primary:
        clock.advance(seconds=1)
        primary.bar_operator("op-7", by="op-1", reason="caught")
        for number in range(written - 1):
            clock.advance(seconds=1)
            primary.note(f"new-{number}", "n", by="op-1")

    clock.advance(seconds=1)
    with pytest.raises(Refused, match="barred"):
        take_action(file_ledger, "a", "warn")
    for _ in range(3):
        take_action(file_ledger, "lost", "warn", by="op-1")
    lost = [entry.version for entry in file_ledger.entries(account="lost")]
    assert [1, 2, 3] == lost
    assert not any(difference.differed for difference in file_ledger.rebuild())


def test_a_log_that_is_only_read_must_not_be_ahead_of_the_clock(
    ledger_path: Path, clock: HandSetClock
):
    """
    Where the operator's log was recorded by a clock that is far ahead, nothing rests on it until
    that time has come; the account's log is not drawn after it.
    """
    fast = HandSetClock()
    fast.advance(hours=1)
    url = f"sqlite:///{ledger_path}"
    with Ledger.create(url, logs=LOGS, clock=clock) as ledger:
        ledger.enrol_operator(OPERATOR, kind="human")
        with Ledger.open(url, clock=fast) as wrong:
            wrong.change_contract(OPERATOR, contract="employee", by="system")
        with pytest.raises(Unavailable, match="ahead of the clock"):
            take_action(ledger, ACCOUNT, by=OPERATOR)

        take_action(ledger, ACCOUNT, by="system")
        (act,) = ledger.entries(account=ACCOUNT)
        assert timedelta(seconds=1) > act.recorded_at - clock.now


def test_what_is_forgotten_while_a_command_is_prepared_is_read_again(
    ledger_path: Path, clock: HandSetClock
):
    """
    Whoever answers for a request is looked at last, and what his log is found to be may let go of
    the account too: here it was first seen behind a moment that was settled.
    """
    keeper, approver = OPERATOR, named("operator", 7)
    url = f"sqlite:///{ledger_path}"
    with Ledger.create(url, logs=LOGS, clock=clock) as ledger:
        ledger.enrol_operator(keeper, kind="human")
        ledger.enrol_operator(approver, kind="human")
        asked = [
            ledger.request("warn", ACCOUNT, by=keeper, because_of="own-initiative", reason=reason)
            for reason in ("first", "second")
        ]
        clock.advance(minutes=2)
        ledger.fence(clock.now - timedelta(minutes=1))
        with Ledger.open(url, clock=clock) as process:
            process.approve(asked[0], by=approver)
            ledger.change_contract(keeper, contract="employee", by="system")
            process.approve(asked[1], by=approver)

        kinds = [entry.kind for entry in ledger.entries(account=ACCOUNT)]
        assert 2 == kinds.count("account.action_taken")
        assert not any(difference.differed for difference in ledger.rebuild())


@on("postgres", logs=1)
def test_nothing_rests_on_what_was_recorded_later(
    ledger_url: str, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
):
    """
    What another process records on the operator's stream once its log was looked at is not relied
    on, since its time may be later: at the act's own time all that it rests on is known.
    """
    ahead = HandSetClock()
    ahead.advance(minutes=4)
    Ledger.create(ledger_url, logs=LOGS, clock=clock).close()
    with Ledger.open(ledger_url, clock=clock) as ledger:
        ledger.enrol_operator(OPERATOR, kind="human")
    real, stream = Streams._read, f"operator/{OPERATOR}"  # noqa: SLF001

    with (
        Ledger.open(ledger_url, clock=clock) as ledger,
        Ledger.open(ledger_url, clock=ahead) as other,
    ):

        def read(self: Streams, connection: Any, streams: Sequence[str]) -> None:
            monkeypatch.undo()
            other.change_contract(OPERATOR, contract="employee", by="system")
            real(self, connection, streams)

        monkeypatch.setattr(Streams, "_read", read)
        take_action(ledger, ACCOUNT, by=OPERATOR)
        (act,) = ledger.entries(account=ACCOUNT)
        known = [entry.version for entry in ledger.entries(stream=stream, known_at=act.recorded_at)]

    relied_on: tuple[str, ...] = act.event.relied_on  # type: ignore[attr-defined]
    assert [f"{stream}@{version}" for version in known] == [
        relied for relied in relied_on if relied.startswith(stream)
    ]
