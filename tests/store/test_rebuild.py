"""
What is derived can be made anew from the entries, and what is evidence cannot be replaced.
"""

from collections.abc import Callable

import pytest

from ledger import Entry, Ledger, Tampered
from ledger.proofs.tree import record_hash
from ledger.store.database import Database
from ledger.store.schema import DERIVED
from ledger.store.sqlite import SQLiteDatabase
from tests.conftest import action_command, take_action

Edit = Callable[[Database], None]


def dump(database: Database) -> dict[str, list[str]]:
    """
    Return all rows of all tables, in a fixed order, with the types of their values.
    """
    with database.reading() as connection:
        return {
            table: sorted(
                repr(row)
                for row in connection.execute(f"SELECT * FROM {table}")  # noqa: S608
            )
            for table in ("settings", "heads", "entries", *DERIVED)
        }


# What there is beside the rows, as each engine tells it.
IN_SQLITE = ["SELECT type, name, tbl_name, sql FROM sqlite_master"]
IN_POSTGRES = [
    """
    SELECT table_name, ordinal_position, column_name, data_type, is_nullable, collation_name
    FROM information_schema.columns WHERE table_schema = current_schema()
    """,
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    """
    SELECT relname, conname, pg_get_constraintdef(found.oid)
    FROM pg_constraint AS found JOIN pg_class ON pg_class.oid = conrelid
    WHERE relnamespace = current_schema()::regnamespace
    """,
    """
    SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace
    """,
]


def schema(database: Database) -> set[object]:
    """
    Return every table, index, constraint and trigger, however its statement is spaced and quoted.
    """
    asked = IN_SQLITE if isinstance(database, SQLiteDatabase) else IN_POSTGRES
    with database.reading() as connection:
        return {
            tuple("".join(str(said).replace('"', "").split()) for said in row)
            for statement in asked
            for row in connection.execute(statement)
        }


def edited(database: Database, statement: str, *parameters: object) -> None:
    """
    Do to *database* what its triggers or privileges forbid, as whoever owns it could.
    """
    with database.writing() as connection:
        if isinstance(database, SQLiteDatabase):
            connection.execute("DROP TRIGGER IF EXISTS entries_no_update")
            connection.execute("DROP TRIGGER IF EXISTS entries_no_delete")
        connection.execute(statement, parameters)


def test_rebuilding_gives_identical_tables(lively: Ledger, database: Database):
    """
    Nothing differs, and every table, index, constraint and trigger is what it was before.
    """
    rows, made = dump(database), schema(database)
    differences = lively.rebuild()

    assert not any(difference.differed for difference in differences)
    assert {"claims", "restrictions"} <= {difference.table for difference in differences}
    assert rows == dump(database)
    assert made == schema(database)


def test_an_empty_ledger_can_be_rebuilt(ledger: Ledger, database: Database):
    """
    Before the first entry there is nothing to derive, and that is what is found.
    """
    before = dump(database)

    assert not any(difference.differed for difference in ledger.rebuild())
    assert before == dump(database)


INVENTED = """
    INSERT INTO restrictions
    SELECT log, 'nobody', measure, scope, action, effect, from_at, until_at, lasting_us, ended_by,
        opened_by, closed_by, 999, closed_at_position, known_from, known_until,
        known_from_position, known_until_position, imported
    FROM restrictions WHERE account = 'a'
"""


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DELETE FROM restrictions WHERE account = 'a'", ("restrictions", 1, 0)),
        ("DELETE FROM restrictions", ("restrictions", 3, 0)),
        ("UPDATE restrictions SET opened_by = 'op-1' WHERE account = 'a'", ("restrictions", 1, 1)),
        ("UPDATE restrictions SET until_at = from_at WHERE account = 'a'", ("restrictions", 1, 1)),
        ("UPDATE restrictions SET closed_by = 'op-1'", ("restrictions", 3, 3)),
        (INVENTED, ("restrictions", 0, 1)),
        ("DELETE FROM claims WHERE id = 'a-1'", ("claims", 1, 0)),
        ("UPDATE claims SET stream = 'account/b' WHERE id = 'a-1'", ("claims", 1, 1)),
        ("INSERT INTO claims VALUES (0, 'action', 'x-9', 'account/a', 1, '')", ("claims", 0, 1)),
    ],
)
def test_what_was_changed_in_a_derived_table_is_put_right_and_told(
    staffed: Ledger, database: Database, statement: str, expected: tuple[str, int, int]
):
    """
    A row that was deleted, edited or invented is counted, and afterwards all is as before.
    """
    staffed.record_many(
        [
            action_command("a", action="a-1"),
            action_command("b", action="b-1", effective_at="2017-11-02T22:00:00Z"),
            {"command": "reverse", "action": "b-1", "by": "op-7", "reason": "error"}
            | {"effective_at": "2017-11-02T23:00:00Z"},
        ]
    )
    before = dump(database)
    edited(database, statement)
    (found,) = [difference for difference in staffed.rebuild() if difference.differed]

    assert expected == (found.table, found.missing, found.unfounded)
    assert before == dump(database)
    assert not any(difference.differed for difference in staffed.rebuild())


def test_a_rebuilt_ledger_goes_on(lively: Ledger):
    """
    After a rebuild commands find their claims and slots, and questions their rows.
    """
    lively.rebuild()
    take_action(lively, "eve", action="e-1", request_id="q-1")

    assert "e-1" == take_action(lively, "eve", action="e-1", request_id="q-1")
    assert ["e-1"] == [known.action for known in lively.restrictions(account="eve")]
    assert not any(difference.differed for difference in lively.rebuild())


TAMPERING: dict[str, Callable[[Entry], object]] = {
    "body": lambda entry: entry.body.replace(b"spam", b"ham!"),
    "leaf": lambda _: bytes(32),
    "position": lambda _: 999,
    "stream": lambda _: "account/z",
    "version": lambda _: 7,
    "kind": lambda _: "account.note_added",
    "kind, unknown": lambda _: "account.vanished",
    "recorded_at": lambda _: "2017-11-02T22:00:09.000000Z",
    "effective_at": lambda _: None,
    "operator": lambda _: "op-1",
}


@pytest.mark.parametrize("what", [*TAMPERING, "all of it"])
def test_an_entry_that_was_changed_is_tampering(staffed: Ledger, database: Database, what: str):
    """
    An edited body, leaf or column and a missing entry are named by position; nothing is rebuilt.
    """
    take_action(staffed, "a")
    (entry,) = staffed.entries(account="a")
    staffed.note("a", "behind it in its log", by="op-7")
    where = "WHERE stream = 'account/a' AND version = 1"
    if what in TAMPERING:
        column, changed = what.partition(",")[0], TAMPERING[what](entry)
        edited(database, f"UPDATE entries SET {column} = ? {where}", changed)  # noqa: S608
    else:
        edited(database, f"DELETE FROM entries {where}")  # noqa: S608
    before = dump(database)
    with pytest.raises(Tampered) as caught:
        staffed.rebuild()

    assert (entry.log, entry.position) == (caught.value.log, caught.value.position)
    assert before == dump(database)


def test_a_missing_last_entry_is_tampering(staffed: Ledger, database: Database):
    """
    When the end of a log was cut off, the head still says how long it was, and is believed.
    """
    take_action(staffed, "a")
    (entry,) = staffed.entries(account="a")
    edited(database, "DELETE FROM entries WHERE stream = 'account/a'")
    before = dump(database)
    with pytest.raises(Tampered) as caught:
        staffed.rebuild()

    assert (entry.log, entry.position) == (caught.value.log, caught.value.position)
    assert before == dump(database)


def test_a_forged_entry_with_a_fitting_leaf_is_tampering(staffed: Ledger, database: Database):
    """
    Bytes, columns and leaf hash may be forged together: the frontier in the head tells.
    """
    take_action(staffed, "a")
    (entry,) = staffed.entries(account="a")
    forged = entry.body.replace(b"spam", b"ham!")
    edited(
        database,
        "UPDATE entries SET body = ?, leaf = ? WHERE stream = 'account/a'",
        forged,
        record_hash(forged),
    )
    before = dump(database)
    with pytest.raises(Tampered) as caught:
        staffed.rebuild()

    assert entry.log == caught.value.log
    assert before == dump(database)


def zero_the_frontiers(database: Database) -> None:
    """
    Put zeros in the place of the hashes of every head.
    """
    with database.writing() as connection:
        for log, frontier in connection.execute("SELECT log, frontier FROM heads").fetchall():
            zeros = bytes(len(frontier))
            connection.execute("UPDATE heads SET frontier = ? WHERE log = ?", (zeros, log))


def forget_all_but_one(database: Database) -> None:
    """
    Let every head say that its log has one entry.
    """
    with database.writing() as connection:
        connection.execute("UPDATE heads SET size = 1")


@pytest.mark.parametrize("edit", [zero_the_frontiers, forget_all_but_one])
def test_a_head_that_does_not_fit_its_entries_is_tampering(
    staffed: Ledger, database: Database, edit: Edit
):
    """
    The head is evidence, not derived: it is not written over to fit what is found.
    """
    edit(database)
    before = dump(database)
    with pytest.raises(Tampered):
        staffed.rebuild()

    assert before == dump(database)


def test_reading_notices_an_entry_whose_bytes_are_of_another_place(
    staffed: Ledger, database: Database
):
    """
    Bytes that name another stream, version or kind than their columns are not answered with.
    """
    take_action(staffed, "a")
    take_action(staffed, "b")
    (other,) = staffed.entries(account="b")
    edited(database, "UPDATE entries SET body = ? WHERE stream = 'account/a'", other.body)
    with pytest.raises(Tampered) as caught:
        list(staffed.entries(account="a"))

    assert "account/a" == caught.value.stream
