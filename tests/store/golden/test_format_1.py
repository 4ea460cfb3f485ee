"""
A ledger that was stored in format 1 opens for ever, and answers what it answered then.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from ledger import Ledger, Refused
from ledger.book.document import document
from ledger.moderation.events import KINDS
from ledger.moderation.schema import SCHEMA, added_in
from tests.store.golden import make_format_1, make_format_1_schema_2, make_format_3_sealed

ACCOUNT, AWKWARD = make_format_1.ACCOUNT, make_format_1.AWKWARD
TWO: dict[str, Any] = {
    "policy": 1,
    "safeguards": [
        {"rule": "two-person", "measures": ["suspend"], "approvals": [{"approvals": 1}]}
    ],
}


@attrs.frozen
class Stored:
    """
    A stored ledger: its file, what asks it, and what it answered when it was stored.
    """

    database: Path
    answers: Callable[[Ledger], dict[str, Any]]
    expected: dict[str, Any]
    schema: int


def read(database: Path, answers: Path, ask: Callable[[Ledger], dict[str, Any]]) -> Stored:
    """
    Return a stored ledger.
    """
    expected = json.loads(answers.read_text("utf-8"))
    return Stored(database, ask, expected, 2 if "schema-2" in database.stem else 1)


STORED = [
    read(make.DATABASE, make.ANSWERS, make.answers)
    for make in (make_format_1, make_format_1_schema_2)
]


@pytest.fixture(params=STORED, ids=lambda stored: stored.database.stem)
def stored(request: pytest.FixtureRequest) -> Stored:
    """
    Return each stored ledger in turn.
    """
    given: Stored = request.param
    return given


@pytest.fixture
def copied(stored: Stored, tmp_path: Path) -> Path:
    """
    Return the path of a copy of the stored ledger.
    """
    return Path(shutil.copy(stored.database, tmp_path / "ledger.db"))


@pytest.fixture
def ledger(copied: Path) -> Iterator[Ledger]:
    """
    Return the stored ledger, opened by today's code.
    """
    with Ledger.open(f"sqlite:///{copied}", create=False) as opened:
        yield opened


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """
    Return every row of every table.
    """
    with closing(sqlite3.connect(path)) as connection:
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in named}  # noqa: S608
    return {name: sorted(found, key=repr) for name, found in rows.items()}


def test_what_is_stored_is_one_small_file(stored):
    """
    Nothing stands beside it that would be needed to read it.
    """
    assert stored.database.stat().st_size < 150_000
    assert [stored.database] == sorted(stored.database.parent.glob(f"{stored.database.name}*"))


def test_a_stored_ledger_answers_what_it_answered(ledger, stored):
    """
    Size, root, kinds, who, standing, and every restriction as known at every position; of schema 2
    also requests, appeals, policies, and what safeguards said.
    """
    assert stored.expected == json.loads(json.dumps(stored.answers(ledger)))


def test_every_kind_that_could_be_recorded_is_stored():
    """
    The stored ledgers have an entry of every kind of their format, and every kind is in one.
    """
    first, second = (set(stored.expected["kinds"]) for stored in STORED)
    sealed = json.loads(make_format_3_sealed.ANSWERS.read_text("utf-8"))

    assert [1, 1] == [stored.expected["format"] for stored in STORED]
    assert 29 == len(first)
    assert set(KINDS) == first | second | set(sealed["kinds"])


def test_every_field_that_schema_2_added_is_stored(tmp_path):
    """
    Each was told something at least once, so that what it said is read for ever; but for one, since
    no safeguard is asked of a command about an operator, and so no remedy is known.
    """
    copy = shutil.copy(STORED[1].database, tmp_path / "ledger.db")
    with Ledger.open(f"sqlite:///{copy}", create=False) as opened:
        events = [entry.event for entry in opened.entries()]
    told = {
        (type(event), field.name)
        for event in events
        for field in attrs.fields(type(event))  # type: ignore[arg-type]
        if getattr(event, field.name) != field.default
    }

    assert {("OperatorCommandRefused", "expected")} == {
        (kind.__name__, field.name)
        for kind in KINDS.values()
        for field in attrs.fields(kind)  # type: ignore[arg-type]
        if added_in(field) == SCHEMA and (kind, field.name) not in told
    }


def test_leaves_have_the_schema_that_they_were_written_in(ledger, stored):
    """
    Today's code reads an older one and does not write it anew.
    """
    bodies = [entry.body for entry in ledger.entries()]

    assert {stored.schema} == {msgspec.json.decode(body)["schema"] for body in bodies}


def test_what_is_derived_is_made_again_with_the_same_bytes(ledger, copied):
    """
    Dropped and rebuilt from the stored entries, no table differs in a single row.
    """
    before = tables(copied)

    assert not any(difference.differed for difference in ledger.rebuild())
    assert before == tables(copied)


def test_a_stored_ledger_goes_on(ledger, stored):
    """
    Today's code appends to it all that it can record, and leaves what is on record as it is: every
    answer as of the last stored position is the stored one, and what is derived fits.
    """
    before = [entry.body for entry in ledger.entries()]
    known_at = {0: len(before)}
    timeline = document(list(ledger.timeline(ACCOUNT, known_at=known_at)))

    governed(ledger)

    after = list(ledger.entries())
    assert before == [entry.body for entry in after[: len(before)]]
    assert {SCHEMA} == {msgspec.json.decode(entry.body)["schema"] for entry in after[len(before) :]}
    assert not any(difference.differed for difference in ledger.rebuild())
    assert timeline == document(list(ledger.timeline(ACCOUNT, known_at=known_at)))
    assert stored.expected["known"][-1] == [
        make_format_1.told_of(known) for known in ledger.restrictions(known_at=known_at)
    ]


def governed(ledger: Ledger) -> None:
    """
    Let a ledger be governed as today, and see that it answers so.
    """
    terms: dict[str, Any] = {"because_of": "own-initiative", "reason": "checked again"}
    locked = ledger.act("lock", AWKWARD, by="op-7", **terms)
    ledger.notify(locked, channel="mail", delivered_at="2018-01-01T00:00:00Z", text_hash="h")
    ledger.adopt_policy(TWO, by="op-1")
    with pytest.raises(Refused, match="two-person"):
        ledger.act("suspend", "elsewhere", by="op-7", **terms)
    request = ledger.request("suspend", "elsewhere", by="op-7", **terms)
    action = ledger.approve(request, by="op-1")
    appeal = ledger.file_appeal(action, by="the owner")
    ledger.enrol_operator("op-99", kind="human")
    ledger.decide_appeal(appeal, outcome="overturned", by="op-99", reason="no spam")
    ledger.undo(ledger.plan_undo(actions=[locked]), by="op-1", reason="mistaken")

    found = ledger.account("elsewhere")
    assert ("overturned", ("op-1",)) == (
        found.appeals[0].state,
        found.actions[0].action.taken.approved_by,
    )
    assert [("lock", "op-1"), ("suspend", "op-99")] == sorted(
        (held.measure, held.closed_by)
        for held in ledger.restrictions(ended_by="reversal")
        if held.action in (locked, action)
    )
