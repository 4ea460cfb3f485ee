"""
Claims: where an id is looked up, and that every id that can be named has its row.
"""

import random

from ledger import Ledger
from ledger.moderation.identity import ID_CHARACTERS_MAX, log_of_id, log_of_stream
from ledger.store.database import Database
from tests.conftest import (
    ACCOUNT,
    Backend,
    HandSetClock,
    action_command,
    file_report,
    take_action,
)

NAMES = [f"case-{number}" for number in range(12)]


def claims(database: Database) -> set[tuple[int, str, str, str]]:
    """
    Return log, kind, id and stream of every claim.
    """
    with database.reading() as connection:
        return set(connection.execute("SELECT log, kind, id, stream FROM claims"))


def test_an_id_of_a_caller_is_claimed_in_the_log_of_its_hash(
    staffed: Ledger, database: Database, backend: Backend
):
    """
    Whichever log the entry stands in, its claim stands where a look-up by the id alone goes.
    """
    for name in NAMES:
        take_action(staffed, f"of-{name}", action=name, request_id=f"q-{name}")

    expected = {
        (log_of_id(claimed, backend.logs), kind, claimed, f"account/of-{name}")
        for name in NAMES
        for kind, claimed in (("action", name), ("request", f"q-{name}"))
    }
    assert expected == claims(database)
    homes = [log_of_stream(f"account/of-{name}", backend.logs) for name in NAMES]
    apart = [log_of_id(name, backend.logs) != home for name, home in zip(NAMES, homes, strict=True)]
    assert (backend.logs > 1) == any(apart)


def test_an_id_of_the_ledger_is_claimed_in_the_log_of_its_entry(
    staffed: Ledger, database: Database, backend: Backend, clock: HandSetClock
):
    """
    Ids that the ledger made name their log, and every one that a command may name is claimed.
    """
    report = file_report(staffed)
    action = take_action(staffed, because_of=[report])
    clock.advance(minutes=1)
    reversal = staffed.reverse(action, by="op-7", reason="error")
    told = {"cause": "error", "by": "comms", "source": "press", "statement": "by mistake"}
    finding = staffed.assert_finding(action, **told)  # type: ignore[arg-type]
    revised = staffed.revise_finding(finding, **told)  # type: ignore[arg-type]

    stream = f"account/{ACCOUNT}"
    log = log_of_stream(stream, backend.logs)
    made = [("report", report), ("action", action), ("reversal", reversal)]
    made += [("finding", finding), ("finding", revised)]
    assert {(log, kind, name, stream) for kind, name in made} == claims(database)


def test_every_command_finds_what_a_caller_named(staffed: Ledger, clock: HandSetClock):
    """
    Commands and questions by id reach the account, however far its log is from the id's.
    """
    for name in NAMES:
        account = f"of-{name}"
        file_report(staffed, account, report=name)
        take_action(staffed, account, action=name, because_of=[name])
        staffed.assign_report(name, to="op-7", by="op-1")
        staffed.resolve_report(name, outcome="actioned", by="op-7")
        staffed.amend(name, expires_at="2018-01-01T00:00:00Z", by="op-7", reason="milder")
        assert account == staffed.authority(name).account
    clock.advance(minutes=1)
    for name in NAMES:
        staffed.reverse(name, by="op-7", reason="error")

    assert ["reversal"] * 12 == [r.ended_by for r in staffed.restrictions()]
    assert set(NAMES) == {restriction.action for restriction in staffed.restrictions()}


def test_an_id_that_looks_like_one_of_the_ledgers_is_found_too(
    staffed: Ledger, clock: HandSetClock
):
    """
    A caller may give a UUIDv7 of his own: whatever log its end names, it is found again.
    """
    names = [f"0190d1f0-7abc-7def-8123-456789ab{end}" for end in ("0000", "0007", "ffff")]
    for name in names:
        take_action(staffed, f"of-{name}", action=name)
    clock.advance(minutes=1)

    assert all(staffed.reverse(name, by="op-7", reason="error") for name in names)


def test_a_claim_made_in_a_log_that_nothing_else_was_written_to_is_kept_from_others(
    staffed: Ledger,
):
    """
    One id given to actions on two accounts stands for the first, whichever logs they live in.
    """
    taken = []
    for name in NAMES:
        take_action(staffed, f"first-{name}", action=name)
        taken.append(staffed.authority(name).account)

    assert [f"first-{name}" for name in NAMES] == taken


def test_the_longest_ids_that_there_may_be_are_kept(staffed: Ledger, clock: HandSetClock):
    """
    No index of an engine is too narrow for them: 255 characters of four bytes each.
    """
    chance = random.Random(5)

    def longest() -> str:
        return "".join(chr(chance.randrange(0x20000, 0x2A6D0)) for _ in range(ID_CHARACTERS_MAX))

    account, operator, scope = longest(), longest(), longest()
    staffed.enrol_operator(operator, kind="human")
    told = {"by": operator, "scope": scope, "session": longest(), "request_id": longest()}
    action = take_action(staffed, account, "restrict", action=longest(), **told)
    clock.advance(minutes=1)
    staffed.reverse(action, by=operator, reason="error", request_id=longest())
    names = [longest() for _ in range(40)]
    staffed.record_many(action_command(name, action=name, request_id=name) for name in names)

    (known,) = staffed.restrictions(opened_by=operator, closed_by=operator)
    assert (account, action, scope) == (known.account, known.action, known.scope)
    assert {*names} == {each.action for each in staffed.restrictions(opened_by="op-7")}
    assert not any(difference.differed for difference in staffed.rebuild())
