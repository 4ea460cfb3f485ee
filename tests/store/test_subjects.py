"""
What is on record of one subject, as retention rules ask it.
"""

import pytest

from ledger import Ledger
from ledger.moderation.events.privacy import SubjectKind
from ledger.store.database import Database
from ledger.store.subjects import SubjectsOnRecord
from tests.conftest import HandSetClock, file_report, take_action
from tests.store.conftest import on

ACCOUNT, OPERATOR, REPORTER = SubjectKind
BY = {"by": "op-1", "reason": "the law"}

one_of_each_engine = on("memory", "postgres", logs=1)


@pytest.fixture
def told(staffed: Ledger, clock: HandSetClock) -> Ledger:
    """
    Return a ledger with an account that was reported, warned and noted, one thing an hour.
    """
    for do in (
        lambda: file_report(staffed, "x", reporter="ann"),
        lambda: file_report(staffed, "y", reporter="ann"),
        lambda: take_action(staffed, "x", "warn"),
        lambda: take_action(staffed, "x", "label"),
        lambda: staffed.note("x", "seen", by="op-7"),
    ):
        clock.advance(hours=1)
        do()
    return staffed


# Whom, what a rule covers, and the hour of the last entry that it is about.
ROWS = [
    ("x", ACCOUNT, "account", 3),
    ("x", ACCOUNT, "measure:warn", 1),
    ("x", ACCOUNT, "measure:suspend", None),
    ("x", ACCOUNT, "account.report_filed", 23),
    ("x", ACCOUNT, "operator", None),
    ("x", ACCOUNT, "operator.barred", None),
    ("z", ACCOUNT, "account", None),
    ("op-7", OPERATOR, "operator", 22),
    ("op-7", OPERATOR, "operator.barred", None),
    ("op-7", OPERATOR, "measure:warn", None),
    ("ann", REPORTER, "reporter", 0),
    ("ann", REPORTER, "account.report_filed", 0),
    ("ann", REPORTER, "account", None),
    ("bob", REPORTER, "reporter", None),
]


@one_of_each_engine
def test_the_last_entry_that_a_rule_is_about_is_found(told, database: Database):
    """
    Of an account and an operator in their streams, of a reporter among all reports.
    """
    with database.reading() as connection:
        known = SubjectsOnRecord(connection, told.settings.logs)
        found = [known.last(subject, kind, covers) for subject, kind, covers, _ in ROWS]

    hours = [None if at is None else at.hour for at in found]
    assert [hour for *_, hour in ROWS] == hours


@one_of_each_engine
def test_an_entry_is_known_by_its_place(told, database: Database):
    """
    Up to the last one of its log.
    """
    (size,) = (log.size for log in told.status().logs)
    with database.reading() as connection:
        known = SubjectsOnRecord(connection, 1)

        assert known.has(0, 1)
        assert known.has(0, size)
        assert not known.has(0, size + 1)
        assert not known.has(1, 1)


@one_of_each_engine
def test_holds_and_rules_are_kept_and_told_on_every_engine(told):
    """
    In force until they end; asked again with an earlier cut they are as they were.
    """
    hold = told.place_hold("case-17", account="x", **BY)
    told.set_retention("measure:warn", period="90d", **BY)
    before = told.privacy()
    told.release_hold(hold, **BY)
    told.set_retention("measure:warn", period="0d", **BY)
    after = told.privacy()

    assert [(hold, "x", "case-17")] == [(h.hold, h.subject, h.reference) for h in before.holds]
    assert [("measure:warn", 90 * 86_400)] == [(r.covers, r.seconds) for r in before.retention]
    assert ((), ()) == (after.holds, after.retention)
    assert before == told.privacy(before.cut.positions)


@one_of_each_engine
def test_a_hold_is_placed_once_under_its_id(told):
    """
    The same command again returns it; together with others it is all or nothing.
    """
    line = {"command": "place_hold", "hold": "h-1", "reference": "case-17", "account": "x", **BY}
    release = {"command": "release_hold", "hold": "h-1", **BY}

    assert ["h-1", "h-1"] == told.record_many([line, line])
    assert ["h-1"] == told.record_many([release])
    assert ((), 0) == (told.privacy().holds, told.status().holds)
    assert "h-1" == told.submit(line).result()
