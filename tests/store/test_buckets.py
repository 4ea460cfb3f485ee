"""
Buckets in the table: the index orders the restrictions of an account by them, and a long account is
asked for what is in force through them, with the same answer.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product
from typing import Any

import pytest

from ledger import Ledger, Restriction, Standing
from ledger.store import lengths, settings
from ledger.store import url as urls
from ledger.store.database import Database
from ledger.store.rows import RESTRICTION_COLUMNS, restriction_from
from ledger.store.schema import BUCKET, BUCKET_FROM, OPEN_POSITION
from ledger.store.search import Reach, filters, listing
from ledger.store.settings import Settings
from ledger.timeline.bucket import bucket, stretches
from ledger.timeline.cut import Cut
from tests.conftest import ACCOUNT, Backend, HandSetClock, enrol_staff, take_action
from tests.store.conftest import ACCOUNTS, edges, on
from tests.store.tracing import all_statements

LONG = 5
UNION = "UNION ALL SELECT * FROM restrictions"
# How many buckets are empty in a log of so many entries.
LEFT_OUT = {OPEN_POSITION: 0, 10**6: 8, 10**6 - 1: 9}
# How a plan is asked for, and what it says of a search.
EXPLAINED = {
    "sqlite": (
        "EXPLAIN QUERY PLAN",
        "INDEX restrictions_bucket (account=? AND <expr>=? AND <expr>>? AND <expr><?)",
    ),
    "postgres": ("EXPLAIN", "Index Scan using restrictions_bucket"),
}


def test_the_database_says_of_each_row_what_the_rule_says(lively: Ledger, database: Database):
    """
    Of those with an end, those without, and those that are known so no more.
    """
    assert lively.status().entries
    with database.reading() as connection:
        rows = connection.execute(
            f"SELECT {RESTRICTION_COLUMNS}, {BUCKET}, {BUCKET_FROM} FROM restrictions"  # noqa: S608
        ).fetchall()

    told = {(restriction_from(row[:-2]), row[-2:]) for row in rows}
    assert {(known, bucket(known)) for known, _ in told} == told
    assert {True, False} == {known.lasting is None for known, _ in told}
    assert {True, False} == {known.known_until is None for known, _ in told}


@on("sqlite", "postgres")
def test_a_long_account_answers_as_a_short_one(
    lively: Ledger, ledger_url: str, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
):
    """
    Whatever moment is asked about, and as known at whichever entry of it, also with other filters.
    """
    asked = [*questions(lively)]
    expected = [answers(lively, *each) for each in asked]

    monkeypatch.setattr(lengths, "LONG", LONG)
    with all_statements(monkeypatch) as heard, Ledger.open(ledger_url, clock=clock) as opened:
        assert expected == [answers(opened, *each) for each in asked]
    assert any(UNION in statement for statement in heard)
    assert {True, False} == {bool(standing.in_force) for standing, *_ in expected}


def questions(ledger: Ledger) -> Iterator[tuple[str, datetime, Mapping[int, int] | None]]:
    """
    Yield accounts, each with moments at which something begins or ends, and with cuts.
    """
    for account in ACCOUNTS:
        entries = [*ledger.entries(account=account)][::7]
        cuts = [None, *({each.log: each.position} for each in entries)]
        moments = edges([*ledger.restrictions(account=account)])[::3]
        for at, cut in product(moments, cuts):
            yield account, at, cut


def answers(
    ledger: Ledger, account: str, at: datetime, cut: Mapping[int, int] | None
) -> tuple[Standing, list[Restriction], list[Restriction], int]:
    """
    Return what *ledger* says of what is in force, in each way that it can be asked.
    """
    asked: dict[str, Any] = {"account": account, "in_force_at": at, "known_at": cut}
    return (
        ledger.standing(account, at, cut),
        [*ledger.restrictions(**asked)],
        [*ledger.restrictions(**asked, measure="suspend", lasting=("1m", None), limit=1)],
        ledger.count_restrictions(**asked),
    )


@on("sqlite", "postgres")
def test_an_account_is_long_from_that_entry_on(
    staffed: Ledger, ledger_url: str, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
):
    """
    A shorter one is asked for as ever.
    """
    monkeypatch.setattr(lengths, "LONG", LONG)
    action = take_action(staffed)
    told = []
    for _ in range(LONG):
        clock.advance(minutes=1)
        told.append(standing_by_buckets(ledger_url, clock, monkeypatch, action))
        staffed.note(ACCOUNT, "a word", by="op-7")

    assert [False] * (LONG - 1) + [True] == told


@on("sqlite", "postgres")
def test_a_ledger_of_format_1_has_no_buckets(
    ledger_url: str, backend: Backend, clock: HandSetClock, monkeypatch: pytest.MonkeyPatch
):
    """
    However long an account is, it is asked for as ever, until the ledger is migrated.
    """
    monkeypatch.setattr(lengths, "LONG", LONG)
    database = urls.connect(ledger_url, create=True)
    settings.create(database, Settings(origin="example.org/log", logs=backend.logs, format=1))
    database.close()
    with Ledger.open(ledger_url, clock=clock) as older:
        action = take_action(enrol_staff(older))
        for _ in range(LONG):
            older.note(ACCOUNT, "a word", by="op-7")
        told = [standing_by_buckets(ledger_url, clock, monkeypatch, action)]
        older.migrate()
        told.append(standing_by_buckets(ledger_url, clock, monkeypatch, action))

    assert [False, True] == told


def standing_by_buckets(
    url: str, clock: HandSetClock, patch: pytest.MonkeyPatch, action: str
) -> bool:
    """
    Return whether the standing of the account, which is under *action*, is asked for by its buckets
    when it is asked first.
    """
    with all_statements(patch) as heard, Ledger.open(url, clock=clock) as opened:
        assert [action] == [each.action for each in opened.standing(ACCOUNT).in_force]
    return any(UNION in statement for statement in heard)


@on("sqlite", "postgres")
@pytest.mark.parametrize("size", LEFT_OUT)
def test_each_bucket_is_searched_by_the_index(
    lively: Ledger,
    database: Database,
    backend: Backend,
    clock: HandSetClock,
    size: int,
):
    """
    From one text to another: nothing else of the account is read. What would have been known for
    more positions than the log has is not looked for.
    """
    assert lively.status().entries
    asked = filters(account=ACCOUNTS[0], in_force_at=clock.now)
    cut = Cut({0: 50}, clock.now, settled=True)
    statement, parameters = listing(asked, cut, Reach(50, size), by_time=False)
    explain, searched = EXPLAINED[backend.engine]

    with database.reading() as connection:
        if backend.engine == "postgres":
            # So short a table is read as a whole.
            connection.execute("SET LOCAL enable_seqscan = off")
            connection.execute("SET LOCAL enable_bitmapscan = off")
        plan = [*map(str, connection.execute(f"{explain} {statement}", parameters))]

    buckets = len([*stretches(clock.now, 50)]) - LEFT_OUT[size]
    assert buckets == len([line for line in plan if searched in line])
