"""
Restrictions on both axes: what was in force when, and when it was held to be so (rule 12).
"""

from datetime import timedelta

from hypothesis import given, settings

from ledger.moderation.account import Account
from ledger.moderation.entry import Entry
from ledger.moderation.term import EndedBy
from ledger.timeline.restrictions import History, Restriction, versions
from tests.model import Model, Row
from tests.moderation.by_hand import (
    act,
    amend,
    at,
    clock,
    correct,
    recorded,
    reverse,
    withdraw,
)
from tests.strategies import (
    ACCOUNT,
    Step,
    account_histories,
    restrictions,
    senseless_histories,
    told_twice,
)


def row(known: Restriction) -> Row:
    """
    Return a version of a restriction as the model has it.
    """
    return {
        "account": known.account,
        "measure": known.measure,
        "scope": known.scope,
        "action": known.action,
        "from": known.from_,
        "until": known.until,
        "ended_by": known.ended_by,
        "opened_by": known.opened_by,
        "closed_by": known.closed_by,
        "opened_at_position": known.opened_at_position,
        "closed_at_position": known.closed_at_position,
        "known_from_position": known.known_from_position,
        "known_until_position": known.known_until_position,
    }


def place(version: Row) -> tuple[int, int]:
    """
    Return what no two versions share.
    """
    return version["known_from_position"], version["opened_at_position"]


def modelled(steps: list[Step]) -> Model:
    """
    Return the model of a history.
    """
    model = Model()
    for entry, fact in steps:
        model.record(fact, recorded_at=entry.recorded_at, position=entry.position)
    return model


def lives(entries: list[Entry]) -> list[tuple[str, str | None, str | None, int, int | None]]:
    """
    Return every version: action, until, what ended it, and the positions between which it held.
    """
    told = [
        (v.action, clock(v.until), v.ended_by, v.known_from_position, v.known_until_position)
        for v in versions("x", entries)
    ]
    return sorted(told, key=lambda version: (version[3], version[0]))


@settings(max_examples=200)
@given(told_twice())
def test_every_version_is_the_models(steps):
    """
    For any history, what was known of each restriction, from which entry to which, is what plain
    rules say that was written by another hand.
    """
    told = [row(version) for version in versions(ACCOUNT, [step.entry for step in steps])]

    assert sorted(modelled(steps).history(), key=place) == sorted(told, key=place)


@given(told_twice())
def test_what_was_known_at_a_cut_is_what_its_prefix_says(steps):
    """
    A version holds from its position up to, and not at, the next one's: any cut finds one answer.
    """
    entries = [step.entry for step in steps]
    told = list(versions(ACCOUNT, entries))
    for size, cut in enumerate((entry.position for entry in entries), start=1):
        known = [
            {**row(v), "known_until_position": None}
            for v in told
            if v.known_from_position <= cut
            and (v.known_until_position is None or cut < v.known_until_position)
        ]
        prefix = History(Account(ACCOUNT))
        for entry in entries[:size]:
            prefix.take(entry)
        current = [row(v) for v in prefix.current.values()]
        assert sorted(current, key=place) == sorted(known, key=place)


@given(account_histories() | senseless_histories("account"))
def test_the_changes_of_each_entry_make_the_table(entries):
    """
    Writing what each entry changed, and nothing else, gives every version that there is.
    """
    history, table = History(Account(ACCOUNT)), []
    for entry in entries:
        for change in history.take(entry):
            if change.ended is not None:
                table.append(change.ended)
            if change.began is not None:
                assert (entry.recorded_at, entry.position) == (
                    change.began.known_from,
                    change.began.known_from_position,
                )
                assert (None, None) == (
                    change.began.known_until,
                    change.began.known_until_position,
                )
    table.extend(history.current.values())

    assert list(versions(ACCOUNT, entries)) == table


@given(account_histories())
def test_a_change_says_something_new(entries):
    """
    No entry ends a version only to begin one that says the same.
    """
    history = History(Account(ACCOUNT))
    for entry in entries:
        for change in history.take(entry):
            assert change.ended is not None or change.began is not None
            if change.ended is not None and change.began is not None:
                assert not change.ended.says_the_same(change.began)
                assert change.ended.action == change.began.action


def test_rule_12_each_entry_that_changes_a_restriction_ends_a_version():
    """
    Opened, amended, corrected, reversed: four states of knowledge, each with its positions.
    """
    entries = recorded(
        ("01:00", act("a", expires_at=at("05:00"))),
        ("02:00", amend("a", at("06:00"))),
        ("02:30", amend("a", at("06:00"))),
        ("03:00", correct("a", operator="bob")),
        ("04:00", reverse("a")),
    )

    assert [
        ("a", "05:00", "expiry", 1, 2),
        ("a", "06:00", "expiry", 2, 4),
        ("a", "06:00", "expiry", 4, 5),
        ("a", "04:00", "reversal", 5, None),
    ] == lives(entries)
    assert ["ann", "ann", "bob", "bob"] == [v.opened_by for v in versions("x", entries)]


def test_rule_12_late_knowledge_only_appends():
    """
    A suspension that was recorded late ends the version of the one before it, and of no other.
    """
    entries = recorded(
        ("10:00", act("first"), {"effective_at": "01:00"}),
        ("10:01", act("third"), {"effective_at": "03:00"}),
        ("10:02", act("second"), {"effective_at": "02:00"}),
    )

    assert [
        ("first", None, None, 1, 2),
        ("first", "03:00", "superseded", 2, 3),
        ("third", None, None, 2, None),
        ("first", "02:00", "superseded", 3, None),
        ("second", "03:00", "superseded", 3, None),
    ] == lives(entries)


def test_rule_9_what_was_never_in_force_is_no_restriction():
    """
    Two suspensions that start at once are one; an expiry before the effect leaves none.
    """
    entries = recorded(
        ("01:00", act("a"), {"effective_at": "05:00"}),
        ("02:00", act("b"), {"effective_at": "05:00"}),
        ("03:00", act("c", "lock", expires_at=at("02:00"))),
    )

    assert [("a", None, None, 1, 2), ("b", None, None, 2, None)] == lives(entries)


def test_rule_10_what_was_withdrawn_is_known_until_then():
    """
    A deferred lock was held to be coming while it was not withdrawn, and gives back what it
    superseded.
    """
    entries = recorded(
        ("01:00", act("a")),
        ("02:00", act("b"), {"effective_at": "05:00"}),
        ("03:00", withdraw("b")),
    )

    assert [
        ("a", None, None, 1, 2),
        ("a", "05:00", "superseded", 2, 3),
        ("b", None, None, 2, 3),
        ("a", None, None, 3, None),
    ] == lives(entries)


def test_rule_5_an_answer_says_when_it_rests_on_a_source():
    """
    Opened or changed by an imported entry, a restriction is recorded by the source.
    """
    entries = recorded(
        ("01:00", act("live")),
        ("01:00", act("met", "lock"), {"import_id": "i"}),
        ("02:00", reverse("live"), {"import_id": "i"}),
        ("02:00", reverse("met")),
        ("03:00", act("own", "limit")),
    )

    told = {(v.action, v.known_from_position): v.recorded_by for v in versions("x", entries)}
    assert {
        ("live", 1): "ledger",
        ("live", 3): "source",
        ("met", 2): "source",
        ("met", 4): "source",
        ("own", 5): "ledger",
    } == told


@given(restrictions())
def test_a_restriction_is_a_half_open_time(known):
    """
    In force at its beginning, over at its end; its length is the distance between them.
    """
    tick = timedelta(microseconds=1)

    assert known.covers(known.from_)
    if known.until is None:
        assert (None, None, None) == (known.seconds, known.lasting, known.lasting_us)
        return
    length = known.until - known.from_
    assert known.covers(known.until - tick)
    assert not known.covers(known.until)
    assert (length, length.total_seconds(), length // tick) == (
        known.lasting,
        known.seconds,
        known.lasting_us,
    )


def test_the_eleven_minutes_are_660_seconds():
    """
    From 22:52 to 23:03, ended by the reversal of another operator.
    """
    told = recorded(
        ("22:10", act("a", "deactivate"), {"effective_at": "22:52"}),
        ("23:03", reverse("a"), {"operator": "op-7"}),
    )

    before, after = versions("x", told)
    assert (None, None) == (before.until, before.seconds)
    assert (660.0, EndedBy.REVERSAL, "op-7", 2) == (
        after.seconds,
        after.ended_by,
        after.closed_by,
        after.closed_at_position,
    )
    assert (before.known_from, before.known_until) == (at("22:10"), at("23:03"))
