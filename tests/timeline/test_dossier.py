"""
The dossier: all that is on record of an account, with the status of each action at a moment.
"""

import pytest
from hypothesis import given

from ledger.moderation.account import Account, fold
from ledger.moderation.events.account import AccountProtected, NoteAdded
from ledger.timeline.cut import Cut
from ledger.timeline.dossier import dossier
from ledger.timeline.restrictions import versions
from tests.moderation.by_hand import act, at, recorded, reverse, withdraw
from tests.strategies import ACCOUNT, NEAR, account_histories, grid, senseless_histories

CUT = Cut({0: 9}, NEAR, settled=True)
ENTRIES = recorded(
    ("01:00", act("runs")),
    ("01:00", act("ended", "lock", expires_at=at("03:00"))),
    ("01:00", act("deferred", "limit"), {"effective_at": "20:00"}),
    ("01:00", act("withdrawn", "demonetise"), {"effective_at": "20:00"}),
    ("02:00", withdraw("withdrawn")),
    ("02:00", act("never", "restrict", scope="dm", expires_at=at("01:00"))),
    ("02:00", act("done", "revoke_credentials")),
    ("02:00", act("to-be-done", "revoke_credentials"), {"effective_at": "20:00"}),
    ("02:00", act("closed", "warn")),
    ("04:00", reverse("closed")),
    ("05:00", NoteAdded(note="n", text="seen")),
    ("06:00", AccountProtected(tier="press", reason="journalist")),
)


@pytest.mark.parametrize(
    ("action", "at_2", "at_12", "at_21"),
    [
        ("runs", "in-force", "in-force", "in-force"),
        ("ended", "in-force", "ended", "ended"),
        ("deferred", "pending", "pending", "in-force"),
        ("withdrawn", "withdrawn", "withdrawn", "withdrawn"),
        ("never", "never-in-force", "never-in-force", "never-in-force"),
        ("done", "done", "done", "done"),
        ("to-be-done", "pending", "pending", "done"),
        ("closed", "in-force", "ended", "ended"),
    ],
)
def test_the_status_of_an_action_is_as_of_the_moment(action, at_2, at_12, at_21):
    """
    Pending, in force, ended, done; withdrawn and never in force whenever it is asked.
    """
    statuses = []
    for time in ("02:00", "12:00", "21:00"):
        told = dossier("x", ENTRIES, at(time), CUT)
        statuses += [known for known in told.actions if known.action.action == action]

    assert [at_2, at_12, at_21] == [known.status for known in statuses]
    assert {action in ("withdrawn", "never")} == {known.never_in_force for known in statuses}


def test_a_dossier_is_all_that_is_on_record():
    """
    Actions in recorded order, restrictions by their beginning, notes, protection at that moment.
    """
    told = dossier("x", ENTRIES, at("12:00"), CUT)

    assert ("x", at("12:00"), CUT, len(ENTRIES)) == (told.account, told.at, told.cut, told.version)
    assert ["runs", "ended", "deferred", "withdrawn", "never", "done", "to-be-done", "closed"] == [
        known.action.action for known in told.actions
    ]
    assert ["runs", "ended", "closed", "deferred"] == [r.action for r in told.restrictions]
    assert (ENTRIES[10],) == told.notes
    assert told.protection is not None
    assert ("press", (told.protection,)) == (told.protection.tier, told.protections)
    assert None is dossier("x", ENTRIES, at("05:59"), CUT).protection


@given(account_histories() | senseless_histories("account"), grid())
def test_a_dossier_is_the_folded_account(entries, moment):
    """
    It says of reports, findings, notes and refusals what the fold says, and lists as restrictions
    the versions that hold.
    """
    folded, told = fold(Account(ACCOUNT), entries), dossier(ACCOUNT, entries, moment, CUT)

    assert tuple(folded.reports.values()) == told.reports
    assert tuple(folded.findings.values()) == told.findings
    assert (tuple(folded.notes), tuple(folded.refusals)) == (told.notes, told.refusals)
    assert tuple(folded.actions.values()) == tuple(known.action for known in told.actions)
    current = [known for known in versions(ACCOUNT, entries) if known.known_until is None]
    assert sorted(map(repr, current)) == sorted(map(repr, told.restrictions))
    running = {known.action.action for known in told.actions if known.status == "in-force"}
    assert {r.action for r in told.restrictions if r.covers(moment)} == running
