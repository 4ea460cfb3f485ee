"""
What the writer promises: each caller an outcome of his own, and every command recorded once.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest

from ledger import Conflict, Ledger, LedgerError, Malformed, NotFound, Refused, Unavailable
from ledger.moderation.rulebook import Rulebook
from ledger.moderation.rules import RULES
from ledger.moderation.vocabulary import BUILT_IN
from ledger.store import settings
from ledger.store.database import RunAgain
from ledger.store.settings import Settings
from tests.conftest import HandSetClock, action_command, take_action
from tests.store.faulty import FaultyDatabase, beaten, doubtful, forestalled


@pytest.fixture
def database() -> Iterator[FaultyDatabase]:
    """
    Return a database that fails where it is told to.
    """
    opened = FaultyDatabase(None)
    yield opened
    opened.close()


@pytest.fixture(params=[1, 5], ids=["1 log", "5 logs"])
def ledger(
    request: pytest.FixtureRequest, database: FaultyDatabase, clock: HandSetClock
) -> Iterator[Ledger]:
    """
    Return an empty ledger in `database`.
    """
    fixed = Settings(origin="example.org/log", logs=request.param)
    settings.create(database, fixed)
    opened = Ledger(database, fixed, clock, Rulebook(BUILT_IN, RULES), timedelta(minutes=5))
    yield opened
    opened.close()


def together(
    ledger: Ledger, database: FaultyDatabase, commands: list[dict[str, object]]
) -> list[Future[str]]:
    """
    Submit *commands* while a transaction is held up, so that they wait at the same moment.
    """
    database.gate.clear()
    database.waiting.clear()
    first = ledger.submit({"command": "note", "account": "first", "text": "first", "by": "op-7"})
    assert database.waiting.wait(60)
    futures = [ledger.submit(command) for command in commands]
    before = database.transactions
    database.gate.set()
    first.result(60)
    assert database.transactions >= before
    return futures


def outcome(future: Future[str]) -> str | LedgerError:
    """
    Return the id that *future* brings, or the error.
    """
    error = future.exception(60)
    assert error is None or isinstance(error, LedgerError)
    return future.result() if error is None else error


def taken(ledger: Ledger) -> list[str]:
    """
    Return the accounts that an action was taken on, in stored order.
    """
    kinds = [entry for entry in ledger.entries() if entry.kind == "account.action_taken"]
    return [entry.stream.partition("/")[2] for entry in kinds]


def test_commands_that_wait_together_share_a_transaction(staffed: Ledger, database: FaultyDatabase):
    """
    Twenty commands that wait are recorded at one moment, in the order in which they came.
    """
    accounts = [f"a{number}" for number in range(20)]
    before = database.transactions
    futures = together(staffed, database, [action_command(account) for account in accounts])
    ids = [outcome(future) for future in futures]

    assert before + 2 == database.transactions
    entries = [entry for entry in staffed.entries() if entry.kind == "account.action_taken"]
    assert sorted(accounts) == sorted(taken(staffed))
    assert 1 == len({entry.recorded_at for entry in entries})
    assert [f"account/{account}" for account in accounts] == [
        next(e.stream for e in entries if getattr(e.event, "action", "") == name) for name in ids
    ]


BAD: dict[str, tuple[dict[str, Any], type[LedgerError]]] = {
    "refused and recorded": (action_command("bad", by="op-417"), Refused),
    "refused": ({"command": "reverse", "action": "a-0", "by": "op-7", "reason": "x"}, Refused),
    "of nobody": (action_command("bad", by="op-none"), NotFound),
    "of nothing": ({"command": "withdraw", "id": "none", "by": "op-7", "reason": "x"}, NotFound),
    "of an id that is taken": (action_command("bad", request_id="q-0"), Conflict),
    "too late": (action_command("bad", expires_at="2017-11-02T20:00:00Z"), Malformed),
    "emptying": (
        {
            "command": "correct",
            "id": "a-1",
            "by": "op-7",
            "reason": "x",
            "effective_at": "2017-11-02T22:30:00Z",
        },
        Refused,
    ),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_one_bad_command_fails_no_other(
    staffed: Ledger, database: FaultyDatabase, clock: HandSetClock, bad: str, place: int
):
    """
    Whatever is wrong with one of several commands that share a transaction, it is the one that is
    told, and the others are recorded once each.
    """
    command, expected = BAD[bad]
    for number in range(2):
        take_action(staffed, f"old-{number}", action=f"a-{number}", request_id=f"q-{number}")
    clock.set("2017-11-02T22:20:00Z")
    staffed.reverse("a-0", by="op-7", reason="over")
    staffed.reverse("a-1", by="op-7", reason="over")
    clock.set("2017-11-02T23:30:00Z")
    good = [action_command(f"good-{number}") for number in range(3)]
    futures = together(staffed, database, [*good[:place], command, *good[place:]])
    outcomes = [outcome(future) for future in futures]

    told = outcomes.pop(place)
    assert isinstance(told, expected)
    assert all(isinstance(each, str) for each in outcomes)
    assert ["good-0", "good-1", "good-2"] == sorted(taken(staffed))[:3]
    refusals = [e for e in staffed.entries() if "refused" in e.kind]
    assert (bad == "refused and recorded") == (len(refusals) == 1)
    assert not any(difference.differed for difference in staffed.rebuild())


def test_equal_request_ids_that_wait_together_are_one_command(
    staffed: Ledger, database: FaultyDatabase
):
    """
    The same command under the same id is recorded once, and both callers get its id.
    """
    commands = [action_command("a", request_id="q"), action_command("a", request_id="q")]
    first, second = [outcome(future) for future in together(staffed, database, commands)]

    assert first == second
    assert ["a"] == taken(staffed)


def test_first_commands_that_wait_together_open_the_ledger_once(
    ledger: Ledger, database: FaultyDatabase
):
    """
    Of a new ledger the first entry is its opening, however many wait to write first.
    """
    database.gate.clear()
    futures = [
        ledger.submit({"command": "enrol_operator", "operator": f"op-{n}", "kind": "human"})
        for n in range(5)
    ]
    database.gate.set()
    assert all(isinstance(outcome(future), str) for future in futures)

    kinds = [entry.kind for entry in ledger.entries()]
    assert ["ledger.opened", *["operator.enrolled"] * 5] == kinds


def test_a_transaction_that_lost_a_race_is_run_again(staffed: Ledger, database: FaultyDatabase):
    """
    A command that is beaten three times is recorded once.
    """
    database.before = [beaten(), beaten(), beaten()]
    take_action(staffed, "a")

    assert ["a"] == taken(staffed)


def test_a_transaction_that_loses_every_race_is_a_conflict(
    staffed: Ledger, database: FaultyDatabase
):
    """
    Who never wins is told so, and nothing was written.
    """
    database.tries = 3
    database.before = [beaten() for _ in range(4)]
    with pytest.raises(Conflict, match="faster"):
        take_action(staffed, "a")

    assert [] == taken(staffed)
    take_action(staffed, "a")
    assert ["a"] == taken(staffed)


@pytest.mark.parametrize(
    ("fault", "transactions"), [(beaten, 8), (forestalled, 7)], ids=["beaten", "forestalled"]
)
def test_commands_that_share_a_transaction_lose_races_together(
    staffed: Ledger, database: FaultyDatabase, fault: Callable[[], RunAgain], transactions: int
):
    """
    A batch that is beaten again and again stays together, since it is none of its commands'
    doing; one whose rows are taken is recorded one by one in the end. Each command is there once.
    """
    before = database.transactions
    database.before = [None, *(fault() for _ in range(6 if fault is beaten else 3))]
    accounts = ["a", "b", "c"]
    futures = together(staffed, database, [action_command(account) for account in accounts])

    assert all(isinstance(outcome(future), str) for future in futures)
    assert transactions == database.transactions - before
    assert accounts == sorted(taken(staffed))


@pytest.mark.parametrize("count", [1, 3])
def test_a_commit_whose_answer_is_lost_is_not_done_twice(
    staffed: Ledger, database: FaultyDatabase, count: int
):
    """
    Commands without an id of their own are recorded once where the commit took place and only its
    answer was lost.
    """
    database.after = [None, doubtful()]
    accounts = [f"a{number}" for number in range(count)]
    futures = together(staffed, database, [action_command(account) for account in accounts])

    assert all(isinstance(outcome(future), str) for future in futures)
    assert accounts == sorted(taken(staffed))
    assert not any(difference.differed for difference in staffed.rebuild())


@pytest.mark.parametrize("count", [1, 3])
def test_a_commit_that_was_lost_with_its_answer_is_done_again(
    staffed: Ledger, database: FaultyDatabase, count: int
):
    """
    Where the commit did not take place, the commands are recorded all the same, once.
    """
    database.before = [None, doubtful()]
    accounts = [f"a{number}" for number in range(count)]
    futures = together(staffed, database, [action_command(account) for account in accounts])

    assert all(isinstance(outcome(future), str) for future in futures)
    assert accounts == sorted(taken(staffed))


def test_who_cannot_find_out_says_so(staffed: Ledger, database: FaultyDatabase):
    """
    Where the database is gone for good, the caller is told that nobody knows, and what helps.
    """
    database.tries = 1
    database.after = [doubtful(), doubtful(), doubtful()]
    with pytest.raises(Unavailable, match="cannot be found out") as caught:
        take_action(staffed, "a", request_id="q")

    assert "request_id" in str(caught.value.expected)
    first = take_action(staffed, "a", request_id="q")
    assert first == take_action(staffed, "a", request_id="q")
    assert ["a"] == taken(staffed)


@pytest.mark.parametrize("recorded", [["mine"], []], ids=["committed", "not committed"])
def test_an_interrupt_at_the_commit_fails_no_other(
    staffed: Ledger, database: FaultyDatabase, recorded: list[str]
):
    """
    An interrupt ends the call of whoever leads; what it wrote for others is told to them, and
    what it did not write is written.
    """
    if recorded:
        database.after = [KeyboardInterrupt()]
    else:
        database.before = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        take_action(staffed, "mine")
    assert recorded == taken(staffed)

    take_action(staffed, "next")
    assert "next" in taken(staffed)
    assert not any(difference.differed for difference in staffed.rebuild())
