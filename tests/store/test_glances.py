"""
Glances: what one statement tells of an account is what a question would have told.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger, LedgerError
from ledger.book import history
from ledger.store import glances, lengths
from ledger.store.glances import Glances
from tests.conftest import ACCOUNT, HandSetClock, action_command, take_action
from tests.store.conftest import ACCOUNTS, edges, on
from tests.store.tracing import all_statements

FEW = 5
MINUTE = timedelta(minutes=1)


def told(ask: Callable[..., object], *arguments: Any) -> object:
    """
    Return what is answered or what is raised, as it can be compared.
    """
    try:
        return ask(*arguments)
    except LedgerError as error:
        return type(error), vars(error)


def answers(ledger: Ledger, known: list[Any], moments: list[datetime | None]) -> list[object]:
    """
    Return what *ledger* says of every account, at those moments and as it is known then.
    """
    accounts = (*ACCOUNTS, "nobody")
    standings = [told(ledger.standing, *each) for each in product(accounts, moments, known)]
    return standings + [told(ledger.account, *each) for each in product(accounts, known)]


def not_at_a_glance(patch: pytest.MonkeyPatch) -> None:
    """
    Let no glance have an answer.
    """
    patch.setattr(Glances, "in_force", lambda *_, **__: None)
    patch.setattr(Glances, "entries", lambda *_: None)


def test_a_glance_answers_as_a_question_does(
    lively: Ledger, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
):
    """
    Whatever moment is asked about and whatever is known, or nothing can be: errors are the same.
    """
    entries = [*lively.entries()]
    cuts = [
        {**{log.log: log.size for log in lively.status().logs}, each.log: each.position}
        for each in entries[::23]
    ]
    strange: list[Any] = [{}, {0: -1}, {0: 10**20}, {0: True}, {10**5: 1}, clock.now + MINUTE]
    times = [each.recorded_at for each in entries[::17]]
    known = [None, clock.now, *times, *cuts, dict.fromkeys(cuts[0], 0), *strange]
    moments = [None, *edges([*lively.restrictions()])[::9]]
    seen = answers(lively, known, moments)

    not_at_a_glance(monkeypatch)
    assert answers(lively, known, moments) == seen
    assert any(getattr(each, "in_force", ()) for each in seen)


def test_a_glance_sees_what_was_recorded_since_the_last_one(staffed: Ledger, clock: HandSetClock):
    """
    Nothing of the last answer is kept.
    """
    action = take_action(staffed)
    clock.advance(minutes=1)
    before, held = clock.now, staffed.standing(ACCOUNT)
    clock.advance(minutes=1)
    staffed.reverse(action, by="op-7", reason="error")
    clock.advance(minutes=1)

    assert [action] == [each.action for each in held.in_force]
    assert () == staffed.standing(ACCOUNT).in_force
    assert held.in_force == staffed.standing(ACCOUNT, before, before).in_force
    assert [2, 1] == [staffed.account(ACCOUNT, known).version for known in (None, before)]


def selects(
    url: str,
    clock: HandSetClock,
    patch: pytest.MonkeyPatch,
    ask: Callable[[Ledger], object] = lambda _: None,
) -> list[str]:
    """
    Return what is selected by whoever opens the ledger at *url* and asks it.
    """
    with all_statements(patch) as heard, Ledger.open(url, clock=clock) as opened:
        ask(opened)
    return [statement for statement in heard if statement.lstrip().startswith("SELECT")]


@on("sqlite", "postgres")
def test_a_glance_is_one_statement(
    staffed: Ledger, ledger_url: str, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
):
    """
    Whatever is known, and also the first time, when it is not known whether an import is
    unfinished.
    """
    take_action(staffed)
    clock.advance(minutes=1)
    cuts: list[Any] = [None, clock.now, staffed.standing(ACCOUNT).cut]
    opening = len(selects(ledger_url, clock, monkeypatch))

    for cut in cuts:
        asked: list[Callable[[Ledger], object]] = [
            partial(Ledger.standing, account=ACCOUNT, known_at=cut),
            partial(Ledger.account, account=ACCOUNT, known_at=cut),
        ]
        heard = [len(selects(ledger_url, clock, monkeypatch, ask)) for ask in asked]
        assert [opening + 1] * 2 == heard


@on("sqlite", "postgres")
def test_what_is_too_long_for_a_glance_is_glanced_at_once(
    staffed: Ledger, ledger_url: str, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
):
    """
    Nothing of a long account is read then, and from then on it is asked as a question at once.
    """
    monkeypatch.setattr(lengths, "LONG", FEW)
    monkeypatch.setattr(glances, "SPACING", FEW)
    action = take_action(staffed)
    for _ in range(FEW):
        staffed.note(ACCOUNT, "a word", by="op-7")

    def ask(ledger: Ledger) -> None:
        for _ in range(3):
            assert [action] == [each.action for each in ledger.standing(ACCOUNT).in_force]
            assert FEW + 1 == ledger.account(ACCOUNT).version

    heard = selects(ledger_url, clock, monkeypatch, ask)
    assert 2 == len([statement for statement in heard if "AS o LEFT JOIN" in statement])


def test_only_so_many_are_remembered_as_too_long(staffed: Ledger, monkeypatch: pytest.MonkeyPatch):
    """
    However many are asked about, and each is answered.
    """
    monkeypatch.setattr(lengths, "LONG", 1)
    monkeypatch.setattr(glances, "SPACING", 1)
    monkeypatch.setattr(glances, "_REMEMBERED_MAX", 2)
    for account in ACCOUNTS:
        take_action(staffed, account)
    asked = staffed._reader._glances  # noqa: SLF001, what is tested

    for account in ACCOUNTS:
        assert "deactivated" == staffed.standing(account).standing
        assert 1 == staffed.account(account).version
        assert {1, 2} >= {len(asked._long), len(asked._not_short)}  # noqa: SLF001


def test_a_glance_says_that_an_import_is_unfinished(
    staffed: Ledger, clock: HandSetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """
    As a question does, and no longer than it is; whoever asked before it began is told too.
    """
    monkeypatch.setattr(history, "CHUNK_STEPS", 1)
    take_action(staffed)
    lines = [
        action_command(f"imported-{n}", recorded_at=clock.advance(minutes=1).isoformat())
        for n in range(3)
    ]
    file = tmp_path / "lines.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    clock.advance(minutes=1)

    def unfinished() -> list[bool]:
        asked = [staffed.standing(ACCOUNT).cut, staffed.account(ACCOUNT).cut]
        with monkeypatch.context() as patched:
            not_at_a_glance(patched)
            asked += [staffed.standing(ACCOUNT).cut, staffed.account(ACCOUNT).cut]
        return [cut.import_unfinished for cut in asked]

    def interrupted(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    told = [unfinished()]
    with pytest.raises(KeyboardInterrupt):
        staffed.import_history("actions", file, progress=interrupted)
    told.append(unfinished())
    staffed.import_history("actions", file)
    told.append(unfinished())
    assert [[False] * 4, [True] * 4, [False] * 4] == told


def test_a_clock_that_was_set_back_hides_nothing_from_a_glance(
    staffed: Ledger, clock: HandSetClock
):
    """
    What was recorded last is in force, although it is yet to come.
    """
    clock.advance(hours=1)
    action = take_action(staffed)
    clock.advance(hours=-1)

    asked = staffed.standing(ACCOUNT)
    assert ([action], asked.cut.known_at) == ([each.action for each in asked.in_force], asked.at)


@on("postgres")
def test_an_account_is_not_planned_for_each_time(staffed: Ledger):
    """
    The server plans anew as long as it thinks that the values help: at most five times.
    """
    for number in range(40):
        take_action(staffed, ACCOUNTS[number % 4], "warn")
    now = staffed.status().recorded_at
    for number in range(30):
        account = ACCOUNTS[number % 4]
        staffed.standing(account, now, now)
        list(staffed.restrictions(account=account, in_force_at=now))

    with staffed._reader._database.reading() as connection:  # noqa: SLF001, whose it is
        planned = connection.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE position('restrictions' in statement) > 0"
            " AND position('pg_prepared' in statement) = 0"
        ).fetchall()
    assert 2 == len(planned)
    assert all(custom <= FEW < generic for generic, custom in planned)
