"""
The verb that undoes: the plan first, and exactly the plan when it is told to.
"""

import pytest

from tests.cli.conftest import entries_in

BATCH = ["--by", "op-7", "--because-of", "order:12", "--reason", "spam", "--session", "s-9"]
FAR = "2099-01-01T00:00:00Z"
APPLY = ["--apply", "--by", "op-1", "--reason", "stolen badge"]
MEMBER = {"action", "account", "measure", "operator"}


@pytest.fixture
def batch(kept, ask):
    """
    A batch of one session: one act in force, one to come, one that was reversed, one final.
    """
    for line in (
        ["act", "suspend", "eve", *BATCH, "--action", "b-1"],
        ["act", "warn", "eve", *BATCH, "--action", "b-2", "--effective-at", FAR],
        ["act", "lock", "mallory", *BATCH, "--action", "b-3"],
        ["act", "terminate", "mallory", *BATCH, "--action", "b-4"],
        ["reverse", "b-3", "--by", "op-1", "--reason", "no spam"],
    ):
        assert 0 == ask(*line).code
    return kept


def actions(document, fate):
    """
    Return the ids of the actions in one list of a plan; each member has the contract's fields.
    """
    members = document["plan"][fate]
    assert all(set(member) >= MEMBER for member in members)
    return [member["action"] for member in members]


@pytest.mark.usefixtures("batch", "nothing_written")
def test_the_plan_is_shown_and_nothing_is_done(ask):
    """
    Without ``--apply`` it says what would be reversed, and writes nothing; `plan-undo` says so too.
    """
    document = ask("--json", "undo", "--session", "s-9").document
    plan = ask("--json", "plan-undo", "--session", "s-9").document

    assert {"plan", "applied", "parent"} <= set(document)
    assert (False, None) == (document["applied"], document["parent"])
    assert ["b-1"] == actions(document, "reversible")
    assert ["b-2"] == actions(document, "pending")
    assert ["b-3"] == actions(document, "ended")
    assert ["b-4"] == actions(document, "irreversible")
    assert [] == actions(document, "changed_since")
    assert {"0": 20} == document["plan"]["cut"]
    assert plan["digest"] == document["plan"]["digest"]


def test_what_is_applied_is_the_plan(ask, batch):
    """
    The plan is carried out under one parent, whose id is the correlation id of all of it.
    """
    before = entries_in(batch)

    document = ask("--json", "undo", "--session", "s-9", *APPLY).document

    parent, *others = ask("--json", "entries").documents[len(before) :]
    assert (True, parent["data"]["undo"]) == (document["applied"], document["parent"])
    assert {"account.action_reversed", "account.action_withdrawn"} == {e["kind"] for e in others}
    assert {document["parent"]} == {entry["data"]["context"]["correlation_id"] for entry in others}
    assert "active" == ask("--json", "standing", "eve").document["standing"]


@pytest.mark.usefixtures("batch")
def test_an_undo_is_undone(ask):
    """
    What it ended is acted anew; its own plan is then empty.
    """
    parent = ask("--json", "undo", "--session", "s-9", *APPLY).document["parent"]

    again = ask("--json", "undo", "--undo", parent, *APPLY).document

    assert 2 == len(actions(again, "restored"))
    assert "suspended" == ask("--json", "standing", "eve").document["standing"]
    assert "There is nothing to undo." in ask("undo", "--undo", parent).out


def test_an_undo_of_nothing_does_nothing(ask, batch):
    """
    Where there is nothing to undo any more, ``--apply`` shows the plan, says so and writes nothing.
    """
    ask("undo", "--session", "s-9", *APPLY)
    before = entries_in(batch)

    shown = ask("--json", "undo", "--session", "s-9", *APPLY)
    page = ask("undo", "--session", "s-9", *APPLY)

    assert (0, 0) == (shown.code, page.code)
    assert (False, None) == (shown.document["applied"], shown.document["parent"])
    assert {"b-1", "b-2", "b-3"} == set(actions(shown.document, "ended"))
    assert page.out.endswith("\nThere is nothing to undo.\n")
    assert before == entries_in(batch)


@pytest.mark.usefixtures("batch")
def test_the_page_says_whether_it_is_done(ask):
    """
    Before, it says how; after, under which id.
    """
    planned = ask("undo", "--session", "s-9").out
    done = ask("undo", "--session", "s-9", *APPLY).out

    assert planned.endswith("\nNothing is done yet: --apply does it.\n")
    assert "Would be reversed: 1\n" in planned
    assert "Reversed: 1\n" in done
    assert done.splitlines()[-1].startswith("Done: ")


@pytest.mark.usefixtures("batch", "nothing_written")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--apply", "--reason", "error"], "--apply takes --by"),
        (["--apply", "--by", "op-1"], "--apply takes --reason"),
        (["--by", "op-1"], "--by goes with --apply"),
        (["--request-id", "q-1"], "--request-id goes with --apply"),
    ],
    ids=" ".join,
)
def test_who_does_it_and_why_are_said_where_it_is_done(ask, arguments, message):
    """
    They are required with ``--apply``, and mean nothing without it.
    """
    said = ask("--json", "undo", "--session", "s-9", *arguments)

    assert (6, "ledger undo") == (said.code, said.error["where"])
    assert message in said.error["message"]


@pytest.mark.usefixtures("batch")
def test_who_has_left_undoes_nothing(ask, batch):
    """
    The refusal is recorded, and nothing else.
    """
    before = entries_in(batch)

    said = ask("undo", "--session", "s-9", "--apply", "--by", "op-417", "--reason", "error")

    assert (3, "") == (said.code, said.out)
    assert "left at 2017-11-02T23:00:00Z" in said.err
    assert before == entries_in(batch)[:-1]
