"""
Each check of one act: a history in which it finds something, and others that miss by little.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from ledger import Ledger, Measure
from ledger.forensics.checks import BUILT_IN
from ledger.moderation.moment import moment
from tests.conftest import ACCOUNT, HandSetClock, enrol_staff, file_report, take_action

Found = list[tuple[str, str]]


def at(text: str) -> datetime:
    """
    Return a moment of 2 November, "22:52" or "22:52:30".
    """
    return moment(f"2017-11-02T{text}{':00' if len(text) == 5 else ''}Z", "at")


@pytest.fixture
def ledger(clock):
    """
    Return a ledger in memory with operators and a measure of a service's own, at 22:00.
    """
    own = Measure(name="freeze", inverse="thaw", effect="locked")
    with Ledger.create("memory:", clock=clock, measures=[own]) as created:
        enrol_staff(created)
        created.enrol_operator("op-9", kind="human", account="nine")
        yield created


@pytest.fixture
def found(ledger: Ledger) -> Callable[..., Found]:
    """
    Return a function that tells whose act on which account a check finds.
    """

    def find(check: str, **asked: Any) -> Found:
        return [(one.operator, one.account) for one in ledger.review(checks=[check], **asked)]

    return find


def why(ledger: Ledger, check: str) -> str:
    """
    Return why *check* finds the one act that it finds.
    """
    (one,) = ledger.review(checks=[check])
    return one.why


@pytest.mark.parametrize("check", BUILT_IN, ids=lambda check: check.name)
def test_every_check_says_what_it_finds_and_gives_an_example(check):
    """
    A check that nobody can read finds nothing that anybody can judge.
    """
    told = check.function.__doc__ or ""

    assert told.lstrip().startswith("Return ")
    assert "Example: " in told


def test_self_reversal(ledger, clock, found):
    """
    Found where the one who began it also reversed it; not where another did, it expired, or he
    superseded it.
    """
    acts = {name: take_action(ledger, name) for name in ("himself", "another", "superseded")}
    take_action(ledger, "expired", expires_at=at("22:10"))
    clock.set(at("22:30"))
    begun = ledger.who("himself")[0].restriction.from_
    told = {"reason": "error", "effective_at": begun + timedelta(minutes=20)}
    ledger.reverse(acts["himself"], by="op-7", **told)
    ledger.reverse(acts["another"], by="op-1", **told)
    take_action(ledger, "superseded", supersedes=acts["superseded"])

    assert [("op-7", "himself")] == found("self-reversal")
    assert "reversed by the one who began it after 20m" == why(ledger, "self-reversal")


def test_self_reversal_goes_by_who_is_held_right(ledger, clock, found):
    """
    When it turns out that he did not reverse it himself, it is found no more, but by those who ask
    with the knowledge of before.
    """
    action = take_action(ledger, "a")
    clock.set(at("22:20"))
    reversal = ledger.reverse(action, by="op-7", reason="error")
    clock.set(at("22:30"))
    ledger.correct(reversal, by="op-1", operator="comms", reason="shared screen")

    assert [] == found("self-reversal")
    assert [("op-7", "a")] == found("self-reversal", known_at=at("22:25"))


@pytest.mark.parametrize(
    ("protected", "length", "severity"),
    [
        (True, timedelta(minutes=15), "high"),
        (True, timedelta(minutes=15, seconds=1), "medium"),
        (False, timedelta(minutes=1), "medium"),
    ],
)
def test_a_self_reversal_is_worse_at_once_on_a_protected_account(
    ledger, clock, protected, length, severity
):
    """
    High within 15 minutes on an account that was protected when he acted; medium otherwise.
    """
    if protected:
        ledger.protect_account("a", tier="press", by="op-1", reason="journalist")
    clock.set(at("22:10"))
    action = take_action(ledger, "a")
    clock.set(at("22:10") + length)
    ledger.reverse(action, by="op-7", reason="error")

    (one,) = ledger.review(checks=["self-reversal"])
    assert (severity, protected) == (one.severity, "protected as 'press'" in one.why)


def test_short_lived(ledger, clock, found):
    """
    Found after 15 minutes or less; not a second later, nor where it expired or was superseded.
    """
    acts = {name: take_action(ledger, name) for name in ("in time", "too late", "superseded")}
    begun = {name: ledger.who(name)[0].restriction.from_ for name in acts}
    take_action(ledger, "expired", expires_at=at("22:05"))
    clock.set(at("22:10"))
    take_action(ledger, "superseded", supersedes=acts["superseded"])
    clock.set(at("22:30"))
    quarter = timedelta(minutes=15)
    told = {"by": "op-1", "reason": "error"}
    ledger.reverse(acts["in time"], effective_at=begun["in time"] + quarter, **told)
    late = begun["too late"] + quarter + timedelta(microseconds=1)
    ledger.reverse(acts["too late"], effective_at=late, **told)

    assert [("op-7", "in time")] == found("short-lived")
    assert "reversed by 'op-1' after 15m" == why(ledger, "short-lived")


def test_own_account(ledger, found):
    """
    Found where the operator's own account is touched by himself, even if he withdraws in time; not
    where another touches it or he touches another's.
    """
    take_action(ledger, "nine", by="op-7")
    take_action(ledger, "somebody", by="op-9")
    deferred = take_action(ledger, "nine", "limit", by="op-9", effective_at=at("23:30"))
    ledger.withdraw(deferred, by="op-9", reason="thought again")

    assert [("op-9", "nine")] == found("own-account")


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        *((name, 1) for name in ("suspend", "deactivate", "lock", "terminate", "freeze")),
        *((name, 0) for name in ("limit", "demonetise", "warn", "issue_strike")),
    ],
)
def test_acted_while_restricted_by_measure(ledger, clock, found, measure, expected):
    """
    Found under what locks the operator's account or worse, a service's own measures included.
    """
    take_action(ledger, "nine", measure)
    clock.set(at("22:10"))
    take_action(ledger, "a", by="op-9")

    assert [("op-9", "a")] * expected == found("acted-while-restricted")


def test_acted_while_restricted_by_time(ledger, clock, found):
    """
    From the first moment of the restriction up to its last, which is not in it; an act that was
    deferred into it was taken before.
    """
    clock.set(at("22:30"))
    take_action(ledger, "nine", effective_at=at("22:10"), expires_at=at("22:20"))
    for account, time in (("1", "22:09:59"), ("2", "22:10"), ("3", "22:19:59"), ("4", "22:20")):
        take_action(ledger, account, by="op-9", effective_at=at(time))
    take_action(ledger, "nine", "lock", effective_at=at("22:50"))
    take_action(ledger, "5", by="op-9", effective_at=at("22:55"))

    assert [("op-9", "2"), ("op-9", "3")] == found("acted-while-restricted")


def test_acted_while_restricted_by_himself(ledger, clock, found):
    """
    What an operator put his own account under himself does not count; what turns out to have been
    another's does.
    """
    action = take_action(ledger, "nine", by="op-9")
    clock.set(at("22:10"))
    take_action(ledger, "a", by="op-9")
    assert [] == found("acted-while-restricted")

    ledger.correct(action, by="op-1", operator="op-7", reason="shared screen")
    assert [("op-9", "a")] == found("acted-while-restricted")
    assert "'nine' was under 'deactivate' by 'op-7' since" in why(ledger, "acted-while-restricted")


def test_acted_while_barred(ledger, clock, found):
    """
    Found when a bar that is told later held when he acted; not before it, nor by those who did not
    know of it.
    """
    for account, time in (("before", "22:05"), ("within", "22:10"), ("after", "22:20")):
        clock.set(at(time))
        take_action(ledger, account)
    clock.set(at("22:30"))
    ledger.bar_operator("op-7", by="op-1", reason="found out", effective_at=at("22:10"))
    ledger.unbar_operator("op-7", by="op-1", reason="was away", effective_at=at("22:20"))

    assert [("op-7", "within")] == found("acted-while-barred")
    assert "the operator was barred: found out" == why(ledger, "acted-while-barred")
    assert [] == found("acted-while-barred", known_at=at("22:25"))


@pytest.mark.parametrize(
    ("before", "expected"),
    [(timedelta(hours=24), 1), (timedelta(hours=24, microseconds=1), 0), (timedelta(0), 0)],
)
def test_last_day(ledger, clock, found, before, expected):
    """
    Found in the 24 hours before he leaves, and not a moment earlier; nobody else's acts.
    """
    clock.set(at("22:30"))
    ledger.enrol_operator("leaver", kind="human")
    take_action(ledger, "a", by="leaver", effective_at=at("22:15"))
    take_action(ledger, "b")
    told = {"by": "op-1", "effective_at": at("22:00"), "leaves_at": at("22:15") + before}
    ledger.change_contract("leaver", **told)

    assert [("leaver", "a")] * expected == found("last-day")


def test_last_day_is_the_one_of_the_act(ledger, found):
    """
    A deferred act was taken when it was recorded, however late it takes effect.
    """
    take_action(ledger, "a", by="op-417", effective_at=at("23:30"))

    assert [("op-417", "a")] == found("last-day")
    assert "before the operator left at 2017-11-02T23:00:00Z" in why(ledger, "last-day")


def test_no_report(ledger, found):
    """
    Found where the act was the operator's own idea; not on a report, nor on an order.
    """
    take_action(ledger, "idea")
    take_action(ledger, "order", because_of="order:court 17/4")
    take_action(ledger, "report", because_of=[file_report(ledger, "report")])

    assert [("op-7", "idea")] == found("no-report")


def test_protected_account(ledger, clock):
    """
    Found where the account was protected when he acted; not before, nor after, nor where only the
    effect came under protection.
    """
    take_action(ledger, "a", "warn", effective_at=at("22:00"))
    take_action(ledger, "a", "label", effective_at=at("22:20"))
    clock.set(at("22:10"))
    ledger.protect_account("a", tier="press", by="op-1", reason="journalist")
    clock.set(at("22:15"))
    take_action(ledger, "a", "lock", effective_at=at("22:45"))
    clock.set(at("22:30"))
    ledger.unprotect_account("a", by="op-1", reason="retired")
    take_action(ledger, "a", "limit")

    (one,) = ledger.review(checks=["protected-account"])
    assert at("22:45") == one.at
    assert "protected as 'press' by 'op-1' since 2017-11-02T22:10:00Z: journalist" == one.why


def test_protection_is_as_known_at_the_cut(ledger: Ledger, clock: HandSetClock, found):
    """
    Who asks with the knowledge of before the protection finds nothing protected.
    """
    ledger.protect_account(ACCOUNT, tier="head-of-state", by="op-1", reason="public office")
    clock.set(at("22:10"))
    take_action(ledger)

    assert [("op-7", ACCOUNT)] == found("protected-account")
    assert [] == found("protected-account", known_at=at("22:05"))
