"""
The checks of deferred effects, of what a decision relied on, and of overrides; near misses too.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.forensics.checks import Case, Overtaken, stale_authority
from ledger.moderation.entry import Draft
from ledger.moderation.events.account import ActionTaken
from ledger.moderation.moment import MICROSECOND, moment
from ledger.moderation.operator import Operator, Terms
from ledger.moderation.vocabulary import Effect, Holding
from ledger.store import settings
from ledger.store.batch import Batch
from ledger.store.sqlite import SQLiteDatabase
from ledger.store.streams import Streams
from ledger.store.tallies import Tallies
from tests.conftest import HandSetClock, enrol_staff, take_action
from tests.strategies import entry_of

Find = Callable[..., list[tuple[str, str]]]
GLASS = """
policy = 1
title = "Nobody on the last day"
break_glass = { roles = ["support"] }
safeguards = [{ rule = "last-day" }]
"""


def at(text: str) -> datetime:
    """
    Return a moment of 2 November, "22:52" or "22:52:30".
    """
    return moment(f"2017-11-02T{text}{':00' if len(text) == 5 else ''}Z", "at")


@pytest.fixture
def ledger(clock):
    """
    Return a ledger in memory with operators, at 22:00.
    """
    with Ledger.create("memory:", clock=clock) as created:
        yield enrol_staff(created)


@pytest.fixture
def found(ledger: Ledger) -> Find:
    """
    Return a function that tells which accounts a check finds, and why.
    """

    def find(check: str, **asked: Any) -> list[tuple[str, str]]:
        return [(one.account, one.why) for one in ledger.review(checks=[check], **asked)]

    return find


def accounts(found: list[tuple[str, str]]) -> list[str]:
    """
    Return the accounts alone.
    """
    return [account for account, _ in found]


def test_effect_after_leaving(ledger, found):
    """
    Found where the effect comes at the moment of leaving or later; not before, nor withdrawn, nor
    of those who stay.
    """
    for account, time in (("before", "22:59:59"), ("when", "23:00"), ("after", "23:30")):
        take_action(ledger, account, by="op-417", effective_at=at(time))
    take_action(ledger, "after", "revoke_credentials", by="op-417", effective_at=at("23:40"))
    withdrawn = take_action(ledger, "withdrawn", by="op-417", effective_at=at("23:30"))
    ledger.withdraw(withdrawn, by="op-7", reason="mistaken")
    take_action(ledger, "stays", effective_at=at("23:30"))

    assert [
        ("when", "takes effect at 2017-11-02T23:00:00Z, left at 2017-11-02T23:00:00Z"),
        ("after", "takes effect at 2017-11-02T23:30:00Z, left at 2017-11-02T23:00:00Z"),
        ("after", "takes effect at 2017-11-02T23:40:00Z, left at 2017-11-02T23:00:00Z"),
    ] == found("effect-after-leaving")


def test_leaving_is_as_known_at_the_cut(ledger, clock, found):
    """
    An operator who is kept has not left; who asked before that was told that he would have.
    """
    take_action(ledger, "a", by="op-417", effective_at=at("23:30"))
    clock.set(at("22:30"))
    ledger.change_contract("op-417", by="op-1", leaves_at=at("23:31"))

    assert [] == found("effect-after-leaving")
    assert ["a"] == accounts(found("effect-after-leaving", known_at=at("22:20")))


def test_an_effect_that_was_handed_over_says_to_whom(ledger, found):
    """
    He has left all the same; that another answers for it is told with it.
    """
    action = take_action(ledger, "a", by="op-417", effective_at=at("23:30"))
    ledger.hand_over(action, to="op-7", by="op-417", reason="last day")

    ((_, why),) = found("effect-after-leaving")
    assert why.endswith("left at 2017-11-02T23:00:00Z; handed over to 'op-7'")
    assert [] == found("deferred-outlived-author")


def test_deferred_outlived_author(ledger, clock, found):
    """
    Found where its author has left at the effect; not an effect before, one that was withdrawn, or
    one that was not deferred.
    """
    for account, time in (("before", "22:59"), ("after", "23:30"), ("withdrawn", "23:30")):
        take_action(ledger, account, by="op-417", effective_at=at(time), action=account)
    ledger.withdraw("withdrawn", by="op-7", reason="mistaken")
    clock.set(at("23:10"))
    take_action(ledger, "at once")

    ((account, why),) = found("deferred-outlived-author")
    assert "after" == account
    assert (
        "takes effect at 2017-11-02T23:30:00Z, when 'op-417' has left at 2017-11-02T23:00:00Z;"
        " it could have been withdrawn from 2017-11-02T23:00:00Z until 2017-11-02T23:30:00Z"
    ) == why


def test_a_deferred_act_outlives_its_author_under_a_bar(ledger, clock, found):
    """
    Found where he is barred at the effect, and could have been stopped since the bar that lasts;
    not where he is barred no more, or only later.
    """
    for account, time in (("within", "22:20"), ("between", "22:40"), ("again", "23:30")):
        take_action(ledger, account, effective_at=at(time))
    clock.set(at("22:10"))
    ledger.bar_operator("op-7", by="op-1", reason="found out")
    clock.set(at("22:30"))
    ledger.unbar_operator("op-7", by="op-1", reason="cleared")
    clock.set(at("22:50"))
    ledger.bar_operator("op-7", by="op-1", reason="found out again")

    within, again = found("deferred-outlived-author")
    assert ("within", "again") == (within[0], again[0])
    assert within[1].endswith(
        "when 'op-7' is barred: found out;"
        " it could have been withdrawn from 2017-11-02T22:10:00Z until 2017-11-02T22:20:00Z"
    )
    assert again[1].endswith("from 2017-11-02T22:50:00Z until 2017-11-02T23:30:00Z")


def test_one_who_leaves_under_a_bar_is_gone_since_the_bar(ledger, clock, found):
    """
    Bar and leaving are one absence where nothing lies between them.
    """
    take_action(ledger, "a", by="op-417", effective_at=at("23:30"))
    clock.set(at("22:40"))
    ledger.bar_operator("op-417", by="op-1", reason="found out")

    ((_, why),) = found("deferred-outlived-author")
    assert "'op-417' has left at 2017-11-02T23:00:00Z" in why
    assert "withdrawn from 2017-11-02T22:40:00Z until" in why


def test_what_was_handed_over_is_its_keepers(ledger, found):
    """
    Not found where the keeper stays; found where the keeper goes, whoever the author is.
    """
    for account, by, to in (("kept", "op-417", "op-7"), ("lost", "op-7", "op-417")):
        action = take_action(ledger, account, by=by, effective_at=at("23:30"))
        ledger.hand_over(action, to=to, by="op-1", reason="shift")

    assert ["lost"] == accounts(found("deferred-outlived-author"))
    assert [("op-7", "lost")] == [
        (one.operator, one.account) for one in ledger.review(checks=["deferred-outlived-author"])
    ]


def test_what_was_done_at_once_is_not_deferred(ledger, clock, found):
    """
    A bar that is found out afterwards makes no deferred act of one that was taken under it.
    """
    clock.set(at("22:20"))
    take_action(ledger, "at once")
    take_action(ledger, "in the past", effective_at=at("22:15"))
    clock.set(at("22:40"))
    ledger.bar_operator("op-7", by="op-1", reason="found out", effective_at=at("22:10"))

    assert [] == found("deferred-outlived-author")


def test_it_could_have_been_withdrawn_only_once_it_was_recorded(ledger, clock, found):
    """
    Where a bar is found out that began before the act, the act is what there was to withdraw.
    """
    clock.set(at("22:20"))
    take_action(ledger, "a", effective_at=at("23:30"))
    clock.set(at("22:40"))
    ledger.bar_operator("op-7", by="op-1", reason="found out", effective_at=at("22:10"))

    ((_, why),) = found("deferred-outlived-author")
    assert "withdrawn from 2017-11-02T22:20:00Z until" in why


TAKEN = ActionTaken(
    action="a-1",
    measure="suspend",
    inverse="unsuspend",
    effect=Effect.SUSPENDED,
    holding=Holding.SINGLE,
    because_of="own-initiative",
    reason="spam",
    requested_at=at("22:10"),
    relied_on=("operator/op-7@1",),
)


@pytest.mark.parametrize(
    ("log", "position", "recorded_at", "expected"),
    [
        (0, 6, at("22:09"), True),
        (0, 8, at("22:10"), False),
        (0, 6, at("22:10"), True),
        (1, 9, at("22:10") - MICROSECOND, True),
        (1, 6, at("22:10"), False),
    ],
)
def test_stale_authority_goes_by_what_stands_before_the_act(log, position, recorded_at, expected):
    """
    In its own log the next version stands at a lower position, in another at an earlier time.
    """
    entry = entry_of(TAKEN, "account/a", 1, position=7, recorded_at=at("22:10"), operator="op-7")
    operator, terms, at_once = Operator("op-7"), Terms(), at("22:10")
    newer = Overtaken("operator/op-7", 1, recorded_at, log, position)
    case = Case("a", TAKEN, entry, operator, at_once, at_once, None, terms, terms, operator)

    assert stale_authority(case) is None
    assert expected == (stale_authority(case._replace(overtaken=(newer,))) is not None)


@pytest.mark.parametrize("logs", [1, 3])
def test_stale_authority(tmp_path: Path, clock: HandSetClock, logs: int):
    """
    Found in an act that another writer has put behind a bar without reading it; not in acts that
    relied on the last version there was.
    """
    path = tmp_path / "ledger.db"
    with Ledger.create(f"sqlite:///{path}", clock=clock, logs=logs) as ledger:
        enrol_staff(ledger)
        take_action(ledger, "before")
        clock.set(at("22:10"))
        ledger.bar_operator("op-7", by="op-1", reason="found out")
        _write_blindly(path, Draft("account/raced", TAKEN, "op-7"))
        (first,) = ledger.review(checks=["stale-authority"])
        clock.set(at("22:20"))
        ledger.unbar_operator("op-7", by="op-1", reason="cleared")
        take_action(ledger, "after")

        (one,) = ledger.review(checks=["stale-authority"])
        assert first == one
        assert ("raced", "a-1", "medium") == (one.account, one.action, one.severity)
        assert (
            "relied on operator/op-7@1, though the next version was recorded at"
            " 2017-11-02T22:10:00Z, before the act" == one.why
        )


def _write_blindly(path: Path, draft: Draft) -> None:
    """
    Record *draft* as a writer does that has read everything too early.
    """
    database = SQLiteDatabase(path)
    fixed = settings.read(database)
    assert fixed is not None
    with database.writing() as connection:
        batch = Batch(fixed, Streams(fixed.logs), Tallies(), lambda: at("22:15"))
        batch.begin(connection)
        batch.take_heads(range(fixed.logs), timedelta(0))
        batch.streams.load(connection, [draft.stream])
        batch.stage(draft, at("22:15"))
        batch.commit()
    database.close()


def test_override_unreviewed(ledger, clock, found):
    """
    Found where a safeguard was overridden, until somebody else has reviewed it; not where none was.
    """
    ledger.adopt_policy(GLASS, by="op-1")
    clock.set(at("22:10"))
    action = take_action(ledger, "a", by="op-417", override="an impostor, and nobody is here")
    take_action(ledger, "b")

    assert [
        (
            "a",
            "last-day overridden, reviewed by nobody else: an impostor, and nobody is here",
        )
    ] == found("override-unreviewed")
    clock.set(at("22:20"))
    ledger.review_override(action, outcome="justified", by="op-7", reason="so it was")
    assert [] == found("override-unreviewed")
    assert ["a"] == accounts(found("override-unreviewed", known_at=at("22:15")))


def test_nobody_reviews_his_own_override(ledger, found):
    """
    Where it turns out that the act was the reviewer's, nobody else has reviewed it.
    """
    ledger.adopt_policy(GLASS, by="op-1")
    action = take_action(ledger, "a", by="op-417", override="an impostor")
    ledger.review_override(action, outcome="justified", by="op-7", reason="so it was")
    ledger.correct(action, by="op-1", operator="op-7", reason="shared screen")

    assert ["a"] == accounts(found("override-unreviewed"))
