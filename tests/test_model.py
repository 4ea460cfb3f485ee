"""
The plain model, pinned by hand-computed histories, so that it can be trusted to judge.
"""

from datetime import UTC, datetime, timedelta

import pytest

from tests.model import Fact, Model, Row

DAY = datetime(2017, 11, 2, tzinfo=UTC)


def at(text: str) -> datetime:
    """
    Return that time of the day, "23:03", in UTC.
    """
    hours, minutes = text.split(":")
    return DAY + timedelta(hours=int(hours), minutes=int(minutes))


def act(action: str, **terms: object) -> Fact:
    """
    Return a suspension of account "x" by "ann", with *terms* changed.
    """
    fact = {"command": "act", "measure": "suspend", "account": "x", "action": action, "by": "ann"}
    return fact | terms


def reverse(action: str, **terms: object) -> Fact:
    """
    Return the reversal "r-<action>" of *action* by "bob".
    """
    return {"command": "reverse", "action": action, "reversal": f"r-{action}", "by": "bob"} | terms


def recorded(*facts: tuple[str, Fact]) -> Model:
    """
    Return a model of "ann" and "bob", positions 1 and 2, then *facts*, positions 3 and on.
    """
    model = Model()
    for operator in ("ann", "bob"):
        model.record({"command": "enrol_operator", "operator": operator}, recorded_at=DAY)
    for time, fact in facts:
        model.record(fact, recorded_at=at(time))
    return model


def spells(rows: list[Row]) -> list[tuple[str, datetime, datetime | None, str | None, str | None]]:
    """
    Return of each restriction: action, from, until, ended by and closed by.
    """
    return [(r["action"], r["from"], r["until"], r["ended_by"], r["closed_by"]) for r in rows]


def eleven_minutes() -> Model:
    """
    Return the case the ledger was born from, up to the reversal.
    """
    model = Model()
    contractor = {"operator": "op-417", "roles": ["support"], "leaves_at": at("23:00")}
    model.record({"command": "enrol_operator"} | contractor, recorded_at=DAY)
    model.record({"command": "enrol_operator", "operator": "op-7"}, recorded_at=DAY)
    model.record({"command": "protect_account", "account": "25073877"}, recorded_at=DAY)
    report = {"command": "file_report", "account": "25073877", "report": "r-1"}
    model.record(report, recorded_at=at("22:00"))
    terms = {"account": "25073877", "by": "op-417", "because_of": ["r-1"]}
    deactivation = act("a-1", measure="deactivate", effective_at=at("22:52"), **terms)
    assert model.would_refuse(deactivation, now=at("22:10")) is None
    model.record(deactivation, recorded_at=at("22:10"))
    model.record(reverse("a-1", by="op-7"), recorded_at=at("23:03"))
    return model


def test_the_eleven_minutes_as_known_in_the_end():
    """
    The deactivation lasted from 22:52 to 23:03, opened by the contractor, closed by op-7.
    """
    model = eleven_minutes()

    expected = {
        "account": "25073877",
        "measure": "deactivate",
        "scope": None,
        "action": "a-1",
        "from": at("22:52"),
        "until": at("23:03"),
        "ended_by": "reversal",
        "opened_by": "op-417",
        "closed_by": "op-7",
        "opened_at_position": 5,
        "closed_at_position": 6,
    }
    assert [expected] == model.restrictions()
    moments = [at("22:51"), at("22:52"), at("23:01"), at("23:03")]
    standings = [model.standing("25073877", moment) for moment in moments]
    assert ["active", "deactivated", "deactivated", "active"] == standings


def test_the_eleven_minutes_as_known_on_the_way():
    """
    Nothing was known before 22:10, then an open restriction still to come, and its end at 23:03.
    """
    model = eleven_minutes()

    cuts = [model.cut(at(time)) for time in ("22:09", "22:10", "22:55", "23:03")]
    assert [4, 5, 5, 6] == cuts
    assert [] == model.restrictions(4)
    assert [("a-1", at("22:52"), None, None, None)] == spells(model.restrictions(5))
    assert "deactivated" == model.standing("25073877", at("23:30"), 5)
    versions = [(v["known_from_position"], v["until"]) for v in model.history()]
    assert [(5, None), (6, at("23:03"))] == versions


def test_one_slot_is_ordered_by_effective_time_whatever_was_recorded_first():
    """
    A late suspension is superseded by the one that began after it, and supersedes what was before.
    """
    model = recorded(
        ("10:00", act("first", effective_at=at("01:00"))),
        ("10:01", act("third", effective_at=at("03:00"), by="bob")),
        ("10:02", act("second", effective_at=at("02:00"))),
        ("10:03", act("elsewhere", effective_at=at("02:30"), scope="posts")),
    )

    expected = [
        ("first", at("01:00"), at("02:00"), "superseded", "ann"),
        ("second", at("02:00"), at("03:00"), "superseded", "bob"),
        ("elsewhere", at("02:30"), None, None, None),
        ("third", at("03:00"), None, None, None),
    ]
    assert expected == spells(model.restrictions())
    versions = [
        (v["action"], v["known_from_position"], v["known_until_position"]) for v in model.history()
    ]
    assert [
        ("first", 3, 4),
        ("first", 4, 5),
        ("third", 4, None),
        ("first", 5, None),
        ("second", 5, None),
        ("elsewhere", 6, None),
    ] == versions


def test_strikes_of_one_account_do_not_supersede_each_other():
    """
    A measure held many times over runs each time by itself, and gives no standing.
    """
    model = recorded(
        ("01:00", act("a", measure="issue_strike", expires_at=at("05:00"))),
        ("02:00", act("b", measure="issue_strike")),
        ("03:00", act("c", measure="revoke_credentials")),
    )

    expected = [
        ("a", at("01:00"), at("05:00"), "expiry", None),
        ("b", at("02:00"), None, None, None),
    ]
    assert expected == spells(model.restrictions())
    assert "active" == model.standing("x", at("04:00"))


def test_ties_go_to_expiry_then_reversal_then_supersession():
    """
    What ends by itself at the very moment at which the next one starts was not superseded.
    """
    model = recorded(
        ("01:00", act("a", expires_at=at("02:00"))),
        ("01:01", reverse("a", effective_at=at("02:00"))),
        ("02:00", act("b")),
        ("03:00", reverse("b")),
        ("03:00", act("c")),
        ("03:30", act("d", effective_at=at("03:00"), by="bob")),
    )

    expected = [
        ("a", at("01:00"), at("02:00"), "expiry", None),
        ("b", at("02:00"), at("03:00"), "reversal", "bob"),
        ("d", at("03:00"), None, None, None),
    ]
    assert expected == spells(model.restrictions())


def test_what_is_withdrawn_neither_holds_nor_supersedes_nor_ends():
    """
    A withdrawn action gives back what it superseded; a withdrawn reversal ends nothing.
    """
    model = recorded(
        ("01:00", act("a")),
        ("02:00", act("b", effective_at=at("05:00"), supersedes="a")),
        ("03:00", {"command": "withdraw", "id": "b"}),
        ("03:30", reverse("a", effective_at=at("06:00"))),
        ("04:00", {"command": "withdraw", "id": "r-a"}),
    )

    known = [[(s[0], s[2], s[3]) for s in spells(model.restrictions(p))] for p in range(3, 8)]
    assert [
        [("a", None, None)],
        [("a", at("05:00"), "superseded"), ("b", None, None)],
        [("a", None, None)],
        [("a", at("06:00"), "reversal")],
        [("a", None, None)],
    ] == known


def test_terms_are_amended_and_records_corrected_field_by_field():
    """
    None removes an expiry, and the last correction of a field holds from its position on.
    """
    model = recorded(
        ("01:00", act("a", expires_at=at("09:00"))),
        ("02:00", {"command": "amend", "action": "a", "expires_at": None}),
        ("03:00", reverse("a")),
        ("04:00", {"command": "correct", "id": "r-a", "operator": "ann"}),
        ("05:00", {"command": "correct", "id": "r-a", "effective_at": at("02:30")}),
        ("06:00", {"command": "correct", "id": "a", "effective_at": at("02:30")}),
    )

    known = [spells(model.restrictions(position)) for position in range(3, 9)]
    assert [
        [("a", at("01:00"), at("09:00"), "expiry", None)],
        [("a", at("01:00"), None, None, None)],
        [("a", at("01:00"), at("03:00"), "reversal", "bob")],
        [("a", at("01:00"), at("03:00"), "reversal", "ann")],
        [("a", at("01:00"), at("02:30"), "reversal", "ann")],
        [],
    ] == known


def test_standing_is_the_worst_in_force():
    """
    A lock within a limit counts while it lasts, and the limit again after it.
    """
    model = recorded(
        ("01:00", act("a", measure="limit")),
        ("02:00", act("b", measure="lock", expires_at=at("03:00"))),
    )

    standings = [model.standing("x", at(time)) for time in ("01:30", "02:00", "02:59", "03:00")]
    assert ["limited", "locked", "locked", "limited"] == standings


REFUSALS: list[tuple[str | None, Fact]] = [
    ("Refused", act("new")),
    (None, act("new", supersedes="held")),
    ("Refused", act("new", scope="posts", supersedes="held")),
    ("Refused", act("new", measure="warn", supersedes="held")),
    ("NotFound", act("new", account="y", supersedes="held")),
    (None, act("new", effective_at=at("00:30"))),
    (None, act("new", scope="posts")),
    ("Malformed", act("new", scope="posts", expires_at=at("10:00"))),
    ("Malformed", act("new", measure="banish")),
    ("Malformed", act("new", measure="restrict")),
    ("Malformed", act("new", measure="terminate", expires_at=at("20:00"))),
    ("NotFound", act("new", account="y", by="nobody")),
    ("NotFound", act("new", account="y", because_of=["r-9"])),
    (None, act("new", account="y")),
    ("Refused", act("new", account="y", by="barred")),
    ("Refused", act("new", account="y", by="gone")),
    (None, reverse("held")),
    ("Refused", reverse("held", effective_at=at("01:00"))),
    ("Refused", reverse("held", effective_at=at("20:00"))),
    ("Refused", reverse("reversed", effective_at=at("09:00"))),
    ("Refused", reverse("withdrawn", effective_at=at("22:00"))),
    ("Refused", reverse("terminated")),
    ("NotFound", reverse("unheard-of")),
    (None, {"command": "withdraw", "id": "pending"}),
    ("Refused", {"command": "withdraw", "id": "held"}),
    ("Refused", {"command": "withdraw", "id": "withdrawn"}),
    ("Refused", {"command": "withdraw", "id": "r-reversed"}),
    ("NotFound", {"command": "withdraw", "id": "unheard-of"}),
    (None, {"command": "amend", "action": "held", "expires_at": at("10:01")}),
    (None, {"command": "amend", "action": "pending", "expires_at": None}),
    ("Malformed", {"command": "amend", "action": "held", "expires_at": at("10:00")}),
    ("Refused", {"command": "amend", "action": "reversed", "expires_at": None}),
    ("Refused", {"command": "amend", "action": "terminated", "expires_at": at("20:00")}),
    (None, {"command": "correct", "id": "reversed", "effective_at": at("09:59")}),
    ("Refused", {"command": "correct", "id": "reversed", "effective_at": at("10:00")}),
    ("NotFound", {"command": "correct", "id": "reversed", "operator": "nobody"}),
    ("Refused", {"command": "bar_operator", "operator": "bob", "by": "ann"}),
    (None, {"command": "bar_operator", "operator": "bob"}),
]


@pytest.mark.parametrize(("expected", "command"), REFUSALS)
def test_a_command_is_refused_for_the_reason_the_rules_give(expected, command):
    """
    Against one prepared ledger at 10:00, each command meets the family that the rules name.
    """
    model = recorded(
        ("00:00", {"command": "enrol_operator", "operator": "barred"}),
        ("00:00", {"command": "bar_operator", "operator": "barred"}),
        ("00:00", {"command": "enrol_operator", "operator": "gone", "leaves_at": at("10:00")}),
        ("01:00", act("held", expires_at=at("20:00"))),
        ("01:00", act("reversed", account="z")),
        ("02:00", reverse("reversed", effective_at=at("10:00"))),
        ("03:00", act("withdrawn", account="w", effective_at=at("21:00"))),
        ("03:00", {"command": "withdraw", "id": "withdrawn"}),
        ("03:00", act("pending", account="w", effective_at=at("21:00"))),
        ("03:00", act("terminated", account="w", measure="terminate")),
    )

    assert expected == model.would_refuse(command, now=at("10:00"))
